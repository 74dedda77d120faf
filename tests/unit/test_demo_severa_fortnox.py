"""The demo's proof for Severa and Fortnox sees what is wrong: lost, made twice, of another sum, not told, posted twice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from console.demo import severa_fortnox_books as books

_MONEY = {"totalExcludingTax": {"amount": Decimal("100.10")}, "totalTax": {"amount": Decimal("25.03")}}
_KNOWN = {"guid": "i1", "number": 3001, "status": {"name": "Sendt fra Fortnox"}, "currency": {"code": "EUR"}, **_MONEY}
_MADE = {"DocumentNumber": "3001", "ExternalInvoiceReference1": "i1", "Net": Decimal("100.1"), "TotalVAT": Decimal("25.03")} | {
    "Currency": "EUR",
    "CurrencyRate": Decimal("11.2"),
    "Sent": True,
    "Cancelled": False,
    "CustomerNumber": "2001",
}
_FEE = {"project": {"guid": "p1"}, "unitCost": {"amount": Decimal("12.50")}, "quantity": 1}
_ROWS = [{"Code": "TOT", "Debit": 0, "Credit": 16}, {"Debit": Decimal("12.5"), "Credit": 0, "Project": "601"}]


def kept() -> books.Books:
    """One client with one invoice that was sent, and one cost."""
    severa = {
        "invoicestatuses": {"s": {"name": "Sendt fra Fortnox"}},
        "invoices": {"i1": _KNOWN},
        "customers": {"c1": {"guid": "c1", "number": 2001}},
        "projects": {"p1": {"guid": "p1", "number": 601, "isClosed": False}},
        "projectfees": {"f1": _FEE},
        "projectfiles": {"d1": {"projectGuid": "p1", "name": "a.pdf"}},
    }
    fortnox = {
        "registers": {"Customers": {"2001": {}}},
        "invoices": {"3001": _MADE},
        "supplier_invoices": {"71": {"SupplierInvoiceRows": _ROWS}},
        "vouchers": {},
        "attachments": [{"entityId": 3001, "fileId": "x"}],
        "files": {"x": "UERG", "y": "UERG"},
    }
    return books.Books(copy.deepcopy(severa), copy.deepcopy(fortnox))


Change = Callable[[books.Books], Any]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: None, []),
        (lambda one: one.fortnox["invoices"]["3001"].update(Net=Decimal("100.11")), ["sum uten mva er 100.10 i Severa, 100.11"]),
        (lambda one: one.fortnox["invoices"]["3001"].update(CurrencyRate=1), ["kursen er 1 i EUR"]),
        (lambda one: one.fortnox["invoices"]["3001"].update(Sent=False), ["sendt er True i Severa, False i Fortnox"]),
        (lambda one: one.fortnox["invoices"]["3001"].update(FinalPayDate="2026-11-23"), ["betalt er False i Severa, True"]),
        (lambda one: one.fortnox["invoices"]["3001"].update(Cancelled=True), ["3001 i Severa står 0 ganger i Fortnox"]),
        (lambda one: one.fortnox["invoices"].update({"3002": {**_MADE, "DocumentNumber": "3002"}}), ["står 2 ganger i Fortnox"]),
        (lambda one: one.severa["invoices"]["i1"].update(status={"name": "Klar for Fortnox"}), ["er ikke flyttet i Severa"]),
        (lambda one: one.severa["invoices"]["i1"].update(number=3002), ["nummer er 3002 i Severa, 3001 i Fortnox"]),
        (lambda one: one.fortnox["invoices"]["3001"].pop("ExternalInvoiceReference1"), ["ingen referanse", "står 0 ganger"]),
        (lambda one: one.severa["customers"].update(c2={"number": 2001}), ["kundenummer 2001 står 2 ganger"]),
        (lambda one: one.severa["customers"].clear(), ["kunde 2001 på faktura 3001 står ikke i begge"]),
        (lambda one: one.severa["projectfees"].update(f2=_FEE), ["12.50 på prosjekt 601 står 2 ganger i Severa, 1 i Fortnox"]),
        (lambda one: one.severa["projectfees"].clear(), ["12.50 på prosjekt 601 står 0 ganger i Severa, 1 i Fortnox"]),
        (lambda one: one.severa["projects"]["p1"].update(isClosed=True), ["står 1 ganger i Severa, 0 i Fortnox"]),
        (lambda one: one.fortnox["attachments"].append({"entityId": 3001, "fileId": "y"}), ["et vedlegg står 2 ganger"]),
        (lambda one: one.severa["projectfiles"].update(d2={"projectGuid": "p1", "name": "a.pdf"}), ["a.pdf står 2 ganger"]),
    ],
)
def test_what_is_wrong_is_said(change: Change, said: list[str]) -> None:
    one = kept()
    change(one)
    found = list(books.find_faults(one))
    assert len(found) == len(said), found
    assert all(part in sentence for part, sentence in zip(said, found, strict=True)), found


def test_the_masters_name_stands_in_both() -> None:
    one = kept()
    one.severa["customers"]["c1"]["name"] = one.fortnox["registers"]["Customers"]["2001"]["Name"] = "Ny AB"
    assert list(books.check_renamed(one, "2001", "Ny AB")) == []
    one.severa["customers"]["c1"]["name"] = "Gammel AB"
    assert list(books.check_renamed(one, "2001", "Ny AB")) == ["kunde 2001 heter Gammel AB i Severa, og skulle hete Ny AB"]
