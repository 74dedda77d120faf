"""The print partner's drop folder: whole or nothing, once, also after a crash between any two file operations."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import msgspec
import pytest

from fakturabro.remote import errors, folders
from fakturabro.systems.print_partner import client, wire

KARI = wire.PostalAddress(name="Kari Nordmann", lines=("Storgata 1",), post_code="0155", place="Oslo")
SELLER = wire.PostalAddress(name="Factoring Finans AS", lines=("Postboks 1",), post_code="0101", place="Oslo")
JOB = ["solberg-2045-1.pdf", "solberg-2045.json", "solberg-2045.ok"]


def job(job_id: str = "solberg-2045", pdf: bytes = b"%PDF-1.7 faktura") -> client.Job:
    letter = client.Letter(document_id="invoice/2045", pdf=pdf, pages=2, recipient=KARI, return_address=SELLER)
    return client.Job(job_id=job_id, letters=(letter,))


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def partner(folder: pathlib.Path) -> client.DropFolder:
    return client.DropFolder(folders.DiskFolder(folder))


def visible(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def take(folder: pathlib.Path) -> None:
    """As the partner does."""
    for name in visible(folder):
        (folder / name).unlink()


def test_a_job_is_pdf_index_and_ok(folder: pathlib.Path) -> None:
    standing = partner(folder).submit(job())
    assert visible(folder) == JOB
    content = (folder / "solberg-2045.json").read_bytes()
    assert standing.sha256 == hashlib.sha256(content).hexdigest() == (folder / "solberg-2045.ok").read_text().strip()
    assert json.loads(content)["letters"] == [
        {
            "document_id": "invoice/2045",
            "file_name": "solberg-2045-1.pdf",
            "sha256": hashlib.sha256(b"%PDF-1.7 faktura").hexdigest(),
            "pages": 2,
            "recipient": {"name": "Kari Nordmann", "lines": ["Storgata 1"], "post_code": "0155", "place": "Oslo", "country": "NO"},
            "return_address": json.loads(msgspec.json.encode(SELLER)),
            "color": False,
            "duplex": True,
            "postage": "B",
            "undeliverable": "return",
        }
    ]


@pytest.mark.parametrize("taken", [False, True])
def test_the_same_again_counts_as_delivered_and_other_content_is_rejected(taken: bool, folder: pathlib.Path) -> None:
    partner(folder).submit(job())
    if taken:
        take(folder)
    with pytest.raises(errors.AlreadyDelivered) as caught:
        partner(folder).submit(job())
    assert isinstance(caught.value.standing, client.Standing)
    assert caught.value.standing.state == ("taken" if taken else "offered")
    with pytest.raises(errors.Rejected, match="annet innhold"):
        partner(folder).submit(job(pdf=b"%PDF-1.7 another"))
    assert partner(folder).find("solberg-2046") is None


class Crash(BaseException):
    """The process dies here: no cleaning up."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """After so many changes of the disk; None is never."""
    left: list[int] = []
    real_write, real_move = folders.write_file, folders.move_file

    def spend() -> None:
        if left and (left.append(left.pop() - 1) or left[0] < 0):
            raise Crash

    def write(path: pathlib.Path, content: bytes) -> None:
        spend()
        real_write(path, content)

    def move(path: pathlib.Path, to: pathlib.Path) -> bool:
        spend()
        return real_move(path, to)

    monkeypatch.setattr(folders, "write_file", write)
    monkeypatch.setattr(folders, "move_file", move)
    yield left


@pytest.mark.parametrize("again", [b"%PDF-1.7 faktura", b"%PDF-1.7 rettet"])
@pytest.mark.parametrize("survived", range(7))
def test_a_crash_at_any_change_leaves_nothing_half_and_is_completed(
    survived: int, again: bytes, folder: pathlib.Path, dying: list[int]
) -> None:
    dying.append(survived)
    try:
        partner(folder).submit(job())
    except Crash:
        assert survived < 6
    dying.clear()
    offered = (folder / "solberg-2045.ok").exists()
    assert offered == (survived == 6) == (partner(folder).find("solberg-2045") is not None)
    if not offered:
        partner(folder).submit(job(pdf=again))
        take(folder)
    with pytest.raises(errors.AlreadyDelivered):
        partner(folder).submit(job(pdf=b"%PDF-1.7 faktura" if offered else again))
    assert visible(folder) == (JOB if offered else [])


@pytest.mark.parametrize("other", [b"%PDF-1.7 faktura", b"%PDF-1.7 rettet"])
@pytest.mark.parametrize("before", range(6))
def test_a_writer_that_was_overtaken_hands_over_nothing_more(
    before: int, other: bytes, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one comes between any two changes of ours, and the partner takes its job at once."""
    real_write, real_move, left, taken = folders.write_file, folders.move_file, [before], list[list[str]]()

    def overtake() -> None:
        left[0] -= 1
        if left[0] == -1:
            partner(folder).submit(job(pdf=other))
            taken.append(visible(folder))
            take(folder)

    def write(path: pathlib.Path, content: bytes) -> None:
        overtake()
        real_write(path, content)

    def move(path: pathlib.Path, to: pathlib.Path) -> bool:
        overtake()
        return real_move(path, to)

    monkeypatch.setattr(folders, "write_file", write)
    monkeypatch.setattr(folders, "move_file", move)
    with pytest.raises((errors.AlreadyDelivered, errors.Rejected, errors.Unavailable)):
        partner(folder).submit(job())
    assert taken == [JOB]
    assert not list(folder.glob("*.ok"))


