"""How far the lists of both systems were read: what is asked for next, and what may be noted when a list was read to its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from fakturabro.ledger.synchronising import watermarks
from fakturabro.systems.severa import session, wire
from tasks import clock, connect, runs

System = Literal["severa", "fortnox"]
_OVERLAP = dt.timedelta(minutes=2)
"""Fortnox tells changes by the minute. What was saved a moment before it could be read is read once more."""


def since(slot: runs.Slot, system: System, name: str, read_for: str = "") -> dt.datetime | None:
    """What a list is asked for from (aware); None: all of it.

    `read_for` is what the tenant's settings take from the list: when they take more than before, it is read whole once.
    """
    mark = watermarks.find(connect.current().ledger, slot.tenant, system, _named(name, read_for))
    return mark.seen_until - _OVERLAP if mark and mark.seen_until else None


def is_first(slot: runs.Slot, system: System, name: str) -> bool:
    """Whether a list was never read to its end, so that all in it stood there before. One that was empty then was read."""
    return watermarks.find(connect.current().ledger, slot.tenant, system, name) is None


def read_to_end(slot: runs.Slot, system: System, name: str, seen_until: dt.datetime | None, read_for: str = "") -> None:
    """Note that a list was read to its end and all that it gave is recorded; `seen_until` by that system's own clock."""
    if not slot.dry_run:
        ledger = connect.current().ledger
        for one in dict.fromkeys((name, _named(name, read_for))):  # is_first asks by the name alone, whatever it was read for
            watermarks.record(ledger, slot.tenant, slot.run, system, one, seen_until, clock.now())


def _named(name: str, read_for: str) -> str:
    return f"{name}/{read_for}" if read_for else name


class Seen:
    """How far a list of Severa was seen: to the newest change that it showed, never past the answer with its first page.

    What stood on a page may change while the next ones are read, and be older than the newest change that these show.
    """

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls
        self._newest: dt.datetime | None = None
        self._answered: dt.datetime | None = None

    def take(self, page: Sequence[wire.Kept]) -> None:
        """A page that was just answered."""
        self._answered = self._answered or self._calls.answered_at
        self._newest = later(self._newest, page)

    @property
    def until(self) -> dt.datetime | None:
        """By Severa's clock; None where nothing was seen, or Severa did not say when it answered."""
        return min(self._newest, self._answered) if self._newest and self._answered else None


def later(newest: dt.datetime | None, page: Sequence[wire.Kept]) -> dt.datetime | None:
    """The newest change seen so far, by Severa's clock."""
    return max((when for when in (newest, *(one.changed_at for one in page)) if when), default=None)
