"""Folders that we share with others, on a disk here or over SFTP (sftp.py): a file appears whole or not at all.

Paths are relative to the folder, with "/" between their parts. A name that begins with "." is hidden: the others leave it alone.
All calls block. They raise Unavailable (the folder is not there, full or broken) and CredentialError (no right to it, read-only).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import pathlib
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import Protocol

import msgspec

from fakturabro.remote import errors, messages

PART = ".part"
"""How the name of a file ends that is being written; it begins with "."."""
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file: `size` in bytes, `modified` by the clock of the machine that it lies on."""

    name: str
    size: int
    modified: dt.datetime


class Folder(Protocol):
    """What a carrier can do; none of it makes the folder itself."""

    @property
    def title(self) -> str:
        """What operators know it by."""
        ...

    def find_files(self) -> list[Entry]:
        """The files that are not hidden, by name."""
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """The content, at most `limit` + 1 bytes of it; None when there is certainly no such file."""
        ...

    def has(self, path: str) -> bool:
        """Whether something stands there; False is certain."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put a file there, in place of what stood there; it lasts through a power cut."""
        ...

    def move(self, path: str, to: str) -> bool:
        """In one step; False when `path` is not there, or `to` is a folder with something in it. Raises Uncertain over SFTP."""
        ...

    def make(self, path: str) -> None:
        """A folder in it, unless it stands."""
        ...

    def remove(self, path: str) -> None:
        """A file or an empty folder, if it stands."""
        ...

    def sweep(self, before: dt.datetime) -> None:
        """Remove what somebody began to write before that time and did not live to finish."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


class DiskFolder:
    """A folder on a disk of this machine, or mounted on it."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    @property
    def title(self) -> str:
        """The folder's name."""
        return self._path.name

    def find_files(self) -> list[Entry]:
        """See Folder."""
        with self._laddered():
            return sorted(self._entries(lambda name: not name.startswith(".")), key=lambda entry: entry.name)

    def read(self, path: str, limit: int) -> bytes | None:
        """See Folder."""
        with self._laddered():
            try:
                with (self._path / path).open("rb") as file:
                    return file.read(limit + 1)
            except (FileNotFoundError, NotADirectoryError):
                self._path.stat()
                return None

    def has(self, path: str) -> bool:
        """See Folder."""
        with self._laddered():
            self._path.stat()
            return (self._path / path).exists()

    def write(self, path: str, content: bytes) -> None:
        """See Folder."""
        with self._laddered():
            write_file(self._path / path, content)

    def move(self, path: str, to: str) -> bool:
        """See Folder."""
        with self._laddered():
            self._path.stat()
            return move_file(self._path / path, self._path / to)

    def make(self, path: str) -> None:
        """See Folder."""
        with self._laddered():
            (self._path / path).mkdir(mode=0o700, exist_ok=True)

    def remove(self, path: str) -> None:
        """See Folder."""
        with self._laddered(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = self._path / path
            found.rmdir() if found.is_dir() else found.unlink()

    def sweep(self, before: dt.datetime) -> None:
        """See Folder."""
        with self._laddered():
            for entry in self._entries(lambda name: name.startswith(".") and name.endswith(PART)):
                if entry.modified < before:
                    (self._path / entry.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open."""

    def _entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:
        with os.scandir(self._path) as found:
            for one in found:
                if wanted(one.name) and one.is_file(follow_symlinks=False):
                    stat = one.stat(follow_symlinks=False)
                    yield Entry(name=one.name, size=stat.st_size, modified=dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC))

    @contextlib.contextmanager
    def _laddered(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            if error.errno in _NO_RIGHT:
                raise errors.CredentialError(messages.no_right(self.title, reason), system=self.title) from None
            raise errors.Unavailable(messages.folder_fails(self.title, reason)) from None


def write_file(path: pathlib.Path, content: bytes) -> None:
    """The file appears whole or not at all, and lasts. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=PART)
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
    _sync(path.parent)


def move_file(path: pathlib.Path, to: pathlib.Path) -> bool:
    """Rename in one step; False when `path` is not there or `to` is a folder with something in it. Raises OSError.

    It is done when the name has changed: a disk that cannot make that last now makes no error of it.
    """
    try:
        path.rename(to)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    for folder in {path.parent, to.parent}:
        with contextlib.suppress(OSError):
            _sync(folder)
    return True


def _sync(folder: pathlib.Path) -> None:
    """Make renames last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
