"""The print partner's drop folder: a job is its PDF files, then `<job>.json`, and last `<job>.ok`; without that it is nothing.

Every file is written under a hidden temporary name, synced and renamed, so that nobody reads half a file. What was handed over is
remembered by job id and hash in the folder `.submitted`, which the partner leaves alone: a job that was taken away still counts.

Assumed: the partner reads a job only when its .ok stands, and takes all its files away when it has it, the .ok last.
The calls block on the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import tempfile
from typing import Literal

import msgspec

from fakturabro.remote import errors
from fakturabro.systems.print_partner import messages, wire

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_MEMORY = ".submitted"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One document to print: the PDF's bytes and number of pages, to whom, and how."""

    document_id: str
    pdf: bytes
    pages: int
    recipient: wire.PostalAddress
    return_address: wire.PostalAddress
    color: bool = False
    duplex: bool = True
    postage: Literal["A", "B"] = "B"
    undeliverable: Literal["return", "destroy"] = "return"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed over in one piece; `job_id` is the natural key that a repeat is known by."""

    job_id: str
    letters: tuple[Letter, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was handed over: `sha256` of its index; "offered" until the partner took it away."""

    job_id: str
    sha256: str
    state: Literal["offered", "taken"]


class DropFolder:
    """One partner's folder on a local disk."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def submit(self, job: Job) -> Standing:
        """Hand a job over, whole or not at all; what a crash left behind of the same job is completed.

        Raises AlreadyDelivered (the same content stands or was taken), Rejected (other content, or no PDF), Unavailable (disk
        full, no right, no folder: nothing is visible), Uncertain (the disk failed after the job became visible).
        """
        index = _index(job)
        content = _to_bytes(index)
        sha256 = hashlib.sha256(content).hexdigest()
        standing = self.find(job.job_id)
        if standing and standing.sha256 != sha256:
            raise errors.Rejected(messages.another_stands(job.job_id), detail=messages.another_stands(job.job_id))
        if standing:
            raise errors.AlreadyDelivered(messages.stands_already(job.job_id), standing)
        files = {entry.file_name: letter.pdf for entry, letter in zip(index.letters, job.letters, strict=True)}
        self._write_all(job.job_id, files | {f"{job.job_id}.json": content}, sha256)
        return Standing(job_id=job.job_id, sha256=sha256, state="offered")

    def find(self, job_id: str) -> Standing | None:
        """What was handed over under this id, None when certainly nothing was. Raises Unavailable when the folder is not there."""
        _require_safe(job_id, "Jobb-ID")
        try:
            self._folder.stat()
            if not self._remembered(job_id).exists():
                return None
            sha256, *concluded = self._remembered(job_id).read_text("ascii").split()
            offered = self._path(f"{job_id}.ok").exists()
            begun = self._path(f"{job_id}.json").exists()
        except OSError as error:
            raise errors.Unavailable(messages.no_folder(self._folder.name, _reason(error))) from None
        if not concluded and not offered and begun:
            return None  # a crash between our memory and the .ok: nobody has seen the job
        return Standing(job_id=job_id, sha256=sha256, state="offered" if offered else "taken")

    def _write_all(self, job_id: str, files: dict[str, bytes], sha256: str) -> None:
        """All files, our memory that it begins, the .ok, our memory that it ended; on failure before the .ok nothing stays."""
        okay = self._path(f"{job_id}.ok")
        written = [self._path(name) for name in files]
        try:
            self._remembered(job_id).parent.mkdir(mode=0o700, exist_ok=True)
            for name, content in files.items():
                _write(self._path(name), content)
            _write(self._remembered(job_id), f"{sha256}\n".encode())
            _sync_folder(self._folder)
            _write(okay, b"")
        except OSError as error:
            if okay.exists():
                raise errors.Uncertain(messages.unknown_outcome(job_id, _reason(error))) from None
            for path in (self._remembered(job_id), *written):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            raise errors.Unavailable(messages.cannot_write(self._folder.name, _reason(error))) from None
        with contextlib.suppress(OSError):
            _sync_folder(self._folder)
            _write(self._remembered(job_id), f"{sha256} concluded\n".encode())

    def _path(self, name: str) -> pathlib.Path:
        return self._folder / name

    def _remembered(self, job_id: str) -> pathlib.Path:
        return self._folder / _MEMORY / job_id


def to_index(job: Job) -> bytes:
    """The bytes of a job's index, which names its PDF files by their sha256. Raises Rejected when there is no PDF."""
    return _to_bytes(_index(job))


def _index(job: Job) -> wire.Index:
    _require_safe(job.job_id, "Jobb-ID")
    return wire.Index(job_id=job.job_id, letters=tuple(_entry(job.job_id, n, letter) for n, letter in enumerate(job.letters, 1)))


def _to_bytes(index: wire.Index) -> bytes:
    return msgspec.json.format(msgspec.json.encode(index), indent=2)


def _entry(job_id: str, number: int, letter: Letter) -> wire.IndexedLetter:
    if letter.pages < 1 or not letter.pdf.startswith(b"%PDF-"):
        raise errors.Rejected(messages.no_pages(letter.document_id), detail=messages.no_pages(letter.document_id))
    return wire.IndexedLetter(
        document_id=letter.document_id,
        file_name=f"{job_id}-{number}.pdf",
        sha256=hashlib.sha256(letter.pdf).hexdigest(),
        pages=letter.pages,
        recipient=letter.recipient,
        return_address=letter.return_address,
        color=letter.color,
        duplex=letter.duplex,
        postage=letter.postage,
        undeliverable=letter.undeliverable,
    )


def _require_safe(text: str, what: str) -> None:
    if not _ID.fullmatch(text):
        raise errors.Rejected(messages.unsafe_id(what), detail=messages.unsafe_id(what))


def _write(path: pathlib.Path, content: bytes) -> None:
    """The file appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o640)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: pathlib.Path) -> None:
    """Make renames last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__
