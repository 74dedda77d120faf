"""What `lives` tells of a movement beside what it tells of every document: its settlement and its voucher; and, of an invoice,
which movements name it and what PowerOffice was told."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from fakturabro.ledger import operations
from fakturabro.ledger.payments import answers
from fakturabro.ledger.returns import tables

_movement, _settlement, _voucher, _status = tables.movement, tables.settlement, tables.return_voucher, tables.told_status


def find(connection: sa.Connection, tenant: str, document_id: int) -> Iterator[tuple[str, sa.RowMapping]]:
    """(kind of step, row) of a movement or an invoice, in order; nothing of other documents."""
    mine = (_movement.c.tenant == tenant, _movement.c.document_id == document_id)
    of_settlement = _movement.join(
        _settlement, sa.and_(_settlement.c.tenant == _movement.c.tenant, _settlement.c.id == _movement.c.settlement_id)
    )
    carried = sa.and_(_voucher.c.tenant == _movement.c.tenant, _voucher.c.id == _movement.c.voucher_id)
    asked: tuple[tuple[str, sa.Select[tuple[object, ...]]], ...] = (
        ("movement", sa.select(_movement).where(*mine)),
        ("settlement", sa.select(_settlement).select_from(of_settlement).where(*mine)),
        ("voucher", sa.select(_voucher).select_from(_movement.join(_voucher, carried)).where(*mine)),
        ("movement", _naming(tenant, _movement.c.invoice_id == document_id)),
        ("movement", _naming(tenant, _movement.c.undoes == document_id)),
        ("status", sa.select(_status).where(_status.c.tenant == tenant, _status.c.document_id == document_id)),
    )
    for kind, query in asked:
        for row in connection.execute(query).mappings():
            yield kind, row


def decisions_about(connection: sa.Connection, tenant: str, document_id: int) -> sa.ColumnElement[bool]:
    """Whether a decision is about undoing the voucher that carried this movement."""
    carried = sa.and_(_voucher.c.tenant == _movement.c.tenant, _voucher.c.id == _movement.c.voucher_id)
    mine = (_movement.c.tenant == tenant, _movement.c.document_id == document_id)
    query = sa.select(_voucher.c.reference).select_from(_movement.join(_voucher, carried)).where(*mine)
    subject, kind = operations.decision.c.subject, operations.decision.c.kind
    names = [subject.startswith(f"{one}/") for one in connection.execute(query).scalars()]
    return sa.and_(kind == answers.UNDO_VOUCHER, sa.or_(sa.false(), *names))


def _naming(tenant: str, where: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    columns = (_movement.c.document_id.label("movement"), _movement.c.origin, _movement.c.kind, _movement.c.day)
    return sa.select(*columns).where(_movement.c.tenant == tenant, where).order_by(_movement.c.document_id)
