"""Stops as the judge sees them: what left although it was stopped."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from tasks import sending
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


def judge(stops: Sequence[Stopped], departures: Sequence[counterparts.Departure], started: Mapping[str, dt.datetime]) -> list[str]:
    """What left too late, but for what had left before and was tried again, and what had asked and waited for a token."""
    wrong: list[str] = []
    for stop in stops:
        late: collections.Counter[tuple[str, str]] = collections.Counter()
        before = {(one.process, one.what) for one in departures if one.at <= stop.since + _FRESH}
        for process, target, what in {(one.process, one.target, one.what) for one in departures if stop.forbids(one)}:
            late[process, target] += (process, what) not in before
        for (process, target), count in sorted(late.items()):
            on_its_way = target == "poweroffice" and started[process] < stop.since
            if count > (sending.WIDTH if on_its_way else 0):
                wrong.append(f"{process} sent {count} to {target} although {stop.scope or 'everything'} was stopped")
    return wrong
