"""Whatever was sent is kept, byte for byte as its counterpart got it: by whatever channel, and however its fate was settled."""

from __future__ import annotations

import hashlib
import json
import pathlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from console import showing
from fakturabro.formats.invoice_pdf import preflight
from fakturabro.ledger import audits, decisions, deliveries, lives, opened, raws, tables
from fakturabro.systems.mail import letters
from fakturabro.systems.print_partner import client as print_partners
from sandboxes import faults, mail
from tasks import clock, connect, sending
from tasks.debtors import channels

EHF, EMAIL, LETTER = 5002, 5003, 5019


@pytest.fixture
def ledger(site: Any) -> Iterator[opened.Ledger]:
    """The site's ledger, opened beside its runs."""
    made = connect.open_ledger()
    yield made
    made.close()


def find_lines(site: Any) -> list[tuple[str, str, str, int | None]]:
    """(number, purpose, outcome, id of the bytes) of the transfer log, in order."""
    log, delivery, document = tables.transfer_log, tables.delivery, tables.document
    query = sa.select(document.c.number, delivery.c.purpose, log.c.outcome, log.c.sent_raw_id).order_by(log.c.id)
    joined = query.join(delivery, delivery.c.id == log.c.delivery_id).join(document, document.c.id == delivery.c.document_id)
    with site.engine.connect() as connection:
        return [(number, purpose, outcome, raw_id) for number, purpose, outcome, raw_id in connection.execute(joined)]


def shown(ledger: opened.Ledger, number: int, purpose: str) -> set[bytes]:
    """All bytes that `show` has as sent for a purpose."""
    life = lives.read(ledger, "nidelven", lives.find(ledger, "nidelven", str(number))[0])
    ids = {step.said["id"] for step in life.steps if step.kind == "state" and step.said["purpose"] == purpose}
    steps = [one for one in life.steps if one.kind == "answer" and one.said["delivery_id"] in ids]
    return {one.data for step in steps for one in step.contents if one.data is not None and one.name.startswith("sendt")}


def find_index(site: Any) -> bytes:
    (okay,) = site.letters()
    return okay.with_suffix(".json").read_bytes()


async def test_what_counterparts_got_is_kept_byte_for_byte(site: Any, ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    site.keep_only(EHF, EMAIL, LETTER)
    site.boxes.factoring.book.bodies, site.boxes.poweroffice.v1_book.bodies = [], []
    try:
        await site.intake()
        await site.writeback()
        booked = [body for body in site.boxes.factoring.book.bodies if body.startswith(b"{")]
        given = [body for body in site.boxes.poweroffice.v1_book.bodies if b"base64EncodedData" in body]
    finally:
        site.boxes.factoring.book.bodies = site.boxes.poweroffice.v1_book.bodies = None
    (message,) = site.boxes.access_point.state.messages.values()
    (email,) = site.boxes.mail.state.messages
    assert message.body in shown(ledger, EHF, "distribute")
    assert email.content in shown(ledger, EMAIL, "distribute")
    assert find_index(site) in shown(ledger, LETTER, "distribute")
    sent = [shown(ledger, number, "write_back") for number in (EHF, EMAIL, LETTER)]
    assert len(given) == 3
    assert all(any(body in one for one in sent) for body in given)
    assert all(any(body in shown(ledger, number, "book") for number in (EHF, EMAIL, LETTER)) for body in booked if b'"kid"' in body)
    assert audits.find_faults(ledger, "nidelven") == []
    around = sa.select(sa.func.max(sa.func.length(tables.raw.c.sealed))).where(
        tables.raw.c.kind.in_(("email", "letter", "write_back"))
    )
    with site.engine.connect() as connection:
        assert connection.execute(around).scalar_one() < 4_000, "the PDF is kept once"
    for number in (EHF, EMAIL, LETTER):
        check_export(ledger, number, tmp_path / str(number))


def check_export(ledger: opened.Ledger, number: int, folder: pathlib.Path) -> None:
    """The zip of a document holds what left, and the check that it brings along finds a changed byte of it."""
    path = folder.with_suffix(".zip")
    text = showing.to_text(showing.show(ledger, "nidelven", str(number), "kari", path))
    assert '"base64EncodedData": "(PDF)"' in text
    assert ("Subject: " in text and "Factoring Finans AS" in text) == (number == EMAIL)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    lines = (folder / "LESMEG.txt").read_text(encoding="utf-8").split("-" * 80)
    (folder / "kontroller.py").write_text(lines[1].strip("\n"), encoding="utf-8")
    assert run_check(folder).returncode == 0, run_check(folder).stdout
    (given,) = folder.glob("sendt-*-tilbakeskriving.json")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    data = given.read_bytes().replace(b"invoiceCid", b"invoiceCiD")
    given.write_bytes(data)
    for one in [*manifest["files"], *(one for step in manifest["steps"] for one in step["contents"])]:
        if one["path"] == given.name:
            one["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert f"{given.name} er ikke det som" in run_check(folder).stdout


def run_check(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", "kontroller.py"], cwd=folder, capture_output=True, text=True, check=False)


async def test_doubt_keeps_the_bytes_and_who_settles_it_names_them(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(EHF, EMAIL, LETTER)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=1))
    site.boxes.access_point.book.add(faults.Fault(kind="cut_after_change", method="PUT", path="/messages", times=1))
    site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=1))
    real = print_partners.DropFolder.submit

    def submit(self: print_partners.DropFolder, job: print_partners.Job) -> Any:
        real(self, job)
        raise OSError("the disk went away")

    monkeypatch.setattr(print_partners.DropFolder, "submit", submit)
    for _ in range(4):  # the fault may meet the booking of the very document whose EHF meets the other one
        await site.intake()
    (doubt,) = deliveries.find_open(ledger, "nidelven", "distribute", ["in_doubt"])
    decide(ledger, doubt)
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind="cut_after_change", method="POST", path="/Factoring", times=1))
    for _ in range(2):
        await site.writeback()
    lines = find_lines(site)
    assert {(number, purpose) for number, purpose, outcome, _ in lines if outcome == "in_doubt"} >= {
        (str(number), "distribute") for number in (EHF, EMAIL, LETTER)
    }
    assert "write_back" in {purpose for _, purpose, outcome, _ in lines if outcome == "in_doubt"}
    accepted = [line for line in lines if line[2] == "accepted"]
    assert len(accepted) == 9
    assert all(raw_id for _, _, outcome, raw_id in lines if outcome in ("accepted", "in_doubt"))
    (message,) = site.boxes.access_point.state.messages.values()
    assert message.body in shown(ledger, EHF, "distribute")
    assert site.boxes.mail.state.messages[0].content in shown(ledger, EMAIL, "distribute")
    assert find_index(site) in shown(ledger, LETTER, "distribute")
    booked = [raw_id for _, purpose, _, raw_id in accepted if purpose == "book" and raw_id]
    assert {json.loads(data)["number"] for data in raws.read(ledger, "nidelven", booked).values()} == {"5002", "5003", "5019"}
    assert audits.find_faults(ledger, "nidelven") == []
    journal = showing.read_journal(connect.open_journal(), "nidelven")
    assert "Linje i sendejournalen" in showing.to_text(showing.show(ledger, "nidelven", "5002", "kari", journal=journal))


