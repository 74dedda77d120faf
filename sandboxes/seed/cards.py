"""The seed's buyers as PowerOffice keeps them: customer cards, the party in the EHF, the invoice, the access point's receivers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sandboxes import ehf
from sandboxes.poweroffice import state as state_
from sandboxes.seed import register as seed_register

_MISSING: dict[str, Any] = {"AddressLine1": None, "AddressLine2": None, "ZipCode": None, "City": None}
_BY_ROLE: dict[str, dict[str, Any]] = {
    "address_missing": _MISSING,
    "address_placeholder": _MISSING | {"AddressLine1": "-", "ZipCode": "0000", "City": "-"},
    "address_blank": _MISSING | {"AddressLine1": "  ", "ZipCode": "", "City": " "},
    "addresses_differ": {"AddressLine1": "Postboks 1180 Torgarden", "ZipCode": "7462", "City": "TRONDHEIM"},
}
"""What differs on the card's MailAddress, by the buyer's role."""

_VAT_CODES = {"S25": "3", "S15": "31", "S12": "33", "Z0": "5", "E0": "6", "G0": "52", "S11.11": "32", "AE0": "51"}


def client(company: seed_register.Company, day: dt.date) -> state_.Client:
    """The client with its cards and no invoices."""
    made = dt.datetime.combine(day - dt.timedelta(days=400), dt.time(8), dt.UTC)
    cards = [card(buyer, made + dt.timedelta(hours=at)) for at, buyer in enumerate(company.buyers)]
    return state_.Client(
        key=company.client_key, id=company.client_key[::-1].replace("-", "")[:12], name=company.seller.name,
        organisation_number=company.seller.number, customers={one["Id"]: one for one in cards},
    )  # fmt: skip


def card(buyer: seed_register.Buyer, made: dt.datetime) -> dict[str, Any]:
    """CustomerDto of a buyer; `Id` is the number with 9 million added."""
    first, _, last = buyer.name.rpartition(" ")
    identity = 9_000_000 + buyer.number
    address = {"AddressLine1": buyer.street, "AddressLine2": None, "ZipCode": buyer.post_code, "City": buyer.place}
    return {
        "Id": identity,
        "Number": buyer.number,
        "SubledgerAccountId": 5_000_000 + buyer.number,
        "Name": None if buyer.person else buyer.name,
        "LegalName": None if buyer.person else buyer.name,
        "FirstName": first if buyer.person else None,
        "LastName": last if buyer.person else None,
        "IsPerson": buyer.person,
        "OrganizationNumber": buyer.organisation_number or None,
        "NationalIdNumber": None,
        "EmailAddress": buyer.email or None,
        "InvoiceEmailAddress": buyer.invoice_email or None,
        "InvoiceEmailAddressCC": None,
        "PaymentReminderEmailAddress": None,
        "PhoneNumber": None,
        "MailAddress": {"Id": 8_000_000 + buyer.number, **address, **_BY_ROLE.get(buyer.role, {}), "CountryCode": buyer.country,
                        "ExternalCode": None, "LastChangedDateTimeOffset": made},
        "InvoiceDeliveryType": "Factoring",
        "ReminderDeliveryType": "Print",
        "NoticeOfDebtCollectionDeliveryType": "Print",
        "PaymentTerm": 14,
        "CurrencyCode": "NOK",
        "IsVatFree": buyer.country != "NO",
        "ExternalNumber": None,
        "ExternalImportReference": None,
        "IsArchived": False,
        "IsActive": True,
        "ContactCreatedDateTimeOffset": made,
        "CustomerCreatedDateTimeOffset": made,
        "LastChangedDateTimeOffset": made,
    }  # fmt: skip


def party(buyer: seed_register.Buyer) -> ehf.Party:
    """The buyer as the EHF has it; without an organisation number there is no electronic address."""
    number, norwegian = buyer.organisation_number, buyer.country == "NO"
    without = buyer.role in ("address_missing", "address_blank", "address_only_on_card")
    address = ehf.Address(buyer.street, buyer.post_code, buyer.place, buyer.country)
    if buyer.role == "address_placeholder":
        address = ehf.Address("-", "0000", "-")
    taxed = norwegian and buyer.form == "AS" and buyer.role != "organisation_number_invalid"
    return ehf.Party(
        name=buyer.name, number=number, endpoint=("0192" if norwegian else "0007", number) if number else None,
        vat_number=f"NO{number}MVA" if taxed else "", address=None if without else address,
    )  # fmt: skip


def invoice(
    document: ehf.Document, buyer: seed_register.Buyer, client_key: str, key: str, created: dt.datetime, xml: bytes
) -> state_.Invoice:
    """The document as PowerOffice keeps it; amounts are negative on credit notes."""
    sign = 1 if document.kind == "invoice" else -1
    return state_.Invoice(
        id=key, client_key=client_key, kind=document.kind, number=document.number, customer_number=buyer.number,
        currency=document.currency, net=sign * ehf.rounded(document.net), total=sign * document.payable,
        invoice_date=document.issued, due_date=document.due, created=created, ehf=xml, exchange_rate=document.rate,
        original_number=document.original[0] if document.original else None, customer_email=buyer.invoice_email or None,
        debtor_email=buyer.email or None, lines=[_line(line, sign) for line in document.lines],
    )  # fmt: skip


def receivers(company: seed_register.Company) -> dict[str, list[str]]:
    """Which buyers can take which document types at the access point, by participant."""
    kinds = {"both": ["invoice", "credit_note"], "invoice": ["invoice"]}
    return {f"0192:{one.organisation_number}": kinds[one.receives] for one in company.buyers if one.receives in kinds}


def channel(buyer: seed_register.Buyer, kind: str) -> str:
    """Where a document to this buyer goes by the precedence: letter only, EHF, e-mail, letter."""
    if buyer.role == "letter_only":
        return "letter"
    if buyer.receives == "both" or (buyer.receives == "invoice" and kind == "invoice"):
        return "ehf"
    return "email" if buyer.invoice_email or buyer.email else "letter"


def _line(line: ehf.Line, sign: int) -> state_.Line:
    return state_.Line(
        description=line.text, quantity=sign * line.quantity, unit=line.unit, price=line.price, net=sign * line.net,
        vat=sign * ehf.rounded(line.net * line.vat.percent / 100), vat_rate=line.vat.percent / Decimal(100),
        vat_code=_VAT_CODES[f"{line.vat.code}{line.vat.percent}"], product=line.product,
        allowance=Decimal(10) if line.allowance else None,
    )  # fmt: skip
