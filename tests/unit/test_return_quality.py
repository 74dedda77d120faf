"""Movements before they are posted: each rule just kept and just broken, in one check; and a tenant's accounts against a chart."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, checking, messages, movement_rows
from data_quality.suites import movements as suite
from fakturabro.domain import findings, return_data
from fakturabro.systems.poweroffice import bank_wire
from sandboxes.poweroffice import chart
from tasks.returns import books as client_books
from tasks.returns import places, posting_table
from tasks.returns.options import ReturnDataOptions

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
RATE = Decimal("0.25")
KNOWN: dict[str, Any] = {"buyer": "10001", "card": "10001"}
ACCOUNTS: dict[str, Any] = {
    "customer_contra": {"number": "1510"},
    "administrative_fees": {"number": "6970", "vat_code": "1"},
    "financial_fees": {"number": "6975", "vat_code": "0"},
    "payout": {"number": "1920"},
    "balance": {"number": "2990"},
}


def movement(place: dict[str, Any] | None = None, **changes: Any) -> movement_rows.Movement:
    """A movement that nothing is wrong with; `place` is an account that it is posted on, with changes."""
    given: dict[str, Any] = {"account": 6970, "chart_account": 6970, "vat_code": "1", "known_vat_code": "1", **(place or {})}
    placed = [] if place is None else [movement_rows.Place(**given)]
    return movement_rows.Movement(id=1, **{"day": MONDAY, "today": MONDAY, "places": placed, **changes})


def taxed(vat: str | None, split_off: str) -> movement_rows.Movement:
    return movement({"vat": None if vat is None else Decimal(vat), "split_off": Decimal(split_off)})


BAD: dict[str, tuple[str, movement_rows.Movement, str, str]] = {
    "the last locked day": ("locked_period", movement(locked_until=MONDAY), "2026-11-23", "2026-11-23"),
    "tomorrow": ("dated_ahead", movement(day=MONDAY + DAY), "2026-11-24", "2026-11-23"),
    "nobody's invoice": ("unknown_invoice", movement(unknown_invoice="5053"), "5053", ""),
    "two invoices": ("another_invoice", movement(invoice="1", kids_invoice="2", **KNOWN), "1", "2"),
    "two buyers": ("another_buyer", movement(told_buyer="10001", invoiced_buyer="10002", **KNOWN), "10001", "10002"),
    "two currencies": ("another_currency", movement(invoice_currency="EUR", **KNOWN), "NOK", "EUR"),
    "no card": ("unknown_buyer", movement(buyer="10001"), "10001", ""),
    "archived": ("archived_buyer", movement(card_state="archived", **KNOWN), "10001", ""),
    "inactive": ("archived_buyer", movement(card_state="inactive", **KNOWN), "10001", ""),
    "like one of ours": ("payment_told_by_both", movement(lookalike=MONDAY - DAY, **KNOWN), "2026-11-22", ""),
    "credited": ("credited_meanwhile", movement(amount=Decimal("0.01"), left=Decimal("0.00"), **KNOWN), "0.01", "0.00"),
    "no account": ("account_missing", movement({"chart_account": None, "needs_project": True}), "6970", ""),
    "closed": ("account_closed", movement({"is_active": False}), "6970", ""),
    "euros only": ("account_currency", movement({"only_currency": "EUR"}), "6970", "EUR"),
    "no code": ("vat_code_missing", movement({"known_vat_code": None, "vat_state": "not in use"}), "1", ""),
    "old code": ("vat_code_closed", movement({"vat_state": "not in use"}), "1", ""),
    "outgoing VAT": ("vat_code_of_sales", movement({"vat_code": "31", "known_vat_code": "31"}), "31", ""),
    "locked code": ("vat_code_locked", movement({"locked_vat_code": "11"}), "6970", "11"),
    "no such department": ("department_missing", movement({"department": "10"}), "10", ""),
    "no department": ("needs_department", movement({"needs_department": True}), "6970", ""),
    "no such project": ("project_missing", movement({"project": "P1"}), "P1", ""),
    "no project": ("needs_project", movement({"needs_project": True}), "6970", ""),
    "two øre": ("vat_code_differs", taxed("25.02", "25.00"), "25.02", "25.00"),
    "told without VAT": ("vat_code_differs", taxed("0.00", "25.00"), "0.00", "25.00"),
    "the other sign": ("vat_code_differs", taxed("25.00", "-25.00"), "25.00", "-25.00"),
}
GOOD: dict[str, movement_rows.Movement] = {
    "nothing on a buyer": movement(),
    "the day after": movement(day=MONDAY, locked_until=MONDAY - DAY),
    "an invoice of somebody": movement(invoice="5053", told_buyer="10001", **KNOWN),
    "KID and number of one": movement(invoice="1", kids_invoice="1", told_buyer="10001", invoiced_buyer="10001", **KNOWN),
    "the invoice's currency": movement(invoice_currency="NOK", **KNOWN),
    "credited in part": movement(amount=Decimal("10.00"), left=Decimal("10.00"), **KNOWN),
    "an account": movement({}),
    "its own currency": movement({"only_currency": "NOK"}),
    "another rate": movement({"vat_code": "11", "known_vat_code": "11"}),
    "locked to the code": movement({"locked_vat_code": "1"}),
    "a department": movement({"department": "10", "known_department": "10", "needs_department": True}),
    "a project": movement({"project": "P1", "known_project": "P1", "needs_project": True}),
    "one øre": taxed("25.01", "25.00"),
    "VAT not told": taxed(None, "25.00"),
}


def test_every_rule_is_broken_by_what_breaks_it_and_kept_by_its_look_alike() -> None:
    named = [*BAD.items(), *((name, ("", one, "", "")) for name, one in GOOD.items())]
    subjects = [msgspec.structs.replace(said[1], id=number) for number, (_, said) in enumerate(named)]
    found = checking.check(subjects, blocking.Rules(), "movements")
    for number, (name, (code, _, value, suggestion)) in enumerate(named):
        told = [(one.code, one.value, one.suggestion) for one in found[number]]
        assert told == ([(code, value, suggestion)] if code else []), name
    assert {code for code, *_ in BAD.values()} == {rule.code for table in suite.make().tables for rule in table.rules}


def fee(**changes: Any) -> return_data.Movement:
    said: dict[str, Any] = {"id": "7", "kind": "administrative_fee", "date": MONDAY, "amount": Decimal(125)} | changes
    return return_data.Movement(**said)


@pytest.mark.parametrize(
    ("code", "one", "sentence"),
    [
        ("kind_without_posting", fee(kind="bad_debt"), "Det er ikke avtalt hvilke kontoer bevegelser av typen tap føres på."),
        ("names_no_buyer", fee(kind="payment"), "Bevegelsen har verken fakturanummer, KID eller kundenummer, og kan ikke "),
        ("no_amount", fee(amount=Decimal(0)), "Beløpet er null, og det er ingenting å føre."),
        ("vat_incomplete", fee(vat=Decimal(25)), "Mva og mva-sats er ikke oppgitt sammen."),
        ("vat_not_expected", fee(kind="payout", vat=Decimal(25), vat_rate=RATE), "Bare gebyrer har mva, men her er 25,00 oppgitt"),
        ("bad_vat_rate", fee(vat=Decimal(25), vat_rate=Decimal(25)), "Mva-satsen 25 er ikke gyldig."),
        ("vat_differs", fee(vat=Decimal("25.02"), vat_rate=RATE), "Mva er oppgitt til 25,02. Beløpet og satsen gir 25,00."),
    ],
)  # fmt: skip
def test_what_a_movement_itself_says_wrong_is_one_sentence(code: str, one: return_data.Movement, sentence: str) -> None:
    (found,) = return_data.check(one)
    assert (found.code, found.holds) == (code, blocking.DEFAULTS[code].holds)
    assert messages.sentence(found, "nb", "movement").startswith(sentence) and code in suite.BY_ITSELF


def test_what_is_said_names_days_accounts_and_amounts() -> None:
    locked = findings.Finding(
        code="locked_period", severity="block", field="MovementDate", value="2026-10-31", suggestion="2026-11-01"
    )
    assert messages.sentence(locked, kind="movement") == (
        "Bevegelsen er datert 31.10.2026, og regnskapet i PowerOffice er låst til og med 1.11.2026."
    )
    credited = findings.Finding(
        code="credited_meanwhile", severity="warn", field="MovementAmount", value="1250.00", suggestion="0.00"
    )
    assert "Igjen å betale var 0,00, og innbetalingen er på 1\u00a0250,00." in messages.sentence(credited, kind="movement")
    over = findings.Finding(code="overpaid", severity="warn", field="MovementAmount", value="1250.00")
    assert messages.sentence(over) == (
        "Fakturaen er betalt og kreditert med til sammen 1\u00a0250,00 for mye. Kunden har 1\u00a0250,00 til gode."
    )
    assert messages.remedy(findings.Finding(code="no_amount", severity="block"), kind="movement") == (
        "Be factoringselskapet ta den tilbake og melde den på nytt."
    )


# A tenant's accounts


def to_options(**accounts: Any) -> ReturnDataOptions:
    return ReturnDataOptions.model_validate(
        {"client_number": "4711", "starts_on": "2026-11-01", "accounts": {**ACCOUNTS, **accounts}}
    )


def to_books(**changes: Any) -> client_books.Books:
    """What the sandbox's chart says."""
    accounts = msgspec.convert([*chart.accounts().values()], list[bank_wire.GeneralLedgerAccount])
    codes = msgspec.convert([*chart.vat_codes().values()], list[bank_wire.VatCode])
    known: dict[str, Any] = {
        "chart": {one.account_no: one for one in accounts},
        "vat_codes": {str(one.code): one for one in codes},
        "departments": {"10": 401},
        "projects": {"P1": 501},
        "locked_until": None,
    }
    return client_books.Books(**{**known, **changes})


