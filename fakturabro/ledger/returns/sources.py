"""What movements are made of beside what the factoring system tells: payments that we told it of, and whose an invoice is."""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Collection, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import paid
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.returns import movements
from fakturabro.ledger.returns import tables as return_tables

_document, _delivery, _booking, _revision = tables.document, tables.delivery, tables.booking, tables.revision
_incoming, _allocation, _movement = bank_tables.incoming, bank_tables.allocation, return_tables.movement


class Untaken(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment gave an invoice, in minor units with the payment's sign, as the factoring company knows and no movement says.

    `key` is what the movement will be known by, `name` its own number; both are the same when a restored ledger reads the bank's
    files again. `client` is whose ledger there was told, `kid` the invoice's. `at` is when it was given, `told_at` when the company
    was told.
    """

    allocation_id: int
    document_id: int
    client: str
    reference: str
    key: str
    name: str
    invoice_id: int
    invoice_number: str
    kid: str
    customer_number: str
    amount: int
    currency: str
    booked_on: dt.date | None
    at: dt.datetime
    told_at: dt.datetime
    raw_id: int


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that stands in the factoring ledger."""

    document_id: int
    number: str
    kid: str
    customer_number: str
    currency: str


class Invoices(msgspec.Struct, frozen=True):
    """Invoices by number and by KID: a KID may look like another one's number. What names several names none."""

    by_number: dict[str, Invoice]
    by_kid: dict[str, Invoice]

    def find(self, number: str, kid: str) -> Invoice | None:
        """What a movement names: by its KID only where it states no number."""
        return self.by_number.get(number) if number else self.by_kid.get(kid)

    def find_own(self, number: str, kid: str, buyer: str, currency: str) -> Invoice | None:
        """The same where it can be meant: another buyer's, or one in another currency, has the number by chance."""
        found = self.find(number, kid)
        return found if found and buyer in ("", found.customer_number) and currency == found.currency else None


def find_untaken(ledger: opened.Ledger, tenant: str) -> Iterator[list[Untaken]]:
    """What payments gave and is no movement yet, 5,000 at a time, in its order; between two pages the caller may write."""
    there = sa.exists().where(_movement.c.tenant == _allocation.c.tenant, _movement.c.allocation_id == _allocation.c.id)
    posted = sa.and_(_delivery.c.tenant == _allocation.c.tenant, _delivery.c.document_id == _allocation.c.document_id)
    accepted = (_delivery.c.purpose == "post", _delivery.c.state == "accepted", _delivery.c.target.startswith(paid.TOLD))
    mine = (_allocation.c.tenant == tenant, _allocation.c.told_at.is_not(None), ~there, *accepted)
    query = sa.select(_allocation.c.id).join(_delivery, posted).where(*mine).order_by(_allocation.c.id)
    with ledger.reading() as connection:
        ids = array.array("q", connection.execute(query).scalars())
    for some in bulk.chunks(ids, movements.PAGE):
        yield _read(ledger, tenant, some)


def _read(ledger: opened.Ledger, tenant: str, ids: Sequence[int]) -> list[Untaken]:
    before, payment, invoice = _allocation.alias(), _document.alias(), _document.alias()
    of_both = (before.c.document_id == _allocation.c.document_id, before.c.invoice_id == _allocation.c.invoice_id)
    earlier = (before.c.tenant == _allocation.c.tenant, *of_both, before.c.id <= _allocation.c.id)
    ordinal = sa.select(sa.func.count()).select_from(before).where(*earlier).scalar_subquery()
    columns = [_allocation.c[name] for name in ("document_id", "invoice_id", "amount", "at", "told_at")]
    columns += [
        _allocation.c.id.label("allocation_id"),
        payment.c.currency,
        _incoming.c.booked_on,
        _revision.c.raw_id,
        _delivery.c.target,
    ]
    of_invoice = (invoice.c.number.label("invoice_number"), invoice.c.customer_number, _booking.c.kid)
    query = sa.select(*columns, *of_invoice, payment.c.source_key, ordinal.label("ordinal"))
    for other, i in ((payment, _allocation.c.document_id), (invoice, _allocation.c.invoice_id)):
        query = query.join(other, sa.and_(other.c.tenant == _allocation.c.tenant, other.c.id == i))
    posts = (_delivery.c.tenant == payment.c.tenant, _delivery.c.document_id == payment.c.id, _delivery.c.purpose == "post")
    query = query.join(_delivery, sa.and_(*posts))
    query = query.join(_incoming, sa.and_(_incoming.c.tenant == payment.c.tenant, _incoming.c.document_id == payment.c.id))
    query = query.join(_revision, sa.and_(_revision.c.tenant == payment.c.tenant, _revision.c.id == payment.c.revision_id))
    query = query.outerjoin(_booking, sa.and_(_booking.c.tenant == invoice.c.tenant, _booking.c.document_id == invoice.c.id))
    with ledger.reading() as connection:
        mine = (_allocation.c.tenant == tenant, bulk.among(connection, _allocation.c.id, ids))
        rows = connection.execute(query.where(*mine).order_by(_allocation.c.id)).mappings().all()
    return [_to_untaken(row) for row in rows]


def _to_untaken(row: sa.RowMapping) -> Untaken:
    said = {name: row[name] for name in row if name not in ("source_key", "ordinal", "kid", "target")}
    place = f"{row['invoice_number']}/{row['ordinal']}"
    reference = row["source_key"].partition("/")[2]
    return Untaken(
        client=row["target"].removeprefix(paid.TOLD),
        reference=reference,
        key=f"{incoming.SOURCE}/{row['source_key']}/{place}",
        name=f"{reference}/{place}",
        kid=row["kid"] or "",
        **said,
    )


def place_invoices(ledger: opened.Ledger, tenant: str) -> int:
    """Give movements the invoices that they name and that were booked after they came; how many."""
    columns = (_movement.c.document_id, _movement.c.invoice_number, _movement.c.kid)
    whose = (_document.c.customer_number, _document.c.currency)
    query = sa.select(*columns, *whose).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    mine = (_movement.c.tenant == tenant, return_tables.UNPLACED)
    with ledger.reading() as connection:
        lacking = connection.execute(query.where(*mine).order_by(columns[0])).all()
    placed = 0
    for some in bulk.chunks(lacking, movements.PAGE):
        numbers, kids = {number for _, number, *_ in some} - {""}, {kid for _, _, kid, *_ in some} - {""}
        found = find_invoices(ledger, tenant, numbers, kids)
        named = [(one.document_id, i) for i, *said in some if (one := found.find_own(*said))]
        with ledger.writing() as connection:
            statement = "update movement set invoice_id = {} where document_id = {} and tenant = {} and invoice_id is null"
            bulk.update(connection, statement, [(*one, tenant) for one in named])
        placed += len(named)
    return placed


def find_invoices(ledger: opened.Ledger, tenant: str, numbers: Collection[str], kids: Collection[str]) -> Invoices:
    """The booked invoices with these numbers, and those with these KIDs."""
    with ledger.reading() as connection:
        return Invoices(_find(connection, tenant, _document.c.number, numbers), _find(connection, tenant, _booking.c.kid, kids))


def _find(connection: sa.Connection, tenant: str, column: sa.ColumnElement[str], wanted: Collection[str]) -> dict[str, Invoice]:
    if not wanted:
        return {}
    booked = sa.and_(_delivery.c.tenant == _document.c.tenant, _delivery.c.document_id == _document.c.id)
    kid = sa.and_(_booking.c.tenant == _document.c.tenant, _booking.c.document_id == _document.c.id)
    columns = (column, _document.c.id, _document.c.number, _booking.c.kid, _document.c.customer_number, _document.c.currency)
    query = sa.select(*columns).select_from(_document).join(_delivery, booked).join(_booking, kid)
    mine = (_document.c.tenant == tenant, _document.c.kind == sa.literal_column("'invoice'"), _document.c.state == "fetched")
    mine += (_delivery.c.purpose == "book", _delivery.c.state == "accepted", bulk.among(connection, column, wanted))
    found: dict[str, list[Invoice]] = {}
    for name, i, number, of_invoice, customer, currency in connection.execute(query.where(*mine).order_by(_document.c.id)):
        one = Invoice(document_id=i, number=number, kid=of_invoice, customer_number=customer, currency=currency)
        found.setdefault(name, []).append(one)
    return {name: some[0] for name, some in found.items() if len(some) == 1}
