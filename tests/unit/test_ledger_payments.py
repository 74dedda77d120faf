"""Payment orders in the ledger, on SQLite and PostgreSQL: known again, sent in files, followed by what the bank says."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import documents as values
from fakturabro.domain import payments
from fakturabro.ledger import certificates, deliveries, opened
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files, creditors, stages
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import history as payment_history
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from fakturabro.ledger.payments import recording as payment_recording
from fakturabro.ledger.payments import tables as bank_tables

TENANT, RUN = "nordlys", "run-1"
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
TODAY, DUE = dt.date(2026, 11, 23), dt.date(2026, 11, 25)
ON_SQLITE = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
"""Where the database makes no difference."""


def instruct(number: int, **changed: object) -> payments.Instruction:
    """A payment of its own for each number; `changed` are fields of the order, `name` the source's end-to-end id."""
    name = str(changed.pop("name", f"E{number}"))
    debtor = payments.account(str(changed.pop("debtor", "15032080119")))
    account = payments.account(str(changed.pop("account", "86011117947")))
    order = payments.PaymentOrder(
        end_to_end_id="",
        amount=Decimal(number),
        currency="NOK",
        creditor=payments.Creditor(name="Strøm AS", account=account),
        kid=f"{number:07d}",
    )
    return payments.Instruction(
        order=msgspec.structs.replace(order, **changed),
        debtor=payments.Party(name="Nordlys"),
        account=debtor,
        execution_date=DUE,
        source_end_to_end_id=name,
    )


def a_file(name: str, **changed: object) -> bank_files.New:
    made = bank_files.New(
        side="accounting",
        direction="in",
        kind="remittance",
        name=name,
        sha256=hashlib.sha256(name.encode()).digest(),
        content=name.encode(),
        state="read",
    )
    return msgspec.structs.replace(made, **changed)


def take_in(
    ledger: opened.Ledger, name: str, some: Sequence[payments.Instruction], due: dt.date = DUE, today: dt.date = TODAY
) -> list[payment_recording.Recorded]:
    file_id, _ = bank_files.record(ledger, TENANT, a_file(name), RUN, NOW)
    rows = [payment_recording.Row(position=at, instruction=one, due=due) for at, one in enumerate(some, 1)]
    parts = payment_recording.record(ledger, TENANT, "bank_file", RUN, NOW, today, rows, file_id)
    return [one for part in parts for one in part]


def make(ledger: opened.Ledger, ids: Sequence[int], message_id: str = "M1") -> int:
    out = a_file(f"{message_id}.out", side="bank", direction="out", state="made", message_id=message_id)
    return payment_files.make(ledger, TENANT, out, "bank", dict.fromkeys(ids, f"{message_id}-1"), RUN, NOW)


def hand_over(ledger: opened.Ledger, file_id: int, outcome: str = "accepted") -> None:
    rows = deliveries.find(ledger, TENANT, payment_files.find_carried(ledger, TENANT, file_id).delivery_ids)
    with ledger.writing() as connection:
        deliveries.reserve(connection, TENANT, [row.id for row in rows], RUN)
    answers = [deliveries.Answer(delivery_id=r.id, target="bank", natural_key=r.natural_key or "", outcome=outcome) for r in rows]
    deliveries.record_answers(ledger, TENANT, answers, RUN, NOW, TODAY)
    payment_stages.follow(ledger, TENANT, NOW, RUN)


def stages_of(ledger: opened.Ledger, ids: Sequence[int]) -> list[str]:
    return [one.stage for one in payment_orders.find_orders(ledger, TENANT, ids)]


def hear(ledger: opened.Ledger, name: str, *said: payment_stages.Said) -> payment_stages.Outcome:
    file_id, _ = bank_files.record(ledger, TENANT, a_file(name, side="bank", kind="status"), RUN, NOW)
    return payment_stages.record(ledger, TENANT, file_id, said, RUN, NOW)


def say(position: int, stage: str, name: str = "", level: str = "payment", message_id: str = "") -> payment_stages.Said:
    return payment_stages.Said(
        position=position, stage=stage, level=level, end_to_end_id=name, message_id=message_id, batch_id="M1-1", code="X1"
    )


