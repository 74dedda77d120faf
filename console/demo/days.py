"""Which days the demo runs: none is to come, because a worker takes no run that is to start later, and approvers' links expire."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from fakturabro.domain import calendar

_LINKS_LAST = dt.timedelta(days=5)
"""Four days after 10:30 it is later than 08:15."""


class Days(NamedTuple):
    """Of the invoices, of the letters and the banks some days later (both working days), and of the night after these."""

    first: dt.date
    morning: dt.date
    night: dt.date


def find_days(today: dt.date) -> Days:
    """The newest ones; the night is last night.

    >>> [day.isoformat() for day in find_days(dt.date(2026, 11, 24))]
    ['2026-11-18', '2026-11-23', '2026-11-24']
    """
    morning = _working_day_before(today)
    return Days(_working_day_before(morning - _LINKS_LAST + dt.timedelta(days=1)), morning, today)


def _working_day_before(day: dt.date) -> dt.date:
    day -= dt.timedelta(days=1)
    while calendar.why_not_working(day):
        day -= dt.timedelta(days=1)
    return day
