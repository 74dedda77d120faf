"""Files that others leave in a folder for us: taken when they are whole, by one taker, and put away when they are recorded.

A file is whole when nobody has changed it for a while, or when its trigger stands, as new as the file (`name.ok` or `stem.ok`).
It is claimed by a move into `.fakturabro/`, in one step; `lest/` has what was recorded, `til_side/` what nobody could use.
A taker that died leaves its claim there: after `lease` another one takes it over. The ledger knows contents, so that a file that
is taken twice is recorded once. What is read is a copy on this machine: memory does not grow with the file.

Assumed: the others leave hidden folders alone, and we may rename and make folders where the files lie; the clock of the machine
that they lie on is right within `quiet`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator
from typing import BinaryIO

import msgspec

from fakturabro.remote import folders
from fakturabro.systems.bank import claims, copies, messages, patterns

SHELF = claims.SHELF
DONE, ASIDE = "lest", "til_side"
_LONGEST_SIGNATURE = 4_000
_ABANDONED = dt.timedelta(days=1)
_OVERDUE = dt.timedelta(hours=1)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken, and when it is whole. `limit` in bytes. What was recorded goes to `lest/`, or is removed (`keeps` off)."""

    patterns: tuple[patterns.Pattern, ...]
    takes: tuple[patterns.Kind, ...] = ()
    """Only these kinds, where another taker has the rest; none named: all."""
    trigger: str = ""
    quiet: dt.timedelta = dt.timedelta(minutes=2)
    lease: dt.timedelta = dt.timedelta(minutes=15)
    limit: int = 4_000_000_000
    keeps: bool = True
    moves: bool = True
    """Off where the bank lets us only read and remove: then nothing is claimed, and what `keeps` leaves is read anew each time."""
    signature: str = ""
    """How the name of a detached signature ends (".sig"), written before its file or with it: `name.xml.sig` beside `name.xml`."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One file, claimed. `kind` is what its name says; `fault`, in Norwegian, is why it cannot be used: then `content` is empty.

    `content` stands at its beginning, can seek, and is closed when the next file is asked for. `size` and `sha256` are of the bytes
    read: where the file is larger than the limit, of its beginning.
    """

    name: str
    kind: patterns.Kind
    content: BinaryIO
    size: int
    sha256: str
    claim: str
    fault: str = ""
    signature: bytes = b""
    """Of what was read, as it lies beside the file; empty where there is none."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is left lying: files whose name nobody knows; those that are not whole yet, or were claimed and never put away."""

    unknown: tuple[str, ...]
    unfinished: tuple[folders.Entry, ...]