def test_many_writers_at_once_hand_over_one_job(folder: pathlib.Path) -> None:
    said: list[str] = []
    start = threading.Barrier(6)

    def submit() -> None:
        start.wait()
        try:
            said.append(partner(folder).submit(job()).state)
        except errors.RemoteError as error:
            said.append(type(error).__name__)

    writers = [threading.Thread(target=submit) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert said.count("offered") == 1
    assert {*said} <= {"offered", "AlreadyDelivered", "Unavailable"}
    assert visible(folder) == JOB


def test_a_process_killed_in_the_middle_of_a_file_leaves_nothing_that_looks_whole(folder: pathlib.Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from fakturabro.remote import folders\n"
        "from tests.unit import test_client_print_partner as ours\n"
        "real = os.fsync\n"
        "def fsync(handle):\n"
        "    if os.fstat(handle).st_size > 100_000:\n"
        "        print('writing', flush=True)\n"
        "        sys.stdin.read()\n"
        "    real(handle)\n"
        "os.fsync = fsync\n"
        "ours.partner(pathlib.Path(sys.argv[1])).submit(ours.job(pdf=b'%PDF-1.7' + bytes(200_000)))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=pathlib.Path.cwd()
    ) as writer:
        assert writer.stdout and writer.stdout.readline() == b"writing\n"
        writer.send_signal(signal.SIGKILL)
    (left,) = visible(folder)
    assert left.startswith(".") and left.endswith(folders.PART)
    assert partner(folder).find("solberg-2045") is None
    partner(folder).submit(job(pdf=b"%PDF-1.7" + bytes(200_000)))
    assert [name for name in visible(folder) if name != left] == JOB


@pytest.mark.parametrize("failing", range(16))
def test_a_full_disk_leaves_nothing_visible(failing: int, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = os.fsync, [failing]

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(errno.ENOSPC, "full")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    try:
        partner(folder).submit(job())
    except errors.Unavailable as error:
        assert "No space left" in str(error)
        assert visible(folder) == []
        partner(folder).submit(job())
    assert visible(folder) == JOB
    assert sorted(path.name for path in (folder / ".submitted").iterdir()) == ["solberg-2045"] or failing < 6


def test_a_folder_that_is_not_there_is_not_made(tmp_path: pathlib.Path) -> None:
    missing = partner(tmp_path / "not mounted")
    for call in (lambda: missing.submit(job()), lambda: missing.find("solberg-2045")):
        with pytest.raises(errors.Unavailable, match="koblet til"):
            call()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("job_id", ["", ".hidden", "../up", "a/b", "a\\b", "å", "x" * 101, "a\n"])
def test_a_job_id_cannot_leave_the_folder(job_id: str, folder: pathlib.Path) -> None:
    with pytest.raises(errors.Rejected):
        partner(folder).submit(job(job_id))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("pdf", "pages"), [(b"<html>", 1), (b"%PDF-1.7", 0)])
def test_what_is_no_pdf_is_rejected(pdf: bytes, pages: int, folder: pathlib.Path) -> None:
    letter = client.Letter(document_id="2045", pdf=pdf, pages=pages, recipient=KARI, return_address=SELLER)
    with pytest.raises(errors.Rejected):
        partner(folder).submit(client.Job(job_id="x", letters=(letter,)))
