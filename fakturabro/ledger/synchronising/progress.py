"""How far records of registers have come, by kind, source and source key."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import opened, tables

_document, _delivery = tables.document, tables.delivery
_UNDER_WAY = ("waiting", "planned", "sending", "in_doubt")
_COLUMNS = (_document.c.kind, _document.c.source, _document.c.source_key)


def find_under_way(ledger: opened.Ledger, tenant: str, kinds: Iterable[str]) -> frozenset[tuple[str, str, str]]:
    """What still waits to be carried, or is being carried."""
    of_document = sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == documents.TRANSFER, _delivery.c.state.in_(_UNDER_WAY))
    query = sa.select(*_COLUMNS).join(_delivery, of_document).where(*mine, _document.c.kind.in_(tuple(kinds)))
    with ledger.reading() as connection:
        return frozenset((kind, source, key) for kind, source, key in connection.execute(query).tuples())


def find_recorded(ledger: opened.Ledger, tenant: str, kinds: Iterable[str]) -> frozenset[tuple[str, str, str]]:
    """What was ever read, whatever became of it."""
    query = sa.select(*_COLUMNS).where(_document.c.tenant == tenant, _document.c.kind.in_(tuple(kinds)))
    with ledger.reading() as connection:
        return frozenset((kind, source, key) for kind, source, key in connection.execute(query).tuples())
