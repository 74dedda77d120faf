"""From a movement to the rows that its suite looks at: the day, whose it is, and each account of the chart that it is posted on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a part of a movement is posted on: what the tenant has chosen, and what its accounting system says of it.

    What the accounting system does not have is None there; what was not chosen is empty.
    """

    account: int
    chart_account: int | None
    is_active: bool = True
    only_currency: str | None = None
    """The one currency that the account takes; None where it takes any."""
    vat_code: str
    known_vat_code: str | None
    vat_state: Literal["in use", "not in use"] = "in use"
    """On the movement's day."""
    locked_vat_code: str | None = None
    department: str = ""
    known_department: str | None = None
    needs_department: bool = False
    project: str = ""
    known_project: str | None = None
    needs_project: bool = False
    vat: Decimal | None = None
    """What of the amount the movement says is VAT."""
    split_off: Decimal | None = None
    """What the accounting system will post as VAT."""


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One movement to check. `id` is the ledger's, unique in the batch."""

    id: int
    day: dt.date
    today: dt.date
    locked_until: dt.date | None = None
    currency: str = "NOK"
    unknown_invoice: str = ""
    """The invoice number or KID that it names, where no invoice of ours has it and no buyer is named."""
    invoice: str = ""
    """The invoice number that it names."""
    invoice_currency: str | None = None
    """The currency of the invoice of ours that it names."""
    kids_invoice: str = ""
    """The invoice of ours that its KID names."""
    told_buyer: str = ""
    """The buyer that it names itself."""
    invoiced_buyer: str = ""
    """The buyer of the invoice that it names."""
    buyer: str = ""
    """Whose account it is posted on."""
    card: str | None = None
    """The number of the buyer's card in the accounting system; None where there is none that can be posted on."""
    card_state: Literal["active", "inactive", "archived"] = "active"
    amount: Decimal = Decimal(0)
    lookalike: dt.date | None = None
    """The day of a payment that looks like this one: of the two the bank told one, the factoring system the other."""
    left: Decimal | None = None
    """What the client's credit notes left of the invoice; None where nothing was credited."""
    places: Sequence[Place] = ()


COLUMNS = ("id", "day", "today", "locked_until", "unknown_invoice", "invoice", "kids_invoice", "told_buyer", "invoiced_buyer") + (
    *("currency", "invoice_currency", "buyer", "card", "card_state", "lookalike", "amount", "left"),
)
PLACE_COLUMNS = ("id", "account", "chart_account", "account_state", "currency", "only_currency", "vat_code", "known_vat_code") + (
    *("vat_state", "locked_vat_code", "department", "known_department", "needs_department", "project", "known_project"),
    *("needs_project", "vat", "split_off"),
)


def movement_rows(one: Movement) -> Iterable[tuple[Any, ...]]:
    """The one row of a movement, in the order of COLUMNS; None is what it does not say."""
    named = (one.unknown_invoice, one.invoice, one.kids_invoice, one.told_buyer, one.invoiced_buyer)
    stated = (text or None for text in named)
    currencies = (one.currency, one.invoice_currency)
    buyer = (one.buyer or None, one.card, one.card_state)
    return ((one.id, one.day, one.today, one.locked_until, *stated, *currencies, *buyer, one.lookalike, one.amount, one.left),)


def place_rows(one: Movement) -> Iterable[tuple[Any, ...]]:
    """A row for each account of the chart, in the order of PLACE_COLUMNS. Of an account that is not there nothing else is known."""
    for place in one.places:
        there = place.chart_account is not None
        yield (
            one.id,
            place.account,
            place.chart_account,
            "active" if place.is_active else "closed",
            one.currency,
            place.only_currency,
            place.vat_code,
            place.known_vat_code,
            place.vat_state if place.known_vat_code else None,
            place.locked_vat_code,
            place.department or None,
            place.known_department,
            there and place.needs_department,
            place.project or None,
            place.known_project,
            there and place.needs_project,
            place.vat,
            place.split_off,
        )
