"""What we and the others had at the end of a day, as it was last looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.returns import tables as return_tables

_look = return_tables.reconciliation
_KEY = ("tenant", "client", "currency", "day", "role")
Role = Literal["customers", "customer_contra", "balance", "company"]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What we had and what they had, in minor units. `said` is JSON: the documents that make the difference, without names."""

    client: str
    currency: str
    day: dt.date
    role: Role
    ours: int
    theirs: int
    said: str = "[]"


def record(ledger: opened.Ledger, tenant: str, rows: Sequence[Look], run: str, at: dt.datetime) -> None:
    """Record what was found; of a day that was looked at before, this counts."""
    with ledger.writing() as connection:
        for row in rows:
            values = msgspec.structs.asdict(row) | {"tenant": tenant, "at": at, "run": run}
            insert = bulk.dialect_insert(connection, _look).values(**values)
            newer = {name: insert.excluded[name] for name in values if name not in _KEY}
            connection.execute(insert.on_conflict_do_update(index_elements=_KEY, set_=newer))


def find_latest(ledger: opened.Ledger, tenant: str, client: str = "") -> list[Look]:
    """What was found on the newest day of each currency and role, of one client or all."""
    columns = [_look.c[name] for name in Look.__struct_fields__]
    newer = _look.alias()
    same = [newer.c[name] == _look.c[name] for name in ("tenant", "client", "currency", "role")]
    mine = [_look.c.tenant == tenant, *([_look.c.client == client] if client else [])]
    mine.append(~sa.exists().where(*same, newer.c.day > _look.c.day))
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(*columns).where(*mine).order_by(_look.c.currency, _look.c.role))
        return [Look(**row) for row in rows.mappings()]
