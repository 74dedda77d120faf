"""Recording documents: new ones wait for each purpose, changed ones get a new revision, others are skipped with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from fakturabro.domain import documents as kinds
from fakturabro.ledger import documents, opened, raws, seals, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.journal import claims
from fakturabro.ledger.synchronising import anew

_document, _revision, _delivery, _log = tables.document, tables.revision, tables.delivery, tables.transfer_log


def record_fetched(
    ledger: opened.Ledger, tenant: str, source: str, run: str, purposes: Sequence[str], rows: Sequence[documents.Fetched]
) -> int:
    """Record documents in one transaction: new ones begin as waiting for each purpose, changed ones get a new revision.

    Returns how many were new. A document that stands there with the same content is left alone. What the journal claims of a new
    one (it left before the ledger was restored) begins in doubt. What was transferred and changed waits anew: see anew.
    """
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        known = documents.known(connection, tenant, source, [row.source_key for row in rows])
        unique = {row.source_key: row for row in rows}
        new = [row for key, row in unique.items() if key not in known]
        raw_ids = raws.record(connection, tenant, [row.raw for row in unique.values()])
        insert_new(connection, tenant, source, run, purposes, new, [raw_ids[row.raw.sha256] for row in new])
        for key, found in known.items():
            _revise(connection, tenant, run, purposes, found, unique[key], raw_ids[unique[key].raw.sha256])
        if kinds.TRANSFER in purposes:
            of_known = bulk.among(connection, _delivery.c.document_id, [found.id for found in known.values()])
            anew.begin_in(connection, tenant, run, of_known)
        claims.take(connection, tenant, run)
    return len(new)


def insert_new(
    connection: sa.Connection,
    tenant: str,
    source: str,
    run: str,
    purposes: Sequence[str],
    rows: Sequence[documents.New],
    raw_ids: Sequence[int],
) -> Sequence[int]:
    """Insert documents that are not there, each read from the bytes behind its raw id; their ids. They wait for each purpose."""
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
        [(v, tenant, d, r.hash, raw_id, r.canonical, run) for (d, v, r), raw_id in zip(numbered, raw_ids, strict=True)],
    )
    _insert_deliveries(connection, tenant, run, purposes, numbered)
    return document_ids


def _insert_deliveries(
    connection: sa.Connection,
    tenant: str,
    run: str,
    purposes: Sequence[str],
    numbered: Sequence[tuple[int, int, documents.New]],
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


def begin(connection: sa.Connection, tenant: str, purpose: str, run: str, document_ids: Iterable[int]) -> None:
    """A delivery that waits for a further purpose of each of these documents; nothing where one stands already."""
    first = sa.func.min(_delivery.c.id)
    mine = (_delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.document_id, document_ids))
    has_one = sa.select(_delivery.c.document_id).where(*mine, _delivery.c.purpose == purpose)
    ids = sa.select(first).where(*mine, _delivery.c.document_id.not_in(has_one)).group_by(_delivery.c.document_id)
    same = ("tenant", "document_id", "revision_id", "amount", "currency")
    new = {**{name: _delivery.c[name] for name in same}, "purpose": sa.literal(purpose), "state": sa.literal("waiting")}
    said = sa.select(*new.values(), sa.literal(run)).where(_delivery.c.tenant == tenant, _delivery.c.id.in_(ids))
    connection.execute(sa.insert(_delivery).from_select([*new, "run"], said))


def _revise(
    connection: sa.Connection,
    tenant: str,
    run: str,
    purposes: Sequence[str],
    known: documents.Known,
    row: documents.Fetched,
    raw_id: int,
) -> None:
    """Make the row's content the document's current revision (a new one, or an old one come back), and begin again what waits."""
    of_document = (_revision.c.tenant == tenant, _revision.c.document_id == known.id)
    there = connection.execute(sa.select(_revision.c.id).where(*of_document, _revision.c.hash == row.hash)).scalar_one_or_none()
    if there is None:
        there = next(iter(bulk.reserve_ids(connection, _revision, 1)))
        made = {"id": there, "tenant": tenant, "document_id": known.id, "hash": row.hash, "raw_id": raw_id}
        connection.execute(sa.insert(_revision).values(**made, canonical=row.canonical, run=run))
    elif kinds.TRANSFER in purposes:  # what comes back may have been purged
        mine = sa.update(_revision).where(*of_document, _revision.c.id == there)
        purged = sa.func.length(_revision.c.canonical) == seals.MONTH_LENGTH
        connection.execute(mine.where(purged).values(raw_id=raw_id, canonical=row.canonical))
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
    """Move what nobody was sent to the new revision. What was distributed is written back, and followed by letter, as it was.

    What was in doubt and goes again counts as distributed: a process that stood still may send it yet, under the very same key.
    """
    same = (
        _log.c.tenant == _delivery.c.tenant,
        _log.c.delivery_id == _delivery.c.id,
        _log.c.natural_key == _delivery.c.natural_key,
    )
    goes_again = sa.and_(_delivery.c.state == "planned", sa.exists().where(*same, _log.c.outcome == "in_doubt"))
    left = sa.and_(
        _delivery.c.purpose == "distribute", sa.or_(_delivery.c.state.in_(("sending", "accepted", "in_doubt")), goes_again)
    )
    of_document = sa.and_(_delivery.c.tenant == tenant, _delivery.c.document_id == document_id)
    is_left = connection.execute(sa.select(_delivery.c.id).where(of_document, left)).first()
    stays = (fallbacks.PURPOSE, *(["write_back"] if is_left else []))
    mine = (of_document, ~left, _delivery.c.purpose.not_in(stays))
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


def record_skipped(ledger: opened.Ledger, tenant: str, source: str, run: str, rows: Sequence[documents.Skipped]) -> int:
    """Record documents that are not ours to carry, once. Returns how many were new."""
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        known = documents.known(connection, tenant, source, [row.source_key for row in rows])
        new = list({row.source_key: row for row in rows if row.source_key not in known}.values())
        insert_skipped(connection, tenant, source, run, new)
    return len(new)


def insert_skipped(
    connection: sa.Connection, tenant: str, source: str, run: str, rows: Sequence[documents.Skipped]
) -> Sequence[int]:
    """Insert documents that are not there and not ours to carry; their ids."""
    ids = bulk.reserve_ids(connection, _document, len(rows))
    columns = ("id", "tenant", "source", "kind", "source_key", "number", "customer_number", "amount", "currency")
    bulk.insert(
        connection,
        _document,
        (*columns, "listing_hash", "state", "skip_reason", "run"),
        [
            (i, tenant, source, r.kind, r.source_key, r.number, r.customer_number, r.amount, r.currency)
            + (r.listing_hash, "skipped", r.reason, run)
            for i, r in zip(ids, rows, strict=True)
        ],
    )
    return ids
