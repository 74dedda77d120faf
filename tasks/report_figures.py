"""The figures of a client's report, from certificates: what moved, and thirty days of it."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from data_quality.report import content
from fakturabro.domain import calendar
from fakturabro.ledger import certificates

_ADDED = ("fetched", "corrected", "accepted", "rejected", "skipped", "cancelled")
_CLOSING = ("waiting", "held", "in_doubt", "closing")


def to_lines(counted: Sequence[certificates.Stored]) -> Iterator[content.CertificateLine]:
    """The certificates of each purpose and currency as one: opening of the first, closing of the last, what moved added up."""
    by_line: dict[tuple[str, str], list[certificates.Stored]] = collections.defaultdict(list)
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


def to_trend(month: Sequence[certificates.Stored], now: dt.datetime) -> Iterator[content.Day]:
    """A day each, also those on which nothing ran: what is held stays held."""
    moved: dict[dt.date, list[int]] = collections.defaultdict(lambda: [0, 0])
    closing: dict[dt.date, Mapping[str, int]] = {}
    held: dict[str, int] = {}
    for one in month:
        if one.purpose == "distribute":
            day = one.at.astimezone(calendar.OSLO).date()
            moved[day][0] += one.count.fetched - one.count.skipped
            moved[day][1] += one.count.accepted
            held[one.currency] = one.count.held
            closing[day] = dict(held)
    if not closing:
        return
    day, last = min(closing), now.astimezone(calendar.OSLO).date()
    standing = 0
    while day <= last:
        standing = sum(closing[day].values()) if day in closing else standing
        if day in closing or not calendar.why_not_working(day):
            yield content.Day(date=day, fetched=moved[day][0], sent=moved[day][1], held=standing)
        day += dt.timedelta(days=1)
