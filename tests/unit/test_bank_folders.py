"""Bank folders on a disk and over a real OpenSSH server: whole files only, one taker, one hand-over, whatever dies when."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from fakturabro.remote import errors, folders, sftp
from fakturabro.systems.bank import inbox, outbox
from fakturabro.systems.bank.patterns import Pattern
from tests.unit import openssh

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
LONG_AGO, JUST_NOW = NOW - dt.timedelta(hours=1), NOW - dt.timedelta(seconds=5)
PATTERNS = (Pattern("status", "*.P002.*"), Pattern("ocr_giro", "OCR*"), Pattern("remittance", "*.xml"))
SETTINGS = inbox.Settings(patterns=PATTERNS)


class Carrier:
    """The same folder on a disk or over SFTP."""

    def __init__(self, drop: pathlib.Path, settings: sftp.Settings | None) -> None:
        self._drop, self._settings, self._open = drop, settings, list[folders.Folder]()

    def on(self, below: str = "") -> folders.Folder:
        at = self._drop / below
        over = self._settings and msgspec.structs.replace(self._settings, folder=str(at))
        self._open.append(sftp.SftpFolder(over) if over else folders.DiskFolder(at))
        return self._open[-1]

    def inbox(self, **changes: Any) -> inbox.Inbox:
        return inbox.Inbox(self.on(), self.on(inbox.SHELF), msgspec.structs.replace(SETTINGS, **changes))

    def outbox(self, **changes: Any) -> outbox.Outbox:
        return outbox.Outbox(self.on(), **changes)

    def close(self) -> None:
        for one in self._open:
            one.close()


@pytest.fixture(params=["disk", "sftp"])
def carrier(request: pytest.FixtureRequest, server: openssh.Server, drop: pathlib.Path) -> Iterator[Carrier]:
    with contextlib.closing(Carrier(drop, server.settings if request.param == "sftp" else None)) as one:
        yield one


@pytest.fixture
def disk(drop: pathlib.Path) -> Carrier:
    return Carrier(drop, None)


def left(drop: pathlib.Path, name: str, content: bytes = b"<x/>", at: dt.datetime = LONG_AGO) -> pathlib.Path:
    """A file as somebody else leaves it."""
    path = drop / name
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Taking


def test_whole_files_are_taken_by_name_and_put_away(carrier: Carrier, drop: pathlib.Path) -> None:
    left(drop, "p.1.p002.1.XML", b"status")
    left(drop, "OCR241124.txt", b"NY000010")
    left(drop, "lønn.xml", b"<new/>", JUST_NOW)
    left(drop, "notat.docx")
    (drop / ".hidden.xml").touch()
    box, taken = carrier.inbox(), []
    for one in box.take(NOW):
        assert not (drop / one.name).exists()
        taken.append((one.name, one.kind, one.content))
        if one.kind == "status":
            box.conclude(one)
            box.conclude(one)
        else:
            box.set_aside(one, "Filen er ikke fra banken vår.")
    assert taken == [("OCR241124.txt", "ocr_giro", b"NY000010"), ("p.1.p002.1.XML", "status", b"status")]
    [done], [aside, why] = names(drop / "lest"), names(drop / "til_side")
    assert done.endswith(".p.1.p002.1.XML") and (drop / "lest" / done).read_bytes() == b"status"
    assert aside.endswith(".OCR241124.txt") and (drop / "til_side" / why).read_text() == "Filen er ikke fra banken vår.\n"
    standing = box.look(NOW)
    assert standing.unknown == ("notat.docx",) and [one.name for one in standing.unfinished] == ["lønn.xml"]
    assert not list(carrier.inbox().take(NOW)) and names(drop / ".fakturabro") == []


def test_a_trigger_says_when_and_an_older_one_says_nothing(carrier: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml", b"a", JUST_NOW)
    left(drop, "b.xml", b"b", JUST_NOW)
    left(drop, "c.xml", b"half of", JUST_NOW)
    left(drop, "d.xml")
    left(drop, "a.xml.ok", at=JUST_NOW)
    left(drop, "b.ok", at=NOW)
    left(drop, "c.ok", at=LONG_AGO)
    box = carrier.inbox(trigger=".ok")
    taken = [one.name for one in box.take(NOW) if not box.conclude(one)]
    assert taken == ["a.xml", "b.xml"]
    assert [path.name for path in sorted(drop.glob("*.*")) if path.is_file()] == ["c.ok", "c.xml", "d.xml"]


def test_a_file_that_grows_after_all_is_not_read(disk: Carrier, drop: pathlib.Path) -> None:
    writer = left(drop, "a.xml", b"<first/>").open("ab")

    class Growing(folders.DiskFolder):
        def move(self, path: str, to: str) -> bool:
            moved = super().move(path, to)
            writer.write(b"<more/>")
            writer.flush()
            return moved

    box = inbox.Inbox(Growing(drop), disk.on(".fakturabro"), SETTINGS)
    assert not list(box.take(NOW))
    writer.close()
    assert not list(disk.inbox().take(NOW)) and len(disk.inbox().look(NOW).unfinished) == 1
    [taken] = disk.inbox().take(NOW + SETTINGS.lease)
    assert (taken.name, taken.content) == ("a.xml", b"<first/><more/>")


def test_what_is_too_large_is_named_and_not_read_whole(carrier: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml", b"x" * 3_000)
    box = carrier.inbox(limit=2_000)
    [taken] = box.take(NOW)
    assert not taken.content and "a.xml er større enn" in taken.fault
    box.set_aside(taken, taken.fault)
    assert len(names(drop / "til_side")) == 2


@pytest.mark.parametrize("name", ["æ ø\n.xml", "x" * 246 + "ø.xml", "\udcff.xml", "a~b~c d.xml"])
def test_any_name_is_taken_and_said_in_one_line(name: str, disk: Carrier, drop: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        left(drop, name)
    box = disk.inbox(keeps=False)
    taken = [one for one in box.take(NOW) if not box.conclude(one)]
    assert [("\n" in one.name, one.content) for one in taken] == [(False, b"<x/>")] and not names(drop / ".fakturabro")
    taken[0].name.encode()


def test_where_nothing_may_be_moved_a_file_is_read_and_removed(carrier: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml", b"a")
    box = carrier.inbox(moves=False)
    [taken] = box.take(NOW)
    box.conclude(taken)
    assert [one.content for one in box.take(NOW)] == [b"a"] and box.look(NOW).unfinished == ()
    carrier.inbox(moves=False, keeps=False).conclude(taken)
    assert names(drop) == []


def test_two_takers_share_the_files(carrier: Carrier, drop: pathlib.Path) -> None:
    for n in range(12):
        left(drop, f"{n}.xml", str(n).encode())
    got: list[bytes] = []

    def take(box: inbox.Inbox) -> None:
        for one in box.take(NOW):
            got.append(one.content)
            box.conclude(one)

    threads = [threading.Thread(target=take, args=(carrier.inbox(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=int) == [str(n).encode() for n in range(12)] and len(names(drop / "lest")) == 12


DIES = """
import datetime, os, pathlib, signal, sys
from fakturabro.remote import folders
from fakturabro.systems.bank import inbox, outbox
from fakturabro.systems.bank.patterns import Pattern
at, left = pathlib.Path(sys.argv[1]), int(sys.argv[3])
def counted(real):
    def change(*given):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*given)
    return change
