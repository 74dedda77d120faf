"""Whatever is posted and reversed in the sandboxed PowerOffice, its books add up and its customer ledger says the same."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from sandboxes.poweroffice import chart, journal, ledgers, state

DAY = dt.date(2026, 11, 23)
ACCOUNTS = [*(8_000_000 + number for number in (1510, 1920, 2990, 6970)), *(9_110_001, 9_110_002)]
INVOICES = {1001: (10001, "1250.00"), 1002: (10001, "99.99"), 1003: (10001, "-250.00"), 1004: (10002, "10.01")}
LINES = st.tuples(
    st.sampled_from(ACCOUNTS),
    st.integers(-200_000, 200_000).map(lambda cents: Decimal(cents) / 100),
    st.sampled_from([None, "1001", "1002", "1003", "1004", "4711"]),
    st.sampled_from([chart.NO_VAT, chart.FULL_VAT]),
)
STEPS = st.lists(st.one_of(st.lists(LINES, min_size=1, max_size=4), st.integers(0, 5)), max_size=12)
"""Lines to post, which one more makes add up, or which of the vouchers until then to reverse."""


def client() -> state.Client:
    made = state.Client(key="k", id="1", name="Solberg AS", organisation_number="991825827")
    made.customers = {n: {"Number": 10000 + n, "SubledgerAccountId": 9_110_000 + n} for n in (1, 2)}
    for number, (customer, total) in INVOICES.items():
        vat = ledgers.rounded(Decimal(total) / 5)
        one = state.Line(description="", quantity=Decimal(1), unit="EA", price=vat, net=vat, vat=vat, vat_rate=Decimal("0.25"))
        made.add(state.Invoice(
            id=str(number), client_key="k", kind="invoice", number=number, customer_number=customer, currency="NOK",
            net=Decimal(total) - vat, total=Decimal(total), invoice_date=DAY, due_date=DAY, ehf=b"", lines=[one],
            created=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
        ))  # fmt: skip
    return made


def call(endpoint: Any, of: state.Client, body: object = None, **path: str) -> int:
    """The status of an answer."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body, default=str).encode(), "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [], "path_params": path}
    return asyncio.run(endpoint(Request(scope, receive), of)).status_code


def posted(of: state.Client, lines: list[tuple[int, Decimal, str | None, int]]) -> int:
    """The status of posting these lines and one on 2990 that makes them add up."""
    rest = -sum(amount for _, amount, _, _ in lines)
    rows = [
        {"AccountId": account, "PostingDate": DAY, "VatId": vat, "CurrencyAmount": float(amount), "InvoiceNo": invoice}
        for account, amount, invoice, vat in [*lines, (8_002_990, rest, None, chart.NO_VAT)]
    ]
    return call(journal.post, of, {"VoucherDate": DAY, "CurrencyCode": "NOK", "VoucherLines": rows})


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_books_add_up_after_every_step(steps: list[Any]) -> None:
    of = client()
    for step in steps:
        own = of.books.vouchers
        if isinstance(step, list):
            assert posted(of, step) == (201 if _is_right(step) else 400)
        elif step < len(own):
            status = 400 if own[step]["IsReversed"] else 202
            assert call(journal.reverse, of, id=own[step]["Id"]) == status
        _adds_up(of)
    for one in of.books.vouchers:
        call(journal.reverse, of, id=one["Id"])
    assert ledgers.trial_balance(of, DAY) == ledgers.trial_balance(client(), DAY)
    left = {item.entry.invoice: item.balance for item in ledgers.open_items(of, DAY)}
    assert left == {str(number): Decimal(total) for number, (_, total) in INVOICES.items()}


@pytest.mark.parametrize(("amounts", "status"), [((100, -100, 7, -7), 201), ((100, -100, 7, -8), 400), ((100, -107, 7), 400)])
def test_a_voucher_adds_up_in_each_currency(amounts: tuple[int, ...], status: int) -> None:
    rows = [
        {"AccountId": 8_002_990, "PostingDate": DAY, "VatId": chart.NO_VAT, "CurrencyAmount": amount, "CurrencyCode": currency}
        for amount, currency in zip(amounts, (None, None, "EUR", "EUR"), strict=False)
    ]
    assert call(journal.post, client(), {"VoucherDate": DAY, "CurrencyCode": "NOK", "VoucherLines": rows}) == status
    assert call(journal.post, client(), {"VoucherDate": DAY, "VoucherLines": rows}) == 400


def _is_right(lines: list[tuple[int, Decimal, str | None, int]]) -> bool:
    taxed_customer = any(account > 9_000_000 and vat == chart.FULL_VAT for account, _, _, vat in lines)
    return not taxed_customer and all(amount for _, amount, _, _ in lines) and sum(amount for _, amount, _, _ in lines) != 0


def _adds_up(of: state.Client) -> None:
    stands, items = ledgers.trial_balance(of, DAY), ledgers.open_items(of, DAY)
    assert sum(stands.values()) == 0
    assert stands[chart.CUSTOMERS] == sum(item.balance for item in items)
    assert ledgers.trial_balance(of, DAY - dt.timedelta(1)) == dict.fromkeys(stands, 0)
    entries: dict[int | None, Decimal] = collections.defaultdict(Decimal)
    for _, entry in ledgers.entries(of, dt.date.min, DAY):
        entries[entry.customer] += entry.amount
    opened: dict[int | None, Decimal] = collections.defaultdict(Decimal)
    by_invoice: dict[str | None, Decimal] = collections.defaultdict(Decimal)
    for item in items:
        opened[item.entry.customer] += item.balance
        if item.voucher.kind == "OutgoingInvoice":
            by_invoice[item.entry.invoice] += item.balance
    assert all(opened[customer] == entries[customer] for customer in (10001, 10002))
    paid = ledgers.paid(of)
    assert by_invoice == {str(one.number): left for one in of.invoices.values() if (left := ledgers.balance(one, paid))}
