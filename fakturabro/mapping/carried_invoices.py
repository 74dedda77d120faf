"""What of an invoice in Severa counts on its way to Fortnox: its content, its customer, its rate, its sums, its texts.

Source: severa-v1.reconstructed.openapi.json (InvoiceOutputModel, InvoiceRowOutputModel).
Assumed: Severa's rate is its own currency for one of the invoice's, and Fortnox' books are in kronor; Fortnox rounds each row to
the øre, and VAT by row or by rate.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

import msgspec

from fakturabro.mapping import mapped
from fakturabro.systems.fortnox import client
from fakturabro.systems.severa import invoice_wire as severa_wire

LONGEST_ROW, LONGEST_REMARKS = 255, 1024
SWEDISH = mapped.RATES["SE"]
"""What Fortnox takes without an account."""
KRONOR = client.KRONOR
"""What Fortnox' books are kept in."""
_CENT = Decimal("0.01")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as Severa has it. `row_projects` are GUIDs by the row's GUID, `home_currency` is what Severa's rates are in."""

    invoice: severa_wire.Invoice
    rows: tuple[severa_wire.InvoiceRow, ...]
    row_projects: Mapping[str, tuple[str, ...]]
    home_currency: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What Fortnox has: numbers of customers and projects by Severa's GUID, of articles, its units and terms of payment."""

    customers: Mapping[str, str]
    projects: Mapping[str, str]
    articles: Collection[str]
    units: Collection[str]
    terms: Collection[str]
    invoices: Mapping[str, str]
    """Numbers of invoices that we carried, by Severa's GUID."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the client has chosen."""

    severa_numbers: bool
    first_number: int = 1
    """Of Severa's numbers, the first that is carried."""
    other_languages: Literal["SV", "EN"] = "SV"
    free_texts: Literal["rows", "remarks"] = "rows"
    account: int | None = None
    rates: Mapping[str, Decimal] = {}
    carries_projects: bool = True
    vat_rates: Collection[Decimal] = SWEDISH
    accepts_vat_rounding: bool = False
    """Whether VAT may come to some øre more or less in Fortnox."""


class Sums(NamedTuple):
    """What rows come to in Fortnox; of VAT all that it may come to."""

    net: Decimal
    vats: frozenset[Decimal]


def content(source: Source, *, severa_numbers: bool) -> bytes:
    """What a change of counts: all that is carried. A number that Fortnox gave does not, nor status and payment."""
    return msgspec.json.encode([_header(source.invoice, severa_numbers), *(_row_content(source, row) for row in source.rows)])


def listed(invoice: severa_wire.Invoice, *, severa_numbers: bool) -> bytes:
    """The same as far as Severa's list tells it, without rows."""
    return msgspec.json.encode(_header(invoice, severa_numbers))


def _header(one: severa_wire.Invoice, severa_numbers: bool) -> list[object]:
    totals = (one.total_excluding_tax, one.total_tax, one.total_including_tax)
    return [
        *(one.date, one.due_date, one.payment_term, one.our_reference, one.your_reference, one.order_number, one.notes),
        *(currency(one), plain(one.currency_rate), customer(one), one.is_credit_note, credited(one), one.receiver_customer_name),
        *(one.free_text1 and one.free_text1.plain, one.free_text2 and one.free_text2.plain, one.language and one.language.code),
        *(one.receiver_address, *(plain(total.amount) if total else None for total in totals)),
        one.number if severa_numbers else None,
    ]


def _row_content(source: Source, row: severa_wire.InvoiceRow) -> list[object]:
    price = row.unit_price.amount if row.unit_price else None
    amounts = (plain(row.quantity), plain(price), plain(row.vat_rate))
    return [row.description, *amounts, row.measurement_unit, row.code, sorted(source.row_projects.get(row.guid, ()))]


def plain(amount: Decimal | None) -> str | None:
    """A number as it is written, without an exponent."""
    return None if amount is None else f"{amount.normalize():f}"


def currency(one: severa_wire.Invoice) -> str:
    """Its code; "" where Severa has none."""
    return (one.currency.code if one.currency else None) or ""


def customer(one: severa_wire.Invoice) -> str:
    """The key of the customer that pays."""
    pays = one.billing_customer or one.customer
    return (pays.guid if pays else None) or ""


def credited(one: severa_wire.Invoice) -> str:
    """The key of the invoice that this one credits."""
    return (one.reimburse_invoice.guid if one.reimburse_invoice else None) or ""


def rate(source: Source, settings: Settings) -> Decimal | None:
    """Kronor for one of the currency; None where none is needed, and where none is known."""
    unit, stated = currency(source.invoice), source.invoice.currency_rate
    if unit == KRONOR:
        return None
    is_stated = source.home_currency == KRONOR and stated not in (None, Decimal(0), Decimal(1))
    return stated if is_stated else settings.rates.get(unit)


def sums(rows: Iterable[severa_wire.InvoiceRow]) -> Sums:
    """What the rows come to; a row without an amount or a rate is worth nothing."""
    nets = [(_cent((row.quantity or 0) * amount(row)), row.vat_rate or Decimal(0)) for row in rows]
    by_row = sum((_cent(net * percent / 100) for net, percent in nets), Decimal(0))
    by_rate = Decimal(0)
    for percent in {percent for _, percent in nets}:
        by_rate += _cent(sum((net for net, of in nets if of == percent), Decimal(0)) * percent / 100)
    return Sums(sum((net for net, _ in nets), Decimal(0)), frozenset({by_row, by_rate}))


def vat_margin(source: Source, settings: Settings) -> Decimal:
    """How much VAT may differ: an øre for each row, where the client takes that at all."""
    return _CENT * len(source.rows) if settings.accepts_vat_rounding else Decimal(0)


def amount(row: severa_wire.InvoiceRow) -> Decimal:
    """The price of one."""
    return (row.unit_price.amount if row.unit_price else None) or Decimal(0)


def _cent(value: Decimal | int) -> Decimal:
    return Decimal(value).quantize(_CENT, ROUND_HALF_UP)


def article(row: severa_wire.InvoiceRow, known: Known) -> str | None:
    """The one article of a row; None where it has none, several, or one that Fortnox does not have."""
    codes = list(dict.fromkeys(row.code or ()))
    return codes[0] if len(codes) == 1 and codes[0] in known.articles else None


def text_rows(text: str) -> list[str]:
    """A text in pieces that a row has room for; none for blank lines."""
    lines = mapped.plain(text).split("\n")
    return [piece for line in lines for piece in textwrap.wrap(" ".join(line.split()), LONGEST_ROW)]


def texts(source: Source, settings: Settings) -> tuple[list[str], str, list[str]]:
    """The rows of text above, the invoice's own text, the rows of text below."""
    one = source.invoice
    above, below = ((text.plain if text else "") for text in (one.free_text1, one.free_text2))
    if settings.free_texts == "rows":
        return text_rows(above), mapped.plain(one.notes), text_rows(below)
    return [], "\n".join(text for text in map(mapped.plain, (above, one.notes, below)) if text), []


def row_count(source: Source, settings: Settings) -> int:
    """How many rows it becomes in Fortnox."""
    above, _, below = texts(source, settings)
    return len(above) + sum(max(1, len(text_rows(row.description or ""))) for row in source.rows) + len(below)
