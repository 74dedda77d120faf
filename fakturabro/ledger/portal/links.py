"""Links to the debtor portal: made before their e-mail leaves, found by what stands in the address, given out anew.

A link belongs to one revision of one document, by the natural key of its e-mail. Tokens and codes are derived (keys), so
what is recorded twice is the same link, and a ledger that was restored makes the same ones. Codes are looked at in portal_entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar, languages
from fakturabro.ledger import deliveries, documents, opened, seals, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import issues
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import tables as portal_tables

TARGET = "link"
VALID_DAYS, LATEST_DAYS = 30, 730
LOCKED = dt.timedelta(minutes=15)
_SEALED_AS = documents.seal_kind("invoice")
_link, _delivery = portal_tables.portal_link, tables.delivery
Standing = Literal["open", "locked", "dead", "expired"]


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of the document to whoever gave the code. `amount` is in minor units."""

    client_name: str
    organisation_number: str
    kind: str
    number: str
    amount: int
    currency: str
    due_date: dt.date | None = None
    account: str = ""
    kid: str = ""
    payee: str = ""
    reply_to: str = ""
    """The client's address for questions."""


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link about to be mailed. `natural_key` is the e-mail's Message-ID."""

    document_id: int
    revision_id: int
    natural_key: str
    language: languages.Language
    expires_at: dt.datetime
    face: Face


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was mailed. `hash` is the sha256 of its token."""

    id: int
    hash: str
    tenant: str
    document_id: int
    revision_id: int
    natural_key: str
    issue: int
    language: languages.Language
    expires_at: dt.datetime
    wrong: int
    wrong_in_a_row: int
    locked_until: dt.datetime | None
    closed_why: str | None
    code_hash: str

    def standing(self, now: dt.datetime) -> Standing:
        """What a code can do now. A lock that lies further ahead than any lasts was written by a clock that went wrong."""
        if self.closed_why is not None:
            return "dead"
        if self.expires_at <= now:
            return "expired"
        return "locked" if self.locked_until is not None and now < self.locked_until <= now + LOCKED else "open"


COLUMNS = [_link.c[name] for name in Link.__struct_fields__]
_BY_HASH = sa.select(*COLUMNS).where(_link.c.hash == sa.bindparam("hash"))
_LOCKED_BY_HASH, _WITH_FACE = _BY_HASH.with_for_update(), _BY_HASH.add_columns(_link.c.face)
_FACE = msgspec.json.Decoder(Face)


def expiry(due_date: dt.date | None, today: dt.date, valid_days: int = VALID_DAYS) -> dt.datetime:
    """The end of the day in Oslo until which a link opens: so many days after the due date or today, whichever is later.

    What falls due in more than two years counts as due then: some systems write 9999-12-31 where nothing falls due.

    >>> expiry(dt.date(2026, 12, 1), dt.date(2026, 11, 23)).isoformat()
    '2027-01-01T00:00:00+01:00'
    """
    latest = min(max(due_date or today, today), today + dt.timedelta(days=LATEST_DAYS))
    last = latest + dt.timedelta(days=max(valid_days, VALID_DAYS))
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), calendar.OSLO)


def record(
    ledger: opened.Ledger, key: bytes, tenant: str, rows: Sequence[NewLink], now: dt.datetime
) -> dict[str, portal_keys.Secrets]:
    """Let these links open, before their e-mails leave; the secrets to be mailed, by natural key.

    Recorded twice, a link stays what it is: the same token, code and expiry, in the issue that was made last. Where that one was
    made with another key, nobody can write its e-mail again, so the next issue follows.
    """
    month = f"{now.astimezone(dt.UTC):%Y-%m}"
    seal = ledger.seals.key(tenant, _SEALED_AS, month).seal
    secrets: dict[str, portal_keys.Secrets] = {}
    with ledger.writing() as connection:
        keys = [row.natural_key for row in rows]
        known, noted = _find_newest(connection, tenant, keys), issues.find(connection, tenant, keys)
        for row in rows:
            last = known.get(row.natural_key)
            issue = max(last.issue if last else 1, noted.get(row.natural_key, 1))
            made = portal_keys.derive(key, tenant, row.natural_key, issue)
            if last is None or last.hash != portal_keys.token_hash(made.token):
                values = {name: getattr(row, name) for name in ("document_id", "revision_id", "natural_key", "language")}
                values |= {"expires_at": row.expires_at, "face": seal(msgspec.json.encode(row.face))}
                made = _insert(connection, key, tenant, issue + (last is not None and last.issue == issue), now, values)
            if last is not None and last.hash != portal_keys.token_hash(made.token):
                portal_closing.close(connection, portal_closing.REISSUED, now, _link.c.tenant == tenant, _link.c.id == last.id)
            secrets[row.natural_key] = made
    return secrets


def find(ledger: opened.Ledger, token: str) -> Link | None:
    """The link that a token is of, whether it opens anything or not; None when nobody ever made it. Counts nothing."""
    with ledger.reading() as connection:
        return read(connection, portal_keys.token_hash(token))


def read(connection: sa.Connection, link_hash: str, *, lock: bool = False) -> Link | None:
    """The link of this hash; with `lock` whoever comes second waits until the end of the transaction."""
    row = connection.execute(_LOCKED_BY_HASH if lock else _BY_HASH, {"hash": link_hash}).mappings().one_or_none()
    return None if row is None else Link(**row)


def find_with_face(ledger: opened.Ledger, token: str) -> tuple[Link | None, Face | None]:
    """The link of a token and what its page shows, in one look: every fetch of a link costs this."""
    with ledger.reading() as connection:
        row = connection.execute(_WITH_FACE, {"hash": portal_keys.token_hash(token)}).mappings().one_or_none()
        if row is None:
            return None, None
        link = Link(**{name: row[name] for name in Link.__struct_fields__})
        return link, _open_face(ledger, connection, link.tenant, row["face"])


def read_face(ledger: opened.Ledger, link: Link) -> Face | None:
    """What the link's page shows; None when it was purged."""
    with ledger.reading() as connection:
        sealed = connection.execute(sa.select(_link.c.face).where(_link.c.tenant == link.tenant, _link.c.id == link.id)).scalar()
        return _open_face(ledger, connection, link.tenant, sealed)


