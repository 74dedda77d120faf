"""`certificate verify`: whatever is changed behind the ledger's back after it was certified is found, and named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from console import certificates as console_certificates
from fakturabro.domain import findings as values
from fakturabro.ledger import audits, certificates, deliveries, documents, findings, opened, proofs, raws, recording, tables

TENANT = "nordlys"
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
PURPOSES = ("book", "distribute", "write_back")


def fetched(ledger: opened.Ledger, number: int, text: str = "", amount: int = 12_500) -> documents.Fetched:
    key = ledger.seals.key(TENANT, "document", "2026-11")
    body = f"<Invoice>{number}{text}</Invoice>".encode()
    return documents.Fetched(
        source_key=f"id-{number}",
        kind="invoice",
        number=str(number),
        customer_number="10001",
        amount=amount + number,
        currency="NOK",
        listing_hash=text,
        hash=text.encode().ljust(32, b"0"),
        raw=raws.seal(key, "document", body),
        canonical=key.seal(body),
    )


def take_in(ledger: opened.Ledger, run: str, *rows: documents.Fetched) -> None:
    recording.record_fetched(ledger, TENANT, "poweroffice", run, PURPOSES, rows)


def settle(ledger: opened.Ledger, purpose: str, outcomes: dict[int, str], run: str) -> None:
    """Plan, send and answer what waits; `outcomes` by document id, others are accepted."""
    waiting = deliveries.find_open(ledger, TENANT, purpose, ["waiting"])
    rows = [deliveries.Planned(id=row.id, target="factoring:1", natural_key=f"{purpose}-{row.document_id}") for row in waiting]
    deliveries.plan(ledger, TENANT, rows, run)
    deliveries.move(ledger, TENANT, [row.id for row in rows], "planned", "sending", run)
    answers = [
        deliveries.Answer(
            delivery_id=row.id,
            target="factoring:1",
            natural_key=f"{purpose}-{row.document_id}",
            outcome=outcomes.get(row.document_id, "accepted"),
            sent_raw_id=row.document_id,
        )
        for row in waiting
    ]
    deliveries.record_answers(ledger, TENANT, answers, run, NOW, TODAY)


def certify(ledger: opened.Ledger, run: str, day: int = 0) -> None:
    assert all(one.adds_up for one in certificates.record(ledger, TENANT, PURPOSES, run, NOW + dt.timedelta(days=day)))


@pytest.fixture
def history(ledger: opened.Ledger) -> opened.Ledger:
    """Four runs: accepted, rejected and reopened, corrected, held, skipped, cancelled and open documents."""
    take_in(ledger, "run-1", *(fetched(ledger, n) for n in range(1, 7)))
    skipped = documents.Skipped(
        source_key="s", kind="invoice", number="9", customer_number="1", amount=5, currency="NOK", reason="stopped"
    )
    recording.record_skipped(ledger, TENANT, "poweroffice", "run-1", [skipped])
    holding = values.Finding(code="x", severity="block", holds=("book",))
    findings.record(ledger, TENANT, "check", {1: [holding]}, PURPOSES, "run-1")
    settle(ledger, "book", {2: "rejected", 3: "rejected", 4: "in_doubt"}, "run-1")
    certify(ledger, "run-1")
    take_in(ledger, "run-2", fetched(ledger, 2, "mended", 99), fetched(ledger, 5, "mended", 7))
    deliveries.cancel(ledger, TENANT, [6], ["distribute", "write_back"], "run-2", TODAY)
    certify(ledger, "run-2", 1)
    settle(ledger, "book", {}, "run-3")
    settle(ledger, "distribute", {3: "rejected"}, "run-3")
    certify(ledger, "run-3", 2)
    take_in(ledger, "run-4", fetched(ledger, 7))
    certify(ledger, "run-4", 3)
    assert audits.find_faults(ledger, TENANT) == []
    return ledger


def unguard(ledger: opened.Ledger) -> None:
    """Take away what would stop us: triggers, and foreign keys on SQLite."""
    with ledger.engine.connect() as connection:
        if ledger.engine.dialect.name == "sqlite":
            names = connection.exec_driver_sql("select name from sqlite_master where type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"drop trigger {name}")
            connection.commit()
            connection.exec_driver_sql("commit")
            connection.exec_driver_sql("pragma foreign_keys=off")
            connection.exec_driver_sql("begin")
        else:
            connection.exec_driver_sql("alter table delivery disable trigger user")
            connection.commit()


def forgeries(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[str, int, Any, sa.Update]]:
    """(column, row id, old value, update) for every column of every row of the tenant."""
    for row in connection.execute(sa.select(table).where(table.c.tenant == TENANT).order_by(table.c.id)).mappings().all():
        for column in table.columns:
            old = row[column.name]
            yield (
                column.name,
                row["id"],
                old,
                sa.update(table).where(table.c.id == row["id"]).values({column.name: other(column, old)}),
            )


def other(column: sa.Column[Any], old: Any) -> Any:
    if column.name == "state":
        return {"accepted": "rejected", "rejected": "cancelled", "cancelled": "rejected"}.get(
            old, "held" if old == "waiting" else "waiting"
        )
    if isinstance(column.type, sa.JSON):
        return {**old, "forged": [[1, 1, "0"]]}
    if isinstance(column.type, tables.UtcTime):
        return old + dt.timedelta(seconds=1)
    if isinstance(column.type, sa.Date):
        return dt.date(2020, 1, 1) if old is None else old + dt.timedelta(days=1)
    if isinstance(column.type, sa.Text):
        return (old or "") + "x"
    return (old or 0) + 1_000 if column.name == "id" else (old or 0) + 1


def find_undetected(ledger: opened.Ledger, table: sa.Table, rows: Sequence[int] = ()) -> set[tuple[str, int]]:
    """The forgeries of one column of one row that `find_faults` does not see, each undone before the next."""
    unguard(ledger)
    unseen: set[tuple[str, int]] = set()
    with ledger.engine.connect() as connection:
        tried = [one for one in forgeries(connection, table) if not rows or one[1] in rows]
    for column, row_id, old, update in tried:
        try:
            with ledger.writing() as connection:
                connection.execute(update)
        except sa.exc.IntegrityError:
            continue  # the database itself refuses it
        if not audits.find_faults(ledger, TENANT):
            unseen.add((column, row_id))
        key = table.c.id == (row_id + 1_000 if column == "id" else row_id)
        with ledger.writing() as connection:
            connection.execute(sa.update(table).where(key).values({column: old}))
    assert audits.find_faults(ledger, TENANT) == []
    return unseen


def test_no_column_of_a_certificate_can_be_changed_unseen(history: opened.Ledger) -> None:
    unseen = find_undetected(history, tables.certificate, [1, 4, 7])
    assert {column for column, _ in unseen} <= {"id"}, unseen
    assert 1 not in {row for _, row in unseen}  # an id that rows are marked with, or that changes the order, is seen too


def test_no_column_of_a_settled_delivery_can_be_changed_unseen(history: opened.Ledger) -> None:
    with history.reading() as connection:
        columns = (tables.delivery.c.id, tables.delivery.c.state, tables.delivery.c.settled_in, tables.delivery.c.entered_in)
        all_rows = connection.execute(sa.select(*columns).order_by(tables.delivery.c.id)).all()
    rows = list({(state, a is None, b is None): (i, a, b) for i, state, a, b in all_rows}.values())  # one of each sort
    settled = {i for i, settled_in, _ in rows if settled_in is not None}
    counted = {i for i, _, entered_in in rows if entered_in is not None}
    assert (len(settled), len(counted - settled)) == (3, 3)
    unseen = find_undetected(history, tables.delivery, [i for i, _, _ in rows])
    # Which revision operators were told of afterwards is no part of what was certified.
    assert {column for column, row in unseen if row in settled} <= {"reported_revision_id"}
    # What is open has not been said to be anything but open, of an amount: it may still move, and be planned anew.
    open_columns = {column for column, row in unseen if row in counted - settled}
    assert open_columns <= {"id", "document_id", "revision_id", "state", "target", "natural_key", "run", "settled_on"} | {
        "entered_in",
        "reported_revision_id",
    }
    assert not {"amount", "corrected", "tenant", "purpose", "currency", "settled_in"} & open_columns


def test_what_was_read_and_sent_is_part_of_the_proof(history: opened.Ledger) -> None:
    for statement in (
        "update raw set sha256 = {} where id = 4",
        "update revision set raw_id = 2 where document_id = 4",
        "update transfer_log set sent_raw_id = 1 where outcome = 'accepted' and sent_raw_id = 5",
        "update transfer_log set outcome = 'rejected' where outcome = 'accepted' and sent_raw_id = 5",
        "delete from transfer_log where outcome = 'accepted' and sent_raw_id = 5",
        "update document set source_key = 'x' where id = 5",
    ):
        binary = "x'00'" if history.engine.dialect.name == "sqlite" else "'\\x00'::bytea"
        with history.engine.connect() as connection:
            connection.exec_driver_sql(statement.replace("{}", binary))
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(audits, "_one_moment", lambda _, c=connection: Borrowed(c))
                assert audits.find_faults(history, TENANT), statement
            connection.rollback()


class Borrowed:
    """A connection that stays open at the end of a `with`, so that what it changed can be looked at and rolled back."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> sa.Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        return None


