"""The lines, the VAT specification and the sums."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal

from fakturabro.domain import documents
from fakturabro.formats.invoice_pdf import messages, sheet, typography
from fakturabro.formats.invoice_pdf.messages import Language, Words

_TALLEST_WHOLE_ROW = 900
"""Characters of detail; a row with more may be split between pages."""


def has_discount(invoice: documents.Invoice) -> bool:
    return any(not part.charge for line in invoice.lines for part in line.allowances)


def lines(invoice: documents.Invoice, words: Words, language: Language) -> tuple[sheet.Line, ...]:
    """The lines, each with the sum of all until then, which stands where a page ends."""
    running = itertools.accumulate(part.net_amount for part in invoice.lines)
    return tuple(_line(part, so_far, words, language) for part, so_far in zip(invoice.lines, running, strict=True))


def _line(source: documents.Line, running: Decimal, words: Words, language: Language) -> sheet.Line:
    details = tuple(text for text in _details(source, words, language) if text)
    return sheet.Line(
        name=typography.line(source.item.name),
        details=details,
        quantity=_quantity(source.quantity, language),
        price=typography.price(source.price.amount, language),
        per=_per(source.price, words, language),
        discount=_discount(source, language),
        vat=_rate(source.item.tax_category, language),
        amount=typography.amount(source.net_amount, language),
        running=typography.amount(running, language),
        may_break=sum(map(len, details)) + 80 * sum(text.count("\n") + 1 for text in details) > _TALLEST_WHOLE_ROW,
    )


def vat(invoice: documents.Invoice, language: Language) -> tuple[sheet.VatRow, ...]:
    """One row per rate and category of the VAT in the document's own currency."""
    return tuple(
        sheet.VatRow(
            label=_category(part.category, language),
            reason=typography.line(part.category.exemption_reason or part.category.exemption_code),
            basis=typography.amount(part.taxable_amount, language),
            tax=typography.amount(part.tax_amount, language),
        )
        for total in _own(invoice)
        for part in total.subtotals
    )


def sums(invoice: documents.Invoice, words: Words, language: Language) -> tuple[sheet.Fact, ...]:
    """From the lines to the amount to pay, only the steps that this document has."""
    totals, steps = invoice.totals, list(_before_vat(invoice, words, language))
    steps.append((words["net"], totals.tax_exclusive))
    steps += [(words["vat"], total.amount) for total in _own(invoice)]
    steps.append((words["gross"], totals.tax_inclusive))
    steps += [(f"{words['vat_in']} {tax.currency}", tax.amount) for tax in invoice.tax_totals if tax.currency != invoice.currency]
    if totals.prepaid:
        steps.append((words["prepaid"], -totals.prepaid))
    if totals.rounding:
        steps.append((words["rounding"], totals.rounding))
    return tuple(sheet.Fact(label, typography.amount(amount, language)) for label, amount in steps)


def total(invoice: documents.Invoice, words: Words, language: Language) -> sheet.Fact:
    """What is to be paid, is credited, or stands in the debtor's favour."""
    payable = invoice.totals.payable
    if invoice.kind == "credit_note":
        return sheet.Fact(f"{words['credited']} {invoice.currency}", typography.amount(payable, language))
    label = words["in_your_favour"] if payable < 0 else words["to_pay"]
    return sheet.Fact(f"{label} {invoice.currency}", typography.amount(abs(payable), language))


def _details(source: documents.Line, words: Words, language: Language) -> Iterator[str]:
    """What stands under the name, in the order in which people look for it."""
    if source.item.description and source.item.description.strip() != source.item.name.strip():
        yield source.item.description.strip()
    yield (source.note or "").strip()
    if source.item.sellers_id:
        yield f"{words['item_number']} {typography.line(source.item.sellers_id)}"
    if source.period:
        dates = period(source.period, language)
        yield f"{words['period']} {dates}" if dates else ""
    yield from (f"{typography.line(part.name)}: {typography.line(part.value)}" for part in source.item.properties)
    if source.price.allowance and source.price.allowance.base_amount is not None:
        listed, less = source.price.allowance.base_amount, source.price.allowance.amount
        text = f"{words['list_price']} {typography.price(listed, language)}"
        yield f"{text}, {words['discount'].lower()} {typography.price(less, language)}" if less else ""
    for part in source.allowances:
        if part.charge or part.reason:
            yield _named(part, words, language) + (f" {typography.amount(part.amount, language)}" if part.charge else "")


def period(source: documents.Period, language: Language = "nb") -> str:
    """Both dates with a dash between; open ends stay open."""
    ends = [typography.date(end, language) if end else "" for end in (source.start, source.end)]
    return "–".join(ends) if any(ends) else ""


def _quantity(source: documents.Quantity, language: Language) -> str:
    unit = typography.line(messages.unit(source.unit, language))[:8]
    number = typography.number(source.value, language)
    return f"{number}{typography.NO_BREAK}{unit}" if unit else number


def _per(price: documents.Price, words: Words, language: Language) -> str:
    if price.base_quantity is None or price.base_quantity.value == 1:
        return ""
    return f"{words['per']} {_quantity(price.base_quantity, language)}"


def _discount(source: documents.Line, language: Language) -> str:
    """The rate where one rate says it all, otherwise the sum."""
    parts = [part for part in source.allowances if not part.charge]
    if len(parts) == 1 and parts[0].multiplier is not None:
        return typography.percent(parts[0].multiplier, language)
    return typography.amount(-sum((part.amount for part in parts), Decimal(0)), language) if parts else ""


def _rate(category: documents.TaxCategory, language: Language) -> str:
    return "–" if category.percent is None else typography.percent(category.percent, language)


def _category(category: documents.TaxCategory, language: Language) -> str:
    name = typography.line(messages.vat_category(category.code, language), 40)
    return " ".join(part for part in ("" if category.percent is None else _rate(category, language), name) if part)


def _own(invoice: documents.Invoice) -> list[documents.TaxTotal]:
    return [total for total in invoice.tax_totals if total.currency == invoice.currency]


def _before_vat(invoice: documents.Invoice, words: Words, language: Language) -> Iterator[tuple[str, Decimal]]:
    if not invoice.allowances:
        return
    yield words["sum_of_lines"], invoice.totals.line_extension
    vat = words["vat"].lower() if language == "nb" else words["vat"]
    for part in invoice.allowances:
        rate = f" ({vat} {_rate(part.tax_category, language)})" if part.tax_category else ""
        yield _named(part, words, language) + rate, part.amount if part.charge else -part.amount


def _named(part: documents.AllowanceCharge, words: Words, language: Language) -> str:
    """ "Rabatt: Avtalerabatt 10 %" """
    name = words["charge" if part.charge else "discount"]
    reason = f": {typography.line(part.reason)}" if part.reason else ""
    rate = f" {typography.percent(part.multiplier, language)}" if part.multiplier is not None else ""
    return name + reason + rate
