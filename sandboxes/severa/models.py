"""What may be sent to Severa of each kind of thing: names, types and what is required. The contract test holds it to the document.

Source: severa-v1.reconstructed.openapi.json (the request bodies; for invoices what InvoiceOutputModel has and is not computed).
Assumed: a field that is not known, or that only Severa writes, is refused rather than passed over.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1)]
Kind = Literal["FixedFees", "Materials", "Subcontracting"]
ExpenseClass = Literal["Mileage", "DailyAllowance", "OtherTravelExpense"]


class Ref(msgspec.Struct, kw_only=True, rename="camel"):
    """Points at a thing; what else stands there is passed over."""

    guid: str | None = None


class MustRef(msgspec.Struct, kw_only=True, rename="camel"):
    guid: Name


class Price(msgspec.Struct, kw_only=True, rename="camel"):
    currency_code: Name
    amount: Decimal | None = None


class Input(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may be sent."""


class CustomerModel(Input):
    name: Name
    number: int | None = None
    is_active: bool = True
    is_internal: bool = False
    notes: str | None = None
    email: str | None = None
    website: str | None = None
    vat_number: str | None = None
    kvk_number: Annotated[str, msgspec.Meta(max_length=25)] | None = None
    language: Ref | None = None
    currency: Ref | None = None
    payment_term: int | None = None
    e_invoice_address: str | None = None
    e_invoice_operator: str | None = None
    organization_unit_number: str | None = None


class AddressModel(Input):
    addressline: str | None = None
    postal_code: str | None = None
    city: str | None = None
    is_billing_address: bool = False
    is_postal_address: bool = False
    is_visit_address: bool = False
    phone: str | None = None
    fax: str | None = None
    country: Ref | None = None


class ProductInputModel(Input):
    name: Name
    code: str | None = None
    unit_price: Price | None = None
    unit_cost: Price | None = None
    vat_rate: Decimal | None = None
    measurement_unit: str | None = None
    is_active: bool | None = True
    type: Kind | None = "Materials"


class TravelExpenseTypeInputModel(Input):
    name: Name
    expense_class: ExpenseClass
    unit_cost: Price
    code: str | None = None
    purchase_vat_rate: Decimal | None = None
    vat_rate: Decimal | None = None
    measurement_unit: str | None = None
    is_active: bool | None = True


class ProjectFeeInputModel(Input):
    project: MustRef
    product: Ref | None = None
    description: str | None = None
    event_date: dt.date | None = None
    quantity: Decimal = Decimal(0)
    measurement_unit: str | None = None
    unit_cost: Price | None = None
    unit_price: Price | None = None
    vat_rate: Decimal | None = None
    is_billable: bool | None = None


class InvoiceOutputModel(Input):
    """What may be replaced of an invoice."""

    status: MustRef
    date: dt.date
    due_date: dt.date
    number: int | None = None
    payment_date: dt.date | None = None
    entry_date: dt.date | None = None
    notes: str | None = None
    our_reference: str | None = None
    your_reference: str | None = None
