"""Movements, settlements and vouchers of return data, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import documents as values
from fakturabro.domain import findings, return_data
from fakturabro.ledger import audits, certificates, deliveries, documents, opened, purging, raws, retention, seals, tables
from fakturabro.ledger import engine as engines
from fakturabro.ledger import findings as ledger_findings
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.journal import claims
from fakturabro.ledger.returns import (
    arrivals,
    making,
    movements,
    reconciliations,
    restoring,
    settlements,
    sources,
    statuses,
    undoing,
    unread,
    vouchers,
)
from tests.unit import migrated_rows
from tests.unit.test_ledger_incoming import NOW, ON_SQLITE, RUN, TENANT, TODAY, allocate, ids_of, owed, paid, take_in

CLIENT = "4711"
LATER = NOW + dt.timedelta(days=1)


def day(of_month: int) -> dt.date:
    return dt.date(2026, 11, of_month)


def told(
    number: str, kind: return_data.MovementKind = "payment", amount: str = "100.00", of: int = 20, **said: Any
) -> arrivals.New:
    movement = return_data.Movement(id=number, kind=kind, date=day(of), amount=Decimal(amount), text="Kari Nordmann", **said)
    return arrivals.New(movement=movement, origin="told", key=arrivals.told_key(CLIENT, number), client=CLIENT, raw_id=1)


def take(ledger: opened.Ledger, *rows: arrivals.New) -> list[int]:
    """The documents of these movements, recorded or known."""
    arrivals.record(ledger, TENANT, RUN, NOW, rows)
    known = documents.find_known(ledger, TENANT, movements.SOURCE, [row.key for row in rows])
    return [known[row.key].id for row in rows]


def settle(ledger: opened.Ledger, ids: Sequence[int], of: int = 20, amount: int = 100_00, **said: Any) -> int:
    last = settlements.find_last(ledger, TENANT, CLIENT, "NOK")
    opening = last.closing if last else 0
    new: dict[str, Any] = {"number": last.number + 1 if last else 1, "day": day(of), "opening": opening}
    new |= {"closing": opening + amount, "settled": amount, "client": CLIENT, "currency": "NOK", **said}
    return settlements.record(ledger, TENANT, settlements.New(**new), ids, RUN, NOW)


def carry(ledger: opened.Ledger, settlement_id: int, ids: Sequence[int], reference: str, **said: Any) -> vouchers.Voucher:
    keys = {row.document_id: vouchers.to_natural_key(reference, row.key) for row in movements.find(ledger, TENANT, ids)}
    new: dict[str, Any] = {"part": vouchers.next_part(ledger, TENANT, settlement_id), "kind": "post", "day": day(20), **said}
    one = making.New(settlement_id=settlement_id, reference=reference, content=reference.encode(), **new)
    return making.make(ledger, TENANT, one, keys, vouchers.TARGET, RUN, NOW)


def answer(ledger: opened.Ledger, voucher_id: int, *states: str) -> None:
    """What it carries moves through these states."""
    ids = vouchers.find_carried(ledger, TENANT, voucher_id).delivery_ids
    for start, end in zip(("planned", *states), states, strict=False):
        deliveries.move(ledger, TENANT, list(ids), start, end, RUN)


def post(ledger: opened.Ledger, settlement_id: int, ids: Sequence[int], reference: str, number: int) -> vouchers.Voucher:
    made = carry(ledger, settlement_id, ids, reference)
    answer(ledger, made.id, "sending", "accepted")
    vouchers.mark_posted(ledger, TENANT, made.id, number, f"uuid-{number}")
    return made


def waiting(ledger: opened.Ledger) -> dict[int, list[int]]:
    return {one.settlement_id: list(one.document_ids) for one in making.find_waiting(ledger, TENANT)}


def states_of(ledger: opened.Ledger, ids: Sequence[int]) -> list[str]:
    return [row.state for row in movements.find(ledger, TENANT, ids)]


def leave_rows(ledger: opened.Ledger) -> None:
    """Something in every table."""
    ids = take(ledger, told("m-1"))
    carry(ledger, settle(ledger, ids), ids, "r1")
    unread.record(ledger, TENANT, CLIENT, [2], RUN, NOW)
    statuses.record_told(ledger, TENANT, {1: "Completed"}, RUN, NOW)
    look = reconciliations.Look(client=CLIENT, currency="NOK", day=day(20), role="balance", ours=5, theirs=4)
    reconciliations.record(ledger, TENANT, [look], RUN, NOW)


def test_a_movement_is_recorded_once_and_another_content_is_said_and_not_taken(ledger: opened.Ledger) -> None:
    one, two = told("7", buyer_number="20005"), msgspec.structs.replace(told("8"), told_no=8)
    skipped = msgspec.structs.replace(told("6"), skip="før returdata ble slått på", told_no=6)
    said = arrivals.record(ledger, TENANT, RUN, NOW, [one, two, two, skipped])
    assert (said.new, said.known, said.skipped, said.differing) == (2, 1, 1, [])
    other = msgspec.structs.replace(one, movement=msgspec.structs.replace(one.movement, amount=Decimal("100.01")))
    late = msgspec.structs.replace(skipped, movement=told("6", amount="9").movement)
    again = arrivals.record(ledger, TENANT, "run-2", LATER, [other, two, late, skipped, told("9"), told("9", amount="1")])
    assert (again.new, again.known, again.skipped) == (1, 2, 0)
    assert [(one.key, one.was, one.now.amount) for one in again.differing] == [
        ("told/4711/7", one.movement, Decimal("100.01")),
        ("told/4711/6", None, Decimal("9.00")),
        ("told/4711/9", None, Decimal("1.00")),
    ]
    ids = take(ledger, one, two)
    assert [movement for _, movement in movements.read(ledger, TENANT, ids)] == [one.movement, two.movement]
    row = movements.find(ledger, TENANT, ids)[0]
    assert (row.amount, row.number, row.customer_number, row.key, row.state) == (100_00, "7", "20005", one.key, "waiting")
    assert movements.find_cursor(ledger, TENANT, CLIENT) == 8 and movements.find_cursor(ledger, TENANT, "4712") == 0
    assert len(movements.find_open(ledger, TENANT, ["waiting"])) == 3 and not movements.find_open(ledger, "skagerrak", ["waiting"])


def test_what_was_skipped_is_certified_with_the_movements_and_not_with_invoices(ledger: opened.Ledger) -> None:
    skipped = msgspec.structs.replace(told("6"), skip="før returdata ble slått på")
    take(ledger, told("7", amount="50"), told("8", amount="-20"), skipped)
    for run in ("run-1", "run-2"):
        made = certificates.record(ledger, TENANT, values.ALL_PURPOSES, run, NOW)
        assert [(one.purpose, one.adds_up) for one in made] == [("return_data", True)]
    assert (made[0].count.opening, made[0].count.skipped, made[0].amount.closing) == (2, 0, 30_00)
    with ledger.reading() as connection:
        figures = connection.execute(sa.select(tables.certificate.c.figures).order_by(tables.certificate.c.id)).scalars().first()
    assert figures and (figures["count"]["skipped"], figures["amount"]["skipped"]) == (1, 100_00)
    assert list(audits.find_faults(ledger, TENANT)) == []
    with ledger.writing() as connection:
        connection.exec_driver_sql("update document set amount = amount - 1 where state = 'skipped'")
    assert [(one.code, one.purpose) for one in audits.find_faults(ledger, TENANT)] == [("skipped", "return_data")]


def test_what_only_was_skipped_is_certified_too(ledger: opened.Ledger) -> None:
    take(ledger, msgspec.structs.replace(told("6"), skip="før returdata ble slått på"))
    (made,) = certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW)
    assert (made.purpose, made.count.fetched, made.count.skipped) == ("return_data", 1, 1)


def test_payments_become_movements_when_the_factoring_company_knows_them_each_allocation_once(ledger: opened.Ledger) -> None:
    invoice, other = owed(ledger, ("10001", "0019", "20005", 100), ("10002", "0027", "20006", 100))
    take_in(ledger, "a", paid("1", amount=150), paid("2"), paid("3", amount=-100))
    first, second, third = ids_of(ledger, "a")
    allocate(ledger, "matched", (first, invoice, 90), (first, other, 50), (second, invoice, 100))
    allocate(ledger, "matched", (third, invoice, -100), (first, invoice, 10), told=False)
    assert list(sources.find_untaken(ledger, TENANT)) == [], "nothing is posted"
    for document_id, target in ((first, "factoring_payments:4711"), (second, "fortnox"), (third, "factoring_payments:4711")):
        post_at(ledger, document_id, target)
    (page,) = sources.find_untaken(ledger, TENANT)
    account = paid("1").payee_account.number
    assert [(one.key, one.amount, one.kid, one.customer_number) for one in page] == [
        (f"bank/{account}/1/10001/1", 90, "0019", "20005"),
        (f"bank/{account}/1/10002/1", 50, "0027", "20006"),
    ]
    assert (page[0].reference, page[0].name, page[0].booked_on, page[0].told_at) == ("1", "1/10001/1", day(20), NOW)
    untold = [one.id for one in allocations.find_untold(ledger, TENANT)]
    allocations.record_told(ledger, TENANT, untold, LATER)
    take(ledger, *(from_bank(one) for one in page))
    (more,) = sources.find_untaken(ledger, TENANT)
    assert [(one.key, one.amount) for one in more] == [(f"bank/{account}/3/10001/1", -100), (f"bank/{account}/1/10001/2", 10)]
    again = msgspec.structs.replace(from_bank(page[0]), key="bank/other")
    with pytest.raises(exc.IntegrityError):
        take(ledger, again)


def post_at(ledger: opened.Ledger, payment: int, target: str) -> None:
    ids = [row.id for row in deliveries.find_open(ledger, TENANT, "post", ["waiting"]) if row.document_id == payment and target]
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=i, target=target, natural_key=f"{i}") for i in ids], RUN)
    for start, end in (("planned", "sending"), ("sending", "accepted")):
        deliveries.move(ledger, TENANT, ids, start, end, RUN)


def from_bank(one: sources.Untaken) -> arrivals.New:
    movement = return_data.Movement(id=one.name, kind="payment", date=one.booked_on or TODAY, amount=Decimal(one.amount) / 100)
    said: dict[str, Any] = {"allocation_id": one.allocation_id, "invoice_id": one.invoice_id, "raw_id": one.raw_id}
    return arrivals.New(movement=movement, origin="bank", key=one.key, client=CLIENT, **said)


@ON_SQLITE
def test_an_invoice_is_found_by_number_and_by_kid_and_only_where_it_is_booked_and_alone(ledger: opened.Ledger) -> None:
    """10002 is one's number and another's KID."""
    rows = (("10001", "10002", "20005", 1), ("10002", "0027", "20006", 1), ("K1", "0035", "20006", 1), ("10003", "0027", "1", 1))
    ids = owed(ledger, *rows, held="10004")
    found = sources.find_invoices(ledger, TENANT, ["10001", "10002", "10004", "K1"], ["10002", "0027", "0035"])
    assert {number: one.document_id for number, one in found.by_number.items()} == {"10001": ids[0], "10002": ids[1]}
    assert {kid: (one.document_id, one.customer_number) for kid, one in found.by_kid.items()} == {"10002": (ids[0], "20005")}


@ON_SQLITE
def test_what_the_factoring_system_says_was_paid_is_paid(ledger: opened.Ledger) -> None:
    invoice, *_ = owed(ledger, ("10001", "0019", "20005", 100_00))
    rows = [told("1", amount="60"), told("2", amount="-10"), told("3", "interest", "5"), told("4", amount="20")]
    named = [msgspec.structs.replace(one, invoice_id=invoice) for one in rows]
    ids = take(ledger, *named[:3], msgspec.structs.replace(named[3], skip="før returdata ble slått på"))
    assert allocations.find_items(ledger, TENANT, kids=["0019"])[0].allocated == 20_00, "nothing is settled"
    settle(ledger, ids[:3])
    (item,) = allocations.find_items(ledger, TENANT, kids=["0019"])
    assert (item.allocated, item.open) == (70_00, 30_00), "what was skipped was paid too"
    ours = findings.Finding(code="payment_told_by_both", severity="block", holds=("return_data",))
    ledger_findings.record(ledger, TENANT, "check", {ids[0]: [ours]}, ("return_data",), RUN)
    assert allocations.find_items(ledger, TENANT, kids=["0019"])[0].allocated == 10_00, "told twice, and held"


def test_a_movement_finds_the_invoice_that_it_names_when_that_is_booked(ledger: opened.Ledger) -> None:
    """By KID only where it states no number, once, and the skipped ones too; never one of another buyer or currency."""
    rows = [told("1", invoice_number="10001"), told("2", kid="0019"), told("3", invoice_number="10009", kid="0019"), told("4")]
    rows += [told("6", kid="0019", buyer_number="20006"), told("7", kid="0019", currency="EUR")]
    ids = take(ledger, *rows, msgspec.structs.replace(told("5", invoice_number="10001"), skip="før returdata ble slått på"))
    assert sources.place_invoices(ledger, TENANT) == 0
    invoice, *_ = owed(ledger, ("10001", "0019", "20005", 500_00))
    assert [sources.place_invoices(ledger, TENANT) for _ in range(2)] == [3, 0]
    assert [row.invoice_id for row in movements.find(ledger, TENANT, ids)] == [invoice, invoice, *[None] * 4]
    settle(ledger, ids[:2])
    assert allocations.find_items(ledger, TENANT, kids=["0019"])[0].allocated == 300_00
    with pytest.raises(exc.IntegrityError), ledger.writing() as connection:
        connection.exec_driver_sql("update movement set invoice_id = 5 where invoice_id is not null")


@ON_SQLITE
@pytest.mark.parametrize(
    ("target", "amount", "again", "allocated"),
    [
        ("factoring_payments:4711", 40_00, "30", 70_00),
        ("incoming:abc", 40_00, "40", 40_00),
        ("incoming:abc", 40_00, "45", 45_00),
        ("incoming:abc", 40_00, "10", 40_00),
        ("", 40_00, "30", 70_00),
        ("", 40_00, "-10", 30_00),
    ],
)
def test_what_the_company_had_by_file_and_tells_back_counts_once(
    target: str, amount: int, again: str, allocated: int, ledger: opened.Ledger
) -> None:
    invoice, *_ = owed(ledger, ("10001", "0019", "20005", 100_00))
    take_in(ledger, "a", paid("1", amount=amount))
    (payment,) = ids_of(ledger, "a")
    allocate(ledger, "part", (payment, invoice, amount))
    post_at(ledger, payment, target)
    settle(ledger, take(ledger, msgspec.structs.replace(told("1", amount=again), invoice_id=invoice)))
    assert allocations.find_items(ledger, TENANT, kids=["0019"])[0].allocated == allocated


def test_settlements_follow_each_other_and_take_all_or_nothing(ledger: opened.Ledger) -> None:
    first, second, fee, euro = take(
        ledger, told("1"), told("2", of=21), told("3", "administrative_fee", "10", 21), told("4", currency="EUR")
    )
    days = settlements.find_unsettled(ledger, TENANT, CLIENT, day(21))
    found = [(one.currency, one.day, {kind: (list(s.document_ids), s.amount) for kind, s in one.of_kind.items()}) for one in days]
    assert found == [
        ("EUR", day(20), {"payment": ([euro], 100_00)}),
        ("NOK", day(20), {"payment": ([first], 100_00)}),
        ("NOK", day(21), {"payment": ([second], 100_00), "administrative_fee": ([fee], 10_00)}),
    ]
    assert [one.day for one in settlements.find_unsettled(ledger, TENANT, CLIENT, day(20))] == [day(20)] * 2
    for refused in ({"number": 2}, {"client": "4712"}, {"ids": [first, second]}, {"ids": [first, euro]}, {"ids": [first, 999]}):
        with pytest.raises(settlements.SettlementError):
            settle(ledger, **{"ids": [first], **refused})
    made = settle(ledger, [first])
    assert settlements.find(ledger, TENANT, [made])[0].closing == 100_00
    for refused in ({"number": 3}, {"opening": 99_99}, {"of": 20}, {"ids": [first, second]}):
        with pytest.raises(settlements.SettlementError):
            settle(ledger, **{"ids": [second, fee], "of": 21, **refused})
    settle(ledger, [second, fee], 21, 90_00)
    assert [(one.number, one.opening, one.closing) for one in settlements.find_newest(ledger, TENANT, CLIENT, 5)] == [
        (2, 100_00, 190_00),
        (1, 0, 100_00),
    ]
    assert [one.currency for one in settlements.find_unsettled(ledger, TENANT, CLIENT, day(21))] == ["EUR"]
    assert [row.settlement_id for row in movements.find(ledger, TENANT, [first])] == [made]


def test_a_voucher_carries_movements_of_its_settlement_all_or_nothing_and_can_be_given_up_before_it_leaves(
    ledger: opened.Ledger,
) -> None:
    first, second, third = take(ledger, told("1"), told("2"), told("3", of=21))
    one, other = settle(ledger, [first, second], amount=200_00), settle(ledger, [third], 21)
    assert waiting(ledger) == {one: [first, second], other: [third]}
    with pytest.raises(vouchers.AssignError):
        carry(ledger, one, [first, third], "r1")
    assert vouchers.next_part(ledger, TENANT, one) == 1 and states_of(ledger, [first, third]) == ["waiting"] * 2
    made = carry(ledger, one, [first], "r1")
    assert made == carry(ledger, one, [first], "r1") and vouchers.read_content(ledger, TENANT, made.id) == b"r1"
    for ids, reference in (([first, second], "r1"), ([first, second], "r2"), ([first], "r2")):
        with pytest.raises(vouchers.AssignError):
            carry(ledger, one, ids, reference)
    assert waiting(ledger) == {one: [second], other: [third]}
    making.discard(ledger, TENANT, made.id, "PowerOffice sa nei", RUN)
    assert [(v.state, v.why) for v in vouchers.find(ledger, TENANT, [made.id])] == [("discarded", "PowerOffice sa nei")]
    assert waiting(ledger)[one] == [first, second]
    again = carry(ledger, one, [first, second], "r2")
    assert (again.part, states_of(ledger, [first, second])) == (2, ["planned"] * 2)
    answer(ledger, again.id, "sending")
    with pytest.raises(vouchers.AssignError):
        making.discard(ledger, TENANT, again.id, "", RUN)
    assert vouchers.find_carried(ledger, TENANT, again.id).states == {"sending"}
    deliveries.move(ledger, TENANT, list(vouchers.find_carried(ledger, TENANT, again.id).delivery_ids), "sending", "accepted", RUN)
    for _ in range(2):
        vouchers.mark_posted(ledger, TENANT, again.id, 1001, "u")
    with pytest.raises(vouchers.AssignError):
        vouchers.mark_posted(ledger, TENANT, again.id, 1002, "u")
    assert [v.id for v in vouchers.find_by_number(ledger, TENANT, 1001)] == [again.id]
    assert [v.id for v in vouchers.find_standing(ledger, TENANT, ["posted"], "post")] == [again.id]
    assert {*vouchers.find_by_reference(ledger, TENANT, ["r1", "r2", "r3"])} == {"r1", "r2"}


def test_what_was_posted_is_taken_back_whole_and_posted_again_by_another_voucher(ledger: opened.Ledger) -> None:
    fee = told("2", "administrative_fee", "12.50", vat=Decimal("2.50"), vat_rate=Decimal("0.25"))
    ids = take(ledger, told("1"), fee)
    made = settle(ledger, ids)
    posted = post(ledger, made, ids, "r1", 1001)
    with pytest.raises(vouchers.AssignError):
        vouchers.mark_reversed(ledger, TENANT, made + 99)
    undo = undoing.record_undo(ledger, TENANT, posted.id, RUN, LATER)
    assert undo == undoing.record_undo(ledger, TENANT, posted.id, "run-2", LATER)
    (_, back), (_, fee_back) = movements.read(ledger, TENANT, undo.back)
    assert (back.amount, fee_back.amount, fee_back.vat) == (Decimal("-100.00"), Decimal("-12.50"), Decimal("-2.50"))
    assert [movement for _, movement in movements.read(ledger, TENANT, undo.again)] == [told("1").movement, fee.movement]
    assert [row.undoes for row in movements.find(ledger, TENANT, undo.again)] == ids
    assert waiting(ledger) == {}, "nothing is posted again before the first voucher is reversed"
    reversing = {"kind": "reverse", "undoes": posted.id}
    for refused, kind in (([undo.again[0]], {}), ([*undo.back], {}), ([undo.back[0]], reversing), ([*undo.again], reversing)):
        with pytest.raises(vouchers.AssignError):
            carry(ledger, made, refused, "r2", **kind)
    taken_back = carry(ledger, made, [*undo.back], undoing.to_reference("r1"), **reversing)
    answer(ledger, taken_back.id, "sending", "accepted")
    vouchers.mark_posted(ledger, TENANT, taken_back.id, 1002, "u2")
    for _ in range(2):
        vouchers.mark_reversed(ledger, TENANT, posted.id)
    assert waiting(ledger) == {made: [*undo.again]}
    sums = settlements.sums(ledger, TENANT, CLIENT, "NOK", day(20))
    assert (sums.ours, sums.posted) == ({"administrative_fee": 12_50, "payment": 100_00}, {"administrative_fee": 0, "payment": 0})
    second = post(ledger, made, [*undo.again], "r2", 1003)
    sums = settlements.sums(ledger, TENANT, CLIENT, "NOK", day(20))
    assert sums.posted == sums.ours == sums.settled == sums.posted_settled
    twice = undoing.record_undo(ledger, TENANT, second.id, RUN, LATER)
    assert movements.find(ledger, TENANT, twice.back)[0].key == "undo/r2/back/undo/r1/again/told/4711/1"
    with pytest.raises(vouchers.AssignError):
        undoing.record_undo(ledger, TENANT, taken_back.id, RUN, LATER)


def test_sums_say_what_happened_what_is_posted_and_what_of_that_is_settled(ledger: opened.Ledger) -> None:
    early, late, fee, open_ = take(ledger, told("1"), told("2"), told("3", "payout", "30", 21), told("4", amount="5", of=21))
    first, second = settle(ledger, [early]), settle(ledger, [late, fee], 21)
    post(ledger, first, [early], "r1", 1)
    post(ledger, second, [late], "r2", 2)
    at = settlements.sums(ledger, TENANT, CLIENT, "NOK", day(20))
    assert (at.ours, at.posted) == ({"payment": 200_00}, {"payment": 200_00})
    assert (at.settled, at.posted_settled) == ({"payment": 100_00}, {"payment": 100_00})
    after = settlements.sums(ledger, TENANT, CLIENT, "NOK", day(21))
    assert after.ours == {"payment": 205_00, "payout": 30_00} and after.settled == {"payment": 200_00, "payout": 30_00}
    assert after.posted == after.posted_settled == {"payment": 200_00}
    assert movements.find_open(ledger, TENANT, ["waiting"]).tolist() == [fee, open_]


def test_a_restored_ledger_finds_what_left_and_lets_the_rest_wait(ledger: opened.Ledger) -> None:
    rows = [told("1"), told("2"), told("3"), told("4")]
    keys = ["r1|told/4711/1", "r1|told/4711/2", "r2|told/4711/3"]
    said = [(row.key, key) for row, key in zip(rows[:3], keys, strict=True)] + [("undo/r0/again/told/4711/4", "r3|x")]
    claimed = [claims.Claim(**_claim(source_key, key)) for source_key, key in said]
    with ledger.writing() as connection:
        claims.record(connection, TENANT, claimed)
    ids = take(ledger, *rows)
    made = settle(ledger, ids, amount=400_00)
    assert states_of(ledger, ids) == ["in_doubt"] * 3 + ["waiting"]
    assert waiting(ledger) == {}, "the fourth was posted, taken back and posted again, which only the journal knows"
    assert undoing.find_lost_undos(ledger, TENANT) == ["told/4711/4"]
    found = restoring.find_orphans(ledger, TENANT)
    assert [(one.reference, one.document_ids, one.settlement_ids) for one in found] == [
        ("r1", ids[:2], {made}),
        ("r2", ids[2:3], {made}),
    ]
    adopt = (made, "r1", 1001, "u", day(20), ids[:2], RUN, LATER)
    with pytest.raises(vouchers.AssignError):
        restoring.adopt(ledger, TENANT, *adopt)
    doubts = [row.delivery_id for row in movements.find(ledger, TENANT, ids[:3])]
    deliveries.move(ledger, TENANT, doubts[:2], "in_doubt", "accepted", RUN)
    deliveries.move(ledger, TENANT, doubts[2:], "in_doubt", "planned", RUN)
    adopted = restoring.adopt(ledger, TENANT, *adopt)
    assert adopted == restoring.adopt(ledger, TENANT, *adopt) and (adopted.state, adopted.voucher_no) == ("posted", 1001)
    with pytest.raises(LookupError):
        vouchers.read_content(ledger, TENANT, adopted.id)
    restoring.release_unsent(ledger, TENANT, RUN)
    assert waiting(ledger) == {made: [ids[2]]} and restoring.find_orphans(ledger, TENANT) == []
    assert carry(ledger, made, [ids[2]], "r9").part == 2


@pytest.mark.parametrize("is_done", [False, True])
def test_what_a_restored_ledger_found_again_over_two_settlements_is_taken_back_whole(ledger: opened.Ledger, is_done: bool) -> None:
    rows = [told("1"), told("2", of=21)]
    said = [(row.key, f"r1|{row.key}") for row in rows]
    backs = [f"undo/r1/back/{row.key}" for row in rows if is_done]
    with ledger.writing() as connection:
        claimed = [*said, *((key, f"undo/r1|{key}") for key in backs)]
        claims.record(connection, TENANT, [claims.Claim(**_claim(*one)) for one in claimed])
    ids = take(ledger, *rows)
    one, other = settle(ledger, ids[:1]), settle(ledger, ids[1:], 21)
    accept(ledger, ids)
    posted = restoring.adopt(ledger, TENANT, other, "r1", 1001, "u", day(21), ids, RUN, LATER)
    undo = undoing.record_undo(ledger, TENANT, posted.id, RUN, LATER)
    assert waiting(ledger) == {}
    if is_done:
        accept(ledger, undo.back)
        taken = (other, "undo/r1", None, None, day(21), undo.back, RUN, LATER)
        restoring.adopt(ledger, TENANT, *taken, undoes=posted.id)
        restoring.adopt(ledger, TENANT, *taken, undoes=posted.id)
    else:
        taken_back = carry(ledger, other, [*undo.back], "undo/r1", kind="reverse", undoes=posted.id)
        answer(ledger, taken_back.id, "sending", "accepted")
        vouchers.mark_reversed(ledger, TENANT, posted.id)
    assert waiting(ledger) == {one: [undo.again[0]], other: [undo.again[1]]}, "each by a voucher of its own settlement"


def accept(ledger: opened.Ledger, ids: Sequence[int]) -> None:
    """What was in doubt stands there."""
    doubts = [row.delivery_id for row in movements.find(ledger, TENANT, ids)]
    deliveries.move(ledger, TENANT, doubts, "in_doubt", "accepted", RUN)


def test_what_is_told_again_is_never_given_up(ledger: opened.Ledger) -> None:
    keys = ["told/4711/1", "bank/5/x/1/1", "undo/r1/back/told/4711/1"]
    booked = claims.Claim(**{**_claim("told/4711/1", "f1"), "purpose": "book", "source": "poweroffice"})
    with ledger.writing() as connection:
        claims.record(connection, TENANT, [booked, *(claims.Claim(**_claim(key, f"r1|{key}")) for key in keys)])
    gone = claims.give_up(ledger, TENANT, "slettet", "kari", NOW)
    assert [line.split()[:2] for line in gone] == [["book", "told/4711/1"], [movements.PURPOSE, keys[2]]]
    assert claims.give_up(ledger, TENANT, "slettet", "kari", NOW) == []
    assert claims.find_lacking(ledger, TENANT, movements.SOURCE) == [keys[1], keys[0]]
    (row,) = movements.find(ledger, TENANT, take(ledger, told("1")))
    assert row.state == "in_doubt", "what the factoring system tells again is looked for, not posted once more"


def _claim(source_key: str, natural_key: str) -> dict[str, Any]:
    said = {"purpose": movements.PURPOSE, "source": movements.SOURCE, "source_key": source_key, "natural_key": natural_key}
    return {**said, "target": vouchers.TARGET, "line": f"0001.1.{len(natural_key)}.", "outcome": "in_doubt", "at": NOW}


REFUSED = (
    "update movement set day = '2026-11-19'",
    "update movement set invoice_number = '5'",
    "update movement set settlement_id = null, voucher_id = null",
    "update movement set settlement_id = settlement_id + 1",
    "update movement set voucher_id = voucher_id + 1",
    "update movement set voucher_id = null",
    "delete from movement",
    "update settlement set closing = closing + 1",
    "update settlement set run = 'x'",
    "delete from settlement",
    "update return_voucher set reference = 'other'",
    "update return_voucher set raw_id = null",
    "update return_voucher set voucher_no = 1002",
    "update return_voucher set state = 'made'",
    "update return_voucher set state = 'discarded'",
    "delete from return_voucher",
)


def test_the_database_refuses(ledger: opened.Ledger) -> None:
    ids = take(ledger, told("1"))
    post(ledger, settle(ledger, ids), ids, "r1", 1001)
    before = migrated_rows.look(ledger.engine)
    for statement in REFUSED:
        with pytest.raises(exc.IntegrityError), ledger.writing() as connection:
            connection.exec_driver_sql(statement)
            pytest.fail(statement)
    assert migrated_rows.look(ledger.engine) == before


def test_a_movement_that_an_older_schema_lost_is_given_back_and_its_voucher_found_again(ledger: opened.Ledger) -> None:
    first, second = take(ledger, told("1"), told("2"))
    post(ledger, settle(ledger, [first]), [first], "r1", 1001)
    engines.migrate_back(ledger.engine, "0008")
    engines.migrate(ledger.engine)
    assert take(ledger, told("1"), told("2"), told("3"))[:2] == [first, second]
    (of_day,) = settlements.find_unsettled(ledger, TENANT, CLIENT, day(20))
    ids = list(of_day.of_kind["payment"].document_ids)
    made = settle(ledger, ids)
    assert [row.voucher_id for row in movements.find(ledger, TENANT, ids)] == [None] * 3 and waiting(ledger) == {made: ids[1:]}
    (orphan,) = restoring.find_orphans(ledger, TENANT)
    assert (orphan.reference, orphan.document_ids, orphan.states) == ("r1", [first], {"accepted"})


@ON_SQLITE
def test_what_movements_and_vouchers_said_goes_when_the_law_lets_it_and_their_sums_stay(ledger: opened.Ledger) -> None:
    raw_id = arrivals.keep(ledger, TENANT, b"a page", NOW)
    assert raw_id == arrivals.keep(ledger, TENANT, b"a page", LATER)
    ahead = told("2", of=20, buyer_number="20005")
    ahead = msgspec.structs.replace(ahead, movement=msgspec.structs.replace(ahead.movement, date=dt.date(2027, 1, 2)))
    ids = take(ledger, told("1"), ahead)
    posted = post(ledger, settle(ledger, ids[:1]), ids[:1], "r1", 1)
    found = findings.Finding(code="unknown_buyer", severity="block", value="20005", holds=("return_data",))
    ledger_findings.record(ledger, TENANT, "check", {ids[1]: [found]}, ("return_data",), RUN)

    def look(today: dt.date) -> dict[str, tuple[int, int, bool]]:
        some = [one for one in retention.find_candidates(ledger, TENANT, today) if one.kind in ("movement", "voucher")]
        return {one.kind: (one.documents, one.open, one.may_go(today)) for one in some}

    assert look(dt.date(2031, 12, 31)) == {} and look(dt.date(2032, 1, 1)) == {"voucher": (1, 0, True), "movement": (2, 1, False)}
    deliveries.cancel(ledger, TENANT, ids[1:], ["return_data"], RUN, TODAY)
    assert look(dt.date(2032, 12, 31))["movement"] == (2, 0, False), "one of them happened in the next year"
    assert look(dt.date(2033, 1, 1))["movement"] == (2, 0, True)
    gone = retention.find_candidates(ledger, TENANT, dt.date(2033, 1, 1))
    assert all(purging.purge(ledger, TENANT, one) for one in gone)
    for closed in (lambda: list(movements.read(ledger, TENANT, ids)), lambda: vouchers.read_content(ledger, TENANT, posted.id)):
        with pytest.raises(seals.SealError):
            closed()
    with pytest.raises(seals.SealError):
        raws.read(ledger, TENANT, [raw_id])
    rows = movements.find(ledger, TENANT, ids)
    assert [(row.amount, row.customer_number) for row in rows] == [(100_00, ""), (100_00, "")]
    assert ledger_findings.read(ledger, TENANT, ids)[ids[1]][0].value == ""
    again = arrivals.record(ledger, TENANT, RUN, LATER, [msgspec.structs.replace(ahead, movement=told("2").movement)])
    assert [one.was for one in again.differing] == [None]


@ON_SQLITE
def test_the_last_status_and_the_last_look_count(ledger: opened.Ledger) -> None:
    first, second = owed(ledger, ("10001", "0019", "20005", 1), ("10002", "0027", "20006", 1))
    statuses.record_told(ledger, TENANT, {first: "Completed", second: "Completed"}, RUN, NOW)
    statuses.record_told(ledger, TENANT, {first: "Forfeit"}, RUN, LATER, refused=True)
    found = statuses.find_told(ledger, TENANT, [first, second, 99])
    assert found == {first: statuses.Told("Forfeit", True), second: statuses.Told("Completed", False)}
    look = reconciliations.Look(client=CLIENT, currency="NOK", day=day(20), role="balance", ours=5, theirs=4, said='["a"]')
    for one in (look, msgspec.structs.replace(look, theirs=5, said="[]"), msgspec.structs.replace(look, day=day(19))):
        reconciliations.record(ledger, TENANT, [one], RUN, NOW)
    assert reconciliations.find_latest(ledger, TENANT, CLIENT) == [msgspec.structs.replace(look, theirs=5, said="[]")]