def test_a_payment_is_recorded_once_however_often_its_file_is_and_opens_as_it_was(ledger: opened.Ledger) -> None:
    one = instruct(1)
    first, again = take_in(ledger, "a", [one, instruct(2)]), take_in(ledger, "a", [one, instruct(2)])
    assert [row.is_new for row in first] == [True, True] and [row.is_new for row in again] == [False, False]
    assert [row.document_id for row in first] == [row.document_id for row in again]
    ((order, read), _) = payment_orders.read(ledger, TENANT, [row.document_id for row in first])
    assert read == msgspec.structs.replace(one, order=msgspec.structs.replace(one.order, end_to_end_id="E1"))
    assert (order.amount, order.state, order.stage, order.is_new_receiver) == (100, "waiting", "entered", True)
    with ledger.reading() as connection:
        plain = str(connection.execute(sa.text("select * from payment")).all())
    assert "86011117947" not in plain and "Strøm" not in plain


@ON_SQLITE
def test_a_name_that_was_used_or_says_nothing_is_replaced_by_one_that_is_the_same_every_time(ledger: opened.Ledger) -> None:
    some = [instruct(n, name=name) for n, name in ((1, "A"), (2, "A"), (3, "NOTPROVIDED"), (4, "bad\x01"), (5, ""))]
    names = [row.end_to_end_id for row in take_in(ledger, "a", some)]
    assert names[0] == "A" and all(name.startswith("FB") and len(name) <= 35 for name in names[1:]) and len({*names}) == 5
    assert [row.end_to_end_id for row in take_in(ledger, "a", some)] == names


def test_the_very_same_payment_is_cancelled_until_the_first_is_refused_and_then_it_may_come(ledger: opened.Ledger) -> None:
    (first,) = take_in(ledger, "a", [instruct(1)])
    second, in_file = take_in(ledger, "b", [instruct(1, name="B1"), instruct(1, name="B2", account="NO9386011117947")])
    assert (second.double_of, in_file.double_of) == (first.document_id, first.document_id)
    assert stages_of(ledger, [second.document_id, in_file.document_id]) == ["cancelled", "cancelled"]
    assert list(payment_orders.find_waiting(ledger, TENANT)) == [first.document_id]
    hand_over(ledger, make(ledger, [first.document_id]))
    (still,) = take_in(ledger, "c", [instruct(1, name="C")])
    assert still.double_of == first.document_id
    hear(ledger, "no", say(1, "rejected", "E1"))
    (third,) = take_in(ledger, "d", [instruct(1, name="D")])
    assert third.double_of is None and list(payment_orders.find_waiting(ledger, TENANT)) == [third.document_id]
    with pytest.raises(exc.IntegrityError), ledger.writing() as connection:
        content = sa.text("update payment set exact = content where document_id = :i")
        connection.execute(content, {"i": first.document_id})


def test_what_is_nearly_the_same_is_found_with_the_nearest_day(ledger: opened.Ledger) -> None:
    days = [dt.date(2026, 1, 25), dt.date(2026, 11, 20), dt.date(2026, 11, 25), dt.date(2027, 3, 1)]
    ids = [take_in(ledger, str(day), [instruct(1, name=str(day))], due=day)[0].document_id for day in days]
    blank = [instruct(7, kid="", text=(text,), name=text) for text in ("en", "to")]
    blanks = [row.document_id for row in take_in(ledger, "blank", blank)]
    salary = [row.double_of for row in take_in(ledger, "again", [instruct(7, kid="", text=("en",), name="tre")])]
    found = payment_history.find_same(ledger, TENANT, [*ids, *blanks], TODAY - dt.timedelta(180))
    assert {i: [(one.kind, one.document_id) for one in same] for i, same in found.items()} == {
        ids[1]: [("loose", ids[0])],
        ids[2]: [("loose", ids[1])],
        ids[3]: [("loose", ids[2])],
        blanks[1]: [("blank", blanks[0])],
    }
    assert salary == [None], "without a reference the database refuses nothing"
    assert payment_history.find_same(ledger, TENANT, [*ids, *blanks], TODAY + dt.timedelta(1)) == {}
    assert payment_history.find_same(ledger, "fjord", ids, dt.date.min) == {}