@pytest.mark.parametrize(
    "statement",
    [
        "delete from certificate where id = 1",
        "delete from certificate where id = (select max(id) from certificate)",
        "delete from certificate where purpose = 'book' and id = (select max(id) from certificate where purpose = 'book')",
        "update certificate set id = -id where id in (1, 4)",
        "insert into certificate (id, tenant, purpose, currency, run, at, figures, previous_hash, hash) select 999, tenant,"
        " purpose, currency, run, at, figures, hash, 'x' from certificate where id = (select max(id) from certificate)",
        "delete from delivery where purpose = 'book' and document_id = 1",
        "delete from delivery where purpose = 'book' and document_id = 3",
        "delete from delivery where purpose = 'book' and document_id = 5",
        "insert into delivery (id, tenant, document_id, purpose, revision_id, state, target, natural_key, amount, currency, run,"
        " entered_in, settled_in) select 900, tenant, 7, 'again', revision_id, state, target, natural_key, amount, currency, run,"
        " entered_in, settled_in from delivery where purpose = 'book' and document_id = 5",
        "insert into delivery (id, tenant, document_id, purpose, revision_id, state, amount, currency, run, entered_in)"
        " select 900, tenant, 7, 'book2', revision_id, 'waiting', 0, currency, run, 1 from delivery where document_id = 5"
        " and purpose = 'book'",
        "update delivery set amount = amount + 1 where id = 4",
        "update delivery set state = 'waiting', settled_in = null where purpose = 'book' and document_id = 5",
        "update delivery set state = 'waiting', settled_in = null, entered_in = null where purpose = 'book' and document_id = 5",
        "update delivery set state = 'accepted' where purpose = 'book' and document_id = 1",
        "update document set amount = amount + 1 where state = 'skipped'",
    ],
)
def test_rows_removed_inserted_swapped_and_moved_are_found(history: opened.Ledger, statement: str) -> None:
    unguard(history)
    before = "update delivery set target = 't', natural_key = 'k' where purpose = 'book' and document_id = 1"
    with history.writing() as connection:
        connection.exec_driver_sql(before)
        connection.exec_driver_sql(statement)
    assert audits.find_faults(history, TENANT)


