"""How far invoices have come that were given back to the client's system: what is open, what was lost, and what it was told."""

from __future__ import annotations

import array
from collections.abc import Collection, Iterator

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.returns import movements, stages, statuses
from fakturabro.ledger.returns import tables as return_tables

PAGE = 5_000
_document, _delivery, _allocation = tables.document, tables.delivery, bank_tables.allocation
_movement, _told = return_tables.movement, return_tables.told_status
_voucher = return_tables.return_voucher
_OF_VOUCHER = sa.and_(_voucher.c.tenant == _movement.c.tenant, _voucher.c.id == _movement.c.voucher_id)
_OF_MOVEMENT = sa.and_(_document.c.tenant == _movement.c.tenant, _document.c.id == _movement.c.document_id)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice: `open` less than nothing where too much was paid; `lost` what the factoring company has given up of it, as far as
    that stands in the client's books since an earlier run. Minor units."""

    document_id: int
    number: str
    source_key: str
    open: int
    lost: int
    told: statuses.Told | None


def find(ledger: opened.Ledger, tenant: str, settled: str, over: str, also: Collection[int], run: str) -> Iterator[list[Progress]]:
    """Invoices that may have to be told of, a page at a time: those that the client's system has and that were not told to be
    `settled` or `over`; of the settled ones those of which something was taken back; and `also`. `run` is the one that asks.
    Between two pages the caller may write."""
    with ledger.reading() as connection:
        ids = array.array("q", connection.execute(_candidates(connection, tenant, settled, over, also)).scalars())
    for some in bulk.chunks(ids, PAGE):
        yield _read(ledger, tenant, some, run)


def _candidates(connection: sa.Connection, tenant: str, settled: str, over: str, also: Collection[int]) -> sa.Select[tuple[int]]:
    written = sa.exists().where(
        _delivery.c.tenant == _document.c.tenant,
        _delivery.c.document_id == _document.c.id,
        _delivery.c.purpose == "write_back",
        _delivery.c.state == "accepted",
    )
    given = sa.select(_allocation.c.invoice_id).where(_allocation.c.tenant == tenant, _allocation.c.amount < 0)
    taken = sa.select(_movement.c.invoice_id).join(_document, _OF_MOVEMENT).where(_movement.c.tenant == tenant)
    taken = taken.where(_movement.c.origin.in_(stages.HAPPENED), _document.c.amount < 0, _movement.c.invoice_id.is_not(None))
    on = sa.and_(_told.c.tenant == _document.c.tenant, _told.c.document_id == _document.c.id)
    moving = sa.or_(
        _told.c.status.is_(None),
        _told.c.status.not_in((settled, over)),
        _told.c.refused,
        sa.and_(
            _told.c.status == settled,
            sa.or_(_document.c.id.in_(given), _document.c.id.in_(taken), bulk.among(connection, _document.c.id, also)),
        ),
    )
    mine = (_document.c.tenant == tenant, _document.c.kind == sa.literal_column("'invoice'"), _document.c.state == "fetched")
    return sa.select(_document.c.id).outerjoin(_told, on).where(*mine, written, moving).order_by(_document.c.id)


def _read(ledger: opened.Ledger, tenant: str, ids: Collection[int], run: str) -> list[Progress]:
    with ledger.reading() as connection:
        chosen = (_document.c.tenant == tenant, bulk.among(connection, _document.c.id, ids))
        rows = connection.execute(sa.select(_document.c.id, _document.c.number, _document.c.source_key).where(*chosen)).all()
        lost = _find_lost(connection, tenant, ids, run)
    items = {one.document_id: one for one in allocations.find_items(ledger, tenant, numbers={row.number for row in rows})}
    told = statuses.find_told(ledger, tenant, ids)
    return [
        Progress(
            document_id=row.id,
            number=row.number,
            source_key=row.source_key,
            open=items[row.id].open,
            lost=lost.get(row.id, 0),
            told=told.get(row.id),
        )
        for row in sorted(rows)
        if row.id in items
    ]


def _find_lost(connection: sa.Connection, tenant: str, ids: Collection[int], run: str) -> dict[int, int]:
    """By invoice: losses that stand in the books and were not posted by this run, and whatever took losses back."""
    stands = sa.and_(_delivery.c.state == "accepted", _voucher.c.state == "posted", _voucher.c.run != run)
    counted = sa.case((sa.or_(_document.c.amount < 0, stands), _document.c.amount), else_=0)
    query = sa.select(_movement.c.invoice_id, sa.func.sum(counted)).select_from(_movement)
    query = query.join(_document, _OF_MOVEMENT).outerjoin(_delivery, movements.OF_DELIVERY).outerjoin(_voucher, _OF_VOUCHER)
    mine = (_movement.c.tenant == tenant, _movement.c.kind == "bad_debt", _movement.c.origin.in_(stages.HAPPENED))
    rows = connection.execute(
        query.where(*mine, bulk.among(connection, _movement.c.invoice_id, ids)).group_by(_movement.c.invoice_id)
    )
    return {i: int(amount) for i, amount in rows}
