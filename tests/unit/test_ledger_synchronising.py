"""Two systems that are kept in step, in the ledger: pairs, watermarks, plans, and what changes after it was carried."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.ledger import (
    audits,
    certificates,
    deliveries,
    documents,
    findings,
    lives,
    opened,
    purging,
    raws,
    recording,
    retention,
    seals,
    tables,
)
from fakturabro.ledger.synchronising import anew, costs, pairs, plans, remembered, verdicts, watermarks

TENANT, RUN = "vanern", "run-1"
NOW = dt.datetime(2021, 11, 22, 8, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
NAME = "Kari Nordmann"


def fetched(ledger: opened.Ledger, number: str, says: str, kind: str = "customer", amount: int = 0) -> documents.Fetched:
    key = ledger.seals.key(TENANT, documents.seal_kind(kind), "2021-11")
    return documents.Fetched(
        source_key=f"guid-{number}",
        kind=kind,
        number=number,
        customer_number=number,
        amount=amount,
        currency="SEK" if amount else values.NO_CURRENCY,
        listing_hash="",
        hash=says.encode().ljust(32, b"0"),
        raw=raws.seal(key, documents.seal_kind(kind), f"{says} {NAME}".encode()),
        canonical=key.seal(f'"{says} {NAME}"'.encode()),
    )


def take(
    ledger: opened.Ledger, number: str, says: str, kind: str = "customer", amount: int = 0, source: str = "severa"
) -> deliveries.Open:
    """Record what a register says; its transfer, wherever it stands."""
    row = fetched(ledger, number, says, kind, amount)
    recording.record_fetched(ledger, TENANT, source, RUN, values.purposes_of(kind), [row])
    known = documents.find_known(ledger, TENANT, source, [row.source_key])[row.source_key]
    states = ("waiting", "held", "planned", "sending", "accepted", "rejected", "in_doubt", "cancelled")
    (found,) = [one for one in deliveries.find_open(ledger, TENANT, values.TRANSFER, states) if one.document_id == known.id]
    return found


def send(ledger: opened.Ledger, row: deliveries.Open, key: str, outcome: str = "accepted") -> None:
    target = "fortnox_customers"
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=row.id, target=target, natural_key=key)], RUN)
    deliveries.move(ledger, TENANT, [row.id], "planned", "sending", RUN)
    answer = ledger.seals.key(TENANT, "answer", "2021-11").seal(NAME.encode())
    said = deliveries.Answer(delivery_id=row.id, target=target, natural_key=key, outcome=outcome, detail=NAME, answer=answer)
    deliveries.record_answers(ledger, TENANT, [said], RUN, NOW, NOW.date())


def certify(ledger: opened.Ledger) -> list[certificates.Certificate]:
    return certificates.record(ledger, TENANT, values.SYNC_PURPOSES, RUN, NOW)


def test_what_changes_after_it_was_carried_waits_again_also_when_it_changes_back(ledger: opened.Ledger) -> None:
    """Every time is counted: three times fetched, three times accepted, and the certificates prove the rows they counted."""
    first = take(ledger, "10001", "a")
    send(ledger, first, "10001@a")
    made = certify(ledger)
    for says in ("b", "a"):
        row = take(ledger, "10001", says)
        assert (row.id, row.state, row.natural_key) == (first.id, "waiting", None)
        assert (row.revision_id == first.revision_id) == (says == "a")
        send(ledger, row, f"10001@{says}")
        assert take(ledger, "10001", says).state == "accepted", "told again, it is the same"
        made += certify(ledger)
    assert [(one.currency, one.count.fetched, one.count.accepted, one.adds_up) for one in made] == [("XXX", 1, 1, True)] * 3
    assert audits.find_faults(ledger, TENANT) == []


def test_a_changed_amount_is_counted_as_corrected_while_no_certificate_has_settled_it(ledger: opened.Ledger) -> None:
    take(ledger, "7", "a", "purchase_cost", 100)
    made = certify(ledger)
    (row,) = deliveries.find_open(ledger, TENANT, values.TRANSFER, ("waiting",))
    send(ledger, row, "7@a")
    assert take(ledger, "7", "b", "purchase_cost", 250).state == "waiting"
    made += certify(ledger)
    (row,) = deliveries.find_open(ledger, TENANT, values.TRANSFER, ("waiting",))
    send(ledger, row, "7@b")
    made += certify(ledger)
    assert all(one.adds_up for one in made)
    assert [(one.amount.fetched, one.amount.corrected, one.amount.accepted) for one in made] == [
        (100, 0, 0),
        (0, 150, 0),
        (0, 0, 250),
    ]


@pytest.mark.parametrize("kind", ["sales_invoice", "purchase_file"])
def test_an_invoice_that_changes_after_its_transfer_is_not_carried_again(ledger: opened.Ledger, kind: str) -> None:
    send(ledger, take(ledger, "1", "a", kind, 100), "1@a")
    assert take(ledger, "1", "b", kind, 200).state == "accepted"
    assert anew.begin(ledger, TENANT, RUN) == 0


def test_what_was_on_its_way_when_it_changed_begins_again_once_it_is_settled(ledger: opened.Ledger) -> None:
    row = take(ledger, "10001", "a")
    send(ledger, row, "10001@a", "in_doubt")
    assert take(ledger, "10001", "b").state == "in_doubt"
    assert anew.begin(ledger, TENANT, RUN) == 0
    deliveries.move(ledger, TENANT, [row.id], "in_doubt", "accepted", RUN)
    assert [anew.begin(ledger, TENANT, RUN) for _ in range(2)] == [1, 0]
    now = take(ledger, "10001", "b")
    assert now.state == "waiting" and now.revision_id > row.revision_id


def test_what_is_skipped_is_counted_where_it_would_have_been_transferred(ledger: opened.Ledger) -> None:
    skipped = documents.Skipped(
        source_key="g", kind="customer", number="9", customer_number="9", amount=0, currency=values.NO_CURRENCY, reason="internal"
    )
    recording.record_skipped(ledger, TENANT, "severa", RUN, [skipped])
    made = certificates.record(ledger, TENANT, values.ALL_PURPOSES, RUN, NOW)
    assert [(one.purpose, one.count.skipped) for one in made] == [("transfer", 1)]
    assert audits.find_faults(ledger, TENANT) == []


def leave_rows(ledger: opened.Ledger) -> None:
    """A row in every table of two systems that are kept in step."""
    row = take(ledger, "1", "a", "purchase_cost", 100)
    pairs.record(ledger, TENANT, RUN, NOW, [pair("a", "1")])
    watermarks.record(ledger, TENANT, RUN, "severa", "customers", NOW, NOW)
    plans.record(ledger, TENANT, RUN, NOW, b"plan", "p")
    verdicts.record(ledger, TENANT, "customer", "a", "1", same=True, by="kari", at=NOW)
    remembered.record(ledger, TENANT, RUN, NOW, {"a": "invoice"})
    costs.record(ledger, TENANT, RUN, NOW, costs.Fee(fee_guid="f", document_id=row.document_id, project_guid="p", amount=100))


def pair(severa: str, fortnox: str, register: pairs.Register = "customer") -> pairs.New:
    return pairs.New(register=register, severa_key=severa, fortnox_key=fortnox, linked_by="number")


def test_a_pair_is_made_once_and_keeps_its_partners(ledger: opened.Ledger) -> None:
    one, other = pair("a", "1"), pair("b", "2")
    assert pairs.record(ledger, TENANT, RUN, NOW, [one, other, one, pair("a", "1", "article")]) == []
    wrong = [pair("a", "3"), pair("c", "2"), pair("d", "4"), pair("d", "5"), pair("e", "5")]
    clashes = pairs.record(ledger, TENANT, RUN, LATER, [one, *wrong])
    assert [(clash.new, clash.standing.fortnox_key) for clash in clashes] == [(wrong[0], "1"), (wrong[1], "2"), (wrong[3], "4")]
    found = pairs.find_all(ledger, TENANT, "customer")
    assert [(row.severa_key, row.fortnox_key) for row in found] == [("a", "1"), ("b", "2"), ("d", "4"), ("e", "5")]
    assert pairs.find(ledger, TENANT, "customer", ["a"], ["2"]) == found[:2]
    assert pairs.find(ledger, "another", "customer", ["a"], ["2"]) == []
    with pytest.raises(exc.IntegrityError, match="keeps its partners"), ledger.writing() as connection:
        connection.execute(sa.text("update pair set fortnox_key = '8' where severa_key = 'a'"))
    assert [pairs.sever(ledger, TENANT, one, "slettet", "kari", NOW) for _ in range(2)] == [True, False]
    assert pairs.record(ledger, TENANT, RUN, NOW, [pair("a", "3")]) == []


def test_a_watermark_only_goes_forward(ledger: opened.Ledger) -> None:
    def read(seen: dt.datetime | None, at: dt.datetime) -> None:
        watermarks.record(ledger, TENANT, RUN, "severa", "customers", seen, at)

    assert watermarks.find(ledger, TENANT, "severa", "customers") is None
    read(None, NOW)
    assert watermarks.find(ledger, TENANT, "severa", "customers") == watermarks.Mark(seen_until=None, read_at=NOW)
    read(NOW, NOW)
    for older in (NOW - dt.timedelta(seconds=1), None):
        read(older, LATER)
        assert watermarks.find_all(ledger, TENANT, "severa") == {"customers": watermarks.Mark(seen_until=NOW, read_at=LATER)}
    read(LATER, NOW)
    assert watermarks.find(ledger, TENANT, "severa", "customers") == watermarks.Mark(seen_until=LATER, read_at=LATER)
    assert watermarks.find(ledger, TENANT, "fortnox", "customers") is None


def test_one_plan_stands_at_a_time_and_goes_one_way(ledger: opened.Ledger) -> None:
    def propose(content: bytes) -> plans.Plan:
        return plans.record(ledger, TENANT, RUN, NOW, content, content.decode())

    first = propose(b"one")
    assert propose(b"one") == first and first.content == b"one"
    second = propose(b"two")
    assert not plans.move(ledger, TENANT, first.id, ("proposed",), "approved", "kari", NOW), "declined by the newer one"
    assert plans.move(ledger, TENANT, second.id, ("proposed",), "approved", "kari", LATER)
    with pytest.raises(plans.PlanError):
        propose(b"three")
    assert plans.move(ledger, TENANT, second.id, ("approved", "running"), "running")
    assert plans.find_done(ledger, TENANT) is None
    assert plans.move(ledger, TENANT, second.id, ("running",), "done")
    done = plans.find_done(ledger, TENANT)
    assert done == plans.find_newest(ledger, TENANT) and done and (done.decided_by, done.decided_at) == ("kari", LATER)
    for wrong in ("running", "declined"):
        with pytest.raises(exc.IntegrityError, match="illegal move"):
            plans.move(ledger, TENANT, second.id, ("done",), wrong)
    assert propose(b"three").state == "proposed"


def test_the_last_word_on_two_entries_counts_and_who_counted_once_is_remembered(ledger: opened.Ledger) -> None:
    for same, by in ((True, "kari"), (False, "ola")):
        verdicts.record(ledger, TENANT, "customer", "a", "1", same=same, by=by, at=NOW)
    assert verdicts.find(ledger, TENANT, "customer") == {("a", "1"): False}
    assert verdicts.find(ledger, TENANT, "article") == {}
    for why in ("invoice", "project"):
        remembered.record(ledger, TENANT, RUN, NOW, {"a": why})
    assert remembered.find(ledger, TENANT, ["a", "b"]) == {"a"}
    assert remembered.find(ledger, "another", ["a"]) == set()


def test_entries_of_registers_are_purged_and_may_come_back(ledger: opened.Ledger) -> None:
    """What was carried stays proven; what is sealed goes, an open one's does not; purged content that comes back is kept anew."""
    customer, open_one = take(ledger, "10001", "a"), take(ledger, "77", "x", "article")
    invoice = take(ledger, "1", "i", "sales_invoice", 100)
    for row in (customer, invoice):
        send(ledger, row, f"{row.id}@a")
    said = found_values.Finding(code="vat_number", severity="warn", value=NAME)
    findings.record(ledger, TENANT, "check", {customer.document_id: [said]}, (values.TRANSFER,), RUN)
    plans.record(ledger, TENANT, RUN, NOW, b"plan", "p")
    certify(ledger)
    today = dt.date(2027, 1, 1)
    gone = [one.kind for one in retention.find_candidates(ledger, TENANT, today) if one.may_go(today)]
    assert all(purging.purge(ledger, TENANT, one) for one in retention.find_candidates(ledger, TENANT, today) if one.may_go(today))
    assert sorted(gone) == ["answer", "customer", "sales_invoice"]
    assert audits.find_faults(ledger, TENANT) == [] and lives.find(ledger, TENANT, "10001") == [customer.document_id]
    for row in (customer, invoice):
        with pytest.raises(seals.SealError):
            list(documents.read(ledger, TENANT, [row.document_id]))
        lives.read(ledger, TENANT, row.document_id)
    assert findings.read(ledger, TENANT, [customer.document_id])[customer.document_id][0].value == ""
    assert len(list(documents.read(ledger, TENANT, [open_one.document_id]))) == 1
    with ledger.reading() as connection:
        assert set(connection.execute(sa.select(tables.transfer_log.c.detail)).scalars()) == {""}
    again = opened.open_ledger(ledger.engine.url.render_as_string(hide_password=False), b"0" * 32)
    take(again, "10001", "b")
    back = take(again, "10001", "a")
    assert (back.state, back.revision_id) == ("waiting", customer.revision_id)
    (read,) = documents.read(again, TENANT, [customer.document_id])
    assert read.canonical == f'"a {NAME}"'.encode()
    again.close()


def test_a_fee_belongs_to_one_cost(ledger: opened.Ledger) -> None:
    one, other = (take(ledger, number, number, "purchase_cost", 100) for number in ("1", "2"))
    fee = costs.Fee(fee_guid="f", document_id=one.document_id, project_guid="p", amount=100)
    for amount in (100, 150):
        costs.record(
            ledger, TENANT, RUN, NOW, costs.Fee(fee_guid="f", document_id=one.document_id, project_guid="p", amount=amount)
        )
    with pytest.raises(costs.ClaimError):
        costs.record(
            ledger, TENANT, RUN, NOW, costs.Fee(fee_guid="f", document_id=other.document_id, project_guid="p", amount=fee.amount)
        )
    assert [row.amount for row in costs.find(ledger, TENANT, [one.document_id])[one.document_id]] == [150]
