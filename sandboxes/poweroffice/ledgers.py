"""A client's vouchers, all of them, and what is open on its customers.

Assumed: customers' invoices stand on 1500, with income on 3000 and their VAT by code; a line that names an invoice is matched with
it up to what the invoice has left, and what is over stands open on the customer; a line with a KID and no invoice number is matched
with an invoice of exactly that amount; what names no invoice that the customer has, and a credit note, is matched with nothing; a
difference in rates stands open; a voucher and its reversal are matched with each other.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from sandboxes.poweroffice import books, chart
from sandboxes.poweroffice import state as state_

VOUCHERS_FROM = 200_000
_OERE = Decimal("0.01")

Invoiced = tuple[int, str]
"""Customer number and invoice number."""


class Paid(msgspec.Struct):
    """What names one invoice: entries in the order that they were posted in, and when the last one was."""

    entries: list[tuple[books.Voucher, books.Entry]] = []
    changed: dt.datetime | None = None


class Item(msgspec.Struct):
    """An entry on a customer and what is left of it; `match` is the voucher number of the invoice that it is matched with."""

    voucher: books.Voucher
    entry: books.Entry
    balance: Decimal
    match: int | None = None


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_OERE, ROUND_HALF_UP)


def vouchers(client: state_.Client) -> Iterator[books.Voucher]:
    """Every voucher of the client: of its invoices, of its suppliers' invoices, and the journal."""
    yield from map(_sale, client.invoices.values())
    yield from map(_purchase, client.books.invoices)
    yield from client.books.journal


def entries(client: state_.Client, first: dt.date, last: dt.date) -> Iterator[tuple[books.Voucher, books.Entry]]:
    """What was posted on these days."""
    return ((one, entry) for one in vouchers(client) for entry in one.entries if first <= entry.day <= last)


def trial_balance(client: state_.Client, day: dt.date) -> dict[int, Decimal]:
    """What stands on each account of the chart at the end of `day`."""
    found = dict.fromkeys(client.books.chart, Decimal(0))
    for _, entry in entries(client, dt.date.min, day):
        found[entry.account] += entry.amount
    return found


def total(invoice: state_.Invoice) -> Decimal:
    """What an invoice is posted with on its customer, in the client's currency."""
    return rounded(invoice.total * invoice.exchange_rate)


def paid(client: state_.Client, day: dt.date = dt.date.max) -> dict[Invoiced, Paid]:
    """What names each invoice until `day`; what was reversed, and its reversal, name none."""
    found: dict[Invoiced, Paid] = collections.defaultdict(Paid)
    for voucher in client.books.journal:
        for entry in voucher.entries:
            if entry.customer is not None and entry.invoice and entry.day <= day:
                one = found[entry.customer, entry.invoice]
                one.changed = voucher.created
                one.entries += [] if _is_void(voucher) else [(voucher, entry)]
    return found


def balance(invoice: state_.Invoice, paid_: Mapping[Invoiced, Paid]) -> Decimal:
    """What is left of an invoice: nothing at the least, its total at the most."""
    amount = total(invoice)
    found = paid_.get((invoice.customer_number, str(invoice.number)))
    left = amount + (sum((entry.amount for _, entry in found.entries), Decimal(0)) if found else 0)
    return min(max(left, min(amount, Decimal(0))), max(amount, Decimal(0)))


def open_items(client: state_.Client, day: dt.date) -> list[Item]:
    """Everything on customers that is not settled at the end of `day`."""
    matched = paid(client, day)
    items: list[Item] = []
    for invoice in client.invoices.values():
        if invoice.invoice_date <= day:
            items += _matched(invoice, matched.pop((invoice.customer_number, str(invoice.number)), Paid()))
    items += [Item(*one, one[1].amount) for left in matched.values() for one in left.entries]
    for voucher in client.books.journal:
        loose = [one for one in voucher.entries if one.customer is not None and not one.invoice and one.day <= day]
        items += [] if _is_void(voucher) else [Item(voucher, one, one.amount) for one in loose]
    return [one for one in items if one.balance]


def _matched(invoice: state_.Invoice, found: Paid) -> Iterator[Item]:
    """The invoice and what names it: what is over stands on the last lines that brought it."""
    voucher, amount = _sale(invoice), total(invoice)
    left = balance(invoice, {(invoice.customer_number, str(invoice.number)): found})
    over = amount + sum((entry.amount for _, entry in found.entries), Decimal(0)) - left
    match = voucher.number if found.entries else None
    yield Item(voucher, voucher.entries[0], left, match)
    for one, entry in reversed(found.entries):
        part = Decimal(0) if entry.amount * over <= 0 else min(entry.amount, over, key=abs)
        over -= part
        yield Item(one, entry, part, match)


def _is_void(voucher: books.Voucher) -> bool:
    return voucher.is_reversed or voucher.reverses is not None


def _sale(invoice: state_.Invoice) -> books.Voucher:
    rate, day, currency = invoice.exchange_rate, invoice.invoice_date, invoice.currency
    amounts = [(chart.CUSTOMERS, invoice.total), (chart.SALES, -invoice.net)]
    amounts += [(_outgoing_vat(line), -line.vat) for line in invoice.lines if line.vat]
    made = [
        books.Entry(account=account, amount=rounded(amount * rate), day=day, currency=currency, currency_amount=amount)
        for account, amount in amounts
    ]
    made[0].customer, made[0].invoice = invoice.customer_number, str(invoice.number)
    made[0].cid, made[0].due = invoice.kid, invoice.due_date
    made += rounding(made, day)
    kind = "OutgoingInvoice" if invoice.kind == "invoice" else "OutgoingCreditNote"
    number = VOUCHERS_FROM + invoice.number
    return books.Voucher(id=invoice.id, number=number, kind=kind, date=day, created=invoice.created, entries=made)


def _outgoing_vat(line: state_.Line) -> int:
    codes = {"3": 9, "31": 11, "33": 12}
    return chart.VAT_ACCOUNTS[codes.get(line.vat_code, 9)]


def _purchase(row: Mapping[str, object]) -> books.Voucher:
    owed, day = Decimal(str(row["TotalPostedAmount"])), dt.date.fromisoformat(str(row["VoucherDate"]))
    made = [
        books.Entry(account=account, amount=amount, day=day, currency_amount=amount)
        for account, amount in ((chart.SUPPLIERS, owed), (chart.PURCHASES, -owed))
    ]
    made[0].supplier, made[0].invoice = int(str(row["SupplierNo"])), str(row["InvoiceNo"])
    created = dt.datetime.combine(day, dt.time(12), dt.UTC)
    number, kind = int(str(row["VoucherNo"])), str(row["VoucherType"])
    return books.Voucher(id=str(row["Id"]), number=number, kind=kind, date=day, created=created, entries=made)


def rounding(made: list[books.Entry], day: dt.date) -> list[books.Entry]:
    """What entries lack of zero, on the account for it."""
    over = sum((one.amount for one in made), Decimal(0))
    return [books.Entry(account=chart.ROUNDING, amount=-over, day=day, currency_amount=-over)] if over else []
