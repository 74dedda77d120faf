"""Invoices and credit notes as EN 16931 and Peppol BIS Billing 3.0 know them, in the field's words.

Every business term of Peppol BIS Billing 3.0 has a field here, so that a document that is read and written again loses
nothing. Money is `Decimal` in the document's currency with the decimals that the source wrote; dates are ISO dates.

Source: https://docs.peppol.eu/poacc/billing/3.0/syntax/ubl-invoice/tree/ (version 3.0.21)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from fakturabro.domain import money

Kind = Literal["invoice", "credit_note"]
KINDS: tuple[Kind, ...] = ("invoice", "credit_note")
PURPOSES = ("book", "distribute", "write_back")
"""What is done with each invoice and credit note."""
AFTER_LINK = "letter"
"""The purpose of a letter that follows a link which nobody opened; it begins when the link has left."""
INVOICE_PURPOSES = (*PURPOSES, AFTER_LINK)
PAYMENT_PURPOSES = ("pay", "book_back")
"""What is done with each payment order: the bank gets it, and the accounting system is told what became of it."""
AFTER_BOOK_BACK = "correction"
"""The purpose of telling what became of a payment once more; it begins when that changes after it was told."""
INCOMING_PURPOSES = ("post",)
"""What is done with each payment that came in."""
RETURN_PURPOSES = ("return_data",)
"""What is done with each movement at the factoring company: it is posted in the client's books, or what was posted is reversed."""
TRANSFER = "transfer"
"""What is done with each customer, article, project, sales invoice and cost that two systems share: the other one gets it."""
AFTER_TRANSFER = ("attach", "mark_transferred", "report_sent", "report_paid")
"""What is done with a sales invoice once it is transferred; each begins when it is its turn."""
SYNC_PURPOSES = (TRANSFER, *AFTER_TRANSFER)
SYNC_KINDS = ("customer", "article", "project", "sales_invoice", "purchase_cost", "purchase_file")
"""What two systems keep in step."""
NO_CURRENCY = money.NO_CURRENCY
"""Entries of registers have no amount."""
ALL_PURPOSES = (
    *INVOICE_PURPOSES,
    *PAYMENT_PURPOSES,
    AFTER_BOOK_BACK,
    *INCOMING_PURPOSES,
    *RETURN_PURPOSES,
    *SYNC_PURPOSES,
)
_PURPOSES: Mapping[str, tuple[str, ...]] = {
    "payment": PAYMENT_PURPOSES,
    "incoming_payment": INCOMING_PURPOSES,
    "movement": RETURN_PURPOSES,
    **dict.fromkeys(SYNC_KINDS, (TRANSFER,)),
}


def purposes_of(kind: str) -> tuple[str, ...]:
    """What is done with each document of this kind from the beginning.

    >>> purposes_of("payment"), purposes_of("invoice")
    (('pay', 'book_back'), ('book', 'distribute', 'write_back'))
    """
    return _PURPOSES.get(kind, PURPOSES)


BILLING_3 = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
BILLING_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every value below: immutable, compared by content, small when encoded."""


class Identifier(Value, frozen=True, kw_only=True):
    """A number and the scheme it belongs to (ISO 6523 code such as 0192 for Norwegian organisation numbers)."""

    value: str
    scheme: str | None = None


class Period(Value, frozen=True, kw_only=True):
    start: dt.date | None = None
    end: dt.date | None = None
    description_code: str | None = None


class Address(Value, frozen=True, kw_only=True):
    """A postal address as UBL writes it. `postal_zone` stays a string: "0150" is not 150."""

    street: str | None = None
    additional_street: str | None = None
    city: str | None = None
    postal_zone: str | None = None
    country_subentity: str | None = None
    line: str | None = None
    country: str | None = None


class TaxRegistration(Value, frozen=True, kw_only=True):
    """One PartyTaxScheme: ("NO991825827MVA", "VAT") or ("Foretaksregisteret", "TAX")."""

    company_id: str
    scheme: str


class Contact(Value, frozen=True, kw_only=True):
    name: str | None = None
    telephone: str | None = None
    email: str | None = None


class Party(Value, frozen=True, kw_only=True):
    """Seller or buyer."""

    endpoint: Identifier | None = None
    identifications: tuple[Identifier, ...] = ()
    name: str | None = None
    address: Address | None = None
    tax_registrations: tuple[TaxRegistration, ...] = ()
    registration_name: str | None = None
    company_id: Identifier | None = None
    legal_form: str | None = None
    contact: Contact | None = None


class Payee(Value, frozen=True, kw_only=True):
    """Who is to be paid when it is not the seller (BG-10): for us the factoring company."""

    identification: Identifier | None = None
    name: str
    company_id: Identifier | None = None


class TaxRepresentative(Value, frozen=True, kw_only=True):
    name: str
    address: Address | None = None
    tax_registration: TaxRegistration | None = None


class InvoiceReference(Value, frozen=True, kw_only=True):
    """A preceding invoice (BG-3)."""

    number: str
    issue_date: dt.date | None = None


class Attachment(Value, frozen=True, kw_only=True):
    """An additional document reference (BG-24), with its bytes, a link, or neither."""

    id: Identifier
    type_code: str | None = None
    description: str | None = None
    mime_code: str | None = None
    filename: str | None = None
    content_base64: str | None = None
    uri: str | None = None


class Delivery(Value, frozen=True, kw_only=True):
    date: dt.date | None = None
    location_id: Identifier | None = None
    address: Address | None = None
    party_name: str | None = None


class Card(Value, frozen=True, kw_only=True):
    number: str
    network: str
    holder: str | None = None


class PaymentMeans(Value, frozen=True, kw_only=True):
    """How to pay (BG-16): `payment_id` is the KID, `account` a BBAN of 11 digits or an IBAN."""

    code: str
    code_name: str | None = None
    payment_id: str | None = None
    due_date: dt.date | None = None
    """Only on credit notes, where UBL keeps the due date here."""
    card: Card | None = None
    account: str | None = None
    account_name: str | None = None
    branch: str | None = None
    mandate_id: str | None = None
    mandate_account: str | None = None


class TaxCategory(Value, frozen=True, kw_only=True):
    """VAT category: code S, Z, E, AE, G, O, K ...; `percent` is absent for O."""

    code: str
    percent: Decimal | None = None
    exemption_code: str | None = None
    exemption_reason: str | None = None
    scheme: str = "VAT"


class AllowanceCharge(Value, frozen=True, kw_only=True):
    charge: bool
    """True for a charge, False for an allowance."""
    reason_code: str | None = None
    reason: str | None = None
    multiplier: Decimal | None = None
    amount: Decimal
    base_amount: Decimal | None = None
    tax_category: TaxCategory | None = None


class TaxSubtotal(Value, frozen=True, kw_only=True):
    taxable_amount: Decimal
    tax_amount: Decimal
    category: TaxCategory


class TaxTotal(Value, frozen=True, kw_only=True):
    """VAT in one currency: the document's, and once more in the accounting currency without subtotals."""

    amount: Decimal
    currency: str
    subtotals: tuple[TaxSubtotal, ...] = ()


