"""The transfer log of what two systems share, in the order in which it was said: each answer with the document that it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, opened, seals, tables

_log, _delivery, _document = tables.transfer_log, tables.delivery, tables.document
_OF_LOG = ("id", "at", "run", "target", "natural_key", "outcome", "detail", "answer")
_OF_DOCUMENT = ("kind", "source", "source_key", "number")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `answer` is what was kept of it, opened; None where nothing was kept, or where it was purged."""

    id: int
    at: dt.datetime
    run: str
    target: str
    natural_key: str
    outcome: str
    detail: str
    answer: bytes | None
    kind: str
    source: str
    source_key: str
    number: str
    purpose: str


def find_in_pages(
    ledger: opened.Ledger,
    tenant: str,
    *,
    run: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    size: int = deliveries.PAGE,
) -> Iterator[list[Entry]]:
    """The entries of one run, or of all; from `since` on and before `until`. At most `size` are in memory."""
    mine = [_log.c.tenant == tenant, _document.c.kind.in_(values.SYNC_KINDS)]
    mine += [_log.c.run == run] if run else []
    mine += [_log.c.at >= since] if since else []
    mine += [_log.c.at < until] if until else []
    last = 0
    while page := _read(ledger, tenant, [*mine, _log.c.id > last], size):
        yield page
        last = page[-1].id


def _read(ledger: opened.Ledger, tenant: str, mine: list[sa.ColumnElement[bool]], size: int) -> list[Entry]:
    columns = [*(_log.c[name] for name in _OF_LOG), *(_document.c[name] for name in _OF_DOCUMENT), _delivery.c.purpose]
    query = (
        sa.select(*columns)
        .join(_delivery, sa.and_(_delivery.c.tenant == _log.c.tenant, _delivery.c.id == _log.c.delivery_id))
        .join(_document, sa.and_(_document.c.tenant == _log.c.tenant, _document.c.id == _delivery.c.document_id))
        .where(*mine)
    )
    with ledger.reading() as connection:
        found: list[Entry] = []
        for row in connection.execute(query.order_by(_log.c.id).limit(size)).mappings().all():
            said: dict[str, Any] = {**row, "answer": _open(ledger, connection, tenant, row["answer"])}
            found.append(Entry(**said))
        return found


def _open(ledger: opened.Ledger, connection: sa.Connection, tenant: str, sealed: bytes | None) -> bytes | None:
    if sealed is None:
        return None
    try:
        return ledger.seals.open(connection, tenant, "answer", bytes(sealed))
    except seals.SealError:
        return None
