"""PowerOffice Go -> documents, customer cards and recipients."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import msgspec

from fakturabro.domain import documents, identity, money, parties
from fakturabro.formats import ehf
from fakturabro.ledger import documents as ledger_documents
from fakturabro.ledger import raws, seals
from fakturabro.systems.poweroffice import wire

SOURCE = "poweroffice"
_FINEST = 20
"""Decimals; nobody's amount has more, and a number may have a million."""


def to_kind(details: wire.FactoringInvoiceDetails, invoice: documents.Invoice | None = None) -> documents.Kind:
    """A credit note is what has an original invoice number, as the vendor says, or what calls itself one (it may stand alone)."""
    listed = details.original_invoice_no is not None
    return "credit_note" if listed or (invoice is not None and invoice.kind == "credit_note") else "invoice"


def to_received(details: wire.FactoringInvoiceDetails, data: bytes) -> documents.Received:
    """Listing and EHF as one value. A document that cannot be read says why; it is not lost and stops no other."""
    listed = documents.Received(
        email=(details.customer_email or "").strip(), total=_plain(details.total_amount), number=str(details.invoice_no)
    )
    try:
        invoice = ehf.read(data)
        if not money.is_storable(invoice.totals.payable):
            return msgspec.structs.replace(listed, unreadable=f"Beløpet {invoice.totals.payable} er for stort.")
        return msgspec.structs.replace(listed, invoice=invoice)
    except ehf.ReadError as error:
        return msgspec.structs.replace(listed, unreadable=_why(error))


def _why(error: ehf.ReadError) -> str:
    place = f"Linje {error.line}" + (f", kolonne {error.column}" if error.column else "") if error.line else "Hele filen"
    return f"{place} (teknisk: {error.message})."


NOT_READ = ""
"""The listing hash of what could not be read, unlike that of any row: while it is listed it is fetched again."""


def to_listing_hash(details: wire.FactoringInvoiceDetails) -> str:
    """Changes when the source's list says something else of the document; not when it was delivered or changed status."""
    said = (details.invoice_no, details.customer_code, str(_plain(details.total_amount)), details.invoice_date, details.due_date)
    return hashlib.sha256(repr((*said, details.original_invoice_no, details.customer_email)).encode()).hexdigest()[:32]


def _plain(amount: Decimal | None) -> Decimal | None:
    """The same amount however the source writes it: 34982.5 and 34982.50 are no change."""
    if amount is None or not money.is_storable(amount) or amount.adjusted() < -_FINEST:
        return amount
    plain = Decimal(f"{amount.normalize():f}")
    return plain if plain == amount else amount


def to_fetched(
    details: wire.FactoringInvoiceDetails, data: bytes, received: documents.Received, key: seals.Key
) -> ledger_documents.Fetched:
    """The ledger's row: raw bytes and canonical form sealed with the tenant's key for documents."""
    invoice, canonical = received.invoice, msgspec.json.encode(received)
    kind = to_kind(details, invoice)
    return ledger_documents.Fetched(
        source_key=str(details.id),
        kind=kind,
        number=str(details.invoice_no),
        customer_number="" if details.customer_code is None else str(details.customer_code),
        original_number=None if details.original_invoice_no is None else str(details.original_invoice_no),
        amount=money.to_minor(invoice.totals.payable) if invoice else to_listed_amount(details),
        currency=invoice.currency if invoice else "NOK",
        listing_hash=to_listing_hash(details) if invoice else NOT_READ,
        hash=_content_hash(received, canonical, data),
        raw=raws.seal(key, "document", data),
        canonical=key.seal(canonical),
    )


def to_listed_amount(details: wire.FactoringInvoiceDetails) -> int:
    """The list's total in minor units without its sign; 0 where the list gives none, or nonsense."""
    total = details.total_amount
    return money.to_minor(abs(total)) if total is not None and money.is_storable(total) else 0


