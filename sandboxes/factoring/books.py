"""The factoring company's double entry: each voucher has two or more lines that add up to zero, debit above it, credit below.

`assigned` is what the company will owe its clients when the debtors pay, `client` what it owes them already.

Assumed: everything; a reminder fee and interest stay with the company, a claim that is lost goes back to the client.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

Account = Literal[
    "bank",
    "debtors",
    "assigned",
    "suspense",
    "client",
    "fees",
    "interest",
    "reminder_fees",
    "output_vat",
    "loans",
]
Lines = Sequence[tuple[str, Decimal]]


class UnbalancedError(ValueError):
    """The lines of a voucher do not add up to zero, or there are not two of them."""


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    client: str
    date: dt.date
    currency: str
    text: str
    lines: tuple[tuple[str, Decimal], ...]


class Books:
    """The vouchers of all clients in the order of posting."""

    def __init__(self) -> None:
        self.vouchers: list[Voucher] = []

    def post(self, client: str, date: dt.date, currency: str, text: str, lines: Lines) -> None:
        """Lines of zero are left out; a voucher of nothing else is none. Raises UnbalancedError."""
        kept = tuple((account, amount) for account, amount in lines if amount)
        if sum(amount for _, amount in kept) or len(lines) < 2:
            raise UnbalancedError(f"{text}: {[f'{account} {amount}' for account, amount in lines]}")
        if kept:
            self.vouchers.append(Voucher(client=client, date=date, currency=currency, text=text, lines=kept))

    def owed(self, client: str, date: dt.date) -> dict[str, Decimal]:
        """What the company owes a client at the end of `date`, by currency."""
        found: defaultdict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
        for voucher, account, amount in self._lines(client):
            if voucher.date <= date and account == "client":
                found[voucher.currency] -= amount
        return dict(found)

    def trial_balance(self) -> list[dict[str, Any]]:
        """What stands on each account, per client and currency."""
        found: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for client in {one.client for one in self.vouchers}:
            for voucher, account, amount in self._lines(client):
                found[client, voucher.currency, account] += amount
        return [
            {"client": client, "currency": currency, "account": account, "amount": f"{amount:.2f}"}
            for (client, currency, account), amount in sorted(found.items())
        ]

    def _lines(self, client: str) -> Iterator[tuple[Voucher, str, Decimal]]:
        for voucher in self.vouchers:
            if voucher.client == client:
                yield from ((voucher, account, amount) for account, amount in voucher.lines)


def of_entry(amount: Decimal) -> Lines:
    """A claim that was assigned; below zero for a credit note."""
    return (("debtors", amount), ("assigned", -amount))


def of_allocation(amount: Decimal, source: str) -> Lines:
    """What a debtor paid of a claim, out of the bank or out of suspense: the client is owed it from now on."""
    return ((source, amount), ("debtors", -amount), ("assigned", amount), ("client", -amount))


def of_movement(kind: str, amount: Decimal, vat: Decimal) -> Lines:
    """What the company posts of its own accord; `vat` is part of `amount`. Raises KeyError for an unknown kind."""
    standard: dict[str, Lines] = {
        "administrative_fee": _of_fee("fees", amount, vat),
        "return_data_fee": _of_fee("fees", amount, vat),
        "financial_fee": _of_fee("interest", amount, vat),
        "payment": of_allocation(amount, "bank"),
        "payout": (("client", amount), ("bank", -amount)),
        "reminder_fee": (("bank", amount), ("reminder_fees", -amount)),
        "interest": (("bank", amount), ("interest", -amount)),
        "bad_debt": (("assigned", amount), ("debtors", -amount)),
        "balance_change": (("loans", amount), ("client", -amount)),
    }
    return standard[kind]


def _of_fee(income: str, amount: Decimal, vat: Decimal) -> Lines:
    return (("client", amount), (income, vat - amount), ("output_vat", -vat))
