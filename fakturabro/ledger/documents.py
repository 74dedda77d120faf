"""Documents as a source gave them: which are known, recording new ones and new revisions, reading them back in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, raws, tables

_document, _revision, _delivery = tables.document, tables.revision, tables.delivery


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a source, ready to be recorded. `amount` is in minor units; the sealed bytes come from seals.Key."""

    source_key: str
    kind: str
    number: str
    customer_number: str
    original_number: str | None = None
    amount: int
    currency: str
    listing_hash: str
    hash: bytes
    raw: raws.Sealed
    canonical: bytes


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the source lists and that is none of ours, with the reason."""

    source_key: str
    kind: str
    number: str
    customer_number: str
    amount: int
    currency: str
    reason: str


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
    canonical: bytes


def seal_kind(kind: str) -> str:
    """Which data key seals a document: one for invoices and credit notes, since the source may change its mind which it is."""
    return "document" if kind in ("invoice", "credit_note") else kind


def find_known(ledger: opened.Ledger, tenant: str, source: str, source_keys: Sequence[str]) -> dict[str, Known]:
    """What is recorded of these source keys, by source key."""
    with ledger.reading() as connection:
        return _known(connection, tenant, source, source_keys)


def _known(connection: sa.Connection, tenant: str, source: str, source_keys: Iterable[str]) -> dict[str, Known]:
    columns = (_document.c.source_key, _document.c.id, _document.c.kind, _document.c.state, _document.c.listing_hash)
    columns += (_document.c.revision_id,)
    chosen = bulk.among(connection, _document.c.source_key, source_keys)
    rows = connection.execute(sa.select(*columns).where(_document.c.tenant == tenant, _document.c.source == source, chosen))
    return {
        key: Known(id=id_, kind=kind, state=state, listing_hash=hash_, revision_id=revision_id)
        for key, id_, kind, state, hash_, revision_id in rows
    }


def record_fetched(
    ledger: opened.Ledger, tenant: str, source: str, run: str, purposes: Sequence[str], rows: Sequence[Fetched]
) -> int:
    """Record documents in one transaction: new ones begin as waiting for each purpose, changed ones get a new revision.

    Returns how many were new. A document that stands there with the same content is left alone.
    """
    with ledger.writing() as connection:
        known = _known(connection, tenant, source, [row.source_key for row in rows])
        unique = {row.source_key: row for row in rows}
        new = [row for key, row in unique.items() if key not in known]
        raw_ids = raws.record(connection, tenant, [row.raw for row in unique.values()])
        _insert_new(connection, tenant, source, run, purposes, new, raw_ids)
        for key, found in known.items():
            _revise(connection, tenant, run, purposes, found, unique[key], raw_ids[unique[key].raw.sha256])
    return len(new)


def _insert_new(
    connection: sa.Connection,
    tenant: str,
    source: str,
    run: str,
    purposes: Sequence[str],
    rows: Sequence[Fetched],
    raw_ids: dict[bytes, int],
) -> None:
    document_ids = bulk.reserve_ids(connection, _document, len(rows))
    revision_ids = bulk.reserve_ids(connection, _revision, len(rows))
    numbered = list(zip(document_ids, revision_ids, rows, strict=True))
    bulk.insert(
        connection,
        _document,
        ("id", "tenant", "source", "kind", "source_key", "number", "customer_number", "original_number")
        + ("amount", "currency", "listing_hash", "state", "revision_id", "run"),
        [
            (d, tenant, source, r.kind, r.source_key, r.number, r.customer_number, r.original_number)
            + (r.amount, r.currency, r.listing_hash, "fetched", v, run)
            for d, v, r in numbered
        ],
    )
    bulk.insert(
        connection,
        _revision,
        ("id", "tenant", "document_id", "hash", "raw_id", "canonical", "run"),
        [(v, tenant, d, r.hash, raw_ids[r.raw.sha256], r.canonical, run) for d, v, r in numbered],
    )
    _insert_deliveries(connection, tenant, run, purposes, numbered)


def _insert_deliveries(
    connection: sa.Connection, tenant: str, run: str, purposes: Sequence[str], numbered: Sequence[tuple[int, int, Fetched]]
) -> None:
    """A delivery that waits for each purpose of each (document id, revision id, row)."""
    ids = iter(bulk.reserve_ids(connection, _delivery, len(numbered) * len(purposes)))
    columns = ("id", "tenant", "document_id", "purpose", "revision_id", "state", "amount", "currency", "run")
    bulk.insert(
        connection,
        _delivery,
        columns,
        [(next(ids), tenant, d, p, v, "waiting", r.amount, r.currency, run) for d, v, r in numbered for p in purposes],
    )


def _revise(
    connection: sa.Connection, tenant: str, run: str, purposes: Sequence[str], known: Known, row: Fetched, raw_id: int
) -> None:
    """Make the row's content the document's current revision (a new one, or an old one come back), and begin again what waits."""
    of_document = (_revision.c.tenant == tenant, _revision.c.document_id == known.id)
    there = connection.execute(sa.select(_revision.c.id).where(*of_document, _revision.c.hash == row.hash)).scalar_one_or_none()
    if there is None:
        there = next(iter(bulk.reserve_ids(connection, _revision, 1)))
        made = {"id": there, "tenant": tenant, "document_id": known.id, "hash": row.hash, "raw_id": raw_id}
        connection.execute(sa.insert(_revision).values(**made, canonical=row.canonical, run=run))
    values: dict[str, Any] = {"listing_hash": row.listing_hash, "revision_id": there, "kind": row.kind, "number": row.number}
    values |= {"customer_number": row.customer_number, "original_number": row.original_number}
    values |= {"amount": row.amount, "currency": row.currency}
    if known.state == "skipped":
        values |= {"state": "fetched", "skip_reason": None, "certified_by": None}
        _insert_deliveries(connection, tenant, run, purposes, [(known.id, there, row)])
    elif there != known.revision_id:
        _begin_again(connection, tenant, known.id, there, row.amount)
    connection.execute(sa.update(_document).where(_document.c.tenant == tenant, _document.c.id == known.id).values(**values))


def _begin_again(connection: sa.Connection, tenant: str, document_id: int, revision_id: int, amount: int) -> None:
    """Move what nobody was sent to the new revision. What was distributed is written back as it was distributed."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.document_id == document_id)
    left = sa.select(_delivery.c.id).where(
        *mine, _delivery.c.purpose == "distribute", _delivery.c.state.in_(("sending", "accepted", "in_doubt"))
    )
    if connection.execute(left).first():
        mine = (*mine, _delivery.c.purpose != "write_back")
    reopened = _delivery.c.settled_in.is_not(None)
    connection.execute(
        sa.update(_delivery)
        .where(*mine, _delivery.c.state == "rejected")
        .values(
            state="waiting",
            target=None,
            natural_key=None,
            revision_id=revision_id,
            amount=amount,
            corrected=sa.case((reopened, 0), else_=_delivery.c.corrected + amount - _delivery.c.amount),
            entered_in=sa.case((reopened, None), else_=_delivery.c.entered_in),
            settled_in=None,
            settled_on=None,
        )
    )
    counted = _delivery.c.entered_in.is_not(None)
    connection.execute(
        sa.update(_delivery)
        .where(*mine, _delivery.c.state.in_(("waiting", "held", "planned")))
        .values(
            state=sa.case((_delivery.c.state == "planned", "waiting"), else_=_delivery.c.state),
            revision_id=revision_id,
            amount=amount,
            corrected=sa.case((counted, _delivery.c.corrected + amount - _delivery.c.amount), else_=0),
        )
    )


