"""The print partner's drop folder: a job is its PDF files, then `<job>.json`, and last `<job>.ok`; without that it is nothing.

Every file is written under a hidden temporary name, synced and renamed, so that nobody reads half a file. `<job>.ok` holds the
sha256 of the index. What was handed over is remembered (memory.py): a job that was taken away still counts.

Assumed: the partner reads a job only when its .ok stands, and takes all its files away when it has it, the .ok last; it leaves
hidden folders alone. The calls block on the disk or the network.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import Literal

import msgspec

from fakturabro.remote import errors, folders
from fakturabro.systems.print_partner import memory, messages, wire

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


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
    """One partner's folder, on a disk or over SFTP."""

    def __init__(self, folder: folders.Folder) -> None:
        self._folder, self._memory = folder, memory.Memory(folder)

    def submit(self, job: Job) -> Standing:
        """Hand a job over, whole or not at all; what a crash left behind of the same job is completed.

        Raises AlreadyDelivered (the same content stands or was taken), Rejected (other content, or no PDF), Unavailable (disk
        full, no folder) and CredentialError (no right): nothing is visible then; Uncertain (SFTP broke off at the very .ok).
        """
        index = _index(job)
        content = _to_bytes(index)
        sha256 = hashlib.sha256(content).hexdigest()
        self._refuse_another(job.job_id, sha256)
        files = {entry.file_name: letter.pdf for entry, letter in zip(index.letters, job.letters, strict=True)}
        files[f"{job.job_id}.json"] = content
        try:
            self._memory.claim(job.job_id, sha256)
            for name, data in files.items():
                self._folder.write(name, data)
            handed_over = self._memory.hand_over(job.job_id, sha256)
        except (errors.Unavailable, errors.CredentialError):
            self._withdraw(job.job_id, list(files))
            raise
        if not handed_over:
            self._refuse_another(job.job_id, sha256)
            raise errors.Unavailable(messages.another_writes(job.job_id))
        return Standing(job_id=job.job_id, sha256=sha256, state="offered")

    def find(self, job_id: str) -> Standing | None:
        """What was handed over under this id, None when certainly nothing was. Raises Unavailable, CredentialError."""
        _require_safe(job_id, "Jobb-ID")
        sha256 = self._memory.find(job_id)
        if sha256 is None:
            return None
        return Standing(job_id=job_id, sha256=sha256, state="offered" if self._folder.has(f"{job_id}.ok") else "taken")

    def _refuse_another(self, job_id: str, sha256: str) -> None:
        standing = self.find(job_id)
        if standing and standing.sha256 != sha256:
            raise errors.Rejected(messages.another_stands(job_id), detail=messages.another_stands(job_id))
        if standing:
            raise errors.AlreadyDelivered(messages.stands_already(job_id), standing)

    def _withdraw(self, job_id: str, names: list[str]) -> None:
        """Leave nothing behind, unless another writer handed it over; what cannot be removed now is invisible without its .ok."""
        with contextlib.suppress(errors.RemoteError):
            if self._memory.withdraw(job_id):
                for name in reversed(names):
                    self._folder.remove(name)


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
