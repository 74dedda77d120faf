"""Incoming payments -> the factoring company's ledger: what is posted, and by which reference it is known there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fakturabro.domain import money, statements
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.systems.factoring import wire


def to_reference(row: incoming.Incoming) -> str:
    """The bank's reference is its own within an account only."""
    return f"{row.account}:{row.reference}"


def to_natural_key(client: str, row: incoming.Incoming) -> str:
    """What the factoring ledger knows a payment by."""
    return f"{client}/{to_reference(row)}"


def to_payment(
    row: incoming.Incoming, payment: statements.IncomingPayment, given: Mapping[str, int], today: dt.date
) -> wire.Payment:
    """The payment with what it was allocated to when it was matched: minor units by the invoice's number.

    `today` stands in for a booking day that the bank does not tell.
    """
    return wire.Payment(
        reference=to_reference(row),
        kind="reversal" if row.amount < 0 else "payment",
        date=row.booked_on or today,
        amount=money.from_minor(row.amount),
        currency=row.currency,
        kid=row.kid,
        payer_name=payment.payer_name,
        allocations=tuple(
            wire.Allocation(type="invoice", number=number, amount=money.from_minor(amount)) for number, amount in given.items()
        ),
    )


def from_standing(standing: wire.BookedPayment) -> dict[str, int]:
    """What a payment was allocated to there, as `to_payment` has it."""
    found: dict[str, int] = {}
    for one in standing.allocations:
        if one.type == "invoice":
            found[one.number] = found.get(one.number, 0) + money.to_minor(one.amount)
    return found


def to_settlement(one: allocations.Made, number: str) -> wire.Settlement:
    """One decision of a person on a payment in suspense. Its id says what it does, so that it is the same in a restored ledger."""
    given = wire.Allocation(type="invoice", number=number, amount=money.from_minor(one.amount))
    return wire.Settlement(id=f"{number}:{given.amount}", allocations=(given,))
