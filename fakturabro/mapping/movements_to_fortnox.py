"""Money that moved on a bank account -> payments of Fortnox's supplier and customer ledgers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from fakturabro.systems.fortnox import client, wire


def to_payment(number: str | int, day: dt.date, amount: Decimal, currency: str, mode_of_payment: str) -> wire.NewPayment:
    """`amount` (above zero) settles that much of an invoice: kronor as amount, another currency as the invoice's."""
    in_kronor = currency == client.KRONOR
    return wire.NewPayment(
        invoice_number=number,
        payment_date=day,
        amount=amount if in_kronor else None,
        amount_currency=None if in_kronor else amount,
        currency=currency,
        mode_of_payment=mode_of_payment,
    )


def to_stem(ledger: client.Ledger, payment: wire.NewPayment) -> str:
    """What Fortnox knows a payment by, since it keeps no reference of ours: its natural key but for its number among its likes.

    >>> to_stem("supplier", to_payment("71", dt.date(2026, 11, 23), Decimal("1250.50"), "SEK", "BG"))
    'supplier/71/2026-11-23/SEK1250.5/'
    """
    amount = payment.amount if payment.amount is not None else payment.amount_currency or Decimal(0)
    return f"{ledger}/{payment.invoice_number}/{payment.payment_date}/{payment.currency}{amount.normalize():f}/"


def from_natural_key(natural_key: str) -> tuple[client.Ledger, wire.NewPayment, int] | None:
    """The payment that a natural key tells of, to be looked for; None for another kind of key.

    >>> from_natural_key("customer/1001/2026-11-23/SEK400/2")[1].amount
    Decimal('400')
    """
    ledger, _, rest = natural_key.partition("/")
    parts = rest.split("/")
    if ledger not in ("supplier", "customer") or len(parts) != 4:
        return None
    number, day, amount, nth = parts
    key = int(number) if ledger == "customer" else number
    return ledger, to_payment(key, dt.date.fromisoformat(day), Decimal(amount[3:]), amount[:3], ""), int(nth)
