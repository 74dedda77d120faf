"""`certificate verify` finds any change of what a certificate counted: each table, each text, beside others; a purge is none."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from fakturabro.domain import findings as found_values
from fakturabro.domain import parties
from fakturabro.ledger import (
    audits,
    certificates,
    changes,
    deliveries,
    details,
    documents,
    findings,
    lives,
    opened,
    proofs,
    purging,
    raws,
    recording,
    retention,
    tables,
)

TENANT, MONTH, LATER = "nordlys", "2021-11", "2021-12"
NOW = dt.datetime(2021, 11, 22, 7, 0, tzinfo=dt.UTC)
PURPOSES = ("book", "distribute")
FORGERIES = {
    "number": "update document set number = '9999' where id = 2",
    "customer number": "update document set customer_number = '1' where id = 2",
    "customer number taken away": "update document set customer_number = '' where id = 2",
    "amount of the document": "update document set amount = amount + 1 where id = 2",
    "kid": "update booking set kid = '12345' where document_id = 2",
    "kid taken away": "delete from booking where document_id = 2",
    "channel": "update booking set channel = 'letter' where document_id = 2",
    "detail": "update transfer_log set detail = 'forged' where id = 2",
    "detail taken away": "update transfer_log set detail = '' where id = 2",
    "time": "update transfer_log set at = '2020-01-01 00:00:00.000000' where id = 2",
    "key in the log": "update transfer_log set natural_key = 'forged' where id = 2",
    "answer": "update transfer_log set answer = {} where id = 2",
    "answer cut": "update transfer_log set answer = substr(answer, 1, 7) where id = 2",
    "log line deleted": "delete from transfer_log where outcome = 'in_doubt' and delivery_id = 3",
    "bytes": "update raw set sealed = {} where id = 2",
    "bytes of another": "update raw set sealed = (select sealed from raw where id = 1) where id = 2",
    "bytes cut": "update raw set sealed = substr(sealed, 1, 7) where id = 2",
    "canonical": "update revision set canonical = {} where document_id = 2",
    "canonical cut": "update revision set canonical = substr(canonical, 1, 7) where document_id = 2",
    "content hash": "update revision set hash = {} where document_id = 2",
    "recipient": "update recipient set sealed = {} where document_id = 2",
    "recipient cut": "update recipient set sealed = substr(sealed, 1, 7) where document_id = 2",
    "recipients of another": "update recipient set sealed = (select sealed from recipient where document_id = 3)",
    "recipient taken away": "delete from recipient where document_id = 2",
    "rendition": "update rendition set raw_id = 1 where revision_id = 2",
    "rendition taken away": "delete from rendition where revision_id = 2",
    "key of the month": "delete from data_key where kind = 'document'",
}


def fetched(ledger: opened.Ledger, number: int, text: str = "") -> documents.Fetched:
    key = ledger.seals.key(TENANT, "document", MONTH)
    return documents.Fetched(
        source_key=f"id-{number}",
        kind="invoice",
        number=str(number),
        customer_number="10001",
        amount=12_500 + len(text),
        currency="NOK",
        listing_hash=text,
        hash=text.encode().ljust(32, b"0"),
        raw=raws.seal(key, "document", f"<Invoice>{number}{text}</Invoice>".encode()),
        canonical=key.seal(b"{}"),
    )


def settle(ledger: opened.Ledger, purpose: str, target: str, outcome: str = "accepted", anew: int = 0) -> None:
    """Send what waits (`anew`: with a key of its own): first in doubt, then settled, each with a text and an answer."""
    waiting = deliveries.find_open(ledger, TENANT, purpose, ["waiting"])
    rows = [deliveries.Planned(id=row.id, target=target, natural_key=f"{purpose}-{row.document_id + 10 * anew}") for row in waiting]
    deliveries.plan(ledger, TENANT, rows, "run")
    deliveries.move(ledger, TENANT, [row.id for row in rows], "planned", "sending", "run")
    key = ledger.seals.key(TENANT, "answer", MONTH)
    for start, end in (("sending", "in_doubt"), ("in_doubt", outcome)):
        answers = [
            deliveries.Answer(
                delivery_id=row.id,
                target=target,
                natural_key=row.natural_key,
                outcome=end,
                detail=f"{end} for kari@firma.no",
                sent_raw_id=raw_id,
                answer=key.seal(b"{}"),
            )
            for raw_id, row in enumerate(rows, 1)
        ]
        deliveries.record_answers(ledger, TENANT, answers, "run", NOW, NOW.date(), start=start)


def make(ledger: opened.Ledger, *ids: int, month: str = MONTH) -> None:
    """Settle the recipients of these documents, and make their PDFs."""
    to = {i: parties.Recipient(name="Kari", customer_number="10001") for i in ids}
    details.record_recipients(ledger, TENANT, ledger.seals.key(TENANT, "recipient", month), to)
    pdf = ledger.seals.key(TENANT, "pdf", month)
    made = [details.Rendition(revision_id=i, format="pdf", data=raws.seal(pdf, "pdf", b"%%PDF %d" % i)) for i in ids]
    details.record_renditions(ledger, TENANT, made)


@pytest.fixture
def certified(ledger: opened.Ledger) -> opened.Ledger:
    """See `certify`."""
    certify(ledger)
    return ledger


def certify(ledger: opened.Ledger) -> None:
    """Three documents, booked, distributed as PDF, certified."""
    recording.record_fetched(ledger, TENANT, "poweroffice", "run", PURPOSES, [fetched(ledger, n) for n in (1, 2, 3)])
    details.record_kids(ledger, TENANT, {i: f"00{i}" for i in (1, 2, 3)})
    make(ledger, 1, 2, 3)
    settle(ledger, "book", "factoring:1")
    settle(ledger, "distribute", "email")
    details.record_reported_channels(ledger, TENANT, dict.fromkeys((1, 2, 3), "email"))
    assert all(one.adds_up for one in certificates.record(ledger, TENANT, PURPOSES, "run", NOW))
    assert audits.find_faults(ledger, TENANT) == []


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_is_found(certified: opened.Ledger, name: str) -> None:
    binary = "x'00'" if certified.engine.dialect.name == "sqlite" else "'\\x00'::bytea"
    with certified.writing() as connection:
        assert connection.exec_driver_sql(FORGERIES[name].replace("{}", binary)).rowcount >= 1
    assert audits.find_faults(certified, TENANT)


def test_what_comes_later_by_right_is_no_fault(certified: opened.Ledger) -> None:
    found = found_values.Finding(code="x", severity="warn", value="v")
    for some in ([found], []):
        findings.record(certified, TENANT, "check", {2: some}, PURPOSES, "run-2")
    line = {"id": 900, "tenant": TENANT, "delivery_id": 3, "at": NOW, "run": "run-2", "target": "", "natural_key": ""}
    later = sa.insert(tables.transfer_log).values(**line, outcome="in_doubt", detail="a decision")
    with certified.writing() as connection:
        connection.execute(later)
        connection.execute(sa.update(tables.booking).values(channel=None))
    recording.record_fetched(certified, TENANT, "poweroffice", "run-2", PURPOSES, [fetched(certified, 2, "changed at its source")])
    assert audits.find_faults(certified, TENANT) == []


def purge(ledger: opened.Ledger, today: dt.date) -> list[str]:
    going = [one for one in retention.find_candidates(ledger, TENANT, today) if one.may_go(today)]
    return [one.kind for one in going if purging.purge(ledger, TENANT, one)]


@pytest.mark.parametrize("today", [dt.date(2025, 7, 1), dt.date(2027, 1, 1)])
def test_after_a_purge_all_that_remains_is_still_proven(certified: opened.Ledger, today: dt.date) -> None:
    assert purge(certified, today)
    assert audits.find_faults(certified, TENANT) == []
    remains = [
        "update transfer_log set natural_key = 'forged' where id = 2",
        "update transfer_log set detail = 'forged' where id = 2",
        "update recipient set sealed = {} where document_id = 2",
        "update revision set hash = {} where document_id = 2",
        "update delivery set run = 'forged' where id = 3",
    ]
    if today.year == 2027:
        remains += ["update document set customer_number = '1' where id = 2", "update raw set sealed = {} where id = 2"]
        remains += ["insert into booking (tenant, document_id, kid) values ('nordlys', 2, '1')"]
    binary = "x'00'" if certified.engine.dialect.name == "sqlite" else "'\\x00'::bytea"
    for statement in remains:
        with certified.engine.connect() as connection:
            connection.exec_driver_sql(statement.replace("{}", binary))
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(audits, "_one_moment", lambda _, c=connection: _Borrowed(c))
                assert audits.find_faults(certified, TENANT), statement
            connection.rollback()
    life = lives.read(certified, TENANT, 2)
    proven = [one for one in life.chain if "row" in one]
    assert [one["purpose"] for one in proven] == ["book", "distribute"]
    assert all("" in one["row"] and f"answer/{MONTH}" in one["gone"] for one in proven)


class _Borrowed:
    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> sa.Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        return None


def test_a_reopened_row_does_not_hide_its_neighbour(ledger: opened.Ledger) -> None:
    rows = [fetched(ledger, n) for n in range(1, 602)]
    recording.record_fetched(ledger, TENANT, "poweroffice", "run", ("book",), rows)
    settle(ledger, "book", "factoring:1", "rejected")
    certificates.record(ledger, TENANT, ("book",), "run", NOW)
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-2", ("book",), [fetched(ledger, 1, "mended")])
    assert audits.find_faults(ledger, TENANT) == []
    with ledger.writing() as connection:
        connection.exec_driver_sql("update delivery set natural_key = 'forged' where document_id = 2")
    assert [(one.table, one.row, one.code) for one in audits.find_faults(ledger, TENANT)] == [("delivery", "2", "counted")]


def test_findings_are_kept_as_they_came_and_went(ledger: opened.Ledger) -> None:
    recording.record_fetched(ledger, TENANT, "poweroffice", "run", PURPOSES, [fetched(ledger, 1)])
    found = found_values.Finding(code="email_refused", severity="warn", value="kari@firma.no")
    for run, some in (("run-1", [found]), ("run-2", [found]), ("run-3", [])):
        findings.record(ledger, TENANT, "check", {1: some}, PURPOSES, run)
    steps = lives.read(ledger, TENANT, 1).steps
    changes = [(s.kind, s.said["run"], s.said["code"]) for s in steps if s.kind in ("came", "went", "found")]
    assert changes == [("came", "run-1", "email_refused"), ("went", "run-3", "email_refused")]


AS_CERTIFIED = (
    "id = 6",
    "settled_in = 1",
    "document_id = 1",
    "purpose = 'book'",
    "revision_id = 4",
    "state = 'rejected'",
    "target = 'ehf'",
    "natural_key = 'forged'",
    "amount = amount + 1",
    "currency = 'SEK'",
    "run = 'forged'",
    "settled_on = '2020-01-01'",
    "entered_in = 1",
    "recipient = {}",
)
SENT_ANEW = {
    **{change: "update renewed set {change} where id = 4".replace("{change}", change) for change in AS_CERTIFIED},
    "recipient as certified, cut": "update renewed set recipient = substr(recipient, 1, 7) where id = 4",
    "recipient as certified, taken away": "update renewed set recipient = null where id = 4",
    "what was certified deleted": "delete from renewed where id = 4",
    "a neighbour": "update delivery set run = 'forged' where id = 6",
    "a neighbour moved aside": "insert into renewed ({columns}) select {delivery} from delivery where id = 6",
    "another one under a certificate": "insert into renewed ({columns}) select {renewed} from renewed",
    "another one under none": "insert into renewed ({columns}) select {foreign} from renewed",
    "a line of what was certified": "update transfer_log set run = 'forged' where delivery_id = 4 and natural_key = 'distribute-2'",
    "the revision as certified": "update revision set hash = {} where id = 2",
    "what was made as certified": "update rendition set raw_id = 1 where revision_id = 2",
}
_COLUMNS = [column.name for column in tables.renewed.c]


def columns(**instead: str) -> str:
    return ", ".join(instead.get(name, name) for name in _COLUMNS)


@pytest.fixture
def renewed(certified: opened.Ledger) -> opened.Ledger:
    """See `renew`."""
    renew(certified)
    return certified


def renew(certified: opened.Ledger) -> None:
    """Send document 2 anew, to another recipient, and certify it again."""
    recording.record_fetched(certified, TENANT, "poweroffice", "run-2", PURPOSES, [fetched(certified, 2, "changed")])
    (row,) = changes.find_changed(certified, TENANT)
    changes.send_again(certified, TENANT, [row], "run-2")
    assert audits.find_faults(certified, TENANT) == []
    assert all(one.adds_up for one in certificates.record(certified, TENANT, PURPOSES, "run-2", NOW))
    to = {2: parties.Recipient(name="Ola", customer_number="10001")}
    details.record_recipients(certified, TENANT, certified.seals.key(TENANT, "recipient", LATER), to)
    settle(certified, "distribute", "ehf", anew=2)
    assert all(one.adds_up for one in certificates.record(certified, TENANT, PURPOSES, "run-3", NOW))
    assert audits.find_faults(certified, TENANT) == []


@pytest.mark.parametrize("name", SENT_ANEW)
def test_what_was_certified_before_it_was_sent_anew_cannot_be_forged(renewed: opened.Ledger, name: str) -> None:
    sqlite = renewed.engine.dialect.name == "sqlite"
    values = {
        "{}": "x'00'" if sqlite else "'\\x00'::bytea",
        "{columns}": columns(),
        "{delivery}": columns(recipient="null"),
        "{renewed}": columns(id="2"),
        "{foreign}": columns(settled_in="900"),
    }
    statement = SENT_ANEW[name]
    for mark, value in values.items():
        statement = statement.replace(mark, value)
    with renewed.writing() as connection:
        assert connection.exec_driver_sql(statement).rowcount >= 1
    assert audits.find_faults(renewed, TENANT)


@pytest.mark.parametrize("today", [dt.date(2025, 7, 1), dt.date(2027, 1, 1)])
def test_what_was_sent_anew_is_proven_twice_and_still_after_a_purge(renewed: opened.Ledger, today: dt.date) -> None:
    chain = [one for one in lives.read(renewed, TENANT, 2).chain if one["purpose"] == "distribute"]
    assert [one["id"] for one in chain] == [2, 3, 4]
    assert [one["row"][""]["target"] for one in chain if "row" in one] == ["email", "ehf"]
    assert purge(renewed, today)
    with renewed.reading() as connection:
        assert connection.execute(sa.select(tables.renewed.c.recipient)).scalar_one() == MONTH.encode()
    assert audits.find_faults(renewed, TENANT) == []
    with renewed.writing() as connection:
        connection.execute(sa.update(tables.renewed).values(recipient=b"forged"))
    assert [one.code for one in audits.find_faults(renewed, TENANT)] == ["counted"]


@pytest.fixture
def recovered(ledger: opened.Ledger, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> opened.Ledger:
    """Document 3 had left before the ledger was restored: its recipient and PDF came after the certificate that counted it beside
    the others, in the month of the parameter."""
    monkeypatch.setattr(proofs, "STRETCHES", 1)
    recording.record_fetched(ledger, TENANT, "poweroffice", "run", PURPOSES, [fetched(ledger, n) for n in (1, 2, 3, 4)])
    make(ledger, 1, 2, 4)
    settle(ledger, "book", "factoring:1")
    settle(ledger, "distribute", "email")
    certificates.record(ledger, TENANT, PURPOSES, "run", NOW)
    make(ledger, 3, month=request.param)
    return ledger


BESIDE = {
    "the recipient of a neighbour": "update recipient set sealed = {} where document_id = 2",
    "that of another": "update recipient set sealed = (select sealed from recipient where document_id = 3) where document_id = 2",
    "the recipient of a neighbour taken away": "delete from recipient where document_id = 4",
    "what was made of a neighbour taken away": "delete from rendition where revision_id = 4",
    "what was made passed off as known": "update rendition set raw_id = 1 where revision_id = 3",
}


@pytest.mark.parametrize("recovered", [MONTH, LATER], indirect=True)
def test_a_recipient_that_no_certificate_counted_is_no_forgery_and_hides_none(recovered: opened.Ledger) -> None:
    assert audits.find_faults(recovered, TENANT) == []
    for document_id, parts in ((2, {f"recipient/{MONTH}"}), (3, set[str]())):
        (proven,) = [one for one in lives.read(recovered, TENANT, document_id).chain if one["purpose"] == "distribute"]
        assert {*proven["row"]} == {"", f"answer/{MONTH}", *parts}
        assert not proven["gone"]
    binary = "x'00'" if recovered.engine.dialect.name == "sqlite" else "'\\x00'::bytea"
    for name, statement in BESIDE.items():
        with recovered.engine.connect() as connection:
            assert connection.exec_driver_sql(statement.replace("{}", binary)).rowcount == 1
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(audits, "_one_moment", lambda _, c=connection: _Borrowed(c))
                assert audits.find_faults(recovered, TENANT), name
            connection.rollback()
    assert purge(recovered, dt.date(2025, 7, 1))
    assert audits.find_faults(recovered, TENANT) == []


@pytest.mark.parametrize("recovered", [MONTH, LATER], indirect=True)
def test_what_no_certificate_counted_stays_so_when_it_is_sent_anew(recovered: opened.Ledger) -> None:
    recording.record_fetched(recovered, TENANT, "poweroffice", "run-2", PURPOSES, [fetched(recovered, 3, "changed")])
    changes.send_again(recovered, TENANT, changes.find_changed(recovered, TENANT), "run-2")
    assert audits.find_faults(recovered, TENANT) == []
