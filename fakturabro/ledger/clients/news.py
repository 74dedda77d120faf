"""What a client's report asks of the ledger: certificates, what they settled, and what a station newly found. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import certificates, opened, tables
from fakturabro.ledger import engine as bulk

_certificate, _delivery, _finding, _log = tables.certificate, tables.delivery, tables.finding, tables.finding_log
_COLUMNS = tuple(_certificate.c[name] for name in ("id", "purpose", "currency", "at", "figures", "hash"))


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as it stands in the ledger."""

    id: int
    purpose: str
    currency: str
    at: dt.datetime
    count: certificates.Figures
    amount: certificates.Figures
    hash: str


class Settled(NamedTuple):
    """A delivery by its document, purpose and state."""

    document_id: int
    purpose: str
    state: str


class Came(NamedTuple):
    """A line of the finding log: what came to stand against a document."""

    id: int
    document_id: int
    code: str
    field: str
    value: str


def find_certificates(
    ledger: opened.Ledger, tenant: str, *, after_id: int = 0, since: dt.datetime, until: dt.datetime
) -> list[Stored]:
    """The certificates of invoices with a greater id, written from `since` on and before `until`, oldest first."""
    c = _certificate.c
    mine = (c.tenant == tenant, c.purpose.in_(documents.INVOICE_PURPOSES), c.id > after_id, c.at >= since, c.at < until)
    with ledger.reading() as connection:
        return [_stored(row) for row in connection.execute(sa.select(*_COLUMNS).where(*mine).order_by(c.id))]


def find_standing(ledger: opened.Ledger, tenant: str, purpose: str, before: dt.datetime) -> list[Stored]:
    """For a purpose the last certificate of each currency that was written before a moment: what stood open then."""
    c = _certificate.c
    mine = (c.tenant == tenant, c.purpose == purpose, c.at < before)
    last = sa.select(sa.func.max(c.id)).where(*mine).group_by(c.currency)
    with ledger.reading() as connection:
        return [_stored(row) for row in connection.execute(sa.select(*_COLUMNS).where(c.id.in_(last)).order_by(c.id))]


def find_warned(ledger: opened.Ledger, tenant: str, certificate_ids: Iterable[int]) -> list[int]:
    """The documents that reached their debtors by the count of these certificates and of which there is more than information."""
    warned = (_finding.c.tenant == _delivery.c.tenant, _finding.c.document_id == _delivery.c.document_id)
    reached = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.state == "accepted")
    with ledger.reading() as connection:
        settled = bulk.among(connection, _delivery.c.settled_in, certificate_ids)
        worth_telling = sa.or_(_finding.c.severity != "info", sa.cast(_finding.c.holds, sa.Text) != "[]")
        found = sa.exists().where(*warned, worth_telling)
        query = sa.select(_delivery.c.document_id).where(*reached, settled, found).order_by(_delivery.c.document_id)
        return list(connection.execute(query).scalars())


def find_unsolved(ledger: opened.Ledger, tenant: str, purposes: Sequence[str], certificate_ids: Iterable[int]) -> list[Settled]:
    """What is in doubt now, and what these certificates counted as rejected and still is."""
    with ledger.reading() as connection:
        counted = sa.or_(_delivery.c.state == "in_doubt", bulk.among(connection, _delivery.c.settled_in, certificate_ids))
        mine = (_delivery.c.tenant == tenant, _delivery.c.purpose.in_(purposes), _delivery.c.state.in_(("rejected", "in_doubt")))
        query = sa.select(_delivery.c.document_id, _delivery.c.purpose, _delivery.c.state).where(*mine, counted)
        return [Settled(*row) for row in connection.execute(query.order_by(_delivery.c.document_id, _delivery.c.id))]


def find_holding(ledger: opened.Ledger, tenant: str, station: str) -> list[int]:
    """The documents (or customer cards) against which a station has something that holds."""
    mine = (_finding.c.tenant == tenant, _finding.c.station == station, sa.cast(_finding.c.holds, sa.Text) != "[]")
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(_finding.c.document_id).distinct().where(*mine)).scalars())


def find_came(ledger: opened.Ledger, tenant: str, station: str, after_id: int) -> list[Came]:
    """What a station found after a line of the finding log, information apart, in its order. It may have gone again since."""
    mine = (_log.c.tenant == tenant, _log.c.id > after_id, _log.c.station == station)
    query = sa.select(_log.c.id, _log.c.document_id, _log.c.code, _log.c.field, _log.c.value)
    with ledger.reading() as connection:
        rows = connection.execute(query.where(*mine, _log.c.came, _log.c.severity != "info").order_by(_log.c.id))
        return [Came(*row) for row in rows]


def _stored(row: sa.Row[tuple[object, ...]]) -> Stored:
    return Stored(
        id=row.id,
        purpose=row.purpose,
        currency=row.currency,
        at=row.at,
        count=msgspec.convert(row.figures["count"], certificates.Figures),
        amount=msgspec.convert(row.figures["amount"], certificates.Figures),
        hash=row.hash,
    )
