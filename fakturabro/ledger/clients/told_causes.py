"""What clients' persons were told on which day, so that no cause is mailed twice a day, however many runs there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.clients import tables as client_tables

_told = client_tables.told_cause
_AT_ONCE = 5_000
_KEPT = dt.timedelta(days=35)


def record_told(ledger: opened.Ledger, tenant: str, day: dt.date, causes: Iterable[str]) -> list[str]:
    """Note causes as told; those that were not told that day, in their order. Of two runs at once one gets each.

    Days older than five weeks are forgotten.
    """
    asked = list(dict.fromkeys(causes))
    new: set[str] = set()
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"told/{tenant}")
        for some in bulk.chunks(asked, _AT_ONCE):
            rows = [{"tenant": tenant, "day": day, "cause": cause} for cause in some]
            insert = bulk.dialect_insert(connection, _told).values(rows).on_conflict_do_nothing()
            new |= set(connection.execute(insert.returning(_told.c.cause)).scalars())
        connection.execute(sa.delete(_told).where(_told.c.tenant == tenant, _told.c.day < day - _KEPT))
    return [cause for cause in asked if cause in new]


def record_said(ledger: opened.Ledger, tenant: str, date: dt.date, said: Mapping[str, str]) -> list[str]:
    """Note the causes of these sentences as told on the working day of `date`; the sentences that nobody was told that day."""
    return [said[cause] for cause in record_told(ledger, tenant, calendar.working_day(date), said)] if said else []


def find_known(ledger: opened.Ledger, tenant: str, causes: Iterable[str], before: dt.date) -> set[str]:
    """Those of these causes that were told on an earlier day."""
    with ledger.reading() as connection:
        mine = (_told.c.tenant == tenant, _told.c.day < before, bulk.among(connection, _told.c.cause, causes))
        return set(connection.execute(sa.select(_told.c.cause).where(*mine)).scalars())


def forget(ledger: opened.Ledger, tenant: str, day: dt.date, causes: Sequence[str]) -> None:
    """Take back what was noted as told, because certainly nobody was."""
    with ledger.writing() as connection:
        mine = (_told.c.tenant == tenant, _told.c.day == day, bulk.among(connection, _told.c.cause, causes))
        connection.execute(sa.delete(_told).where(*mine))


def find_told(ledger: opened.Ledger, tenant: str, causes: Iterable[str]) -> set[str]:
    """Those of these causes that were told, on whatever day."""
    with ledger.reading() as connection:
        mine = (_told.c.tenant == tenant, bulk.among(connection, _told.c.cause, causes))
        return set(connection.execute(sa.select(_told.c.cause).where(*mine)).scalars())


def forget_others(ledger: opened.Ledger, tenant: str, prefix: str, causes: Iterable[str], before: dt.date) -> None:
    """Forget what begins with `prefix`, was told on an earlier day and is none of `causes`: it is news when it comes again."""
    with ledger.writing() as connection:
        mine = (_told.c.tenant == tenant, _told.c.day < before, _told.c.cause.startswith(prefix, autoescape=True))
        stands = bulk.among(connection, _told.c.cause, causes)
        connection.execute(sa.delete(_told).where(*mine, sa.not_(stands)))
