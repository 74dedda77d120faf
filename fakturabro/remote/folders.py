"""Folders that we share with others, on a disk here or over SFTP (sftp.py): a file appears whole or not at all.

Paths are relative to the folder, with "/" between their parts. A name that begins with "." is hidden: the others leave it alone.
All calls block. They raise Unavailable (the folder is not there, full or broken) and CredentialError (no right to it, read-only).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import io
import os
import pathlib
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, Protocol

import msgspec

from fakturabro.remote import errors, messages

PART = ".part"
"""How the name of a file ends that is being written, and of a folder that is being filled; it begins with "."."""
PIECE = 262_144
"""Bytes that are held at once of a file of any size."""
Content = bytes | BinaryIO
"""A stream must be able to seek: it is read from its beginning, and again where something has to be repeated."""
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

    def find_files(self, path: str = "") -> list[Entry]:
        """The files that are not hidden, by name; in the folder, or in one below it, which need not stand."""
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """The content, at most `limit` + 1 bytes of it; None when there is certainly no such file."""
        ...

    def copy(self, path: str, sink: Callable[[bytes], object], limit: int) -> bool:
        """Give the content to `sink`, a piece at a time, at most `limit` + 1 bytes; False when there is certainly no such file."""
        ...

    def has(self, path: str) -> bool:
        """Whether something stands there; False is certain."""
        ...

    def write(self, path: str, content: Content) -> None:
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

    def sweep(self, before: dt.datetime, path: str = "") -> None:
        """Remove what somebody began to write before that time and did not live to finish, in the folder or in one below it."""
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

    def find_files(self, path: str = "") -> list[Entry]:
        """See Folder."""
        with self._laddered():
            if path and not self.has(path):
                return []
            return sorted(self._entries(path), key=lambda entry: entry.name)

    def read(self, path: str, limit: int) -> bytes | None:
        """See Folder."""
        parts: list[bytes] = []
        return b"".join(parts) if self.copy(path, parts.append, limit) else None

    def copy(self, path: str, sink: Callable[[bytes], object], limit: int) -> bool:
        """See Folder."""
        with self._laddered():
            try:
                file = (self._path / path).open("rb")
            except (FileNotFoundError, NotADirectoryError):
                self._path.stat()
                return False
            with file:
                left = limit + 1
                while left and (part := file.read(min(PIECE, left))):
                    left -= len(part)
                    sink(part)
            return True

    def has(self, path: str) -> bool:
        """See Folder."""
        with self._laddered():
            self._path.stat()
            return (self._path / path).exists()

    def write(self, path: str, content: Content) -> None:
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
            (self._path / path).mkdir(mode=0o750, exist_ok=True)

    def remove(self, path: str) -> None:
        """See Folder."""
        with self._laddered(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = self._path / path
            found.rmdir() if found.is_dir() else found.unlink()

    def sweep(self, before: dt.datetime, path: str = "") -> None:
        """See Folder."""
        with self._laddered():
            self._path.stat()
            for one in (self._path / path).glob(f".*{PART}"):
                with contextlib.suppress(FileNotFoundError):
                    if one.stat(follow_symlinks=False).st_mtime < before.timestamp():
                        _remove(one)

    def close(self) -> None:
        """Nothing is held open."""

    def _entries(self, path: str) -> Iterator[Entry]:
        """Those that another taker did not take away meanwhile."""
        with os.scandir(self._path / path) as found:
            for one in found:
                if one.name.startswith(".") or not one.is_file(follow_symlinks=False):
                    continue
                with contextlib.suppress(FileNotFoundError):
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


def pieces(content: Content) -> Iterator[bytes]:
    """The content from its beginning."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    stream.seek(0)
    while part := stream.read(PIECE):
        yield part


def write_file(path: pathlib.Path, content: Content) -> None:
    """The file appears whole or not at all, and lasts. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=PART)
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces(content))
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


def _remove(found: pathlib.Path) -> None:
    """A file, or a folder with the files in it."""
    if not found.is_dir() or found.is_symlink():
        found.unlink()
        return
    for one in found.iterdir():
        one.unlink()
    found.rmdir()


def _sync(folder: pathlib.Path) -> None:
    """Make renames last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
