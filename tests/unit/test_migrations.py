"""Every migration up and down with data in the ledger, on both databases: what was recorded is there afterwards."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.ledger import engine as engines
from fakturabro.ledger import operations, tables
from tests.unit import migrated_rows

DOCUMENT = (
    "insert into document (id, tenant, source, kind, source_key, number, customer_number, amount, currency, listing_hash, state,"
    " run) values (1, 'fjord', 'poweroffice', 'invoice', 'a', '10001', '1', 12500, 'NOK', '', 'fetched', 'r')"
)
DELIVERY = (
    "insert into delivery (id, tenant, document_id, purpose, revision_id, state, amount, currency, run)"
    " values (1, 'fjord', 1, 'book', 1, 'waiting', 12500, 'NOK', 'r')"
)
PLANNED = "update delivery set state = 'planned', target = 'factoring:1', natural_key = 'invoice 10001' where id = 1"
LOG = "insert into transfer_log (id, tenant, delivery_id, at, run, target, natural_key, outcome, detail{more}) values ({values})"
ANSWER = b"2026-11" + b"sealed bytes"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[sa.Engine]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}" if request.param == "sqlite" else request.getfixturevalue("empty_postgres")
    made = engines.connect(url)
    yield made
    made.dispose()


def say(engine: sa.Engine, *statements: str, **values: object) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), values)


def ask(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in connection.execute(sa.text(query))]


def fill_first_schema(engine: sa.Engine) -> None:
    engines.migrate(engine, "0001")
    say(engine, DOCUMENT, DELIVERY, PLANNED)
    say(
        engine,
        "insert into raw (id, tenant, kind, month, sha256, sealed) values (7, 'fjord', 'answer', '2026-11', :sha, :answer)",
        LOG.format(
            more=", answer_raw_id", values="1, 'fjord', 1, '2026-11-20 08:00:00', 'r', 'factoring:1', 'k', 'accepted', '', 7"
        ),
        sha=b"1" * 32,
        answer=ANSWER,
    )


def test_answers_move_into_the_log_and_back(engine: sa.Engine) -> None:
    fill_first_schema(engine)
    engines.migrate(engine)
    assert ask(engine, "select answer from transfer_log") == [(ANSWER,)]
    assert ask(engine, "select count(*) from raw") == [(0,)]
    say(
        engine,
        LOG.format(
            more=", answer", values="2, 'fjord', 1, '2026-11-20 08:00:00', 'r', 'factoring:1', 'k', 'accepted', '', :answer"
        ),
        answer=ANSWER + b"2",
    )
    engines.migrate_back(engine, "0001")
    back = "select r.kind, r.month, r.sealed from transfer_log l join raw r on r.id = l.answer_raw_id order by l.id"
    assert ask(engine, back) == [("answer", "2026-11", ANSWER), ("answer", "2026-11", ANSWER + b"2")]
    engines.migrate(engine)
    assert ask(engine, "select answer from transfer_log order by id") == [(ANSWER,), (ANSWER + b"2",)]


def test_moves_are_those_of_the_schema(engine: sa.Engine) -> None:
    fill_first_schema(engine)
    doubt = "update delivery set state = 'in_doubt' where id = 1"
    with pytest.raises(exc.DBAPIError, match="illegal move"):
        say(engine, doubt)
    engines.migrate(engine)
    with pytest.raises(exc.DBAPIError, match="illegal move"):
        say(engine, "update delivery set state = 'accepted' where id = 1")
    say(engine, doubt)
    engines.migrate_back(engine, "0001")
    with pytest.raises(exc.DBAPIError, match="illegal move"):
        say(engine, "update delivery set state = 'waiting' where id = 1")
    assert ask(engine, "select id, state, natural_key from delivery") == [(1, "in_doubt", "invoice 10001")]


def test_a_newer_revision_may_follow_from_the_third_schema_on_and_no_more_when_it_is_taken_back(engine: sa.Engine) -> None:
    anew = "update delivery set state = 'waiting', revision_id = revision_id + 1, target = null, natural_key = null where id = 1"
    accept = ("update delivery set state = 'sending' where id = 1", "update delivery set state = 'accepted' where id = 1")
    engines.migrate(engine, "0002")
    say(engine, DOCUMENT, DELIVERY.replace("'book'", "'distribute'"), PLANNED, *accept)
    for refused in (anew, "update delivery set revision_id = 2 where id = 1"):
        with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
            say(engine, refused)
    engines.migrate(engine)
    with pytest.raises(exc.DBAPIError, match="illegal move"):
        say(engine, anew.replace("revision_id + 1", "revision_id"))
    say(engine, anew, PLANNED, *accept)
    engines.migrate_back(engine, "0002")
    with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
        say(engine, anew)
    assert ask(engine, "select state, revision_id from delivery") == [("accepted", 2)]


def test_a_letter_may_follow_a_newer_revision_from_the_sixth_schema_on_also_where_an_opening_had_cancelled_it(
    engine: sa.Engine,
) -> None:
    anew = "update delivery set state = 'waiting', revision_id = revision_id + 1, natural_key = 'l2' where id = 1"
    engines.migrate(engine)
    say(engine, DOCUMENT, DELIVERY.replace("'book'", "'letter'"), PLANNED, "update delivery set state = 'cancelled' where id = 1")
    with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
        say(engine, "update delivery set state = 'waiting' where id = 1")
    say(engine, anew, PLANNED, "update delivery set state = 'sending' where id = 1")
    with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
        say(engine, anew)
    say(engine, "update delivery set state = 'accepted' where id = 1", anew, "update delivery set state = 'cancelled' where id = 1")
    engines.migrate_back(engine, "0005")
    with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
        say(engine, anew)


def test_a_transfer_may_follow_another_revision_from_the_tenth_schema_on_and_nothing_else_may(engine: sa.Engine) -> None:
    other = "update delivery set state = 'waiting', revision_id = {}, target = null, natural_key = null where id = 1"
    accept = (PLANNED, "update delivery set state = 'sending' where id = 1", "update delivery set state = 'accepted' where id = 1")
    engines.migrate(engine)
    say(engine, DOCUMENT, DELIVERY.replace("'book'", "'transfer'"), *accept)
    say(engine, other.format(7), *accept, other.format(1), *accept)  # changed, and changed back
    for refused in (other.format(1), other.format(7).replace("'waiting'", "'planned'"), other.format("7, purpose = 'attach'")):
        with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
            say(engine, refused)
    engines.migrate_back(engine, "0009")
    with pytest.raises(exc.DBAPIError, match=r"illegal move|what was sent"):
        say(engine, other.format(7))


def test_clients_pages_come_with_the_fourth_schema_and_go_without_leaving_sealed_reports(engine: sa.Engine) -> None:
    engines.migrate(engine, "0003")
    raw = "insert into raw (id, tenant, kind, month, sha256, sealed) values ({}, 'fjord', '{}', '2026-11', :sha, :answer)"
    key = "insert into data_key (tenant, kind, month, wrapped) values ('fjord', '{}', '2026-11', :sha)"
    say(engine, DOCUMENT, DELIVERY, PLANNED, raw.format(1, "pdf"), key.format("pdf"), sha=b"1" * 32, answer=ANSWER)
    engines.migrate(engine, "0004")
    say(
        engine,
        raw.format(2, "report"),
        key.format("report"),
        "insert into client_report (tenant, flow, first_day, last_day, made_at, language, headline, counts, html_raw_id,"
        " pdf_raw_id, xlsx_raw_id, content_raw_id) values ('fjord', 'f', '2026-11-23', '2026-11-23', '2026-11-23 08:00:00', 'nb',"
        " 'h', '{}', 2, 2, 2, 2)",
        "insert into client_session (hash, tenant, person, link_hash, began_at, seen_at) values ('h', 'fjord', 'p', 'l',"
        " '2026-11-23 08:00:00', '2026-11-23 08:00:00')",
        sha=b"2" * 32,
        answer=ANSWER,
    )
    assert ask(engine, "select id, headline from client_report") == [(1, "h")]
    for table in ("told_cause", "rule_use", "client_settings", "client_code"):
        assert ask(engine, f"select count(*) from {table}") == [(0,)]  # noqa: S608 our own names
    engines.migrate_back(engine, "0003")
    assert ask(engine, "select id, kind from raw") == [(1, "pdf")] and ask(engine, "select kind from data_key") == [("pdf",)]
    assert ask(engine, "select state from delivery") == [("planned",)]
    assert not {name for name in sa.inspect(engine).get_table_names() if name.startswith(("client_", "told_", "rule_"))}
    engines.migrate(engine)
    assert ask(engine, "select count(*) from client_report") == [(0,)]


def test_what_was_said_of_cards_goes_back_with_the_fourth_schema_so_that_an_older_version_can_purge(engine: sa.Engine) -> None:
    engines.migrate(engine, "0004")
    said = "values (1, 'fjord', 1, 'c', 'warn', '', 'x', {}, 'r'{})"
    finding = "insert into finding (id, tenant, document_id, code, severity, field, value, station, run, suggestion, holds) " + said
    log = "insert into finding_log (id, tenant, document_id, code, severity, field, value, station, run, came) " + said
    say(engine, DOCUMENT)
    for number, station in ((1, "'register'"), (2, "'check'")):
        for statement, more in ((finding, ", '', '[]'"), (log, ", true")):
            say(engine, statement.format(station, more).replace("values (1", f"values ({number}"))
    engines.migrate_back(engine, "0003")
    for table in ("finding", "finding_log"):
        assert ask(engine, f"select station from {table}") == [("check",)]  # noqa: S608 our own names


def test_twins_come_with_the_fifth_schema_and_go_with_what_they_hold(engine: sa.Engine) -> None:
    engines.migrate(engine, "0004")
    say(engine, DOCUMENT)
    engines.migrate(engine, "0005")
    assert ask(engine, "select count(*) from twin") == [(0,)], "what was recorded before has no key"
    say(engine, "insert into twin (tenant, document_id, key) values ('fjord', 1, 'k')")
    with pytest.raises(exc.IntegrityError):
        say(engine, "insert into twin (tenant, document_id, key) values ('fjord', 2, 'k')")
    engines.migrate_back(engine, "0004")
    assert "twin" not in sa.inspect(engine).get_table_names()
    say(engine, "delete from document")
    engines.migrate(engine)
    assert ask(engine, "select count(*) from twin") == [(0,)]


WHOLE_TABLES = ("approver", "choice", "claim", "decision", "journal_line", "ledger_lock", "link", "look", "secret")
WHOLE_TABLES += ("series_gap", "stop")
CLIENTS = {"client_report", "told_cause", "rule_use", "client_settings", "client_code", "client_session"}
PORTAL = {"portal_link", "portal_session", "portal_issue", "portal_miss", "opening", "bounce", "objection"}
BANK = {"bank_file", "payment", "payment_event", "creditor_account", "incoming", "allocation", "proposal", "account_statement"}
RETURNS = {"movement", "unread_movement", "settlement", "return_voucher", "told_status", "reconciliation"}
SYNC = {"pair", "pair_verdict", "remembered_customer", "watermark", "sync_plan", "cost"}
LOST = {
    "0009": SYNC,
    "0008": RETURNS,
    "0007": {"payment_event.movement", "payment.reference_kind", "payment.plain"},
    "0006": BANK,
    "0004": {*PORTAL, "brand_file", "print_receipt", "receiver", "twin", "certificate.ehf_rules", "rendition.rules"},
    "0003": CLIENTS,
    "0002": {"renewed", "finding_log", "claim.outcome", "claim.at", "delivery.reported_revision_id"},
    "0001": {*WHOLE_TABLES, "certificate.counted", "transfer_log.answer"},
}
"""What going back to an older schema loses, as docs/recovering.md says; answers go back among the raw bytes."""


def lost(before: migrated_rows.Rows, after: migrated_rows.Rows) -> set[str]:
    gone = migrated_rows.find_lost(before, after)
    return {table if table not in after else name if "." in name else f"{table}.{name}" for table in gone for name in gone[table]}


def fill(engine: sa.Engine, rows: migrated_rows.Rows, *statements: str) -> migrated_rows.Rows:
    """Write these rows; what stands then, in every table."""
    with engine.begin() as connection:
        migrated_rows.insert(connection, rows)
    say(engine, *statements)
    standing = migrated_rows.look(engine)
    assert all(standing.values()), [table for table, found in standing.items() if not found]
    return standing


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    """At the newest schema, with rows in every table, written before each step; nothing was lost on the way up."""
    engines.migrate(engine, "0001")
    first = fill(engine, migrated_rows.FIRST, *migrated_rows.SENT)
    engines.migrate(engine, "0002")
    assert [row["id"] for row in migrated_rows.look(engine)["raw"]] == [5, 6]
    assert lost({**first, "raw": []} | {"raw": first["raw"][:2]}, migrated_rows.look(engine)) == {"transfer_log.answer_raw_id"}
    second = fill(engine, migrated_rows.SECOND, migrated_rows.COUNTED)
    engines.migrate(engine, "0003")
    assert lost(second, migrated_rows.look(engine)) == set()
    assert ask(engine, "select outcome, at is null from claim") == [("in_doubt", False)]
    third = fill(engine, migrated_rows.THIRD, "update delivery set reported_revision_id = 1 where id = 2")
    engines.migrate(engine, "0004")
    assert lost(third, migrated_rows.look(engine)) == set()
    fourth = fill(engine, migrated_rows.FOURTH)
    engines.migrate(engine, "0006")
    assert lost(fourth, migrated_rows.look(engine)) == set()
    fifth = fill(engine, migrated_rows.FIFTH)
    engines.migrate(engine, "0007")
    assert lost(fifth, migrated_rows.look(engine)) == set()
    sixth = fill(engine, migrated_rows.SIXTH)
    engines.migrate(engine, "0009")
    assert lost(sixth, migrated_rows.look(engine)) == set()
    seventh = fill(engine, migrated_rows.SEVENTH)
    engines.migrate(engine)
    assert lost(seventh, migrated_rows.look(engine)) == set()
    eighth = fill(engine, migrated_rows.EIGHTH)
    assert {*eighth} == {*tables.metadata.tables} > {operations.stop.name, *CLIENTS}
    return engine


def test_every_table_keeps_its_rows_up_and_down_but_for_what_is_said(filled: sa.Engine) -> None:
    standing = migrated_rows.look(filled)
    for older in ("0009", "0008", "0007", "0006", "0004", "0003", "0002", "0001"):
        engines.migrate_back(filled, older)
        back = migrated_rows.look(filled)
        answers = [row for row in back["raw"] if row["kind"] == "answer"]
        assert lost(standing, {**back, "raw": [row for row in back["raw"] if row not in answers]}) == LOST[older]
        assert [row["sealed"] for row in answers] == ([] if older > "0001" else [b"2026-11sealed answer", b"2026-11sealed anew"])
        standing = back
        if older == "0009":  # no older version knows that side
            standing["bank_file"] = [row for row in back["bank_file"] if row["side"] != "factoring"]
    engines.migrate(filled)
    again = migrated_rows.look(filled)
    kept = {**standing, "raw": [row for row in standing["raw"] if row["kind"] != "answer"]}
    assert lost(kept, again) == {"transfer_log.answer_raw_id"}
    assert {table for table, rows in again.items() if not rows} == {
        *WHOLE_TABLES,
        "renewed",
        "finding_log",
        *CLIENTS,
        *PORTAL,
        *BANK,
        *RETURNS,
        *SYNC,
        "brand_file",
        "print_receipt",
        "receiver",
        "twin",
    }


@pytest.mark.parametrize("older", ["0002", "0001"])
def test_new_rows_get_new_ids_after_going_back_and_up_again(filled: sa.Engine, older: str) -> None:
    engines.migrate_back(filled, older)
    new = [_anew("raw", row) for row in migrated_rows.FIRST["raw"]]
    with filled.begin() as connection:
        migrated_rows.insert(connection, {"raw": new})
    engines.migrate(filled)
    say(filled, "delete from stop")
    for rows in (migrated_rows.FIRST, migrated_rows.SECOND, migrated_rows.THIRD):
        numbered = {table: some[-1:] for table, some in rows.items() if "id" in some[0] and table not in ("renewed", "raw")}
        with filled.begin() as connection:
            migrated_rows.insert(connection, {table: [_anew(table, row) for row in some] for table, some in numbered.items()})


def _anew(table: str, row: dict[str, object]) -> dict[str, object]:
    """The same row as another one, without an id of its own."""
    other = {"hash": b"x" if table == "revision" else "x", "sha256": b"x", "source_key": "x", "purpose": "x", "previous_hash": "x"}
    return {name: other.get(name, value) for name, value in row.items() if name not in ("id", "answer_raw_id")}


def test_answers_that_were_purged_go_back_too(engine: sa.Engine) -> None:
    """Of each nothing is left but its month, so they are all the same bytes."""
    engines.migrate(engine)
    rows: migrated_rows.Rows = {name: migrated_rows.FIRST[name] for name in ("document", "delivery")}
    purged = [{**row, "id": n, "answer": b"2026-11"} for row in migrated_rows.FIRST["transfer_log"][:1] for n in (1, 2, 3)]
    with engine.begin() as connection:
        migrated_rows.insert(connection, {**rows, "transfer_log": [*purged, {**purged[0], "id": 4, "answer": b"2026-12"}]})
    engines.migrate_back(engine, "0001")
    back = "select l.id, r.month, r.sealed from transfer_log l join raw r on r.id = l.answer_raw_id order by l.id"
    assert ask(engine, back) == [*((n, "2026-11", b"2026-11") for n in (1, 2, 3)), (4, "2026-12", b"2026-12")]
    engines.migrate(engine)
    assert ask(engine, "select answer from transfer_log order by id") == [(b"2026-11",)] * 3 + [(b"2026-12",)]


def test_down_to_nothing_and_up_again(engine: sa.Engine) -> None:
    engines.migrate(engine)
    engines.migrate_back(engine, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    engines.migrate(engine)
    assert "delivery" in sa.inspect(engine).get_table_names()
