"""E-mails in doubt that certainly came to a mail server, because somebody opened their link or they came back: they were accepted.

What nobody got is then followed by a letter like any other, which an opening cancels and an objection holds.
"""

from __future__ import annotations

import contextlib
import datetime as dt

import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import deliveries, details, opened, tables
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.journal import messages
from fakturabro.ledger.portal import tables as portal_tables

_delivery, _log, _bounce, _opening = tables.delivery, tables.transfer_log, portal_tables.bounce, portal_tables.opening
_BY_EMAIL = ("link", "email")
_TIMES = 3
"""So often a link goes by itself. Every time may have reached the debtor."""


def settle(ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime) -> int:
    """in_doubt -> accepted for these e-mails, and a letter begins behind all that came back; how many were in doubt.

    Finds also what a recover brought back. Where another run settles them at the same moment, that one does.
    """
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.target.in_(_BY_EMAIL))
    is_opened, came_back = _is_of(_opening), sa.and_(_is_of(_bounce), _bounce.c.is_last)
    arrived = sa.or_(sa.exists().where(is_opened), sa.exists().where(came_back))
    columns = [_delivery.c[name] for name in deliveries.Open.__struct_fields__]
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(*columns).where(*mine, _delivery.c.state == "in_doubt", arrived)).mappings()
        doubts = [deliveries.Open(**row) for row in rows]
        sent = details.find_sent_raws(connection, tenant, doubts) if doubts else {}
    answers = [
        deliveries.Answer(
            delivery_id=row.id,
            target=row.target or "",
            natural_key=row.natural_key or "",
            outcome="accepted",
            detail=messages.ARRIVED,
            sent_raw_id=sent.get(row.id),
        )
        for row in doubts
    ]
    today = at.astimezone(calendar.OSLO).date()
    with contextlib.suppress(deliveries.MoveError):
        deliveries.record_answers(ledger, tenant, answers, run, at, today, start="in_doubt")
    with ledger.writing() as connection:
        returned = sa.select(_delivery.c.id).where(*mine, _delivery.c.state == "accepted", sa.exists().where(came_back))
        fallbacks.begin(connection, tenant, run, connection.execute(returned).scalars().all())
    return len(doubts)


def find_hopeless(ledger: opened.Ledger, tenant: str) -> set[int]:
    """The links in doubt that were sent three times, and whose answer never came: a person decides."""
    ours = (
        _log.c.tenant == _delivery.c.tenant,
        _log.c.delivery_id == _delivery.c.id,
        _log.c.natural_key == _delivery.c.natural_key,
    )
    times = sa.select(sa.func.count()).where(*ours, _log.c.outcome == "in_doubt").scalar_subquery()
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.target == "link")
    with ledger.reading() as connection:
        query = sa.select(_delivery.c.id).where(*mine, _delivery.c.state == "in_doubt", times >= _TIMES)
        return set(connection.execute(query).scalars())


def _is_of(said: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(said.c.tenant == _delivery.c.tenant, said.c.natural_key == _delivery.c.natural_key)
