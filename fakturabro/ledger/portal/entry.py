"""Codes and sessions of the debtor portal: what a code opens, how wrong ones are counted, who is in.

Counts stand in the database and are read and written under the link's own lock, so they are right whatever number of gateways there
are. A code for a link that nobody knows costs what a wrong one costs: one keyed hash and one write.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import links, opened
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import openings
from fakturabro.ledger.portal import tables as portal_tables

WRONG_IN_A_ROW, WRONG_IN_ALL = 5, 20
SESSION_LIVES = dt.timedelta(minutes=30)
_KEPT = dt.timedelta(days=1)
_link, _session, _miss = portal_tables.portal_link, portal_tables.portal_session, portal_tables.portal_miss
Outcome = Literal["right", "wrong", "locked", "dead", "expired", "unknown", "malformed"]
_LOGGER = logging.getLogger("fakturabro")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a code. `session` is what the browser keeps when it was right."""

    outcome: Outcome
    session: str = ""


def enter(
    ledger: opened.Ledger, send_journal: journal.Journal | None, key: bytes, token: str, said: str, now: dt.datetime
) -> Entry:
    """Look at a code for the link of this token. What can be no code is malformed: nothing is looked up or counted.

    Five wrong ones in a row lock the link for fifteen minutes, in which the right one opens nothing either; twenty in all close it.
    The first right one is the document's opening: see openings.
    """
    code = portal_keys.normalise(said)
    if not code:
        return Entry(outcome="malformed")
    link_hash = portal_keys.token_hash(token)
    told = portal_keys.code_hash(key, link_hash, code)
    with ledger.writing() as connection:
        link = portal.read(connection, link_hash, lock=True)
        if link is None:
            _count_miss(connection, link_hash)
            return Entry(outcome="unknown")
        standing = link.standing(now)
        if standing != "open":
            return Entry(outcome=standing)
        if not hmac.compare_digest(link.code_hash, told):
            return _count_wrong(connection, link, now)
        openings.record(connection, send_journal, link.tenant, link.natural_key, now)
        if link.wrong_in_a_row:
            connection.execute(sa.update(_link).where(_link.c.id == link.id).values(wrong_in_a_row=0, locked_until=None))
        return Entry(outcome="right", session=_begin(connection, link, now))


def find_session(ledger: opened.Ledger, token: str, session: str, now: dt.datetime) -> portal.Link | None:
    """The link of this token, when the session belongs to it and lives; None: the code is asked for again."""
    link_hash, mine = portal_keys.token_hash(token), _session.c.hash == portal_keys.token_hash(session)
    query = sa.select(*portal.COLUMNS, _session.c.began_at).join(_session, _session.c.link_id == _link.c.id)
    with ledger.reading() as connection:
        row = connection.execute(query.where(_link.c.hash == link_hash, mine)).mappings().one_or_none()
    if row is None or row["closed_why"] is not None or abs(now - row["began_at"]) >= SESSION_LIVES:
        return None
    return portal.Link(**{name: row[name] for name in portal.Link.__struct_fields__})


def leave(ledger: opened.Ledger, session: str) -> None:
    """End a session before its time."""
    with ledger.writing() as connection:
        connection.execute(sa.delete(_session).where(_session.c.hash == portal_keys.token_hash(session)))


def _begin(connection: sa.Connection, link: portal.Link, now: dt.datetime) -> str:
    session = links.make_token()
    connection.execute(sa.delete(_session).where(_session.c.began_at <= now - _KEPT))
    values = {"hash": portal_keys.token_hash(session), "link_id": link.id, "began_at": now}
    connection.execute(sa.insert(_session).values(**values))
    return session


def _count_wrong(connection: sa.Connection, link: portal.Link, now: dt.datetime) -> Entry:
    wrong, in_a_row = link.wrong + 1, link.wrong_in_a_row + 1
    values: dict[str, object] = {"wrong": wrong, "wrong_in_a_row": in_a_row}
    locked_until = now + portal.LOCKED if in_a_row % WRONG_IN_A_ROW == 0 else None
    if wrong >= WRONG_IN_ALL:
        values |= {"closed_at": now, "closed_why": portal_closing.GUESSED}
        _LOGGER.warning("%s: link %s is closed after %s wrong codes", link.tenant, link.hash[:8], wrong)
    connection.execute(sa.update(_link).where(_link.c.id == link.id).values(**values, locked_until=locked_until))
    return Entry(outcome="wrong")


def _count_miss(connection: sa.Connection, link_hash: str) -> None:
    insert = bulk.dialect_insert(connection, _miss).values(bucket=int(link_hash[:2], 16), count=1)
    connection.execute(insert.on_conflict_do_update(index_elements=["bucket"], set_={"count": _miss.c.count + 1}))
