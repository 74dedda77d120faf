"""The factoring ledger's JSON as contract.openapi.yaml says; amounts are texts with two digits on the wire, Decimal here.

Source: contract.openapi.yaml beside this file.
Assumed: the whole contract.
"""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Literal

import msgspec

EntryType = Literal["invoice", "credit_note"]
Channel = Literal["ehf", "email", "letter", "none"]

_EXACT = decimal.Context(prec=28, traps=[decimal.Inexact, decimal.InvalidOperation])


class AmountError(ValueError):
    """An amount cannot be written with two decimals without changing it: mend the document, never round it here."""


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    lines: tuple[str, ...] = ()
    post_code: str = ""
    place: str = ""
    country: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be booked. `amount` is positive on credit notes too and has two decimals, else AmountError."""

    number: str
    type: EntryType
    kid: str
    amount: decimal.Decimal
    currency: str
    invoice_date: dt.date
    due_date: dt.date | None = None
    original_number: str | None = None
    buyer_number: str
    buyer_name: str
    buyer_organisation_number: str | None = None
    buyer_address: Address | None = None
    distributed: bool

    def __post_init__(self) -> None:
        try:
            exact = self.amount.quantize(decimal.Decimal("0.01"), context=_EXACT) if self.amount.is_finite() else None
        except decimal.DecimalException:
            exact = None
        if exact is None:
            raise AmountError(f"{self.type} {self.number}: {self.amount} is no amount with at most two decimals")
        msgspec.structs.force_setattr(self, "amount", exact)


class BookedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands; `channel` is "none" until it was distributed."""

    id: int
    client: str
    number: str
    type: EntryType
    kid: str
    amount: decimal.Decimal
    currency: str
    booked_at: dt.datetime
    channel: Channel


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    entries: list[BookedEntry]
    total: int


class Distribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    channel: Channel
    reason: str = ""