class Totals(Value, frozen=True, kw_only=True):
    line_extension: Decimal
    tax_exclusive: Decimal
    tax_inclusive: Decimal
    allowance_total: Decimal | None = None
    charge_total: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    payable: Decimal


class Quantity(Value, frozen=True, kw_only=True):
    value: Decimal
    unit: str | None = None
    """UN/ECE Recommendation 20 code: EA, H87, HUR, KGM ..."""


class ItemProperty(Value, frozen=True, kw_only=True):
    name: str
    value: str


class ItemClassification(Value, frozen=True, kw_only=True):
    code: str
    list_id: str | None = None
    list_version: str | None = None


class Item(Value, frozen=True, kw_only=True):
    name: str
    description: str | None = None
    buyers_id: str | None = None
    sellers_id: str | None = None
    standard_id: Identifier | None = None
    origin_country: str | None = None
    classifications: tuple[ItemClassification, ...] = ()
    tax_category: TaxCategory
    properties: tuple[ItemProperty, ...] = ()


class Price(Value, frozen=True, kw_only=True):
    amount: Decimal
    base_quantity: Quantity | None = None
    allowance: AllowanceCharge | None = None


class LineReference(Value, frozen=True, kw_only=True):
    id: Identifier
    type_code: str | None = None


class Line(Value, frozen=True, kw_only=True):
    id: str
    note: str | None = None
    quantity: Quantity
    """Invoiced or credited quantity."""
    net_amount: Decimal
    accounting_cost: str | None = None
    period: Period | None = None
    order_line: str | None = None
    reference: LineReference | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    item: Item
    price: Price


class Invoice(Value, frozen=True, kw_only=True):
    """An invoice or a credit note; `kind` says which. Amounts on a credit note are positive, as UBL writes them."""

    kind: Kind
    ubl_version: str | None = None
    """Not in BIS, but allowed as "2.1", and some systems write it."""
    customization: str | None = BILLING_3
    """Which rules the document says that it keeps (BT-24); None where the source does not say."""
    profile: str | None = BILLING_PROCESS
    """Which business process it belongs to (BT-23)."""
    number: str
    issue_date: dt.date
    due_date: dt.date | None = None
    type_code: str
    note: str | None = None
    tax_point_date: dt.date | None = None
    currency: str
    tax_currency: str | None = None
    accounting_cost: str | None = None
    buyer_reference: str | None = None
    period: Period | None = None
    order_reference: str | None = None
    sales_order_reference: str | None = None
    preceding: tuple[InvoiceReference, ...] = ()
    despatch_reference: str | None = None
    receipt_reference: str | None = None
    originator_reference: str | None = None
    contract_reference: str | None = None
    attachments: tuple[Attachment, ...] = ()
    project_reference: str | None = None
    seller: Party
    buyer: Party
    payee: Payee | None = None
    tax_representative: TaxRepresentative | None = None
    delivery: Delivery | None = None
    payment_means: tuple[PaymentMeans, ...] = ()
    payment_terms: str | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    tax_totals: tuple[TaxTotal, ...] = ()
    totals: Totals
    lines: tuple[Line, ...]
    not_carried: tuple[str, ...] = ()
    """Paths of elements in the source that have no field here, e.g. "Invoice/cac:Signature"; they hold the EHF channel."""


class Received(Value, frozen=True, kw_only=True):
    """A document as its source gave it: what the source's own list says, and what the document itself says.

    `invoice` is None when the document could not be read; `unreadable` then says why, and where.
    """

    invoice: Invoice | None = None
    unreadable: str = ""
    number: str = ""
    """The number that the source's list states."""
    email: str = ""
    """The invoice e-mail address that the source lists for this document."""
    total: Decimal | None = None
