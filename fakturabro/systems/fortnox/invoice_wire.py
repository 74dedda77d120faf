"""Invoices to customers as Fortnox takes and answers them; see wire.py.

A quantity is a text and VAT a whole number of percent; an article, a unit, a project must exist. A row without article and price
is a text. What is computed (totals, sent, booked) comes in answers only.

Source: fortnox-v3.openapi.json (fortnox_InvoicePayload, fortnox_Invoice, fortnox_InvoiceListItem).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from fakturabro.systems.fortnox import wire


class ListedInvoice(wire.V3, frozen=True, kw_only=True):
    """An invoice as the list has it. `final_pay_date` is a text, empty or missing until it is paid."""

    document_number: str
    external_invoice_reference1: str | None = None
    customer_number: str | None = None
    balance: Decimal | None = None
    currency: str | None = None
    sent: bool | None = None
    booked: bool | None = None
    cancelled: bool | None = None
    final_pay_date: str | None = None


class Row(wire.V3, frozen=True, kw_only=True):
    """A row; `delivered_quantity` is a text on the wire, `price` is for each, without VAT unless the invoice says otherwise."""

    article_number: str | None = None
    description: str | None = None
    delivered_quantity: Decimal | None = None
    price: Decimal | None = None
    unit: str | None = None
    vat: Decimal | None = msgspec.field(name="VAT", default=None)
    project: str | None = None


class Invoice(wire.V3, frozen=True, kw_only=True):
    """An invoice that stands in Fortnox. `round_off` is what makes the total whole kronor, where the client has asked for it."""

    document_number: str
    customer_number: str
    external_invoice_reference1: str | None = None
    invoice_date: dt.date | None = None
    due_date: dt.date | None = None
    currency: str | None = None
    currency_rate: Decimal | None = None
    net: Decimal | None = None
    total_vat: Decimal | None = msgspec.field(name="TotalVAT", default=None)
    round_off: Decimal | None = None
    total: Decimal | None = None
    balance: Decimal | None = None
    sent: bool | None = None
    booked: bool | None = None
    cancelled: bool | None = None
    final_pay_date: str | None = None
    project: str | None = None
    invoice_rows: list[Row] = msgspec.field(default_factory=list[Row])


class NewRow(wire.V3, frozen=True, kw_only=True, omit_defaults=True):
    """A row to be made; one with a description only is a text."""

    article_number: str | None = None
    description: str | None = None
    delivered_quantity: str | None = None
    price: Decimal | None = None
    unit: str | None = None
    vat: int | None = msgspec.field(name="VAT", default=None)
    account_number: int | None = None
    project: str | None = None


class NewInvoice(wire.V3, frozen=True, kw_only=True, omit_defaults=True):
    """An invoice to be made. `external_invoice_reference1` is ours: by it it is found again. Without a number Fortnox gives one."""

    customer_number: str
    external_invoice_reference1: str
    invoice_date: dt.date
    due_date: dt.date
    currency: str
    invoice_rows: list[NewRow]
    currency_rate: Decimal | None = None
    document_number: str | None = None
    terms_of_payment: str | None = None
    our_reference: str | None = None
    your_reference: str | None = None
    your_order_number: str | None = None
    remarks: str | None = None
    language: Literal["SV", "EN"] | None = None
    project: str | None = None
    credit_invoice_reference: str | None = None
    customer_name: str | None = None
    address1: str | None = None
    address2: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country: str | None = None
    vat_included: bool | None = msgspec.field(name="VATIncluded", default=None)
    administration_fee: Decimal | None = None
    freight: Decimal | None = None
    not_completed: bool | None = None