folders.write_file, folders.move_file = counted(folders.write_file), counted(folders.move_file)
folder = folders.DiskFolder(at)
if sys.argv[2] == "deliver":
    outbox.Outbox(folder, trigger=".ok").deliver("P001.xml", b"<payments/>")
else:
    box = inbox.Inbox(folder, folders.DiskFolder(at / inbox.SHELF), inbox.Settings(patterns=(Pattern("remittance", "*.xml"),)))
    for one in box.take(datetime.datetime(2026, 11, 24, 8, tzinfo=datetime.UTC)):
        box.conclude(one)
"""


def dies(drop: pathlib.Path, verb: str, survived: int) -> bool:
    """Whether the process was killed before its next change of the disk."""
    root = pathlib.Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", DIES, str(drop), verb, str(survived)], cwd=root, timeout=60, check=False)
    return done.returncode == -9


def test_a_taker_killed_with_its_claim_loses_nothing(disk: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml", b"a")
    assert dies(drop, "take", 1)
    assert not list(disk.inbox().take(NOW + dt.timedelta(minutes=1)))
    [taken] = disk.inbox().take(NOW + SETTINGS.lease)
    assert (taken.name, taken.content) == ("a.xml", b"a")


# Handing over


def test_a_file_is_handed_over_once_whatever_it_is_called(carrier: Carrier, drop: pathlib.Path) -> None:
    box, sha256 = carrier.outbox(trigger=".ok"), hashlib.sha256(b"<a/>").hexdigest()
    assert box.find("a.xml", sha256) is None
    assert box.deliver("a.xml", b"<a/>") == outbox.Standing(name="a.xml", sha256=sha256, state="offered")
    assert names(drop) == [".sendt", "a.xml", "a.xml.ok"] and (drop / "a.xml").read_bytes() == b"<a/>"
    (drop / "a.xml").unlink()
    for name in ("a.xml", "b.xml"):
        with pytest.raises(errors.AlreadyDelivered) as caught:
            carrier.outbox(trigger=".ok").deliver(name, b"<a/>")
        assert caught.value.standing == outbox.Standing(name="a.xml", sha256=sha256, state="taken")
    with pytest.raises(errors.Rejected, match="annet innhold"):
        box.deliver("a.xml", b"<b/>")
    left(drop, "c.xml", b"somebody else's")
    with pytest.raises(errors.Rejected, match="annet innhold"):
        box.deliver("c.xml", b"<c/>")
    assert box.deliver("d.xml", b"<c/>").state == "offered" and (drop / "c.xml").read_bytes() == b"somebody else's"


def test_without_a_memory_the_standing_file_is_what_is_known(carrier: Carrier, drop: pathlib.Path) -> None:
    box, sha256 = carrier.outbox(remembers=False), hashlib.sha256(b"<a/>").hexdigest()
    assert box.deliver("a.xml", b"<a/>").state == "offered" and names(drop) == ["a.xml"]
    assert box.find("a.xml", sha256) is not None
    with pytest.raises(errors.AlreadyDelivered):
        box.deliver("a.xml", b"<a/>")
    with pytest.raises(errors.Rejected):
        box.deliver("a.xml", b"<b/>")
    (drop / "a.xml").unlink()
    assert box.find("a.xml", sha256) is None


def test_two_writers_of_one_content_are_one_hand_over(carrier: Carrier, drop: pathlib.Path) -> None:
    said: list[str] = []

    def deliver(box: outbox.Outbox, name: str) -> None:
        try:
            said.append(box.deliver(name, b"<a/>").state)
        except (errors.AlreadyDelivered, errors.Unavailable) as error:
            said.append(type(error).__name__)

    threads = [threading.Thread(target=deliver, args=(carrier.outbox(), f"{n % 2}.xml")) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("offered") == 1 == len(list(drop.glob("*.xml"))), said


@pytest.mark.parametrize("survived", range(8))
def test_a_writer_killed_at_any_change_leaves_nothing_half(survived: int, disk: Carrier, drop: pathlib.Path) -> None:
    was_killed, sha256 = dies(drop, "deliver", survived), hashlib.sha256(b"<payments/>").hexdigest()
    box = disk.outbox(trigger=".ok")
    assert was_killed == (survived < 8) and (box.find("P001.xml", sha256) is None) == was_killed
    assert [path.read_bytes() for path in drop.glob("*.xml")] in ([], [b"<payments/>"])
    assert box.deliver("P001.xml", b"<payments/>").state == "offered"
    assert [path.name for path in sorted(drop.glob("[!.]*"))] == ["P001.xml", "P001.xml.ok"]


@pytest.mark.parametrize("name", ["", "../a.xml", "a/b.xml", ".a.xml", "æ.xml", "a" * 121, "a b.xml", "a\n.xml"])
def test_unsafe_names_are_refused(name: str, disk: Carrier) -> None:
    with pytest.raises(errors.Rejected, match="Filnavnet"):
        disk.outbox().deliver(name, b"x")


def test_a_folder_that_is_gone_is_never_an_empty_one(carrier: Carrier, drop: pathlib.Path) -> None:
    box, out = carrier.inbox(), carrier.outbox()
    drop.rename(drop.with_name(f"{drop.name}-unmounted"))
    for call in (
        lambda: list(box.take(NOW)),
        lambda: box.look(NOW),
        lambda: out.deliver("a.xml", b"a"),
        lambda: out.find("a.xml", "0"),
    ):
        with pytest.raises(errors.Unavailable, match="koblet til"):
            call()
    assert not drop.exists()
