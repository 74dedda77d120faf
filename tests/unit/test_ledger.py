"""The ledger on SQLite and PostgreSQL: what it records, what it refuses, and that its certificates add up."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from concurrent import futures

import pytest
import sqlalchemy as sa
from alembic import autogenerate
from alembic.runtime import migration

from fakturabro.domain import findings as values
from fakturabro.ledger import certificates, deliveries, documents, findings, opened, raws, recording, slots, states, tables
from fakturabro.ledger import engine as engines

NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
PURPOSES = ("book", "distribute", "write_back")
LEASE = dt.timedelta(minutes=2)


def fetched(ledger: opened.Ledger, number: int, tenant: str = "nordlys", text: str = "", amount: int = 12_500) -> documents.Fetched:
    key = ledger.seals.key(tenant, "document", "2026-11")
    body = f"<Invoice>{number}{text}</Invoice>".encode()
    return documents.Fetched(
        source_key=f"id-{number}",
        kind="invoice",
        number=str(number),
        customer_number="10001",
        amount=amount,
        currency="NOK",
        listing_hash=text,
        hash=text.encode().ljust(32, b"0"),
        raw=raws.seal(key, "document", body),
        canonical=key.seal(body),
    )


def record(ledger: opened.Ledger, *numbers: int, tenant: str = "nordlys", run: str = "run-1") -> list[int]:
    rows = [fetched(ledger, number, tenant) for number in numbers]
    recording.record_fetched(ledger, tenant, "poweroffice", run, PURPOSES, rows)
    known = documents.find_known(ledger, tenant, "poweroffice", [row.source_key for row in rows])
    return [known[row.source_key].id for row in rows]


def book(ledger: opened.Ledger, outcome: str, run: str = "run-1", tenant: str = "nordlys") -> list[int]:
    waiting = deliveries.find_open(ledger, tenant, "book", ["waiting"])
    rows = [deliveries.Planned(id=row.id, target="factoring", natural_key=f"key-{row.id}") for row in waiting]
    deliveries.plan(ledger, tenant, rows, run)
    ids = [row.id for row in rows]
    with ledger.writing() as connection:
        deliveries.reserve(connection, tenant, ids, run)
    answers = [deliveries.Answer(delivery_id=i, target="factoring", natural_key=f"key-{i}", outcome=outcome) for i in ids]
    deliveries.record_answers(ledger, tenant, answers, run, NOW, TODAY)
    return ids


def test_a_document_is_recorded_once_and_read_back_byte_for_byte(ledger: opened.Ledger) -> None:
    first = record(ledger, 1, 2)
    assert record(ledger, 2, 3)[0] == first[1]
    read = list(documents.read(ledger, "nordlys", first))
    assert [row.canonical for row in read] == [b"<Invoice>1</Invoice>", b"<Invoice>2</Invoice>"]
    assert [len(deliveries.find_open(ledger, "nordlys", purpose, ["waiting"])) for purpose in PURPOSES] == [3, 3, 3]


def test_pages_give_once_what_stood_there_at_the_first_unless_it_has_left(ledger: opened.Ledger) -> None:
    first = record(ledger, *range(1, 8))
    pages = deliveries.find_open_in_pages(ledger, "nordlys", "book", ["waiting"], size=3)
    found = [row.document_id for row in next(pages)]
    record(ledger, 8)
    gone = [row for row in deliveries.find_open(ledger, "nordlys", "book", ["waiting"]) if row.document_id in (first[0], first[4])]
    deliveries.move(ledger, "nordlys", [row.id for row in gone], "waiting", "held", "run-2")
    found += [row.document_id for page in pages for row in page]
    assert found == [i for i in first if i != first[4]]


def test_a_page_is_of_one_target_when_one_is_asked_for(ledger: opened.Ledger) -> None:
    record(ledger, 1, 2, 3)
    waiting = deliveries.find_open(ledger, "nordlys", "distribute", ["waiting"])
    targets = {row.id: target for row, target in zip(waiting, ("ehf", "email", "ehf"), strict=True)}
    plans = [deliveries.Planned(id=i, target=target, natural_key=f"key-{i}") for i, target in targets.items()]
    deliveries.plan(ledger, "nordlys", plans, "run-1")
    planned = deliveries.find_open_in_pages(ledger, "nordlys", "distribute", ["planned"], "ehf")
    assert [row.target for page in planned for row in page] == ["ehf", "ehf"]
    assert [deliveries.is_planned(ledger, "nordlys", "distribute", target) for target in ("email", "letter")] == [True, False]
    assert not deliveries.is_planned(ledger, "fjord", "distribute", "ehf")


def test_open_documents_are_found_once_whatever_they_are_open_for(ledger: opened.Ledger) -> None:
    ids = record(ledger, 3, 1, 2)
    book(ledger, "accepted")
    ids += record(ledger, 4)
    assert list(deliveries.find_open_documents(ledger, "nordlys", PURPOSES, ["waiting"])) == ids
    assert list(deliveries.find_open_documents(ledger, "nordlys", ["book"], ["waiting"])) == ids[3:]
    assert not deliveries.find_open_documents(ledger, "fjord", PURPOSES, ["waiting"])


def test_bulk_copy_and_single_rows_write_the_same(ledger: opened.Ledger) -> None:
    ids = record(ledger, *range(700))
    assert len(set(ids)) == 700
    assert [row.number for row in documents.read(ledger, "nordlys", ids)] == [str(n) for n in range(700)]


def test_another_tenants_documents_are_never_seen(ledger: opened.Ledger) -> None:
    ids = record(ledger, 1)
    assert list(documents.read(ledger, "fjord", ids)) == []
    assert documents.find_known(ledger, "fjord", "poweroffice", ["id-1"]) == {}
    with pytest.raises(deliveries.MoveError):
        deliveries.move(
            ledger,
            "fjord",
            [row.id for row in deliveries.find_open(ledger, "nordlys", "book", ["waiting"])],
            "waiting",
            "held",
            "r",
        )
    with pytest.raises(sa.exc.IntegrityError), ledger.writing() as connection:
        connection.execute(sa.insert(tables.booking).values(tenant="fjord", document_id=ids[0], kid="1"))


def test_the_database_refuses_every_illegal_move(ledger: opened.Ledger) -> None:
    path = {"waiting": [], "held": ["held"], "planned": ["planned"], "cancelled": ["cancelled"], "sending": ["planned", "sending"]}
    path |= {final: ["planned", "sending", final] for final in ("accepted", "rejected", "in_doubt")}
    pairs = [(start, end) for start in states.STATES for end in states.STATES]
    for document_id, (start, end) in zip(record(ledger, *range(len(pairs))), pairs, strict=True):
        mine = (tables.delivery.c.purpose == "book", tables.delivery.c.document_id == document_id)
        change = sa.update(tables.delivery).where(*mine)
        for state in path[start]:
            with ledger.writing() as connection:
                connection.execute(change.values(state=state, target="t", natural_key="k"))
        legal = end == start or end in states.MOVES[start]
        with contextlib.nullcontext() if legal else pytest.raises(sa.exc.IntegrityError), ledger.writing() as connection:
            connection.execute(change.values(state=end, target="t", natural_key="k"))


@pytest.mark.parametrize(
    "statement",
    [
        "delete from delivery",
        "update delivery set state = 'planned'",
        "update delivery set state = 'lost'",
        "insert into delivery (id, tenant, document_id, purpose, revision_id, state, amount, currency, run, target, natural_key)"
        " select id + 100, tenant, document_id, 'pay', revision_id, 'accepted', 1, 'NOK', 'r', 't', 'k' from delivery limit 1",
        "insert into delivery (id, tenant, document_id, purpose, revision_id, state, amount, currency, run)"
        " select id + 100, tenant, document_id, purpose, revision_id, 'waiting', 1, 'NOK', 'r' from delivery limit 1",
    ],
)
def test_the_database_refuses_what_no_code_of_ours_does(ledger: opened.Ledger, statement: str) -> None:
    record(ledger, 1)
    with pytest.raises(sa.exc.IntegrityError), ledger.writing() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("column", ["target", "natural_key", "revision_id"])
def test_what_was_sent_cannot_be_changed(ledger: opened.Ledger, column: str) -> None:
    record(ledger, 1)
    book(ledger, "accepted")
    with pytest.raises(sa.exc.IntegrityError), ledger.writing() as connection:
        connection.execute(
            sa.update(tables.delivery).where(tables.delivery.c.purpose == "book").values({column: 99 if "id" in column else "x"})
        )


def test_a_new_revision_begins_again_only_what_nobody_was_sent(ledger: opened.Ledger) -> None:
    (document_id,) = record(ledger, 1)
    book(ledger, "accepted")
    recording.record_fetched(ledger, "nordlys", "poweroffice", "run-2", PURPOSES, [fetched(ledger, 1, text="mended", amount=99)])
    (row,) = documents.read(ledger, "nordlys", [document_id])
    assert row.canonical == b"<Invoice>1mended</Invoice>"
    (distribute,) = deliveries.find_open(ledger, "nordlys", "distribute", ["waiting"])
    assert distribute.revision_id == row.revision_id
    assert deliveries.find_states(ledger, "nordlys", "book", [document_id]) == {document_id: "accepted"}


def test_a_rejected_document_comes_back_with_its_mended_revision(ledger: opened.Ledger) -> None:
    record(ledger, 1)
    book(ledger, "rejected")
    assert all(c.adds_up for c in certificates.record(ledger, "nordlys", PURPOSES, "run-1", NOW))
    recording.record_fetched(ledger, "nordlys", "poweroffice", "run-2", PURPOSES, [fetched(ledger, 1, text="mended", amount=99)])
    book(ledger, "accepted", "run-2")
    made = {c.purpose: c for c in certificates.record(ledger, "nordlys", PURPOSES, "run-2", NOW)}
    assert all(c.adds_up for c in made.values())
    assert (made["book"].count.fetched, made["book"].count.accepted, made["book"].amount.accepted) == (1, 1, 99)
    assert made["distribute"].amount.corrected == 99 - 12_500


def test_a_finding_holds_its_purposes_until_its_station_withdraws_it(ledger: opened.Ledger) -> None:
    ids = record(ledger, 1, 2)
    missing = values.Finding(code="missing_postal_address", severity="block", holds=("distribute",))
    warning = values.Finding(code="ehf_rule_broken", severity="block", holds=("channel:ehf",))
    findings.record(ledger, "nordlys", "check", {ids[0]: [missing], ids[1]: []}, PURPOSES, "run-1")
    findings.record(ledger, "nordlys", "produce", {ids[1]: [warning]}, PURPOSES, "run-1")
    assert deliveries.find_states(ledger, "nordlys", "distribute", ids) == {ids[0]: "held", ids[1]: "waiting"}
    assert deliveries.find_states(ledger, "nordlys", "book", ids) == {ids[0]: "waiting", ids[1]: "waiting"}
    assert findings.read(ledger, "nordlys", ids) == {ids[0]: [missing], ids[1]: [warning]}
    findings.record(ledger, "nordlys", "check", {ids[0]: []}, PURPOSES, "run-2")
    assert deliveries.find_states(ledger, "nordlys", "distribute", ids)[ids[0]] == "waiting"


def test_certificates_chain_and_add_up_over_runs(ledger: opened.Ledger) -> None:
    ids = record(ledger, 1, 2, 3)
    skipped = documents.Skipped(
        source_key="s", kind="invoice", number="9", customer_number="1", amount=5, currency="NOK", reason="stopped"
    )
    recording.record_skipped(ledger, "nordlys", "poweroffice", "run-1", [skipped, skipped])
    findings.record(
        ledger, "nordlys", "check", {ids[0]: [values.Finding(code="x", severity="block", holds=("book",))]}, PURPOSES, "run-1"
    )
    book(ledger, "accepted")
    first = {c.purpose: c for c in certificates.record(ledger, "nordlys", PURPOSES, "run-1", NOW)}
    assert all(c.adds_up for c in first.values())
    count = first["book"].count
    assert (count.fetched, count.accepted, count.skipped, count.held, count.closing) == (4, 2, 1, 1, 1)
    assert first["book"].amount.held == 12_500
    findings.record(ledger, "nordlys", "check", {ids[0]: []}, PURPOSES, "run-2")
    book(ledger, "in_doubt", "run-2")
    second = {c.purpose: c for c in certificates.record(ledger, "nordlys", PURPOSES, "run-2", NOW)}
    assert all(c.adds_up for c in second.values())
    assert (second["book"].count.opening, second["book"].count.in_doubt) == (1, 1)
    assert second["book"].previous_hash == first["book"].hash
    assert certificates.verify_chain(ledger, "nordlys") == []
    with ledger.writing() as connection:
        connection.execute(sa.update(tables.certificate).where(tables.certificate.c.id == 1).values(run="forged"))
    assert 1 in certificates.verify_chain(ledger, "nordlys")


def test_a_lost_document_makes_the_certificate_fail(ledger: opened.Ledger) -> None:
    record(ledger, 1, 2)
    certificates.record(ledger, "nordlys", PURPOSES, "run-1", NOW)
    sqlite = ledger.engine.dialect.name == "sqlite"
    with ledger.writing() as connection:
        connection.exec_driver_sql("drop trigger delivery_delete" + ("" if sqlite else " on delivery"))
        connection.exec_driver_sql("delete from delivery where purpose = 'book' and document_id = 1")
    made = {c.purpose: c for c in certificates.record(ledger, "nordlys", PURPOSES, "run-2", NOW)}
    assert not made["book"].adds_up
    assert made["book"].count.difference == 1
    assert made["distribute"].adds_up


def test_a_slot_has_one_owner_until_its_lease_runs_out(ledger: opened.Ledger) -> None:
    assert slots.take(ledger, "nordlys", "intake", NOW, "a", NOW, LEASE)
    assert slots.take(ledger, "nordlys", "intake", NOW, "a", NOW, LEASE)
    assert not slots.take(ledger, "nordlys", "intake", NOW, "b", NOW, LEASE)
    assert slots.take(ledger, "fjord", "intake", NOW, "b", NOW, LEASE)
    later = NOW + dt.timedelta(minutes=3)
    assert slots.take(ledger, "nordlys", "intake", NOW, "b", later, LEASE)
    assert not slots.renew(ledger, "nordlys", "intake", NOW, "a", later)
    slots.conclude(ledger, "nordlys", "intake", NOW, "b", later, "42 hentet")
    assert not slots.take(ledger, "nordlys", "intake", NOW, "c", later + LEASE * 2, LEASE)
    assert slots.find_outcome(ledger, "nordlys", "intake", NOW) == "42 hentet"


def test_what_a_dead_run_left_is_in_doubt_and_the_log_says_who_found_it(ledger: opened.Ledger) -> None:
    book(ledger, "accepted")
    record(ledger, 2, 3)
    rows = deliveries.find_open(ledger, "nordlys", "book", ["waiting"])
    deliveries.plan(
        ledger, "nordlys", [deliveries.Planned(id=row.id, target="t", natural_key=f"k{row.id}") for row in rows], "dead"
    )
    deliveries.move(ledger, "nordlys", [row.id for row in rows], "planned", "sending", "dead")
    assert slots.take(ledger, "nordlys", "flow", NOW, "dead", NOW, LEASE)
    assert deliveries.release_abandoned(ledger, "nordlys", ("book",), "finder", NOW) == 0, "its lease has not run out"
    later = NOW + 2 * LEASE
    assert deliveries.release_abandoned(ledger, "nordlys", ("distribute",), "finder", later) == 0
    assert deliveries.release_abandoned(ledger, "nordlys", ("book",), "finder", later) == 2
    with ledger.reading() as connection:
        log = tables.transfer_log.c
        query = sa.select(log.delivery_id, log.at, log.run, log.target, log.natural_key, log.outcome, log.detail)
        said = connection.execute(query.where(log.run == "finder").order_by(log.id)).all()
    assert [one[:6] for one in said] == [(row.id, later, "finder", "t", f"k{row.id}", "in_doubt") for row in rows]
    assert all("dead" in one.detail for one in said)


def test_two_that_record_the_same_new_document_at_once_record_it_once(ledger: opened.Ledger) -> None:
    ledger.seals.key("nordlys", "document", "2026-11")
    rows, both = [fetched(ledger, number) for number in range(50)], threading.Barrier(2, timeout=10)

    def record_it(run: str) -> int:
        both.wait()
        return recording.record_fetched(ledger, "nordlys", "poweroffice", run, PURPOSES, rows)

    with futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(record_it, ("real", "dry"))) == [0, 50]


def test_the_migration_makes_exactly_the_tables_of_the_code(ledger: opened.Ledger) -> None:
    with ledger.writing() as connection:
        context = migration.MigrationContext.configure(connection, opts={"compare_type": True})
        assert autogenerate.compare_metadata(context, tables.metadata) == []


def test_a_ledger_that_was_never_migrated_is_refused(tmp_path: object) -> None:
    with pytest.raises(engines.LedgerError, match="fakturabro migrate"):
        opened.open_ledger(f"sqlite:///{tmp_path}/empty.db", b"0" * 32)
    with pytest.raises(engines.LedgerError, match="not on mysql"):
        engines.connect("mysql://x/y")


def test_content_that_changes_back_is_current_again(ledger: opened.Ledger) -> None:
    (document_id,) = record(ledger, 1)
    for text in ("mended", ""):
        recording.record_fetched(ledger, "nordlys", "poweroffice", "run-2", PURPOSES, [fetched(ledger, 1, text=text)])
        (row,) = documents.read(ledger, "nordlys", [document_id])
        assert row.canonical == f"<Invoice>1{text}</Invoice>".encode()
        assert {one.revision_id for one in deliveries.find_open(ledger, "nordlys", "book", ["waiting"])} == {row.revision_id}


def test_what_was_distributed_is_written_back_as_it_was_distributed(ledger: opened.Ledger) -> None:
    record(ledger, 1)
    (row,) = deliveries.find_open(ledger, "nordlys", "distribute", ["waiting"])
    deliveries.plan(ledger, "nordlys", [deliveries.Planned(id=row.id, target="ehf", natural_key="k")], "run-1")
    with ledger.writing() as connection:
        deliveries.reserve(connection, "nordlys", [row.id], "run-1")
    recording.record_fetched(ledger, "nordlys", "poweroffice", "run-2", PURPOSES, [fetched(ledger, 1, text="mended")])
    (back,) = deliveries.find_open(ledger, "nordlys", "write_back", ["waiting"])
    assert back.revision_id == row.revision_id
