"""What comes after the transfer of a sales invoice: its attachments, and its next status in the system that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.ledger import opened, recording, tables
from fakturabro.ledger.journal import claims

KIND = "sales_invoice"
ATTACH, MARK, SENT, PAID = values.AFTER_TRANSFER
_document, _delivery = tables.document, tables.delivery


def find_open(ledger: opened.Ledger, tenant: str, states: Sequence[str]) -> list[int]:
    """The sales invoices whose transfer stands in one of these states, in their order."""
    query = _of_kind(tenant, values.TRANSFER, states).order_by(_document.c.id)
    with ledger.reading() as connection:
        return list(connection.execute(query).scalars())


def begin_next(ledger: opened.Ledger, tenant: str, run: str, *, attaches: bool) -> None:
    """Every invoice that was transferred is to get its next status; those that had none to get yet, their attachments before it."""
    with ledger.writing() as connection:
        marked = sa.select(_delivery.c.document_id).where(_delivery.c.tenant == tenant, _delivery.c.purpose == MARK)
        new = _of_kind(tenant, values.TRANSFER, ["accepted"]).where(_document.c.id.not_in(marked))
        ids = list(connection.execute(new).scalars())
        for purpose in (ATTACH, MARK) if attaches else (MARK,):
            recording.begin(connection, tenant, purpose, run, ids)
        claims.take(connection, tenant, run)


def begin(ledger: opened.Ledger, tenant: str, run: str, purpose: str, document_ids: Iterable[int]) -> None:
    """These invoices are to get a further status, each once."""
    ids = list(document_ids)
    if ids:
        with ledger.writing() as connection:
            recording.begin(connection, tenant, purpose, run, ids)
            claims.take(connection, tenant, run)


def _of_kind(tenant: str, purpose: str, states: Sequence[str]) -> sa.Select[tuple[int]]:
    same = sa.and_(_delivery.c.tenant == _document.c.tenant, _delivery.c.document_id == _document.c.id)
    mine = (_document.c.tenant == tenant, _document.c.kind == KIND, _delivery.c.purpose == purpose, _delivery.c.state.in_(states))
    return sa.select(_document.c.id).join(_delivery, same).where(*mine)
