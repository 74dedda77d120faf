"""From a sales invoice on its way to Fortnox to the rows that its suite looks at: the invoice, its rows, its texts.

What Fortnox does not have, or would not take, is shown; where all is well the column is empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the invoice. `known_unit` is the unit as Fortnox has it, in whichever case."""

    amount: Decimal | None
    """None where quantity or price is missing."""
    long_amount: str = ""
    vat_rate: Decimal | None
    odd_rate: str = ""
    rate_without_account: str = ""
    unit: str = ""
    known_unit: str | None = None
    unknown_article: str = ""
    unknown_project: str = ""
    several_projects: str = ""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text: its name on the client's screen, how long it is and may be, and the signs in it that Fortnox refuses."""

    name: str
    length: int
    longest: int | None = None
    refused: str = ""


class SalesInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice to check. `id` is the ledger's, unique in the batch."""

    id: int
    date: dt.date | None
    due_date: dt.date | None
    locked_until: dt.date | None = None
    number: str = ""
    number_master: str = "severa"
    early_number: str = ""
    """Its number, where that comes before the first that is carried."""
    customer: str = ""
    known_customer: str | None = None
    currency: str = ""
    unrated_currency: str = ""
    row_count: int
    net: Decimal | None
    rows_net: Decimal | None
    vat: Decimal | None
    rows_vat: Decimal | None
    credit_total: Decimal | None = None
    """The total of a credit note; None for an invoice."""
    waits_for: str = ""
    """The invoice that it credits, where that is on its way."""
    unknown_original: str = ""
    rows: Sequence[Row] = ()
    texts: Sequence[Text] = ()


COLUMNS = ("id", "date", "due_date", "locked_until", "number", "number_master", "customer", "known_customer", "currency") + (
    *("unrated_currency", "row_count", "net", "rows_net", "vat", "rows_vat", "credit_total", "waits_for", "unknown_original"),
    "early_number",
)
ROW_COLUMNS = ("id", "amount", "long_amount", "vat_rate", "odd_rate", "rate_without_account", "unit", "known_unit") + (
    *("unknown_article", "unknown_project", "several_projects"),
)
TEXT_COLUMNS = ("id", "name", "too_long", "refused")


def invoice_rows(one: SalesInvoice) -> Iterable[tuple[Any, ...]]:
    """The one row of an invoice, in the order of COLUMNS; None is what it does not say."""
    values = (getattr(one, name) for name in COLUMNS[1:])
    return ((one.id, *(None if value == "" else value for value in values)),)


def row_rows(one: SalesInvoice) -> Iterable[tuple[Any, ...]]:
    """A row for each, in the order of ROW_COLUMNS."""
    for row in one.rows:
        values = (getattr(row, name) for name in ROW_COLUMNS[1:])
        yield (one.id, *(None if value == "" else value for value in values))


def text_rows(one: SalesInvoice) -> Iterable[tuple[Any, ...]]:
    """A row for each text, in the order of TEXT_COLUMNS: the texts themselves stay where they are."""
    for text in one.texts:
        is_long = text.longest is not None and text.length > text.longest
        too_long = f"{text.name} ({text.length} > {text.longest})" if is_long else None
        yield (one.id, text.name, too_long, f"{text.name}: {text.refused}" if text.refused else None)
