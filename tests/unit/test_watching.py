"""The watchman on a real ledger: what is missed, silent, in doubt, dead, stopped too long or locked, and what is not."""

from __future__ import annotations

import base64
import datetime as dt
import http.server
import os
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from console.watching import alarms
from console.watching import checks as watching_checks
from console.watching import mail as watching_mail
from console.watching import passes as watching
from console.watching import prefect as watching_prefect
from fakturabro.domain import calendar
from fakturabro.ledger import applied, certificates, choices, opened, operations, settings, slots, stops, tables
from fakturabro.ledger.distribution import receivers
from sandboxes.mail import Mail
from tasks import installation, schedules
from tests import migrated
from tests.unit import portal_scene

ROOT = pathlib.Path(__file__).parent.parent.parent
FILE = """
deployments:
  - name: nidelven-inntak
    entrypoint: flows.poweroffice_factoring.invoice_intake
    work_pool: {name: fakturabro}
    schedules: [{cron: "0 8 * * 1-5", timezone: Europe/Oslo}, {cron: "30 10 * * 1-5", timezone: Europe/Oslo}]
    parameters: {tenant: nidelven}
  - name: skagerrak-inntak
    entrypoint: flows.poweroffice_factoring.invoice_intake
    schedules: [{cron: "0 8 * * 1-5", timezone: Europe/Oslo}]
    parameters: {tenant: skagerrak}
"""
NIGHTLY = FILE.replace('"0 8 * * 1-5"', '"30 2 * * *"').replace('"30 10 * * 1-5"', '"0 3 * * *"')
LONG_AGO = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=5)


def oslo(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=calendar.OSLO)


def apply(ledger: opened.Ledger, content: str = FILE, at: dt.datetime = LONG_AGO, tenant: str = "nidelven") -> None:
    settings.record(ledger, tenant, "klient.yaml", content, at)


def run(ledger: opened.Ledger, text: str, flow: str = "invoice_intake", conclude: bool = True, tenant: str = "nidelven") -> None:
    """A run takes its slot as `tasks/runs.py` does, and concludes it or dies."""
    time = oslo(text).astimezone(dt.UTC)
    assert slots.take(ledger, tenant, flow, time, f"run {text}", time, LEASE)
    if conclude:
        slots.conclude(ledger, tenant, flow, time, f"run {text}", time + LEASE, "1 hentet")


def run_all(ledger: opened.Ledger, first: str, last: str) -> None:
    """Every slot of the tenant's intake, between two dates."""
    day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    while day <= end:
        if not calendar.why_not_working(day):
            run(ledger, f"{day}T08:00")
            run(ledger, f"{day}T10:30")
        day += dt.timedelta(days=1)


def watch(ledger: opened.Ledger, now: str, **changes: Any) -> alarms.Watch:
    return alarms.Watch(ledger=ledger, now=oslo(now), **changes)


def found(ledger: opened.Ledger, now: str, check: Any = watching_checks.slots, tenant: str = "nidelven") -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in check(watch(ledger, now), tenant)]


@pytest.mark.parametrize(
    ("now", "alarm"),
    [
        ("2026-11-18T08:29", []),
        ("2026-11-18T08:31", [("slots.missed", "critical")]),
        ("2026-11-18T07:59", []),
    ],
)
def test_a_slot_is_missed_when_its_grace_has_passed(ledger: opened.Ledger, now: str, alarm: list[tuple[str, str]]) -> None:
    apply(ledger)
    run_all(ledger, "2026-11-02", "2026-11-17")
    assert found(ledger, now) == alarm


def test_a_slot_that_runs_or_has_run_is_not_missed(ledger: opened.Ledger) -> None:
    apply(ledger)
    run_all(ledger, "2026-11-02", "2026-11-17")
    run(ledger, "2026-11-18T08:00", conclude=False)
    slots.renew(ledger, "nidelven", "invoice_intake", oslo("2026-11-18T08:00"), "run 2026-11-18T08:00", oslo("2026-11-18T08:50"))
    assert found(ledger, "2026-11-18T08:45") == []
    slots.conclude(ledger, "nidelven", "invoice_intake", oslo("2026-11-18T08:00"), "run 2026-11-18T08:00", LONG_AGO, "ferdig")
    assert found(ledger, "2026-11-18T10:29") == []


