"""Fortnox's registers as they stand on the wire; see wire.py. Lists show a few fields only: what counts is read one by one.

An article's VAT in the list is what new articles get, not what it has. Dates that may be empty are texts.

Source: fortnox-v3.openapi.json (fortnox_Customer, fortnox_CustomerListItem, fortnox_Article, fortnox_Project, fortnox_Unit,
fortnox_TermsOfPayment, fortnox_CompanyInfo).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fakturabro.systems.fortnox import wire


class ListedCustomer(wire.V3, frozen=True, kw_only=True):
    """A customer as the list shows it, with the invoice's address; whether it is active does not stand there."""

    customer_number: str
    name: str = ""
    organisation_number: str | None = None
    email: str | None = None
    address1: str | None = None
    address2: str | None = None
    zip_code: str | None = None
    city: str | None = None


class Customer(wire.V3, frozen=True, kw_only=True):
    """A customer. Without prefix the invoice's address; `terms_of_payment` is a code. There is no e-invoice operator."""

    customer_number: str
    name: str
    active: bool | None = None
    comments: str | None = None
    email: str | None = None
    email_invoice: str | None = None
    phone1: str | None = None
    www: str | None = msgspec.field(name="WWW", default=None)
    organisation_number: str | None = None
    vat_number: str | None = msgspec.field(name="VATNumber", default=None)
    vat_type: str | None = msgspec.field(name="VATType", default=None)
    gln: str | None = msgspec.field(name="GLN", default=None)
    currency: str | None = None
    terms_of_payment: str | None = None
    address1: str | None = None
    address2: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country_code: str | None = None
    delivery_address1: str | None = None
    delivery_address2: str | None = None
    delivery_zip_code: str | None = None
    delivery_city: str | None = None
    delivery_country_code: str | None = None
    visiting_address: str | None = None
    visiting_zip_code: str | None = None
    visiting_city: str | None = None
    visiting_country_code: str | None = None


class ListedArticle(wire.V3, frozen=True, kw_only=True):
    article_number: str
    description: str = ""


class Article(wire.V3, frozen=True, kw_only=True):
    """An article. `vat` in percent; `unit` is a code of /units."""

    article_number: str
    description: str
    active: bool | None = None
    unit: str | None = None
    vat: Decimal | None = msgspec.field(name="VAT", default=None)
    type: str | None = None


class ListedProject(wire.V3, frozen=True, kw_only=True):
    project_number: str
    description: str = ""
    status: str | None = None


class Project(wire.V3, frozen=True, kw_only=True):
    """A project; its name is `description`, at most 50 characters."""

    project_number: str
    description: str
    status: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    comments: str | None = None


class Coded(wire.V3, frozen=True, kw_only=True):
    """A unit, or terms of payment."""

    code: str
    description: str | None = None


class CompanyInformation(wire.V3, frozen=True, kw_only=True):
    """Whose books these are; `database_number` is the TenantId."""

    company_name: str | None = None
    organization_number: str | None = None
    country_code: str | None = None
    database_number: int | None = None


class Currency(wire.V3, frozen=True, kw_only=True):
    """A currency of the client's: kronor for `unit` of it."""

    code: str
    buy_rate: Decimal | None = None
    sell_rate: Decimal | None = None
    unit: Decimal | None = None
    date: str | None = None
