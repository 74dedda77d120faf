"""A ledger full of work goes back to an older schema and up again: what stays verifies, and what is lost is safe and is named."""

from __future__ import annotations

import datetime as dt
import pathlib
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from console import showing
from fakturabro.domain import findings as found_values
from fakturabro.ledger import (
    approvers,
    audits,
    brand_files,
    certificates,
    choices,
    decisions,
    findings,
    links,
    lives,
    opened,
    operations,
    recording,
    rule_uses,
    series,
    settings,
    slots,
    stops,
    stored_secrets,
    tables,
    tokens,
    twins,
)
from fakturabro.ledger import engine as engines
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import settings as client_settings
from fakturabro.ledger.clients import told_causes
from fakturabro.ledger.distribution import bounces, print_receipts, receivers
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.journal import claims, recovery
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.payments import creditors
from fakturabro.ledger.portal import entry as portal_entry
from fakturabro.ledger.portal import issues as portal_issues
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import objections
from tests.unit import (
    migrated_rows,
    test_forgeries,
    test_gateway_client_ledger,
    test_ledger_incoming,
    test_ledger_payments,
    test_ledger_returns,
    test_ledger_synchronising,
    test_lives,
)

TENANT, NOW = test_forgeries.TENANT, test_forgeries.NOW
LATER = NOW.replace(year=2022)
STOP = {"why": "feil konto", "owner": "Kari"}


class Token(msgspec.Struct):
    expires_at: dt.datetime = LATER


def decide_and_find(ledger: opened.Ledger) -> None:
    """What people and the stations leave."""
    for some in ([found_values.Finding(code="x", severity="warn", value="v")], []):
        findings.record(ledger, TENANT, "check", {1: some}, ("book",), "run-2")
    findings.record(ledger, TENANT, "check", {1: [found_values.Finding(code="x", severity="warn")]}, ("book",), "run-3")
    decisions.ask(ledger, TENANT, "in_doubt", "6", {"Faktura": "3"}, "run", NOW)
    links.record(ledger, "t", tenant=TENANT, page="approvals", subject="1", person="kari@firma.no", expires_at=LATER)
    lives.record_look(ledger, TENANT, "kari", "show 1", NOW)
    settings.record(ledger, TENANT, "nordlys.yaml", "a: 1", NOW)
    jump = series.Series(source="poweroffice", name="invoice", kinds=("invoice",))
    recording.record_fetched(ledger, TENANT, "poweroffice", "run", (), [test_forgeries.fetched(ledger, 6)])
    series.record_gaps(ledger, TENANT, jump, NOW.date())
    stops.record(ledger, TENANT, "", at=NOW, review_at=LATER, **STOP)
    assert slots.take(ledger, TENANT, "intake", NOW, "run", NOW, LATER - NOW)
    tell_the_client(ledger)
    totp, key = approvers.seal(ledger, TENANT, b"s", NOW), stored_secrets.key(ledger, TENANT, NOW)
    with ledger.writing() as connection:
        approvers.record(connection, totp, TENANT, "kari@firma.no", 1, NOW)
        stored_secrets.record(connection, key, TENANT, "client_key", "s", NOW, "kari")
        choices.record(connection, TENANT, "alternative", "2", NOW, "kari")


def tell_the_client(ledger: opened.Ledger) -> None:
    """What the client's report and pages leave."""
    client_reports.record(ledger, TENANT, test_gateway_client_ledger.made(NOW, made_at=NOW))
    told_causes.record_told(ledger, TENANT, NOW.date(), ["cause"])
    rule_uses.record_use(ledger, TENANT, "f", {}, "run", NOW)
    client_settings.record(ledger, TENANT, {"nb": []}, NOW)
    twins.record(ledger, TENANT, {1: "key"})
    brand_files.record(ledger, TENANT, "logo.svg", b"<svg/>", NOW)
    receipt = print_receipts.Receipt(delivery_id=1, job_id="j", state="printed", at=NOW, detail="")
    print_receipts.record(ledger, TENANT, [receipt], NOW)
    receivers.record(ledger, "test", {("label", "invoice"): "yes"}, NOW)
    what_debtors_do(ledger)
    pay_and_be_paid(ledger)
    client_access.record_link(ledger, "c", TENANT, "kari@firma.no", NOW)
    link = links.find(ledger, client_access.PAGE, "c", NOW)
    assert link is not None
    made = client_access.make_code(ledger, b"key", link, NOW)
    assert made is not None
    assert client_access.use_code(ledger, b"key", link, made[1], NOW)


