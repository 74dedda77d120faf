"""Invoice and CreditNote of Peppol BIS Billing 3.0 as tables, in the order of their schemas; they differ in order and names.

`read` looks rows up by tag, `write` walks them in order; an element that has no row is not carried.

Source: UBL-Invoice-2.1.xsd and UBL-CreditNote-2.1.xsd for the order,
https://docs.peppol.eu/poacc/billing/3.0/syntax/ubl-invoice/tree/ for what BIS uses.
"""

from __future__ import annotations

from fakturabro.domain import documents
from fakturabro.formats.ehf import aggregates, tables
from fakturabro.formats.ehf.tables import amount, date, many, one, quantity, text, wrapped


def _line(quantity_tag: str) -> tables.Table:
    return tables.Table(
        documents.Line,
        text("cbc:ID", "id"),
        text("cbc:Note", "note"),
        quantity(quantity_tag, "quantity"),
        amount("cbc:LineExtensionAmount", "net_amount"),
        text("cbc:AccountingCost", "accounting_cost"),
        one("cac:InvoicePeriod", "period", aggregates.PERIOD),
        wrapped("cac:OrderLineReference", text("cbc:LineID", "order_line")),
        one("cac:DocumentReference", "reference", aggregates.LINE_REFERENCE),
        many("cac:AllowanceCharge", "allowances", aggregates.ALLOWANCE_CHARGE),
        one("cac:Item", "item", aggregates.ITEM),
        one("cac:Price", "price", aggregates.PRICE),
    )


def _reference(tag: str, field: str) -> tables.Row:
    return wrapped(tag, text("cbc:ID", field))


_OPENING = (
    text("cbc:UBLVersionID", "ubl_version"),
    text("cbc:CustomizationID", "customization"),
    text("cbc:ProfileID", "profile"),
    text("cbc:ID", "number"),
    date("cbc:IssueDate", "issue_date"),
)
_CURRENCIES_AND_BUYER_REFERENCES = (
    text("cbc:DocumentCurrencyCode", "currency"),
    text("cbc:TaxCurrencyCode", "tax_currency"),
    text("cbc:AccountingCost", "accounting_cost"),
    text("cbc:BuyerReference", "buyer_reference"),
    one("cac:InvoicePeriod", "period", aggregates.PERIOD),
    wrapped("cac:OrderReference", text("cbc:ID", "order_reference"), text("cbc:SalesOrderID", "sales_order_reference")),
    many("cac:BillingReference", "preceding", aggregates.INVOICE_REFERENCE),
    _reference("cac:DespatchDocumentReference", "despatch_reference"),
    _reference("cac:ReceiptDocumentReference", "receipt_reference"),
)
_ORIGINATOR = _reference("cac:OriginatorDocumentReference", "originator_reference")
_CONTRACT = _reference("cac:ContractDocumentReference", "contract_reference")
_ATTACHMENTS = many("cac:AdditionalDocumentReference", "attachments", aggregates.ATTACHMENT)
_PARTIES_AND_PAYMENT = (
    wrapped("cac:AccountingSupplierParty", one("cac:Party", "seller", aggregates.PARTY)),
    wrapped("cac:AccountingCustomerParty", one("cac:Party", "buyer", aggregates.PARTY)),
    one("cac:PayeeParty", "payee", aggregates.PAYEE),
    one("cac:TaxRepresentativeParty", "tax_representative", aggregates.TAX_REPRESENTATIVE),
    one("cac:Delivery", "delivery", aggregates.DELIVERY),
    many("cac:PaymentMeans", "payment_means", aggregates.PAYMENT_MEANS),
    wrapped("cac:PaymentTerms", text("cbc:Note", "payment_terms")),
    many("cac:AllowanceCharge", "allowances", aggregates.ALLOWANCE_CHARGE),
    many("cac:TaxTotal", "tax_totals", aggregates.TAX_TOTAL),
    one("cac:LegalMonetaryTotal", "totals", aggregates.TOTALS),
)

INVOICE = tables.Table(
    documents.Invoice,
    *_OPENING,
    date("cbc:DueDate", "due_date"),
    text("cbc:InvoiceTypeCode", "type_code"),
    text("cbc:Note", "note"),
    date("cbc:TaxPointDate", "tax_point_date"),
    *_CURRENCIES_AND_BUYER_REFERENCES,
    _ORIGINATOR,
    _CONTRACT,
    _ATTACHMENTS,
    _reference("cac:ProjectReference", "project_reference"),
    *_PARTIES_AND_PAYMENT,
    many("cac:InvoiceLine", "lines", _line("cbc:InvoicedQuantity")),
)

CREDIT_NOTE = tables.Table(
    documents.Invoice,
    *_OPENING,
    date("cbc:TaxPointDate", "tax_point_date"),
    text("cbc:CreditNoteTypeCode", "type_code"),
    text("cbc:Note", "note"),
    *_CURRENCIES_AND_BUYER_REFERENCES,
    _CONTRACT,
    _ATTACHMENTS,
    _ORIGINATOR,
    *_PARTIES_AND_PAYMENT,
    many("cac:CreditNoteLine", "lines", _line("cbc:CreditedQuantity")),
)
"""Without due date (it stands in PaymentMeans) and project reference (BIS: an attachment with type code 50)."""

DOCUMENTS: dict[str, tuple[documents.Kind, tables.Table]] = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": ("invoice", INVOICE),
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": ("credit_note", CREDIT_NOTE),
}
"""Root element -> kind and table."""
