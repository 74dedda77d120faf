"""Who comes first when several come at once, on both databases: threads that start together, each with connections of its own."""

from __future__ import annotations

import collections
import concurrent.futures
import datetime as dt
import pathlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pytest
import sqlalchemy as sa

from fakturabro.ledger import deliveries, details, documents, opened, raws, recording, sendings, slots, tables
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import objections
from fakturabro.ledger.returns import arrivals, movements, settlements, vouchers
from tests.unit import portal_scene, test_ledger_incoming, test_ledger_payments, test_ledger_returns

TENANT, MONTH, FLOW = "nordlys", "2026-11", "invoice_intake"
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=5)
EXPIRED = NOW + LEASE + dt.timedelta(seconds=1)
ROUNDS = 5
T = TypeVar("T")


@pytest.fixture
def ledgers(ledger: opened.Ledger) -> Iterator[list[opened.Ledger]]:
    """Eight processes' ledgers: the same database, opened anew."""
    url = ledger.engine.url.render_as_string(hide_password=False)
    made = [opened.open_ledger(url, b"0" * 32) for _ in range(8)]
    yield made
    for one in made:
        one.close()


def together(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each call gave or raised; all begin at the same moment."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        barrier.wait(30)
        try:
            return call()
        except Exception as error:
            return error

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def read_slots(ledger: opened.Ledger) -> list[str]:
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(tables.slot.c.run).order_by(tables.slot.c.slot_time)).scalars())


@pytest.mark.parametrize("count", [2, 8])
def test_of_many_that_take_a_slot_one_gets_it(count: int, ledgers: list[opened.Ledger]) -> None:
    for number in range(ROUNDS):
        slot_time = NOW + dt.timedelta(hours=number)

        def take(i: int, slot_time: dt.datetime = slot_time) -> bool:
            return slots.take(ledgers[i], TENANT, FLOW, slot_time, f"run-{i}", NOW, LEASE)

        taken = together([lambda i=i: take(i) for i in range(count)])
        assert sorted(taken, key=repr) == [False] * (count - 1) + [True], taken
        assert read_slots(ledgers[0])[-1] == f"run-{taken.index(True)}"


def test_of_many_that_take_over_a_dead_lease_one_gets_it_and_the_dead_one_cannot_renew(ledgers: list[opened.Ledger]) -> None:
    for number in range(ROUNDS):
        slot_time = NOW + dt.timedelta(hours=number)
        assert slots.take(ledgers[0], TENANT, FLOW, slot_time, "dead", NOW, LEASE)
        calls = [
            lambda i=i, at=slot_time: slots.take(ledgers[i], TENANT, FLOW, at, f"run-{i}", EXPIRED, LEASE) for i in range(1, 8)
        ]
        taken = together(calls)
        assert sorted(taken, key=repr) == [False] * 6 + [True], taken
        assert not slots.renew(ledgers[0], TENANT, FLOW, slot_time, "dead", EXPIRED + LEASE)


def test_a_heartbeat_and_a_take_over_at_once_leave_one_holder(ledgers: list[opened.Ledger]) -> None:
    """Whoever is told that it holds the lease holds it, and nobody else does."""
    for number in range(ROUNDS * 2):
        slot_time = NOW + dt.timedelta(hours=number)
        assert slots.take(ledgers[0], TENANT, FLOW, slot_time, "slow", NOW, LEASE)
        renewed, taken = together(
            [
                lambda at=slot_time: slots.renew(ledgers[0], TENANT, FLOW, at, "slow", EXPIRED + LEASE),
                lambda at=slot_time: slots.take(ledgers[1], TENANT, FLOW, at, "other", EXPIRED, LEASE),
            ]
        )
        assert (renewed, taken) in (
            (True, False),
            (False, True),
        )
        assert read_slots(ledgers[0])[-1] == ("slow" if renewed else "other")


def plan(ledger: opened.Ledger, count: int) -> list[deliveries.Open]:
    """`count` documents more, planned for distribution as EHF."""
    key = ledger.seals.key(TENANT, "document", MONTH)
    with ledger.reading() as connection:
        first = connection.execute(sa.select(sa.func.count()).select_from(tables.document)).scalar_one()
    rows = [
        documents.Fetched(
            source_key=f"id-{number}",
            kind="invoice",
            number=str(number),
            customer_number="10001",
            amount=12_500,
            currency="NOK",
            listing_hash="",
            hash=str(number).encode().ljust(32, b"0"),
            raw=raws.seal(key, "document", f"<Invoice>{number}</Invoice>".encode()),
            canonical=key.seal(b"{}"),
        )
        for number in range(first, first + count)
    ]
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-0", ("distribute",), rows)
    waiting = deliveries.find_open(ledger, TENANT, "distribute", ["waiting"])
    plans = [deliveries.Planned(id=row.id, target="ehf", natural_key=f"key-{row.id}") for row in waiting]
    deliveries.plan(ledger, TENANT, plans, "run-0")
    return deliveries.find_open(ledger, TENANT, "distribute", ["planned"])


