"""What stands where on the sheet: from the document and its recipient to finished texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fakturabro.domain import documents, identity, parties
from fakturabro.formats.invoice_pdf import brands, figures, messages, payment, sheet, typography
from fakturabro.formats.invoice_pdf.messages import Language, Words

_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z._-]+")


def compose(
    invoice: documents.Invoice,
    recipient: parties.Recipient,
    language: Language,
    brand: brands.Brand,
    *,
    logo: str = "",
    ehf: bool = False,
) -> sheet.Sheet:
    """The whole sheet; `logo` is what the compiler finds it by. Raises `typography.UnprintableError` where a figure is none."""
    words = messages.words(language)
    return sheet.Sheet(
        document=_document(invoice, words, language),
        look=_look(invoice, words, language, brand, logo),
        ehf=sheet.Attached(_file_name(invoice), words["ehf"]) if ehf else None,
        words=words,
        title=words[invoice.kind],
        seller=sheet.Seller(typography.line(_seller_name(invoice.seller), 80), tuple(_seller_details(invoice, words, language))),
        recipient=to_window(recipient, language),
        facts=_facts(invoice, recipient, words, language),
        references=_references(invoice, recipient, words, language),
        note=(invoice.note or "").strip(),
        lines=figures.lines(invoice, words, language),
        has_discount=figures.has_discount(invoice),
        vat=figures.vat(invoice, language),
        sums=figures.sums(invoice, words, language),
        total=figures.total(invoice, words, language),
        notice=payment.notice(invoice, words),
        slip=payment.slip(invoice, recipient, words, language),
    )


def _document(invoice: documents.Invoice, words: Words, language: Language) -> sheet.Document:
    name = f"{words[invoice.kind]} {typography.line(invoice.number)}"
    seller, issued = _seller_name(invoice.seller), invoice.issue_date
    return sheet.Document(
        title=f"{name} {words['from']} {seller}",
        author=seller,
        date=(issued.year, issued.month, issued.day),
        language=language,
        identity=f"{typography.line(seller, 60)} · {typography.line(name, 40)}",
    )


def _look(invoice: documents.Invoice, words: Words, language: Language, brand: brands.Brand, logo: str) -> sheet.Look:
    return sheet.Look(
        color=brand.color,
        tint=brands.tint(brand.color),
        logo=logo,
        logo_text=f"{words['logo']}: {_seller_name(invoice.seller)}" if logo else "",
        footer=typography.line(brand.footer(language)),
    )


def _file_name(invoice: documents.Invoice) -> str:
    kind = "kreditnota" if invoice.kind == "credit_note" else "faktura"
    return f"{kind}-{_NOT_IN_A_NAME.sub('-', invoice.number)[:60]}.xml"


def _seller_name(seller: documents.Party) -> str:
    return typography.line(seller.registration_name or seller.name)


def _seller_details(invoice: documents.Invoice, words: Words, language: Language) -> Iterable[str]:
    """Lines under the seller's name, not so long that they could run down into the window of the envelope."""
    return (typography.line(text, 150) for text in _seller_facts(invoice, words, language))


def _seller_facts(invoice: documents.Invoice, words: Words, language: Language) -> Iterable[str]:
    seller = invoice.seller
    yield ", ".join(_address(seller.address, language))
    yield " · ".join(_registrations(seller, words))
    contact = seller.contact
    yield " · ".join(typography.line(text) for text in (contact.telephone, contact.email) if text) if contact else ""
    if invoice.tax_representative:
        proxy = invoice.tax_representative
        number = typography.organisation_number(proxy.tax_registration.company_id) if proxy.tax_registration else ""
        yield f"{words['vat_representative']}: {typography.line(proxy.name)} {number}"


def _registrations(seller: documents.Party, words: Words) -> Iterable[str]:
    """Organisation number with "MVA" where VAT is registered, then Foretaksregisteret and the like."""
    vat = [part.company_id for part in seller.tax_registrations if part.scheme == "VAT"]
    number = vat[0] if vat else seller.company_id.value if seller.company_id else ""
    if number:
        yield f"{words['organisation_number']} {typography.organisation_number(typography.line(number))}"
    yield from (typography.line(part.company_id) for part in seller.tax_registrations if part.scheme != "VAT")


def to_window(recipient: parties.Recipient, language: Language) -> tuple[str, ...]:
    """The lines in the envelope's window."""
    return (typography.line(recipient.name), *_address(recipient.address, language))


def _address(address: documents.Address | None, language: Language) -> list[str]:
    """The lines of an address as they stand on a letter; none for no address."""
    if address is None:
        return []
    place = f"{address.postal_zone or ''} {address.city or ''}"
    lines = (address.street, address.additional_street, address.line, place, messages.country(address.country, language))
    return [folded for text in lines if (folded := typography.line(text, 120))]


def _facts(invoice: documents.Invoice, recipient: parties.Recipient, words: Words, language: Language) -> tuple[sheet.Fact, ...]:
    """What everybody looks for first, beside the address."""
    due = invoice.due_date if invoice.kind == "invoice" else None
    return _filled(
        (words[f"{invoice.kind}_number"], typography.line(invoice.number, 60)),
        (words[f"{invoice.kind}_date"], typography.date(invoice.issue_date, language)),
        (words["due_date"], typography.date(due, language) if due else ""),
        (words["customer_number"], typography.line(recipient.customer_number, 60)),
        (words["currency"], invoice.currency if invoice.currency != "NOK" else ""),
        *((words["preceding"], _preceding(part, words, language)) for part in invoice.preceding),
    )


def _preceding(reference: documents.InvoiceReference, words: Words, language: Language) -> str:
    number = typography.line(reference.number, 60)
    return f"{number} {words['dated']} {typography.date(reference.issue_date, language)}" if reference.issue_date else number


def _references(
    invoice: documents.Invoice, recipient: parties.Recipient, words: Words, language: Language
) -> tuple[sheet.Fact, ...]:
    """What a bookkeeper needs to place the document."""
    delivery = invoice.delivery or documents.Delivery()
    buyer, seller = invoice.buyer.contact or documents.Contact(), invoice.seller.contact or documents.Contact()
    contact = buyer.name if buyer.name != invoice.buyer_reference else None
    return _filled(
        (words["your_reference"], typography.line(invoice.buyer_reference)),
        (words["your_contact"], typography.line(contact)),
        (words["our_reference"], typography.line(seller.name)),
        (words["order"], typography.line(invoice.order_reference)),
        (words["sales_order"], typography.line(invoice.sales_order_reference)),
        (words["project"], typography.line(invoice.project_reference)),
        (words["contract"], typography.line(invoice.contract_reference)),
        (words["accounting_cost"], typography.line(invoice.accounting_cost)),
        (words["your_organisation_number"], _organisation_number(recipient)),
        (words["delivery_date"], typography.date(delivery.date, language) if delivery.date else ""),
        (words["period"], figures.period(invoice.period, language) if invoice.period else ""),
        (words["delivery_place"], _place(delivery, language)),
    )


def _organisation_number(recipient: parties.Recipient) -> str:
    """Only a real organisation number: what stands there must never be a person's identity number."""
    number = identity.digits(recipient.organisation_number)
    return typography.organisation_number(number) if identity.is_organisation_number(number) else ""


def _place(delivery: documents.Delivery, language: Language) -> str:
    return "\n".join(part for part in (typography.line(delivery.party_name), *_address(delivery.address, language)) if part)


def _filled(*pairs: tuple[str, str]) -> tuple[sheet.Fact, ...]:
    return tuple(sheet.Fact(label, value) for label, value in pairs if value)
