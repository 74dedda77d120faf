"""What each statement of an account said: days, balances and its number, so that the next one can be held against it."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.payments import tables as bank_tables

_statement = bank_tables.account_statement


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A statement; `position` from 1 in its file, balances in minor units. None is what the bank does not say."""

    account: str
    currency: str
    file_id: int
    position: int
    statement_id: str
    sequence: int | None
    opened_on: dt.date | None
    closed_on: dt.date | None
    opening: int | None
    closing: int | None
    entries: int


def record(ledger: opened.Ledger, tenant: str, one: Row, run: str) -> None:
    """Record a statement; the same place in the same file once."""
    values = msgspec.structs.asdict(one) | {"tenant": tenant, "run": run}
    with ledger.writing() as connection:
        connection.execute(bulk.dialect_insert(connection, _statement).values(values).on_conflict_do_nothing())


def find(ledger: opened.Ledger, tenant: str, account: str, since: dt.date) -> list[Row]:
    """The statements of an account that end on that day or later, or say no day: by currency, in the order of days and numbers."""
    columns = [_statement.c[name] for name in Row.__struct_fields__]
    recent = sa.or_(_statement.c.closed_on.is_(None), _statement.c.closed_on >= since)
    with ledger.reading() as connection:
        mine = (_statement.c.tenant == tenant, _statement.c.account == account)
        rows = [Row(**row) for row in connection.execute(sa.select(*columns).where(*mine, recent)).mappings()]
    return sorted(rows, key=_place)


def _place(one: Row) -> tuple[str, dt.date, int, int, int]:
    return one.currency, one.closed_on or dt.date.min, one.sequence or 0, one.file_id, one.position