_CHART: dict[str, tuple[dict[str, Any], str]] = {
    "customer_contra": ({"number": "1234"}, "Konto 1234 finnes ikke i kontoplanen"),
    "payout": ({"number": str(chart.IN_EUROS)}, "Konto 1921 føres bare i EUR"),
    "balance": ({"number": str(chart.CLOSED)}, "Konto 6971 er ikke aktiv"),
    "administrative_fees": ({"number": str(chart.LOCKED_TO_VAT), "vat_code": "0"}, "Konto 6980 er låst til mva-kode 1"),
    "financial_fees": ({"number": str(chart.NEEDS_DEPARTMENT), "vat_code": "0"}, "Konto 6990 krever avdeling"),
    "return_data_fees": ({"number": str(chart.NEEDS_PROJECT), "vat_code": "0"}, "Konto 6995 krever prosjekt"),
    "balance_contra": ({"number": "6975", "department": "99"}, "Avdeling 99, som kontoen skal føres på, finnes ikke"),
}
_CODES: dict[str, tuple[dict[str, Any], str]] = {
    "administrative_fees": ({"number": "6970", "vat_code": "99"}, "Mva-kode 99, som kontoen skal føres med, finnes ikke"),
    "financial_fees": ({"number": "6970", "vat_code": "C1"}, "Mva-kode C1, som kontoen skal føres med, er ikke i bruk"),
    "return_data_fees": ({"number": "6970", "vat_code": "C2"}, "Mva-kode C2, som kontoen skal føres med, er ikke i bruk"),
}


