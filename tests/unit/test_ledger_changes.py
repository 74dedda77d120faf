"""What changed after it was sent, in the ledger on both databases: no revision ever leaves `accepted`, and certificates add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import parties
from fakturabro.ledger import certificates, changes, deliveries, details, documents, opened, raws, recording, tables

TENANT, PURPOSES = "nordlys", ("book", "distribute", "write_back")
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


def take_in(ledger: opened.Ledger, text: str, amount: int = 100, key: str = "id-1", purposes: Sequence[str] = PURPOSES) -> int:
    """Record a document, by default the first, as it says `text`; its current revision."""
    seal, body = ledger.seals.key(TENANT, "document", "2026-11"), text.encode()
    row = documents.Fetched(
        source_key=key,
        kind="invoice",
        number="1",
        customer_number="10001",
        amount=amount,
        currency="NOK",
        listing_hash=text,
        hash=body.ljust(32, b"0"),
        raw=raws.seal(seal, "document", body),
        canonical=seal.seal(body),
    )
    recording.record_fetched(ledger, TENANT, "poweroffice", text, purposes, [row])
    (known,) = documents.find_known(ledger, TENANT, "poweroffice", [key]).values()
    assert known.revision_id is not None
    return known.revision_id


def send(ledger: opened.Ledger, purpose: str, key: str, outcome: str = "accepted") -> None:
    (row,) = deliveries.find_open(ledger, TENANT, purpose, ["waiting"])
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=row.id, target="ehf", natural_key=key)], key)
    deliveries.move(ledger, TENANT, [row.id], "planned", "sending", key)
    answer = deliveries.Answer(delivery_id=row.id, target="ehf", natural_key=key, outcome=outcome)
    deliveries.record_answers(ledger, TENANT, [answer], key, NOW, TODAY)


def certify(ledger: opened.Ledger) -> dict[str, certificates.Certificate]:
    made = certificates.record(ledger, TENANT, PURPOSES, "run", NOW)
    assert all(one.adds_up for one in made)
    return {one.purpose: one for one in made}


def settle(ledger: opened.Ledger, document_id: int, street: str) -> None:
    """Who gets it, by an address of one line."""
    key = ledger.seals.key(TENANT, "recipient", "2026-11")
    details.record_recipients(ledger, TENANT, key, {document_id: parties.Recipient(name=street, customer_number="10001")})


def find(ledger: opened.Ledger) -> changes.Changed:
    (found,) = changes.find_changed(ledger, TENANT)
    return found


def standing(ledger: opened.Ledger, purpose: str = "distribute") -> tuple[str, int, str | None]:
    columns = tables.delivery.c
    query = sa.select(columns.state, columns.revision_id, columns.natural_key).where(columns.purpose == purpose)
    with ledger.reading() as connection:
        state, revision_id, key = connection.execute(query).one()
    return state, revision_id, key


@pytest.fixture
def sent(ledger: opened.Ledger) -> opened.Ledger:
    """Document 1 was booked, distributed and certified; document 2 goes nowhere."""
    take_in(ledger, "first")
    take_in(ledger, "card", key="id-2", purposes=())
    send(ledger, "book", "b")
    send(ledger, "distribute", "k1")
    certify(ledger)
    return ledger


def put(ledger: opened.Ledger, which: str, /, **values: Any) -> None:
    """Write into the delivery whatever the database lets one write."""
    with ledger.writing() as connection:
        connection.execute(sa.update(tables.delivery).where(tables.delivery.c.purpose == which).values(**values))


WAITING = {"state": "waiting", "target": None, "natural_key": None}
NEWER, OLDER = tables.delivery.c.revision_id + 1, tables.delivery.c.revision_id - 1


@pytest.mark.parametrize(
    ("purpose", "change"),
    [
        ("distribute", WAITING),
        ("distribute", {**WAITING, "revision_id": tables.delivery.c.revision_id}),
        ("distribute", {**WAITING, "revision_id": OLDER}),
        ("distribute", {**WAITING, "revision_id": NEWER, "document_id": tables.delivery.c.document_id + 1}),
        ("distribute", {**WAITING, "revision_id": NEWER, "purpose": "pay"}),
        ("distribute", {**WAITING, "revision_id": NEWER, "tenant": "fjord"}),
        ("distribute", {"revision_id": NEWER}),
        ("distribute", {"revision_id": NEWER, "state": "planned"}),
        ("distribute", {"revision_id": NEWER, "state": "held"}),
        ("book", {**WAITING, "revision_id": NEWER}),
    ],
)
def test_the_database_lets_no_revision_leave_accepted(sent: opened.Ledger, purpose: str, change: dict[str, Any]) -> None:
    with pytest.raises(exc.IntegrityError):
        put(sent, purpose, **change)


def test_what_may_have_arrived_takes_no_other_revision(ledger: opened.Ledger) -> None:
    take_in(ledger, "first")
    send(ledger, "distribute", "k1", "in_doubt")
    with pytest.raises(exc.IntegrityError):
        put(ledger, "distribute", **WAITING, revision_id=NEWER)


def test_a_newer_revision_waits_in_the_very_update_that_names_it_and_enters_the_certificates_anew(sent: opened.Ledger) -> None:
    second = take_in(sent, "second")
    changes.send_again(sent, TENANT, [find(sent)], "run-2")
    assert standing(sent) == ("waiting", second, None)
    assert standing(sent, "write_back")[:2] == ("waiting", second)
    waits = certify(sent)["distribute"].count
    assert (waits.opening, waits.fetched, waits.accepted, waits.waiting) == (0, 1, 0, 1)
    send(sent, "distribute", "k2")
    went = certify(sent)["distribute"].count
    assert (went.opening, went.fetched, went.accepted, went.closing) == (1, 0, 1, 0)


def test_a_document_is_moved_only_from_what_was_found(sent: opened.Ledger) -> None:
    take_in(sent, "second")
    row = find(sent)
    changes.send_again(sent, TENANT, [row], "run-2")
    with pytest.raises(deliveries.MoveError):
        changes.send_again(sent, TENANT, [row], "run-2")


@pytest.mark.parametrize("state", ["waiting", "held", "planned"])
def test_what_waits_anew_can_stand_as_it_was_sent_and_the_certificates_add_up(sent: opened.Ledger, state: str) -> None:
    """To whom it was sent, too, though the card was mended meanwhile."""
    _, first, _ = standing(sent)
    second, row = take_in(sent, "second"), find(sent)
    settle(sent, row.id, "Storgata 1")
    changes.send_again(sent, TENANT, [row], "run-2")
    settle(sent, row.id, "Nygata 7")
    take_in(sent, "third", amount=70)
    certify(sent)
    if state != "waiting":
        put(sent, "distribute", state=state, target="ehf", natural_key="k3")
    (waits,) = changes.find_renewed(sent, TENANT)
    assert waits.delivery_id == row.delivery_id
    assert waits.revision_id > second
    as_sent = changes.Sent(
        delivery_id=row.delivery_id, document_id=row.id, revision_id=first, target="ehf", natural_key="k1", amount=100
    )
    changes.keep_as_sent(sent, TENANT, [as_sent], "run-3", TODAY)
    assert standing(sent) == ("accepted", first, "k1")
    assert standing(sent, "write_back")[:2] == ("waiting", first)
    assert details.read_recipients(sent, TENANT, [row.id])[row.id].name == "Storgata 1"
    figures = certify(sent)["distribute"]
    assert (figures.count.opening, figures.count.accepted, figures.amount.corrected, figures.amount.accepted) == (1, 1, 30, 100)
    assert changes.find_renewed(sent, TENANT) == []


def test_what_left_meanwhile_does_not_stand_as_it_was_sent(sent: opened.Ledger) -> None:
    take_in(sent, "second")
    changes.send_again(sent, TENANT, [row := find(sent)], "run-2")
    send(sent, "distribute", "k2", "in_doubt")
    as_sent = changes.Sent(
        delivery_id=row.delivery_id, document_id=row.id, revision_id=row.sent_id, target="ehf", natural_key="k1", amount=100
    )
    with pytest.raises(deliveries.MoveError):
        changes.keep_as_sent(sent, TENANT, [as_sent], "run-3", TODAY)
    assert standing(sent)[0] == "in_doubt"


def test_a_change_is_found_until_it_is_reported_and_comes_again_when_doubt_has_ended(ledger: opened.Ledger) -> None:
    take_in(ledger, "first")
    send(ledger, "book", "b")
    send(ledger, "distribute", "k1", "in_doubt")
    assert changes.find_changed(ledger, TENANT) == []
    take_in(ledger, "second")
    assert not find(ledger).is_reported
    changes.record_reported(ledger, TENANT, [find(ledger)], ())
    assert find(ledger).is_reported
    deliveries.move(ledger, TENANT, [find(ledger).delivery_id], "in_doubt", "accepted", "r")
    changes.record_reported(ledger, TENANT, [find(ledger)], ())
    assert find(ledger).is_reported, "the run in which it arrived has not judged it"
    changes.record_reported(ledger, TENANT, [find(ledger)], {find(ledger).delivery_id})
    assert changes.find_changed(ledger, TENANT) == []
    assert changes.find_changed(ledger, "fjord") == []


def test_what_goes_again_is_told_also_after_it_went_and_what_returns_is_not(sent: opened.Ledger) -> None:
    take_in(sent, "second")
    changes.send_again(sent, TENANT, [find(sent)], "run-2")
    assert find(sent).goes_again
    send(sent, "distribute", "k2")
    assert find(sent).goes_again
    changes.record_reported(sent, TENANT, [find(sent)], ())
    assert changes.find_changed(sent, TENANT) == []
    take_in(sent, "first")
    assert not find(sent).goes_again
    assert changes.find_reached(sent, TENANT, [1, 2]) == {1}
    assert changes.find_reached(sent, "fjord", [1]) == set()
    with pytest.raises(exc.IntegrityError):
        changes.send_again(sent, TENANT, [find(sent)], "run-3")
