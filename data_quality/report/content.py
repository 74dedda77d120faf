"""What a client's report says, in values: the page, the PDF and the spreadsheet say exactly this and nothing else.

Amounts are in minor units (øre) of their currency. Texts from outside (names, numbers, addresses) stand here as they came: whoever
writes a form makes them safe for that form. Personal data is limited to what the client itself sent.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

Language = Literal["nb", "en"]
Became = Literal["sent", "on_its_way", "with_us", "cancelled"]
"""Of what was held; "with_us": a counterpart refused it, or has not answered."""


class Amount(msgspec.Struct, frozen=True):
    """Minor units and their currency; a report may have several currencies side by side."""

    minor: int
    currency: str = "NOK"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a document or a card, in the report's language."""

    code: str
    field: str
    """The field in words that stand on the client's own screen."""
    what: str
    remedy: str
    value: str = ""
    suggestion: str = ""
    """What it probably should say; never filled in by us."""
    severity: Literal["block", "warn", "info"] = "block"
    holds: bool = False
    """Whether it holds the document back (a closed channel does not); a warning may, too."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A document (or, with kind "customer", a customer card; "movement": of return data) and what is wrong with it."""

    kind: Literal["invoice", "credit_note", "customer", "movement"]
    number: str
    buyer: str
    """Of a movement, and of what return data paid too much, what happened in words."""
    customer_number: str
    amount: Amount | None = None
    problems: tuple[Problem, ...] = ()
    holds: tuple[Literal["book", "distribute", "letter"], ...] = ()
    """What waits; "book" and "distribute": it was not booked either."""
    since: dt.date | None = None
    """The business date on which it was first held; None where no report of then says so."""
    document_id: int = 0
    """Which document it is in our ledger, so that the next report knows it again; no form shows it."""


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was held when the last report was made, and is not any more."""

    kind: Literal["invoice", "credit_note"]
    number: str
    buyer: str
    amount: Amount
    became: Became


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the trend: documents fetched, sent to their debtors, and held at the end of it, for whatever reason."""

    date: dt.date
    fetched: int
    sent: int
    held: int


class CertificateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of the slot: per purpose and currency, in counts and amounts."""

    purpose: str
    currency: str
    count: dict[str, int]
    """opening, fetched, corrected, accepted, rejected, skipped, cancelled, waiting, held, in_doubt, closing."""
    amount: dict[str, int]
    adds_up: bool
    hash: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Why something differs, by theirs less ours. Texts as domain.reconciliation.Difference has them."""

    code: str
    minor: int = 0
    number: str = ""
    kind: str = ""
    voucher: str = ""
    customer: str = ""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What we and others have of the same in one currency, in minor units."""

    role: Literal["customers", "customer_contra", "balance", "company"]
    currency: str
    ours: int
    theirs: int
    differences: tuple[Difference, ...] = ()


class Returns(msgspec.Struct, frozen=True, kw_only=True):
    """Return data: what is held now, and how the books agreed when they were last compared."""

    held: tuple[Item, ...] = ()
    """By amount, as the report's own."""
    open: int = 0
    """What waits besides, for us or for PowerOffice."""
    until: dt.date | None = None
    """Up to the end of which day it was compared; None where it never was."""
    compared: tuple[Compared, ...] = ()
    overpaid: tuple[Item, ...] = ()
    """Invoices of which more was paid and credited than they were; the amount is what is too much."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant's report of one slot, or of a period."""

    tenant: str
    client: str
    """The client's own name, the tenant key where nobody told us."""
    language: Language
    made_at: dt.datetime
    """Aware, in the client's time zone."""
    slot: dt.datetime | None
    """The slot that it reports, None for a period."""
    period: tuple[dt.date, dt.date]
    """First and last day; the same day twice for a slot."""
    fetched: int
    sent: int
    next_slot: dt.datetime | None
    """When what is mended until then goes out; None when nothing is scheduled."""
    held: tuple[Item, ...] = ()
    """By amount held back, kroner before other currencies, the largest first. Of now, also where a period is reported."""
    waits_on_us: tuple[Item, ...] = ()
    """Held by what only we can mend, in doubt now, or rejected since the last report (or in the period): the client need do
    nothing."""
    waiting_credit_notes: int = 0
    """Held for nothing but their invoice: nobody need do anything."""
    released: tuple[Released, ...] = ()
    warnings: tuple[Item, ...] = ()
    """Documents that were sent and customer cards, with what is worth mending and was not said before."""
    cards: tuple[Item, ...] = ()
    """Customer cards that would hold the next invoice, from the nightly check of the register; `holds` says what."""
    trend: tuple[Day, ...] = ()
    """Thirty days that end with the slot's or the period's last one, each with a figure; empty where nothing was ever certified."""
    certificates: tuple[CertificateLine, ...] = ()
    stops: tuple[str, ...] = ()
    """Sentences about what is stopped now."""
    returns: Returns | None = None
    """None for a client without return data."""
    rules: str = ""
    """Which version of the rules judged, in words."""
    newest_finding: int = 0
    """The newest line of the finding log that it knows; the next report tells what came after it. No form shows it."""
