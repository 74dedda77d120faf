"""Twins: documents that say the same under another number. Each document's key stands here until its content is purged."""

from __future__ import annotations

import collections
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from fakturabro.ledger import documents, opened, tables
from fakturabro.ledger import engine as bulk

_twin, _delivery = tables.twin, tables.delivery


def record(ledger: opened.Ledger, tenant: str, keys: Mapping[int, str]) -> None:
    """Note what these documents (by id) are known by, replacing what was noted before. Two writers at once wait for each other."""
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"twins/{tenant}")
        gone = sa.delete(_twin).where(_twin.c.tenant == tenant, bulk.among(connection, _twin.c.document_id, keys))
        connection.execute(gone)
        bulk.insert(connection, _twin, ("tenant", "document_id", "key"), [(tenant, i, key) for i, key in keys.items()])


def forget_unbooked(ledger: opened.Ledger, tenant: str, document_ids: Collection[int]) -> None:
    """Forget by what these were known that were cancelled before they were booked: what is made instead of them is no twin."""
    with ledger.writing() as connection:
        mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "book", _delivery.c.state == "cancelled")
        unbooked = sa.select(_delivery.c.document_id).where(*mine, bulk.among(connection, _delivery.c.document_id, document_ids))
        connection.execute(sa.delete(_twin).where(_twin.c.tenant == tenant, _twin.c.document_id.in_(unbooked)))


def find_earlier(ledger: opened.Ledger, tenant: str, keys: Mapping[int, str], also: Mapping[int, str]) -> dict[int, str]:
    """By document, the number of the earliest one before it with the same key, in the ledger or in `also`.

    What was credited in full is no twin of what came after it.
    """
    with ledger.reading() as connection:
        mine = (_twin.c.tenant == tenant, bulk.among(connection, _twin.c.key, sorted(set(keys.values()))))
        noted = {i: key for i, key in connection.execute(sa.select(_twin.c.document_id, _twin.c.key).where(*mine))}
    by_key: dict[str, list[int]] = collections.defaultdict(list)
    for i, key in sorted({**noted, **also, **keys}.items()):
        by_key[key].append(i)
    alike = sorted(i for some in by_key.values() if len(some) > 1 for i in some)
    heads = documents.find_heads(ledger, tenant, alike)
    credited = _find_credited(ledger, tenant, heads)
    standing = {head.id: head for head in heads if head.id not in credited}
    earliest = {key: next((standing[i] for i in some if i in standing), None) for key, some in by_key.items()}
    return {i: first.number for i, key in keys.items() if (first := earliest[key]) and first.id < i}


def _find_credited(ledger: opened.Ledger, tenant: str, heads: Sequence[documents.Head]) -> set[int]:
    """Those whose credit notes come to all of their amount."""
    credited: dict[tuple[str | None, str], int] = collections.defaultdict(int)
    for note in documents.find_crediting(ledger, tenant, sorted({head.number for head in heads})):
        credited[note.original_number, note.currency] += abs(note.amount)
    return {head.id for head in heads if (sum_ := credited.get((head.number, head.currency))) and sum_ >= abs(head.amount)}
