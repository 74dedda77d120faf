"""The letter after a link: when it begins, what makes it needless or holds it, when it may go; certificates add up throughout."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import typer.testing

from console import main
from fakturabro.domain import calendar
from fakturabro.ledger import changes, deliveries, details, findings, lives, opened, seals, tables
from fakturabro.ledger.distribution import arrivals, bounces, fallbacks
from fakturabro.ledger.journal import recovery
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import objections, openings
from fakturabro.ledger.portal import tables as portal_tables
from tasks import connect
from tests import migrated
from tests.unit import portal_scene as scene

NOW, TODAY, TENANT = scene.NOW, scene.TODAY, scene.TENANT
ON_SQLITE = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
LETTER = "nordlys-000000000001000000000001-brev"


def after(days: int) -> Callable[[dt.datetime], bool]:
    today = TODAY + dt.timedelta(days=days)
    return lambda sent_at: sent_at.astimezone(calendar.OSLO).date() + dt.timedelta(days=4) <= today


def due(ledger: opened.Ledger, days: int = 4) -> list[int]:
    return [one.document_id for one in fallbacks.find_due(ledger, TENANT, after(days))]


def plan(ledger: opened.Ledger) -> int:
    ids = [one.delivery_id for one in fallbacks.find_due(ledger, TENANT, after(4))]
    return fallbacks.plan(ledger, TENANT, ids, "run-2", TODAY)


def follow(ledger: opened.Ledger) -> tuple[int, int]:
    followed = fallbacks.follow(ledger, TENANT, "run-2", TODAY)
    return followed.created, followed.cancelled


def open_(ledger: opened.Ledger, document: int, revision: int = 1) -> None:
    with ledger.writing() as connection:
        openings.record(connection, None, TENANT, scene.email_key(document, revision), NOW)


def send_letter(ledger: opened.Ledger, document: int, outcome: str = "accepted") -> None:
    """From planned on."""
    row = scene.find(ledger, document)
    deliveries.move(ledger, TENANT, [row.id], "planned", "sending", "run-2")
    said = deliveries.Answer(delivery_id=row.id, target="letter", natural_key=row.natural_key, outcome=outcome)
    deliveries.record_answers(ledger, TENANT, [said], "run-2", NOW, TODAY)


def change(ledger: opened.Ledger, number: int, target: str = "link") -> None:
    """Document `number` changed at its source after it had left, and goes anew."""
    document = scene.take_in(ledger, number, text="second")
    changes.send_again(ledger, TENANT, changes.find_changed(ledger, TENANT), "run-2")
    scene.send(ledger, document, target, key=scene.email_key(document, 2), at=NOW + dt.timedelta(days=3))


def test_a_letter_waits_behind_each_link_and_goes_when_the_days_are_over(ledger: opened.Ledger) -> None:
    scene.carry(ledger, 1)
    scene.carry(ledger, 2, "ehf")
    assert (scene.state(ledger, 1), scene.state(ledger, 2)) == ("waiting", None)
    counted = scene.certify(ledger)
    assert (counted["letter"].fetched, counted["letter"].waiting, counted["distribute"].accepted) == (1, 1, 2)
    assert (due(ledger, 3), due(ledger, 4)) == ([], [1]) and follow(ledger) == (0, 0)
    assert plan(ledger) == 1 and plan(ledger) == 0
    assert (scene.find(ledger, 1).target, scene.find(ledger, 1).natural_key) == ("letter", LETTER)
    send_letter(ledger, 1)
    assert due(ledger, 9) == [] and follow(ledger) == (0, 0)
    counted = scene.certify(ledger, "run-2")
    assert (counted["letter"].opening, counted["letter"].accepted, counted["letter"].closing) == (1, 1, 0)
    assert {one.document_id: one.channel for one in details.find_unreported_channels(ledger, TENANT)} == {}, "no KID, no report"


@pytest.mark.parametrize("before", ["waiting", "planned", "sending", "accepted"])
@ON_SQLITE
def test_an_opening_cancels_what_has_not_left(ledger: opened.Ledger, before: str) -> None:
    scene.carry(ledger, 1)
    if before != "waiting":
        assert plan(ledger) == 1
    if before in ("sending", "accepted"):
        deliveries.move(ledger, TENANT, [scene.find(ledger, 1).id], "planned", "sending", "run-2")
    if before == "accepted":
        deliveries.move(ledger, TENANT, [scene.find(ledger, 1).id], "sending", "accepted", "run-2")
    open_(ledger, 1)
    assert scene.state(ledger, 1) == ("cancelled" if before in ("waiting", "planned") else before)
    assert openings.count_since(ledger, NOW) == openings.count_since(ledger, NOW, TENANT) == 1
    assert "opened" in {step.kind for step in lives.read(ledger, TENANT, 1).steps}
    assert openings.count_since(ledger, NOW + dt.timedelta(seconds=1)) == openings.count_since(ledger, NOW, "fjord") == 0


def test_what_was_opened_before_anybody_knew_that_it_had_arrived_is_followed_by_nothing(ledger: opened.Ledger) -> None:
    scene.carry(ledger, 1, outcome="in_doubt")
    assert scene.state(ledger, 1) is None
    open_(ledger, 1)
    deliveries.move(ledger, TENANT, [scene.find(ledger, 1, "distribute").id], "in_doubt", "accepted", "decision:1")
    assert follow(ledger) == (1, 1) and scene.state(ledger, 1) == "cancelled" and follow(ledger) == (0, 0)


def test_a_credited_invoice_gets_no_letter_and_one_that_may_be_waits(ledger: opened.Ledger) -> None:
    for number in (1, 2, 3):
        scene.carry(ledger, number)
    assert plan(ledger) == 3
    part = scene.take_in(ledger, 21, kind="credit_note", amount=12_499, original_number="1")
    whole = scene.take_in(ledger, 22, kind="credit_note", original_number="2")
    assert part and follow(ledger) == (0, 0) and due(ledger) == [1, 3]
    ids = [row.id for row in deliveries.find_open(ledger, TENANT, "letter", ["waiting"])]
    scene.send(ledger, whole, "factoring:4711", purpose="book", key="credit 22")
    assert fallbacks.plan(ledger, TENANT, ids, "run-2", TODAY) == 2, "planning looks once more"
    assert [scene.state(ledger, i) for i in (1, 2, 3)] == ["planned", "cancelled", "planned"]
    scene.certify(ledger)


@ON_SQLITE
def test_operators_list_and_close_objections(ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "open_ledger", lambda: opened.Ledger(ledger.engine, ledger.seals))
    scene.carry(ledger, 1)
    objections.record(ledger, None, TENANT, 1, "paid", "Betalt i går", NOW)

    def run(*said: str) -> tuple[int, str]:
        ended = typer.testing.CliRunner().invoke(main.application, ["objection", *said])
        return ended.exit_code, ended.output

    (one,) = objections.find_open(ledger, TENANT)
    assert run("list", TENANT) == (0, f"{one.id}: bilag 1, 23.11.2026 08:00: kravet er betalt\n")
    close = ("close", TENANT, str(one.id), "--why", "betalingen er funnet")
    assert run("close", "fjord", *close[2:])[0] == 1
    assert run(*close) == (0, f"Innsigelse {one.id} er lukket.\n")
    assert (run(*close)[0], run("list", TENANT)) == (1, (0, f"Ingen åpne innsigelser hos {TENANT}.\n"))


def test_an_objection_holds_the_letter_until_it_is_closed(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    send_journal = journal.Journal(tmp_path / "journal")
    scene.carry(ledger, 1)
    assert plan(ledger) == 1
    said = "Beløpet er feil\x00, fnr. 01018010018 \U0001f600" + "x" * 3_000
    assert objections.record(ledger, send_journal, TENANT, 1, "wrong_amount", said, NOW)
    assert objections.record(ledger, send_journal, TENANT, 1, "paid", "", NOW + dt.timedelta(minutes=1))
    with pytest.raises(LookupError):
        objections.record(ledger, send_journal, TENANT, 99, "paid", "", NOW)
    assert scene.state(ledger, 1) == "held" and due(ledger) == [] and follow(ledger) == (0, 0)
    first, second = objections.find_open(ledger, TENANT)
    assert (first.number, first.kind, first.text[:33], second.text) == (
        "1",
        "wrong_amount",
        "Beløpet er feil, fnr. 010180*****",
        "",
    )
    assert len(first.text) <= objections.LONGEST and objections.find_open(ledger, "fjord") == []
    assert [finding.code for finding in findings.read(ledger, TENANT, [1])[1]] == ["debtor_objected"]
    objections.record_told(ledger, TENANT, [first.id], NOW)
    assert [one.id for one in objections.find_untold(ledger, TENANT)] == [second.id]
    assert scene.certify(ledger)["letter"].held == 1
    open_(ledger, 2)
    steps = {step.kind: step for step in lives.read(ledger, TENANT, 1).steps}
    assert "opened" not in steps and steps["objection"].contents[0].data == b""
    assert objections.close(ledger, TENANT, first.id, "kari", "avklart", NOW) and scene.state(ledger, 1) == "held"
    assert not objections.close(ledger, TENANT, first.id, "kari", "avklart", NOW)
    assert objections.close(ledger, TENANT, second.id, "kari", "avklart", NOW) and due(ledger) == [1]
    stood = [objections.record(ledger, None, TENANT, 1, "other", "", NOW + dt.timedelta(hours=n + 1)) for n in range(11)]
    assert stood == [True] * 10 + [False]


@pytest.mark.parametrize("before", ["waiting", "opened", "letter sent"])
def test_a_newer_revision_that_goes_by_link_takes_the_letter_over(ledger: opened.Ledger, before: str) -> None:
    scene.carry(ledger, 1)
    if before == "opened":
        open_(ledger, 1)
    if before == "letter sent":
        assert plan(ledger) == 1
        send_letter(ledger, 1)
    scene.certify(ledger)
    change(ledger, 1)
    row = scene.find(ledger, 1)
    assert (row.state, row.natural_key[-6:]) == ("waiting", "2-brev") and row.revision_id > 1
    assert (due(ledger, 6), due(ledger, 7)) == ([], [1]), "its days begin anew"
    scene.certify(ledger, "run-2")
    open_(ledger, 1, revision=1)
    assert scene.state(ledger, 1) == "waiting", "the old version was opened, not this one"
    open_(ledger, 1, revision=2)
    assert scene.state(ledger, 1) == "cancelled"
    scene.certify(ledger, "run-3")


@ON_SQLITE
def test_while_a_newer_revision_is_on_its_way_no_letter_goes_and_none_when_it_went_otherwise(ledger: opened.Ledger) -> None:
    scene.carry(ledger, 1)
    assert plan(ledger) == 1
    scene.take_in(ledger, 1, text="second")
    changes.send_again(ledger, TENANT, changes.find_changed(ledger, TENANT), "run-2")
    scene.take_in(ledger, 1, text="third")
    row = scene.find(ledger, 1)
    assert (row.state, row.natural_key) == ("waiting", LETTER) and due(ledger) == [] and row.revision_id == 1
    scene.send(ledger, 1, "ehf", key="uuid")
    assert follow(ledger) == (0, 1)
    scene.certify(ledger)


def test_what_comes_back_from_everybody_goes_by_letter_at_once(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    send_journal = journal.Journal(tmp_path / "journal")
    for number, target, outcome in (
        (1, "link", "accepted"),
        (2, "email", "accepted"),
        (3, "email", "in_doubt"),
        (4, "link", "accepted"),
    ):
        scene.carry(ledger, number, target, outcome=outcome)
        scene.address(ledger, number, "kari@firma.no", "Ola@Firma.no")

    def bounce(document: int, recipient: str, **more: bool) -> str:
        key, said = scene.email_key(document), {"permanent": True, **more}
        return bounces.record(ledger, send_journal, TENANT, key, recipient=recipient, status="5.1.1", at=NOW, run="run-2", **said)

    assert [bounce(n, "kari@firma.no") for n in (1, 1, 2, 3)] == ["noted"] * 4 and due(ledger, 0) == []
    assert (bounce(1, "ola@firma.no", permanent=False), bounce(77, "ola@firma.no")) == ("ignored", "unknown")
    assert bounces.record(ledger, send_journal, TENANT, "<fjord.1@x>", permanent=True, at=NOW, run="r") == "unknown"
    assert [bounce(n, "ola@firma.no") for n in (1, 2, 3)] == ["letter"] * 3
    assert due(ledger, 0) == [1, 2, 3], "opened by nobody, four days or not"
    assert scene.find(ledger, 3, "distribute").state == "accepted", "what came back had left"
    with ledger.reading() as connection:
        said = sa.select(tables.transfer_log.c.detail).where(tables.transfer_log.c.outcome == "bounced")
        assert len(connection.execute(said).scalars().all()) == 6, "one line for each, however often it is read"
    scene.certify(ledger)


@ON_SQLITE
def test_what_comes_back_for_another_reason_than_its_address_waits_for_the_days(
    ledger: opened.Ledger, tmp_path: pathlib.Path
) -> None:
    send_journal = journal.Journal(tmp_path / "journal")
    for number, status in enumerate(("5.1.1", "5.7.1", ""), 1):
        scene.carry(ledger, number)
        said = {"permanent": True, "status": status, "at": NOW, "run": "run-2"}
        assert bounces.record(ledger, send_journal, TENANT, scene.email_key(number), **said) == "letter"
    assert (due(ledger, 0), due(ledger, 4)) == ([1, 3], [1, 2, 3])
    assert fallbacks.count_mailed(ledger, TENANT, NOW) == 3


def test_a_link_that_was_in_doubt_three_times_is_for_a_person(ledger: opened.Ledger) -> None:
    i = scene.carry(ledger, 1, outcome="in_doubt")
    for _ in range(2):
        assert arrivals.find_hopeless(ledger, TENANT) == set()
        deliveries.move(ledger, TENANT, [scene.find(ledger, i, "distribute").id], "in_doubt", "planned", "run-2")
        scene.send(ledger, i, outcome="in_doubt")
    assert arrivals.find_hopeless(ledger, TENANT) == {scene.find(ledger, i, "distribute").id}
    open_(ledger, 1)
    assert (arrivals.settle(ledger, TENANT, "run-3", NOW), arrivals.find_hopeless(ledger, TENANT)) == (1, set())
    assert follow(ledger) == (0, 1) and scene.state(ledger, 1) == "cancelled"
    scene.certify(ledger)


def test_nobody_got_it_is_said_of_those_whom_the_server_took_it_for(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    send_journal = journal.Journal(tmp_path / "journal")
    addresses = {1: ("kari@firma.no", "ola@firma.no"), 2: ("kari@firma.no", "ola@firma.no"), 3: ("kari@firma.no",)}

    def carry(number: int) -> None:
        scene.carry(ledger, number, "email")
        scene.address(ledger, number, *addresses[number])

    def bounce(document: int, recipient: str, issue: str = "") -> str:
        said = {"permanent": True, "status": "5.1.1", "at": NOW, "run": "run-2", "recipient": recipient}
        return bounces.record(ledger, send_journal, TENANT, scene.email_key(document).replace("@", f"{issue}@"), **said)

    carry(1)
    assert [bounce(1, who) for who in ("Kari@firma.no", "kari@hotell.no", "post@hotell.no")] == ["noted"] * 3, "Ola has it"
    bounces.note_not_sent(ledger, send_journal, TENANT, scene.email_key(2), ["ola@firma.no"], NOW)
    assert bounce(2, "kari@firma.no") == bounce(3, "\ud800kari\0@hotell.no", ".2") == "unknown", "a restored ledger"
    carry(2)
    carry(3)
    assert due(ledger, 0) == []
    bounces.judge_anew(ledger, TENANT)
    assert follow(ledger) == (2, 0) and due(ledger, 0) == [2, 3]


def test_a_restored_ledger_learns_from_the_journal_what_debtors_did(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    """The backup is from before the documents came in; they come in again."""
    send_journal = journal.Journal(tmp_path / "journal")
    engine = migrated.connect(f"sqlite:///{tmp_path / 'lost.db'}")
    lost = opened.Ledger(engine, seals.Seals(engine, b"1" * 32))
    for number in (1, 2, 3):
        scene.carry(lost, number)
    with lost.writing() as connection:
        openings.record(connection, send_journal, TENANT, scene.email_key(1), NOW)
    objections.record(lost, send_journal, TENANT, 2, "paid", "Betalt 1. november", NOW)
    said = {"permanent": True, "at": NOW, "run": "r"}
    assert bounces.record(lost, send_journal, TENANT, scene.email_key(3), **said) == "letter"
    lost.close()
    for _ in range(2):
        assert recovery.check(ledger, send_journal, TENANT, NOW)
    for number in (1, 2, 3):
        assert scene.carry(ledger, number) == number
    assert follow(ledger) == (0, 1) and due(ledger, 0) == [3]
    assert [scene.state(ledger, i) for i in (1, 2, 3)] == ["cancelled", "held", "waiting"]
    (objection,) = objections.find_open(ledger, TENANT)
    assert (objection.document_id, objection.kind, objection.text) == (2, "paid", ""), "its data key is lost with the ledger"
    assert objections.close(ledger, TENANT, objection.id, "kari", "", NOW) and recovery.check(ledger, send_journal, TENANT, NOW)
    assert objections.find_open(ledger, TENANT) == [], "closed it stays"
    opening = portal_tables.opening.c
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(opening.tenant, opening.natural_key, opening.at)).all()
    assert rows == [(TENANT, scene.email_key(1), NOW)]
