"""The send journal: what is about to leave, on disk before it leaves, in a folder that may lie on another volume than the ledger.

    reserve -> (the ledger commits `sending` and the line's name) -> left -> (the bytes leave) -> answered

A `reserve` without `left` left nothing. A `left` whose `reserve` the ledger does not know was lost by the ledger, and so may be the
stops and releases that stand here too: see recovery. The folder holds 000001.jsonl, 000002.jsonl ..., shared by all processes of a
machine, one JSON line per entry, appended under a lock. Each line names the hash of the line before and ends with its own: sha256
over all that stands before it. A line's name is <epoch>.<file>.<byte>.<start of its hash>; names sort as the lines stand. An epoch
begins with each recover, for the whole installation: a process that began in an older one appends nothing more.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import logging
import os
import pathlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fakturabro.ledger.journal import lines, messages

_LOGGER = logging.getLogger("fakturabro")
FILE_SIZE = 64_000_000
"""Bytes from which a new file is begun."""


class JournalError(Exception):
    """The journal cannot be written or read, so nothing may leave. The message says what to do."""


class EpochError(JournalError):
    """A recover has begun since this process started: it must begin again."""


class _Tail(NamedTuple):
    """Where the journal ends. `torn` is what a writer that died left behind `end`; `name` and `hash` are the last whole line's."""

    file: int = 1
    end: int = 0
    torn: bytes = b""
    name: str = ""
    hash: str = ""
    epoch: int = 1

    def with_line(self, file: int, at: int, line: bytes, epoch: int) -> _Tail:
        """The same end, behind this line."""
        stated = lines.stated(line)
        return self._replace(name=f"{epoch:06}.{file:06}.{at:012}.{stated[: lines.SHORT]}", hash=stated, epoch=epoch)