def test_a_later_run_makes_it_less_grave_and_the_next_working_day_but_one_ends_it(ledger: opened.Ledger) -> None:
    apply(ledger)
    run_all(ledger, "2026-11-02", "2026-11-17")
    run(ledger, "2026-11-18T10:30")
    (one,) = watching_checks.slots(watch(ledger, "2026-11-18T12:00"), "nidelven")
    assert (one.severity, one.subject) == ("warning", "nidelven-inntak")
    assert one.sentence.startswith("Luken 18.11.2026 kl. 08:00 for nidelven-inntak er ikke kjørt. En senere luke har tatt arbeidet")
    run_all(ledger, "2026-11-19", "2026-11-19")
    assert found(ledger, "2026-11-19T23:59") == [("slots.missed", "warning")]
    assert found(ledger, "2026-11-20T00:01") == []


@pytest.mark.parametrize(
    ("last_run", "now", "missed"),
    [
        ("2026-11-20T08:00", "2026-11-23T07:00", "Luken 20.11.2026 kl. 10:30"),  # Friday's, on Monday
        ("2026-03-27T08:00", "2026-03-30T07:00", "Luken 27.03.2026 kl. 10:30"),  # summer time began between
        ("2026-03-27T10:30", "2026-03-30T08:31", "Luken 30.03.2026 kl. 08:00"),
        ("2026-10-23T10:30", "2026-10-26T08:31", "Luken 26.10.2026 kl. 08:00"),  # and ended
        ("2026-04-01T10:30", "2026-04-07T08:31", "Luken 07.04.2026 kl. 08:00"),  # Easter
        ("2026-04-01T08:00", "2026-04-07T08:29", "Luken 01.04.2026 kl. 10:30"),
        ("2026-12-23T10:30", "2026-12-24T08:31", "Luken 24.12.2026 kl. 08:00"),  # Christmas Eve is a working day
        ("2026-12-24T10:30", "2026-12-28T12:00", "2 luker, fra 28.12.2026 kl. 08:00 til 28.12.2026 kl. 10:30,"),
        ("2026-11-03T10:30", "2026-11-20T12:00", "26 luker, fra 04.11.2026 kl. 08:00 til 20.11.2026 kl. 10:30,"),
    ],
)
def test_what_is_missed_over_weekends_holidays_and_changes_of_time(
    ledger: opened.Ledger, last_run: str, now: str, missed: str
) -> None:
    apply(ledger)
    run_all(ledger, last_run[:8] + "01", str(dt.date.fromisoformat(last_run[:10]) - dt.timedelta(days=1)))
    run(ledger, last_run[:10] + "T08:00")
    if last_run.endswith("10:30"):
        run(ledger, last_run)
    (one,) = watching_checks.slots(watch(ledger, now), "nidelven")
    assert one.sentence.startswith(f"{missed} for nidelven-inntak")


@pytest.mark.parametrize(
    "now", ["2026-03-29T03:31", "2026-10-25T02:45", "2026-04-06T12:00", "2026-05-17T12:00", "2026-11-22T12:00"]
)
def test_nothing_is_missed_on_days_without_work(ledger: opened.Ledger, now: str) -> None:
    apply(ledger)
    day = dt.date.fromisoformat(now[:10])
    run_all(ledger, str(day - dt.timedelta(days=20)), str(day))
    assert found(ledger, now) == []


@pytest.mark.parametrize("night", ["2026-03-30", "2026-10-26"])
def test_a_slot_in_the_night_after_the_clock_was_turned_is_known_by_its_right_time(ledger: opened.Ledger, night: str) -> None:
    apply(ledger, NIGHTLY, oslo(night) - dt.timedelta(days=3))
    day = dt.date.fromisoformat(night)
    run(ledger, f"{day - dt.timedelta(days=3)}T02:30")
    run(ledger, f"{day - dt.timedelta(days=3)}T03:00")
    run(ledger, f"{night}T02:30")
    (one,) = watching_checks.slots(watch(ledger, f"{night}T08:00"), "nidelven")
    assert one.sentence.startswith(f"Luken {day:%d.%m.%Y} kl. 03:00")


