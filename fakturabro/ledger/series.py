"""Number series of a source: what is missing between the lowest and the highest known number, since when, and why.

Skipped documents count as known. The database looks for the holes: a series is never read number by number. A hole of more than
JUMP numbers is a jump to a new series: one row, reported once, and what lies in it is not asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, operations, tables

JUMP = 1_000
GRACE = 3
"""Working days after which a number that the source does not know is reported."""
_AT_ONCE = 1_000
_MOST_DIGITS = 18
_gap, _document = operations.series_gap, tables.document


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents share one series of numbers."""

    source: str
    name: str
    kinds: tuple[str, ...]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a series showed: new gaps, jumps as (first, last number left out), late arrivals, numbers that are none."""

    gaps: int
    jumps: tuple[tuple[int, int], ...]
    arrived: int
    ignored: int


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is not there. `detail` is what the source says of it."""

    source: str
    series: str
    number: int
    seen_on: dt.date
    detail: str


def record_gaps(ledger: opened.Ledger, tenant: str, series: Series, today: dt.date, jump: int = JUMP) -> Found:
    """Look at the series again: note new gaps and jumps, and what has arrived since."""
    arrived = _record_arrived(ledger, tenant, series)
    gaps = 0
    jumps: list[tuple[int, int]] = []
    values: dict[str, object] = {"tenant": tenant, "source": series.source, "series": series.name, "seen_on": today}
    values |= {"state": "open", "span": 1, "detail": ""}
    for some in bulk.chunks(_find_holes(ledger, tenant, series), _AT_ONCE):
        rows: list[dict[str, object]] = []
        for first, last in some:
            if last - first >= jump:
                jumps.append((first, last))
                rows.append({**values, "number": last, "span": last - first + 1, "state": "explained", "detail": str(first)})
            else:
                rows += [{**values, "number": number} for number in range(first, last + 1)]
                gaps += last - first + 1
        with ledger.writing() as connection:
            for chosen in bulk.chunks(rows, _AT_ONCE):
                connection.execute(bulk.dialect_insert(connection, _gap).on_conflict_do_nothing(), chosen)
    return Found(gaps=gaps, jumps=tuple(jumps), arrived=arrived, ignored=_count_ignored(ledger, tenant, series))


def _find_holes(ledger: opened.Ledger, tenant: str, series: Series) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of numbers that is neither known nor noted. A hole that ends at a noted jump is that jump."""
    number = _to_number(ledger)
    mine = (*_of_series(tenant, series), _gap.c.span == 1)
    known = sa.union_all(
        sa.select(number.label("n"), sa.literal(0).label("jump")).where(*_documents(tenant, series), number.is_not(None)),
        sa.select(_gap.c.number, sa.literal(0)).where(*mine),
        sa.select(_gap.c.number, sa.literal(1)).where(*_of_series(tenant, series), _gap.c.span > 1),
    ).subquery()
    once = sa.select(known.c.n, sa.func.max(known.c.jump).label("jump")).group_by(known.c.n).subquery()
    following = sa.func.lead(once.c.n).over(order_by=once.c.n).label("following")
    jumps = sa.func.lead(once.c.jump).over(order_by=once.c.n).label("jumps")
    ordered = sa.select(once.c.n, following, jumps).subquery()
    query = sa.select(ordered.c.n + 1, ordered.c.following - 1).where(ordered.c.following - ordered.c.n > 1, ordered.c.jumps == 0)
    with ledger.reading() as connection:
        for rows in connection.execution_options(yield_per=_AT_ONCE).execute(query.order_by(ordered.c.n)).partitions():
            yield from ((first, last) for first, last in rows)


def _to_number(ledger: opened.Ledger) -> sa.ColumnElement[int | None]:
    """The document's number where it is one, null where it holds anything but digits."""
    text = _document.c.number
    numeric = (
        sa.and_(text != "", ~text.op("glob")("*[^0-9]*")) if ledger.engine.dialect.name == "sqlite" else text.op("~")("^[0-9]+$")
    )
    return sa.case((sa.and_(numeric, sa.func.length(text) <= _MOST_DIGITS), sa.cast(text, sa.BigInteger)), else_=None)


