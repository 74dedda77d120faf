"""Fortnox's JSON as it stands on the wire: names in PascalCase, single objects wrapped in their own name, amounts now as numbers,
now as texts, Decimal here from the literal text.

Source: fortnox-v3.openapi.json, the vendor's own (fortnox_SupplierInvoice, fortnox_SupplierInvoiceListItem, fortnox_Supplier,
fortnox_SupplierInvoicePayment, fortnox_InvoicePayment, fortnox_LockedPeriod, fortnox_MetaInformation).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec


class V3(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """An object of version 3."""


class MetaInformation(msgspec.Struct, frozen=True, kw_only=True):
    """How much a list holds, whatever page was asked for."""

    total_resources: int | None = msgspec.field(name="@TotalResources", default=None)
    total_pages: int | None = msgspec.field(name="@TotalPages", default=None)


class Listed(V3, frozen=True, kw_only=True):
    """A supplier invoice as the list has it. `given_number` is its key in Fortnox, `invoice_number` the supplier's own."""

    given_number: str
    invoice_date: dt.date | None = None
    due_date: dt.date | None = None
    credit: bool | None = None


class SupplierInvoice(V3, frozen=True, kw_only=True):
    """A supplier invoice. `balance` is what is left to pay; `payment_pending`: a payment of it is under way from Fortnox itself."""

    given_number: str
    supplier_number: str
    supplier_name: str | None = None
    invoice_number: str | None = None
    invoice_date: dt.date | None = None
    due_date: dt.date | None = None
    currency: str | None = None
    total: Decimal | None = None
    balance: Decimal | None = None
    ocr: str | None = msgspec.field(name="OCR", default=None)
    booked: bool | None = None
    cancelled: bool | None = None
    credit: bool | None = None
    credit_reference: int | None = None
    payment_pending: bool | None = None
    disable_payment_file: bool | None = None


class CustomerInvoice(V3, frozen=True, kw_only=True):
    """An invoice to a customer as the list has it."""

    document_number: str
    ocr: str | None = msgspec.field(name="OCR", default=None)
    balance: Decimal | None = None
    currency: str | None = None
    booked: bool | None = None


class Supplier(V3, frozen=True, kw_only=True):
    """A supplier with every way in which it can be paid: bankgiro, plusgiro, an account of a bank, IBAN."""

    supplier_number: str | None = None
    name: str
    organisation_number: str | None = None
    active: bool | None = None
    disable_payment_file: bool | None = None
    bg: str | None = msgspec.field(name="BG", default=None)
    pg: str | None = msgspec.field(name="PG", default=None)
    bank_account_number: str | None = None
    iban: str | None = msgspec.field(name="IBAN", default=None)
    bic: str | None = msgspec.field(name="BIC", default=None)
    address1: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country_code: str | None = None


class NewPayment(V3, frozen=True, kw_only=True, omit_defaults=True):
    """A payment to be registered, of a supplier invoice (`invoice_number` its given number) or of a customer's."""

    invoice_number: str | int
    payment_date: dt.date
    amount: Decimal | None = None
    amount_currency: Decimal | None = None
    currency: str | None = None
    mode_of_payment: str | None = None


class Payment(V3, frozen=True, kw_only=True):
    """A payment that is registered; `booked` when it is bookkept too. `number` is its key."""

    number: str | int
    invoice_number: str | int
    amount: Decimal | None = None
    amount_currency: Decimal | None = None
    currency: str | None = None
    payment_date: dt.date | None = None
    booked: bool | None = None
    voucher_number: int | None = None
    voucher_series: str | None = None


class Period(V3, frozen=True, kw_only=True):
    end_date: dt.date | None = None


class LockedPeriod(V3, frozen=True, kw_only=True):
    locked_period: Period | None = None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The token endpoint's answer; `expires_in` in seconds. A new refresh token each time: the one before is used up."""

    access_token: str
    expires_in: int
    refresh_token: str = ""
    scope: str = ""

    def __repr__(self) -> str:
        return f"TokenAnswer(expires_in={self.expires_in})"


class ErrorInformation(msgspec.Struct, frozen=True, kw_only=True):
    """Why Fortnox said no: a code, for attachments a word, and a Swedish sentence."""

    code: int | None = None
    word: str = ""
    message: str = ""


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(name: str, payment: NewPayment) -> bytes:
    """A payment in its wrapper, as it is posted; amounts are numbers with all their digits."""
    return _ENCODER.encode({name: payment})
