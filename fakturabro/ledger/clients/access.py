"""Who is let in to a client's pages: links that live long, codes that live ten minutes, sessions that end by themselves.

A link opens nothing by itself: it lets its person ask for a code by mail. The right code begins a session on that link's pages. Of
links, codes and sessions only hashes are kept; whoever revokes a link has ended its sessions too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import choices, links, opened, operations
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.clients import tables as client_tables

PAGE = "client"
"""The name of the pages that these links open."""
LIVES = dt.timedelta(days=30)
_LINKS = 1_000
"""Living links per person; the oldest go. Every mail carries one and promises thirty days, which thirty-three mails a day keep."""
CODE_LIVES = dt.timedelta(minutes=10)
_CODES_AN_HOUR, _CODES_OF_PERSON = 5, 10
_WRONG_AN_HOUR = 10
"""Wrong codes of a person over all links, until the next one must wait."""
IDLE, LONGEST = dt.timedelta(minutes=60), dt.timedelta(hours=8)
_NOTED_AFTER = dt.timedelta(minutes=1)
_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
CLIENT_ACCESS = "client_access"
"""The choices in which invitations and revocations are logged: "invited kari@solberg.no"."""

_link, _code, _session = operations.link, client_tables.client_code, client_tables.client_session


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a code. `session` is what the browser keeps, when the code was right."""

    outcome: Literal["right", "wrong", "locked", "dead_link"]
    session: str = ""


def record_link(ledger: opened.Ledger, token: str, tenant: str, person: str, now: dt.datetime) -> None:
    """From now on the token opens the client's pages for this person, for thirty days. What has expired is forgotten."""
    values = {"hash": links.digest(token), "tenant": tenant, "page": PAGE, "subject": person, "person": person}
    of_page = (_link.c.tenant == tenant, _link.c.page == PAGE)
    with ledger.writing() as connection:
        connection.execute(sa.insert(_link).values(**values, expires_at=now + LIVES))
        newest = sa.select(_link.c.hash).where(*of_page, _link.c.person == person).order_by(_link.c.expires_at.desc())
        surplus = connection.execute(newest.offset(_LINKS)).scalars().all()
        connection.execute(sa.delete(_link).where(*of_page, sa.or_(_link.c.expires_at <= now, _link.c.hash.in_(surplus))))
        connection.execute(sa.delete(_session).where(_session.c.tenant == tenant, _session.c.began_at <= now - LONGEST))


def record_invitation(ledger: opened.Ledger, tenant: str, person: str, by: str, now: dt.datetime) -> None:
    """Note who invited a person."""
    with ledger.writing() as connection:
        choices.record(connection, tenant, CLIENT_ACCESS, f"invited {person}", now, by)


def revoke(ledger: opened.Ledger, tenant: str, person: str, by: str, now: dt.datetime) -> int:
    """End all of a person's links and sessions at once, and note who did it; how many links lived."""
    mine = (_link.c.tenant == tenant, _link.c.page == PAGE, _link.c.person == person)
    with ledger.writing() as connection:
        living = sa.update(_link).where(*mine, _link.c.used_at.is_(None), _link.c.expires_at > now)
        count = connection.execute(living.values(used_at=now)).rowcount
        connection.execute(sa.delete(_session).where(_session.c.tenant == tenant, _session.c.person == person))
        choices.record(connection, tenant, CLIENT_ACCESS, f"revoked {person}", now, by)
    return count


def make_code(ledger: opened.Ledger, key: bytes, link: links.Link, now: dt.datetime) -> tuple[int, str] | None:
    """(id, six digits) for the link's person to be mailed; the one before dies. None when there were too many this last hour."""
    of_person = (_code.c.tenant == link.tenant, _code.c.person == link.person)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"code/{link.tenant}/{link.person}")
        connection.execute(sa.delete(_code).where(*of_person, _code.c.sent_at <= now - _DAY))
        recent = sa.select(_code.c.link_hash).where(*of_person, _code.c.sent_at > now - _HOUR)
        sent = connection.execute(recent).scalars().all()
        if len(sent) >= _CODES_OF_PERSON or sent.count(link.hash) >= _CODES_AN_HOUR:
            return None
        said = f"{secrets.randbelow(1_000_000):06d}"
        values = {"tenant": link.tenant, "person": link.person, "link_hash": link.hash, "sent_at": now}
        insert = sa.insert(_code).values(**values, code_hash=_digest(key, link, said)).returning(_code.c.id)
        return connection.execute(insert).scalar_one(), said