@pytest.mark.parametrize("given", [_CHART, _CODES])
def test_accounts_that_cannot_be_posted_on_are_named_with_what_to_do(given: dict[str, tuple[dict[str, Any], str]]) -> None:
    chosen = to_options(**{role: account for role, (account, _) in given.items()})
    faults = places.find_faults(to_books(), chosen, MONDAY)
    assert {role: len(said) for role, said in faults.items()} == dict.fromkeys(given, 1)
    for role, told in faults.items():
        assert told[0].startswith(given[role][1]), role


def test_the_same_accounts_are_right_with_what_they_need() -> None:
    right = to_options(
        administrative_fees={"number": str(chart.LOCKED_TO_VAT), "vat_code": "1"},
        financial_fees={"number": str(chart.NEEDS_DEPARTMENT), "vat_code": "0", "department": "10"},
        return_data_fees={"number": str(chart.NEEDS_PROJECT), "vat_code": "0", "project": "P1"},
    )
    assert places.find_faults(to_books(), right, MONDAY) == {}
    euros = right.model_copy(update={"source": "none", "openings": ()})
    payout = {"payout": {"number": str(chart.IN_EUROS)}}
    in_euros = ReturnDataOptions.model_validate(
        {
            **euros.model_dump(mode="json"),
            "accounts": {**ACCOUNTS, **payout},
            "openings": [{"currency": "EUR", "amount": "0.00"}],
        }
    )
    assert places.find_faults(to_books(), in_euros, MONDAY) == {}


def test_a_payment_is_checked_on_its_part_of_the_settlement_too_and_a_fee_on_what_poweroffice_splits_off() -> None:
    chosen, books = to_options(), to_books()
    paid = places.of_movement(books, chosen, fee(kind="payment", buyer_number="10001"))
    assert [one.account for one in paid] == [1510, 2990]
    (cost, balance) = places.of_movement(books, chosen, fee(amount=Decimal("-100.01"), vat=Decimal("-20.00"), vat_rate=Decimal(0)))
    assert (cost.vat, cost.split_off, balance.vat, balance.split_off) == (Decimal("-20.00"), Decimal("-20.00"), None, 0)
    assert places.of_movement(books, chosen, fee(kind="interest")) == []


def test_the_posting_table_names_accounts_and_what_has_none() -> None:
    chosen = to_options(administrative_fees={"number": "6990", "vat_code": "1", "department": "10"})
    shown = posting_table.text(chosen).splitlines()
    cells = [re.split(" {2,}", line.strip()) for line in shown]
    assert cells[:2] == [["Bevegelse", "Debet", "Kredit"], ["Innbetaling", "1510", "kundens konto i reskontroen"]]
    assert ["Administrativt gebyr", "6990 (mva-kode 1, også når mva ikke er oppgitt, avdeling 10)", "2990"] in cells
    assert any(line[1:2] == ["6975 (mva-kode 0)"] for line in cells), "there is nothing to split off"
    assert ["Rente", "holdes tilbake: ingen kontoer er valgt"] in cells
    assert len({line.index(cell) for line, (_, cell, *_) in zip(shown[:-1], cells, strict=False)}) == 1, "one column"
    named = posting_table.page(chosen, to_books(locked_until=MONDAY), {"balance": ["Konto 2990 mangler."]})
    assert "|Utbetaling|1920 Bank|2990 Mellomværende med factoringselskap|" in named
    assert "> Konto 2990 mangler." in named and "låst til og med 23.11.2026" in named
