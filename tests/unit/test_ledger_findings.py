"""Twins in the ledger, what findings hold by rule, and errors that name nobody, on both databases."""

from __future__ import annotations

from concurrent import futures

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import findings as values
from fakturabro.ledger import findings, opened, tables, twins
from fakturabro.ledger.clients import views as client_views

TENANT = "solberg"


def add(
    ledger: opened.Ledger,
    id_: int,
    number: str,
    amount: int = 10_000,
    kind: str = "invoice",
    original: str | None = None,
    currency: str = "NOK",
    states: dict[str, str] | None = None,
) -> None:
    """A document, with a delivery per purpose in `states`."""
    head = {"source": "p", "kind": kind, "source_key": f"k{id_}", "number": number, "customer_number": "1", "run": "r"}
    head |= {"original_number": original or "", "currency": currency, "listing_hash": "", "state": "fetched"}
    with ledger.writing() as connection:
        connection.execute(sa.insert(tables.document).values(id=id_, tenant=TENANT, amount=amount, **head))
        for at, (purpose, state) in enumerate((states or {}).items()):
            delivery = {"id": id_ * 10 + at, "tenant": TENANT, "document_id": id_, "purpose": purpose, "revision_id": 1}
            delivery |= {"amount": amount, "currency": currency, "run": "r"}
            connection.execute(sa.insert(tables.delivery).values(state="waiting", **delivery))
            if state != "waiting":
                moved = sa.update(tables.delivery).where(tables.delivery.c.id == id_ * 10 + at)
                connection.execute(moved.values(state=state))


def note(ledger: opened.Ledger, id_: int, number: str, original: str, amount: int = 10_000, currency: str = "NOK") -> None:
    add(ledger, id_, number, amount, "credit_note", original, currency)


def test_a_twin_is_seen_beside_one_that_was_credited_and_made_anew(ledger: opened.Ledger) -> None:
    for id_, number in ((1, "A"), (2, "B"), (3, "C")):
        add(ledger, id_, number)
    note(ledger, 4, "KA", "A")
    twins.record(ledger, TENANT, {1: "k", 2: "k"})
    assert twins.find_earlier(ledger, TENANT, {2: "k"}, {}) == {}, "B was made instead of A"
    assert twins.find_earlier(ledger, TENANT, {3: "k"}, {}) == {3: "B"}
    assert twins.find_earlier(ledger, TENANT, {3: "k"}, {1: "k", 2: "k"}) == {3: "B"}


def test_credited_is_what_credit_notes_come_to_in_full(ledger: opened.Ledger) -> None:
    add(ledger, 1, "A")
    add(ledger, 2, "B")
    note(ledger, 3, "K1", "A", 9_999)
    note(ledger, 4, "K2", "A", 10_000, "EUR")
    twins.record(ledger, TENANT, {1: "k"})
    assert twins.find_earlier(ledger, TENANT, {2: "k"}, {}) == {2: "A"}
    note(ledger, 5, "K3", "A", 1)
    assert twins.find_earlier(ledger, TENANT, {2: "k"}, {}) == {}


def test_what_was_taken_back_before_it_was_booked_is_no_twin_of_what_was_made_instead(ledger: opened.Ledger) -> None:
    add(ledger, 1, "A", states={"book": "cancelled", "distribute": "cancelled"})
    add(ledger, 2, "B", states={"book": "waiting", "distribute": "cancelled"})
    add(ledger, 3, "C", states={"book": "waiting", "distribute": "waiting"})
    twins.record(ledger, TENANT, {1: "k", 2: "k"})
    twins.forget_unbooked(ledger, TENANT, [1, 2])
    assert twins.find_earlier(ledger, TENANT, {2: "k"}, {}) == {}, "A never became a claim"
    assert twins.find_earlier(ledger, TENANT, {3: "k"}, {}) == {3: "B"}, "what is booked is a claim, though nobody is sent it"


def test_another_tenant_s_documents_are_no_twins(ledger: opened.Ledger) -> None:
    add(ledger, 1, "A")
    add(ledger, 2, "B")
    twins.record(ledger, TENANT, {1: "k"})
    assert twins.find_earlier(ledger, "fjord", {2: "k"}, {}) == {}


def test_writers_at_once_wait_for_each_other(ledger: opened.Ledger) -> None:
    keys = {id_: f"k{id_}" for id_ in range(1, 401)}
    for id_ in keys:
        add(ledger, id_, str(id_))
    with futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: twins.record(ledger, TENANT, keys), range(12)))
    with ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.twin)).scalar_one() == len(keys)


def test_held_by_a_rule_is_what_stands_held_for_it_now(ledger: opened.Ledger) -> None:
    held, gone = {"book": "held", "distribute": "held"}, {"book": "cancelled", "distribute": "cancelled"}
    add(ledger, 1, "A", 10_000, states={"book": "waiting", "distribute": "held"})
    add(ledger, 2, "K", 3_000, "credit_note", states={"book": "waiting", "distribute": "held"})
    add(ledger, 3, "B", 70_000, states=gone)
    add(ledger, 4, "C", 500, states={"book": "held", "distribute": "waiting"})
    add(ledger, 5, "D", 40, currency="EUR", states=held)
    address = values.Finding(code="missing_postal_address", severity="block", holds=("distribute",))
    with ledger.writing() as connection:
        for at in range(1, 6):
            row = {
                "id": at,
                "document_id": at,
                "code": address.code,
                "severity": "block",
                "holds": ["distribute"],
                "station": "check",
            }
            row |= {"field": "", "value": "", "suggestion": "", "run": "r"}
            connection.execute(sa.insert(tables.finding).values(tenant=TENANT, **row))
    euro, krone = findings.tally(ledger, TENANT)
    assert euro == ("missing_postal_address", "EUR", 1, 1, 40)
    assert krone == ("missing_postal_address", "NOK", 4, 2, 7_000), "not what was cancelled, nor what waits for its booking only"
    with ledger.writing() as connection:
        connection.execute(sa.delete(tables.finding).where(tables.finding.c.document_id == 4))
    waiting = {one.currency: one.minor for one in client_views.count_waiting(ledger, TENANT)}
    assert waiting == {one.currency: one.amount for one in findings.tally(ledger, TENANT)}


def test_an_error_names_no_parameter(ledger: opened.Ledger) -> None:
    with pytest.raises(exc.DBAPIError) as caught, ledger.writing() as connection:
        connection.execute(sa.text("select * from no_such_table where name = :name"), {"name": "Kari Nordmann"})
    assert "Kari" not in str(caught.value)
