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


@functools.cache
def _calendar(country: str) -> holidays.HolidayBase:
    if country == "NO":
        return holidays.country_holidays("NO", language="no")
    return holidays.country_holidays("SE", language="sv", include_sundays=False)  # type: ignore[call-arg]
