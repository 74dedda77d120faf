"""Rows of supplier invoices to costs: whose project they are, what a corrected voucher changes, and which row is which."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, checking, messages, purchase_rows
from data_quality.suites import purchase_costs as suite
from fakturabro.mapping import fortnox_to_severa_costs as costs
from fakturabro.systems.fortnox import purchase_wire

TOTAL = {"Account": 2440, "Code": "TOT", "Credit": 1250}
VAT = {"Account": 2641, "Code": "VAT", "Debit": 250, "Project": "501"}


def row(amount: int, project: str = "", **fields: Any) -> dict[str, Any]:
    return {"Account": 4010, "Debit": max(amount, 0), "Credit": max(-amount, 0), "Project": project, **fields}


def read(rows: list[dict[str, Any]], lines: list[dict[str, Any]] | None = None, **fields: Any) -> list[costs.Source]:
    known = {"GivenNumber": "71", "SupplierNumber": "30", "Booked": True, "SupplierInvoiceRows": rows, **fields}
    voucher = {"VoucherNumber": 12, "VoucherSeries": "C", "VoucherRows": lines or []}
    return costs.to_sources(
        msgspec.convert(known, purchase_wire.Purchase, strict=False),
        [msgspec.convert(voucher, purchase_wire.Voucher, strict=False)] if lines else [],
    )


@pytest.mark.parametrize(
    ("rows", "lines", "header", "expected"),
    [
        ([TOTAL, row(1000, "501"), VAT], [], "", [("501", 1000)]),
        ([row(1000), row(200, "502"), VAT], [], "501", [("501", 1000), ("502", 200)]),
        ([row(1000), row(200)], [row(1000, "501"), row(200)], "", [("501", 1000)]),
        ([row(1000, "501")], [row(1000, "502")], "501", [("502", 1000)]),
        ([row(1000, "501")], [row(1000)], "", [("501", 1000)]),
        # struck out and written anew: the voucher counts, with what the row was of; VAT and debt never
        (
            [TOTAL, row(1000, "501", ArticleNumber="P1"), VAT],
            [TOTAL, row(1000, "501", Removed=True), row(400, "502"), row(600), VAT | {"Code": None}],
            "501",
            [("502", 400)],
        ),
        ([row(1000, "501")], [row(400, "501"), row(600, "502")], "", [("501", 400), ("502", 600)]),
        # of what nobody corrected the project is still the invoice's; of what was written anew without one it is not
        (
            [row(1000), row(200, "502")],
            [row(1000), row(200, "502", Removed=True), row(150, "502")],
            "501",
            [("501", 1000), ("502", 150)],
        ),
        ([row(1000), row(200, "502")], [row(1000, "501", Removed=True), row(1000), row(200, "502")], "501", [("502", 200)]),
        ([row(-100, "501"), row(50, "501", Code="FRT"), row(7, "501", Code="PRD")], [], "", [("501", -100), ("501", 50)]),
        ([row(5, "501", Credit=5, Debit=5)], [], "", []),
    ],
)
def test_the_project_is_that_of_voucher_row_or_invoice(
    rows: list[dict[str, Any]], lines: list[dict[str, Any]], header: str, expected: list[tuple[str, int]]
) -> None:
    found = read(rows, lines, Project=header)
    assert [(one.project, int(one.amount)) for one in found] == expected
    assert {one.article for one in found} <= {one.get("ArticleNumber", "") for one in rows if not one.get("Code")}


def test_a_cancelled_invoice_costs_nothing() -> None:
    assert read([row(1000, "501")], Cancelled=True) == []


def test_a_row_is_known_again_wherever_it_stands() -> None:
    before = dict(enumerate(read([row(100, "501"), row(100, "501"), row(300, "502")]), 1))
    assert list(before) == [1, 2, 3]
    now = read([row(50, "501"), row(300, "502"), row(100, "501"), row(110, "501"), row(8, "503")])
    found = costs.match(before, now, 4)
    assert {number: (one.project, int(one.counts)) for number, one in found.items()} == {
        1: ("501", 100),
        2: ("501", 50),
        3: ("502", 300),
        4: ("501", 110),
        5: ("503", 8),
    }
    assert costs.match(found, now, 6) == found
    gone = costs.match(found, read([row(300, "504")]), 6)
    assert [(number, one.is_removed, one.counts) for number, one in sorted(gone.items())] == [
        *((number, True, Decimal(0)) for number in range(1, 6)),
        (6, False, Decimal(300)),
    ]


SOUND: dict[str, Any] = {
    **{"id": 1, "invoice_number": "F71", "invoice_date": dt.date(2026, 11, 20), "supplier": "Skruv AB"},
    **{"state": "booked", "project": "501", "known_project": "501", "product": "900", "known_product": "900"},
    **{"product_vat": Decimal(0), "foreign_rate": Decimal("11.2"), "currency": "SEK", "known_currency": "SEK"},
}
BROKEN: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set()),
    ({"state": "not booked"}, {"purchase_not_booked"}),
    ({"invoice_number": ""}, {"purchase_without_number"}),
    ({"invoice_date": None}, {"purchase_without_date"}),
    ({"supplier": ""}, {"purchase_without_supplier"}),
    ({"known_project": None, "project_state": "closed"}, {"cost_project_missing"}),
    ({"project_state": "closed"}, {"cost_project_closed"}),
    ({"known_product": None, "product_vat": None}, {"cost_product_missing"}),
    ({"product_state": "inactive"}, {"cost_product_inactive"}),
    ({"product_vat": None}, {"cost_product_without_vat"}),
    ({"foreign_rate": Decimal("1.0")}, {"purchase_rate_of_one"}),
    ({"foreign_rate": None}, set()),
    ({"known_currency": None}, {"cost_currency_missing"}),
]


def test_each_rule_holds_what_it_is_about_and_nothing_else() -> None:
    """In one batch: a check costs the same however many are checked."""
    costs_ = [purchase_rows.Cost(**{**SOUND, **changes, "id": number}) for number, (changes, _) in enumerate(BROKEN)]
    found = checking.check(costs_, blocking.Rules(), "purchase_costs")
    assert {number: {one.code for one in said} for number, said in found.items()} == {
        number: codes for number, (_, codes) in enumerate(BROKEN)
    }
    codes = set().union(*(codes for _, codes in BROKEN))
    assert codes | suite.BY_TASKS == {code for kind in suite.KINDS for code in kind.codes}
    (closed,) = found[6]
    assert (closed.severity, closed.holds) == ("block", ("transfer",))
    assert "501, som er lukket i Severa" in messages.sentence(closed, "nb", "purchase_cost")