class Inbox:
    """One folder. Everything raises what the carrier raises."""

    def __init__(self, folder: folders.Folder, settings: Settings) -> None:
        self._folder, self._settings = folder, settings

    def take(self, now: dt.datetime) -> Iterator[Taken]:
        """Claim and read what is whole, oldest first: record one, then `conclude` or `set_aside` it, then ask for the next.

        Raises Unavailable after the last file when there was no room here for the copy of one; that one waits.
        """
        full: copies.NoRoomError | None = None
        for at, name, entry in self._found(now):
            try:
                yield from self._claim(at, name, entry, now)
            except copies.NoRoomError as error:
                full = error
        if full:
            raise full

    def sweep(self, now: dt.datetime) -> None:
        """Remove what a killed run left half written; once a run."""
        self._folder.sweep(now - _ABANDONED, ASIDE)

    def bring_back(self, known: Container[str]) -> int:
        """Claim anew what lies in `lest/` and is not `known` by its SHA-256's first twelve digits; how many files.

        A ledger that was restored from a backup has forgotten what it had recorded since; `take` gives it once more.
        """
        found = self._folder.find_files(DONE) if self._settings.moves else []
        kept = {one.name: claims.read_kept(one.name) for one in found}
        forgotten = {path: name for path, (sum_, name) in kept.items() if sum_ not in known and self._kind(name)}
        if forgotten:
            self._folder.make(SHELF)
        return sum(self._folder.move(f"{DONE}/{path}", claims.to_claim(name, claims.LONG_AGO)) for path, name in forgotten.items())

    def look(self, now: dt.datetime) -> Standing:
        """What `take` leaves, for the operators; nothing is moved."""
        entries = self._folder.find_files()
        whole = {entry.name for entry in self._whole(entries, now)}
        ours = [entry for entry in entries if self._kind(entry.name)]
        strange = [one.name for one in entries if not self._belongs(one.name) and not self._known(one.name)]
        return Standing(
            unknown=tuple(map(claims.said, strange)),
            unfinished=(*(one for one in ours if one.name not in whole), *map(_as_claimed, self._claimed())),
        )

    def conclude(self, taken: Taken) -> None:
        """Away with one that was recorded; once more is harmless."""
        if self._settings.keeps and self._settings.moves:
            self._put(taken, DONE)
        elif not self._settings.keeps:
            for path in (taken.claim, *([self._signature(claims.named(taken.claim))] if taken.signature else [])):
                self._folder.remove(path)

    def set_aside(self, taken: Taken, reason: str) -> None:
        """Keep one that cannot be used where people see it, with a text that says why; it stays where nothing may be moved."""
        if self._settings.moves and self._put(taken, ASIDE):
            why = f"{ASIDE}/{claims.to_kept(taken.claim, taken.sha256)}.hvorfor.txt"
            self._folder.write(why, f"{reason}\n".encode("utf-8", "replace"))

    def _found(self, now: dt.datetime) -> Iterator[tuple[str, str, folders.Entry]]:
        for entry in self._claimed():
            claimed = claims.read(entry.name)
            if claimed and now - claimed[0] >= self._settings.lease:
                yield f"{SHELF}/{entry.name}", claimed[1], entry
        entries = self._folder.find_files()
        for entry in sorted(self._whole(entries, now), key=lambda one: (one.modified, one.name)):
            yield entry.name, entry.name, entry

    def _claimed(self) -> list[folders.Entry]:
        if not self._settings.moves:
            return []
        self._folder.make(SHELF)
        return [one for one in self._folder.find_files(SHELF) if self._kind(claims.named(one.name))]

    def _put(self, taken: Taken, where: str) -> bool:
        kept, name = f"{where}/{claims.to_kept(taken.claim, taken.sha256)}", claims.named(taken.claim)
        self._folder.make(where)
        is_put = self._folder.move(taken.claim, kept)
        if taken.signature:
            self._folder.move(self._signature(name), self._signature(kept))
        return is_put

    def _signature(self, name: str) -> str:
        return f"{name}{self._settings.signature}"

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

    def _belongs(self, name: str) -> bool:
        """To another file: its trigger or its signature."""
        return name.endswith(tuple(filter(None, (self._settings.trigger, self._settings.signature))))

    def _kind(self, name: str) -> patterns.Kind | None:
        """What is ours to take; None for the rest."""
        kind = None if self._belongs(name) else self._known(name)
        return kind if kind in (self._settings.takes or (kind,)) else None

    def _known(self, name: str) -> patterns.Kind | None:
        return patterns.find(name, self._settings.patterns)

    def _claim(self, at: str, name: str, entry: folders.Entry, now: dt.datetime) -> Iterator[Taken]:
        """The file, when the move made it ours and nobody went on writing; otherwise it waits on the shelf for the next time."""
        kind, claim, limit = self._kind(name), at, self._settings.limit
        fault = messages.too_large(claims.said(name), limit) if entry.size > limit else ""
        with copies.begun(claims.said(name), 0 if fault else entry.size) as copy:
            if self._settings.moves:
                claim = claims.to_claim(name, now)
            if kind is None or (claim != at and not self._folder.move(at, claim)):
                return
            for trigger in self._triggers(name) if self._settings.trigger and claim != at else ():
                self._folder.remove(trigger)
            is_there = self._folder.copy(claim, copy.add, limit)
            if is_there and copy.size == min(entry.size, limit + 1) and self._stands(claim, entry):
                content, sha256 = copy.read()
                said = self._folder.read(self._signature(name), _LONGEST_SIGNATURE) if self._settings.signature else None
                yield Taken(
                    name=claims.said(name),
                    kind=kind,
                    content=content,
                    size=copy.size,
                    sha256=sha256,
                    claim=claim,
                    fault=fault,
                    signature=said or b"",
                )

    def _stands(self, claim: str, entry: folders.Entry) -> bool:
        """Whether it is as it was when it was found: who had it open may write on under its new name."""
        at, _, name = claim.rpartition("/")
        found = self._folder.find_files(at)
        return any((one.size, one.modified) == (entry.size, entry.modified) for one in found if one.name == name)


def sentences(standing: Standing, now: dt.datetime) -> list[str]:
    """What operators have to look at, in Norwegian; nothing is said of files that may still become whole."""
    late = [one.name for one in standing.unfinished if now - one.modified >= _OVERDUE]
    return [
        *([messages.unknown_names(standing.unknown)] if standing.unknown else []),
        *([messages.not_taken(late)] if late else []),
    ]


def _as_claimed(entry: folders.Entry) -> folders.Entry:
    """By the name that it came under, since when somebody has it."""
    claimed = claims.read(entry.name)
    return folders.Entry(name=claims.said(claimed[1]), size=entry.size, modified=claimed[0]) if claimed else entry
