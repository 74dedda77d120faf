"""Payment orders as the ledger knows them: found and read. `recording` takes them in, `files` sends them,
`progress` follows them.
"""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import payments
from fakturabro.ledger import documents, opened, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.payments import tables as bank_tables

KIND = "payment"
_delivery, _payment = tables.delivery, bank_tables.payment
_INSTRUCTION = msgspec.json.Decoder(payments.Instruction)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a payment without opening it. `state` is that of paying it; `amount` is in minor units."""

    document_id: int
    delivery_id: int
    state: str
    in_file: int | None
    position: int
    end_to_end_id: str
    message_id: str | None
    batch_id: str | None
    out_file: int | None
    account: str
    amount: int
    currency: str
    content: str
    exact: str | None
    loose: str | None
    blank: str | None
    creditor: str
    receiver: str
    is_salary: bool
    is_new_receiver: bool
    entered_on: dt.date
    due: dt.date
    stage: str
    stage_at: dt.datetime
    code: str
    reason: str
    booked_on: dt.date | None
    double_of: int | None
    reference_kind: str
    plain: str | None


def find_of_file(ledger: opened.Ledger, tenant: str, file_id: int) -> list[int]:
    """The documents that a file of the accounting system asked for, by their place in it."""
    mine = (_payment.c.tenant == tenant, _payment.c.in_file == file_id)
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(_payment.c.document_id).where(*mine).order_by(_payment.c.position)).scalars())


def count_of_file(ledger: opened.Ledger, tenant: str, file_id: int) -> int:
    """How many payments of a file are recorded."""
    mine = (_payment.c.tenant == tenant, _payment.c.in_file == file_id)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(_payment).where(*mine)).scalar_one()


def find_files(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, int | None]:
    """The file that asked for each of these payments."""
    with ledger.reading() as connection:
        mine = (_payment.c.tenant == tenant, bulk.among(connection, _payment.c.document_id, document_ids))
        rows = connection.execute(sa.select(_payment.c.document_id, _payment.c.in_file).where(*mine))
        return {document_id: in_file for document_id, in_file in rows}


def find_payable(ledger: opened.Ledger, tenant: str, file_id: int) -> array.array[int]:
    """Those of them that wait to be paid and never left, by their place in the file."""
    pays = (
        _delivery.c.tenant == _payment.c.tenant,
        _delivery.c.document_id == _payment.c.document_id,
        _delivery.c.purpose == "pay",
    )
    mine = (
        _payment.c.tenant == tenant,
        _payment.c.in_file == file_id,
        _payment.c.stage == "entered",
        _delivery.c.state == "waiting",
    )
    query = sa.select(_payment.c.document_id).join(_delivery, sa.and_(*pays)).where(*mine)
    with ledger.reading() as connection:
        return array.array("q", connection.execute(query.order_by(_payment.c.position, _payment.c.document_id)).scalars())


def find_waiting(ledger: opened.Ledger, tenant: str, states: Sequence[str] = ("waiting",)) -> array.array[int]:
    """The documents that stand in one of these states to be paid."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "pay", _delivery.c.state.in_(states))
    with ledger.reading() as connection:
        found = connection.execute(sa.select(_delivery.c.document_id).where(*mine).order_by(_delivery.c.document_id))
        return array.array("q", found.scalars())


def read(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> Iterator[tuple[Order, payments.Instruction]]:
    """These payments, opened, by document. Memory stays flat."""
    for chosen in bulk.chunks(sorted(document_ids), 1_000):
        opened_ = {row.id: row.canonical for row in documents.read(ledger, tenant, chosen)}
        for order in find_orders(ledger, tenant, chosen):
            one = _INSTRUCTION.decode(opened_[order.document_id])
            named = msgspec.structs.replace(one.order, end_to_end_id=order.end_to_end_id)
            yield order, msgspec.structs.replace(one, order=named)


def find_orders(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> list[Order]:
    """The same without opening them."""
    with ledger.reading() as connection:
        return select(connection, tenant, bulk.among(connection, _payment.c.document_id, document_ids))


def select(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Order]:
    """The payments that these conditions leave, by document, in a transaction of the caller's."""
    pays = (_delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id)
    of_payment = [_payment.c[name] for name in Order.__struct_fields__ if name in _payment.c]
    more = (_delivery.c.id.label("delivery_id"), _delivery.c.state, _delivery.c.amount, _delivery.c.currency)
    query = sa.select(*of_payment, *more).join(_delivery, sa.and_(*pays, _delivery.c.purpose == "pay"))
    rows = connection.execute(query.where(_payment.c.tenant == tenant, *where).order_by(_payment.c.document_id))
    names = tuple(rows.keys())
    return [Order(**dict(zip(names, row, strict=True))) for row in rows]
