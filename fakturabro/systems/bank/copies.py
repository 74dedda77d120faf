"""The copy that a file of any size is read from: on a disk of this machine, under no name.

Nobody else finds it there, and no crash leaves it behind.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from typing import BinaryIO, cast

from fakturabro.remote import errors
from fakturabro.systems.bank import messages

_IN_MEMORY = 8_000_000
_SPARED = 1_000_000_000
"""Bytes that a copy leaves free on the disk: the ledger may lie on it."""


class NoRoomError(errors.Unavailable):
    """The disk for temporary files is full; smaller files may go on."""


class Copy:
    """Of the file `name`: the first `room` bytes that are added are kept in `file`, the rest is only counted."""

    def __init__(self, name: str, room: int, file: BinaryIO) -> None:
        self._name, self._room, self._file, self._sha256, self.size = name, room, file, hashlib.sha256(), 0

    def add(self, part: bytes) -> None:
        """Raises NoRoomError."""
        self.size += len(part)
        self._sha256.update(part)
        with _laddered(self._name, self._room):
            if self.size <= self._room:
                self._file.write(part)

    def read(self) -> tuple[BinaryIO, str]:
        """What was kept, from its beginning; the SHA-256 of all that was added."""
        self._file.seek(0)
        return self._file, self._sha256.hexdigest()


@contextlib.contextmanager
def begun(name: str, room: int) -> Generator[Copy]:
    """A copy that is gone with the block. Raises NoRoomError."""
    with _laddered(name, room), tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        if room > _IN_MEMORY and shutil.disk_usage(tempfile.gettempdir()).free < room + _SPARED:
            raise OSError(errno.ENOSPC, "")
        yield Copy(name, room, cast("BinaryIO", file))


@contextlib.contextmanager
def _laddered(name: str, room: int) -> Generator[None]:
    """Here, lest the folder that the file comes from gets the blame."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise NoRoomError(messages.no_room(name, room, reason)) from None
