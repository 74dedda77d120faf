"""Payments through what happens to ledgers: two processes at once, a backup put back, a look at one, the end of retention."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import pathlib
from multiprocessing import synchronize

import msgspec
import pytest

from console import showing
from fakturabro.domain import documents as values
from fakturabro.ledger import audits, certificates, deliveries, lives, opened, purging, retention, seals
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.journal import recovery
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from tests.unit import test_ledger_incoming, test_recovery
from tests.unit.test_ledger_payments import (
    NOW,
    ON_SQLITE,
    RUN,
    TENANT,
    TODAY,
    hand_over,
    hear,
    instruct,
    make,
    say,
    stages_of,
    take_in,
)

LATER = NOW + dt.timedelta(hours=2)


def pay_in_another_process(url: str, name: str, gate: synchronize.Barrier) -> None:
    ledger = opened.open_ledger(url, b"0" * 32)
    gate.wait(60)
    take_in(ledger, name, [instruct(number, name=f"{name}{number}") for number in range(1, 40)])
    ledger.close()


def test_of_two_processes_with_the_same_payments_one_may_pay_each(ledger: opened.Ledger) -> None:
    take_in(ledger, "before", [])
    ledger.close()
    context = multiprocessing.get_context("spawn")  # a fork inherits the locks and threads of whatever was tested before
    gate, url = context.Barrier(2), ledger.engine.url.render_as_string(hide_password=False)
    both = [context.Process(target=pay_in_another_process, args=(url, name, gate)) for name in ("a", "b")]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
    assert [one.exitcode for one in both] == [0, 0]
    waiting = payment_orders.find_orders(ledger, TENANT, payment_orders.find_waiting(ledger, TENANT))
    assert len(waiting) == 39 == len({one.content for one in waiting})
    assert len(payment_orders.find_waiting(ledger, TENANT, ["cancelled"])) == 39


@pytest.fixture
def house(ledger: opened.Ledger, tmp_path: pathlib.Path) -> test_recovery.House:
    return test_recovery.House(ledger, tmp_path)


def leave(house: test_recovery.House, file_id: int) -> None:
    """Hand a file over by the whole protocol, until the sender dies before the answer."""
    rows = deliveries.find(house.ledger, TENANT, payment_files.find_carried(house.ledger, TENANT, file_id).delivery_ids)
    ids = [row.id for row in rows]
    line = house.journal.reserve(TENANT, RUN, "pay", "bank", recovery.find_sendings(house.ledger, TENANT, ids), NOW)
    with house.ledger.writing() as connection:
        deliveries.reserve(connection, TENANT, ids, RUN)
        recovery.record_line(connection, TENANT, line)
    house.journal.left(TENANT, line, NOW)


@pytest.mark.parametrize("found", ["accepted", "planned"])
async def test_a_ledger_that_was_put_back_pays_nothing_twice_though_the_file_was_made_anew(
    house: test_recovery.House, found: str
) -> None:
    """The accounting system has given other names to the same payments, in another order, with one more."""
    put_back = house.back_up()
    some = [instruct(1), instruct(2), instruct(3, kid="", text=("lønn",))]
    leave(house, make(house.ledger, [row.document_id for row in take_in(house.ledger, "a", some)]))
    old = put_back()
    assert not old.check()
    anew = [msgspec.structs.replace(one, source_end_to_end_id=f"N{one.order.amount}") for one in (instruct(4), *reversed(some))]
    old.replay()

    async def read_back() -> None:
        rows = deliveries.find_open(old.ledger, TENANT, "pay", ["in_doubt"])
        said = [deliveries.Answer(delivery_id=r.id, target="bank", natural_key=r.natural_key or "", outcome=found) for r in rows]
        deliveries.record_answers(old.ledger, TENANT, said, "recover", LATER, TODAY, start="in_doubt")

    ids = [row.document_id for row in take_in(old.ledger, "anew", anew)]
    assert list(payment_orders.find_waiting(old.ledger, TENANT)) == ids[:1], (
        "only the new one may be sent before anybody has looked"
    )
    await recovery.recover(old.ledger, old.journal, TENANT, "recover", LATER, read_back)
    payment_stages.follow(old.ledger, TENANT, LATER, "recover")
    if found == "planned":
        assert list(payment_orders.find_waiting(old.ledger, TENANT)) == ids, "the bank certainly never got it: all may go"
        hand_over(old.ledger, make(old.ledger, ids, "M2"))
        assert stages_of(old.ledger, ids) == ["handed_over"] * 4
        return
    assert list(payment_orders.find_waiting(old.ledger, TENANT)) == ids[:1]
    assert stages_of(old.ledger, ids) == ["entered", "handed_over", "handed_over", "handed_over"]
    assert bank_files.count_message_ids(old.ledger, TENANT, "M1") == 1, "the name was used by a file that the ledger has forgotten"
    moved = hear(old.ledger, "answer", say(1, "executed", "E1", message_id="M1")).moved
    assert [one.document_id for one in moved] == [ids[3]], "the bank names it as it went"


@ON_SQLITE
@pytest.mark.parametrize("first_is_known", [True, False])
def test_what_the_journal_says_was_paid_is_no_double_of_what_was_cancelled_before_it(
    house: test_recovery.House, first_is_known: bool
) -> None:
    """The same payment was taken in twice; the first was cancelled and the second went. The backup is older than that."""
    put_back = house.back_up()
    (first,) = take_in(house.ledger, "a", [instruct(1)])
    put_back = house.back_up() if first_is_known else put_back
    deliveries.cancel(house.ledger, TENANT, [first.document_id], ["pay"], RUN, TODAY)
    payment_stages.follow(house.ledger, TENANT, NOW, RUN)
    leave(house, make(house.ledger, [row.document_id for row in take_in(house.ledger, "b", [instruct(1, name="B")])]))
    old = put_back()
    old.replay()
    rows = [row for name in ("a", "b") for row in take_in(old.ledger, name, [instruct(1, name=name)])]
    paid, cancelled = (rows[1], rows[0]) if first_is_known else (rows[0], rows[1])
    orders = {one.document_id: one for one in payment_orders.find_orders(old.ledger, TENANT, [row.document_id for row in rows])}
    assert (orders[paid.document_id].state, orders[paid.document_id].end_to_end_id) == ("in_doubt", "B")
    double = orders[cancelled.document_id]
    assert (double.state, double.stage, double.double_of) == ("cancelled", "cancelled", paid.document_id)


@ON_SQLITE
def test_the_life_of_a_payment_shows_its_files_stages_and_the_banks_words(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    (row,) = take_in(ledger, "remittance", [instruct(1)])
    hand_over(ledger, make(ledger, [row.document_id]))
    hear(ledger, "answer", say(1, "accepted", level="group", message_id="M1"), say(2, "rejected", "E1"))
    certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW)
    life = showing.show(ledger, TENANT, "E1", "kari", tmp_path / "life.zip")
    said = [
        (step.kind, step.said.get("name") or step.said.get("stage"))
        for step in life.steps
        if step.kind in ("file", "payment", "event")
    ]
    assert said == [
        ("file", "remittance"),
        ("file", "M1.out"),
        ("payment", "rejected"),
        ("event", "rejected"),
        ("event", "accepted"),
    ]
    assert "Strøm" not in str([step.said for step in life.steps])
    text = showing.to_text(life)
    assert text.startswith("Betaling E1 (#1) hos nordlys") and "Svar fra banken" in text
    test_ledger_incoming.take_in(ledger, "giro", test_ledger_incoming.paid("r1", kid="0019"))
    assert lives.find(ledger, TENANT, "0019") == test_ledger_incoming.ids_of(ledger, "giro")


def test_payments_are_kept_until_they_have_ended_and_five_years_more(ledger: opened.Ledger) -> None:
    (row,) = take_in(ledger, "remittance", [instruct(1)], due=dt.date(2027, 1, 3))
    test_ledger_incoming.take_in(ledger, "giro", test_ledger_incoming.paid("r1", kid="0019"))
    came = test_ledger_incoming.ids_of(ledger, "giro")
    hand_over(ledger, make(ledger, [row.document_id]))
    hear(ledger, "answer", say(1, "executed", "E1"))
    first, second = dt.date(2032, 1, 1), dt.date(2033, 1, 1)
    assert not any(one.may_go(second) for one in retention.find_candidates(ledger, TENANT, second)), "nobody was told yet"
    for purpose in ("book_back", "post"):
        open_ = deliveries.find_open(ledger, TENANT, purpose, ["waiting"])
        deliveries.cancel(ledger, TENANT, [one.document_id for one in open_], [purpose], RUN, TODAY)
    assert all(one.adds_up for one in certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW))
    going = {
        day: {one.kind for one in retention.find_candidates(ledger, TENANT, day) if one.may_go(day)} for day in (first, second)
    }
    assert going == {first: {"incoming_payment"}, second: {"bank_file", "incoming_payment", "payment"}}
    for one in retention.find_candidates(ledger, TENANT, second):
        assert purging.purge(ledger, TENANT, one)
    (paid,) = incoming.find(ledger, TENANT, came)
    assert (paid.kid, paid.amount) == ("", 100)
    with pytest.raises(seals.SealError, match="purged"):
        list(payment_orders.read(ledger, TENANT, [row.document_id]))
    assert stages_of(ledger, [row.document_id]) == ["executed"]
    assert list(audits.find_faults(ledger, TENANT)) == []