def test_slots_count_from_the_version_of_the_file_that_was_in_force(ledger: opened.Ledger) -> None:
    apply(ledger, at=oslo("2026-11-18T09:00"))
    assert found(ledger, "2026-11-18T10:00") == []
    assert found(ledger, "2026-11-18T12:00") == [("slots.missed", "critical")]
    apply(ledger, FILE.replace("30 10", "0 14"), at=oslo("2026-11-18T11:00"))
    (one,) = watching_checks.slots(watch(ledger, "2026-11-18T12:00"), "nidelven")
    assert one.sentence.startswith("Luken 18.11.2026 kl. 10:30"), "a new version of the file does not hide what was missed"
    apply(ledger, FILE.replace("timezone: Europe/Oslo", "timezone: Europe/Oslo, active: false"), at=oslo("2026-11-18T13:00"))
    (one,) = watching_checks.slots(watch(ledger, "2026-11-18T15:00"), "nidelven")
    assert one.sentence.startswith("Luken 18.11.2026 kl. 10:30"), "and a schedule that was switched off demands nothing after that"


def test_a_schedule_without_cron_is_said_to_be_unwatched(ledger: opened.Ledger) -> None:
    apply(ledger, FILE.replace('cron: "0 8 * * 1-5"', "interval: 3600"))
    run_all(ledger, "2026-11-02", "2026-11-18")
    assert found(ledger, "2026-11-18T12:00") == [("slots.unwatched", "warning")]


def test_many_slots_a_day_are_all_counted() -> None:
    schedule = applied.Schedule(cron="* * * * *", timezone="Europe/Oslo")
    times = schedules.times(schedule, oslo("2026-10-26T00:00"), oslo("2026-10-26T23:59"))
    assert len(times) == len(set(times)) == 24 * 60


def test_a_run_that_died_is_an_alarm_until_its_flow_has_run_again(ledger: opened.Ledger) -> None:
    apply(ledger)
    run_all(ledger, "2026-11-02", "2026-11-17")
    run(ledger, "2026-11-18T08:00", conclude=False)
    assert found(ledger, "2026-11-18T08:34") == []
    (one,) = watching_checks.slots(watch(ledger, "2026-11-18T08:36"), "nidelven")
    assert (one.code, one.severity) == ("slots.dead", "critical")
    assert "Luken 18.11.2026 kl. 08:00 for invoice_intake ble påbegynt, men aldri avsluttet" in one.sentence
    assert found(ledger, "2026-11-18T08:36", tenant="skagerrak") == []
    run(ledger, "2026-11-18T10:30")
    assert found(ledger, "2026-11-18T12:00") == []


def test_leases_that_are_no_slots_are_none(ledger: opened.Ledger) -> None:
    apply(ledger)
    run_all(ledger, "2026-11-02", "2026-11-18")
    for flow in ("token:poweroffice-v1", "invoice_intake"):
        assert slots.take(ledger, "nidelven", flow, dt.datetime(2000, 1, 1, tzinfo=dt.UTC), "x", oslo("2026-11-18T08:00"), LEASE)
    assert found(ledger, "2026-11-18T23:00") == []


def insert_document(ledger: opened.Ledger, number: int, doubt: str = "", run_id: str = "r") -> None:
    """A document that waits, or whose booking has been in doubt since a time ("died": its run died)."""
    with ledger.writing() as connection:
        row = {
            "tenant": "nidelven",
            "source": "poweroffice",
            "kind": "invoice",
            "source_key": f"id-{number}",
            "number": str(number),
        }
        row |= {"customer_number": "1", "amount": 100, "currency": "NOK", "listing_hash": "", "state": "fetched", "run": run_id}
        connection.execute(sa.insert(tables.document).values(id=number, **row))
        keys = {"id": number, "tenant": "nidelven", "document_id": number, "purpose": "book", "revision_id": 1, "amount": 100}
        connection.execute(sa.insert(tables.delivery).values(**keys, state="waiting", currency="NOK", run=run_id))
        for state in ("planned", "sending", "in_doubt") if doubt else ():
            change = {"state": state, "target": "factoring:4711", "natural_key": f"k{number}"}
            connection.execute(sa.update(tables.delivery).where(tables.delivery.c.id == number).values(**change))
        if doubt not in ("", "died"):
            said = {"tenant": "nidelven", "delivery_id": number, "at": oslo(doubt), "run": run_id, "target": "factoring:4711"}
            connection.execute(sa.insert(tables.transfer_log).values(**said, natural_key="k", outcome="in_doubt", detail=""))


