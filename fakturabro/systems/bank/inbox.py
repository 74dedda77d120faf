"""Files that others leave in a folder for us: taken when they are whole, by one taker, and put away when they are recorded.

A file is whole when nobody has changed it for a while, or when its trigger stands, as new as the file (`name.ok` or `stem.ok`).
It is claimed by a move into `.fakturabro/`, in one step; `lest/` has what was recorded, `til_side/` what nobody could use.
A taker that died leaves its claim there: after `lease` another one takes it over. The ledger knows contents, so that a file that
is taken twice is recorded once.

Assumed: the others leave hidden folders alone, and we may rename and make folders where the files lie; the clock of the machine
that they lie on is right within `quiet`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterator

import msgspec

from fakturabro.remote import answers, folders
from fakturabro.systems.bank import messages, patterns

SHELF = ".fakturabro"
DONE, ASIDE = "lest", "til_side"
_CLAIM = re.compile(r"(\d{14})~[0-9a-f]{8}~(.+)", re.DOTALL)
_STAMP = "%Y%m%d%H%M%S"
_LONGEST = 180
"""Bytes of a name; with what we put before it, it still is one."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken, and when it is whole. `limit` in bytes. What was recorded goes to `lest/`, or is removed (`keeps` off)."""

    patterns: tuple[patterns.Pattern, ...]
    trigger: str = ""
    quiet: dt.timedelta = dt.timedelta(minutes=2)
    lease: dt.timedelta = dt.timedelta(minutes=15)
    limit: int = 64_000_000
    keeps: bool = True
    moves: bool = True
    """Off where the bank lets us only read and remove: then nothing is claimed, and what `keeps` leaves is read anew each time."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One file, claimed. `kind` is what its name says; `fault`, in Norwegian, is why it cannot be used: then it has no content.

    `sha256` is of the bytes read.
    """

    name: str
    kind: patterns.Kind
    content: bytes
    sha256: str
    claim: str
    fault: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is left lying: files whose name nobody knows; those that are not whole yet, or were claimed and never put away."""

    unknown: tuple[str, ...]
    unfinished: tuple[folders.Entry, ...]


class Inbox:
    """One folder. `shelf` is the same carrier opened on its `.fakturabro`. Everything raises what the carrier raises."""

    def __init__(self, folder: folders.Folder, shelf: folders.Folder, settings: Settings) -> None:
        self._folder, self._shelf, self._settings = folder, shelf, settings

    def take(self, now: dt.datetime) -> Iterator[Taken]:
        """Claim and read what is whole, one at a time: record it, then `conclude` or `set_aside`, then ask for the next."""
        for entry in self._claimed():
            claimed = _CLAIM.fullmatch(entry.name)
            if claimed and now - _time(claimed[1]) >= self._settings.lease:
                yield from self._claim(f"{SHELF}/{entry.name}", claimed[2], entry, now)
        entries = self._folder.find_files()
        for entry in self._whole(entries, now):
            yield from self._claim(entry.name, entry.name, entry, now)

    def look(self, now: dt.datetime) -> Standing:
        """What `take` leaves, for the operators; nothing is moved."""
        entries = self._folder.find_files()
        whole = {entry.name for entry in self._whole(entries, now)}
        ours = [entry for entry in entries if self._kind(entry.name)]
        return Standing(
            unknown=tuple(_said(one.name) for one in entries if one not in ours and not self._is_trigger(one.name)),
            unfinished=(*(one for one in ours if one.name not in whole), *self._claimed()),
        )

    def conclude(self, taken: Taken) -> None:
        """Away with one that was recorded; once more is harmless."""
        if self._settings.keeps and self._settings.moves:
            self._put(taken, DONE)
        elif not self._settings.keeps:
            self._folder.remove(taken.claim)

    def set_aside(self, taken: Taken, reason: str) -> None:
        """Keep one that cannot be used where people see it, with a text that says why; it stays where nothing may be moved."""
        if self._settings.moves and self._put(taken, ASIDE):
            self._folder.write(f"{ASIDE}/{_kept(taken)}.hvorfor.txt", f"{reason}\n".encode("utf-8", "replace"))

    def _claimed(self) -> list[folders.Entry]:
        if not self._settings.moves:
            return []
        self._folder.make(SHELF)
        return self._shelf.find_files()

    def _put(self, taken: Taken, where: str) -> bool:
        self._folder.make(where)
        return self._folder.move(taken.claim, f"{where}/{_kept(taken)}")

    def _whole(self, entries: list[folders.Entry], now: dt.datetime) -> Iterator[folders.Entry]:
        times = {entry.name: entry.modified for entry in entries}
        for entry in entries:
            if self._kind(entry.name) and (
                self._is_triggered(entry, times) if self._settings.trigger else self._is_quiet(entry, now)
            ):
                yield entry

    def _is_quiet(self, entry: folders.Entry, now: dt.datetime) -> bool:
        return now - entry.modified >= self._settings.quiet

    def _is_triggered(self, entry: folders.Entry, times: dict[str, dt.datetime]) -> bool:
        """An older trigger belongs to an earlier file of that name."""
        found = [times[name] for name in self._triggers(entry.name) if name in times]
        return any(time >= entry.modified for time in found)

    def _triggers(self, name: str) -> tuple[str, str]:
        return f"{name}{self._settings.trigger}", f"{name.rpartition('.')[0] or name}{self._settings.trigger}"

    def _is_trigger(self, name: str) -> bool:
        return bool(self._settings.trigger) and name.endswith(self._settings.trigger)

    def _kind(self, name: str) -> patterns.Kind | None:
        return None if self._is_trigger(name) else patterns.find(name, self._settings.patterns)

    def _claim(self, at: str, name: str, entry: folders.Entry, now: dt.datetime) -> Iterator[Taken]:
        """The file, when the move made it ours and nobody went on writing; otherwise it waits on the shelf for the next time."""
        kind, claim = self._kind(name), at
        if self._settings.moves:
            claim = f"{SHELF}/{now.astimezone(dt.UTC):{_STAMP}}~{secrets.token_hex(4)}~{_cut(name)}"
        if kind is None or (claim != at and not self._folder.move(at, claim)):
            return
        for trigger in self._triggers(name) if self._settings.trigger and claim != at else ():
            self._folder.remove(trigger)
        content = self._folder.read(claim, self._settings.limit)
        if (
            content is None
            or (len(content) != entry.size and len(content) <= self._settings.limit)
            or not self._stands(claim, entry)
        ):
            return
        fault = messages.too_large(_said(name), self._settings.limit) if len(content) > self._settings.limit else ""
        sha256 = hashlib.sha256(content).hexdigest()
        yield Taken(name=_said(name), kind=kind, content=b"" if fault else content, sha256=sha256, claim=claim, fault=fault)

    def _stands(self, claim: str, entry: folders.Entry) -> bool:
        """Whether it is as it was when it was found: who had it open may write on under its new name."""
        name, around = claim.rpartition("/")[2], self._shelf if self._settings.moves else self._folder
        return any((one.size, one.modified) == (entry.size, entry.modified) for one in around.find_files() if one.name == name)


def _time(stamp: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(stamp, _STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def _cut(name: str) -> str:
    """Short enough; the end stays, which tells the kind."""
    raw = name.encode("utf-8", "surrogateescape")
    return raw[-_LONGEST:].decode("utf-8", "surrogateescape")


def _kept(taken: Taken) -> str:
    """Its name with its content's: two files of one name both stay."""
    return f"{taken.sha256[:12]}.{taken.claim.rpartition('/')[2].split('~', 2)[2]}"


def _said(name: str) -> str:
    return answers.one_line(name.encode("utf-8", "replace").decode())
