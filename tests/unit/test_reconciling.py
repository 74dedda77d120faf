"""Why two sums differ, by hand; which factoring status follows from what; what PowerOffice's transactions come to."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from fakturabro.domain import reconciliation as rec
from fakturabro.domain import return_data
from fakturabro.ledger.returns import vouchers
from fakturabro.systems.poweroffice import bank_wire, wire
from tasks.returns import accounts_seen, open_items, reconciling, statuses
from tasks.returns.statuses import Fact

ACTIVE, DELIVERED, COMPLAINED, COMPLETED, FORFEIT = (
    wire.FactoringInvoiceStatus[name] for name in ("ACTIVE", "DELIVERED", "COMPLAINED", "COMPLETED", "FORFEIT")
)


def difference(code: Any, amount: int, **more: Any) -> rec.Difference:
    return rec.Difference(code=code, amount=amount, **more)


def invoice(ours: int, theirs: int, *missing: rec.Difference, number: str = "1") -> rec.Invoice:
    return rec.Invoice(document_id=int(number), number=number, ours=ours, theirs=theirs, missing=missing)


@pytest.mark.parametrize(
    ("possible", "expected"),
    [
        ((), ["unexplained"]),
        ((30, 20), ["later", "later"]),
        ((50, 7), ["later"]),
        ((50, 50), ["unexplained"]),  # nobody guesses which of two it is
        ((49,), ["unexplained"]),
    ],
)
def test_what_is_only_possible_explains_a_rest_that_is_exactly_as_large(possible: tuple[int, ...], expected: list[str]) -> None:
    found = rec.explain(100, 160, [difference("held", 10)], [difference("later", amount) for amount in possible])
    assert [one.code for one in found] == ["held", *expected]
    assert rec.worth(found) == 60


@pytest.mark.parametrize(
    ("invoices", "loose", "vouchers", "expected"),
    [
        ([invoice(0, 0)], rec.Loose(ours=-5, theirs=-5), [], {}),
        ([invoice(70, 100, difference("held", 30))], rec.Loose(), [], {"held": 30}),
        # an over-payment stands on the customer there, and below zero here
        ([invoice(-20, 0)], rec.Loose(theirs=-20), [], {}),
        ([invoice(-20, 100, difference("waiting", 120))], rec.Loose(), [], {"waiting": 120}),
        ([invoice(100, 0)], rec.Loose(), [100], {"unexplained": -100}),
        ([invoice(100, 0)], rec.Loose(), [-100], {"paid_by_hand": -100}),
        ([invoice(100, 0)], rec.Loose(), [-60, -40], {"unexplained": -100}),
        # somebody else's payment of more than is open: its rest is loose
        ([invoice(100, 0)], rec.Loose(theirs=-50, others=[difference("another_voucher", -50, voucher="0")]), [-150],
         {"paid_by_hand": -100, "another_voucher": -50}),
        # the client has taken a payment off its invoice
        ([invoice(0, 100)], rec.Loose(theirs=-100), [], {"matched_otherwise": 0}),
        ([invoice(0, 100), invoice(100, 0, number="2")], rec.Loose(), [], {"unexplained": 0}),
        ([invoice(40, -10, difference("credit_note_waiting", -50))], rec.Loose(), [], {"credit_note_waiting": -50}),
    ],
)  # fmt: skip
def test_open_items_of_a_customer(
    invoices: list[rec.Invoice], loose: rec.Loose, vouchers: list[int], expected: dict[str, int]
) -> None:
    found = rec.explain_customer("10", invoices, loose, [rec.Voucher(number=str(i), amount=n) for i, n in enumerate(vouchers)])
    by_code: dict[str, int] = {}
    for one in found:
        by_code[one.code] = by_code.get(one.code, 0) + one.amount
        assert one.customer == "10"
    assert by_code == expected


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (Fact(open=1), None),
        (Fact(open=0), COMPLETED),
        (Fact(open=-1), COMPLETED),  # over-paid
        (Fact(open=0, is_posted=False), None),
        (Fact(open=0, was=COMPLETED), None),
        (Fact(open=1, was=COMPLETED), DELIVERED),  # the bank took a payment back
        (Fact(open=0, is_posted=False, was=COMPLETED), None),
        (Fact(open=1, is_objected=True), COMPLAINED),
        (Fact(open=0, is_objected=True, was=COMPLETED), COMPLAINED),
        (Fact(open=1, is_objected=True, was=COMPLAINED), None),
        (Fact(open=1, was=COMPLAINED), DELIVERED),
        (Fact(open=0, was=COMPLAINED), COMPLETED),
        (Fact(open=0, is_posted=False, was=COMPLAINED), DELIVERED),
        (Fact(open=5, lost=5), FORFEIT),
        (Fact(open=5, lost=5, is_objected=True), FORFEIT),
        (Fact(open=5, lost=4), None),
        (Fact(open=0, lost=5), COMPLETED),  # paid after all
        (Fact(open=5, lost=5, was=FORFEIT), None),
        (Fact(open=0, was=FORFEIT), None),
        (Fact(open=0, was=ACTIVE), None),
    ],
)
def test_which_status_follows(fact: Fact, expected: wire.FactoringInvoiceStatus | None) -> None:
    assert statuses.wanted(fact) == expected


def test_a_table_of_ones_own_moves_what_it_says() -> None:
    table = {
        **return_data.DEFAULTS,
        "payment": return_data.Row(debit="balance", credit="buyer"),
        "bad_debt": return_data.Row(debit="bad_debts", credit="buyer"),
    }
    found = reconciling.signs(table)
    assert (found["payment"].balance, found["payment"].contra, found["payment"].buyer) == (1, 0, -1)
    assert (found["bad_debt"].balance, found["bad_debt"].buyer) == (0, -1)
    assert "settled" not in found and "reminder_fee" not in found


OURS = uuid.UUID(int=1)


def voucher(state: str) -> vouchers.Voucher:
    said: dict[str, Any] = {
        "kind": "post",
        "reference": "r",
        "raw_id": 1,
        "voucher_no": 5001,
        "why": "",
        "undoes": None,
        "run": "r",
    }
    named = None if state == "made" else str(OURS)
    day, at = dt.date(2026, 11, 20), dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    return vouchers.Voucher(id=7, settlement_id=1, part=1, state=state, day=day, made_at=at, voucher_uuid=named, **said)


def transaction(amount: str, voucher_id: uuid.UUID = OURS, **more: Any) -> bank_wire.Transaction:
    said = {"account_no": 2990, "amount": Decimal(amount), "currency_code": "NOK", "voucher_no": 5001, **more}
    return bank_wire.Transaction(voucher_id=voucher_id, **said)


def test_transactions_are_ours_or_named() -> None:
    place, reversal, other = (2990, "NOK"), uuid.UUID(int=2), uuid.UUID(int=3)
    seen, own = accounts_seen.Seen(), accounts_seen.Own([voucher("posted")])
    for one in (
        transaction("10.00", is_reversed=True, external_import_reference="r"),
        transaction("-10.00", reversal, reversed_voucher_id=OURS),
        transaction("3.00", other, voucher_no=77),
        transaction("2.00", uuid.UUID(int=4), voucher_no=78, is_reversed=True),
        transaction("-2.00", uuid.UUID(int=5), voucher_no=79, reversed_voucher_id=uuid.UUID(int=4)),
        transaction("99.00", other, currency_code="EUR", currency_amount=Decimal("9.00"), voucher_no=77),
    ):
        accounts_seen.take(seen, one, own)
    assert (seen.total[place], seen.total[2990, "EUR"], seen.reversed, seen.standing) == (300, 900, {7}, set())
    assert [(one.code, one.amount, one.voucher) for one in seen.differences(place)] == [("another_voucher", 300, "77")]
    for state, standing, others in (("made", {7}, 0), ("discarded", set(), 1), ("reversed", set(), 0)):
        seen = accounts_seen.Seen()
        accounts_seen.take(seen, transaction("1.00", external_import_reference="r"), accounts_seen.Own([voucher(state)]))
        assert (seen.standing, len(seen.others)) == (standing, others)


def test_months_cover_every_day_once() -> None:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    days = [start + dt.timedelta(n) for start, end in accounts_seen.windows(first, last) for n in range((end - start).days + 1)]
    assert days == [first + dt.timedelta(n) for n in range(365)]


@pytest.mark.parametrize(("balance", "expected"), [("110.00", (1_000, "EUR")), ("55.00", (500, "EUR")), ("0.00", (0, "EUR"))])
def test_what_is_open_in_euros_is_told_at_the_invoices_own_rate(balance: str, expected: tuple[int, str]) -> None:
    said = {"amount": Decimal("110.00"), "currency_amount": Decimal("10.00"), "currency_code": "EUR"}
    assert open_items.in_currency(bank_wire.OpenItem(id=1, balance=Decimal(balance), **said)) == expected
