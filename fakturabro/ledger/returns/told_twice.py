"""Payments that came from the bank and that the factoring system, which was told of them by us, may be telling back.

Nothing in what it tells says whether one is: the same invoice, amount and currency, within ten days, is how it would look. Of
the two the one that stands less firmly in the books is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import paid
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.returns import movements
from fakturabro.ledger.returns import tables as return_tables

MOST_DAYS = 10
_OPEN = ("waiting", "held", "planned")
_GIVEN = ("planned", "sending", "in_doubt", "accepted")
"""How the post of a payment stands that the factoring company has, or may have by the time that it tells it back."""
_NEW, _SETTLED, _POSTED = range(3)
_movement, _document, _delivery = return_tables.movement, tables.document, tables.delivery
_allocation, _incoming = bank_tables.allocation, bank_tables.incoming


class _Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a pair. `document_id` is the movement's; 0 for what a payment gave and is no movement yet."""

    document_id: int
    is_told: bool
    invoice_id: int
    day: dt.date
    amount: int
    currency: str
    stands: int
    """How firmly. Nothing holds what is posted, on its way there, or skipped."""

    def may_be(self, other: _Payment) -> bool:
        """Whether both may be one, and one of them can still be left out."""
        is_alike = self.amount == other.amount and abs((self.day - other.day).days) <= MOST_DAYS
        return is_alike and not self.stands == other.stands == _POSTED


def find(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> dict[int, dt.date]:
    """Which of these movements are not posted and look like another payment, of the other side: the day of that one.

    One stands for one; what is told to take back such a one goes with it.
    """
    with ledger.reading() as connection:
        rows = _select(connection, tenant, document_ids)
    of_invoice: dict[tuple[int, str], list[_Payment]] = {}
    for row in rows:
        of_invoice.setdefault((row.invoice_id, row.currency), []).append(row)
    found: dict[int, dt.date] = {}
    for some in of_invoice.values():
        found |= _match(some)
    return {i: found[i] for i in document_ids if i in found}


def _select(connection: sa.Connection, tenant: str, document_ids: Iterable[int]) -> list[_Payment]:
    """All payments of the invoices that these name, in the order in which they came; those that are no movement yet are last."""
    payment = (_movement.c.tenant == tenant, _movement.c.kind == "payment", _movement.c.origin.in_(("told", "bank")))
    named = sa.select(_movement.c.invoice_id).where(*payment, _movement.c.invoice_id.is_not(None))
    named = named.where(bulk.among(connection, _movement.c.document_id, document_ids)).distinct()
    invoices = [i for i in connection.execute(named).scalars() if i is not None]
    firm = sa.case((~_delivery.c.state.in_(_OPEN), _POSTED), (_movement.c.settlement_id.is_not(None), _SETTLED), else_=_NEW)
    stands = sa.case((_delivery.c.state.is_(None), _POSTED), else_=firm)
    columns = [_movement.c[name] for name in ("document_id", "invoice_id", "day")]
    query = sa.select(*columns, _document.c.amount, _document.c.currency, stands.label("stands"))
    query = query.add_columns((_movement.c.origin == "told").label("is_told")).select_from(_movement)
    query = query.join(_document, movements.OF_DOCUMENT).outerjoin(_delivery, movements.OF_DELIVERY)
    query = query.where(*payment, bulk.among(connection, _movement.c.invoice_id, invoices))
    query = query.where(sa.or_(_movement.c.origin == "bank", _document.c.state == "fetched"))
    rows = connection.execute(query.order_by(_movement.c.document_id)).mappings()
    return [*(_Payment(**row) for row in rows), *_select_given(connection, tenant, invoices)]


def _select_given(connection: sa.Connection, tenant: str, invoices: Sequence[int]) -> list[_Payment]:
    """What payments gave these invoices and is no movement yet, where the factoring company may know of the payment."""
    on = _allocation.c.tenant, _allocation.c.document_id
    there = sa.exists().where(_movement.c.tenant == on[0], _movement.c.allocation_id == _allocation.c.id)
    columns = (_allocation.c.invoice_id, _allocation.c.amount, _allocation.c.at, _document.c.currency, _incoming.c.booked_on)
    query = sa.select(*columns).join(_delivery, sa.and_(_delivery.c.tenant == on[0], _delivery.c.document_id == on[1]))
    query = query.join(_document, sa.and_(_document.c.tenant == on[0], _document.c.id == on[1]))
    query = query.join(_incoming, sa.and_(_incoming.c.tenant == on[0], _incoming.c.document_id == on[1]))
    given = (_delivery.c.purpose == "post", _delivery.c.state.in_(_GIVEN), _delivery.c.target.startswith(paid.TOLD))
    mine = (_allocation.c.tenant == tenant, bulk.among(connection, _allocation.c.invoice_id, invoices), ~there, *given)
    rows = connection.execute(query.where(*mine).order_by(_allocation.c.id))
    return [
        _Payment(
            document_id=0,
            is_told=False,
            invoice_id=row.invoice_id,
            day=row.booked_on or row.at.astimezone(calendar.OSLO).date(),
            amount=row.amount,
            currency=row.currency,
            stands=_NEW,
        )
        for row in rows
    ]


def _match(payments: Sequence[_Payment]) -> dict[int, dt.date]:
    """One to one, of one invoice and currency: pairs of which one stands more firmly before the others, the nearest days first.

    Of two that stand alike the one that was told is left out.
    """
    ours, told = [one for one in payments if not one.is_told], _without_undone([one for one in payments if one.is_told])
    found, matched = dict[int, dt.date](), set[int]()
    for are_alike in (False, True):
        for one in [one for one in told if one.document_id not in matched]:
            alike = [other for other in ours if one.may_be(other) and (one.stands == other.stands) == are_alike]
            if not alike:
                continue
            other = min(alike, key=lambda other: abs((other.day - one.day).days))
            ours.remove(other)
            matched.add(one.document_id)
            left_out, stays = (one, other) if one.stands <= other.stands else (other, one)
            found[left_out.document_id] = stays.day
    return found | _taken_back(told, matched, found)


def _without_undone(told: Sequence[_Payment]) -> list[_Payment]:
    """Without what was told, and told to take it back, where both are posted: they are nothing together, and like nothing."""
    left = list(told)
    for one in told:
        firm = (other for other in left if other.stands == one.stands == _POSTED)
        undone = next((other for other in firm if other.amount == -one.amount > 0), None)
        if undone is not None and one in left:
            left.remove(undone)
            left.remove(one)
    return left


def _taken_back(told: Sequence[_Payment], matched: AbstractSet[int], found: Mapping[int, dt.date]) -> dict[int, dt.date]:
    """What is told to take back one that was told and is left out."""
    left, taken = [one for one in told if one.document_id in found], dict[int, dt.date]()
    for one in told:
        undone = next((other for other in left if other.amount == -one.amount), None)
        if undone is not None and one.document_id not in matched and one.stands != _POSTED:
            left.remove(undone)
            taken[one.document_id] = found[undone.document_id]
    return taken
