"""One-time links: 32 random bytes in the address, of which only the sha256 is kept. A link belongs to a tenant, page and person."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened, operations

_link = operations.link
ATTEMPTS = 5
"""After so many wrong codes or keys a link is dead."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that can be used now."""

    hash: str
    tenant: str
    page: str
    subject: str
    person: str
    attempts: int


def make_token() -> str:
    """What stands in the address: 32 random bytes, safe in a URL."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def record(
    ledger: opened.Ledger, token: str, *, tenant: str, page: str, subject: str, person: str, expires_at: dt.datetime
) -> None:
    """From now on the token opens this page for this person, once, until it expires."""
    values = {"hash": digest(token), "tenant": tenant, "page": page, "subject": subject, "person": person}
    with ledger.writing() as connection:
        connection.execute(sa.insert(_link).values(**values, expires_at=expires_at))


def find(ledger: opened.Ledger, page: str, token: str, now: dt.datetime) -> Link | None:
    """The link that a token opens; None when it is unknown, used, expired or tried too often: all cost the same one look-up."""
    with ledger.reading() as connection:
        row = connection.execute(sa.select(_link).where(_link.c.hash == digest(token))).one_or_none()
    if row is None or row.page != page or row.used_at is not None or row.expires_at <= now or row.attempts >= ATTEMPTS:
        return None
    return Link(hash=row.hash, tenant=row.tenant, page=page, subject=row.subject, person=row.person, attempts=row.attempts)


def find_tenant(ledger: opened.Ledger, page: str, token: str) -> str:
    """Whose link it is or was, whether it opens anything or not; "" for one that is unknown."""
    with ledger.reading() as connection:
        mine = (_link.c.hash == digest(token), _link.c.page == page)
        return connection.execute(sa.select(_link.c.tenant).where(*mine)).scalar_one_or_none() or ""


def find_people(ledger: opened.Ledger, tenant: str, page: str, subject: str, now: dt.datetime) -> set[str]:
    """Who holds a link to this page and subject that can be used now."""
    mine = (_link.c.tenant == tenant, _link.c.page == page, _link.c.subject == subject)
    with ledger.reading() as connection:
        return set(connection.execute(sa.select(_link.c.person).where(*mine, *_is_live(now))).scalars())


def claim(connection: sa.Connection, link: Link, now: dt.datetime) -> bool:
    """Hold the link until the end of the transaction; False when it cannot be used any more. Whoever comes second waits here."""
    query = sa.select(_link.c.hash).where(*_is(link), *_is_live(now)).with_for_update()
    return connection.execute(query).one_or_none() is not None


def count_attempt(connection: sa.Connection, link: Link) -> None:
    """Note a wrong code or key."""
    connection.execute(sa.update(_link).where(*_is(link)).values(attempts=_link.c.attempts + 1))


def spend(connection: sa.Connection, link: Link, now: dt.datetime) -> None:
    """Use up a link that was claimed."""
    connection.execute(sa.update(_link).where(*_is(link)).values(used_at=now))


def revoke(ledger: opened.Ledger, tenant: str, page: str, subject: str, now: dt.datetime) -> None:
    """Use up whatever links there are to this page and subject, because a new one counts from now on."""
    mine = (_link.c.tenant == tenant, _link.c.page == page, _link.c.subject == subject)
    with ledger.writing() as connection:
        connection.execute(sa.update(_link).where(*mine, _link.c.used_at.is_(None)).values(used_at=now))


def record_readiness(ledger: opened.Ledger, now: dt.datetime) -> None:
    """Write one row that opens nothing, and commit: whoever can do this can record a decision."""
    probe = {"hash": "readiness", "tenant": "", "page": "", "subject": "", "person": ""}
    with ledger.writing() as connection:
        connection.execute(sa.delete(_link).where(_link.c.tenant == "", _link.c.hash == probe["hash"]))
        connection.execute(sa.insert(_link).values(**probe, expires_at=now))


def _is(link: Link) -> tuple[sa.ColumnElement[bool], ...]:
    return (_link.c.tenant == link.tenant, _link.c.hash == link.hash)


def _is_live(now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (_link.c.used_at.is_(None), _link.c.expires_at > now, _link.c.attempts < ATTEMPTS)
