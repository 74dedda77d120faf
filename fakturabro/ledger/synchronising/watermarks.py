"""How far each list of each system was read: to the newest change that was seen, never further back."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.synchronising import tables as sync_tables

_mark = sync_tables.watermark
_KEY = ("tenant", "system", "list")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """`seen_until` by that system's clock (None: nothing was ever seen), `read_at` by ours."""

    seen_until: dt.datetime | None
    read_at: dt.datetime


def find(ledger: opened.Ledger, tenant: str, system: str, name: str) -> Mark | None:
    """How far a list was read; None when it never was."""
    return find_all(ledger, tenant, system).get(name)


def find_all(ledger: opened.Ledger, tenant: str, system: str) -> dict[str, Mark]:
    """How far each of a system's lists was read, by list."""
    query = sa.select(_mark.c.list, _mark.c.seen_until, _mark.c.read_at).where(_mark.c.tenant == tenant, _mark.c.system == system)
    with ledger.reading() as connection:
        return {name: Mark(seen_until=seen, read_at=read) for name, seen, read in connection.execute(query)}


def record(
    ledger: opened.Ledger, tenant: str, run: str, system: str, name: str, seen_until: dt.datetime | None, read_at: dt.datetime
) -> None:
    """Note that a list was read to its end, once all that it gave is recorded. Of two runs the one that saw more counts.

    Where nothing was seen (`seen_until` None) what was seen before stays.
    """
    values = {"tenant": tenant, "system": system, "list": name, "seen_until": seen_until, "read_at": read_at, "run": run}
    with ledger.writing() as connection:
        insert = bulk.dialect_insert(connection, _mark).values(**values)
        newer = {column: _later(column, insert.excluded[column]) for column in ("seen_until", "read_at")}
        connection.execute(insert.on_conflict_do_update(index_elements=_KEY, set_={**newer, "run": run}))


def _later(column: str, new: sa.ColumnElement[dt.datetime]) -> sa.ColumnElement[dt.datetime]:
    old = _mark.c[column]
    return sa.case((old.is_(None), new), (new.is_(None), old), (new > old, new), else_=old)
