"""What may differ from what a certificate committed to: parts that purging emptied, or whose document changed at its source.

Purging destroys a data key and empties everything under it, so it is known from a forgery by both: a key that is gone and nothing
left beside it, or a key that stands and everything there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from fakturabro.ledger import counted_rows, seals, tables
from fakturabro.ledger import engine as bulk

_document, _delivery, _revision, _log = tables.document, tables.delivery, tables.revision, tables.transfer_log
_booking, _recipient, _renewed, _key = tables.booking, tables.recipient, tables.renewed, tables.data_key


class Excuses:
    """Of the deliveries of one stretch, as the certificate of this moment counted them."""

    def __init__(self, connection: sa.Connection, tenant: str, moment: counted_rows.Moment, ids: Sequence[int]) -> None:
        self._connection, self._tenant, self._moment, self._ids = connection, tenant, moment, ids

    @functools.cached_property
    def _counted(self) -> sa.FromClause:
        """Delivery, document and revision."""
        return sa.union_all(*(self._of(t, t.c.id, t.c.document_id, t.c.revision_id) for t in (_delivery, _renewed))).subquery()

    def _of(self, table: sa.Table, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        counted = (table.c.tenant == self._tenant, table.c.settled_in == self._moment.certificate_id)
        return sa.select(*columns).where(*counted, bulk.among(self._connection, table.c.id, self._ids))

    def cover(self, part: str) -> bool:
        """Whether a part may be another one now."""
        kind, _, month = part.partition("/")
        if kind == "head":
            return any(self._revised.values()) or (self._is_gone("document", month) and self._is_emptied("customer_number"))
        if kind == "document":
            return self._is_gone(kind, month) and self._is_emptied("kid")
        if kind == "recipient":
            return self._is_gone(kind, month) and self._are_recipients_purged()
        return kind == "answer" and self._has_purged_answers(month)

    def _is_gone(self, kind: str, month: str) -> bool:
        return (kind, month) not in self._keys

    @functools.cached_property
    def _keys(self) -> set[tuple[str, str]]:
        query = sa.select(_key.c.kind, _key.c.month).where(_key.c.tenant == self._tenant)
        return {(kind, month) for kind, month in self._connection.execute(query)}

    @functools.cached_property
    def _revised(self) -> dict[int, bool]:
        """By document of the stretch, whether another revision than the one that was settled is the current one."""
        query = (
            sa.select(_document.c.id, _document.c.revision_id != self._counted.c.revision_id)
            .join(self._counted, self._counted.c.document_id == _document.c.id)
            .join(_revision, sa.and_(_revision.c.tenant == _document.c.tenant, _revision.c.id == _document.c.revision_id))
        )
        mine = (_document.c.tenant == self._tenant, _revision.c.document_id == _document.c.id)
        return {i: bool(revised) for i, revised in self._connection.execute(query.where(*mine))}

    def _is_emptied(self, clear_text: str) -> bool:
        """Whether all settled revisions are empty, and the clear text beside those that no younger revision keeps."""
        query = (
            sa.select(_document.c.id, _revision.c.canonical, _document.c.customer_number, _booking.c.kid)
            .join(self._counted, self._counted.c.document_id == _document.c.id)
            .join(_revision, sa.and_(_revision.c.tenant == _document.c.tenant, _revision.c.id == self._counted.c.revision_id))
            .outerjoin(_booking, sa.and_(_booking.c.tenant == _document.c.tenant, _booking.c.document_id == _document.c.id))
        )
        rows = self._connection.execute(query.where(_document.c.tenant == self._tenant)).mappings()
        return all(
            len(row["canonical"]) == seals.MONTH_LENGTH and (not row[clear_text] or self._revised.get(row["id"], False))
            for row in rows
        )

    def _are_recipients_purged(self) -> bool:
        """Whether each recipient is what its key leaves of it."""
        mine = (_recipient.c.tenant == self._tenant, _recipient.c.document_id.in_(self._of(_delivery, _delivery.c.document_id)))
        standing = sa.union_all(sa.select(_recipient.c.sealed).where(*mine), self._of(_renewed, _renewed.c.recipient))
        sealed = list(self._connection.execute(standing).scalars())
        gone = {one: self._is_gone("recipient", one) for one in map(_month, sealed)}
        return all(_is_left(one, gone) for one in sealed)

    def _has_purged_answers(self, month: str) -> bool:
        """Whether the lines of a month are as purging leaves them: all empty with their key, or one without text or salt for its
        document."""
        query = (
            sa.select(_log.c.at, _log.c.detail, _log.c.answer, _revision.c.canonical)
            .join(self._counted, self._counted.c.id == _log.c.delivery_id)
            .join(_revision, sa.and_(_revision.c.tenant == _log.c.tenant, _revision.c.id == self._counted.c.revision_id))
        )
        mine = (_log.c.tenant == self._tenant, _log.c.id <= self._moment.log)
        lines = [one for one in self._connection.execute(query.where(*mine)) if one.at.isoformat().startswith(month)]
        gone = {one: self._is_gone("answer", one) for one in {month, *(_month(line.answer) for line in lines)}}
        if gone[month]:
            return all(not line.detail and _is_left(line.answer, gone) for line in lines)
        return all(_is_left(line.answer, gone) for line in lines) and any(
            (not line.detail and gone[_month(line.answer)]) or len(line.canonical) == seals.MONTH_LENGTH for line in lines
        )


def _month(sealed: bytes | None) -> str:
    return bytes(sealed or b"")[: seals.MONTH_LENGTH].decode("ascii", "replace")


def _is_left(sealed: bytes | None, gone: dict[str, bool]) -> bool:
    """Whether sealed bytes are what their key leaves: whole while it stands, nothing but their month when it is gone."""
    return sealed is None or (len(sealed) == seals.MONTH_LENGTH) == gone[_month(sealed)]
