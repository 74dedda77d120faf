"""When a tenant's flows run, by the ledger's copy of its file: just as Prefect's own scheduler counts, working days only."""

from __future__ import annotations

import asyncio
import datetime as dt

from prefect.server.schemas.schedules import CronSchedule

from fakturabro.domain import calendar
from fakturabro.ledger import applied, opened

_PAGE = 500
_AHEAD = dt.timedelta(days=14)
"""Christmas and Easter are shorter."""


def times(schedule: applied.Schedule, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """The times (UTC) of a cron schedule between two times, on whatever days. Not to be called where an event loop runs."""
    if schedule.cron is None or start > end:
        return []
    cron = CronSchedule(cron=schedule.cron, timezone=schedule.timezone, day_or=schedule.day_or)
    found: list[dt.datetime] = []
    while True:
        dates = asyncio.run(cron.get_dates(_PAGE, start, end))  # of a class of Prefect's own
        some = [dt.datetime.fromtimestamp(date.timestamp(), dt.UTC) for date in dates]
        found += some
        if len(some) < _PAGE:
            return found
        start = some[-1] + dt.timedelta(seconds=1)


def is_working(time: dt.datetime) -> bool:
    """Whether a run that a schedule starts then does anything."""
    return not calendar.why_not_working(time.astimezone(calendar.OSLO).date())


def find_next(ledger: opened.Ledger, tenant: str, flow: str, now: dt.datetime) -> dt.datetime | None:
    """When the flow runs next for the tenant, in Oslo's time; None when nothing makes it run. Raises applied.AppliedError."""
    schedules = [one for found in applied.find_deployments(ledger, tenant) if found.flow == flow for one in found.active_schedules]
    start = now + dt.timedelta(seconds=1)
    found = [time for one in schedules for time in times(one, start, now + _AHEAD) if is_working(time)]
    return min(found).astimezone(calendar.OSLO) if found else None
