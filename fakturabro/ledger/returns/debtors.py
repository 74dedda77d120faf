"""What our ledger says of the customers whose invoices are factored: who they are, and what stands on them beside payments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import return_data
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.returns import movements, stages
from fakturabro.ledger.returns import tables as return_tables

_document, _delivery, _movement = tables.document, tables.delivery, return_tables.movement
_BOOKED = sa.exists().where(
    _delivery.c.tenant == _document.c.tenant,
    _delivery.c.document_id == _document.c.id,
    _delivery.c.purpose == "book",
    _delivery.c.state == "accepted",
)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note of the client's; `is_booked`: it stands in the factoring ledger and is taken off its invoice there."""

    document_id: int
    number: str
    original_number: str
    customer_number: str
    amount: int
    currency: str
    is_booked: bool


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What movements of one kind come to on an invoice, or on a customer where they name none of ours."""

    kind: return_data.MovementKind
    customer_number: str
    invoice_id: int | None
    currency: str
    amount: int


def find_customers(ledger: opened.Ledger, tenant: str, page: int) -> Iterator[list[str]]:
    """The customers of all booked invoices, and those that movements name, a page at a time."""
    named = (_document.c.tenant == tenant, _document.c.customer_number != sa.literal_column("''"))
    owing = sa.select(_document.c.customer_number).where(*named, _document.c.kind == sa.literal_column("'invoice'"), _BOOKED)
    moved = sa.select(_document.c.customer_number).where(*named, _document.c.kind == movements.KIND)
    both = sa.union(owing, moved.where(_document.c.state == "fetched")).subquery()
    with ledger.reading() as connection:
        found = list(connection.execute(sa.select(both.c.customer_number).order_by(both.c.customer_number)).scalars())
    yield from bulk.chunks(found, page)


def find_invoice_numbers(ledger: opened.Ledger, tenant: str, customers: Collection[str]) -> Sequence[str]:
    """The numbers of these customers' booked invoices."""
    mine = (
        _document.c.tenant == tenant,
        _document.c.kind == sa.literal_column("'invoice'"),
        _document.c.state == "fetched",
        _BOOKED,
    )
    with ledger.reading() as connection:
        named = bulk.among(connection, _document.c.customer_number, customers)
        return list(connection.execute(sa.select(_document.c.number).where(*mine, named).order_by(_document.c.id)).scalars())


def find_notes(ledger: opened.Ledger, tenant: str, invoice_numbers: Collection[str]) -> list[Note]:
    """The credit notes on these invoices, booked or not."""
    columns = [_document.c[name] for name in ("number", "original_number", "customer_number", "amount", "currency")]
    query = sa.select(
        _document.c.id.label("document_id"), *columns, sa.and_(_document.c.state == "fetched", _BOOKED).label("is_booked")
    )
    with ledger.reading() as connection:
        mine = (_document.c.tenant == tenant, _document.c.kind == "credit_note")
        named = bulk.among(connection, _document.c.original_number, invoice_numbers)
        rows = connection.execute(query.where(*mine, named).order_by(_document.c.id))
        return [msgspec.convert(row, Note, from_attributes=True, strict=False) for row in rows]


def find_loose(ledger: opened.Ledger, tenant: str, customer: str, kinds: Collection[return_data.MovementKind]) -> list[int]:
    """The movements of these kinds on a customer that are on no invoice of ours, whatever they name."""
    mine = (_movement.c.tenant == tenant, _movement.c.kind.in_(kinds), _movement.c.invoice_id.is_(None))
    mine += (_movement.c.origin.in_(stages.HAPPENED), _document.c.state == "fetched", _document.c.customer_number == customer)
    query = sa.select(_movement.c.document_id).join(_document, movements.OF_DOCUMENT)
    with ledger.reading() as connection:
        return list(connection.execute(query.where(*mine).order_by(_movement.c.document_id)).scalars())


def find_paid(ledger: opened.Ledger, tenant: str, invoice_ids: Collection[int]) -> set[int]:
    """Those of these invoices that a payment of return data is posted on."""
    mine = (_movement.c.tenant == tenant, _movement.c.kind == "payment", _movement.c.origin.in_(stages.HAPPENED))
    query = sa.select(_movement.c.invoice_id).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    query = query.join(_delivery, movements.OF_DELIVERY).where(*mine, _delivery.c.state == "accepted")
    with ledger.reading() as connection:
        return set(connection.execute(query.where(bulk.among(connection, _movement.c.invoice_id, invoice_ids))).scalars())


def sum_moved(
    ledger: opened.Ledger,
    tenant: str,
    customers: Collection[str],
    invoice_ids: Collection[int],
    kinds: Collection[return_data.MovementKind],
) -> list[Moved]:
    """What movements of these kinds come to on these invoices, and on these customers beside any invoice of ours; payments on
    invoices are left out: the customer ledger counts them."""
    keys = (_movement.c.kind, _document.c.customer_number, _movement.c.invoice_id, _document.c.currency)
    query = sa.select(*keys, sa.cast(sa.func.sum(_document.c.amount), sa.BigInteger).label("amount")).select_from(_movement)
    query = query.join(_document, movements.OF_DOCUMENT).group_by(*keys).order_by(*keys)
    with ledger.reading() as connection:
        mine = (_movement.c.tenant == tenant, _movement.c.origin.in_(stages.HAPPENED), _document.c.state == "fetched")
        loose = (_movement.c.invoice_id.is_(None), bulk.among(connection, _document.c.customer_number, customers))
        named = (_movement.c.kind != "payment", bulk.among(connection, _movement.c.invoice_id, invoice_ids))
        on = sa.or_(sa.and_(*loose), sa.and_(*named))
        rows = connection.execute(query.where(*mine, _movement.c.kind.in_(kinds), on))
        return [msgspec.convert(row, Moved, from_attributes=True, strict=False) for row in rows]
