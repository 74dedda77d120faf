"""Bytes as they were read, sent or answered: content-addressed, sealed, readable as long as their key stands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, seals, tables

_raw = tables.raw
_MOST_ASKED = 10_000
"""Parameters in one statement; SQLite takes 32,766."""


class Sealed(msgspec.Struct, frozen=True):
    """Sealed bytes and the address of what they hold. `kind` is a document kind, or what was sent: "pdf", "ehf" ..."""

    kind: str
    month: str
    sha256: bytes
    sealed: bytes


def seal(key: seals.Key, kind: str, data: bytes) -> Sealed:
    """Make `data` ready to be recorded. Pure: any process that has the key can do it."""
    return Sealed(kind, key.month, hashlib.sha256(data).digest(), key.seal(data))


def record(connection: sa.Connection, tenant: str, rows: Sequence[Sealed]) -> dict[bytes, int]:
    """Store what is not there yet; the id of each, by sha256."""
    unique = {row.sha256: row for row in rows}
    if not unique:
        return {}
    bulk.wait_in_line(connection, f"raw/{tenant}")  # of two that keep the same bytes at once, the second finds them
    found = _find(connection, tenant, list(unique.values()))
    new = [row for sha, row in unique.items() if sha not in found]
    ids = bulk.reserve_ids(connection, _raw, len(new))
    columns = ("id", "tenant", "kind", "month", "sha256", "sealed")
    bulk.insert(
        connection, _raw, columns, [(i, tenant, r.kind, r.month, r.sha256, r.sealed) for i, r in zip(ids, new, strict=True)]
    )
    return found | {row.sha256: i for i, row in zip(ids, new, strict=True)}


def _find(connection: sa.Connection, tenant: str, rows: list[Sealed]) -> dict[bytes, int]:
    asked = {(row.sha256, row.kind, row.month) for row in rows}
    found: dict[bytes, int] = {}
    for some in bulk.chunks(rows, _MOST_ASKED):
        marks = bulk.marks(connection, len(some))
        query = f"select sha256, kind, month, id from raw where sha256 in ({marks}) and tenant = {bulk.marks(connection, 1)}"  # noqa: S608 - marks only
        answer = connection.exec_driver_sql(query, (*(row.sha256 for row in some), tenant)).all()
        found |= {sha: i for sha, kind, month, i in answer if (sha, kind, month) in asked}
    return found


def find(ledger: opened.Ledger, tenant: str, kind: str, hashes: Sequence[bytes]) -> dict[bytes, int]:
    """The newest id under which bytes of this kind are kept, by sha256; what is not kept is absent."""
    with ledger.reading() as connection:
        mine = (_raw.c.tenant == tenant, _raw.c.kind == kind, _raw.c.sha256.in_(hashes))
        return {
            bytes(sha): i for sha, i in connection.execute(sa.select(_raw.c.sha256, _raw.c.id).where(*mine).order_by(_raw.c.id))
        }


def read(ledger: opened.Ledger, tenant: str, raw_ids: Sequence[int]) -> dict[int, bytes]:
    """The bytes behind these ids."""
    with ledger.reading() as connection:
        query = sa.select(_raw.c.id, _raw.c.kind, _raw.c.sealed).where(
            _raw.c.tenant == tenant, bulk.among(connection, _raw.c.id, raw_ids)
        )
        return {i: ledger.seals.open(connection, tenant, kind, sealed) for i, kind, sealed in connection.execute(query)}