@ON_SQLITE
def test_a_reference_of_another_kind_or_spelling_does_not_make_another_payment(ledger: opened.Ledger) -> None:
    written = [{"kid": "", "invoice_number": said} for said in ("nr. 0012345", "12345", "99")]
    some = [instruct(1, name=str(i), **said) for i, said in enumerate([{}, *written])]
    ids = [row.document_id for row in take_in(ledger, "a", some)]
    found = payment_history.find_same(ledger, TENANT, ids, TODAY)
    assert {i: [(one.kind, one.document_id) for one in same] for i, same in found.items()} == {
        ids[1]: [("blank", ids[0])],
        ids[2]: [("plain", ids[1]), ("blank", ids[0])],
        ids[3]: [("blank", ids[0])],
    }
    with ledger.writing() as connection:
        connection.execute(sa.update(bank_tables.payment).values(reference_kind="", plain=None))
    (kid,) = take_in(ledger, "b", [instruct(1, name="B", kid="9")])
    assert payment_history.find_same(ledger, TENANT, [kid.document_id], TODAY) == {}, "of what is older nobody knows"
    (later,) = take_in(ledger, "c", [instruct(1, name="C", **written[0])], due=DUE + dt.timedelta(9))
    found = payment_history.find_same(ledger, TENANT, [later.document_id], TODAY)[later.document_id]
    assert [(one.kind, one.document_id) for one in found] == [("loose", ids[1]), ("blank", kid.document_id)], (
        "before 0008: as written"
    )


def test_a_file_is_made_whole_or_not_at_all_and_the_same_again_is_the_same(ledger: opened.Ledger) -> None:
    one, two = (row.document_id for row in take_in(ledger, "a", [instruct(1), instruct(2)]))
    made = make(ledger, [one])
    assert make(ledger, [one]) == made
    with pytest.raises(payment_files.AssignError, match="carries other payments"):
        make(ledger, [one, two])
    with pytest.raises(payment_files.AssignError, match="1 of 2"):
        make(ledger, [one, two], "M2")
    assert bank_files.find_by_message_id(ledger, TENANT, "bank", "out", "M2") == []
    (row,) = deliveries.find(ledger, TENANT, payment_files.find_carried(ledger, TENANT, made).delivery_ids)
    assert (row.state, row.natural_key) == ("planned", "M1|E1")
    payment_files.discard(ledger, TENANT, made, "a finding", RUN)
    assert list(payment_orders.find_waiting(ledger, TENANT)) == [one, two]
    assert make(ledger, [one, two]) == made, "the same bytes may be made again"
    hand_over(ledger, made)
    assert stages_of(ledger, [one, two]) == ["handed_over", "handed_over"]
    found = bank_files.find(ledger, TENANT, made)
    assert found and found.state == "handed_over"
    assert (bank_files.count_message_ids(ledger, TENANT, "M1"), bank_files.count_message_ids(ledger, TENANT, "M")) == (1, 0)
    with pytest.raises(payment_files.AssignError, match="not made, or left"):
        payment_files.discard(ledger, TENANT, made, "too late", RUN)


def test_the_banks_words_move_payments_forward_only_and_each_word_counts_once(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(n) for n in (1, 2, 3, 4)])]
    hand_over(ledger, make(ledger, ids[:3]))
    outcome = hear(ledger, "1", say(1, "accepted", level="group", message_id="M1"), say(2, "rejected", "E2"), say(3, "x", "?"))
    assert [(one.document_id, one.end) for one in outcome.moved] == [
        (ids[1], "rejected"),
        (ids[0], "accepted"),
        (ids[2], "accepted"),
    ]
    assert [one.position for one in outcome.unknown] == [3]
    again = hear(ledger, "1", say(1, "accepted", level="group", message_id="M1"), say(2, "rejected", "E2"), say(3, "x", "?"))
    assert {(one.document_id, one.end) for one in again.moved} == {(one.document_id, one.end) for one in outcome.moved}
    assert again.unknown == outcome.unknown and len(payment_ages.read_events(ledger, TENANT, ids[1])) == 2, "told anew, moved once"
    late = hear(ledger, "0", say(1, "received", level="batch", message_id="M1"), say(2, "executed", "E1"))
    assert (late.late, [one.end for one in late.moved]) == (2, ["executed"]), (
        "the payment that is named is not counted with its batch"
    )
    loud = hear(ledger, "2", say(1, "executed", "E2"), say(2, "rejected", "E1"), say(3, "executed", "E4"))
    assert [(one.document_id, one.start) for one in loud.contradicting] == [
        (ids[1], "rejected"),
        (ids[0], "executed"),
        (ids[3], "entered"),
    ]
    assert stages_of(ledger, ids) == ["executed", "executed", "accepted", "entered"]
    again = hear(ledger, "3", *(say(n, "executed", level="batch", message_id="M1") for n in range(1, 4)))
    assert [one.document_id for one in again.moved] == [ids[2]] and not again.contradicting, (
        "of the batch only what was not refused"
    )
    events = payment_ages.read_events(ledger, TENANT, ids[1])
    assert [(one.level, one.stage, one.outcome) for one in events] == [
        ("payment", "rejected", "moved"),
        ("group", "accepted", "moved"),
        ("batch", "received", "late"),
        ("payment", "executed", "moved_against"),
        ("batch", "executed", "late/moved"),
        *[("batch", "executed", "late")] * 2,
    ]
    with pytest.raises(exc.DBAPIError, match="what a bank said"), ledger.writing() as connection:
        connection.execute(sa.text("delete from payment_event"))