def decide(ledger: opened.Ledger, doubt: deliveries.Open) -> None:
    """A person says that the e-mail arrived."""
    decision_id = decisions.ask(ledger, "nidelven", decisions.IN_DOUBT, str(doubt.id), {}, "run", clock.now())
    decision = decisions.find(ledger, "nidelven", decision_id)
    assert decision
    said = msgspec.structs.replace(decision, answer="accepted", decided_by="Kari", decided_at=clock.now(), why="kunden har den")
    with ledger.writing() as connection:
        assert decisions.EFFECTS[decisions.IN_DOUBT]["accepted"](connection, said)


@pytest.mark.parametrize("number", [EMAIL, LETTER])
async def test_what_a_dead_run_sent_is_known_by_what_it_kept(
    number: int, site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch, later: Callable[[], None]
) -> None:
    """The process dies when the bytes have left: no line of the log names them, and what was kept to be sent does."""
    site.keep_only(number)
    real = sending._record

    def die(slot: Any, line: str, outcomes: Any) -> None:
        if outcomes[0][0].target in (channels.EMAIL, channels.LETTER):
            raise RuntimeError("dead")
        real(slot, line, outcomes)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_record", die)
        with pytest.raises(RuntimeError, match="dead"):
            await site.intake()
    assert site.states(number)["distribute"] == "sending"
    later()
    await site.intake()
    if number == EMAIL:
        (doubt,) = deliveries.find_open(ledger, "nidelven", "distribute", ["in_doubt"])
        decide(ledger, doubt)
        (arrived,) = [one.content for one in site.boxes.mail.state.messages]
    else:
        arrived = find_index(site)
    assert site.states(number)["distribute"] == "accepted"
    assert shown(ledger, number, "distribute") >= {arrived}


async def test_what_cannot_be_packed_costs_no_other(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An e-mail that cannot be built and a letter whose PDF cannot be counted are for a person. The other letter leaves."""
    site.keep_only(EMAIL, LETTER, 5022)
    real_build, real_pages, counted = letters.build, preflight.pages, list[bytes]()

    def build(**parts: Any) -> Any:
        return real_build(**{**parts, "subject": "delt\nlinje"})

    def pages(pdf: bytes) -> int:
        counted.append(pdf)
        if len(counted) == 1:
            raise preflight.UnreadableError("PDF-en er ødelagt.")
        return real_pages(pdf)

    monkeypatch.setattr(letters, "build", build)
    monkeypatch.setattr(preflight, "pages", pages)
    assert "2 avvist" in (await site.intake()).message
    assert site.states(EMAIL)["distribute"] == "rejected"
    assert sorted(site.states(number)["distribute"] for number in (LETTER, 5022)) == ["accepted", "rejected"]
    assert (len(site.letters()), site.boxes.mail.state.messages) == (1, [])
    with site.engine.connect() as connection:
        said = connection.execute(sa.select(tables.transfer_log.c.outcome, tables.transfer_log.c.detail)).all()
    refused = sorted(detail for outcome, detail in said if outcome == "rejected")
    assert "linjeskift" in refused[0] and refused[1:] == ["PDF-en er ødelagt."]
