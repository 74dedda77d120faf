"""The aggregates of Peppol BIS Billing 3.0 as tables: which UBL element holds which field of `fakturabro.domain.documents`.

One table per UBL aggregate, its rows in the order of the UBL 2.1 schemas. The documents that they stand in are in `layout`.

Source: UBL-CommonAggregateComponents-2.1.xsd for the order,
https://docs.peppol.eu/poacc/billing/3.0/syntax/ubl-invoice/tree/ for what BIS uses.
"""

from __future__ import annotations

from fakturabro.domain import documents
from fakturabro.formats.ehf import tables
from fakturabro.formats.ehf.tables import amount, date, decimal, flag, identifier, many, one, quantity, text, wrapped

TAX_SCHEME = wrapped("cac:TaxScheme", text("cbc:ID", "scheme", mandatory=True, schemeID=""))

ADDRESS = tables.Table(
    documents.Address,
    text("cbc:StreetName", "street"),
    text("cbc:AdditionalStreetName", "additional_street"),
    text("cbc:CityName", "city"),
    text("cbc:PostalZone", "postal_zone"),
    text("cbc:CountrySubentity", "country_subentity"),
    wrapped("cac:AddressLine", text("cbc:Line", "line")),
    wrapped("cac:Country", text("cbc:IdentificationCode", "country")),
)

PERIOD = tables.Table(
    documents.Period,
    date("cbc:StartDate", "start"),
    date("cbc:EndDate", "end"),
    text("cbc:DescriptionCode", "description_code"),
)

TAX_REGISTRATION = tables.Table(documents.TaxRegistration, text("cbc:CompanyID", "company_id"), TAX_SCHEME)

CONTACT = tables.Table(
    documents.Contact,
    text("cbc:Name", "name"),
    text("cbc:Telephone", "telephone"),
    text("cbc:ElectronicMail", "email"),
)

PARTY_IDENTIFICATION = tables.Table(None, identifier("cbc:ID", "identification", mandatory=True))

PARTY = tables.Table(
    documents.Party,
    identifier("cbc:EndpointID", "endpoint"),
    many("cac:PartyIdentification", "identifications", PARTY_IDENTIFICATION),
    wrapped("cac:PartyName", text("cbc:Name", "name")),
    one("cac:PostalAddress", "address", ADDRESS),
    many("cac:PartyTaxScheme", "tax_registrations", TAX_REGISTRATION),
    wrapped(
        "cac:PartyLegalEntity",
        text("cbc:RegistrationName", "registration_name"),
        identifier("cbc:CompanyID", "company_id"),
        text("cbc:CompanyLegalForm", "legal_form"),
    ),
    one("cac:Contact", "contact", CONTACT),
    recurs=True,
)

PAYEE = tables.Table(
    documents.Payee,
    wrapped("cac:PartyIdentification", identifier("cbc:ID", "identification")),
    wrapped("cac:PartyName", text("cbc:Name", "name")),
    wrapped("cac:PartyLegalEntity", identifier("cbc:CompanyID", "company_id")),
)

TAX_REPRESENTATIVE = tables.Table(
    documents.TaxRepresentative,
    wrapped("cac:PartyName", text("cbc:Name", "name")),
    one("cac:PostalAddress", "address", ADDRESS),
    one("cac:PartyTaxScheme", "tax_registration", TAX_REGISTRATION),
)

INVOICE_REFERENCE = tables.Table(
    documents.InvoiceReference,
    wrapped("cac:InvoiceDocumentReference", text("cbc:ID", "number"), date("cbc:IssueDate", "issue_date")),
)

ATTACHMENT = tables.Table(
    documents.Attachment,
    identifier("cbc:ID", "id"),
    text("cbc:DocumentTypeCode", "type_code"),
    text("cbc:DocumentDescription", "description"),
    wrapped(
        "cac:Attachment",
        text("cbc:EmbeddedDocumentBinaryObject", "content_base64", mimeCode="mime_code", filename="filename"),
        wrapped("cac:ExternalReference", text("cbc:URI", "uri")),
    ),
)

DELIVERY = tables.Table(
    documents.Delivery,
    date("cbc:ActualDeliveryDate", "date"),
    wrapped("cac:DeliveryLocation", identifier("cbc:ID", "location_id"), one("cac:Address", "address", ADDRESS)),
    wrapped("cac:DeliveryParty", wrapped("cac:PartyName", text("cbc:Name", "party_name"))),
)

