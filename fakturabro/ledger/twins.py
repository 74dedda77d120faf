"""Twins: documents that say the same under another number. Each document's key stands here until its content is purged."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from fakturabro.ledger import documents, opened, tables
from fakturabro.ledger import engine as bulk

_twin, _document = tables.twin, tables.document


def record(ledger: opened.Ledger, tenant: str, keys: Mapping[int, str]) -> None:
    """Note what these documents (by id) are known by, replacing what was noted before."""
    with ledger.writing() as connection:
        gone = sa.delete(_twin).where(_twin.c.tenant == tenant, bulk.among(connection, _twin.c.document_id, keys))
        connection.execute(gone)
        bulk.insert(connection, _twin, ("tenant", "document_id", "key"), [(tenant, i, key) for i, key in keys.items()])


def find_earlier(ledger: opened.Ledger, tenant: str, keys: Mapping[int, str], also: Mapping[int, str]) -> dict[int, str]:
    """By document, the number of an earlier one with the same key, in the ledger or in `also`. What was credited is no twin."""
    with ledger.reading() as connection:
        mine = (_twin.c.tenant == tenant, bulk.among(connection, _twin.c.key, sorted(set(keys.values()))))
        noted = {i: key for i, key in connection.execute(sa.select(_twin.c.document_id, _twin.c.key).where(*mine))}
    by_key: dict[str, list[int]] = collections.defaultdict(list)
    for i, key in sorted({**noted, **also, **keys}.items()):
        by_key[key].append(i)
    found = {i: by_key[key][0] for i, key in keys.items() if by_key[key][0] < i}
    heads = {head.id: head for head in documents.find_heads(ledger, tenant, sorted(set(found.values())))}
    credited = _find_credited(ledger, tenant, heads.values())
    return {i: heads[other].number for i, other in found.items() if other in heads and heads[other].number not in credited}


def _find_credited(ledger: opened.Ledger, tenant: str, heads: Iterable[documents.Head]) -> set[str]:
    numbers = sorted({head.number for head in heads})
    return {head.original_number for head in documents.find_crediting(ledger, tenant, numbers) if head.original_number}
