"""Documents -> the factoring company's ledger, and the document as the factoring company's debtors get it."""

from __future__ import annotations

import msgspec

from fakturabro.domain import agreements, documents, money, parties
from fakturabro.domain import kid as kids
from fakturabro.ledger import documents as ledger_documents
from fakturabro.systems.factoring import wire

CREDIT_TRANSFER = "30"
_ORGANISATION_NUMBERS = "0192"


def to_kid(agreement: agreements.FactoringAgreement, kind: str, customer_number: str, number: str) -> str:
    """The KID of a document by the agreement's parts. Raises kid.KidError when a number does not fit: it is never cut."""
    return kids.make(
        agreement.kid,
        client=agreement.client_number,
        customer=customer_number,
        invoice=number,
        type="1" if kind == "credit_note" else "0",
    )


def to_natural_key(agreement: agreements.FactoringAgreement, kind: str, number: str) -> str:
    """What the factoring ledger knows an entry by."""
    return f"{agreement.client_number}/{kind}/{number}"


def to_entry(
    document: ledger_documents.Recorded, invoice: documents.Invoice, recipient: parties.Recipient, kid: str, distributed: bool
) -> wire.Entry:
    """The ledger entry; `distributed` is False while a finding holds the distribution."""
    return wire.Entry(
        number=document.number,
        type="credit_note" if document.kind == "credit_note" else "invoice",
        kid=kid,
        amount=money.from_minor(document.amount),
        currency=document.currency,
        invoice_date=invoice.issue_date,
        due_date=invoice.due_date,
        original_number=document.original_number,
        buyer_number=document.customer_number,
        buyer_name=recipient.name,
        buyer_organisation_number=recipient.organisation_number or None,
        buyer_address=_to_address(recipient.address),
        distributed=distributed,
    )


def to_booked(invoice: documents.Invoice) -> tuple[object, ...]:
    """What the ledger entry takes from the document itself, but the buyer's address. Where it differs, the booking is wrong."""
    buyer = invoice.buyer
    said = (invoice.kind, invoice.number, invoice.totals.payable, invoice.currency, invoice.issue_date, invoice.due_date)
    return (*said, tuple(one.number for one in invoice.preceding), buyer.registration_name or buyer.name, buyer.company_id)


def _to_address(address: documents.Address | None) -> wire.Address | None:
    if address is None:
        return None
    lines = tuple(text.strip() for text in (address.street, address.additional_street, address.line) if text and text.strip())
    return wire.Address(
        lines=lines, post_code=address.postal_zone or "", place=address.city or "", country=(address.country or "NO").upper()[:2]
    )


def to_distributed(
    invoice: documents.Invoice, recipient: parties.Recipient, agreement: agreements.FactoringAgreement, kid: str
) -> documents.Invoice:
    """The document that debtors get: the factoring company is the payee, its account and the KID are the only ones on it.

    The assignment notice follows the source's own payment terms. The buyer's address is the one that was settled at the check.
    What this changes stands in docs/ehf_changes.md.
    """
    payee = documents.Payee(
        name=agreement.payee_name,
        company_id=documents.Identifier(value=agreement.payee_organisation_number, scheme=_ORGANISATION_NUMBERS),
    )
    terms = "\n".join(text for text in (invoice.payment_terms, agreement.assignment_notice) if text)
    buyer = (
        invoice.buyer
        if recipient.address_source == "document"
        else msgspec.structs.replace(invoice.buyer, address=recipient.address)
    )
    return msgspec.structs.replace(
        invoice, payee=payee, payment_means=(_to_payment_means(invoice, agreement, kid),), payment_terms=terms, buyer=buyer
    )


def _to_payment_means(invoice: documents.Invoice, agreement: agreements.FactoringAgreement, kid: str) -> documents.PaymentMeans:
    abroad = invoice.currency != "NOK" and bool(agreement.iban)
    return documents.PaymentMeans(
        code=CREDIT_TRANSFER,
        payment_id=kid,
        due_date=next((means.due_date for means in invoice.payment_means if means.due_date), None),
        account=agreement.iban if abroad else agreement.account,
        account_name=agreement.payee_name,
        branch=(agreement.bic or None) if abroad else None,
    )