def test_the_command_names_the_row_and_the_ends_of_the_chains(history: opened.Ledger) -> None:
    lines, whole = console_certificates.verify(history, [])
    assert whole
    assert lines[0] == "nordlys: alt stemmer, 3 kjeder."
    assert len(lines) == 4
    with history.writing() as connection:
        connection.execute(sa.update(tables.certificate).where(tables.certificate.c.id == 4).values(run="forged"))
    lines, whole = console_certificates.verify(history, [TENANT], ["abcdef0123456789"])
    assert not whole
    said = "nordlys: Leveringsattest 4 er endret, flyttet eller satt inn, eller attesten foran den er borte."
    assert said in lines
    assert "nordlys: Leveringsattest abcdef0123456789 (hash) står ikke i noen kjede: attester er fjernet eller skrevet om." in lines
    assert console_certificates.verify(history, ["fjord"]) == (["fjord: alt stemmer, 0 kjeder."], True)


def test_a_changed_row_is_named(history: opened.Ledger) -> None:
    unguard(history)
    with history.writing() as connection:
        mine = (tables.delivery.c.purpose == "book", tables.delivery.c.document_id == 5)
        (row_id,) = connection.execute(sa.select(tables.delivery.c.id).where(*mine)).scalars()
        connection.execute(sa.update(tables.delivery).where(*mine).values(natural_key="another"))
    assert audits.find_faults(history, TENANT) == [
        audits.Fault(table="delivery", row=str(row_id), code="counted", purpose="book", currency="NOK")
    ]


def test_a_chain_forged_from_there_on_is_found_by_a_hash_kept_elsewhere(history: opened.Ledger) -> None:
    ends = audits.find_ends(history, TENANT)
    kept = [hash_[:16] for hash_ in ends.values()]
    assert audits.find_faults(history, TENANT, kept) == []
    with history.writing() as connection:
        newest = sa.select(sa.func.max(tables.certificate.c.id)).scalar_subquery()
        connection.execute(sa.delete(tables.certificate).where(tables.certificate.c.id == newest))
    assert "witness" in {fault.code for fault in audits.find_faults(history, TENANT, kept)}


def test_many_rows_are_committed_to_in_stretches(ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "STRETCHES", 4)
    take_in(ledger, "run-1", *(fetched(ledger, n) for n in range(1, 31)))
    settle(ledger, "book", dict.fromkeys(range(1, 31, 3), "rejected"), "run-1")
    certify(ledger, "run-1")
    with ledger.reading() as connection:
        counted = connection.execute(
            sa.select(tables.certificate.c.counted).where(tables.certificate.c.purpose == "book")
        ).scalar_one()
    assert [len(counted[name]) for name in ("final", "rejected")] == [4, 10]
    take_in(ledger, "run-2", fetched(ledger, 4, "mended"))
    certify(ledger, "run-2", 1)
    assert audits.find_faults(ledger, TENANT) == []
    unguard(ledger)
    with ledger.writing() as connection:
        connection.exec_driver_sql("update delivery set natural_key = 'x' where purpose = 'book' and document_id = 15")
    (fault,) = audits.find_faults(ledger, TENANT)
    first, last = map(int, fault.row.split("-"))
    assert first <= 15 * 3 <= last + 3
