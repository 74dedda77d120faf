"""Records of Severa's and Fortnox's registers as they are compared: what both systems say of them in lists."""

from __future__ import annotations

from typing import Literal

from fakturabro.domain.similarity import entries
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire

ArticleKind = Literal["product", "work_type", "travel_type"]


def from_severa_customer(one: wire.Customer, address: wire.Address | None, why_not: str) -> entries.Entry:
    """A customer with the first of its billing addresses."""
    known = address or wire.Address(guid="")
    return entries.Entry(
        key=one.guid,
        number="" if one.number is None else str(one.number),
        name=one.name,
        organisation_number=one.kvk_number or one.vat_number or "",
        email=one.email or "",
        address=" ".join((known.addressline or "").split()),
        postal_code=known.postal_code or "",
        city=known.city or "",
        why_not=why_not,
    )


def from_fortnox_customer(one: register_wire.ListedCustomer, *, is_inactive: bool) -> entries.Entry:
    """A customer as the list shows it: with the invoice's address."""
    return entries.Entry(
        key=one.customer_number,
        number=one.customer_number,
        name=one.name,
        organisation_number=one.organisation_number or "",
        email=one.email or "",
        address=" ".join(part for part in (one.address1, one.address2) if part),
        postal_code=one.zip_code or "",
        city=one.city or "",
        why_not="inactive" if is_inactive else "",
    )


def from_severa_article(kind: ArticleKind, one: wire.Product | wire.WorkType | wire.TravelExpenseType) -> entries.Entry:
    """A product, a work type or a type of travel expense; `kind` begins its key."""
    is_active = one.is_active is not False
    return entries.Entry(
        key=f"{kind}/{one.guid}", number=one.code or "", name=one.name, kind=kind, why_not="" if is_active else "inactive"
    )


def from_fortnox_article(one: register_wire.ListedArticle) -> entries.Entry:
    return entries.Entry(key=one.article_number, number=one.article_number, name=one.description)


def from_severa_project(one: wire.Project) -> entries.Entry:
    number = "" if one.number is None else str(one.number)
    return entries.Entry(key=one.guid, number=number, name=one.name)


def from_fortnox_project(one: register_wire.ListedProject) -> entries.Entry:
    return entries.Entry(key=one.project_number, number=one.project_number, name=one.description)
