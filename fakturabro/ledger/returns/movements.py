"""Movements: documents of kind "movement", each known for ever by what told of it and its number there.

What the factoring company, or the bank, told happened; a voucher that is undone makes two more of each: one that takes it back and
one that posts it again. `arrivals` records them.
"""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import return_data
from fakturabro.ledger import documents, opened, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.returns import tables as return_tables

KIND, SOURCE = "movement", "return_data"
(PURPOSE,) = values.RETURN_PURPOSES
TOLD_TWICE = "payment_told_by_both"
"""The finding on what may be told twice."""
PAGE = 5_000
_document, _delivery, _movement = tables.document, tables.delivery, return_tables.movement
OF_DOCUMENT = sa.and_(_document.c.tenant == _movement.c.tenant, _document.c.id == _movement.c.document_id)
OF_DELIVERY = sa.and_(
    _delivery.c.tenant == _movement.c.tenant,
    _delivery.c.document_id == _movement.c.document_id,
    _delivery.c.purpose == sa.literal_column(f"'{PURPOSE}'"),
)
IS_TOLD_TWICE = sa.exists().where(
    tables.finding.c.tenant == _movement.c.tenant,
    tables.finding.c.document_id == _movement.c.document_id,
    tables.finding.c.code == TOLD_TWICE,
)
"""It is held since it looks like another payment that stands: see told_twice."""
_DECODER = msgspec.json.Decoder(return_data.Movement)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a movement without opening it. `state` is that of its delivery, `amount` minor units with a sign.

    `key` is what it is known by; `undoes` the movement that it takes back or posts again.
    """

    document_id: int
    delivery_id: int
    revision_id: int
    state: str
    origin: str
    client: str
    kind: return_data.MovementKind
    day: dt.date
    amount: int
    currency: str
    number: str
    customer_number: str
    invoice_id: int | None
    settlement_id: int | None
    voucher_id: int | None
    undoes: int | None
    key: str


def find(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> list[Row]:
    """These movements, by document; never what was skipped."""
    with ledger.reading() as connection:
        return select(connection, tenant, bulk.among(connection, _movement.c.document_id, document_ids))


def read(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> Iterator[tuple[Row, return_data.Movement]]:
    """The same, opened, in the order of the documents. Memory stays flat. Raises SealError for what is purged."""
    for chosen in bulk.chunks(sorted(document_ids), 1_000):
        said = {row.id: row.canonical for row in documents.read(ledger, tenant, chosen)}
        for row in find(ledger, tenant, chosen):
            yield row, decode(said[row.document_id])


def decode(canonical: bytes) -> return_data.Movement:
    """A movement from its opened content."""
    return _DECODER.decode(canonical)


def find_cursor(ledger: opened.Ledger, tenant: str, client: str) -> int:
    """The highest number that the factoring system's interface told of for this client; 0 before the first."""
    mine = (_movement.c.tenant == tenant, _movement.c.client == client)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.max(_movement.c.told_no)).where(*mine)).scalar_one() or 0


def find_open(ledger: opened.Ledger, tenant: str, states: Sequence[str]) -> array.array[int]:
    """The movements whose delivery stands in one of these states, in their order."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == PURPOSE, _delivery.c.state.in_(states))
    query = sa.select(_movement.c.document_id).select_from(_delivery).join(_movement, OF_DELIVERY)
    with ledger.reading() as connection:
        rows = connection.execute(query.where(*mine).order_by(_movement.c.document_id))
        return array.array("q", rows.scalars())


def find_told_payments(connection: sa.Connection, tenant: str, invoice_ids: Iterable[int]) -> list[tuple[int, str, int]]:
    """(invoice, currency, amount) of what the factoring system told was paid on these invoices: what is settled, or skipped.

    Never what is held because it looks like a payment of ours.
    """
    columns = (_movement.c.invoice_id, _document.c.currency, sa.func.sum(_document.c.amount))
    mine = (_movement.c.tenant == tenant, _movement.c.origin == "told", _movement.c.kind == "payment")
    query = sa.select(*columns).select_from(_movement).join(_document, OF_DOCUMENT)
    counts = sa.or_(_movement.c.settlement_id.is_not(None), _document.c.state == "skipped")
    query = query.where(*mine, bulk.among(connection, columns[0], invoice_ids), counts, ~IS_TOLD_TWICE)
    rows = connection.execute(query.group_by(*columns[:2]))
    return [(i, currency, int(amount)) for i, currency, amount in rows]


def select(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Row]:
    """The movements that these conditions leave, by document, in a transaction of the caller's."""
    of_movement = [_movement.c[name] for name in Row.__struct_fields__ if name in _movement.c]
    of_delivery = (_delivery.c.id.label("delivery_id"), _delivery.c.revision_id, _delivery.c.state)
    of_document = (_document.c.amount, _document.c.currency, _document.c.number, _document.c.customer_number)
    query = sa.select(*of_movement, *of_delivery, *of_document, _document.c.source_key.label("key"))
    query = query.select_from(_movement).join(_document, OF_DOCUMENT).join(_delivery, OF_DELIVERY)
    rows = connection.execute(query.where(_movement.c.tenant == tenant, *where).order_by(_movement.c.document_id)).mappings()
    return [Row(**row) for row in rows]