def test_a_tenant_that_used_to_have_documents_and_has_none_is_silent(ledger: opened.Ledger) -> None:
    def silent(now: str) -> list[tuple[str, str]]:
        return found(ledger, now, watching_checks.silence)

    apply(ledger)
    assert silent("2026-03-30T12:00") == [], "a tenant that never had any is not silent"
    insert_document(ledger, 1)
    certificates.record(ledger, "nidelven", ("book",), "r", oslo("2026-03-30T08:05"))
    certificates.record(ledger, "nidelven", ("book",), "s", oslo("2026-04-07T08:05"))
    assert silent("2026-04-09T23:59") == [], "Easter is no silence: two working days before it, two after"
    assert silent("2026-04-10T00:01") == [("silence.tenant", "warning")]
    (one,) = watching_checks.silence(watch(ledger, "2026-04-10T12:00"), "nidelven")
    assert one.sentence.startswith("Ingen dokumenter er hentet siden 30.03.2026 kl. 08:05, altså på 5 arbeidsdager.")
    apply(ledger, FILE.replace("timezone: Europe/Oslo", "timezone: Europe/Oslo, active: false"), oslo("2026-04-13T12:00"))
    assert silent("2026-04-20T12:00") == [], "a tenant whose schedules are off is not expected to say anything"


def test_what_is_in_doubt_for_more_than_a_working_day_is_an_alarm(ledger: opened.Ledger) -> None:
    insert_document(ledger, 1, "2026-11-20T10:31")
    assert found(ledger, "2026-11-23T10:30", watching_checks.doubts) == []
    (one,) = watching_checks.doubts(watch(ledger, "2026-11-23T10:32"), "nidelven")
    assert (one.code, one.severity) == ("doubts.old", "critical")
    assert "1 dokument(er) er uavklart. Det eldste har vært uavklart siden 20.11.2026 kl. 10:31." in one.sentence


def test_many_new_doubts_are_an_alarm_at_once(ledger: opened.Ledger) -> None:
    for number in (1, 2):
        insert_document(ledger, number, "2026-11-18T08:01")
    assert found(ledger, "2026-11-18T08:05", watching_checks.doubts) == []
    insert_document(ledger, 3, "2026-11-18T08:02")
    assert found(ledger, "2026-11-18T08:05", watching_checks.doubts) == [("doubts.growing", "critical")]
    assert found(ledger, "2026-11-18T08:05", watching_checks.doubts, tenant="skagerrak") == []


def test_a_doubt_that_no_answer_left_is_as_old_as_the_lease_of_its_run(ledger: opened.Ledger) -> None:
    run(ledger, "2026-11-18T08:00", conclude=False)
    insert_document(ledger, 1, "died", run_id="run 2026-11-18T08:00")
    assert found(ledger, "2026-11-18T12:00", watching_checks.doubts) == []
    assert found(ledger, "2026-11-19T08:06", watching_checks.doubts) == [("doubts.old", "critical")]
    insert_document(ledger, 2, "died", run_id="nobody knows")
    (one,) = watching_checks.doubts(watch(ledger, "2026-11-18T12:00"), "nidelven")
    assert "Det er ikke kjent siden når." in one.sentence


def test_a_stop_past_review_and_a_lock_are_alarms(ledger: opened.Ledger) -> None:
    stops.record(ledger, "nidelven", "ehf", why="feil konto", owner="Kari", at=oslo("2026-11-18T08:00"))
    assert found(ledger, "2026-11-23T07:59", watching_checks.review) == []
    (one,) = watching_checks.review(watch(ledger, "2026-11-23T08:01"), "nidelven")
    assert (one.code, one.subject) == ("review.passed", "ehf")
    assert "Kari stanset" in one.sentence
    assert "`fakturabro resume nidelven ehf --why ...`" in one.sentence
    assert list(watching_checks.locks(watch(ledger, "2026-11-23T08:01"))) == []
    with ledger.writing() as connection:
        row = {"tenant": "nidelven", "why": "hovedboken er eldre enn journalen.", "at": oslo("2026-11-18T08:00")}
        connection.execute(sa.insert(operations.ledger_lock).values(**row))
    (one,) = watching_checks.locks(watch(ledger, "2026-11-23T08:01"))
    assert (one.code, one.severity, one.tenant) == ("locks.ledger", "critical", "nidelven")


