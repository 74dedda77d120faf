"""What was skipped: which certificates count it, for it has no purposes of its own."""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import tables

_document = tables.document
_IS_MOVEMENT = _document.c.kind == "movement"
_IS_SHARED = _document.c.kind.in_(documents.SYNC_KINDS)


def of_purpose(purpose: str) -> sa.ColumnElement[bool]:
    """Whether the certificates for a purpose count it: movements where they would be posted, what two systems share where it
    would be transferred, all else as invoices."""
    if purpose in documents.PURPOSES:
        return ~sa.or_(_IS_MOVEMENT, _IS_SHARED)
    if purpose == documents.TRANSFER:
        return _IS_SHARED
    return _IS_MOVEMENT if purpose in documents.RETURN_PURPOSES else sa.false()


def uncounted(tenant: str, purpose: str) -> sa.ColumnElement[bool]:
    """What they have not counted yet."""
    mine = (_document.c.tenant == tenant, _document.c.state == "skipped", _document.c.certified_by.is_(None))
    return sa.and_(*mine, of_purpose(purpose))
