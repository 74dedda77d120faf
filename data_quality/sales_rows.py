"""From an invoice or credit note to the rows that its suite looks at. Plain Python on the hot path: one pass, only values kept.

Blank text is a missing value everywhere. Sums are exact: the decimal context has room for every digit and never raises, so that
a hostile amount (NaN, 1E+999999) becomes a finding on its own document and stops no other.
"""

from __future__ import annotations

import decimal
import functools
import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from data_quality import checking
from fakturabro.domain import documents, identity, parties

EXACT = decimal.Context(prec=60, traps=[])
_NONE = Decimal(0)
_NO_TOTAL = documents.TaxTotal(amount=_NONE, currency="")

DOCUMENT_COLUMNS = (
    "id",
    "kind",
    "number",
    "same_number",
    "buyer_name",
    "address_line",
    "postal_zone",
    "city",
    "country",
    "differing_card_address",
    "buyer_organisation_numbers",
    "seller_organisation_numbers",
    "line_count",
    "finest_amount",
    "line_extension",
    "sum_of_lines",
    "tax_exclusive",
    "calculated_tax_exclusive",
    "tax_inclusive",
    "calculated_tax_inclusive",
    "payable",
    "calculated_payable",
    "tax_total",
    "sum_of_category_tax",
    "sum_of_taxable_amounts",
    "source_total",
    "currency",
    "issue_date",
    "due_date",
    "account",
    "emails",
    "not_carried",
)
VAT_COLUMNS = ("id", "taxable_amount", "percent", "tax_amount", "line_count")


def document_rows(subject: checking.Subject) -> Iterable[tuple[Any, ...]]:
    """The one row of a document, in the order of DOCUMENT_COLUMNS."""
    invoice = subject.invoice
    return (
        (
            subject.id,
            invoice.kind,
            _text(invoice.number),
            _text(subject.same_number),
            _text(subject.recipient.name),
            *_address(subject.recipient.address),
            _differing_address(subject),
            _organisation_numbers(invoice.buyer, subject.card),
            _organisation_numbers(invoice.seller, None),
            len(invoice.lines),
            *_amounts(invoice),
            _source_total(subject),
            invoice.currency.strip(),
            invoice.issue_date,
            _due_date(invoice),
            next((account for means in invoice.payment_means if (account := _text(means.account))), None),
            ";".join(subject.recipient.emails) or None,
            ", ".join(invoice.not_carried) or None,
        ),
    )


def vat_rows(subject: checking.Subject) -> Iterator[tuple[Any, ...]]:
    """A row per VAT category and rate, in the order of VAT_COLUMNS. A category without a rate (O) has VAT 0."""
    invoice = subject.invoice
    subtotals = _tax_total(invoice).subtotals
    alone = len(subtotals) == 1
    for subtotal in subtotals:
        amount, category = subtotal.tax_amount, subtotal.category
        count = len(invoice.lines) + len(invoice.allowances) if alone else _count(invoice, category)
        yield subject.id, subtotal.taxable_amount, category.percent or _NONE, amount, count


_digits = functools.lru_cache(maxsize=65_536)(identity.digits)
"""Sellers and many buyers come again and again."""


def _text(text: str | None) -> str | None:
    return (text.strip() or None) if text else None


def _address(address: documents.Address | None) -> tuple[str | None, str | None, str | None, str]:
    """Address line, post code, place and country; a country that is not stated counts as Norway."""
    if address is None:
        return None, None, None, "NO"
    line = _text(address.street) or _text(address.additional_street) or _text(address.line)
    return line, _text(address.postal_zone), _text(address.city), (_text(address.country) or "NO").upper()


def _differing_address(subject: checking.Subject) -> str | None:
    if not subject.card_address_differs:
        return None
    address = subject.card.address if subject.card else subject.recipient.address
    line, zone, city, _ = _address(address)
    return " ".join(part for part in (line, zone, city) if part) or "?"


