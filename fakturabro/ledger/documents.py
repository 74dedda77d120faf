"""Documents as a source gave them: which are known, reading them back in chunks, finding them by number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, raws, seals, tables

_document, _revision, _delivery = tables.document, tables.revision, tables.delivery


class New(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One document of a source, read from bytes that are kept already. `amount` is in minor units; `canonical` is sealed."""

    source_key: str
    kind: str
    number: str
    customer_number: str
    original_number: str | None = None
    amount: int
    currency: str
    listing_hash: str
    hash: bytes
    canonical: bytes


class Fetched(New, frozen=True, kw_only=True):
    """The same with the bytes that it was read from, sealed by seals.Key, ready to be recorded."""

    raw: raws.Sealed


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the source lists and that is none of ours, with the reason."""

    source_key: str
    kind: str
    number: str
    customer_number: str
    amount: int
    currency: str
    reason: str
    listing_hash: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a source key."""

    id: int
    kind: str
    state: str
    listing_hash: str
    revision_id: int | None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a document without opening it. `amount` is in minor units."""

    id: int
    kind: str
    source_key: str
    number: str
    customer_number: str
    original_number: str | None
    amount: int
    currency: str


class Recorded(Head, frozen=True, kw_only=True):
    """A document with its current revision opened."""

    revision_id: int
    hash: bytes
    canonical: bytes


def seal_kind(kind: str) -> str:
    """Which data key seals a document: one for invoices and credit notes, since the source may change its mind which it is."""
    return "document" if kind in ("invoice", "credit_note") else kind


def find_known(ledger: opened.Ledger, tenant: str, source: str, source_keys: Sequence[str]) -> dict[str, Known]:
    """What is recorded of these source keys, by source key."""
    with ledger.reading() as connection:
        return known(connection, tenant, source, source_keys)


def known(connection: sa.Connection, tenant: str, source: str, source_keys: Iterable[str]) -> dict[str, Known]:
    """The same as find_known, inside a transaction."""
    columns = (_document.c.source_key, _document.c.id, _document.c.kind, _document.c.state, _document.c.listing_hash)
    columns += (_document.c.revision_id,)
    chosen = bulk.among(connection, _document.c.source_key, source_keys)
    rows = connection.execute(sa.select(*columns).where(_document.c.tenant == tenant, _document.c.source == source, chosen)).all()
    return {
        key: Known(id=id_, kind=kind, state=state, listing_hash=hash_, revision_id=revision_id)
        for key, id_, kind, state, hash_, revision_id in rows
    }


def read(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> Iterator[Recorded]:
    """The current revisions of these documents, opened, in the order of their ids. Memory stays flat."""
    for chosen in bulk.chunks(sorted(document_ids), 1_000):
        with ledger.reading() as connection:
            yield from _read(ledger, connection, tenant, chosen)


def _read(ledger: opened.Ledger, connection: sa.Connection, tenant: str, chosen: list[int]) -> Iterator[Recorded]:
    columns = (_document.c.id, _revision.c.id, _document.c.kind, _document.c.source_key, _document.c.number)
    columns += (_document.c.customer_number, _document.c.original_number, _document.c.amount, _document.c.currency)
    rows = connection.execute(
        sa.select(*columns, _revision.c.hash, _revision.c.canonical)
        .join(_revision, sa.and_(_revision.c.tenant == _document.c.tenant, _revision.c.id == _document.c.revision_id))
        .where(_document.c.tenant == tenant, bulk.among(connection, _document.c.id, chosen))
        .order_by(_document.c.id)
    ).all()
    for id_, revision_id, kind, source_key, number, customer, original, amount, currency, digest, sealed in rows:
        yield Recorded(
            id=id_,
            revision_id=revision_id,
            kind=kind,
            source_key=source_key,
            number=number,
            customer_number=customer,
            original_number=original,
            amount=amount,
            currency=currency,
            hash=bytes(digest),
            canonical=ledger.seals.open(connection, tenant, seal_kind(kind), sealed),
        )


def read_revision(ledger: opened.Ledger, tenant: str, revision_id: int) -> bytes:
    """The canonical form of one revision, current or not."""
    query = (
        sa.select(_document.c.kind, _revision.c.canonical)
        .join(_document, sa.and_(_document.c.tenant == _revision.c.tenant, _document.c.id == _revision.c.document_id))
        .where(_revision.c.tenant == tenant, _revision.c.id == revision_id)
    )
    with ledger.reading() as connection:
        kind, sealed = connection.execute(query).one()
        return ledger.seals.open(connection, tenant, seal_kind(kind), sealed)


def find_customer_numbers(ledger: opened.Ledger, tenant: str, purposes: Sequence[str], states: Sequence[str]) -> list[str]:
    """The customer numbers of the documents that stand in one of `states` for one of `purposes`."""
    query = (
        sa.select(_document.c.customer_number)
        .distinct()
        .join(_delivery, sa.and_(_delivery.c.tenant == _document.c.tenant, _delivery.c.document_id == _document.c.id))
        .where(_document.c.tenant == tenant, _delivery.c.purpose.in_(purposes), _delivery.c.state.in_(states))
    )
    with ledger.reading() as connection:
        return sorted(connection.execute(query).scalars())


def find_newest(ledger: opened.Ledger, tenant: str, kinds: Sequence[str], count: int) -> list[int]:
    """The ids of the tenant's `count` newest fetched documents of these kinds, in their order. None of what was purged."""
    mine = (_document.c.tenant == tenant, _document.c.kind.in_(kinds), _document.c.state == "fetched")
    current = sa.and_(_revision.c.tenant == _document.c.tenant, _revision.c.id == _document.c.revision_id)
    kept = sa.func.length(_revision.c.canonical) > seals.MONTH_LENGTH
    with ledger.reading() as connection:
        query = sa.select(_document.c.id).join(_revision, current).where(*mine, kept).order_by(_document.c.id.desc()).limit(count)
        return sorted(connection.execute(query).scalars())


