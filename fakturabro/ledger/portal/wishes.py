"""Debtors who want a new link and code: a wish stands until its e-mail left. Two runs at once mail it once.

`wished_at` is from when on it may be mailed. Who takes a wish puts that an hour ahead: of a run that died a later one takes it.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.ledger import opened, tables
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import tables as portal_tables

_AGAIN = dt.timedelta(hours=1)
_link, _delivery, _log = portal_tables.portal_link, tables.delivery, tables.transfer_log


def wish(ledger: opened.Ledger, link: portal.Link, now: dt.datetime) -> bool:
    """Note that the debtor wants a new link and code by e-mail; False when that was wished within the hour, or something newer has
    taken the link's place since."""
    again = sa.or_(_link.c.wished_at.is_(None), _link.c.wished_at <= now - _AGAIN)
    return _note(ledger, link, now, again, portal_closing.IS_OPEN)


def find(ledger: opened.Ledger, tenant: str, now: dt.datetime) -> list[portal.Link]:
    """The links for which a new one is to be made (`portal.reissue`) and mailed; none whose document or recipient was purged."""
    stands = sa.or_(_link.c.closed_why.is_(None), _link.c.closed_why != portal_closing.WITHDRAWN)
    mine = (_link.c.tenant == tenant, _link.c.wished_at <= now, stands, portal.is_whole(_link))
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(*portal.COLUMNS).where(*mine).order_by(_link.c.id)).mappings()
        return [portal.Link(**row) for row in rows]


def take(ledger: opened.Ledger, link: portal.Link, now: dt.datetime) -> bool:
    """Make this wish the caller's, who mails it now; False when another run was faster."""
    return _note(ledger, link, now + _AGAIN, _link.c.wished_at <= now)


def put_back(ledger: opened.Ledger, link: portal.Link, now: dt.datetime) -> None:
    """Let the wish stand again: nothing left."""
    _note(ledger, link, now)


def grant(ledger: opened.Ledger, link: portal.Link, message_id: str, run: str, now: dt.datetime) -> None:
    """Note that the new link was mailed as `message_id`, in the transfer log too."""
    mine = (_delivery.c.tenant == link.tenant, _delivery.c.document_id == link.document_id, _delivery.c.purpose == "distribute")
    line = {"tenant": link.tenant, "at": now, "run": run, "target": portal.TARGET, "natural_key": message_id}
    with ledger.writing() as connection:
        connection.execute(sa.update(_link).where(_link.c.tenant == link.tenant, _link.c.id == link.id).values(wished_at=None))
        delivery_id = connection.execute(sa.select(_delivery.c.id).where(*mine)).scalar_one()
        connection.execute(sa.insert(_log).values(**line, delivery_id=delivery_id, outcome="reissued", detail=""))


def _note(ledger: opened.Ledger, link: portal.Link, at: dt.datetime, *where: sa.ColumnElement[bool]) -> bool:
    change = sa.update(_link).where(_link.c.tenant == link.tenant, _link.c.id == link.id, *where)
    with ledger.writing() as connection:
        return connection.execute(change.values(wished_at=at)).rowcount == 1
