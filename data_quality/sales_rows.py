"""From an invoice or credit note to the rows that its suite looks at. Plain Python on the hot path: one pass, only values kept.

Blank text is a missing value (recipient_rows). Sums are exact: the decimal context has room for every digit and never raises, so
that a hostile amount (NaN, 1E+999999) becomes a finding on its own document and stops no other.
"""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from data_quality import checking, expectations, recipient_rows
from fakturabro.domain import blanks, documents

EXACT = decimal.Context(prec=60, traps=[])
_NONE = Decimal(0)
_CENT = Decimal("0.01")
_FAR = Decimal("Infinity")
_NO_TOTAL = documents.TaxTotal(amount=_NONE, currency="")

DOCUMENT_COLUMNS = (
    "id",
    "kind",
    "number",
    "same_number",
    "twin",
    *recipient_rows.COLUMNS,
    "differing_card_address",
    "seller_organisation_numbers",
    "line_count",
    "line_amount",
    "calculated_line_amount",
    "finest_amount",
    "line_extension",
    "sum_of_lines",
    "tax_exclusive",
    "calculated_tax_exclusive",
    "tax_inclusive",
    "calculated_tax_inclusive",
    "rounding",
    "payable",
    "calculated_payable",
    "tax_total",
    "sum_of_category_tax",
    "sum_of_taxable_amounts",
    "calculated_taxable_amounts",
    "source_total",
    "currency",
    "business_date",
    "issue_date",
    "due_date",
    "account",
    "not_carried",
)
VAT_COLUMNS = ("id", "category", "exemption_reason", "taxable_amount", "percent", "tax_amount", "line_count")


def document_rows(subject: checking.Subject) -> Iterable[tuple[Any, ...]]:
    """The one row of a document, in the order of DOCUMENT_COLUMNS."""
    invoice = subject.invoice
    return (
        (
            subject.id,
            invoice.kind,
            blanks.filled(invoice.number),
            blanks.filled(subject.same_number),
            blanks.filled(subject.twin),
            *recipient_rows.of_recipient(subject.recipient, invoice.buyer, subject.card),
            _differing_address(subject),
            recipient_rows.organisation_numbers(invoice.seller, None),
            len(invoice.lines),
            *_odd_line(invoice),
            *_amounts(subject),
            _source_total(subject),
            invoice.currency.strip(),
            subject.business_date,
            invoice.issue_date,
            _due_date(invoice),
            next((account for means in invoice.payment_means if (account := blanks.filled(means.account))), None),
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
        reason = blanks.filled(category.exemption_reason) or blanks.filled(category.exemption_code)
        yield subject.id, category.code.strip(), reason, subtotal.taxable_amount, category.percent or _NONE, amount, count


def _differing_address(subject: checking.Subject) -> str | None:
    if not subject.card_address_differs:
        return None
    address = subject.card.address if subject.card else subject.recipient.address
    line, zone, city, _ = recipient_rows.address(address)
    return " ".join(part for part in (line, zone, city) if part) or "?"


def _odd_line(invoice: documents.Invoice) -> tuple[Decimal | None, Decimal | None]:
    """Amount and calculated amount of the line where the two differ most; both None when no line differs."""
    with decimal.localcontext(EXACT):
        amounts = [(line.net_amount, amount) for line in invoice.lines if (amount := _line_amount(line)) != line.net_amount]
        return max(amounts, key=_gap, default=(None, None))


def _gap(pair: tuple[Decimal, Decimal]) -> Decimal:
    """How far the two are apart; what cannot be calculated (a base quantity of 0) is further apart than all else."""
    gap = abs(pair[0] - pair[1])
    return gap if gap.is_finite() else _FAR


def _line_amount(line: documents.Line) -> Decimal:
    """Quantity times price per base quantity, plus the line's own charges and less its allowances, in two decimals.

    No number (NaN) where it cannot be calculated.
    """
    base = line.price.base_quantity
    amount = line.quantity.value * line.price.amount
    if base is not None and base.value != 1:
        amount /= base.value
    for part in line.allowances:
        amount += part.amount if part.charge else -part.amount
    return amount if amount == line.net_amount else amount.quantize(_CENT, ROUND_HALF_UP)


def _amounts(subject: checking.Subject) -> tuple[Any, ...]:
    """From `finest_amount` to `calculated_taxable_amounts`.

    Each sum is calculated from the ones before it as they were meant: one slip is found once, with what should stand there.
    """
    invoice = subject.invoice
    totals, tax = invoice.totals, _tax_total(invoice)
    with decimal.localcontext(EXACT):
        lines = sum((line.net_amount for line in invoice.lines), _NONE)
        taxable = sum((subtotal.taxable_amount for subtotal in tax.subtotals), _NONE)
        category_tax = sum((subtotal.tax_amount for subtotal in tax.subtotals), _NONE)
        if category_tax != tax.amount:
            category_tax = sum(map(_right_tax, vat_rows(subject)), _NONE)
        added = (totals.charge_total or _NONE) - (totals.allowance_total or _NONE)
        left = (totals.rounding or _NONE) - (totals.prepaid or _NONE)
        exclusive = _meant(totals.line_extension, lines, totals.tax_exclusive - added) + added
        meant_exclusive = _meant(totals.tax_exclusive, exclusive, totals.tax_inclusive - tax.amount)
        inclusive = meant_exclusive + _meant(tax.amount, category_tax, totals.tax_inclusive - meant_exclusive)
        payable = _meant(totals.tax_inclusive, inclusive, totals.payable - left) + left
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
            totals.rounding,
            totals.payable,
            payable,
            tax.amount,
            category_tax,
            taxable,
            meant_exclusive,
        )


def _meant(stated: Decimal, calculated: Decimal, needed: Decimal) -> Decimal:
    """The stated amount; the calculated one where that is what the next sum needs: then only the stated one is wrong."""
    return calculated if calculated == needed else stated


def _right_tax(row: tuple[Any, ...]) -> Decimal:
    """The VAT of a row of vat_rows, as it should be where it is further off than rounding explains."""
    *_, taxable, percent, tax, count = row
    return tax if expectations.is_vat(taxable, percent, tax, count) else expectations.vat(taxable, percent)


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