def pay_and_be_paid(ledger: opened.Ledger) -> None:
    """What banks leave."""
    (order,) = test_ledger_payments.take_in(ledger, "remittance", [test_ledger_payments.instruct(1)])
    creditors.record(ledger, TENANT, [order.document_id], NOW)
    test_ledger_payments.hear(ledger, "answer", test_ledger_payments.say(1, "received", "E1"))
    test_ledger_incoming.take_in(ledger, "giro", test_ledger_incoming.paid("giro-1", kid="17"))
    (paid,) = test_ledger_incoming.ids_of(ledger, "giro")
    given = allocations.Allocation(document_id=paid, invoice_id=1, amount=1)
    allocations.record(ledger, TENANT, "run", NOW, [given], {paid: "part"}, {paid: b"{}"})
    test_ledger_incoming.statement(ledger, 20, 1, 0, 5)
    test_ledger_returns.leave_rows(ledger)
    test_ledger_synchronising.leave_rows(ledger)


def what_debtors_do(ledger: opened.Ledger) -> None:
    """Links, codes, objections and what came back."""
    face = portal.Face(client_name="c", organisation_number="1", kind="invoice", number="1", amount=1, currency="NOK")
    link = portal.NewLink(document_id=1, revision_id=1, natural_key="<a.1@x>", language="nb", expires_at=LATER, face=face)
    (secrets,) = portal.record(ledger, b"key", TENANT, [link], NOW).values()
    assert portal_entry.enter(ledger, None, b"key", secrets.token, secrets.code, NOW.replace(year=2021)).outcome == "right"
    assert portal_entry.enter(ledger, None, b"key", "unknown", secrets.code, NOW).outcome == "unknown"
    assert objections.record(ledger, None, TENANT, 1, "paid", "Betalt", NOW)
    with ledger.writing() as connection:
        bounces.write(connection, TENANT, "<a.1@x>", "r", "5.1.1", is_last=True, at=NOW)
        portal_issues.write(connection, TENANT, "<a.1@x>", 1)


@pytest.fixture
async def worked(ledger: opened.Ledger, tmp_path: pathlib.Path) -> opened.Ledger:
    """Every table holds rows, written as the product writes them; of the send journal one line left and is in the ledger."""
    test_forgeries.certify(ledger)
    test_forgeries.renew(ledger)
    decide_and_find(ledger)
    await tokens.TokenStore(ledger, TENANT, Token, lambda: NOW).write("poweroffice", Token())
    send_journal = journal.Journal(tmp_path / "journal")
    send_journal.stopped(TENANT, "", at=NOW, review_at=LATER, **STOP)
    line = send_journal.reserve(TENANT, "run", "book", "factoring:1", recovery.find_sendings(ledger, TENANT, [1]), NOW)
    claim = claims.Claim(
        purpose="book",
        source="poweroffice",
        source_key="z",
        target="factoring:1",
        natural_key="z",
        line=line,
        outcome="accepted",
        at=NOW,
    )
    with ledger.writing() as connection:
        recovery.record_line(connection, TENANT, line)
        claims.record(connection, TENANT, [claim])
        connection.execute(sa.insert(operations.ledger_lock).values(tenant="fjord", why="older", at=NOW))
    send_journal.left(TENANT, line, NOW)
    assert recovery.check(ledger, send_journal, TENANT, NOW)
    rows = migrated_rows.look(ledger.engine)
    assert {*rows} == {*tables.metadata.tables}
    assert all(rows.values()), [name for name, some in rows.items() if not some]
    assert faults(ledger) == set()
    return ledger