CARD = tables.Table(
    documents.Card,
    text("cbc:PrimaryAccountNumberID", "number"),
    text("cbc:NetworkID", "network"),
    text("cbc:HolderName", "holder"),
)

PAYMENT_MEANS = tables.Table(
    documents.PaymentMeans,
    text("cbc:PaymentMeansCode", "code", name="code_name"),
    date("cbc:PaymentDueDate", "due_date"),
    text("cbc:PaymentID", "payment_id"),
    one("cac:CardAccount", "card", CARD),
    wrapped(
        "cac:PayeeFinancialAccount",
        text("cbc:ID", "account"),
        text("cbc:Name", "account_name"),
        wrapped("cac:FinancialInstitutionBranch", text("cbc:ID", "branch")),
    ),
    wrapped(
        "cac:PaymentMandate",
        text("cbc:ID", "mandate_id"),
        wrapped("cac:PayerFinancialAccount", text("cbc:ID", "mandate_account")),
    ),
)

TAX_CATEGORY = tables.Table(
    documents.TaxCategory,
    text("cbc:ID", "code", schemeID=""),
    decimal("cbc:Percent", "percent"),
    text("cbc:TaxExemptionReasonCode", "exemption_code"),
    text("cbc:TaxExemptionReason", "exemption_reason"),
    TAX_SCHEME,
    recurs=True,
)

ALLOWANCE_CHARGE = tables.Table(
    documents.AllowanceCharge,
    flag("cbc:ChargeIndicator", "charge"),
    text("cbc:AllowanceChargeReasonCode", "reason_code"),
    text("cbc:AllowanceChargeReason", "reason"),
    decimal("cbc:MultiplierFactorNumeric", "multiplier"),
    amount("cbc:Amount", "amount"),
    amount("cbc:BaseAmount", "base_amount"),
    one("cac:TaxCategory", "tax_category", TAX_CATEGORY),
)

TAX_SUBTOTAL = tables.Table(
    documents.TaxSubtotal,
    amount("cbc:TaxableAmount", "taxable_amount"),
    amount("cbc:TaxAmount", "tax_amount"),
    one("cac:TaxCategory", "category", TAX_CATEGORY),
)

TAX_TOTAL = tables.Table(
    documents.TaxTotal,
    decimal("cbc:TaxAmount", "amount", currencyID="currency"),
    many("cac:TaxSubtotal", "subtotals", TAX_SUBTOTAL),
)
"""The only aggregate with a currency of its own: the amounts below it are in that currency."""

TOTALS = tables.Table(
    documents.Totals,
    amount("cbc:LineExtensionAmount", "line_extension"),
    amount("cbc:TaxExclusiveAmount", "tax_exclusive"),
    amount("cbc:TaxInclusiveAmount", "tax_inclusive"),
    amount("cbc:AllowanceTotalAmount", "allowance_total"),
    amount("cbc:ChargeTotalAmount", "charge_total"),
    amount("cbc:PrepaidAmount", "prepaid"),
    amount("cbc:PayableRoundingAmount", "rounding"),
    amount("cbc:PayableAmount", "payable"),
)

CLASSIFICATION = tables.Table(
    documents.ItemClassification,
    text("cbc:ItemClassificationCode", "code", listID="list_id", listVersionID="list_version"),
)

PROPERTY = tables.Table(documents.ItemProperty, text("cbc:Name", "name"), text("cbc:Value", "value"))

ITEM = tables.Table(
    documents.Item,
    text("cbc:Description", "description"),
    text("cbc:Name", "name"),
    wrapped("cac:BuyersItemIdentification", text("cbc:ID", "buyers_id")),
    wrapped("cac:SellersItemIdentification", text("cbc:ID", "sellers_id")),
    wrapped("cac:StandardItemIdentification", identifier("cbc:ID", "standard_id")),
    wrapped("cac:OriginCountry", text("cbc:IdentificationCode", "origin_country")),
    many("cac:CommodityClassification", "classifications", CLASSIFICATION),
    one("cac:ClassifiedTaxCategory", "tax_category", TAX_CATEGORY),
    many("cac:AdditionalItemProperty", "properties", PROPERTY),
    recurs=True,
)

PRICE = tables.Table(
    documents.Price,
    amount("cbc:PriceAmount", "amount"),
    quantity("cbc:BaseQuantity", "base_quantity"),
    one("cac:AllowanceCharge", "allowance", ALLOWANCE_CHARGE),
)

LINE_REFERENCE = tables.Table(documents.LineReference, identifier("cbc:ID", "id"), text("cbc:DocumentTypeCode", "type_code"))