def record_skipped(ledger: opened.Ledger, tenant: str, source: str, run: str, rows: Sequence[Skipped]) -> int:
    """Record documents that are not ours to carry, once. Returns how many were new."""
    with ledger.writing() as connection:
        known = _known(connection, tenant, source, [row.source_key for row in rows])
        new = list({row.source_key: row for row in rows if row.source_key not in known}.values())
        columns = ("id", "tenant", "source", "kind", "source_key", "number", "customer_number", "amount", "currency")
        bulk.insert(
            connection,
            _document,
            (*columns, "listing_hash", "state", "skip_reason", "run"),
            [
                (i, tenant, source, r.kind, r.source_key, r.number, r.customer_number, r.amount, r.currency)
                + ("", "skipped", r.reason, run)
                for i, r in zip(bulk.reserve_ids(connection, _document, len(new)), new, strict=True)
            ],
        )
    return len(new)


def read(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> Iterator[Recorded]:
    """The current revisions of these documents, opened, in the order of their ids. Memory stays flat."""
    for chosen in bulk.chunks(sorted(document_ids), 1_000):
        with ledger.reading() as connection:
            yield from _read(ledger, connection, tenant, chosen)


def _read(ledger: opened.Ledger, connection: sa.Connection, tenant: str, chosen: list[int]) -> Iterator[Recorded]:
    columns = (_document.c.id, _revision.c.id, _document.c.kind, _document.c.source_key, _document.c.number)
    columns += (_document.c.customer_number, _document.c.original_number, _document.c.amount, _document.c.currency)
    rows = connection.execute(
        sa.select(*columns, _revision.c.canonical)
        .join(_revision, sa.and_(_revision.c.tenant == _document.c.tenant, _revision.c.id == _document.c.revision_id))
        .where(_document.c.tenant == tenant, bulk.among(connection, _document.c.id, chosen))
        .order_by(_document.c.id)
    ).all()
    for id_, revision_id, kind, source_key, number, customer, original, amount, currency, sealed in rows:
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


def find_heads(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> list[Head]:
    """What stands outside of these documents, by id: no seal is opened."""
    return _heads(ledger, tenant, _document.c.id, document_ids, ())


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
        rows = connection.execute(query.where(*mine).order_by(_document.c.id))
        return [
            Head(id=i, kind=kind, source_key=key, number=n, customer_number=c, original_number=o, amount=amount, currency=currency)
            for i, kind, key, n, c, o, amount, currency in rows
        ]