def _content_hash(received: documents.Received, canonical: bytes, data: bytes) -> bytes:
    """sha256 over the content: everything but the KID, which our own writeback changes."""
    if received.invoice is None:
        return hashlib.sha256(data).digest()
    stated = received.invoice.payment_means
    means = tuple(msgspec.structs.replace(one, payment_id=None) if one.payment_id is not None else one for one in stated)
    if means != stated:
        canonical = msgspec.json.encode(
            msgspec.structs.replace(received, invoice=msgspec.structs.replace(received.invoice, payment_means=means))
        )
    return hashlib.sha256(canonical).digest()


def to_card(customer: wire.Customer) -> parties.Card:
    """The customer card. Blank strings and missing ones are the same."""
    where = customer.mail_address
    name = customer.name or customer.legal_name or " ".join(part for part in (customer.first_name, customer.last_name) if part)
    return parties.Card(
        number="" if customer.number is None else str(customer.number),
        name=name,
        organisation_number=(customer.organization_number or "").strip(),
        invoice_email=(customer.invoice_email_address or "").strip(),
        email=(customer.email_address or "").strip(),
        delivery_type=customer.invoice_delivery_type or "",
        is_person=bool(customer.is_person),
        address=where
        and documents.Address(
            street=_text(where.address_line1),
            additional_street=_text(where.address_line2),
            city=_text(where.city),
            postal_zone=_text(where.zip_code),
            country=_text(where.country_code),
        ),
    )


def _text(value: str | None) -> str | None:
    """The card's text without blanks around it; an empty field is none, because EHF knows no empty elements."""
    return (value or "").strip() or None


def to_fetched_card(customer: wire.Customer, key: seals.Key) -> ledger_documents.Fetched:
    """The ledger's row for a customer card; its content is all that the card says."""
    raw, canonical = msgspec.json.encode(customer), msgspec.json.encode(to_card(customer))
    digest = hashlib.sha256(canonical)
    return ledger_documents.Fetched(
        source_key=str(customer.number),
        kind="customer",
        number=str(customer.number),
        customer_number=str(customer.number),
        amount=0,
        currency="",
        listing_hash=digest.hexdigest()[:32],
        hash=digest.digest(),
        raw=raws.seal(key, "customer", raw),
        canonical=key.seal(canonical),
    )


def to_recipient(
    received: documents.Received, card: parties.Card | None, letter_only_address: str
) -> tuple[parties.Recipient, bool]:
    """Who gets the document and where, and whether document and card name two different complete addresses.

    The document's address when it is complete, otherwise the card's; when both are complete and differ, the card's.
    `letter_only_address` among the e-mail addresses means: by letter, whatever else stands there.
    """
    buyer = received.invoice.buyer if received.invoice else None
    own, cards = buyer.address if buyer else None, card.address if card else None
    differ = parties.is_complete(own) and parties.is_complete(cards) and not parties.same_address(own, cards)
    use_card = differ or not parties.is_complete(own)
    card_emails = (card.invoice_email, card.email) if card else ()
    listed = next((text for text in (received.email, *card_emails) if text), "")
    forced = {address.casefold() for text in (received.email, *card_emails) for address in parties.emails(text)}
    letter_only = letter_only_address.strip().casefold() in forced
    recipient = parties.Recipient(
        name=(buyer.registration_name or buyer.name or "") if buyer else (card.name if card else ""),
        customer_number=card.number if card else "",
        organisation_number=_organisation_number(buyer, card),
        address=cards if use_card and cards else own,
        address_source="card" if use_card and cards else "document",
        emails=() if letter_only else parties.emails(listed),
        letter_only=letter_only,
    )
    return recipient, differ


def _organisation_number(buyer: documents.Party | None, card: parties.Card | None) -> str:
    stated = (buyer and (buyer.endpoint or buyer.company_id)) or None
    if stated and stated.scheme in ("0192", None):
        return identity.plain_organisation_number(stated.value)
    return identity.plain_organisation_number(card.organisation_number) if card else ""
