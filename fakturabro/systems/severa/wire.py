"""Severa's JSON as it stands on the wire: names in camelCase, things known by GUIDs, amounts as numbers, Decimal here from the
literal text. Fields that nobody here reads are left out; what Severa adds later is passed over.

Source: severa-v1.reconstructed.openapi.json (rebuilt from a generated client); the vendor's own document of 2023 in
APIs-guru/openapi-directory (APIs/visma.com/1.0) has the same shapes, the read-only marks, the scopes and the header NextPageToken.
Assumed: a time without offset is UTC.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

ProductType = Literal["FixedFees", "Materials", "Subcontracting"]
ExpenseClass = Literal["Mileage", "DailyAllowance", "OtherTravelExpense"]


class V1(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object of version 1."""


class Named(V1, frozen=True, kw_only=True):
    """A thing that is pointed at: its key and, in answers, its name, number and code where it has them."""

    guid: str | None = None
    name: str | None = None
    number: int | None = None
    code: str | None = None


class Ref(V1, frozen=True, kw_only=True):
    """How something that is sent points at a thing."""

    guid: str


class Account(V1, frozen=True, kw_only=True):
    """A sales or VAT account; its number is a text."""

    guid: str | None = None
    number: str | None = None
    name: str | None = None


class Money(V1, frozen=True, kw_only=True):
    """An amount in a currency."""

    amount: Decimal | None = None
    currency_code: str | None = None


class Keyed(V1, frozen=True, kw_only=True):
    """What Severa knows by a key."""

    guid: str


class Kept(Keyed, frozen=True, kw_only=True):
    """What Severa keeps, with when it was made and last changed."""

    created_date_time: dt.datetime | None = None
    last_updated_date_time: dt.datetime | None = None

    @property
    def changed_at(self) -> dt.datetime | None:
        """When it was last changed, or made; aware."""
        latest = self.last_updated_date_time or self.created_date_time
        return latest.replace(tzinfo=dt.UTC) if latest and latest.tzinfo is None else latest


class Customer(Kept, frozen=True, kw_only=True):
    """A customer. Its telephone stands on its addresses; `payment_term` is in days. `number` may be missing."""

    name: str
    number: int | None = None
    is_active: bool = True
    is_internal: bool = False
    notes: str | None = None
    email: str | None = None
    website: str | None = None
    vat_number: str | None = None
    kvk_number: str | None = None
    language: Named | None = None
    currency: Named | None = None
    payment_term: int | None = None
    e_invoice_address: str | None = None
    e_invoice_operator: str | None = None
    organization_unit_number: str | None = None


class Country(V1, frozen=True, kw_only=True):
    """A country. Addresses name it by key and name only; the list of countries has the codes."""

    guid: str | None = None
    name: str | None = None
    english_name: str | None = None
    code2: str | None = None


class Address(Kept, frozen=True, kw_only=True):
    """An address of a customer, or of a contact (then `customer` may be missing). One may be of several kinds, or of none."""

    addressline: str | None = None
    postal_code: str | None = None
    city: str | None = None
    phone: str | None = None
    is_billing_address: bool = False
    is_postal_address: bool = False
    is_visit_address: bool = False
    country: Country | None = None
    customer: Named | None = None


class Product(Kept, frozen=True, kw_only=True):
    """A product. `vat_rate` in percent; `measurement_unit` is free text: Severa has no list of units."""

    name: str
    code: str | None = None
    is_active: bool | None = None
    type: ProductType | None = None
    measurement_unit: str | None = None
    vat_rate: Decimal | None = None
    unit_price: Money | None = None
    unit_cost: Money | None = None
    sales_account: Account | None = None


class WorkType(Kept, frozen=True, kw_only=True):
    """A work type. It has neither unit nor VAT."""

    name: str
    code: str | None = None
    is_active: bool = True
    is_productive: bool | None = None
    sales_account: Account | None = None


class TravelExpenseType(Kept, frozen=True, kw_only=True):
    """A type of travel expense. `vat_rate` is what the client's customer pays, `purchase_vat_rate` what the client paid."""

    name: str
    code: str | None = None
    is_active: bool | None = None
    expense_class: ExpenseClass | None = None
    measurement_unit: str | None = None
    vat_rate: Decimal | None = None
    purchase_vat_rate: Decimal | None = None
    unit_cost: Money | None = None
    sales_account: Account | None = None


class Project(Kept, frozen=True, kw_only=True):
    """A project. An internal one has no customer to be invoiced."""

    name: str
    number: int | None = None
    description: str | None = None
    is_closed: bool = False
    closed_date: dt.date | None = None
    is_internal: bool = False
    start_date: dt.date | None = None
    deadline: dt.date | None = None
    customer: Named | None = None
    currency: Named | None = None


class Currency(Keyed, frozen=True, kw_only=True):
    """A currency that the client uses."""

    code: str | None = None
    rate: Decimal | None = None
    is_active: bool = True
    is_organization_currency: bool = False


class OrganizationDetails(V1, frozen=True, kw_only=True):
    """Who the client is, and which add-ons are switched on."""

    guid: str | None = None
    name: str | None = None
    vat_number: str | None = None
    kvk_number: str | None = None
    currency: Named | None = None
    active_addons: list[str] | None = None


class OrganizationSettings(V1, frozen=True, kw_only=True):
    """Numbers that Severa gives next. `is_identifier_unique`: products and work types may not share a code."""

    next_customer_number: int | None = None
    next_invoice_number: int | None = None
    last_invoice_number: int | None = None
    is_identifier_unique: bool | None = msgspec.field(name="uniqueIdentifierForProductsAndWorktypes", default=None)
    set_credit_note_invoice_number: bool | None = None


class New(V1, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be made. None is not sent: Severa then puts in what the client's settings say."""


class NewCustomer(New, frozen=True, kw_only=True):
    """A customer to be made; `number` is the other system's, so that it can be found again."""

    name: str
    number: int
    notes: str | None = None
    email: str | None = None
    website: str | None = None
    vat_number: str | None = None
    kvk_number: str | None = None
    language: Ref | None = None
    currency: Ref | None = None
    payment_term: int | None = None
    e_invoice_address: str | None = None
    e_invoice_operator: str | None = None


class NewAddress(New, frozen=True, kw_only=True):
    """An address to be made on a customer."""

    addressline: str | None = None
    postal_code: str | None = None
    city: str | None = None
    phone: str | None = None
    is_billing_address: bool = False
    is_postal_address: bool = False
    is_visit_address: bool = False
    country: Ref | None = None


class NewProduct(New, frozen=True, kw_only=True):
    """A product to be made; `code` is the other system's article number."""

    name: str
    code: str
    is_active: bool | None = None
    type: ProductType | None = None
    measurement_unit: str | None = None
    vat_rate: Decimal | None = None
    unit_price: Money | None = None
    unit_cost: Money | None = None
