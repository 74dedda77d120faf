"""What a client's pages ask of the ledger: what waits on the client, and what was sent where and when. Reads only.

Nothing of a counterpart's answer is read here, and every query carries the tenant.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents, findings
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables

_document, _delivery, _log, _finding = tables.document, tables.delivery, tables.transfer_log, tables.finding
_KINDS = ("invoice", "credit_note")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents of a currency wait on the client, and their amount in minor units."""

    currency: str
    count: int
    minor: int


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the transfer log. `id` continues a page."""

    id: int
    at: dt.datetime
    kind: str
    number: str
    purpose: str
    target: str
    outcome: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines of the transfer log: of a document number ("" for all), from a moment, until before another."""

    number: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def count_waiting(ledger: opened.Ledger, tenant: str) -> list[Waiting]:
    """What is held now by something that the client can mend, by currency, credit notes as less."""
    of_document = (_finding.c.tenant == tenant, _finding.c.document_id == _delivery.c.document_id)
    holds_purpose = sa.or_(*(sa.cast(_finding.c.holds, sa.Text).like(f'%"{purpose}"%') for purpose in documents.PURPOSES))
    holds = (_finding.c.code.not_in(findings.NOT_THE_CLIENTS), holds_purpose)
    held = (_delivery.c.tenant == tenant, _delivery.c.state == "held", sa.exists().where(*of_document, *holds))
    of_delivery = sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id)
    amount = sa.case((_document.c.kind == "credit_note", -_delivery.c.amount), else_=_delivery.c.amount).label("amount")
    found = sa.select(_delivery.c.document_id, amount, _delivery.c.currency).join(_document, of_delivery)
    waiting = found.where(*held).distinct().subquery()
    columns = (sa.func.count(sa.distinct(waiting.c.document_id)), sa.func.sum(waiting.c.amount))
    query = sa.select(waiting.c.currency, *columns).group_by(waiting.c.currency).order_by(waiting.c.currency)
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    return [Waiting(currency=currency, count=count, minor=int(minor)) for currency, count, minor in rows]


def find_transfers(ledger: opened.Ledger, tenant: str, wanted: Wanted, count: int, before_id: int | None = None) -> list[Transfer]:
    """At most `count` lines, the newest first; `before_id` continues after the last line of a page."""
    mine = [_log.c.tenant == tenant, _document.c.kind.in_(_KINDS)]
    if wanted.since is not None:
        mine.append(_log.c.at >= wanted.since)
    if wanted.until is not None:
        mine.append(_log.c.at < wanted.until)
    with ledger.reading() as connection:
        if wanted.number:
            mine.append(bulk.among(connection, _log.c.id, _find_lines(connection, tenant, wanted.number)))
        if before_id is not None:
            last = sa.select(_log.c.at).where(_log.c.tenant == tenant, _log.c.id == before_id)
            at = connection.execute(last).scalar_one_or_none()
            if at is None:
                return []
            mine.append(sa.or_(_log.c.at < at, sa.and_(_log.c.at == at, _log.c.id < before_id)))
        columns = (_document.c.kind, _document.c.number, _delivery.c.purpose, _log.c.target, _log.c.outcome)
        query = (
            sa.select(_log.c.id, _log.c.at, *columns)
            .join(_delivery, sa.and_(_delivery.c.tenant == _log.c.tenant, _delivery.c.id == _log.c.delivery_id))
            .join(_document, sa.and_(_document.c.tenant == _log.c.tenant, _document.c.id == _delivery.c.document_id))
            .where(*mine)
            .order_by(_log.c.at.desc(), _log.c.id.desc())
            .limit(count)
        )
        return [msgspec.convert(row, Transfer, from_attributes=True) for row in connection.execute(query)]


def _find_lines(connection: sa.Connection, tenant: str, number: str) -> list[int]:
    """The lines of the documents with this number, step by step: in one query SQLite reads the whole log in its order."""
    numbered = (_document.c.tenant == tenant, _document.c.kind.in_(_KINDS), _document.c.number == number)
    found = list(connection.execute(sa.select(_document.c.id).where(*numbered)).scalars())
    for table, of in ((_delivery, _delivery.c.document_id), (_log, _log.c.delivery_id)):
        query = sa.select(table.c.id).where(table.c.tenant == tenant, bulk.among(connection, of, found))
        found = list(connection.execute(query).scalars())
    return found
