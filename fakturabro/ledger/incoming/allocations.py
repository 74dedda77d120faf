"""What payments that came in settle: open invoices, what each got of which payment, and what a payment may have been meant for.

An invoice is owed when it stands in the factoring ledger (booked). What is open of it is its amount, less the credit notes on it,
less what payments gave it, also those that only the factoring system told of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.domain import payments
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import paid
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import guard_keys
from fakturabro.ledger.payments import tables as bank_tables

_document, _delivery, _booking = tables.document, tables.delivery, tables.booking
_incoming, _allocation, _proposal = bank_tables.incoming, bank_tables.allocation, bank_tables.proposal
_BOOKED = sa.and_(_delivery.c.tenant == _document.c.tenant, _delivery.c.document_id == _document.c.id)
_IS_BOOKED = (_delivery.c.purpose == "book", _delivery.c.state == "accepted")
_OWED = (_document.c.kind == sa.literal_column("'invoice'"), _document.c.state == "fetched")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that was booked. Amounts in minor units; `allocated` is what payments gave it."""

    document_id: int
    number: str
    kid: str
    customer_number: str
    amount: int
    currency: str
    credited: int
    allocated: int

    @property
    def open(self) -> int:
        """What is owed; less than nothing where too much was paid or credited."""
        return self.amount - self.credited - self.allocated


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """What of a payment goes to an invoice, in minor units with the payment's sign."""

    document_id: int
    invoice_id: int
    amount: int


class Made(Allocation, frozen=True, kw_only=True):
    """The same as it stands. `told_at` None: decided after the payment was posted, and the target does not know yet."""

    id: int
    told_at: dt.datetime | None


