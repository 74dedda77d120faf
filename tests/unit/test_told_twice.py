"""Payments that are told and look like ours, on SQLite and PostgreSQL: one for one, the same ones in whatever page they come."""

from __future__ import annotations

import msgspec

from fakturabro.domain import findings as values
from fakturabro.ledger import deliveries, findings, opened
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.returns import arrivals, movements, told_twice
from tests.unit.test_ledger_incoming import RUN, TENANT, allocate, ids_of, owed, paid, take_in
from tests.unit.test_ledger_returns import day, post, settle, take, told

HELD = values.Finding(code=movements.TOLD_TWICE, severity="block", holds=("return_data",))


def on(invoice: int, one: arrivals.New, allocation: int | None = None, skip: str = "") -> arrivals.New:
    """A payment of an invoice; with an allocation it came from the bank."""
    changed = msgspec.structs.replace(one, invoice_id=invoice, skip=skip)
    return changed if allocation is None else msgspec.structs.replace(changed, origin="bank", allocation_id=allocation)


def test_each_payment_of_ours_stands_for_one_that_is_told(ledger: opened.Ledger) -> None:
    ours = [on(1, told("b1", of=10), 1), on(1, told("b2", of=19), 2, skip="før returdata"), on(2, told("b3", of=20), 3)]
    rows = [on(1, told(name, of=of)) for name, of in (("t1", 20), ("t2", 20), ("t3", 20))]
    back = [on(1, told(name, amount="-100.00", of=29)) for name in ("r1", "r2", "r3")]
    others = [
        on(2, told("fee", "financial_fee")),
        on(2, told("euros", currency="EUR")),
        on(2, told("late", of=1)),
        told("nobody's"),
    ]
    take(ledger, *ours)
    ids = take(ledger, *rows, *back, *others)
    wanted = {ids[0]: day(19), ids[1]: day(10), ids[3]: day(19), ids[4]: day(10)}
    assert told_twice.find(ledger, TENANT, ids) == wanted
    assert [told_twice.find(ledger, TENANT, [i]) for i in ids[1:4]] == [{ids[1]: day(10)}, {}, {ids[3]: day(19)}]
    assert told_twice.find(ledger, "fjord", ids) == told_twice.find(ledger, TENANT, []) == {}


def test_the_one_that_comes_second_is_left_out(ledger: opened.Ledger) -> None:
    (one,) = take(ledger, on(1, told("t1")))
    assert told_twice.find(ledger, TENANT, [one]) == {}
    made = settle(ledger, [one])
    (ours,) = take(ledger, on(1, told("b1", of=21), 1))
    assert told_twice.find(ledger, TENANT, [one, ours]) == {ours: day(20)}, "it is settled"
    post(ledger, made, [one], "r1", 5001)
    assert told_twice.find(ledger, TENANT, [one, ours]) == {ours: day(20)}, "it is posted"
    back, once_more = take(ledger, on(1, told("b2", of=22, amount="-100.00"), 2), on(1, told("b3", of=20), 3))
    second, late = take(ledger, on(1, told("t2")), on(1, told("b4", of=30), 4))
    held = told_twice.find(ledger, TENANT, [one, ours, back, once_more, second, late])
    assert held == {once_more: day(20), second: day(21)}, "what the bank takes back is taken back; one stands for one"


def test_what_was_told_and_taken_back_in_the_books_holds_nothing(ledger: opened.Ledger) -> None:
    (one,) = take(ledger, on(1, told("t1")))
    post(ledger, settle(ledger, [one]), [one], "r1", 5001)
    (ours,) = take(ledger, on(1, told("b1", of=21), 1))
    (back,) = take(ledger, on(1, told("t2", amount="-100.00", of=22)))
    assert told_twice.find(ledger, TENANT, [ours]) == {ours: day(20)}, "what takes it back is not in the books yet"
    post(ledger, settle(ledger, [back], of=22, amount=-100_00), [back], "r2", 5002)
    assert told_twice.find(ledger, TENANT, [ours]) == {}


def test_what_the_company_may_know_is_compared_before_it_is_a_movement_and_what_is_held_is_paid_once(ledger: opened.Ledger) -> None:
    (invoice,) = owed(ledger, ("1", "1", "10", 300_00))
    take_in(ledger, "a", paid("1", amount=100_00))
    (payment,) = ids_of(ledger, "a")
    allocate(ledger, "matched", (payment, invoice, 100_00))
    (same,) = take(ledger, on(invoice, told("t1")))
    assert told_twice.find(ledger, TENANT, [same]) == {}, "nobody was told of it"
    (row,) = deliveries.find_open(ledger, TENANT, "post", ["waiting"])
    plan = deliveries.Planned(id=row.id, target="factoring_payments:4711", natural_key="4711/1")
    deliveries.plan(ledger, TENANT, [plan], RUN)
    for start, end in (("planned", "sending"), ("sending", "in_doubt"), ("in_doubt", "accepted")):
        assert told_twice.find(ledger, TENANT, [same]) == {same: day(20)}, start
        deliveries.move(ledger, TENANT, [row.id], start, end, RUN)
    assert told_twice.find(ledger, TENANT, [same]) == {same: day(20)}
    settle(ledger, [same])
    assert open_of(ledger) == 100_00, "nobody has seen yet that both are one"
    (ours,) = take(ledger, on(invoice, told("b1"), allocation=1))
    assert told_twice.find(ledger, TENANT, [same, ours]) == {ours: day(20)}
    findings.record(ledger, TENANT, "check", {ours: [HELD]}, ("return_data",), RUN)
    assert open_of(ledger) == 200_00


def open_of(ledger: opened.Ledger) -> int:
    (item,) = allocations.find_items(ledger, TENANT, numbers=["1"])
    return item.open