def test_a_journal_that_was_written_and_is_gone_is_an_alarm(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    def missing(folder: pathlib.Path) -> list[str]:
        return [one.code for one in watching_checks.journal(watch(ledger, "2026-11-18T08:00", journal=folder))]

    assert missing(tmp_path / "gone") == []
    with ledger.writing() as connection:
        connection.execute(sa.insert(operations.journal_line).values(tenant="nidelven", line="1"))
    assert missing(tmp_path / "gone") == ["journal.missing"]
    assert missing(tmp_path) == []


def test_a_volume_that_is_nearly_full_or_cannot_be_written_to_is_an_alarm(
    ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def codes(disk_left: int) -> list[tuple[str, str]]:
        looking = watch(ledger, "2026-11-18T08:00", journal=tmp_path, limits=alarms.Limits(disk_left=disk_left))
        return [(one.code, one.subject) for one in watching_checks.disks(looking) if one.subject == str(tmp_path)]

    assert codes(1) == []
    assert codes(10**18) == [("disks.full", str(tmp_path))]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert codes(1) == [("disks.read_only", str(tmp_path))]


@pytest.mark.parametrize(("stated", "differs"), [("alternativ 1", []), ("alternativ 2", ["agreed.differs"]), ("", [])])
def test_a_client_that_chose_another_alternative_than_its_file_says_is_an_alarm(
    ledger: opened.Ledger, stated: str, differs: list[str]
) -> None:
    distribution = f"distribution: {{email_alternative: {stated}}}" if stated else ""
    intake = f"parameters: {{tenant: nidelven, options: {{agreement: {{}}, {distribution}}}}}"
    apply(ledger, FILE.replace("parameters: {tenant: nidelven}", intake))
    assert found(ledger, "2026-11-18T08:00", watching_checks.agreed) == [], "the client has chosen nothing"
    with ledger.writing() as connection:
        choices.record(connection, "nidelven", choices.EMAIL_ALTERNATIVE, "alternativ 1", oslo("2026-11-18T07:00"), "kari")
    assert [code for code, _ in found(ledger, "2026-11-18T08:00", watching_checks.agreed)] == differs


@pytest.mark.parametrize(("now", "old"), [("2026-07-17", []), ("2026-07-18", ["CEN", "PEPPOL"])])
def test_official_rules_are_old_after_eight_months(ledger: opened.Ledger, tmp_path: pathlib.Path, now: str, old: list[str]) -> None:
    (tmp_path / "CEN-EN16931-UBL.xslt").write_text("<!--Schematron version 1.3.17 - Last update: 2025-11-18-->")
    (tmp_path / "PEPPOL-EN16931-UBL.xslt").write_text("<dct:created>2025-11-18T17:01:42.8+01:00</dct:created>")
    said = list(watching_checks.official_rules(watch(ledger, f"{now}T08:00", rules=tmp_path)))
    assert [one.subject for one in said if one.code == "rules.old"] == old


def test_the_packages_own_rules_bear_a_date(ledger: opened.Ledger) -> None:
    codes = [one.code for one in watching_checks.official_rules(watch(ledger, "2036-01-01T08:00"))]
    assert codes == ["rules.old", "rules.old"]


def test_a_check_that_fails_is_an_alarm_and_the_others_go_on(ledger: opened.Ledger) -> None:
    apply(ledger, "deployments: [{name: x")
    apply(ledger, at=oslo("2026-11-18T07:00"), tenant="skagerrak")
    stops.record(ledger, "nidelven", "", why="feil konto", owner="Kari", at=oslo("2026-11-02T08:00"))
    seen = watching.look(watch(ledger, "2026-11-18T12:00"))
    said = {(one.code, one.tenant, one.subject) for one in seen.alarms if one.check != "rules"}
    assert said == {
        ("check.failed", "nidelven", "slots"),
        ("check.failed", "nidelven", "agreed"),
        ("review.passed", "nidelven", ""),
        ("slots.missed", "skagerrak", "skagerrak-inntak"),
    }
    assert seen.blind == [("slots", "nidelven"), ("agreed", "nidelven")]


def test_a_ledger_that_goes_away_in_mid_pass_costs_no_exception(ledger: opened.Ledger) -> None:
    with ledger.writing() as connection:
        connection.execute(sa.text("drop table settings"))
    seen = watching.look(watch(ledger, "2026-11-18T12:00"))
    assert ("check.failed", "tenants") in [(one.code, one.subject) for one in seen.alarms]
    assert {("slots", ""), ("doubts", "")} <= set(seen.blind)


class NotPrefect(http.server.BaseHTTPRequestHandler):
    """Says yes to everything, in words that no Prefect would use."""

    def do_GET(self) -> None:
        """200, and a page."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hei</html>")

    do_POST = do_GET  # noqa: N815 http.server's name

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.mark.parametrize("answering", [True, False])
def test_who_never_answers_and_who_is_not_prefect_are_alarms(
    ledger: opened.Ledger, answering: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching_prefect, "_PATIENCE", 10 if answering else 0.5)
    apply(ledger)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NotPrefect)  # until it serves, it accepts and says nothing
    if answering:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    began = time.monotonic()
    seen = watching.look(watch(ledger, "2026-11-18T08:00", prefect_url=f"http://127.0.0.1:{server.server_port}/api"))
    assert time.monotonic() - began < 9
    assert "scheduler.unreachable" in [one.code for one in seen.alarms]
    assert "slots.missed" in [one.code for one in seen.alarms]
    assert ("scheduler", "") in seen.blind
    if answering:
        server.shutdown()
    server.server_close()


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Mail]:
    """A real SMTP server, and an installation that uses it."""
    server = Mail()
    server.start()
    for name, value in {"HOME": tmp_path, "SMTP_PORT": server.port, "MAIL_SENDER": "drift@factoring.example"}.items():
        monkeypatch.setenv(f"FAKTURABRO_{name}", str(value))
    installation.current.cache_clear()
    yield server
    server.stop()
    installation.current.cache_clear()


ONE = alarms.Alarm(code="slots.missed", severity="critical", tenant="nidelven", subject="inntak", sentence="Luken er ikke kjørt.")
NOW = oslo("2026-11-18T08:31")


def test_an_alarm_is_mailed_once_again_after_a_day_and_when_it_is_over(mail: Mail, tmp_path: pathlib.Path) -> None:
    path, memory = tmp_path / "watchman.json", {}
    for hours, standing in ((0, [ONE]), (1, [ONE]), (23, [ONE]), (24, [ONE]), (25, [ONE]), (26, []), (27, []), (28, [ONE])):
        memory = watching_mail.tell(
            "drift@kunde.example", standing, [], watching_mail.read_memory(path), NOW + dt.timedelta(hours=hours)
        )
        assert watching_mail.write_memory(path, memory) == []
    subjects = [str(one.parsed()["Subject"]) for one in mail.state.messages]
    assert subjects == ["Fakturabro: 1 alarm", "Fakturabro: 1 alarm", "Fakturabro: 1 over", "Fakturabro: 1 alarm"]
    text = mail.state.messages[0].parsed().get_content()
    assert "KRITISK slots.missed nidelven: Luken er ikke kjørt." in text
    assert "OVER slots.missed nidelven: Luken er ikke kjørt." in mail.state.messages[2].parsed().get_content()


@pytest.mark.parametrize("blind", [("", ""), ("slots", ""), ("slots", "nidelven")])
def test_what_nobody_looked_at_is_not_over(mail: Mail, blind: tuple[str, str]) -> None:
    memory = watching_mail.tell("drift@kunde.example", [ONE], [], {}, NOW)
    assert watching_mail.tell("drift@kunde.example", [], [blind], memory, NOW) == memory
    assert watching_mail.tell("drift@kunde.example", [], [("slots", "skagerrak"), ("doubts", "")], memory, NOW) == {}


def test_a_mail_that_did_not_leave_is_sent_in_the_next_pass(mail: Mail, tmp_path: pathlib.Path) -> None:
    mail.state.replies["drift@kunde.example"] = "550 ukjent"
    (said,) = watching._tell("drift@kunde.example", watching.Seen(alarms=[ONE]), NOW)
    assert said.code == "mail.failed"
    mail.state.replies.clear()
    assert watching._tell("drift@kunde.example", watching.Seen(alarms=[ONE]), NOW) == []
    assert len(mail.state.messages) == 1


@pytest.mark.parametrize("spoilt", [b"", b"{", b'{"x": 1}', b"\xff\x00", b"[]"])
def test_a_spoilt_memory_is_none_and_a_folder_that_is_none_is_an_alarm(mail: Mail, tmp_path: pathlib.Path, spoilt: bytes) -> None:
    path = tmp_path / "watchman.json"
    path.write_bytes(spoilt)
    assert watching_mail.read_memory(path) == {}
    assert watching._tell("drift@kunde.example", watching.Seen(alarms=[ONE]), NOW) == []
    assert list(watching_mail.read_memory(path)) == [ONE.key]
    assert [one.code for one in watching_mail.write_memory(path / "below", {})] == ["mail.memory"]


def test_an_e_mail_that_is_put_off_for_two_days_is_an_alarm(ledger: opened.Ledger) -> None:
    portal_scene.carry(ledger, 1, outcome="planned")
    portal_scene.carry(ledger, 2)
    assert found(ledger, "2026-11-25T07:59", watching_checks.mails, portal_scene.TENANT) == []
    assert found(ledger, "2026-11-25T08:01", watching_checks.mails, portal_scene.TENANT) == [("mails.waiting", "warning")]


def test_receivers_of_whom_nobody_knows_for_more_than_a_day(ledger: opened.Ledger) -> None:
    receivers.record(ledger, "test", {("a", "invoice"): "unknown", ("b", "invoice"): "no"}, oslo("2026-11-17T08:00"))
    assert list(watching_checks.receivers(watch(ledger, "2026-11-18T07:59"))) == []
    (one,) = watching_checks.receivers(watch(ledger, "2026-11-18T08:01"))
    assert (one.code, one.severity) == ("receivers.unknown", "warning")
    assert one.sentence.startswith("Om 1 mottaker(e) har Peppols registre ikke svart")


def command(home: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The watchman as a process of its own."""
    code = "from console.watching import alarms, passes; import sys; sys.exit(passes.watch(None, '', alarms.Limits()))"
    known = {"FAKTURABRO_HOME": str(home), "FAKTURABRO_SECRETS": str(home / "secrets"), "PREFECT_API_URL": "", **environment}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, **known}
    )


