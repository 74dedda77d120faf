"""Severa's sales invoices, what they are made of, and what projects cost; as wire.py.

An invoice's rows name no project. It is the invoice's only one, or else that of the hours, fees and travel expenses in the row.

Source: severa-v1.reconstructed.openapi.json (InvoiceOutputModel, InvoiceRowOutputModel, InvoiceStatusModel, ProjectFee...).
Assumed: an amount of a credit note has a minus.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from fakturabro.systems.severa import wire

RowType = Literal["FlatRate", "Hours", "ProjectFees", "TravelExpenses"]


class InvoiceStatus(wire.Keyed, frozen=True, kw_only=True):
    """A status that the client has made. `is_read_only`: an invoice in it cannot be changed; `has_invoice_number`: it has one."""

    name: str | None = None
    is_active: bool = True
    is_read_only: bool | None = None
    has_invoice_number: bool | None = None
    is_sent: bool = False
    is_waiting_payment: bool = False
    is_paid: bool = False


class Text(wire.V1, frozen=True, kw_only=True):
    """A free text: as it is stored, and without its formatting."""

    value: str | None = None
    plain_text: str | None = None

    @property
    def plain(self) -> str:
        """What a person reads."""
        return (self.plain_text if self.plain_text is not None else self.value) or ""


class Receiver(wire.V1, frozen=True, kw_only=True):
    """The address on an invoice, as it was when the invoice was made; `country` is a name."""

    addressline: str | None = None
    postal_code: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None


class Invoice(wire.Kept, frozen=True, kw_only=True):
    """A sales invoice without its rows. `number` is missing until a status gives it one; `payment_term` is in days."""

    number: int | None = None
    reference_number: str | None = None
    status: InvoiceStatus | None = None
    date: dt.date | None = None
    due_date: dt.date | None = None
    payment_date: dt.date | None = None
    entry_date: dt.date | None = None
    payment_term: int | None = None
    our_reference: str | None = None
    your_reference: str | None = None
    order_number: str | None = None
    currency: wire.Named | None = None
    currency_rate: Decimal | None = None
    customer: wire.Named | None = None
    billing_customer: wire.Named | None = None
    projects: list[wire.Named] | None = None
    notes: str | None = None
    free_text1: Text | None = None
    free_text2: Text | None = None
    language: wire.Named | None = None
    receiver_customer_name: str | None = None
    receiver_address: Receiver | None = None
    receiver_contact_email: str | None = None
    receiver_vat_number: str | None = None
    is_credit_note: bool = False
    credit_note_invoice: wire.Named | None = None
    reimburse_invoice: wire.Named | None = None
    total_excluding_tax: wire.Money | None = None
    total_including_tax: wire.Money | None = None
    total_tax: wire.Money | None = None


class InvoiceRow(wire.Kept, frozen=True, kw_only=True):
    """One row. `vat_rate` in percent; `code` may hold the codes of several products that were put together, or none."""

    invoice_guid: str | None = None
    row_type: RowType | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_price: wire.Money | None = None
    measurement_unit: str | None = None
    vat_rate: Decimal | None = None
    sort_order: int = 0
    code: list[str] | None = None
    flat_rate_guid: str | None = None
    sales_account: wire.Account | None = None


class Part(wire.Keyed, frozen=True, kw_only=True):
    """Hours, a fee or a travel expense that an invoice row was made of."""

    project: wire.Named | None = None
    invoice_row_guid: str | None = None


class File(wire.Keyed, frozen=True, kw_only=True):
    """A file of an invoice or of a project; `file_guid` leads to its bytes. `content_type` "link": there are none."""

    file_guid: str | None = None
    name: str
    size: Decimal | None = None
    content_type: str | None = None
    is_internal: bool | None = None


class ProjectFee(wire.Kept, frozen=True, kw_only=True):
    """What a project cost, or will be invoiced for."""

    project: wire.Named | None = None
    product: wire.Named | None = None
    description: str | None = None
    event_date: dt.date | None = None
    quantity: Decimal | None = None
    unit_cost: wire.Money | None = None
    unit_price: wire.Money | None = None
    vat_rate: Decimal | None = None
    invoice: wire.Named | None = None
    """The invoice that has it; such a fee cannot be changed."""


class DeletedFee(wire.Keyed, frozen=True, kw_only=True):
    """A fee that somebody has taken away in Severa."""

    deleted_date_time: dt.datetime | None = None


class NewProjectFee(wire.New, frozen=True, kw_only=True):
    """A cost to be put on a project: cost and price for each of `quantity`."""

    project: wire.Ref
    description: str
    event_date: dt.date
    unit_cost: wire.Money
    unit_price: wire.Money
    quantity: Decimal
    product: wire.Ref | None = None
    measurement_unit: str | None = None
    vat_rate: Decimal | None = None
    is_billable: bool | None = None