def _open_face(ledger: opened.Ledger, connection: sa.Connection, tenant: str, sealed: bytes | None) -> Face | None:
    try:
        return _FACE.decode(ledger.seals.open(connection, tenant, _SEALED_AS, sealed)) if sealed else None
    except seals.SealError:
        return None


def find_lacking(ledger: opened.Ledger, tenant: str) -> list[deliveries.Open]:
    """Documents that went by link and whose newest link this ledger does not have, because it was restored: to be recorded again.

    None of those whose content or recipient was purged: their links went with it.
    """
    of_delivery = (_link.c.tenant == _delivery.c.tenant, _link.c.natural_key == _delivery.c.natural_key)
    has_link = sa.exists().where(*of_delivery, issues.is_newest(_link))
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.target == TARGET, is_whole(_delivery))
    columns = [_delivery.c[name] for name in deliveries.Open.__struct_fields__]
    with ledger.reading() as connection:
        query = sa.select(*columns).where(*mine, _delivery.c.state == "accepted", ~has_link).order_by(_delivery.c.document_id)
        return [deliveries.Open(**row) for row in connection.execute(query).mappings()]


def is_whole(row: sa.Table) -> sa.ColumnElement[bool]:
    """Whether document and recipient of these links or deliveries can be read: settled, and not purged."""
    revision, recipient = tables.revision, tables.recipient
    of_row = (revision.c.tenant == row.c.tenant, revision.c.id == row.c.revision_id)
    of_document = (recipient.c.tenant == row.c.tenant, recipient.c.document_id == row.c.document_id)
    return sa.and_(
        sa.exists().where(*of_row, sa.func.length(revision.c.canonical) > seals.MONTH_LENGTH),
        sa.exists().where(*of_document, sa.func.length(recipient.c.sealed) > seals.MONTH_LENGTH),
    )


def reissue(ledger: opened.Ledger, key: bytes, link: Link, now: dt.datetime) -> portal_keys.Secrets:
    """Close a link and its sessions, and let the next issue open in its place, for thirty days at least; the secrets to be mailed.

    Asked twice for the same link, it is the same next issue, whose secrets only the key that made it can tell.
    """
    mine = (_link.c.tenant == link.tenant, _link.c.natural_key == link.natural_key)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"portal/{link.natural_key}")
        newest = _find_newest(connection, link.tenant, [link.natural_key])[link.natural_key]
        if newest.issue > link.issue:
            return portal_keys.derive(key, link.tenant, link.natural_key, newest.issue)
        old = connection.execute(sa.select(_link).where(*mine, _link.c.issue == link.issue)).mappings().one()
        values: dict[str, Any] = {name: old[name] for name in ("document_id", "revision_id", "natural_key", "language", "face")}
        values["expires_at"] = max(old["expires_at"], now + dt.timedelta(days=VALID_DAYS))
        portal_closing.close(connection, portal_closing.REISSUED, now, _link.c.tenant == link.tenant, _link.c.id == link.id)
        return _insert(connection, key, link.tenant, link.issue + 1, now, values)


def _find_newest(connection: sa.Connection, tenant: str, natural_keys: Sequence[str]) -> dict[str, Link]:
    """By natural key, the link that was made last."""
    mine = (_link.c.tenant == tenant, bulk.among(connection, _link.c.natural_key, natural_keys))
    rows = connection.execute(sa.select(*COLUMNS).where(*mine).order_by(_link.c.issue)).mappings()
    return {row["natural_key"]: Link(**row) for row in rows}


def _insert(
    connection: sa.Connection, key: bytes, tenant: str, issue: int, now: dt.datetime, values: dict[str, Any]
) -> portal_keys.Secrets:
    secrets = portal_keys.derive(key, tenant, values["natural_key"], issue)
    digest = portal_keys.token_hash(secrets.token)
    made: dict[str, Any] = {"tenant": tenant, "issue": issue, "hash": digest, "made_at": now}
    made |= {"code_hash": portal_keys.code_hash(key, digest, secrets.code)}
    connection.execute(bulk.dialect_insert(connection, _link).values(**made, **values).on_conflict_do_nothing())
    return secrets