def hold(ledger: opened.Ledger, flow: str, run: str) -> None:
    assert slots.take(ledger, TENANT, flow, slots.WHOLE_FLOW, run, NOW, LEASE)


@pytest.mark.parametrize("count", [2, 8])
def test_of_many_that_reserve_the_same_deliveries_one_may_send_them(
    count: int, ledgers: list[opened.Ledger], tmp_path: pathlib.Path
) -> None:
    """Each holds the lease of a flow of its own: nothing but the deliveries' state keeps them apart."""
    journals = [journal.Journal(tmp_path / "journal") for _ in range(count)]
    for i in range(count):
        hold(ledgers[i], f"flow-{i}", f"run-{i}")
    for _ in range(ROUNDS):
        rows = plan(ledgers[0], 20)
        answers = together(
            [
                lambda i=i, some=rows if i % 2 else rows[::-1]: sendings.reserve(
                    ledgers[i], journals[i], TENANT, "distribute", "ehf", some, f"flow-{i}", f"run-{i}", NOW
                )
                for i in range(count)
            ]
        )
        kinds = collections.Counter(type(one) for one in answers)
        assert kinds == {str: 1, deliveries.MoveError: count - 1}, answers
        (winner,) = [i for i, one in enumerate(answers) if isinstance(one, str)]
        ids = [row.id for row in rows]
        query = sa.select(tables.delivery.c.state, tables.delivery.c.run).where(tables.delivery.c.id.in_(ids))
        with ledgers[0].reading() as connection:
            assert set(connection.execute(query).tuples()) == {("sending", f"run-{winner}")}
        sendings.leave(ledgers[winner], journals[winner], TENANT, str(answers[winner]), ids, f"run-{winner}", NOW)
    assert journals[0].verify() == []


def test_blocks_that_share_one_delivery_do_not_both_leave(ledgers: list[opened.Ledger], tmp_path: pathlib.Path) -> None:
    """All or none: who loses one delivery of a block has none of it, and what it had alone stays planned."""
    journals = [journal.Journal(tmp_path / "journal") for _ in range(2)]
    for i in range(2):
        hold(ledgers[i], f"flow-{i}", f"run-{i}")
    for _ in range(ROUNDS):
        rows = plan(ledgers[0], 9)[-9:]
        blocks = [rows[:5], rows[4:]]
        answers = together(
            [
                lambda i=i, some=blocks[i]: sendings.reserve(
                    ledgers[i], journals[i], TENANT, "distribute", "ehf", some, f"flow-{i}", f"run-{i}", NOW
                )
                for i in range(2)
            ]
        )
        assert sorted(type(one).__name__ for one in answers) == ["MoveError", "str"], answers
        winner = next(i for i, one in enumerate(answers) if isinstance(one, str))
        of_winner = {row.id for row in blocks[winner]}
        sending = {row.id for row in deliveries.find_open(ledgers[0], TENANT, "distribute", ["sending"])}
        assert sending & {row.id for row in rows} == of_winner


def test_of_two_attempts_of_a_flow_only_who_holds_it_reserves(ledgers: list[opened.Ledger], tmp_path: pathlib.Path) -> None:
    journals = [journal.Journal(tmp_path / "journal") for _ in range(4)]
    for number in range(ROUNDS):
        rows = plan(ledgers[0], 5)
        flow = f"flow-{number}"

        def take_and_reserve(i: int, flow: str = flow, rows: list[deliveries.Open] = rows) -> str:
            slots.take(ledgers[i], TENANT, flow, slots.WHOLE_FLOW, f"run-{i}", NOW, LEASE)
            return sendings.reserve(ledgers[i], journals[i], TENANT, "distribute", "ehf", rows, flow, f"run-{i}", NOW)

        answers = together([lambda i=i: take_and_reserve(i) for i in range(4)])
        assert sorted(type(one).__name__ for one in answers) == ["LostError"] * 3 + ["str"], answers


