"""The print partner's drop folder: whole or nothing, once, also after a crash between any two file operations."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pathlib

import msgspec
import pytest

from fakturabro.remote import errors
from fakturabro.systems.print_partner import client, wire

KARI = wire.PostalAddress(name="Kari Nordmann", lines=("Storgata 1",), post_code="0155", place="Oslo")
SELLER = wire.PostalAddress(name="Factoring Finans AS", lines=("Postboks 1",), post_code="0101", place="Oslo")


def job(job_id: str = "solberg-2045", pdf: bytes = b"%PDF-1.7 faktura") -> client.Job:
    letter = client.Letter(document_id="invoice/2045", pdf=pdf, pages=2, recipient=KARI, return_address=SELLER)
    return client.Job(job_id=job_id, letters=(letter,))


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def visible(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_job_is_pdf_index_and_ok(folder: pathlib.Path) -> None:
    standing = client.DropFolder(folder).submit(job())
    assert visible(folder) == ["solberg-2045-1.pdf", "solberg-2045.json", "solberg-2045.ok"]
    content = (folder / "solberg-2045.json").read_bytes()
    assert standing.sha256 == hashlib.sha256(content).hexdigest()
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
    partner = client.DropFolder(folder)
    partner.submit(job())
    if taken:
        for name in visible(folder):
            (folder / name).unlink()
    with pytest.raises(errors.AlreadyDelivered) as caught:
        partner.submit(job())
    assert isinstance(caught.value.standing, client.Standing)
    assert caught.value.standing.state == ("taken" if taken else "offered")
    with pytest.raises(errors.Rejected, match="annet innhold"):
        partner.submit(job(pdf=b"%PDF-1.7 another"))
    assert partner.find("solberg-2046") is None


class Crash(BaseException):
    """The process dies here: no cleaning up."""


@pytest.mark.parametrize("survived", range(6))
def test_a_crash_at_any_file_leaves_nothing_half_and_is_completed(
    survived: int, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = pathlib.Path.replace, [survived]

    def replace(self: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
        if left[0] == 0:
            raise Crash
        left[0] -= 1
        return real(self, target)

    partner = client.DropFolder(folder)
    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "replace", replace)
        try:
            partner.submit(job())
            crashed = False
        except Crash:
            crashed = True
    assert crashed == (survived < 5)
    offered = (folder / "solberg-2045.ok").exists()
    assert offered == (survived >= 4)
    assert (partner.find("solberg-2045") is not None) == offered
    try:
        partner.submit(job())
    except errors.AlreadyDelivered:
        assert offered
    assert visible(folder) == ["solberg-2045-1.pdf", "solberg-2045.json", "solberg-2045.ok"]


def test_a_job_taken_away_right_after_a_crash_is_not_sent_again(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = client.DropFolder(folder)
    partner.submit(job())
    memory = folder / ".submitted" / "solberg-2045"
    memory.write_text(memory.read_text().split()[0])  # died before it could write that the job was concluded
    for name in visible(folder):
        (folder / name).unlink()
    with pytest.raises(errors.AlreadyDelivered):
        partner.submit(job())


@pytest.mark.parametrize("failing", range(8))
def test_a_full_disk_leaves_nothing_visible(failing: int, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = os.fsync, [failing]

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(errno.ENOSPC, "full")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    partner = client.DropFolder(folder)
    if failing < 5:
        with pytest.raises(errors.Unavailable, match="No space left"):
            partner.submit(job())
        assert visible(folder) == []
    else:
        partner.submit(job())
    with pytest.raises(errors.AlreadyDelivered) if failing >= 5 else monkeypatch.context():
        partner.submit(job())


def test_a_folder_that_is_not_there_is_not_made(tmp_path: pathlib.Path) -> None:
    partner = client.DropFolder(tmp_path / "not mounted")
    for call in (lambda: partner.submit(job()), lambda: partner.find("solberg-2045")):
        with pytest.raises(errors.Unavailable, match="koblet til"):
            call()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("job_id", ["", ".hidden", "../up", "a/b", "a\\b", "å", "x" * 101, "a\n"])
def test_a_job_id_cannot_leave_the_folder(job_id: str, folder: pathlib.Path) -> None:
    with pytest.raises(errors.Rejected):
        client.DropFolder(folder).submit(job(job_id))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("pdf", "pages"), [(b"<html>", 1), (b"%PDF-1.7", 0)])
def test_what_is_no_pdf_is_rejected(pdf: bytes, pages: int, folder: pathlib.Path) -> None:
    letter = client.Letter(document_id="2045", pdf=pdf, pages=pages, recipient=KARI, return_address=SELLER)
    with pytest.raises(errors.Rejected):
        client.DropFolder(folder).submit(client.Job(job_id="x", letters=(letter,)))