class Reversible(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that nothing has taken back; `allocations` are (invoice, amount)."""

    payment: incoming.Incoming
    allocations: Sequence[tuple[int, int]]


def find_items(
    ledger: opened.Ledger,
    tenant: str,
    kids: Collection[str] = (),
    numbers: Collection[str] = (),
    customers: Collection[str] = (),
    open_amounts: Collection[int] = (),
) -> list[Item]:
    """Booked invoices by KID and by number; those of customers of which something is open; those of which just so much is open.

    Oldest first. By amount only invoices are found of which nothing was paid or credited.
    """
    with ledger.reading() as connection:
        named = _find(connection, tenant, _booking.c.kid, kids) | _find(connection, tenant, _document.c.number, numbers)
        owing = _find(connection, tenant, _document.c.customer_number, customers)
        owing |= _find(connection, tenant, _document.c.amount, open_amounts)
        items = _to_items(connection, tenant, named | owing)
    people, amounts = set(customers), set(open_amounts)
    wanted = (one for one in items if one.open > 0 and (one.customer_number in people or one.open in amounts))
    chosen = named.keys() | {one.document_id for one in wanted}
    return [one for one in items if one.document_id in chosen]


_Row = sa.Row[tuple[int, str, str, str, int, str]]


def _find(
    connection: sa.Connection, tenant: str, column: sa.ColumnElement[Any], wanted: Collection[str] | Collection[int]
) -> dict[int, _Row]:
    """Booked invoices by id."""
    kid = sa.and_(_booking.c.tenant == _document.c.tenant, _booking.c.document_id == _document.c.id)
    columns = (_document.c.id, _document.c.number, _booking.c.kid, _document.c.customer_number, _document.c.amount)
    query = sa.select(*columns, _document.c.currency).join(_delivery, _BOOKED).join(_booking, kid)
    mine = (_document.c.tenant == tenant, *_OWED, *_IS_BOOKED)
    rows = connection.execute(query.where(*mine, bulk.among(connection, column, wanted))) if wanted else ()
    return {row.id: row for row in rows}


def _to_items(connection: sa.Connection, tenant: str, rows: Mapping[int, _Row]) -> list[Item]:
    """With what was credited and paid."""
    if not rows:
        return []
    allocated = paid.find(connection, tenant, {i: row.currency for i, row in rows.items()})
    numbers = bulk.among(connection, _document.c.original_number, {row.number for row in rows.values()})
    notes = (_document.c.tenant == tenant, _document.c.kind == "credit_note", _document.c.state == "fetched", numbers)
    summed = sa.select(_document.c.original_number, sa.func.sum(_document.c.amount)).join(_delivery, _BOOKED)
    summed = summed.where(*notes, *_IS_BOOKED)
    credited = {number: int(n) for number, n in connection.execute(summed.group_by(_document.c.original_number))}
    return [
        Item(
            document_id=row.id,
            number=row.number,
            kid=row.kid,
            customer_number=row.customer_number,
            amount=row.amount,
            currency=row.currency,
            credited=credited.get(row.number, 0),
            allocated=allocated.get(row.id, 0),
        )
        for _, row in sorted(rows.items())
    ]


def record(
    ledger: opened.Ledger,
    tenant: str,
    run: str,
    at: dt.datetime,
    rows: Sequence[Allocation],
    standings: Mapping[int, str],
    proposals: Mapping[int, bytes],
    *,
    told: bool = True,
) -> None:
    """Record allocations, how their payments stand, and what the rest may be meant for. `told` False: see find_untold."""
    key = ledger.seals.key(tenant, incoming.KIND, f"{at:%Y-%m}")
    sealed = {i: key.seal(said) for i, said in proposals.items()}
    with ledger.writing() as connection:
        stamp = bulk.stored(connection, at)
        columns = ("tenant", "document_id", "invoice_id", "amount", "run", "at", "told_at")
        when = (run, stamp, stamp if told else None)
        given = [(tenant, one.document_id, one.invoice_id, one.amount, *when) for one in rows]
        bulk.insert(connection, _allocation, columns, given)
        incoming.write_standings(connection, tenant, standings)
        about = {*standings, *proposals, *(one.document_id for one in rows)}
        _settle_rests(connection, tenant, about)
        mine = (_proposal.c.tenant == tenant, bulk.among(connection, _proposal.c.document_id, about))
        connection.execute(sa.delete(_proposal).where(*mine))
        bulk.insert(connection, _proposal, ("tenant", "document_id", "sealed"), [(tenant, i, said) for i, said in sealed.items()])


def _settle_rests(connection: sa.Connection, tenant: str, document_ids: Iterable[int]) -> None:
    same = (_allocation.c.tenant == _incoming.c.tenant, _allocation.c.document_id == _incoming.c.document_id)
    given = sa.select(sa.func.coalesce(sa.func.sum(_allocation.c.amount), 0)).where(*same).scalar_subquery()
    of_document = (_document.c.tenant == _incoming.c.tenant, _document.c.id == _incoming.c.document_id)
    amount = sa.select(_document.c.amount).where(*of_document).scalar_subquery()
    mine = (_incoming.c.tenant == tenant, bulk.among(connection, _incoming.c.document_id, document_ids))
    connection.execute(sa.update(_incoming).where(*mine).values(rest=amount - given))


def find_of_payments(ledger: opened.Ledger, tenant: str, document_ids: Collection[int]) -> dict[int, list[Made]]:
    """What these payments gave to which invoice, by payment."""
    found: dict[int, list[Made]] = {}
    with ledger.reading() as connection:
        for one in _made(connection, tenant, bulk.among(connection, _allocation.c.document_id, document_ids)):
            found.setdefault(one.document_id, []).append(one)
    return found


def find_untold(ledger: opened.Ledger, tenant: str) -> list[Made]:
    """What people decided and the target does not know."""
    with ledger.reading() as connection:
        return _made(connection, tenant, _allocation.c.told_at.is_(None))


def _made(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Made]:
    columns = [_allocation.c[name] for name in Made.__struct_fields__]
    rows = connection.execute(sa.select(*columns).where(_allocation.c.tenant == tenant, *where).order_by(_allocation.c.id))
    return [Made(**row) for row in rows.mappings()]


def record_told(ledger: opened.Ledger, tenant: str, allocation_ids: Collection[int], at: dt.datetime) -> None:
    """The target knows of these now."""
    with ledger.writing() as connection:
        mine = (_allocation.c.tenant == tenant, bulk.among(connection, _allocation.c.id, allocation_ids))
        connection.execute(sa.update(_allocation).where(*mine, _allocation.c.told_at.is_(None)).values(told_at=at))


def read_proposals(ledger: opened.Ledger, tenant: str, document_ids: Collection[int]) -> dict[int, bytes]:
    """What stands proposed for these payments, opened."""
    with ledger.reading() as connection:
        mine = (_proposal.c.tenant == tenant, bulk.among(connection, _proposal.c.document_id, document_ids))
        rows = connection.execute(sa.select(_proposal.c.document_id, _proposal.c.sealed).where(*mine)).all()
        return {i: ledger.seals.open(connection, tenant, incoming.KIND, bytes(sealed)) for i, sealed in rows}


def find_reversible(ledger: opened.Ledger, tenant: str, kids: Collection[str]) -> list[Reversible]:
    """The payments that came with these KIDs and settle invoices, which nothing has taken back, newest first."""
    with ledger.reading() as connection:
        stands = (_incoming.c.standing.in_(("matched", "part", "over")), _incoming.c.kid != sa.literal_column("''"))
        rows = incoming.select(connection, tenant, *stands, bulk.among(connection, _incoming.c.kid, kids)) if kids else []
    given = find_of_payments(ledger, tenant, [row.document_id for row in rows])
    return [
        Reversible(payment=row, allocations=[(one.invoice_id, one.amount) for one in given[row.document_id]])
        for row in reversed(rows)
        if row.document_id in given
    ]


def find_customers_of_payers(ledger: opened.Ledger, tenant: str, accounts: Iterable[str]) -> dict[str, list[str]]:
    """The customers whose invoices these accounts (numbers) have paid before, by account; those that never did are absent."""
    keys = guard_keys.Keys(ledger, tenant)
    by_key = {keys.payer(payments.account(number)): number for number in accounts}
    to_payment = sa.and_(_allocation.c.tenant == _incoming.c.tenant, _allocation.c.document_id == _incoming.c.document_id)
    to_invoice = sa.and_(_document.c.tenant == _allocation.c.tenant, _document.c.id == _allocation.c.invoice_id)
    query = sa.select(_incoming.c.payer, _document.c.customer_number).distinct().join(_allocation, to_payment)
    found: dict[str, list[str]] = {}
    with ledger.reading() as connection:
        mine = (_incoming.c.tenant == tenant, _incoming.c.payer.is_not(None), bulk.among(connection, _incoming.c.payer, by_key))
        for payer, customer in connection.execute(
            query.join(_document, to_invoice).where(*mine).order_by(_document.c.customer_number)
        ):
            found.setdefault(by_key[payer], []).append(customer)
    return found