def find_certified(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """When a certificate first counted each of these documents as it is now; nothing of those that none has counted."""
    certificate = tables.certificate
    counted = sa.and_(certificate.c.tenant == _delivery.c.tenant, certificate.c.id == _delivery.c.entered_in)
    first = sa.select(_delivery.c.document_id, sa.func.min(certificate.c.at)).join(certificate, counted)
    with ledger.reading() as connection:
        mine = (_delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.document_id, document_ids))
        return {i: at for i, at in connection.execute(first.where(*mine).group_by(_delivery.c.document_id))}


def find_heads(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> list[Head]:
    """What stands outside of these documents, by id: no seal is opened."""
    return _heads(ledger, tenant, _document.c.id, document_ids, ())


def find_revisions(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, dict[int, bytes]]:
    """The content hashes of all revisions of these documents, by document and revision id."""
    found: dict[int, dict[int, bytes]] = {}
    with ledger.reading() as connection:
        mine = (_revision.c.tenant == tenant, bulk.among(connection, _revision.c.document_id, document_ids))
        query = sa.select(_revision.c.document_id, _revision.c.id, _revision.c.hash).where(*mine).order_by(_revision.c.id)
        for document_id, revision_id, digest in connection.execute(query):
            found.setdefault(document_id, {})[revision_id] = bytes(digest)
    return found


def find_by_number(ledger: opened.Ledger, tenant: str, numbers: Sequence[str], kinds: Sequence[str]) -> list[Head]:
    """Every fetched document of these kinds with one of these numbers, by id."""
    return _heads(ledger, tenant, _document.c.number, numbers, (_document.c.kind.in_(kinds), _document.c.state == "fetched"))


def find_crediting(ledger: opened.Ledger, tenant: str, original_numbers: Sequence[str]) -> list[Head]:
    """Every credit note on one of these invoice numbers, by id."""
    of_kind = (_document.c.kind == "credit_note", _document.c.state == "fetched")
    return _heads(ledger, tenant, _document.c.original_number, original_numbers, of_kind)


def _heads(
    ledger: opened.Ledger,
    tenant: str,
    column: sa.ColumnElement[Any],
    chosen: Sequence[int] | Sequence[str],
    where: Sequence[sa.ColumnElement[bool]],
) -> list[Head]:
    columns = (_document.c.id, _document.c.kind, _document.c.source_key, _document.c.number, _document.c.customer_number)
    query = sa.select(*columns, _document.c.original_number, _document.c.amount, _document.c.currency)
    with ledger.reading() as connection:
        mine = (_document.c.tenant == tenant, bulk.among(connection, column, chosen), *where)
        rows = connection.execute(query.where(*mine).order_by(_document.c.id)).all()
        return [
            Head(id=i, kind=kind, source_key=key, number=n, customer_number=c, original_number=o, amount=amount, currency=currency)
            for i, kind, key, n, c, o, amount, currency in rows
        ]
