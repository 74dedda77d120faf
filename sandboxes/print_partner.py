"""The print partner's side of the shared folder: which jobs are complete, what is wrong with the others, and the receipts.

A job is `<job>.json` (the index), the PDF files that the index names with their SHA-256, and `<job>.ok`, written last. The
index may name its files at any depth: every object in it that has "sha256" and one of "file", "file_name" and "filename" is a
file. The receipt is `<job>.receipt.json`, see docs/integrations/debtors.md; the next one comes when the one before was taken away.
The folder may be one that an SFTP server serves.

`.replies.json` in it, {"<job, or *>": "<reply>"}, is how it fails: "silent" never says anything, "rejected: <reason>" and
"undeliverable: <reason>" are of its letters.

Assumed: everything; print partners publish no common hand-over.
"""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterator
from typing import Any

import msgspec

from sandboxes import clock

_STATES = {
    "": ["accepted", "posted"],
    "silent": [],
    "rejected": ["rejected"],
    "undeliverable": ["accepted", "posted", "undeliverable"],
}


class IncompleteJobError(ValueError):
    """A job that was marked ready is not; the message names the file."""


class Document(msgspec.Struct, frozen=True):
    """One PDF of a job, with its entry in the index."""

    file: str
    sha256: str
    entry: dict[str, Any]


class Job(msgspec.Struct, frozen=True):
    name: str
    index: Any
    documents: tuple[Document, ...]


class PrintPartner:
    """Reads the jobs in `folder`, which it makes if it is not there."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._said: dict[str, int] = {}

    def ready(self) -> list[str]:
        """Names of the jobs whose `.ok` file is there, in order."""
        return sorted(path.stem for path in self.folder.glob("*.ok"))

    def unfinished(self) -> list[str]:
        """Names of jobs that have some file but no `.ok` file."""
        begun = {path.stem for path in self.folder.glob("*.json") if not path.name.endswith(".receipt.json")}
        return sorted(begun - set(self.ready()))

    def job(self, name: str) -> Job:
        """A job whose files are all there and are what the index says. Raises IncompleteJobError."""
        path = self.folder / f"{name}.json"
        try:
            index = msgspec.json.decode(path.read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            raise IncompleteJobError(f"{path.name}: {error}") from error
        documents = tuple(self._document(entry) for entry in _entries(index))
        if not documents:
            raise IncompleteJobError(f"{path.name} names no file with its sha256")
        return Job(name, index, documents)

    def jobs(self) -> list[Job]:
        """All jobs that are ready and complete."""
        return [job for name in self.ready() if (job := self._complete(name))]

    def receive(self) -> list[str]:
        """Write the next receipt of every ready job whose last one was taken away; returns the names of those jobs."""
        replies = self._replies()
        waiting = [name for name in self.ready() if not self._receipt(name).exists()]
        return [name for name in waiting if self._answer(name, replies.get(name, replies.get("*", "")))]

    def say(self, name: str, *letters: dict[str, Any]) -> None:
        """A receipt for any job, also for one that nobody handed over."""
        temporary = self.folder / f".{name}.tmp"
        temporary.write_bytes(msgspec.json.encode({"job_id": name, "letters": letters}))
        temporary.replace(self._receipt(name))

    def _complete(self, name: str) -> Job | None:
        try:
            return self.job(name)
        except IncompleteJobError:
            return None

    def _answer(self, name: str, reply: str) -> bool:
        """Whether there was something more to say of a job."""
        kind, _, reason = reply.partition(": ")
        try:
            ids = [str(one.entry.get("document_id", "")) for one in self.job(name).documents]
            states = _STATES[kind]
        except IncompleteJobError as error:
            ids, states, kind, reason = [""], ["rejected"], "rejected", str(error)
        said = self._said.get(name, 0)
        if said >= len(states):
            return False
        told = {"state": states[said], "at": clock.now(), "reason": reason if states[said] == kind else ""}
        self.say(name, *({"document_id": one, **told} for one in ids))
        self._said[name] = said + 1
        return True

    def _replies(self) -> dict[str, str]:
        try:
            return msgspec.json.decode((self.folder / ".replies.json").read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}

    def _receipt(self, name: str) -> pathlib.Path:
        return self.folder / f"{name}.receipt.json"

    def _document(self, entry: dict[str, Any]) -> Document:
        file = _file_name(entry)
        path = self.folder / file
        if path.resolve().parent != self.folder.resolve():
            raise IncompleteJobError(f"{file} is not in the folder")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise IncompleteJobError(f"{file}: {error}") from error
        if not content.startswith(b"%PDF-"):
            raise IncompleteJobError(f"{file} is no PDF")
        if (found := hashlib.sha256(content).hexdigest()) != entry["sha256"]:
            raise IncompleteJobError(f"{file} has sha256 {found}, the index says {entry['sha256']}")
        return Document(file, found, entry)


def _file_name(entry: dict[str, Any]) -> str:
    return str(next((entry[name] for name in ("file", "file_name", "filename") if name in entry), ""))


def _entries(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "sha256" in node and _file_name(node):
            yield node
        for value in node.values():
            yield from _entries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _entries(value)
