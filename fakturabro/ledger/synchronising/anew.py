"""What changed after it was carried, and is carried once more: registers and costs. A sales invoice is not: see ADR 0023."""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import opened, renewing, tables

_delivery, _document = tables.delivery, tables.document
KINDS = ("customer", "article", "project", "purchase_cost")


def begin(ledger: opened.Ledger, tenant: str, run: str) -> int:
    """A transfer that was accepted with another revision than the document has now -> waiting with that; how many.

    Recording does so by itself; here is found what was on its way then.
    """
    with ledger.writing() as connection:
        return begin_in(connection, tenant, run)


def begin_in(connection: sa.Connection, tenant: str, run: str, *where: sa.ColumnElement[bool]) -> int:
    """The same inside a transaction. What a certificate counted as accepted is kept, and the delivery enters anew."""
    of_document = (_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id)
    current = sa.select(_document.c.revision_id).where(*of_document).scalar_subquery()
    amount = sa.select(_document.c.amount).where(*of_document).scalar_subquery()
    changed = sa.exists().where(*of_document, _document.c.kind.in_(KINDS), _document.c.revision_id != _delivery.c.revision_id)
    accepted = (_delivery.c.purpose == documents.TRANSFER, _delivery.c.state == "accepted")
    mine = (_delivery.c.tenant == tenant, *accepted, changed, *where)
    renewing.keep_as_certified(connection, *mine)
    anew = {"state": "waiting", "revision_id": current, "amount": amount, "target": None, "natural_key": None, "run": run}
    counted = sa.and_(_delivery.c.settled_in.is_(None), _delivery.c.entered_in.is_not(None))
    values = {**anew, **renewing.ENTERED_ANEW}
    values["corrected"] = sa.case((counted, _delivery.c.corrected + amount - _delivery.c.amount), else_=0)
    return connection.execute(sa.update(_delivery).where(*mine).values(**values)).rowcount
