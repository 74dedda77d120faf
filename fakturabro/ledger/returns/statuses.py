"""The factoring statuses that PowerOffice was told of invoices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.returns import tables as return_tables

_told = return_tables.told_status


class Told(msgspec.Struct, frozen=True):
    """A status, and whether PowerOffice said no to it."""

    status: str
    refused: bool


def find_told(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> dict[int, Told]:
    """What was last told of these invoices; those of which nothing was are absent."""
    with ledger.reading() as connection:
        mine = (_told.c.tenant == tenant, bulk.among(connection, _told.c.document_id, document_ids))
        rows = connection.execute(sa.select(_told.c.document_id, _told.c.status, _told.c.refused).where(*mine))
        return {i: Told(status, refused) for i, status, refused in rows}


def record_told(
    ledger: opened.Ledger, tenant: str, statuses: Mapping[int, str], run: str, at: dt.datetime, *, refused: bool = False
) -> None:
    """Record what was told of these invoices; the last one counts."""
    with ledger.writing() as connection:
        mine = (_told.c.tenant == tenant, bulk.among(connection, _told.c.document_id, statuses))
        connection.execute(sa.delete(_told).where(*mine))
        stamp = bulk.stored(connection, at)
        columns = ("tenant", "document_id", "status", "refused", "at", "run")
        bulk.insert(connection, _told, columns, [(tenant, i, said, refused, stamp, run) for i, said in statuses.items()])
