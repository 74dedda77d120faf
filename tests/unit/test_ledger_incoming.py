"""Payments that came in, what they settle and what accounts said, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections import Counter

import msgspec
import pytest
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import money, payments, statements
from fakturabro.ledger import certificates, deliveries, details, documents, opened, raws, recording
from fakturabro.ledger.incoming import allocations, arrivals, repeats, told_again
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import statements as account_statements

TENANT, RUN = "nordlys", "run-1"
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
OURS = payments.account("15032080119")
ON_SQLITE = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
"""Where the database makes no difference."""


def paid(
    reference: str, kid: str = "1", amount: int = 100, day: int = 20, payer: str = "86011117947"
) -> statements.IncomingPayment:
    return statements.IncomingPayment(
        payee_account=OURS,
        amount=money.from_minor(amount),
        currency="NOK",
        reference=reference,
        kid=kid,
        payer_name="Kari Nordmann",
        payer_account=payments.account(payer),
        booked_on=dt.date(2026, 11, day),
        settlement="S1",
        reversal=amount < 0,
    )


def a_file(ledger: opened.Ledger, name: str) -> int:
    made = bank_files.New(
        side="bank",
        direction="in",
        kind="ocr_giro",
        name=name,
        sha256=hashlib.sha256(name.encode()).digest(),
        content=name.encode(),
        state="read",
    )
    return bank_files.record(ledger, TENANT, made, RUN, NOW)[0]


def take_in(ledger: opened.Ledger, name: str, *rows: statements.IncomingPayment) -> arrivals.Recorded:
    (said,) = arrivals.record(ledger, TENANT, a_file(ledger, name), RUN, NOW, enumerate(rows, 1))
    return said


def ids_of(ledger: opened.Ledger, name: str) -> list[int]:
    return [row.document_id for page in incoming.find_of_file(ledger, TENANT, a_file(ledger, name)) for row in page]


def owed(ledger: opened.Ledger, *rows: tuple[str, str, str, int], held: str = "") -> list[int]:
    """Booked invoices as (number, KID, customer, minor units), their ids; "K" is a credit note on the number before.

    What is `held` is fetched only.
    """
    key, number = ledger.seals.key(TENANT, "document", "2026-11"), ""
    for said, _, customer, amount in rows:
        kind, original, number = ("credit_note", number, said) if said.startswith("K") else ("invoice", None, said)
        row = documents.Fetched(
            source_key=said,
            kind=kind,
            number=said,
            original_number=original,
            customer_number=customer,
            amount=amount,
            currency="NOK",
            listing_hash="",
            hash=b"",
            raw=raws.seal(key, "document", said.encode()),
            canonical=key.seal(b""),
        )
        recording.record_fetched(ledger, TENANT, "poweroffice", RUN, values.PURPOSES, [row])
    known = documents.find_known(ledger, TENANT, "poweroffice", [row[0] for row in rows])
    ids = [known[row[0]].id for row in rows]
    details.record_kids(ledger, TENANT, {i: row[1] for i, row in zip(ids, rows, strict=True)})
    waiting = [
        r for r in deliveries.find_open(ledger, TENANT, "book", ["waiting"]) if held not in known or r.document_id != known[held].id
    ]
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=r.id, target="f", natural_key=f"{r.id}") for r in waiting], RUN)
    for start, end in (("planned", "sending"), ("sending", "accepted")):
        deliveries.move(ledger, TENANT, [r.id for r in waiting], start, end, RUN)
    return ids


def allocate(ledger: opened.Ledger, standing: str, *rows: tuple[int, int, int], told: bool = True) -> None:
    given = [allocations.Allocation(document_id=i, invoice_id=to, amount=amount) for i, to, amount in rows if to]
    allocations.record(ledger, TENANT, RUN, NOW, given, {i: standing for i, _, _ in rows}, {}, told=told)


def test_a_payment_is_known_whichever_file_tells_of_it_and_another_amount_is_said(ledger: opened.Ledger) -> None:
    first = take_in(ledger, "a", paid("1"), paid("2", amount=250))
    assert (first.new, first.known, first.new_amounts, first.known_amounts) == (2, 0, {"NOK": 350}, {})
    again = take_in(ledger, "a", paid("1"), paid("2", amount=250))
    assert (again.new, again.known, again.inserted) == (2, 0, 0), "after a crash the same file says the same"
    other = take_in(ledger, "b", paid("1"), paid("2", amount=251), paid("3", amount=-5))
    assert (other.new, other.known, other.new_amounts) == (1, 1, {"NOK": -5})
    assert [(one.reference, one.before, one.now) for one in other.differing] == [("2", 250, 251)]
    ((row, said), _) = incoming.read(ledger, TENANT, ids_of(ledger, "a"))
    assert said == paid("1") and (row.reference, row.state, row.standing, row.rest) == ("1", "waiting", "recorded", 100)
    of_sum = incoming.find_by_settlement(ledger, TENANT, OURS.number, ["S1"])
    assert [(one.reference.partition("#")[0], one.standing) for one in of_sum][2:] == [("3", "recorded"), ("2", "stopped")]
    days = (dt.date(2026, 11, 20), dt.date(2026, 11, 20))
    assert incoming.find_settlements(ledger, TENANT, OURS.number, *days) == [("S1", days[0], 4, 596)]
    assert [one.amount for one in incoming.find_by_references(ledger, TENANT, OURS.number, ["2", "9"])] == [250]
    with ledger.reading() as connection:
        plain = str(connection.execute(sa.text("select * from incoming, document")).all())
    assert "86011117947" not in plain and "Kari" not in plain


@ON_SQLITE
def test_one_reference_for_several_payments_loses_none_and_doubles_none(
    ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "PAGE", 2)
    several = [paid("X", kid="1"), paid("X", kid="2"), paid("X", kid="2"), paid("X", kid="2"), paid("X", amount=7), paid("Y")]

    def said(name: str, rows: list[statements.IncomingPayment]) -> tuple[int, int, int, int]:
        found = list(arrivals.record(ledger, TENANT, a_file(ledger, name), RUN, NOW, enumerate(rows, 1)))
        inserted, new, known = (sum(getattr(one, of) for one in found) for of in ("inserted", "new", "known"))
        return inserted, new, known, sum(len(one.differing) for one in found)

    assert said("a", several) == (6, 6, 0, 0)
    assert said("a", several) == (0, 6, 0, 0)
    assert (said("b", several[:3]), said("c", several[::-1])) == ((0, 0, 3, 0), (0, 0, 6, 0))
    assert said("e", [*several[1:], paid("X", kid="9")]) == (1, 1, 5, 0)
    assert said("f", [paid("X", kid="8")]) == (1, 0, 0, 1), "it stands, stopped"
    assert said("g", [paid("X", kid="8")]) == (0, 0, 1, 0)
    assert [row.kid for row in incoming.find_doubtful(ledger, TENANT)] == ["8"]
    assert len({row.reference for row in incoming.find(ledger, TENANT, ids_of(ledger, "a"))}) == 6


def test_every_payment_is_certified_with_its_sign(ledger: opened.Ledger) -> None:
    take_in(ledger, "a", paid("1", amount=500), paid("2", amount=-200))
    (made,) = certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW)
    assert made.adds_up and (made.purpose, made.count.waiting, made.amount.fetched) == ("post", 2, 300)
    rows = deliveries.find_open(ledger, TENANT, "post", ["waiting"])
    deliveries.cancel(ledger, TENANT, [rows[0].document_id], ["post"], RUN, TODAY)
    (then,) = certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW)
    assert then.adds_up and (then.count.cancelled, then.amount.opening, then.amount.waiting) == (1, 300, -200)


def test_what_is_owed_is_what_was_booked_less_credited_less_paid(ledger: opened.Ledger) -> None:
    one, _, two, three = owed(
        ledger, ("101", "1", "A", 1000), ("K1", "9", "A", 300), ("102", "1", "A", 500), ("103", "2", "B", 700)
    )
    take_in(ledger, "a", paid("1", amount=400), paid("2", kid="2", amount=700), paid("3", kid="x", amount=50, payer="15032080119"))
    first, second, third = ids_of(ledger, "a")
    allocate(ledger, "matched", (first, one, 400), (second, three, 700))
    allocate(ledger, "suspense", (third, 0, 0))
    found = allocations.find_items(ledger, TENANT, kids=["1", "2"])
    assert [(item.number, item.open) for item in found] == [("101", 300), ("102", 500), ("103", 0)]
    assert [item.document_id for item in allocations.find_items(ledger, TENANT, customers=["A", "B"])] == [one, two]
    assert [item.number for item in allocations.find_items(ledger, TENANT, numbers=["103"], open_amounts=[500, 1000])] == [
        "102",
        "103",
    ]
    assert allocations.find_items(ledger, "fjord", kids=["1"]) == []
    assert [(row.document_id, row.rest) for row in incoming.find_suspense(ledger, TENANT)] == [(third, 50)]
    assert allocations.find_customers_of_payers(ledger, TENANT, ["86011117947", "15032080119"]) == {"86011117947": ["A", "B"]}


@ON_SQLITE
def test_what_a_person_decides_later_is_told_once_and_its_proposal_goes(ledger: opened.Ledger) -> None:
    (invoice,) = owed(ledger, ("101", "1", "A", 100))
    take_in(ledger, "a", paid("1", kid="x"))
    (payment,) = ids_of(ledger, "a")
    allocations.record(ledger, TENANT, RUN, NOW, [], {payment: "suspense"}, {payment: b"perhaps 101"})
    assert allocations.read_proposals(ledger, TENANT, [payment]) == {payment: b"perhaps 101"}
    allocate(ledger, "matched", (payment, invoice, 100), told=False)
    (untold,) = allocations.find_untold(ledger, TENANT)
    assert (untold.document_id, untold.invoice_id, untold.amount) == (payment, invoice, 100)
    assert incoming.find_suspense(ledger, TENANT) == [] and allocations.read_proposals(ledger, TENANT, [payment]) == {}
    allocations.record_told(ledger, TENANT, [untold.id], NOW)
    assert allocations.find_untold(ledger, TENANT) == []
    assert [one.told_at for one in allocations.find_of_payments(ledger, TENANT, [payment])[payment]] == [NOW]


@ON_SQLITE
def test_a_credit_note_that_is_not_booked_takes_nothing_away(ledger: opened.Ledger) -> None:
    owed(ledger, ("101", "1", "A", 100), ("K1", "", "A", 30), ("102", "2", "A", 100), ("K2", "", "A", 30), held="K2")
    assert [(one.number, one.open) for one in allocations.find_items(ledger, TENANT, kids=["1", "2"])] == [
        ("101", 70),
        ("102", 100),
    ]


@ON_SQLITE
def test_only_what_nothing_has_taken_back_can_be_taken_back(ledger: opened.Ledger) -> None:
    (invoice,) = owed(ledger, ("101", "1", "A", 100))
    take_in(ledger, "a", paid("1"), paid("2"), paid("3", amount=99))
    first, second, third = ids_of(ledger, "a")
    allocate(ledger, "matched", (first, invoice, 100), (third, invoice, 99))
    allocate(ledger, "matched", (second, invoice, 100))
    found = allocations.find_reversible(ledger, TENANT, ["1"])
    assert [(one.payment.document_id, one.allocations) for one in found] == [
        (third, [(invoice, 99)]),
        (second, [(invoice, 100)]),
        (first, [(invoice, 100)]),
    ]
    take_in(ledger, "b", paid("4", amount=-100))
    allocate(ledger, "reversal", (ids_of(ledger, "b")[0], invoice, -100))
    incoming.set_standing(ledger, TENANT, {second: "netted"})
    assert [one.payment.document_id for one in allocations.find_reversible(ledger, TENANT, ["1"])] == [third, first]


def test_a_day_that_repeats_another_is_seen_and_paired_with_what_takes_it_back(ledger: opened.Ledger) -> None:
    weekend = [paid(f"a{n}", kid=f"{n}", amount=100 + n) for n in range(3)]
    take_in(ledger, "a", *weekend, paid("m", kid="7", day=1))
    again = [msgspec.structs.replace(one, reference=f"b{one.reference}", booked_on=dt.date(2026, 11, 23)) for one in weekend]
    take_in(ledger, "b", *again, paid("bm", kid="7", day=23), paid("n", kid="8", day=23))
    found = repeats.find(ledger, TENANT, a_file(ledger, "b"), 10)
    assert (found.count, found.amount, found.of) == (3, 303, 5)
    assert found.earlier == [(a_file(ledger, "a"), dt.date(2026, 11, 20), 3)]
    assert repeats.find(ledger, TENANT, a_file(ledger, "a"), 10).count == 0, "the earlier day repeats nothing"
    assert list(repeats.find_pairs(ledger, TENANT, a_file(ledger, "b"), 10)) == list(
        zip(ids_of(ledger, "b"), ids_of(ledger, "a")[:3], strict=False)
    )
    late = [msgspec.structs.replace(one, reference=f"c{one.reference}", booked_on=None) for one in (*weekend, *weekend)]
    late[3:] = [msgspec.structs.replace(one, reference=f"d{one.reference}", booked_on=dt.date(2026, 11, 12)) for one in weekend]
    incoming.set_standing(ledger, TENANT, dict.fromkeys(ids_of(ledger, "b"), "netted"))
    take_in(ledger, "c", *late)
    pairs = list(repeats.find_pairs(ledger, TENANT, a_file(ledger, "c"), 10))
    ours, earlier = ids_of(ledger, "c"), ids_of(ledger, "a")
    assert pairs == [*zip(ours[:3], earlier[:3], strict=True)], "no day is the day when it came; a file may come late"
    incoming.set_standing(ledger, TENANT, dict.fromkeys(earlier, "netted"))
    days = [msgspec.structs.replace(one, reference=f"e{one.reference}", booked_on=dt.date(2026, 12, 10)) for one in weekend]
    days += [msgspec.structs.replace(one, reference=f"f{one.reference}", booked_on=dt.date(2026, 12, 14)) for one in weekend]
    take_in(ledger, "d", *days)
    ours = ids_of(ledger, "d")
    assert list(repeats.find_pairs(ledger, TENANT, a_file(ledger, "d"), 10)) == [*zip(ours[3:], ours[:3], strict=True)], "one file"


def test_as_many_are_told_again_as_stand_there_on_the_day(ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not told again of a day is what it has more of; nothing of another day, KID, amount or payer is touched."""
    chance = random.Random(8)  # noqa: S311 material, no secret

    def some(count: int, name: str) -> list[statements.IncomingPayment]:
        draw = [(chance.choice("12"), chance.choice((-100, 100, 200)), chance.choice((20, 21))) for _ in range(count)]
        payers = [chance.choice(("86011117947", "15032080119")) for _ in draw]
        return [
            paid(f"{name}{i}", kid, amount, day, payer)
            for i, ((kid, amount, day), payer) in enumerate(zip(draw, payers, strict=True))
        ]

    def content(one: statements.IncomingPayment) -> tuple[object, ...]:
        return one.kid, one.amount, one.booked_on, one.payer_account

    known = Counter[tuple[object, ...]]()
    for name in "abcd":
        rows = some(40, name)
        take_in(ledger, name, *rows)
        with monkeypatch.context() as few:
            few.setattr(incoming, "PAGE", 7)
            pairs = [pair for page in told_again.find(ledger, TENANT, a_file(ledger, name)) for pair in page]
        ids = {i: one for i, one in zip(ids_of(ledger, name), rows, strict=True)}
        told = Counter(content(ids[one]) for one, _ in pairs)
        mine = Counter(map(content, rows))
        assert told == mine & known
        assert len({other for _, other in pairs}) == len(pairs)
        known += mine


def statement(ledger: opened.Ledger, day: int, sequence: int, opening: int, closing: int) -> account_statements.Row:
    made = account_statements.Row(
        account=OURS.number,
        currency="NOK",
        file_id=a_file(ledger, f"{day}"),
        position=1,
        statement_id=f"S{day}",
        sequence=sequence,
        opened_on=dt.date(2026, 11, day),
        closed_on=dt.date(2026, 11, day),
        opening=opening,
        closing=closing,
        entries=1,
    )
    for _ in range(2):
        account_statements.record(ledger, TENANT, made, RUN)
    return made


@ON_SQLITE
def test_statements_follow_one_another_whatever_order_they_came_in(ledger: opened.Ledger) -> None:
    later, first = statement(ledger, 21, 2, 5, 9), statement(ledger, 20, 1, 0, 5)
    assert account_statements.find(ledger, TENANT, OURS.number, dt.date(2026, 11, 20)) == [first, later]
    assert account_statements.find(ledger, TENANT, OURS.number, dt.date(2026, 11, 21)) == [later]
