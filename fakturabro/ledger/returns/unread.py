"""The numbers of movements that the factoring system told and that could not be read: what came after them is read once more until
they can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.returns import tables as return_tables

_unread = return_tables.unread_movement


def record(ledger: opened.Ledger, tenant: str, client: str, numbers: Collection[int], run: str, at: dt.datetime) -> None:
    """Note these; what is noted already stays as it is."""
    rows = [{"tenant": tenant, "client": client, "told_no": one, "first_seen_at": at, "run": run} for one in sorted(numbers)]
    if rows:
        with ledger.writing() as connection:
            connection.execute(bulk.dialect_insert(ledger.engine, _unread).on_conflict_do_nothing(), rows)


def find(ledger: opened.Ledger, tenant: str, client: str) -> set[int]:
    """All that are noted of a client."""
    mine = (_unread.c.tenant == tenant, _unread.c.client == client)
    with ledger.reading() as connection:
        return set(connection.execute(sa.select(_unread.c.told_no).where(*mine)).scalars())


def forget(ledger: opened.Ledger, tenant: str, client: str, numbers: Collection[int]) -> None:
    """These were read, or are not told any more."""
    if numbers:
        with ledger.writing() as connection:
            mine = (_unread.c.tenant == tenant, _unread.c.client == client, bulk.among(connection, _unread.c.told_no, numbers))
            connection.execute(sa.delete(_unread).where(*mine))