def faults(ledger: opened.Ledger) -> set[tuple[str, str, str]]:
    return {(one.table, one.row, one.code) for one in audits.find_faults(ledger, TENANT)}


def go_back_and_up(ledger: opened.Ledger, older: str) -> None:
    engines.migrate_back(ledger.engine, older)
    engines.migrate(ledger.engine)


def check_export(ledger: opened.Ledger, number: str, folder: pathlib.Path) -> tuple[list[str], dict[str, Any]]:
    """What the export's own check has to say of a document, and the manifest."""
    showing.show(ledger, TENANT, number, "kari", folder / f"{number}.zip")
    manifest = test_lives.unpack(folder / f"{number}.zip", folder / number)
    return [one.stdout for one in test_lives.check_as_told(folder / number) if one.returncode], manifest


def test_after_the_second_schema_all_but_what_was_sent_anew_is_proven(worked: opened.Ledger, tmp_path: pathlib.Path) -> None:
    go_back_and_up(worked, "0002")
    # Document 2 had been certified as e-mail before it left as EHF; of the channel the factoring company was told nothing else yet.
    assert faults(worked) == {("delivery", "4", "counted"), ("document", "2", "channel")}
    assert [row["outcome"] for row in migrated_rows.look(worked.engine)["claim"]] == ["in_doubt"]  # whatever the journal said
    for number in ("1", "3"):
        wrong, manifest = check_export(worked, number, tmp_path)
        assert wrong == []
        assert [one["purpose"] for one in manifest["certificates"] if "row" in one] == ["book", "distribute"]
    with worked.writing() as connection:
        connection.execute(sa.update(tables.booking).where(tables.booking.c.document_id == 1).values(kid="forged"))
        connection.execute(sa.update(tables.transfer_log).where(tables.transfer_log.c.delivery_id == 6).values(detail="forged"))
    assert faults(worked) >= {("delivery", "1", "counted"), ("delivery", "6", "counted")}


def test_what_the_first_schema_loses_stops_everything(worked: opened.Ledger, tmp_path: pathlib.Path) -> None:
    """No sending goes out by mistake: the client is locked, and its stop stands again as soon as somebody wants to send."""
    go_back_and_up(worked, "0001")
    certified = {("certificate", str(i), code) for i in (1, 2, 3, 4) for code in ("broken_link", "format")}
    assert faults(worked) == {*certified, ("document", "2", "channel")}
    assert stops.find_all_standing(worked, TENANT) == []
    send_journal = journal.Journal(tmp_path / "journal")
    assert not recovery.check(worked, send_journal, TENANT, NOW)
    assert [one.why for one in stops.find_all_standing(worked, TENANT)] == [STOP["why"]]
    with pytest.raises(recovery.LockedError, match="fakturabro recover"):
        recovery.refuse_locked(worked, send_journal, TENANT, NOW)
    life = lives.read(worked, TENANT, 1)
    contents = [content for step in life.steps for content in step.contents]
    assert {content.gone for content in contents} == {""}
    assert {b"<Invoice>1</Invoice>", b"%PDF 1", b"{}"} <= {content.data for content in contents}


def test_work_goes_on_after_going_back_and_up_again(worked: opened.Ledger) -> None:
    """New documents, deliveries, lines and certificates find their ids and their triggers."""
    go_back_and_up(worked, "0001")
    before = faults(worked)
    recording.record_fetched(worked, TENANT, "poweroffice", "run-9", ("book",), [test_forgeries.fetched(worked, 9)])
    test_forgeries.settle(worked, "book", "factoring:1")
    made = certificates.record(worked, TENANT, test_forgeries.PURPOSES, "run-9", LATER)
    assert [one.purpose for one in made if one.adds_up] == ["book"]
    assert faults(worked) == before
    with pytest.raises(exc.IntegrityError, match="illegal move"), worked.writing() as connection:
        connection.execute(sa.update(tables.delivery).where(tables.delivery.c.id == 1).values(state="waiting"))