ILLEGAL = [(old, new) for old in stages.STAGES for new in stages.STAGES if old != new and new not in stages.MOVES[old]]


def test_the_database_refuses_every_illegal_stage_and_any_change_of_what_left(ledger: opened.Ledger) -> None:
    (row,) = take_in(ledger, "a", [instruct(1)])
    make(ledger, [row.document_id])
    for old, new in ILLEGAL:
        path = [] if old == "entered" else [old]
        with pytest.raises(exc.DBAPIError, match="illegal move"), ledger.writing() as connection:
            for stage in [*path, new]:
                connection.execute(sa.text("update payment set stage = :stage"), {"stage": stage})
    for column, value in (("receiver", "x"), ("content", "x"), ("exact", None), ("end_to_end_id", "x"), ("message_id", "x")):
        with pytest.raises(exc.DBAPIError, match="cannot be"), ledger.writing() as connection:
            connection.execute(sa.text("update payment set stage = 'accepted'"))
            connection.execute(sa.text(f"update payment set {column} = :value"), {"value": value})  # noqa: S608 - our own names
    with pytest.raises(exc.DBAPIError, match="never deleted"), ledger.writing() as connection:
        connection.execute(sa.text("delete from payment"))


def test_what_ended_is_told_once_and_once_more_when_it_changes_afterwards(ledger: opened.Ledger) -> None:
    one, two = (row.document_id for row in take_in(ledger, "a", [instruct(1), instruct(2)]))
    hand_over(ledger, make(ledger, [one, two]))
    hear(ledger, "1", say(1, "executed", "E1"), say(2, "executed", "E2"))
    ended = payment_ages.find_ended(ledger, TENANT)
    assert [(row.document_id, row.purpose, row.stage) for row in ended] == [
        (one, "book_back", "executed"),
        (two, "book_back", "executed"),
    ]
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=ended[0].delivery_id, target="list", natural_key="k")], RUN)
    hear(ledger, "2", say(1, "returned", "E1"), say(2, "returned", "E2"))
    again = payment_ages.find_ended(ledger, TENANT)
    assert [(row.document_id, row.purpose, row.stage) for row in again] == [
        (one, "correction", "returned"),
        (two, "book_back", "returned"),
    ]
    made = {row.purpose: row for row in certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW)}
    assert {*made} == {"pay", "book_back", "correction"} and all(row.adds_up for row in made.values())
    assert (made["pay"].count.accepted, made["pay"].amount.accepted) == (2, 300)
    assert (made["book_back"].count.waiting, made["correction"].count.fetched) == (2, 1)
    assert certificates.record(ledger, "fjord", values.ALL_PURPOSES, RUN, NOW) == []


def debit(position: int, movement: str, day: int = 25, **said: str) -> payment_stages.Said:
    """One of E1, unless it is of a whole batch."""
    named: dict[str, str] = {"stage": "executed", "name": "E1", **said}
    word = say(position, named["stage"], named["name"], **({"level": "batch", "message_id": "M1"} if not named["name"] else {}))
    return msgspec.structs.replace(word, movement=movement, booked_on=dt.date(2026, 11, day))


FIRST = debit(1, "-camt.054 B1/1")
AGAIN: dict[str, tuple[payment_stages.Said, bool]] = {
    "the statement": (debit(1, "-camt.053 B1/0"), False),
    "the statement, under a reference of its own": (debit(1, "-camt.053 X7/3"), False),
    "the same file in another order": (debit(1, "-camt.054 B1/2"), False),
    "the batch as a whole": (debit(1, "-camt.053 B9/0", name=""), False),
    "no money": (msgspec.structs.replace(say(1, "executed", "E1")), False),
    "another entry of the day": (debit(1, "-camt.054 B2/1"), True),
    "another day": (debit(1, "-camt.053 X7/3", day=26), True),
    "another day under the same number": (debit(1, "-camt.054 B1/1", day=27), True),
    "another amount": (debit(1, "-camt.054 B2/1", stage=""), True),
    "the batch as a whole, another day": (debit(1, "-camt.053 B9/0", day=26, name=""), True),
}


