"""The EHF that PowerOffice's InvoiceEhf answers, written with a plain template of its own.

Independent of fakturabro.formats on purpose: what reads these documents must not have been written from the same code.
They follow UBL 2.1, EN 16931 and Peppol BIS Billing 3.0, except that a buyer without an organisation number has no
electronic address (PEPPOL-EN16931-R010), as such buyers have none.

Assumed: a credit note comes as a UBL CreditNote; the client's own account and no KID stand in the payment means.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from sandboxes import ehf

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


def write(doc: ehf.Document) -> bytes:
    """The document in UTF-8."""
    invoice = doc.kind == "invoice"
    root = "Invoice" if invoice else "CreditNote"
    body = "".join((*_header(doc, invoice), *_parties(doc), *_payment(doc, invoice), *_sums(doc), *_lines(doc, invoice)))
    names = f'xmlns="{_UBL}{root}-2" xmlns:cac="{_UBL}CommonAggregateComponents-2" xmlns:cbc="{_UBL}CommonBasicComponents-2"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {names}>{body}\n</{root}>\n'.encode()


def _e(name: str, text: object, **attributes: str) -> str:
    """One cbc element, or nothing for an empty text."""
    if text in ("", None):
        return ""
    return (
        f"<cbc:{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>{escape(str(text))}</cbc:{name}>"
    )


def _a(name: str, *parts: str) -> str:
    """One cac element around its parts, or nothing around nothing."""
    content = "".join(parts)
    return f"<cac:{name}>{content}</cac:{name}>" if content else ""


def _amount(name: str, amount: Decimal, currency: str) -> str:
    return _e(name, f"{amount:f}", currencyID=currency)


def _header(doc: ehf.Document, invoice: bool) -> Iterable[str]:
    yield "\n" + _e("CustomizationID", _CUSTOMIZATION) + _e("ProfileID", _PROFILE) + _e("ID", doc.number)
    yield _e("IssueDate", doc.issued)
    yield _e("DueDate", doc.due) + _e("InvoiceTypeCode", 380) if invoice else _e("CreditNoteTypeCode", 381)
    yield _e("Note", doc.note) + _e("DocumentCurrencyCode", doc.currency)
    yield _e("TaxCurrencyCode", "NOK" if doc.currency == "EUR" else "")
    yield _e("BuyerReference", doc.buyer_reference) + _a("OrderReference", _e("ID", doc.order_reference))
    if doc.original:
        number, date = doc.original
        yield _a("BillingReference", _a("InvoiceDocumentReference", _e("ID", number), _e("IssueDate", date)))
    if doc.attachment:
        name, mime, content = doc.attachment
        binary = _e("EmbeddedDocumentBinaryObject", content, mimeCode=mime, filename=name)
        yield _a("AdditionalDocumentReference", _e("ID", name), _a("Attachment", binary))
    if doc.link:
        name, address = doc.link
        external = _a("ExternalReference", _e("URI", address))
        yield _a("AdditionalDocumentReference", _e("ID", name), _a("Attachment", external))
    yield doc.after_references


def _parties(doc: ehf.Document) -> Iterable[str]:
    yield "\n" + _a("AccountingSupplierParty", _party(doc.seller))
    yield "\n" + _a("AccountingCustomerParty", _party(doc.buyer))
    place = _a("DeliveryLocation", _address(doc.delivered_to, "Address")) if doc.delivered_to else ""
    yield "\n" + _a("Delivery", _e("ActualDeliveryDate", doc.issued), place)


def _party(party: ehf.Party) -> str:
    scheme = "0007" if party.endpoint and party.endpoint[0] == "0007" else "0192"
    endpoint = _e("EndpointID", party.endpoint[1], schemeID=party.endpoint[0]) if party.endpoint else ""
    taxes = [(party.vat_number, "VAT"), ("Foretaksregisteret" if party.registered else "", "TAX")]
    schemes = [_a("PartyTaxScheme", _e("CompanyID", number), _a("TaxScheme", _e("ID", tax))) for number, tax in taxes if number]
    entity = _a("PartyLegalEntity", _e("RegistrationName", party.name), _e("CompanyID", party.number, schemeID=scheme))
    contact = _a("Contact", _e("Name", party.contact), _e("Telephone", party.phone), _e("ElectronicMail", party.email))
    return _a("Party", endpoint, _a("PartyName", _e("Name", party.name)), _address(party.address), *schemes, entity, contact)


def _address(address: ehf.Address | None, name: str = "PostalAddress") -> str:
    where = address or ehf.Address("", "", "")
    country = _a("Country", _e("IdentificationCode", where.country))
    lines = _e("StreetName", where.street) + _e("AdditionalStreetName", where.extra)
    return _a(name, lines, _e("CityName", where.place), _e("PostalZone", where.post_code), country)


def _payment(doc: ehf.Document, invoice: bool) -> Iterable[str]:
    due = "" if invoice else _e("PaymentDueDate", doc.due)
    account = _a("PayeeFinancialAccount", _e("ID", doc.account), _e("Name", doc.seller.name if doc.account else ""))
    yield "\n" + _a("PaymentMeans", _e("PaymentMeansCode", 30 if doc.account else 1), due, account)
    yield _a("PaymentTerms", _e("Note", f"Netto {(doc.due - doc.issued).days} dager"))


def _sums(doc: ehf.Document) -> Iterable[str]:
    currency = doc.currency
    for one in doc.adjustments:
        parts = _e("ChargeIndicator", str(one.charge).lower()), _e("AllowanceChargeReason", one.reason)
        yield "\n" + _a("AllowanceCharge", *parts, _amount("Amount", one.amount, currency), _category("TaxCategory", one.vat))
    subtotals = [
        _a(
            "TaxSubtotal",
            _amount("TaxableAmount", base, currency),
            _amount("TaxAmount", ehf.rounded(base * vat.percent / 100), currency),
            _category("TaxCategory", vat, with_reason=True),
        )
        for vat, base in doc.bases().items()
    ]
    yield "\n" + _a("TaxTotal", _amount("TaxAmount", doc.vat, currency), *subtotals)
    if currency == "EUR":
        yield _a("TaxTotal", _amount("TaxAmount", ehf.rounded(doc.vat * doc.rate), "NOK"))
    yield "\n" + _a("LegalMonetaryTotal", *_totals(doc))


def _totals(doc: ehf.Document) -> Iterable[str]:
    allowances = sum((one.amount for one in doc.adjustments if not one.charge), Decimal(0))
    charges = sum((one.amount for one in doc.adjustments if one.charge), Decimal(0))
    amounts = [
        ("LineExtensionAmount", sum((line.net for line in doc.lines), Decimal(0))),
        ("TaxExclusiveAmount", doc.net),
        ("TaxInclusiveAmount", doc.net + doc.vat),
        ("AllowanceTotalAmount", allowances or None),
        ("ChargeTotalAmount", charges or None),
        ("PrepaidAmount", doc.prepaid or None),
        ("PayableRoundingAmount", doc.rounding or None),
        ("PayableAmount", doc.payable),
    ]
    return (_amount(name, amount, doc.currency) for name, amount in amounts if amount is not None)


def _lines(doc: ehf.Document, invoice: bool) -> Iterable[str]:
    line_name, quantity_name = ("InvoiceLine", "InvoicedQuantity") if invoice else ("CreditNoteLine", "CreditedQuantity")
    for number, line in enumerate(doc.lines, 1):
        quantity = _e(quantity_name, f"{line.quantity:f}", unitCode=line.unit)
        net = _amount("LineExtensionAmount", line.net, doc.currency)
        reason = _e("ChargeIndicator", "false") + _e("AllowanceChargeReason", "Rabatt")
        allowance = _a("AllowanceCharge", reason, _amount("Amount", line.allowance, doc.currency)) if line.allowance else ""
        product = _a("SellersItemIdentification", _e("ID", line.product))
        item = _a("Item", _e("Name", line.text), product, _category("ClassifiedTaxCategory", line.vat))
        price = _a("Price", _amount("PriceAmount", line.price, doc.currency))
        yield "\n" + _a(line_name, _e("ID", number), _e("Note", line.note), quantity, net, allowance, item, price)


def _category(name: str, vat: ehf.Vat, *, with_reason: bool = False) -> str:
    reason = _e("TaxExemptionReason", vat.reason) if with_reason else ""
    return _a(name, _e("ID", vat.code), _e("Percent", f"{vat.percent:f}"), reason, _a("TaxScheme", _e("ID", "VAT")))
