"""The number series as they stand in the end: what arrived, what others explain, and what nobody knows after three working days."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import opened, operations, tables
from tests.crash import counterparts

_GRACE = 3


def judge(world: counterparts.World, ledger: opened.Ledger, today: dt.date | None) -> list[str]:
    """What is wrong with the gaps, as the last intake (`today`) should have left them."""
    if today is None:
        return []
    known, gaps = _read(ledger)
    if not known:
        return []
    wrong = [
        f"number {number} is {state}, not {expected}"
        for number, (state, seen_on) in sorted(gaps.items())
        if state != (expected := _expect(world, number in known, number, seen_on, today))
    ]
    holes = set(range(min(known), max(known))) - known
    return wrong + [f"nobody asked for number {number}" for number in sorted(holes - set(gaps))]


def _read(ledger: opened.Ledger) -> tuple[set[int], dict[int, tuple[str, dt.date]]]:
    document, gap = tables.document, operations.series_gap
    ours = sa.select(document.c.number).where(document.c.kind.in_(("invoice", "credit_note")))
    with ledger.reading() as connection:
        known = {int(number) for number in connection.execute(ours).scalars() if number.isdigit()}
        rows = connection.execute(sa.select(gap.c.number, gap.c.state, gap.c.seen_on)).all()
    return known, {number: (state, seen_on) for number, state, seen_on in rows}


def _expect(world: counterparts.World, is_known: bool, number: int, seen_on: dt.date, today: dt.date) -> str:
    if is_known:
        return "arrived"
    if any(one.number == number for one in world.client.invoices.values()):
        return "explained"
    days = (seen_on + dt.timedelta(days=n) for n in range(1, min(30, (today - seen_on).days) + 1))
    return "missing" if sum(not calendar.why_not_working(day) for day in days) >= _GRACE else "open"