@pytest.mark.parametrize("case", AGAIN)
def test_a_second_debit_is_told_from_the_first_told_again_and_moves_nothing(ledger: opened.Ledger, case: str) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(1), instruct(2)])]
    hand_over(ledger, make(ledger, ids))
    assert not hear(ledger, "1", FIRST).beside
    word, is_second = AGAIN[case]
    for _ in range(2):  # whoever died in between is told the same
        outcome = hear(ledger, "2", word)
        assert [one[:2] for one in outcome.beside] == ([("again", ids[0])] if is_second else [])
    assert stages_of(ledger, ids[:1]) == ["executed"]
    assert hear(ledger, "1", FIRST).moved, "it was the first that moved it"


@ON_SQLITE
def test_of_two_debits_one_may_come_back_and_the_payment_stays_paid(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(1)])]
    hand_over(ledger, make(ledger, ids))
    assert hear(ledger, "1", FIRST, debit(2, "-camt.054 B1/2")).beside, "twice in one entry"
    back = debit(1, "+camt.054 C1/1", stage="returned")
    for name, is_told in (("2", True), ("2", True), ("3", False)):  # the same file again, and the credit in another one
        outcome = hear(ledger, name, back)
        assert not outcome.moved and stages_of(ledger, ids) == ["executed"]
        assert outcome.beside == ([("taken_back", ids[0], back)] if is_told else [])
    outcome = hear(ledger, "4", debit(1, "+camt.054 C2/1", day=27, stage="returned"))
    assert outcome.moved and not outcome.beside and stages_of(ledger, ids) == ["returned"]


@ON_SQLITE
def test_what_came_back_and_is_debited_anew_was_paid_once(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(1)])]
    hand_over(ledger, make(ledger, ids))
    back = [debit(1, f"+camt.054 C{day}/1", day=day, stage="returned") for day in (26, 29)]
    assert [one.end for one in hear(ledger, "1", FIRST, msgspec.structs.replace(back[0], position=2)).moved] == [
        "executed",
        "returned",
    ]
    anew, more = (debit(1, f"-camt.054 B{day}/1", day=day) for day in (27, 28))
    for name, word, kind in (("2", anew, "anew"), ("3", more, "again"), ("4", back[1], "taken_back"), ("2", anew, "anew")):
        outcome = hear(ledger, name, word)
        assert outcome.beside == [(kind, ids[0], word)] and not outcome.moved and stages_of(ledger, ids) == ["returned"]


@ON_SQLITE
def test_what_the_bank_refused_and_takes_after_all_is_loud_and_the_same_payment_waits_for_a_person(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(1), instruct(2)])]
    hand_over(ledger, make(ledger, ids))
    hear(ledger, "1", say(1, "rejected", level="group", message_id="M1"))
    (resent,) = take_in(ledger, "b", [instruct(1, name="B1")])
    assert not payment_history.find_same(ledger, TENANT, [resent.document_id], TODAY)
    assert not hear(ledger, "2", say(1, "received", level="group", message_id="M1")).contradicting, "that is late"
    loud = hear(ledger, "3", say(1, "accepted", level="group", message_id="M1"))
    assert [one.document_id for one in loud.contradicting] == ids and stages_of(ledger, ids) == ["rejected"] * 2
    same = payment_history.find_same(ledger, TENANT, [resent.document_id], TODAY)[resent.document_id]
    assert [(one.kind, one.document_id) for one in same] == [("loose", ids[0])]


@ON_SQLITE
def test_a_file_that_is_paid_in_part_is_not_refused_as_a_whole_and_one_of_its_payments_not_taken_back(
    ledger: opened.Ledger,
) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(n) for n in (1, 2, 3)])]
    hand_over(ledger, make(ledger, ids))
    hear(ledger, "1", say(1, "executed", "E1"), say(2, "rejected", "E2"))
    refused = hear(ledger, "2", say(1, "rejected", level="group", message_id="M1"))
    assert [one.document_id for one in refused.contradicting] == ids[:1]
    assert stages_of(ledger, ids) == ["executed", "rejected", "handed_over"]
    taken = hear(ledger, "3", say(1, "accepted", level="group", message_id="M1"), say(2, "accepted", "E3"))
    assert not taken.contradicting and stages_of(ledger, ids) == ["executed", "rejected", "accepted"]
    file_id, _ = bank_files.record(ledger, "another", a_file("4", side="bank", kind="status"), RUN, NOW)
    others = [say(1, "rejected", level="group", message_id="M1"), say(2, "rejected", "E3", message_id="M1")]
    assert payment_stages.record(ledger, "another", file_id, others, RUN, NOW).unknown == others[::-1]
    assert stages_of(ledger, ids)[2] == "accepted", "another tenant's bank says nothing of ours"


