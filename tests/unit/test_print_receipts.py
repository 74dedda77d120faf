"""What the print partner says of letters: read once whatever is killed, recorded, and alarmed of; odd receipts are set aside."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import pathlib
import types
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import typer.testing

from console import letters
from console.watching import alarms
from console.watching import checks as watching_checks
from fakturabro.ledger import opened, operations, tables
from fakturabro.remote import folders, sftp
from fakturabro.systems.print_partner import client, receipts
from sandboxes import print_partner
from tasks import clock, connect
from tasks.debtors import receipts as station
from tests.unit import openssh, test_print_sftp

NOW = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)
TENANT = "nord"


@dataclasses.dataclass
class Scene:
    """A ledger with a letter of ours (nord-1-brev, handed over on Monday), one of another tenant, and one that is only claimed."""

    ledger: opened.Ledger
    folder: pathlib.Path
    carrier: folders.Folder
    now: dt.datetime = NOW

    def read(self, tenant: str = TENANT) -> station.Read:
        return station.read_receipts(types.SimpleNamespace(tenant=tenant))

    def say(self, name: str, content: bytes, age: int = 3600) -> None:
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (self.now.timestamp() - age,) * 2)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def kept(self, where: str) -> list[str]:
        return sorted(path.name.split(".")[0] for path in self.folder.glob(f".receipts/{where}/*"))

    def alarms(self) -> list[tuple[str, str]]:
        watch = alarms.Watch(ledger=self.ledger, now=self.now, receipts=True)
        return [(one.code, one.subject) for one in watching_checks.letters(watch, TENANT)]


def letter(tenant: str, number: int, job: str) -> list[sa.Executable]:
    document = {"id": number, "tenant": tenant, "source": "x", "kind": "invoice", "source_key": str(number), "number": str(number)}
    document |= {"customer_number": "", "amount": 1, "currency": "NOK", "listing_hash": "", "state": "fetched", "run": "r"}
    delivery = {
        "id": number,
        "tenant": tenant,
        "document_id": number,
        "purpose": "distribute",
        "revision_id": 1,
        "state": "waiting",
    }
    delivery |= {"amount": 1, "currency": "NOK", "run": "r"}
    mine = sa.update(tables.delivery).where(tables.delivery.c.id == number)
    return [
        sa.insert(tables.document).values(document),
        sa.insert(tables.delivery).values(delivery),
        mine.values(state="planned", target="letter", natural_key=job),
        mine.values(state="sending"),
        mine.values(state="accepted", settled_on=dt.date(2026, 11, 23)),
    ]


@pytest.fixture
def scene(ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    claim = {"tenant": TENANT, "purpose": "distribute", "source": "x", "source_key": "9", "target": "letter", "line": "l"}
    old = {"tenant": TENANT, "delivery_id": 1, "at": NOW, "run": "r", "target": "letter", "natural_key": "nord-0-brev"}
    with ledger.writing() as connection:
        for statement in [*letter(TENANT, 1, "nord-1-brev"), *letter("nord-øst", 2, "nord-øst-2-brev")]:
            connection.execute(statement)
        connection.execute(sa.insert(operations.claim).values(natural_key="nord-9-brev", **claim))
        connection.execute(sa.insert(tables.transfer_log).values(outcome="accepted", detail="", **old))
    (tmp_path / "drop").mkdir()
    made = Scene(ledger, tmp_path / "drop", folders.DiskFolder(tmp_path / "drop"))
    known = types.SimpleNamespace(ledger=ledger, print_tray=lambda: receipts.Tray(made.carrier))
    monkeypatch.setattr(connect, "current", lambda: known)
    monkeypatch.setattr(connect, "open_ledger", lambda: opened.Ledger(ledger.engine, ledger.seals))
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


def content(job: str, *said: tuple[str, str], **more: Any) -> bytes:
    told = [{"document_id": "1", "state": state, "at": f"2026-11-{at}T08:00:00+01:00"} | more for state, at in said]
    return json.dumps({"job_id": job, "letters": told}).encode()


def test_receipts_are_recorded_once_and_moved_away_afterwards(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.say("nord-1-brev.receipt.json", content("nord-1-brev", ("accepted", "24"), ("printed", "24"), ("accepted", "24")))

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(receipts.Tray, "conclude", die)
        scene.read()
    assert scene.left() == ["nord-1-brev.receipt.json"]
    assert scene.read().recorded == 0, "the first reading recorded it"
    assert (scene.left(), scene.kept("done")) == ([], ["nord-1-brev"])
    scene.say("nord-1-brev.receipt.json", content("nord-1-brev", ("printed", "24"), ("posted", "25")))
    assert scene.read().recorded == 1
    scene.say("nord-0-brev.receipt.json", content("nord-0-brev", ("posted", "25")))
    assert scene.read().recorded == 1, "the job of an earlier revision is ours too"
    with scene.ledger.reading() as connection:
        table = operations.print_receipt
        rows = connection.execute(sa.select(table.c.delivery_id, table.c.job_id, table.c.state).order_by(table.c.id))
        assert [tuple(row) for row in rows] == [
            (1, "nord-1-brev", "accepted"),
            (1, "nord-1-brev", "printed"),
            (1, "nord-1-brev", "posted"),
            (1, "nord-0-brev", "posted"),
        ]


def test_others_receipts_stay_and_unknown_ones_are_set_aside_and_told_once(scene: Scene) -> None:
    for job in ("nord-øst-2-brev", "nord-9-brev", "nord-77-brev"):
        scene.say(f"{job}.receipt.json", content(job, ("accepted", "24"), document_id="2" if "øst" in job else "1"))
    read = scene.read()
    assert [("nord-77-brev" in one) for one in read.unknown] == [True]
    assert scene.left() == ["nord-9-brev.receipt.json", "nord-øst-2-brev.receipt.json"]
    assert scene.kept("aside") == ["nord-77-brev"]
    assert scene.read() == station.Read()
    assert scene.read("nord-øst").recorded == 1


def test_a_receipt_of_a_letter_that_is_not_the_jobs_is_set_aside_and_others_files_starve_nobody(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "_AT_ONCE", 2)
    for job in ("nord-9-brev", "nord-øst-2-brev", "a", "b"):
        scene.say(f"{job}.receipt.json", b"half writ", age=0)
    long = f"{'9' * 242}.receipt.json"
    scene.say("nord-1-brev.receipt.json", content("nord-1-brev", ("rejected", "24"), document_id="998877"))
    scene.say(long, b"")
    read = scene.read()
    assert (read.recorded, len(read.unreadable), "nord-1-brev nevner et brev" in read.unreadable[0]) == (0, 2, True)
    assert [name.split(".")[0] for name in scene.left()] == ["a", "b", "nord-9-brev", "nord-øst-2-brev"]
    assert scene.kept("aside") == ["9" * 200, "nord-1-brev"]


HOSTILE = {
    "truncated": b'{"job_id": "nord-1-brev", "letters": [{"state": "acc',
    "deep": b"[" * 200_000,
    "large": b'"' + b"x" * 1_100_000 + b'"',
    "not utf-8": b'{"job_id": "\xff"}',
    "another's": content("nord-2-brev", ("accepted", "24")),
    "no letters": b'{"job_id": "nord-1-brev", "letters": []}',
    "odd state": content("nord-1-brev", ("lost", "24")),
    "naive time": content("nord-1-brev", ("accepted", "24")).replace(b"+01:00", b""),
    "no date east of us": content("nord-1-brev", ("accepted", "24")).replace(b"2026-11-24T08:00:00+01", b"0001-01-01T00:00:00+14"),
    "no date west of us": content("nord-1-brev", ("accepted", "24")).replace(b"2026-11-24T08:00:00+01", b"9999-12-31T23:59:59-14"),
    "empty": b"",
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_read_is_named_and_kept_but_not_while_it_is_fresh(said: bytes, tmp_path: pathlib.Path) -> None:
    tray, path = receipts.Tray(folders.DiskFolder(tmp_path)), tmp_path / "nord-1-brev.receipt.json"
    path.write_bytes(said)
    now = dt.datetime.now(dt.UTC)
    assert tray.fetch(tray.find().values(), now) == []
    (one,) = tray.fetch(tray.find().values(), now + dt.timedelta(minutes=11))
    assert "nord-1-brev.receipt.json" in one.fault and len(one.fault) < 800
    path.write_bytes(content("nord-1-brev", ("posted", "24")))
    tray.set_aside(one)
    assert path.exists(), "what took its place meanwhile is read first"
    (whole,) = tray.fetch(tray.find().values(), now)
    assert (whole.fault, whole.job_id) == ("", "nord-1-brev")


def test_a_reason_cannot_forge_a_log_or_show_an_identity_number(scene: Scene) -> None:
    said = content("nord-1-brev", ("rejected", "24"), reason="ukjent\n\x1b[2Jadresse 01010112377 " + "x" * 9_000)
    scene.say("nord-1-brev.receipt.json", said)
    (one,) = scene.read().rejected
    assert "\n" not in one.detail and "\x1b" not in one.detail and "01010112377" not in one.detail and len(one.detail) <= 500


def test_what_was_rejected_or_came_back_is_an_alarm_until_it_is_mended_or_closed(scene: Scene) -> None:
    assert scene.alarms() == [("letters.unreceipted", "")], "handed over on Monday, and it is Thursday"
    scene.now -= dt.timedelta(days=1)
    assert scene.alarms() == []
    scene.now = NOW
    scene.say("nord-1-brev.receipt.json", content("nord-1-brev", ("rejected", "24"), reason="ulesbar"))
    assert [one.state for one in scene.read().rejected] == ["rejected"]
    assert scene.alarms() == [("letters.rejected", "nord-1-brev")]
    scene.say("nord-1-brev.receipt.json", content("nord-1-brev", ("posted", "25")))
    scene.read()
    assert scene.alarms() == []
    scene.say("nord-1-brev.receipt.json", content("nord-1-brev", ("undeliverable", "26")))
    scene.read()
    assert scene.alarms() == [("letters.rejected", "nord-1-brev")]

    def close(tenant: str, job: str) -> int:
        run = typer.testing.CliRunner().invoke(letters.application, ["close", tenant, job, "--why", "klienten retter adressen"])
        return run.exit_code

    assert [close("nord-øst", "nord-1-brev"), close(TENANT, "nord-5-brev"), close(TENANT, "nord-1-brev")] == [1, 1, 0]
    assert scene.alarms() == [] and close(TENANT, "nord-1-brev") == 1


@pytest.fixture
def carriers(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Scene]:
    if request.param == "disk":
        yield scene
        return
    at = scene.folder.parent / "sshd"
    at.mkdir()
    with openssh.running(at) as server, contextlib.closing(sftp.SftpFolder(server.settings)) as over:
        scene.folder, scene.carrier = server.folder, over
        yield scene


@pytest.mark.parametrize(("carriers", "ledger"), [("disk", "sqlite"), ("sftp", "sqlite")], indirect=True)
def test_the_sandbox_partner_takes_jobs_and_answers_over_either(carriers: Scene) -> None:
    partner, drop = print_partner.PrintPartner(carriers.folder), client.DropFolder(carriers.carrier)
    drop.submit(test_print_sftp.job(job_id="nord-1-brev"))
    assert partner.receive() == ["nord-1-brev"] and partner.receive() == []
    assert carriers.read().recorded == 1
    assert partner.receive() == ["nord-1-brev"]
    assert carriers.read().recorded == 1 and partner.receive() == []
    drop.submit(test_print_sftp.job(job_id="nord-0-brev"))
    (carriers.folder / ".replies.json").write_text(json.dumps({"*": "silent"}))
    assert partner.receive() == []
    (carriers.folder / ".replies.json").write_text(json.dumps({"nord-0-brev": "rejected: ulesbar adresse"}))
    assert partner.receive() == ["nord-0-brev"]
    assert [one.detail for one in carriers.read().rejected] == ["ulesbar adresse"]
    partner.say("nord-55-brev", {"state": "accepted", "at": NOW})
    assert len(carriers.read().unknown) == 1
