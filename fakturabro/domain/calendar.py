"""Working days. Dates come in, never a clock."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from typing import Literal

import holidays

OSLO = zoneinfo.ZoneInfo("Europe/Oslo")


def holiday(day: dt.date, country: Literal["NO", "SE"] = "NO") -> str | None:
    """The public holiday's name in the country's language, None on other days. Sundays count only when they are holidays.

    >>> holiday(dt.date(2026, 5, 17))
    'Grunnlovsdag'
    """
    return _calendar(country).get(day)


def why_not_working(day: dt.date, country: Literal["NO", "SE"] = "NO") -> str | None:
    """Why nothing runs on `day`: a holiday's name, "lørdag" or "søndag"; None on working days."""
    return holiday(day, country) or {5: "lørdag", 6: "søndag"}.get(day.weekday())


def after(at: dt.datetime, days: int, *, working: bool = False) -> dt.datetime:
    """The same time of day in Oslo so many days after an aware time; `working`: so many working days.

    >>> after(dt.datetime(2026, 10, 23, 8, 0, tzinfo=OSLO), 4).isoformat()
    '2026-10-27T08:00:00+01:00'
    >>> after(dt.datetime(2026, 4, 29, 8, 0, tzinfo=OSLO), 4, working=True).date()
    datetime.date(2026, 5, 6)
    """
    there = at.astimezone(OSLO)
    while days:
        there += dt.timedelta(days=1)
        days -= not working or why_not_working(there.date()) is None
    return there


def before(at: dt.datetime) -> dt.datetime:
    """The same time of day in Oslo on the last working day before an aware time.

    >>> before(dt.datetime(2026, 10, 26, 8, 0, tzinfo=OSLO)).isoformat()
    '2026-10-23T08:00:00+02:00'
    """
    there = at.astimezone(OSLO) - dt.timedelta(days=1)
    while why_not_working(there.date()) is not None:
        there -= dt.timedelta(days=1)
    return there


def working_day(day: dt.date, country: Literal["NO", "SE"] = "NO") -> dt.date:
    """`day`, or the next working day where it is none.

    >>> working_day(dt.date(2026, 5, 16)), working_day(dt.date(2026, 5, 18))
    (datetime.date(2026, 5, 18), datetime.date(2026, 5, 18))
    """
    while why_not_working(day, country):
        day += dt.timedelta(days=1)
    return day


def payable_day(due: dt.date, today: dt.date, *, moves: bool) -> dt.date:
    """The day on which a payment that is due then can be made: today at the earliest; `moves`: the next banking day.

    >>> payable_day(dt.date(2026, 5, 16), dt.date(2026, 5, 8), moves=True)
    datetime.date(2026, 5, 18)
    >>> payable_day(dt.date(2026, 5, 6), dt.date(2026, 5, 8), moves=False)
    datetime.date(2026, 5, 8)
    """
    day = max(due, today)
    return working_day(day) if moves else day


@functools.cache
def _calendar(country: str) -> holidays.HolidayBase:
    if country == "NO":
        return holidays.country_holidays("NO", language="no")
    return holidays.country_holidays("SE", language="sv", include_sundays=False)
