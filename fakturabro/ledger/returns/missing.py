"""What happened and does not stand in the client's books: movements that were not posted, or not any more, and payments untold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.domain import reconciliation, return_data
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import paid
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.returns import movements, stages
from fakturabro.ledger.returns import tables as return_tables

_document, _delivery, _allocation = tables.document, tables.delivery, bank_tables.allocation
_movement, _voucher = return_tables.movement, return_tables.return_voucher
_settlement = return_tables.settlement
_OF_VOUCHER = sa.and_(_voucher.c.tenant == _movement.c.tenant, _voucher.c.id == _movement.c.voucher_id)
_BY_FILE = sa.exists().where(
    _delivery.c.tenant == _allocation.c.tenant,
    _delivery.c.document_id == _allocation.c.document_id,
    _delivery.c.purpose == "post",
    _delivery.c.state == "accepted",
    ~_delivery.c.target.startswith(paid.TOLD),
)
"""The factoring company has the bank's own file, and tells the payments of it back."""
_CODES: Mapping[str, reconciliation.Code] = {"held": "held", "in_doubt": "in_doubt", "rejected": "refused", "cancelled": "refused"}


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that the books lack, or what a payment gave an invoice and nobody was told; `code` says why. Amounts as there.

    `is_told_twice`: it is held since it looks like another payment, and counts as paid nowhere.
    """

    document_id: int
    code: reconciliation.Code
    kind: return_data.MovementKind
    client: str = ""
    number: str
    customer_number: str
    invoice_id: int | None
    currency: str
    amount: int
    settlement_id: int | None = None
    voucher_no: int | None = None
    is_told_twice: bool = False


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What the factoring company owed before the first settlement in a currency, and after the last one up to a day."""

    opening: int
    closing: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen in the books of vouchers of ours, by their ids: reversed by somebody else, or standing without our knowing."""

    reversed: Collection[int] = ()
    standing: Collection[int] = ()


def find(ledger: opened.Ledger, tenant: str, until: dt.date, seen: Seen) -> list[Missing]:
    """What happened, and the books do not have at the end of this day. What was skipped is not ours to post."""
    with ledger.reading() as connection:
        again = {row.undoes: row for row in _rows(connection, tenant, _movement.c.origin == "again")}
        stands = sa.and_(_delivery.c.state == "accepted", _movement.c.day <= until, _movement.c.voucher_id.is_not(None))
        stands = sa.and_(stands, _voucher.c.state == "posted", ~bulk.among(connection, _voucher.c.id, seen.reversed))
        chosen = (_movement.c.origin.in_(stages.HAPPENED), ~sa.func.coalesce(stands, sa.false()))
        rows = list(_rows(connection, tenant, *chosen))
    return [_to_missing(row, code) for row in rows if (code := _why(row, again, until, seen))]


def find_balances(ledger: opened.Ledger, tenant: str, until: dt.date) -> dict[tuple[str, str], Balance]:
    """By client number and currency, where there is a settlement up to this day."""
    key = (_settlement.c.client, _settlement.c.currency)
    mine = (_settlement.c.tenant == tenant, _settlement.c.day <= until)
    ends = sa.select(*key, sa.func.min(_settlement.c.number), sa.func.max(_settlement.c.number)).where(*mine)
    found: dict[tuple[str, str], Balance] = {}
    with ledger.reading() as connection:
        for client, currency, *numbers in connection.execute(ends.group_by(*key).order_by(*key)).all():
            chosen = (*mine, key[0] == client, key[1] == currency, _settlement.c.number.in_(numbers))
            columns = sa.select(_settlement.c.opening, _settlement.c.closing).where(*chosen)
            rows = connection.execute(columns.order_by(_settlement.c.number)).all()
            found[client, currency] = Balance(opening=rows[0].opening, closing=rows[-1].closing)
    return found


def find_untold(ledger: opened.Ledger, tenant: str) -> list[Missing]:
    """What payments gave invoices and is no movement yet: the factoring company may not know of it, or has not told it back."""
    taken = sa.exists().where(_movement.c.tenant == _allocation.c.tenant, _movement.c.allocation_id == _allocation.c.id)
    with ledger.reading() as connection:
        found = _allocated(connection, tenant, ~taken, ~_BY_FILE)
        handed = _allocated(connection, tenant, _BY_FILE)
        told = {
            i: amount for i, _, amount in movements.find_told_payments(connection, tenant, [one.invoice_id or 0 for one in handed])
        }
    by_invoice: dict[int | None, list[Missing]] = {}
    for one in handed:
        by_invoice.setdefault(one.invoice_id, []).append(one)
    for i, some in by_invoice.items():
        rest = sum(one.amount for one in some) - told.get(i or 0, 0)
        found += [msgspec.structs.replace(some[-1], amount=rest)] if rest > 0 else []
    return found


def _allocated(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Missing]:
    invoice = _document.alias()
    payment = sa.and_(_document.c.tenant == _allocation.c.tenant, _document.c.id == _allocation.c.document_id)
    of_invoice = sa.and_(invoice.c.tenant == _allocation.c.tenant, invoice.c.id == _allocation.c.invoice_id)
    given = (_allocation.c.document_id, _allocation.c.invoice_id, _allocation.c.amount, _document.c.number, _document.c.currency)
    query = sa.select(*given, invoice.c.customer_number).join(_document, payment).join(invoice, of_invoice)
    rows = connection.execute(query.where(_allocation.c.tenant == tenant, *where).order_by(_allocation.c.id)).mappings()
    return [Missing(code="not_told", kind="payment", **row) for row in rows]


def find_skipped(ledger: opened.Ledger, tenant: str, invoice_ids: Collection[int]) -> list[Missing]:
    """Payments on these invoices from before return data was switched on: the client has posted them itself, or has not."""
    columns = (_movement.c.document_id, _movement.c.kind, _movement.c.invoice_id, _document.c.number)
    query = sa.select(*columns, _document.c.customer_number, _document.c.currency, _document.c.amount)
    with ledger.reading() as connection:
        mine = (_movement.c.tenant == tenant, _movement.c.kind == "payment", _document.c.state == "skipped")
        named = bulk.among(connection, _movement.c.invoice_id, invoice_ids)
        rows = connection.execute(query.join(_document, movements.OF_DOCUMENT).where(*mine, named).order_by(_document.c.id))
        return [Missing(code="before_start", **row) for row in rows.mappings()]


def _rows(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> Iterator[sa.Row[Any]]:
    of_movement = [
        _movement.c[name]
        for name in ("document_id", "undoes", "client", "kind", "day", "invoice_id", "settlement_id", "voucher_id")
    ]
    of_document = (_document.c.number, _document.c.customer_number, _document.c.currency, _document.c.amount)
    query = sa.select(*of_movement, *of_document, _delivery.c.state, _voucher.c.state.label("voucher"), _voucher.c.voucher_no)
    query = query.add_columns(movements.IS_TOLD_TWICE.label("is_told_twice"))
    query = query.select_from(_movement).join(_document, movements.OF_DOCUMENT).join(_delivery, movements.OF_DELIVERY)
    mine = (_movement.c.tenant == tenant, _document.c.state == "fetched", *where)
    return iter(connection.execute(query.outerjoin(_voucher, _OF_VOUCHER).where(*mine).order_by(_movement.c.document_id)))


def _why(row: sa.Row[Any], again: Mapping[int, sa.Row[Any]], until: dt.date, seen: Seen) -> reconciliation.Code | None:
    """Why a movement does not stand; None when it does, after all or by what posted it again."""
    if row.state == "accepted" and row.day > until:
        return "later"
    if row.voucher_id in seen.reversed:
        return "reversed_by_hand"
    if row.state == "accepted" and row.voucher == "reversed":
        follower = again.get(row.document_id)
        return _why(follower, again, until, seen) if follower is not None else "waiting"
    if row.state == "accepted" or row.voucher_id in seen.standing:
        return None
    return _CODES.get(row.state, "waiting")


def _to_missing(row: sa.Row[Any], code: reconciliation.Code) -> Missing:
    names = [name for name in Missing.__struct_fields__ if name != "code"]
    return Missing(code=code, **{name: getattr(row, name) for name in names})