def forget_code(ledger: opened.Ledger, tenant: str, code_id: int) -> None:
    """Take back a code whose mail did not leave."""
    with ledger.writing() as connection:
        connection.execute(sa.delete(_code).where(_code.c.tenant == tenant, _code.c.id == code_id))


def use_code(ledger: opened.Ledger, key: bytes, link: links.Link, said: str, now: dt.datetime) -> Entry:
    """Look at a code and use it up. A wrong one counts against the link, which five in a row kill, and against the person."""
    of_person = (_code.c.tenant == link.tenant, _code.c.person == link.person)
    with ledger.writing() as connection:
        if not links.claim(connection, link, now):
            return Entry(outcome="dead_link")
        wrong = sa.select(sa.func.coalesce(sa.func.sum(_code.c.attempts), 0)).where(*of_person, _code.c.sent_at > now - _HOUR)
        if connection.execute(wrong).scalar_one() >= _WRONG_AN_HOUR:
            return Entry(outcome="locked")
        newest = sa.select(_code).where(*of_person, _code.c.link_hash == link.hash).order_by(_code.c.id.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        same = hmac.compare_digest(row.code_hash if row else "", _digest(key, link, said))
        if row is not None and same and row.used_at is None and row.sent_at > now - CODE_LIVES and row.attempts < links.ATTEMPTS:
            connection.execute(sa.update(_code).where(*of_person, _code.c.id == row.id).values(used_at=now))
            connection.execute(sa.update(_link).where(_link.c.tenant == link.tenant, _link.c.hash == link.hash).values(attempts=0))
            return Entry(outcome="right", session=_begin(connection, link, now))
        if row is not None:
            connection.execute(sa.update(_code).where(*of_person, _code.c.id == row.id).values(attempts=_code.c.attempts + 1))
        links.count_attempt(connection, link)
        return Entry(outcome="wrong")


def is_in(ledger: opened.Ledger, link: links.Link, session: str, now: dt.datetime) -> bool:
    """Whether this session lives and belongs to this link; notes that it was used."""
    mine = (_session.c.hash == links.digest(session), _session.c.tenant == link.tenant, _session.c.link_hash == link.hash)
    query = sa.select(_session).where(*mine, _session.c.person == link.person)
    with ledger.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or row.seen_at <= now - IDLE or row.began_at <= now - LONGEST:
        return False
    if now - row.seen_at >= _NOTED_AFTER:
        with ledger.writing() as connection:
            connection.execute(sa.update(_session).where(*mine).values(seen_at=now))
    return True


def leave(ledger: opened.Ledger, link: links.Link, session: str) -> None:
    """End a session before its time."""
    mine = (_session.c.hash == links.digest(session), _session.c.tenant == link.tenant, _session.c.link_hash == link.hash)
    with ledger.writing() as connection:
        connection.execute(sa.delete(_session).where(*mine))


def _begin(connection: sa.Connection, link: links.Link, now: dt.datetime) -> str:
    token = links.make_token()
    values = {"hash": links.digest(token), "tenant": link.tenant, "person": link.person, "link_hash": link.hash}
    connection.execute(sa.insert(_session).values(**values, began_at=now, seen_at=now))
    return token


def _digest(key: bytes, link: links.Link, said: str) -> str:
    """A million codes are soon tried, so the hash is keyed."""
    return hmac.new(key, f"client code/{link.hash}/{said}".encode(), hashlib.sha256).hexdigest()
