"""Payments that came in and repeat an earlier day's: the same account, KID, amount and payer.

They are paired in code, a page at a time: without figures on its tables SQLite would compare each with all.
"""

from __future__ import annotations

import array
import collections
import datetime as dt
from collections.abc import Container, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import tables as bank_tables

_incoming, _document, _file = bank_tables.incoming, tables.document, bank_tables.bank_file
_NONE: Mapping[int, int] = MappingProxyType({})
_OVER = ("netted", "cancelled")
"""What stands so is repeated by nothing any more."""


class Repeated(msgspec.Struct, frozen=True, kw_only=True):
    """How many payments of a file repeat earlier ones, what they are worth in minor units, and how many the file has.

    `earlier` are (file, booking day, how many payments there are repeated).
    """

    count: int
    amount: int
    of: int
    earlier: Sequence[tuple[int, dt.date, int]]


class _Row(NamedTuple):
    document_id: int
    file_id: int
    twin: int
    booked_on: dt.date
    amount: int


def find(ledger: opened.Ledger, tenant: str, file_id: int, days: int) -> Repeated:
    """What of a file repeats payments that other files brought before it, or that it has of an earlier day, within `days`.

    Of one day a file repeats what it has just twice: a day that was registered twice; more of the same are several payments.

    Files may come out of order, so the earlier file's day may be the later one. The bank's references differ (the same reference is
    the same payment). Payments with neither KID nor payer are compared to none.
    """
    count = amount = 0
    earlier: collections.Counter[tuple[int, dt.date]] = collections.Counter()
    for row, other in _pairs(ledger, tenant, file_id, days):
        count, amount = count + 1, amount + row.amount
        earlier[other.file_id, other.booked_on] += 1
    with ledger.reading() as connection:
        mine = (_incoming.c.tenant == tenant, _incoming.c.file_id == file_id)
        of = connection.execute(sa.select(sa.func.count()).select_from(_incoming).where(*mine)).scalar_one()
    return Repeated(count=count, amount=amount, of=of, earlier=[(*place, n) for place, n in sorted(earlier.items())])


def find_pairs(ledger: opened.Ledger, tenant: str, file_id: int, days: int) -> Iterator[tuple[int, int]]:
    """(payment of the file, the earlier one that it repeats), each in one pair at most, the newest of the others first."""
    return ((row.document_id, other.document_id) for row, other in _pairs(ledger, tenant, file_id, days))


def find_once(
    ledger: opened.Ledger, tenant: str, file_id: int, days: int, told: Mapping[int, int]
) -> tuple[dict[int, int], list[int]]:
    """The same beside what `told` pairs already, where one earlier payment stands for one: (pairs, what repeats no more than a
    payment that is itself in a pair)."""
    pairs, more = dict[int, int](), list[int]()
    for row, other in _pairs(ledger, tenant, file_id, days, told):
        if other.document_id in pairs or other.document_id in told:
            more.append(row.document_id)
        else:
            pairs[row.document_id] = other.document_id
    return pairs, more


def _pairs(
    ledger: opened.Ledger, tenant: str, file_id: int, days: int, told: Mapping[int, int] = _NONE
) -> Iterator[tuple[_Row, _Row]]:
    used = set(told.values())
    with ledger.reading() as connection:
        mine = (_incoming.c.tenant == tenant, _incoming.c.file_id == file_id)
        known = sa.or_(_incoming.c.kid != "", _incoming.c.payer.is_not(None))
        chosen = sa.select(_incoming.c.document_id).where(*mine, known)
        ids = array.array("q", connection.execute(chosen.order_by(_incoming.c.document_id)).scalars())
    for page in bulk.chunks(ids, incoming.PAGE):
        with ledger.reading() as connection:
            rows = _read(connection, tenant, bulk.among(connection, _incoming.c.document_id, page))
            twins = bulk.among(connection, _incoming.c.twin, {row.twin for row in rows})
            others = _read(connection, tenant, twins, _incoming.c.standing.not_in(_OVER))
        by_day: collections.defaultdict[tuple[int, bool, dt.date], list[_Row]] = collections.defaultdict(list)
        for other in others:
            by_day[other.twin, other.file_id == file_id, other.booked_on].append(other)
        twice = {(twin, day): some[0] for (twin, is_mine, day), some in by_day.items() if is_mine and len(some) == 2}
        for row in (row for row in rows if row.document_id not in told):
            found = _newest(row, by_day, used, days) or twice.get((row.twin, row.booked_on))
            if found and found.document_id < row.document_id and found.document_id not in used:
                used.add(found.document_id)
                yield row, found


def _newest(row: _Row, by_day: Mapping[tuple[int, bool, dt.date], list[_Row]], used: Container[int], days: int) -> _Row | None:
    """What is free and at most so many days away: brought by another file before this one, or of an earlier day in this one."""
    for back in range(-days, days + 1):
        on = row.booked_on - dt.timedelta(days=back)
        for is_mine in (False, True) if back > 0 else (False,):
            some = by_day.get((row.twin, is_mine, on), [])
            while some and some[-1].document_id in used:
                some.pop()
            for other in reversed(some):
                if other.document_id < row.document_id and other.document_id not in used:
                    return other
    return None


def _read(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[_Row]:
    """By document. What has no day is of the day when its file was received."""
    columns = (_incoming.c.document_id, _incoming.c.file_id, _incoming.c.twin, _incoming.c.booked_on, _document.c.amount)
    of_document = sa.and_(_document.c.tenant == _incoming.c.tenant, _document.c.id == _incoming.c.document_id)
    of_file = sa.and_(_file.c.tenant == _incoming.c.tenant, _file.c.id == _incoming.c.file_id)
    query = sa.select(*columns, _file.c.received_at).join(_document, of_document).join(_file, of_file)
    rows = connection.execute(query.where(_incoming.c.tenant == tenant, *where).order_by(_incoming.c.document_id))
    return [_Row(i, file_id, twin, on or at.astimezone(calendar.OSLO).date(), amount) for i, file_id, twin, on, amount, at in rows]
