"""From a cost of a supplier's invoice to the row that its suite looks at: what Fortnox says, and what Severa has of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One cost to check. `id` is the ledger's, unique in the batch. What Severa does not have is None."""

    id: int
    invoice_number: str
    invoice_date: dt.date | None
    supplier: str
    state: Literal["booked", "not booked"]
    project: str
    known_project: str | None
    project_state: Literal["open", "closed"] = "open"
    product: str
    """The code on the row, else that of the tenant's default product."""
    known_product: str | None
    product_state: Literal["active", "inactive"] = "active"
    product_vat: Decimal | None = None
    foreign_rate: Decimal | None = None
    """The rate of an invoice that is not in kronor."""
    currency: str
    """That of the cost."""
    known_currency: str | None


COLUMNS = ("id", "invoice_number", "invoice_date", "supplier", "state", "project", "known_project", "project_state") + (
    *("product", "known_product", "product_state", "product_vat", "foreign_rate", "currency", "known_currency"),
)


def cost_rows(one: Cost) -> Iterable[tuple[Any, ...]]:
    """The one row of a cost, in the order of COLUMNS; None is what it does not say, or what is not there."""
    project_state = one.project_state if one.known_project else None
    product_state = one.product_state if one.known_product else None
    named = (one.invoice_number or None, one.invoice_date, one.supplier or None, one.state)
    project = (one.project, one.known_project, project_state)
    vat = one.product_vat if one.known_product else Decimal(0)  # of a product that is not there nothing more is said
    product = (one.product, one.known_product, product_state, vat)
    return ((one.id, *named, *project, *product, one.foreign_rate, one.currency, one.known_currency),)