def _organisation_numbers(party: documents.Party, card: parties.Card | None) -> str | None:
    """Every Norwegian organisation number that card and document state, each once: usually one, else joined by ";".

    Read are the card, the company id, the endpoint and the VAT id (without NO and MVA).
    """
    numbers: dict[str, None] = {}
    if card and card.organisation_number and not card.is_person and _is_norwegian(card.address):
        numbers[_digits(card.organisation_number)] = None
    company, endpoint = party.company_id, party.endpoint
    if company and (company.scheme == "0192" or (not company.scheme and _is_norwegian(party.address))):
        numbers[_digits(company.value)] = None
    if endpoint and endpoint.scheme == "0192":
        numbers[_digits(endpoint.value)] = None
    for tax in party.tax_registrations:
        if tax.scheme == "VAT" and (plain := _digits(tax.company_id).upper()).startswith("NO"):
            numbers[plain.removeprefix("NO").removesuffix("MVA")] = None
    return ";".join(filter(None, numbers)) or None


def _is_norwegian(address: documents.Address | None) -> bool:
    country = address and address.country
    return not country or country.strip().upper() in {"NO", ""}


def _amounts(invoice: documents.Invoice) -> tuple[Any, ...]:
    """From `finest_amount` to `sum_of_taxable_amounts`."""
    totals, tax = invoice.totals, _tax_total(invoice)
    with decimal.localcontext(EXACT):
        lines = sum((line.net_amount for line in invoice.lines), _NONE)
        taxable = sum((subtotal.taxable_amount for subtotal in tax.subtotals), _NONE)
        category_tax = sum((subtotal.tax_amount for subtotal in tax.subtotals), _NONE)
        allowance, charge = totals.allowance_total or _NONE, totals.charge_total or _NONE
        prepaid, rounding = totals.prepaid or _NONE, totals.rounding or _NONE
        exclusive = totals.line_extension - allowance + charge
        inclusive = totals.tax_exclusive + tax.amount
        payable = totals.tax_inclusive - prepaid + rounding
        everything = lines + taxable + category_tax + exclusive + inclusive + payable + totals.payable
        everything += sum((part.amount for part in invoice.allowances), _NONE)
        return (
            _finest(invoice, everything),
            totals.line_extension,
            lines,
            totals.tax_exclusive,
            exclusive,
            totals.tax_inclusive,
            inclusive,
            totals.payable,
            payable,
            tax.amount,
            category_tax,
            taxable,
        )


def _finest(invoice: documents.Invoice, sum_of_all: Decimal) -> str:
    """The amount with the most decimals, as text. A sum has as many decimals as its finest part, so most need no second look."""
    exponent = sum_of_all.as_tuple().exponent
    if isinstance(exponent, int) and -2 <= exponent <= 0:
        return str(invoice.totals.payable)
    return str(min(_all_amounts(invoice), key=_fineness))


def _fineness(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else -1_000_000


def _all_amounts(invoice: documents.Invoice) -> Iterator[Decimal]:
    totals = invoice.totals
    stated = (totals.line_extension, totals.tax_exclusive, totals.tax_inclusive, totals.payable)
    optional = (totals.allowance_total, totals.charge_total, totals.prepaid, totals.rounding)
    yield from itertools.chain(stated, (amount for amount in optional if amount is not None))
    yield from (line.net_amount for line in invoice.lines)
    yield from (part.amount for part in invoice.allowances)
    tax = _tax_total(invoice)
    yield tax.amount
    for subtotal in tax.subtotals:
        yield from (subtotal.taxable_amount, subtotal.tax_amount)


def _tax_total(invoice: documents.Invoice) -> documents.TaxTotal:
    """The VAT in the document's currency; the other one, in the accounting currency, has no categories."""
    totals = invoice.tax_totals
    if len(totals) == 1:
        return totals[0]
    return next((total for total in totals if total.currency == invoice.currency), totals[0] if totals else _NO_TOTAL)


def _count(invoice: documents.Invoice, category: documents.TaxCategory) -> int:
    """How many lines and document-level allowances and charges a VAT category is made of."""
    parts = itertools.chain((line.item.tax_category for line in invoice.lines), (part.tax_category for part in invoice.allowances))
    return sum(
        part is not None and (part.code, part.percent or _NONE) == (category.code, category.percent or _NONE) for part in parts
    )


def _source_total(subject: checking.Subject) -> Decimal | None:
    """The list's total; on a credit note without its sign, which differs between systems."""
    total = subject.source_total
    return total.copy_abs() if total is not None and subject.invoice.kind == "credit_note" else total


def _due_date(invoice: documents.Invoice) -> Any:
    return invoice.due_date or next((means.due_date for means in invoice.payment_means if means.due_date), None)
