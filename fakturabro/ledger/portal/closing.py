"""Closing links of the debtor portal: with a link its sessions end, and no code opens it any more."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened, tables
from fakturabro.ledger.portal import tables as portal_tables

REISSUED, GUESSED, WITHDRAWN = "reissued", "guessed", "withdrawn"
_link, _session = portal_tables.portal_link, portal_tables.portal_session
IS_OPEN = sa.or_(_link.c.closed_why.is_(None), _link.c.closed_why == GUESSED)
"""Nothing has taken its place: a new one may be given out."""


class Guessed(msgspec.Struct, frozen=True, kw_only=True):
    """A link that wrong codes have closed, and its document's number."""

    number: str
    natural_key: str
    at: dt.datetime


def close(
    connection: sa.Connection, why: str, at: dt.datetime | sa.ColumnElement[dt.datetime], *where: sa.ColumnElement[bool]
) -> None:
    """Close those of these links that are open, and end the sessions of all of them."""
    connection.execute(sa.update(_link).where(*where, IS_OPEN).values(closed_at=at, closed_why=why))
    connection.execute(sa.delete(_session).where(_session.c.link_id.in_(sa.select(_link.c.id).where(*where))))


def withdraw_others(connection: sa.Connection, tenant: str, document_id: int, natural_key: str) -> None:
    """Close the links of a document whose newer version went out under this natural key: they show what is not valid any more."""
    newest = _link.alias()
    made = sa.select(sa.func.max(newest.c.made_at)).where(newest.c.tenant == tenant, newest.c.natural_key == natural_key)
    at = sa.func.coalesce(made.scalar_subquery(), _link.c.made_at)
    mine = (_link.c.tenant == tenant, _link.c.document_id == document_id, _link.c.natural_key != natural_key)
    close(connection, WITHDRAWN, at, *mine)


def find_guessed(ledger: opened.Ledger, tenant: str) -> list[Guessed]:
    """The links that wrong codes have closed, and that nobody has given out anew: operators should know."""
    document, later = tables.document, _link.alias()
    newer = (later.c.tenant == _link.c.tenant, later.c.natural_key == _link.c.natural_key, later.c.issue > _link.c.issue)
    columns = (document.c.number, _link.c.natural_key, _link.c.closed_at.label("at"))
    query = sa.select(*columns).join(document, sa.and_(document.c.tenant == _link.c.tenant, document.c.id == _link.c.document_id))
    with ledger.reading() as connection:
        rows = connection.execute(query.where(_link.c.tenant == tenant, _link.c.closed_why == GUESSED, ~sa.exists().where(*newer)))
        return [msgspec.convert(row, Guessed, from_attributes=True) for row in rows]
