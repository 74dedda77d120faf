"""Stops as the judge sees them: what left although it was stopped."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Sequence

import msgspec

from tests.crash import counterparts

_FRESH = dt.timedelta(milliseconds=5)
"""So long an answer on stops counts for those who begin beside it."""


class Stopped(msgspec.Struct, kw_only=True):
    """What was stopped from when until when: a purpose, a target, or everything ("")."""

    scope: str
    since: dt.datetime
    until: dt.datetime | None = None

    def forbids(self, one: counterparts.Departure) -> bool:
        """Whether this should not have left."""
        is_meant = one.purpose != "" and self.scope in ("", one.purpose, one.target)
        return is_meant and self.since + _FRESH < one.at and (self.until is None or one.at < self.until)


def judge(stops: Sequence[Stopped], departures: Sequence[counterparts.Departure]) -> list[str]:
    """What left although it was stopped. Nothing excuses it: whoever sends asks at the last moment, before each attempt."""
    wrong: list[str] = []
    for stop in stops:
        late = collections.Counter((one.process, one.target) for one in departures if stop.forbids(one))
        wrong += [
            f"{process} sent {count} to {target} although {stop.scope or 'everything'} was stopped"
            for (process, target), count in sorted(late.items())
        ]
    return wrong
