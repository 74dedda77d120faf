"""What begins again after a certificate has counted it: the row enters anew, and what was counted is kept as it stood."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from fakturabro.ledger import tables

_delivery = tables.delivery
_counted = _delivery.c.settled_in.is_not(None)
ENTERED_ANEW: dict[str, Any] = {
    "corrected": sa.case((_counted, 0), else_=_delivery.c.corrected),
    "entered_in": sa.case((_counted, None), else_=_delivery.c.entered_in),
    "settled_in": None,
    "settled_on": None,
}
"""What the next certificate counts as fetched, where one has counted it as settled."""


def keep_as_certified(connection: sa.Connection, *mine: sa.ColumnElement[bool]) -> None:
    """Where a certificate counted these deliveries, keep what it counted; who got it where that was distributed, see proofs."""
    renewed, recipient = tables.renewed, tables.recipient
    of_document = (recipient.c.tenant == _delivery.c.tenant, recipient.c.document_id == _delivery.c.document_id)
    found: dict[str, Any] = {c.name: _delivery.c[c.name] for c in renewed.c if c.name in _delivery.c}
    settled = sa.select(recipient.c.sealed).where(*of_document).scalar_subquery()
    found["recipient"] = sa.case((_delivery.c.purpose == "distribute", settled))
    counted = sa.select(*found.values()).where(*mine, _counted).with_for_update(of=_delivery)
    connection.execute(sa.insert(renewed).from_select(list(found), counted))
