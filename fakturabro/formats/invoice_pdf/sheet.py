"""What invoice.typ lays out: finished texts and nothing to be reckoned. The template reads these names from JSON."""

from __future__ import annotations

import msgspec

LEAST_ROOM = 10.5
"""How long a word may be anywhere on the sheet, in em; longer ones are given places to break."""
ROOM = {"seller": 25.0, "recipient": 19.0, "note": 45.0, "text": 42.0, "lines": 14.0, "payment": 13.0, "band": 13.0}
"""Where the template has more room: an e-mail address or a KID of 25 digits is not cut up there."""


class Part(msgspec.Struct, frozen=True):
    """Base of every part of the sheet."""


class Fact(Part, frozen=True):
    label: str
    value: str


class Line(Part, frozen=True):
    name: str
    details: tuple[str, ...]
    quantity: str
    price: str
    per: str
    """Under the price, e.g. "per 100 kg"."""
    discount: str
    vat: str
    amount: str
    may_break: bool
    """Whether the row may be split between two pages; only rows too tall to be kept together."""


class VatRow(Part, frozen=True):
    label: str
    reason: str
    basis: str
    tax: str


class Seller(Part, frozen=True):
    name: str
    details: tuple[str, ...]


class Payment(Part, frozen=True):
    """Two rows: what every debtor needs, and what is needed from abroad. Both may be empty."""

    facts: tuple[Fact, ...] = ()
    from_abroad: tuple[Fact, ...] = ()


class Notice(Part, frozen=True):
    title: str
    text: str
    payment: Payment


class Document(Part, frozen=True):
    """Metadata of the PDF; `date` is (year, month, day)."""

    title: str
    author: str
    date: tuple[int, int, int]
    language: str
    identity: str
    """Stands at the foot of every page, e.g. "Nordlys Elektro AS · Faktura 1001"."""


class Sheet(Part, frozen=True):
    document: Document
    words: dict[str, str]
    title: str
    seller: Seller
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    references: tuple[Fact, ...]
    note: str
    lines: tuple[Line, ...]
    has_discount: bool
    vat: tuple[VatRow, ...]
    sums: tuple[Fact, ...]
    total: Fact
    notice: Notice | None
    band: Payment | None
    """The payment summary at the foot of the last page; None when nothing is to be paid."""