class Journal:
    """The journal in one folder. Any number of threads and processes may append."""

    def __init__(self, folder: pathlib.Path, file_size: int = FILE_SIZE) -> None:
        self.folder = folder
        self._file_size = file_size
        with self._reading():
            self._seen = self._find_tail()
        self.epoch = self._seen.epoch

    def reserve(self, tenant: str, run: str, purpose: str, target: str, sendings: Sequence[lines.Sending], now: dt.datetime) -> str:
        """Say what is about to be sent where; the line's name, when it is on disk. Raises JournalError: nothing may leave."""
        return self._append(lines.Reserve, tenant, now, run=run, purpose=purpose, target=target, sendings=sendings)

    def left(self, tenant: str, line: str, now: dt.datetime) -> None:
        """Say that the ledger has committed what `line` reserved, and that it leaves now. Raises JournalError: it must not."""
        self._append(lines.Left, tenant, now, line=line)

    def answered(self, tenant: str, line: str, outcomes: Mapping[str, str], now: dt.datetime) -> None:
        """Say what the ledger has recorded of a line, by natural key. Not synced to disk: losing it costs one reading back."""
        self._append(lines.Answered, tenant, now, durable=False, line=line, outcomes=outcomes)

    def stopped(self, tenant: str, scope: str, *, why: str, owner: str, at: dt.datetime, review_at: dt.datetime) -> None:
        """Say that somebody stopped `scope`."""
        self._append(lines.Stopped, tenant, at, scope=scope, why=why, owner=owner, review_at=review_at)

    def released(self, tenant: str, scope: str, *, why: str, by: str, at: dt.datetime) -> None:
        """Say that somebody released `scope`."""
        self._append(lines.Released, tenant, at, scope=scope, why=why, by=by)

    def note(self, kind: type[lines.News], tenant: str, at: dt.datetime, **said: Any) -> None:
        """Say what the world did, in whatever epoch this process began. A journal that is away keeps nobody out: it is logged."""
        try:
            self._append(kind, tenant, at, **said)
        except JournalError as error:
            _LOGGER.warning("%s", messages.news_not_in_journal(tenant, error))

    def begin_epoch(self, tenant: str, run: str, now: dt.datetime, after: int) -> str:
        """Begin an epoch, newer than the journal's and newer than `after`; from now on every older process is shut out."""
        return self._append(lines.Epoch, tenant, now, after=after, run=run)

    def end(self) -> str:
        """The name of the last line, "" when there is none; the line and all before it are on disk."""
        if not self.folder.is_dir():
            return ""
        with self._reading(), self._locked():
            tail = self._find_tail()
            if tail.name:
                self._sync(tail.file)
            return tail.name

    def find(self, name: str) -> lines.Entry | None:
        """The line of this name; None when the journal does not hold it."""
        _, file, at, start = name.split(".")
        with self._reading(), contextlib.suppress(FileNotFoundError), self._path(int(file)).open("rb") as opened:
            opened.seek(int(at))
            line = opened.readline()
            if lines.stated(line).startswith(start):
                return lines.read(line)
        return None

    def scan(self, tenant: str, kinds: Sequence[type[lines.Entry]], start: str = "") -> Iterator[lines.Entry]:
        """The lines of these kinds of one tenant, from the line named `start`, or from the first. Memory stays flat."""
        prefixes = tuple(lines.prefix(kind, tenant) for kind in kinds)
        file, at = (int(part) for part in start.split(".")[1:3]) if start else (1, 0)
        with self._reading():
            for number in self._numbers():
                if number >= file:
                    yield from self._scan_file(number, at if number == file else 0, prefixes)

    def _scan_file(self, number: int, at: int, prefixes: tuple[bytes, ...]) -> Iterator[lines.Entry]:
        with self._path(number).open("rb") as opened:
            opened.seek(at)
            for line in opened:
                if line.startswith(prefixes) and line.endswith(b"\n"):
                    if (entry := lines.read(line)) is None:
                        raise JournalError(messages.damaged(self._path(number), at))
                    yield entry
                at += len(line)

    def verify(self) -> list[lines.Fault]:
        """Every line that was changed, and every place where one was removed, inserted or swapped; empty when all is whole.

        What is missing at the very end only the ledger can tell: recovery.find_missing. A torn last line is no fault.
        """
        with self._reading():
            return list(lines.verify([self._path(number) for number in self._numbers()]))

    def _append(
        self, kind: type[lines.Entry], tenant: str, now: dt.datetime, *, durable: bool = True, after: int | None = None, **said: Any
    ) -> str:
        try:
            if not self._seen.name:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                tail = self._tail()
                if after is not None:
                    self.epoch = max(tail.epoch, after) + 1
                elif tail.name and tail.epoch != self.epoch and kind not in lines.NEWS:
                    raise EpochError(messages.old_epoch(self.epoch, tail.epoch))
                epoch = tail.epoch if kind in lines.NEWS and tail.name else self.epoch
                if tail.torn:
                    torn = {"bytes": len(tail.torn), "sha256": hashlib.sha256(tail.torn).hexdigest()}
                    tail = self._write(tail, lines.Cut, "", now, durable, epoch, torn)
                self._seen = self._write(tail, kind, tenant, now, durable, epoch, said)
                return self._seen.name
        except OSError as error:
            raise JournalError(messages.cannot_be_written(self.folder, error.strerror or str(error))) from error

    def _write(
        self,
        tail: _Tail,
        kind: type[lines.Entry],
        tenant: str,
        now: dt.datetime,
        durable: bool,
        epoch: int,
        said: Mapping[str, Any],
    ) -> _Tail:
        """Put a line behind the last whole one, in a new file when that one is full; the new end."""
        number, at = tail.file, tail.end
        if at >= self._file_size and not tail.torn:
            self._sync(number)  # lines that nobody synced must not be lost behind those of the new file
            number, at = number + 1, 0
        line = lines.encode(kind(tenant=tenant, epoch=epoch, at=now, previous=tail.hash, **said))
        self._put(self._path(number), at, line, durable)
        return _Tail(number, at + len(line)).with_line(number, at, line, epoch)

    def _put(self, path: pathlib.Path, at: int, data: bytes, durable: bool) -> None:
        """Write all of it and what was torn away, or nothing."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(descriptor, data[done:], at + done)
            if os.fstat(descriptor).st_size > at + done:
                os.ftruncate(descriptor, at + done)
            if durable:
                os.fsync(descriptor)
            if at == 0:
                self._sync_folder()
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, at)
            raise
        finally:
            os.close(descriptor)

    def _tail(self) -> _Tail:
        """The end of the journal, under the lock. Raises JournalError when it has lost what this process has seen of it."""
        seen = self._seen
        with contextlib.suppress(FileNotFoundError):
            if seen.name and self._path(seen.file).stat().st_size == seen.end and not self._path(seen.file + 1).exists():
                return seen
        found = self._find_tail()
        if (found.file, found.end) < (seen.file, seen.end):
            raise JournalError(messages.shrunk(self.folder))
        return found

    def _find_tail(self) -> _Tail:
        numbers = self._numbers()
        found = _Tail(file=numbers[-1]) if numbers else _Tail()
        for number in reversed(numbers):
            at, line, torn = lines.last(self._path(number))
            if number == found.file:
                found = found._replace(end=at + len(line), torn=torn)
            if line:
                if (entry := lines.read(line)) is None:
                    raise JournalError(messages.damaged(self._path(number), at))
                return found.with_line(number, at, line, entry.epoch)
        return found

    def _numbers(self) -> list[int]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 a glob would pass over a folder that may not be read
        except FileNotFoundError:
            return []
        return sorted(int(name.removesuffix(".jsonl")) for name in names if name.endswith(".jsonl"))

    def _path(self, number: int) -> pathlib.Path:
        return self.folder / f"{number:06}.jsonl"

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Held by one thread of one process at a time; the kernel takes it from whoever dies."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _reading(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise JournalError(messages.cannot_be_read(self.folder, error.strerror or str(error))) from error

    def _sync(self, number: int) -> None:
        _sync(self._path(number), os.O_RDONLY)

    def _sync_folder(self) -> None:
        _sync(self.folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: pathlib.Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