def _documents(tenant: str, series: Series) -> tuple[sa.ColumnElement[bool], ...]:
    return (_document.c.tenant == tenant, _document.c.source == series.source, _document.c.kind.in_(series.kinds))


def _of_series(tenant: str, series: Series) -> tuple[sa.ColumnElement[bool], ...]:
    return (_gap.c.tenant == tenant, _gap.c.source == series.source, _gap.c.series == series.name)


def _record_arrived(ledger: opened.Ledger, tenant: str, series: Series) -> int:
    there = sa.exists().where(*_documents(tenant, series), _document.c.number == sa.cast(_gap.c.number, sa.Text))
    mine = (*_of_series(tenant, series), _gap.c.state != "arrived", there)
    with ledger.writing() as connection:
        return connection.execute(sa.update(_gap).where(*mine).values(state="arrived", span=1)).rowcount


def _count_ignored(ledger: opened.Ledger, tenant: str, series: Series) -> int:
    query = sa.select(sa.func.count()).where(*_documents(tenant, series), _to_number(ledger).is_(None))
    with ledger.reading() as connection:
        return connection.execute(query).scalar_one()


def find_unexplained(ledger: opened.Ledger, tenant: str, series: Series) -> Iterator[list[int]]:
    """The numbers that nobody has explained, in chunks: what the source is to be asked about."""
    last = -1
    while True:
        mine = (*_of_series(tenant, series), _gap.c.state.in_(("open", "missing")), _gap.c.number > last)
        with ledger.reading() as connection:
            query = sa.select(_gap.c.number).where(*mine).order_by(_gap.c.number).limit(_AT_ONCE)
            numbers = list(connection.execute(query).scalars())
        if not numbers:
            return
        yield numbers
        last = numbers[-1]


def record_answers(
    ledger: opened.Ledger,
    tenant: str,
    series: Series,
    asked: Sequence[int],
    explained: Mapping[int, str],
    expected: Iterable[int],
    kept: Mapping[int, str],
    today: dt.date,
) -> int:
    """Note what the source said of the numbers it was `asked` about; how many are missing that were not before.

    `explained` are none of ours (why, by number), `expected` are ours and on their way, `kept` are ours and not offered (why). What
    is neither explained nor expected is missing when it was first seen GRACE working days ago or earlier.
    """
    coming = set(expected)
    with ledger.writing() as connection:
        for number, why in explained.items():
            _update(connection, tenant, series, [number], state="explained", detail=why)
        _update(connection, tenant, series, sorted(coming), state="open", detail="")
        for number, why in kept.items():
            _update(connection, tenant, series, [number], detail=why)
        unknown = [number for number in asked if number not in explained and number not in coming]
        late = (_gap.c.seen_on <= _working_days_before(today, GRACE), _gap.c.state == "open")
        return _update(connection, tenant, series, unknown, *late, state="missing")


def _update(
    connection: sa.Connection,
    tenant: str,
    series: Series,
    numbers: Sequence[int],
    *where: sa.ColumnElement[bool],
    **changes: str,
) -> int:
    chosen = bulk.among(connection, _gap.c.number, numbers)
    return connection.execute(sa.update(_gap).where(*_of_series(tenant, series), chosen, *where).values(**changes)).rowcount


def _working_days_before(day: dt.date, count: int) -> dt.date:
    """The day from which `count` working days have passed on `day`."""
    while count:
        count -= calendar.why_not_working(day) is None
        day -= dt.timedelta(days=1)
    return day


def find_missing(ledger: opened.Ledger, tenant: str) -> list[Gap]:
    """The numbers that the source cannot account for: for the run's sentence and page, and the watchman's alarm."""
    mine = (_gap.c.tenant == tenant, _gap.c.state == "missing")
    columns = (_gap.c.source, _gap.c.series, _gap.c.number, _gap.c.seen_on, _gap.c.detail)
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(*columns).where(*mine).order_by(_gap.c.source, _gap.c.series, _gap.c.number))
        return [Gap(source=source, series=name, number=n, seen_on=day, detail=why) for source, name, n, day, why in rows]
