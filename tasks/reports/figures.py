"""The figures of a client's report, from certificates: what moved, and thirty days of it."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from data_quality.report import content
from fakturabro.domain import calendar
from fakturabro.ledger import certificates, opened
from fakturabro.ledger.clients import news as client_news

DAYS = 30
"""Of the trend."""
_ADDED = ("fetched", "corrected", "accepted", "rejected", "skipped", "cancelled")
_CLOSING = ("waiting", "held", "in_doubt", "closing")


def find_trend(ledger: opened.Ledger, tenant: str, last: dt.date) -> list[content.Day]:
    """The thirty days that end with this one."""
    first = midnight(last - dt.timedelta(days=DAYS - 1))
    before = client_news.find_standing(ledger, tenant, "distribute", first)
    month = client_news.find_certificates(ledger, tenant, since=first, until=midnight(last + dt.timedelta(days=1)))
    return to_trend(before, [one for one in month if one.purpose == "distribute"], last)


def to_lines(counted: Sequence[client_news.Stored]) -> Iterator[content.CertificateLine]:
    """The certificates of each purpose and currency as one: opening of the first, closing of the last, what moved added up."""
    by_line: dict[tuple[str, str], list[client_news.Stored]] = collections.defaultdict(list)
    for one in counted:
        by_line[one.purpose, one.currency].append(one)
    for (purpose, currency), some in by_line.items():
        yield content.CertificateLine(
            purpose=purpose,
            currency=currency,
            count=_to_figures([one.count for one in some]),
            amount=_to_figures([one.amount for one in some]),
            adds_up=not any(one.count.difference or one.amount.difference for one in some),
            hash=some[-1].hash,
        )


def _to_figures(columns: Sequence[certificates.Figures]) -> dict[str, int]:
    added = {name: sum(getattr(column, name) for column in columns) for name in _ADDED}
    return {"opening": columns[0].opening, **added, **{name: getattr(columns[-1], name) for name in _CLOSING}}


def to_trend(before: Sequence[client_news.Stored], month: Sequence[client_news.Stored], last: dt.date) -> list[content.Day]:
    """Every day of the thirty that end with `last`, also those on which nothing ran: what is held stays held.

    `month`: the certificates of distribution in those days, oldest first; `before`: the last ones of each currency before them.
    Nothing where there are neither.
    """
    if not (before or month):
        return []
    moved: dict[dt.date, list[int]] = collections.defaultdict(lambda: [0, 0])
    closing: dict[dt.date, Mapping[str, int]] = {}
    held = {one.currency: one.count.held for one in before}
    standing, days = sum(held.values()), [last - dt.timedelta(DAYS - 1 - at) for at in range(DAYS)]
    for one in month:
        day = one.at.astimezone(calendar.OSLO).date()
        moved[day][0] += one.count.fetched - one.count.skipped
        moved[day][1] += one.count.accepted
        held[one.currency] = one.count.held
        closing[day] = dict(held)
    trend: list[content.Day] = []
    for day in days:
        standing = sum(closing[day].values()) if day in closing else standing
        trend.append(content.Day(date=day, fetched=moved[day][0], sent=moved[day][1], held=standing))
    return trend


def midnight(day: dt.date) -> dt.datetime:
    """When a day begins in Oslo."""
    return dt.datetime.combine(day, dt.time(), calendar.OSLO)