def test_the_first_key_of_a_month_is_one_for_all(ledgers: list[opened.Ledger]) -> None:
    """On the first of a month runs of several flows need the same new key: none may fail, and all seal with the same."""
    for number in range(ROUNDS):
        keys = together([lambda i=i, kind=f"kind-{number}": ledgers[i].seals.key(TENANT, kind, MONTH).key for i in range(8)])
        assert not [one for one in keys if isinstance(one, Exception)], keys
        assert len(set(keys)) == 1


def test_the_same_bytes_recorded_at_once_are_kept_once(ledgers: list[opened.Ledger]) -> None:
    sealing = [one.seals.key(TENANT, "pdf", MONTH) for one in ledgers]
    for number in range(ROUNDS):
        made = [
            details.Rendition(revision_id=i, format="pdf", data=raws.seal(sealing[i], "pdf", f"%PDF {number}".encode()))
            for i in range(8)
        ]
        answers = together([lambda i=i, one=made[i]: details.record_renditions(ledgers[i], TENANT, [one]) for i in range(8)])
        assert not [one for one in answers if isinstance(one, Exception)], answers
        assert len({tuple(one) for one in answers if not isinstance(one, Exception)}) == 1


def test_a_bank_file_that_many_record_at_once_counts_once(ledgers: list[opened.Ledger]) -> None:
    """Runs that believe to be alone: what the bank says came in, and what the accounting system wants to be paid."""
    came = [test_ledger_incoming.paid(f"S1/{number}") for number in range(300)]
    wanted = [test_ledger_payments.instruct(number) for number in range(1, 301)]
    taken = together([lambda one=one: test_ledger_incoming.take_in(one, "OCR1", *came).inserted for one in ledgers])
    assert sorted(taken, key=repr) == [0] * 7 + [300], taken
    recorded = together([lambda one=one: test_ledger_payments.take_in(one, "F1", wanted) for one in ledgers])
    assert not [one for one in recorded if isinstance(one, Exception)], recorded
    with ledgers[0].reading() as connection:
        count = sa.select(tables.document.c.kind, sa.func.count()).group_by(tables.document.c.kind)
        assert dict(connection.execute(count).tuples().all()) == {"incoming_payment": 300, "payment": 300}


def test_objections_to_one_document_at_once_leave_one_finding(ledgers: list[opened.Ledger]) -> None:
    document = portal_scene.carry(ledgers[0], 1)
    times = [NOW + dt.timedelta(microseconds=number) for number in range(len(ledgers))]

    def object_to(ledger: opened.Ledger, at: dt.datetime) -> Callable[[], bool]:
        return lambda: objections.record(ledger, None, TENANT, document, "paid", "", at)

    assert together([object_to(ledger, at) for ledger, at in zip(ledgers, times, strict=True)]) == [True] * len(ledgers)
    with ledgers[0].reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.finding)).scalar_one() == 1
    assert portal_scene.state(ledgers[0], document) == "held"


def settle_and_carry(ledgers: list[opened.Ledger], number: int) -> None:
    """A day of three movements, which all take, all settle, and all carry in part."""
    rows = [test_ledger_returns.told(f"{number}-{i}", of=number) for i in range(3)]
    said = together([lambda one=one: arrivals.record(one, TENANT, "run", NOW, rows) for one in ledgers])
    assert sorted((one.new, one.known) for one in said if isinstance(one, arrivals.Recorded)) == [(0, 3)] * 7 + [(3, 0)], said
    ids = test_ledger_returns.take(ledgers[0], *rows)
    settled = together([lambda one=one: test_ledger_returns.settle(one, ids, number) for one in ledgers])
    (made,) = (one for one in settled if isinstance(one, int))
    assert {type(one) for one in settled} == {int, settlements.SettlementError}, settled
    halves = [ids[:2], ids[1:]] * 4
    carry = test_ledger_returns.carry
    carried = together(
        [lambda i=i, one=one: carry(one, made, halves[i], f"{number}-{i}", part=i + 1) for i, one in enumerate(ledgers)]
    )
    (voucher,) = (one for one in carried if isinstance(one, vouchers.Voucher))
    assert {type(one) for one in carried} == {vouchers.Voucher, vouchers.AssignError}, carried
    assert [row.voucher_id for row in movements.find(ledgers[0], TENANT, ids)].count(voucher.id) == 2


def test_of_many_that_take_settle_and_carry_the_same_movements_one_does(ledgers: list[opened.Ledger]) -> None:
    for number in (1, 2, 3):
        settle_and_carry(ledgers, number)
    assert [one.number for one in settlements.find_newest(ledgers[0], TENANT, test_ledger_returns.CLIENT, 9)] == [3, 2, 1]
