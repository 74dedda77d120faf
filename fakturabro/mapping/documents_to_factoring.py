"""Documents -> the factoring company's ledger, and the document as the factoring company's debtors get it."""

from __future__ import annotations

import msgspec

from fakturabro.domain import agreements, documents, identity, languages, money, parties
from fakturabro.domain import kid as kids
from fakturabro.ledger import documents as ledger_documents
from fakturabro.systems.factoring import wire

CREDIT_TRANSFER = "30"
_ORGANISATION_NUMBERS = "0192"
_RETIRED = "9908"
"""The scheme that Norwegian organisation numbers had before: BR-CL-25 and PEPPOL-EN16931-CL008 refuse it."""


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
    invoice: documents.Invoice,
    recipient: parties.Recipient,
    agreement: agreements.FactoringAgreement,
    kid: str,
    language: languages.Language = "nb",
) -> documents.Invoice:
    """The document that debtors get: the factoring company is the payee, its account and the KID are the only ones on it.

    The assignment notice follows the source's own payment terms, and its English text where that is the debtor's language. The
    buyer's address is the one that was settled at the check. What this changes stands in docs/ehf_changes.md.
    """
    payee = documents.Payee(
        name=agreement.payee_name,
        company_id=documents.Identifier(value=agreement.payee_organisation_number, scheme=_ORGANISATION_NUMBERS),
    )
    english = agreement.assignment_notice_en if language == "en" else ""
    terms = "\n".join(text for text in (invoice.payment_terms, agreement.assignment_notice, english) if text)
    seller, buyer = _to_current_party(invoice.seller), _to_current_party(invoice.buyer)
    if recipient.address_source != "document":
        buyer = msgspec.structs.replace(buyer, address=recipient.address)
    means = _to_payment_means(invoice, agreement, kid)
    return msgspec.structs.replace(invoice, seller=seller, buyer=buyer, payee=payee, payment_means=(means,), payment_terms=terms)


def _to_current_party(party: documents.Party) -> documents.Party:
    """The party with its organisation numbers under 0192 where they stood under 9908, which no receiver takes any more."""
    numbers = (party.endpoint, party.company_id, *party.identifications)
    if not any(number and number.scheme == _RETIRED for number in numbers):
        return party
    endpoint, company_id, *others = (number and _to_current(number) for number in numbers)
    return msgspec.structs.replace(
        party, endpoint=endpoint, company_id=company_id, identifications=tuple(number for number in others if number)
    )


def _to_current(number: documents.Identifier) -> documents.Identifier:
    if number.scheme != _RETIRED:
        return number
    return documents.Identifier(value=identity.plain_organisation_number(number.value), scheme=_ORGANISATION_NUMBERS)


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