@ON_SQLITE
def test_what_is_in_doubt_has_arrived_when_the_bank_speaks_of_it(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(1), instruct(2)])]
    hand_over(ledger, make(ledger, ids), "in_doubt")
    hear(ledger, "1", say(1, "received", "E1"))
    payment_stages.follow(ledger, TENANT, NOW, RUN)
    assert [(row.state, row.stage) for row in payment_orders.find_orders(ledger, TENANT, ids)] == [
        ("accepted", "received"),
        ("in_doubt", "entered"),
    ]


@ON_SQLITE
def test_where_payments_stand_and_what_is_overdue(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(n) for n in (1, 2, 3)])]
    hand_over(ledger, make(ledger, ids[:2]))
    hear(ledger, "1", say(1, "waiting_for_approval", "E1"))
    tallies = [(row.stage, row.count, row.amount) for row in payment_ages.count_by_stage(ledger, TENANT)]
    assert tallies == [("entered", 1, 300), ("handed_over", 1, 200), ("waiting_for_approval", 1, 100)]
    assert [row.document_id for row in payment_ages.find_open(ledger, TENANT, ["waiting_for_approval"], NOW)] == []
    later = NOW + dt.timedelta(seconds=1)
    assert [row.document_id for row in payment_ages.find_open(ledger, TENANT, ["waiting_for_approval"], later)] == ids[:1]
    assert [row.document_id for row in payment_ages.find_unproven(ledger, TENANT, DUE + dt.timedelta(1))] == ids[:2]
    assert payment_ages.find_unproven(ledger, TENANT, DUE) == []


@ON_SQLITE
def test_creditors_and_files_have_a_history(ledger: opened.Ledger) -> None:
    ids = [row.document_id for row in take_in(ledger, "a", [instruct(1), instruct(2), instruct(3, account="15032080119")])]
    take_in(ledger, "b", [instruct(9)])
    hand_over(ledger, make(ledger, ids))
    creditors.record(ledger, TENANT, ids, NOW)
    order = payment_orders.find_orders(ledger, TENANT, ids)[0]
    seen = creditors.find(ledger, TENANT, [order.creditor])[order.creditor]
    assert sorted((one.masked, one.times) for one in seen) == [("1503…19", 1), ("8601…47", 2)]
    (past,) = payment_history.find_history(ledger, TENANT, "NOK", is_salary=False)
    assert (past.count, past.total, past.largest, past.new_receivers) == (3, 600, 300, 3)
    assert payment_history.find_history(ledger, TENANT, "NOK", is_salary=True) == []


@ON_SQLITE
def test_files_are_known_by_content_and_open_as_they_were(ledger: opened.Ledger) -> None:
    first, is_new = bank_files.record(ledger, TENANT, a_file("a", sums={"NOK": 12}), RUN, NOW)
    assert (is_new, bank_files.record(ledger, TENANT, msgspec.structs.replace(a_file("a"), name="b"), RUN, NOW)) == (
        True,
        (first, False),
    )
    large, _ = bank_files.record(ledger, TENANT, a_file("large", content=None), RUN, NOW)
    assert (bank_files.read_content(ledger, TENANT, first), bank_files.read_content(ledger, TENANT, large)) == (b"a", None)
    assert bank_files.move(ledger, TENANT, first, ["read"], "confirmed", confirmed_by="signature")
    assert not bank_files.move(ledger, TENANT, first, ["read"], "refused")
    found = bank_files.find_by_sha256(ledger, TENANT, "accounting", "in", a_file("a").sha256)
    assert found and (found.name, found.state, found.confirmed_by, found.sums) == ("a", "confirmed", "signature", {"NOK": 12})
    assert [one.id for one in bank_files.find_standing(ledger, TENANT, "accounting", "in", ["read", "confirmed"])] == [first, large]
    assert bank_files.find(ledger, "fjord", first) is None
    assert bank_files.find_known(ledger, TENANT, "accounting", "in") == {a_file(n).sha256.hex()[:12] for n in ("a", "large")}
