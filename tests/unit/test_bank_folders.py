"""Bank folders on a disk and over a real OpenSSH server: whole files only, one taker, one hand-over, whatever dies when."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
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


_LARGE = 120_000_000
_WITHIN = 40_000_000
"""How much more memory a file of that size may take."""


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
        return inbox.Inbox(self.on(), msgspec.structs.replace(SETTINGS, **changes))

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


def contents(box: inbox.Inbox, now: dt.datetime) -> list[tuple[str, bytes]]:
    """What is taken and concluded."""
    return [(one.name, one.content.read()) for one in box.take(now) if not box.conclude(one)]


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
        taken.append((one.name, one.kind, one.content.read()))
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
    said, later = inbox.sentences(standing, NOW), inbox.sentences(standing, NOW + dt.timedelta(hours=2))
    assert "notat.docx" in said[0] and len(said) == 1 and "lønn.xml" in later[1]
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

    box = inbox.Inbox(Growing(drop), SETTINGS)
    assert not list(box.take(NOW))
    writer.close()
    assert not list(disk.inbox().take(NOW)) and len(disk.inbox().look(NOW).unfinished) == 1
    assert contents(disk.inbox(), NOW + SETTINGS.lease) == [("a.xml", b"<first/><more/>")]


def test_what_is_too_large_is_named_and_not_read_whole(carrier: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml", b"x" * 3_000)
    box = carrier.inbox(limit=2_000)
    for taken in box.take(NOW):
        assert not taken.content.read() and "a.xml er større enn" in taken.fault
        box.set_aside(taken, taken.fault)
    assert len(names(drop / "til_side")) == 2


@pytest.mark.parametrize("name", ["æ ø\n.xml", "x" * 246 + "ø.xml", "\udcff.xml", "a~b~c d.xml"])
def test_any_name_is_taken_and_said_in_one_line(name: str, disk: Carrier, drop: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        left(drop, name)
    box = disk.inbox(keeps=False)
    [(said, content)] = contents(box, NOW)
    assert ("\n" in said, content) == (False, b"<x/>") and not names(drop / ".fakturabro")
    said.encode()


def test_a_signature_goes_with_its_file(carrier: Carrier, drop: pathlib.Path) -> None:
    for name in ("a.xml", "b.xml", "c.xml"):
        left(drop, name, name.encode())
    for name in ("a.xml", "b.xml"):
        left(drop, f"{name}.sig", b"signed")
    box, signed = carrier.inbox(signature=".sig"), dict[str, bytes]()
    for one in box.take(NOW):
        signed[one.name] = one.signature
        box.set_aside(one, "Feil signatur.") if one.name == "b.xml" else box.conclude(one)
    assert signed == {"a.xml": b"signed", "b.xml": b"signed", "c.xml": b""} and box.look(NOW).unknown == ()
    assert len(names(drop / "lest")) == 3 == len(names(drop / "til_side")) and not list(drop.glob("*.sig"))


def test_each_taker_has_its_own_kinds(disk: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml")
    left(drop, "OCR1.txt", at=JUST_NOW)
    box = disk.inbox(takes=("remittance",))
    assert [one.name for one in box.take(NOW)] == ["a.xml"]
    assert box.look(NOW).unknown == () and [one.name for one in box.look(NOW).unfinished] == ["a.xml"]
    assert contents(disk.inbox(takes=("ocr_giro",)), NOW + SETTINGS.lease) == [("OCR1.txt", b"<x/>")]
    assert contents(box, NOW + SETTINGS.lease) == [("a.xml", b"<x/>")]


def test_what_a_restored_ledger_forgot_is_taken_again(carrier: Carrier, drop: pathlib.Path) -> None:
    assert carrier.inbox().bring_back(()) == 0
    for name in ("a.xml", "b.xml", "a.xml.sig"):
        left(drop, name, name.encode())
    box = carrier.inbox(signature=".sig")
    taken = {one.name: one.sha256 for one in box.take(NOW) if not box.conclude(one)}
    assert box.bring_back({taken["b.xml"][:12]}) == 1
    assert contents(box, NOW) == [("a.xml", b"a.xml")] and len(names(drop / "lest")) == 3


def test_where_nothing_may_be_moved_a_file_is_read_and_removed(carrier: Carrier, drop: pathlib.Path) -> None:
    left(drop, "a.xml", b"a")
    box = carrier.inbox(moves=False)
    [taken] = box.take(NOW)
    box.conclude(taken)
    assert [one.content.read() for one in box.take(NOW)] == [b"a"] and box.look(NOW).unfinished == ()
    carrier.inbox(moves=False, keeps=False).conclude(taken)
    assert names(drop) == []


def test_two_takers_share_the_files(carrier: Carrier, drop: pathlib.Path) -> None:
    for n in range(12):
        left(drop, f"{n}.xml", str(n).encode())
    got: list[bytes] = []

    def take(box: inbox.Inbox) -> None:
        for one in box.take(NOW):
            got.append(one.content.read())
            box.conclude(one)

    threads = [threading.Thread(target=take, args=(carrier.inbox(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=int) == [str(n).encode() for n in range(12)] and len(names(drop / "lest")) == 12


def test_a_large_file_goes_through_in_flat_memory(carrier: Carrier, drop: pathlib.Path) -> None:
    (drop / "in").mkdir()
    with (drop / "in" / "OCR1.txt").open("wb") as file:
        file.truncate(_LARGE)
    os.utime(drop / "in" / "OCR1.txt", (0, 0))
    box, out = inbox.Inbox(carrier.on("in"), SETTINGS), carrier.outbox()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for taken in box.take(NOW):
        assert taken.size == _LARGE
        assert out.deliver("OCR1.txt", taken.content).sha256 == taken.sha256
        box.conclude(taken)
    assert (drop / "OCR1.txt").stat().st_size == _LARGE
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < _WITHIN


def test_a_file_without_room_here_waits_and_the_others_are_taken(disk: Carrier, drop: pathlib.Path) -> None:
    with (drop / "a.xml").open("wb") as file:
        file.truncate(shutil.disk_usage(drop).total)
    os.utime(drop / "a.xml", (0, 0))
    left(drop, "b.xml", b"b")
    box, taken = disk.inbox(limit=10**15), list[str]()
    with pytest.raises(errors.Unavailable, match="ikke plass til filen a"):
        for one in box.take(NOW):
            taken.append(one.name)
            box.conclude(one)
    assert taken == ["b.xml"] and (drop / "a.xml").exists()


def test_a_disk_that_fills_up_meanwhile_loses_nothing(
    disk: Carrier, drop: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    left(drop, "a.xml", b"a" * 9_000_000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_500_000, allowed[1]))
    try:
        with pytest.raises(errors.Unavailable, match=r"ikke plass til filen a\.xml"):
            list(disk.inbox().take(NOW))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert contents(disk.inbox(), NOW + SETTINGS.lease) == [("a.xml", b"a" * 9_000_000)]


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
    box = inbox.Inbox(folder, inbox.Settings(patterns=(Pattern("remittance", "*.xml"),)))
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
    assert contents(disk.inbox(), NOW + SETTINGS.lease) == [("a.xml", b"a")]


# Handing over


def test_what_a_writer_left_half_is_swept_and_nothing_else(carrier: Carrier, drop: pathlib.Path) -> None:
    box = carrier.outbox()
    box.deliver("a.xml", b"<a/>")
    half = drop / ".sendt" / ".00112233.part"
    half.mkdir()
    (half / "file").write_bytes(b"<pay")
    (drop / ".b.xml.part").touch()
    now = dt.datetime.now(dt.UTC)
    box.sweep(now)
    assert half.exists() and (drop / ".b.xml.part").exists()
    box.sweep(now + dt.timedelta(days=2))
    assert not half.exists() and names(drop) == [".sendt", "a.xml"] and len(names(drop / ".sendt")) == 2


def test_a_file_is_handed_over_once_whatever_it_is_called(carrier: Carrier, drop: pathlib.Path) -> None:
    box, sha256 = carrier.outbox(trigger=".ok"), hashlib.sha256(b"<a/>").hexdigest()
    assert box.find("a.xml", sha256) is None
    assert box.deliver("a.xml", b"<a/>") == outbox.Standing(name="a.xml", sha256=sha256, state="offered") == box.find_name("a.xml")
    assert box.find_name("b.xml") is None
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