def test_the_exit_code_says_what_was_seen(tmp_path: pathlib.Path) -> None:
    blind = command(tmp_path)
    assert blind.returncode == 2
    assert blind.stdout.startswith("KRITISK ledger.unreachable: Hovedboken kan ikke åpnes")
    (tmp_path / "secrets").mkdir()
    key = tmp_path / "secrets" / "ledger.key"
    key.touch(mode=0o600)
    key.write_text(base64.b64encode(b"1" * 32).decode())
    migrated.connect(f"sqlite:///{tmp_path / 'ledger.db'}").dispose()
    rules = tmp_path / "rules"
    rules.mkdir()
    today = dt.datetime.now(dt.UTC).date()
    (rules / "CEN-EN16931-UBL.xslt").write_text(f"Last update: {today}")
    (rules / "PEPPOL-EN16931-UBL.xslt").write_text(f"Last update: {today}")
    well = command(tmp_path, FAKTURABRO_EHF_RULES=str(rules))
    assert (well.returncode, well.stdout) == (0, "Ingen alarmer.\n"), well.stderr
    away = command(tmp_path, FAKTURABRO_EHF_RULES=str(rules), PREFECT_API_URL="http://127.0.0.1:9/api")
    assert away.returncode == 1
    assert away.stdout.startswith("KRITISK scheduler.unreachable: Prefect svarer ikke på http://127.0.0.1:9/api (ConnectError).")
