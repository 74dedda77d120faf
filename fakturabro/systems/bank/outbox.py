"""Files that we hand over in a folder: each appears whole, once, and is known again by its content when somebody sends it anew.

What was handed over is remembered in `.sendt/`: `<sha256>/name` says under which name a content goes for ever, `<name>/` what goes
under that name, with the file itself until it is moved out. That move is the hand-over: one step that succeeds once.
Where the bank lets us make no folders (`remembers` off), a file is written and renamed, and what was taken away is not known.

Assumed: who takes a file removes or moves it; they leave hidden folders alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Literal

import msgspec

from fakturabro.remote import errors, folders
from fakturabro.systems.bank import messages

_FOLDER = ".sendt"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")
_SMALL = 200
_LARGEST = 4_000_000_000
_ABANDONED = dt.timedelta(days=1)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was handed over under `name`: "offered" until it is taken away. `sha256` is of its bytes."""

    name: str
    sha256: str
    state: Literal["offered", "taken"]


class Outbox:
    """One folder. `trigger` (".ok", ".trigger") is written last, for those who wait for one."""

    def __init__(self, folder: folders.Folder, *, trigger: str = "", remembers: bool = True) -> None:
        self._folder, self._trigger, self._remembers = folder, trigger, remembers

    def deliver(self, name: str, content: folders.Content) -> Standing:
        """Hand a file over, whole or not at all; what a crash left behind is completed.

        Raises AlreadyDelivered (this content went before, whatever its name was: `standing`), Rejected (the name went, or stands,
        with other content), Unavailable and CredentialError (nothing is visible), Uncertain (SFTP broke off at the move: `find`).
        """
        _require_safe(name)
        sha256 = _sum(content)
        return self._hand_over(name, sha256, content) if self._remembers else self._write(name, sha256, content)

    def find(self, name: str, sha256: str) -> Standing | None:
        """Whether this content was handed over under this name; None when it was not or, without a memory, does not stand there.

        Raises Rejected when other content stands there, Unavailable and CredentialError.
        """
        if self._remembers and not self._went(name, sha256):
            return None
        if self._remembers:
            return Standing(name=name, sha256=sha256, state="offered" if self._folder.has(name) else "taken")
        return Standing(name=name, sha256=sha256, state="offered") if self._stands(name, sha256) else None

    def find_name(self, name: str) -> Standing | None:
        """What was handed over under this name, whatever its content; None for nothing. Only where the folder remembers.

        Raises Unavailable and CredentialError.
        """
        known = self._folder.read(f"{_FOLDER}/{name}/sha256", _SMALL)
        return None if known is None else self.find(name, known.decode("ascii", "replace"))

    def sweep(self, now: dt.datetime) -> None:
        """Remove what a killed run left half written; once a run."""
        for at in ("", _FOLDER):
            self._folder.sweep(now - _ABANDONED, at)

    def _hand_over(self, name: str, sha256: str, content: folders.Content) -> Standing:
        self._folder.make(_FOLDER)
        went = self._folder.read(f"{_FOLDER}/{sha256}/name", _SMALL)
        if went is not None and went != name.encode():
            return self._hand_over(went.decode("ascii", "replace"), sha256, content)
        at, turns = f"{_FOLDER}/{name}", {"file": content, **({"trigger": b""} if self._trigger else {})}
        if self._begin(name, {"sha256": sha256.encode(), **turns}, "sha256") != sha256:
            raise _used(name)
        if self._folder.has(f"{at}/file") and self._folder.has(name) and self._folder.has(f"{at}/file"):  # nobody moved it between
            raise _used(name)
        first = self._begin(sha256, {"name": name.encode()}, "name")
        if first != name:
            return self._hand_over(first, sha256, content)
        is_ours = self._folder.move(f"{at}/file", name)
        if self._trigger:
            is_ours = self._folder.move(f"{at}/trigger", f"{name}{self._trigger}")
        standing = self.find(name, sha256)
        if standing is None:
            raise errors.Unavailable(messages.memory_is_damaged(name))
        if not is_ours:
            raise errors.AlreadyDelivered(messages.went_before(name), standing)
        return standing

    def _write(self, name: str, sha256: str, content: folders.Content) -> Standing:
        stood = self._stands(name, sha256)
        if not stood:
            self._folder.write(name, content)
        if self._trigger:
            self._folder.write(f"{name}{self._trigger}", b"")
        standing = Standing(name=name, sha256=sha256, state="offered")
        if stood:
            raise errors.AlreadyDelivered(messages.went_before(name), standing)
        return standing

    def _stands(self, name: str, sha256: str) -> bool:
        """Whether this content stands under the name. Raises Rejected when another one does."""
        stands = hashlib.sha256()
        is_there = self._folder.copy(name, stands.update, _LARGEST)
        if is_there and stands.hexdigest() != sha256:
            raise _used(name)
        return is_there

    def _went(self, name: str, sha256: str) -> bool:
        at = f"{_FOLDER}/{name}"
        known = self._folder.read(f"{at}/sha256", _SMALL) if self._folder.has(at) else None
        return known == sha256.encode() and not any(self._folder.has(f"{at}/{turn}") for turn in ("file", "trigger"))

    def _begin(self, key: str, files: Mapping[str, folders.Content], told: str) -> str:
        """A folder of the memory, made in one step; what stands in its file `told`, ours or that of who came first."""
        at = f"{_FOLDER}/{key}"
        if not self._folder.has(at):
            making = f"{_FOLDER}/.{secrets.token_hex(8)}{folders.PART}"
            self._folder.make(making)
            for name, content in files.items():
                self._folder.write(f"{making}/{name}", content)
            if not self._folder.move(making, at):
                for path in (*(f"{making}/{name}" for name in files), making):
                    self._folder.remove(path)
        found = self._folder.read(f"{at}/{told}", _SMALL)
        if found is None:
            raise errors.Unavailable(messages.memory_is_damaged(key))
        return found.decode("ascii", "replace")


def _sum(content: folders.Content) -> str:
    found = hashlib.sha256()
    for part in folders.pieces(content):
        found.update(part)
    return found.hexdigest()


def _used(name: str) -> errors.Rejected:
    return errors.Rejected(messages.name_is_used(name), detail=messages.name_is_used(name))


def _require_safe(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.Rejected(messages.unsafe_name(), detail=messages.unsafe_name())
