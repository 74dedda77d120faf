"""What return data are in PowerOffice: the lines that should stand there, by the factoring company's books, and those that do."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from sandboxes.factoring import movements, payments
from sandboxes.poweroffice import books, chart
from sandboxes.poweroffice import state as state_
from tests.crash import counterparts, movers

_VAT_ACCOUNTS = {2700, 2710}
_HEARD_LATE = 15
"""Days after which we know at the latest what came of a request that got no answer."""
_LINES = {
    "administrative_fee": (movers.ADMINISTRATIVE, movers.BALANCE),
    "return_data_fee": (movers.ADMINISTRATIVE, movers.BALANCE),
    "financial_fee": (movers.FINANCIAL, movers.BALANCE),
    "payout": (movers.PAYOUT, movers.BALANCE),
    "balance_change": (movers.BALANCE, movers.BALANCE_CONTRA),
}
"""By kind, the account that is debited and the one that is credited. A payment: 1510 and the customer."""


class Line(NamedTuple):
    """What was posted on an account of the chart, or on a customer: an amount with its VAT in the voucher's currency."""

    account: int
    customer: int
    invoice: str
    day: dt.date
    currency: str
    amount: Decimal


Pair = tuple[Line, Line]


class Wanted(NamedTuple):
    """A movement that the factoring company has, and the lines that it is in PowerOffice. `must`: it stands there in the end.

    `days`: on which days its lines may be; more than one where it hangs on when we knew of it, none where nobody may post it.
    """

    name: str
    lines: Pair
    days: tuple[dt.date, ...]
    owed: Decimal
    """By how much it changes what the company owes the client."""
    must: bool

    def pairs(self) -> list[Pair]:
        """The lines day by day."""
        debit, credit = self.lines
        return [(debit._replace(day=day), credit._replace(day=day)) for day in self.days]


def told(company: movers.Company, world: counterparts.World) -> Iterator[Wanted]:
    """What the company's staff made."""
    for one in company.made:
        made, lines, is_held = one.made, _lines_of(one, world), one.id in company.held
        if lines is not None and (made.kind != "balance_change" or not is_held):
            name, days = f"movement {one.id} ({made.kind} {made.amount})", () if is_held else (made.date,)
            must = not is_held and _may_be_posted(lines, world.client)
            yield Wanted(name=name, lines=lines, days=days, owed=_owed(made), must=must)


def _owed(made: movements.Made) -> Decimal:
    sign = {"payment": 1, "balance_change": 1}.get(made.kind, -1)
    return sign * Decimal(made.amount)


def _lines_of(one: movements.Movement, world: counterparts.World) -> tuple[Line, Line] | None:
    """None for what stands on no account, whatever happens."""
    made, amount = one.made, Decimal(one.made.amount)
    if made.kind in _LINES:
        debit, credit = _LINES[made.kind]
        return _line(debit, made.date, made.currency, amount), _line(credit, made.date, made.currency, -amount)
    if made.kind != "payment":
        return None
    named = [
        invoice
        for invoice in world.client.invoices.values()
        if str(invoice.number) == made.invoice_number or (made.kid and invoice.kid == made.kid)
    ]
    customer = named[0].customer_number if named else int(made.buyer_number or 0)
    return _payment(customer, str(named[0].number) if named else "", made.date, made.currency, amount)


def paid_to_bank(world: counterparts.World) -> Iterator[Wanted]:
    """What customers paid to the bank, where the company has it on an invoice."""
    buyers = {str(one.number): one.customer_number for one in world.client.invoices.values()}
    for posted in world.factoring.payments.posted.values():
        paid, days = posted.payment, _days_of(posted, world)
        for one, given_on in zip(paid.allocations, days, strict=True):
            amount = Decimal(one.amount)
            lines = _payment(buyers[one.number], one.number, given_on[0], paid.currency, amount)
            wanted = Wanted(name=f"payment {paid.reference}", lines=lines, days=given_on, owed=amount, must=True)
            yield wanted._replace(must=all(_may_be_posted(pair, world.client) for pair in wanted.pairs()))


def _days_of(posted: payments.Posted, world: counterparts.World) -> Iterator[tuple[dt.date, ...]]:
    """Of each allocation: the payment's day; of one out of suspense the day on which it was made, or we heard that it was."""
    text, left = f"payment {posted.payment.reference}", list(posted.payment.allocations)
    vouchers = [one for one in world.factoring.books.vouchers if one.text == text]
    for number, voucher in enumerate(vouchers):
        given = -sum((amount for account, amount in voucher.lines if account == "client"), Decimal(0))
        days = [voucher.date + dt.timedelta(days=later) for later in range(_HEARD_LATE if number else 1)]
        while given:
            given -= Decimal(left.pop(0).amount)
            yield tuple(days)


def _line(account: int, day: dt.date, currency: str, amount: Decimal) -> Line:
    return Line(account=account, customer=0, invoice="", day=day, currency=currency, amount=amount)


def _payment(customer: int, invoice: str, day: dt.date, currency: str, amount: Decimal) -> tuple[Line, Line]:
    credit = Line(account=chart.CUSTOMERS, customer=customer, invoice=invoice, day=day, currency=currency, amount=-amount)
    return _line(movers.CONTRA, day, currency, amount), credit


def _may_be_posted(lines: Sequence[Line], client: state_.Client) -> bool:
    """Whether PowerOffice takes the lines as it stands now."""
    if any(one.day <= client.books.locked_until or not client.books.chart[one.account]["IsActive"] for one in lines):
        return False
    cards = [client.card(one.customer) or {"IsArchived": True} for one in lines if one.account == chart.CUSTOMERS]
    return not any(card["IsArchived"] for card in cards)


def lines_of(voucher: books.Voucher, client: state_.Client) -> Iterator[Line]:
    """Gross: what an entry's VAT is stands behind it, on an account of its own."""
    numbers = {(one.customer_number, str(one.number)) for one in client.invoices.values()}
    entries = [*voucher.entries]
    while entries:
        one = entries.pop(0)
        amount = one.currency_amount
        if entries and entries[0].account in _VAT_ACCOUNTS and one.vat_amount:
            amount += entries.pop(0).currency_amount
        if one.account != chart.ROUNDING:
            invoice = (one.invoice or "") if (one.customer, one.invoice) in numbers else ""
            yield Line(
                account=one.account, customer=one.customer or 0, invoice=invoice, day=one.day, currency=one.currency, amount=amount
            )


def taken_over(voucher: books.Voucher, lines: collections.Counter[Line]) -> list[Line]:
    """The two lines that take over what customers paid, on the voucher's day; none where that is nothing."""
    currency = voucher.entries[0].currency
    paid = -sum((one.amount * count for one, count in lines.items() if one.account == chart.CUSTOMERS), Decimal(0))
    if not paid:
        return []
    return [_line(movers.BALANCE, voucher.date, currency, paid), _line(movers.CONTRA, voucher.date, currency, -paid)]
