"""Invoices and credit notes of the seed before they are written (sandboxes.ehf_writing), with their sums.

Amounts are Decimal in the document's currency, positive on credit notes.
Every sum is derived, so a document is right until it is spoilt.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

_OERE = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    """To two decimals, half up."""
    return amount.quantize(_OERE, ROUND_HALF_UP)


class Address(msgspec.Struct, frozen=True):
    """Street, post code, place and country; empty strings are left out of the document."""

    street: str
    post_code: str
    place: str
    country: str = "NO"
    extra: str = ""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Seller or buyer. `endpoint` is (scheme, value)."""

    name: str
    address: Address | None
    number: str = ""
    endpoint: tuple[str, str] | None = None
    vat_number: str = ""
    registered: bool = False
    contact: str = ""
    email: str = ""
    phone: str = ""


class Vat(msgspec.Struct, frozen=True):
    """A VAT category with its percent, and the reason where the category asks for one."""

    code: str
    percent: Decimal
    reason: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line; `allowance` is an amount taken off the line."""

    text: str
    quantity: Decimal
    unit: str
    price: Decimal
    vat: Vat
    product: str = ""
    allowance: Decimal = Decimal(0)
    note: str = ""

    @property
    def net(self) -> Decimal:
        return rounded(self.quantity * self.price) - self.allowance


class Adjustment(msgspec.Struct, frozen=True):
    """An allowance or a charge on the whole document."""

    charge: bool
    amount: Decimal
    reason: str
    vat: Vat


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or credit note before it is written."""

    kind: Literal["invoice", "credit_note"]
    number: int
    issued: dt.date
    due: dt.date
    seller: Party
    buyer: Party
    account: str
    lines: tuple[Line, ...]
    currency: str = "NOK"
    rate: Decimal = Decimal(1)
    """NOK for one unit of the currency."""
    note: str = ""
    buyer_reference: str = ""
    order_reference: str = ""
    original: tuple[int, dt.date] | None = None
    adjustments: tuple[Adjustment, ...] = ()
    whole_kroner: bool = False
    attachment: tuple[str, str, str] | None = None
    """(file name, mime type, base64)."""
    link: tuple[str, str] | None = None
    """(name, address) of a document that lies elsewhere."""
    delivered_to: Address | None = None
    prepaid: Decimal = Decimal(0)
    after_references: str = ""
    """XML that stands after the references; for elements that Peppol does not know."""

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0)) + sum(signed(one) for one in self.adjustments)

    @property
    def vat(self) -> Decimal:
        return sum((rounded(base * vat.percent / 100) for vat, base in self.bases().items()), Decimal("0.00"))

    @property
    def rounding(self) -> Decimal:
        total = self.net + self.vat
        return total.quantize(Decimal(1), ROUND_HALF_UP) - total if self.whole_kroner else Decimal(0)

    @property
    def payable(self) -> Decimal:
        return rounded(self.net + self.vat + self.rounding - self.prepaid)

    def bases(self) -> dict[Vat, Decimal]:
        """The taxable amount of each VAT category."""
        found: dict[Vat, Decimal] = {}
        for line in self.lines:
            found[line.vat] = found.get(line.vat, Decimal(0)) + line.net
        for one in self.adjustments:
            found[one.vat] = found.get(one.vat, Decimal(0)) + signed(one)
        return found


def signed(one: Adjustment) -> Decimal:
    """A charge as it is, an allowance as negative."""
    return one.amount if one.charge else -one.amount
