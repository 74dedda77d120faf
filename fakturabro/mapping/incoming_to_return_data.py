"""What the bank's payments gave to invoices -> movements of return data, one for each.

Assumed: the company owes what a payment was posted with from the bank's booking day, and what it is told of later from then on.
"""

from __future__ import annotations

import datetime as dt

from fakturabro.domain import calendar, money, return_data
from fakturabro.ledger.returns import sources


def to_movement(one: sources.Untaken) -> return_data.Movement:
    """One allocation that the factoring company knows of. Minus takes back."""
    return return_data.Movement(
        id=one.name,
        kind="payment",
        date=to_day(one),
        amount=money.from_minor(one.amount),
        currency=one.currency,
        invoice_number=one.invoice_number,
        kid=one.kid,
        buyer_number=one.customer_number,
    )


def to_day(one: sources.Untaken) -> dt.date:
    """The day from which the factoring company owes it to the client.

    The bank's booking day where the payment was posted with its allocation, otherwise the day on which this was told.
    """
    told = one.told_at.astimezone(calendar.OSLO).date()
    return one.booked_on or told if one.told_at == one.at else told
