"""What invoice.typ lays out: finished texts and nothing to be reckoned. The template reads these names from JSON."""

from __future__ import annotations

import msgspec

LEAST_ROOM = 10.5
"""How long a word may be anywhere on the sheet, in em; longer ones are given places to break."""
_CELLS = {"lines": 14.0, "parties": 15.0, "boxes": 15.0}
ROOM = {"seller": 25.0, "recipient": 19.0, "note": 45.0, "text": 42.0, "look": 500.0, "ehf": 500.0, **_CELLS}
"""Where the template has more room: an e-mail address or a KID of 25 digits is not cut up there, nor is a file's name."""


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
    running: str
    """The sum of the lines until and with this one."""
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


class Look(Part, frozen=True):
    """The tenant's brand: two colours as #rrggbb, the logo's file ("" for none) with its alternative text, a line at the foot."""

    color: str
    tint: str
    logo: str
    logo_text: str
    footer: str


class Attached(Part, frozen=True):
    """The EHF that lies in the PDF."""

    name: str
    description: str


class Slip(Part, frozen=True):
    """What is needed to pay: who pays whom until when, then what is typed into the bank, at home and from abroad."""

    hint: str
    parties: tuple[Fact, ...]
    boxes: tuple[Fact, ...]
    abroad: tuple[Fact, ...]


class Notice(Part, frozen=True):
    title: str
    text: str


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
    look: Look
    ehf: Attached | None
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
    slip: Slip | None
    """At the foot of the last page; None when nothing is to be paid."""
