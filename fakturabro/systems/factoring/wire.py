"""The factoring ledger's JSON as contract.openapi.yaml says; amounts are texts with two digits on the wire, Decimal here.

Source: contract.openapi.yaml beside this file.
Assumed: the whole contract.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
from typing import Annotated, Literal

import msgspec

EntryType = Literal["invoice", "credit_note"]
Channel = Literal["ehf", "email", "letter", "none"]
PaymentKind = Literal["payment", "reversal"]
MovementKind = Literal[
    "payment",
    "administrative_fee",
    "return_data_fee",
    "financial_fee",
    "payout",
    "reminder_fee",
    "interest",
    "bad_debt",
    "balance_change",
]

_FIELD = re.compile(r"`(?:\$\.)?(\w+)`$")
Number = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]{0,35}\Z")]

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
        msgspec.structs.force_setattr(self, "amount", _exact(self.amount, f"{self.type} {self.number}"))


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


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a payment settles this entry; minus takes back."""

    type: EntryType
    number: str
    amount: decimal.Decimal

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "amount", _exact(self.amount, f"{self.type} {self.number}"))


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money that came in, or was taken back (minus). What its allocations leave over stands in suspense."""

    reference: str
    kind: PaymentKind
    date: dt.date
    amount: decimal.Decimal
    currency: str
    kid: str = ""
    payer_name: str = ""
    allocations: tuple[Allocation, ...] = ()

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "amount", _exact(self.amount, self.reference))


class BookedPayment(Payment, frozen=True, kw_only=True):
    """A payment as it stands, with all that it was allocated to and what of it is in suspense."""

    id: int
    client: str
    suspense: decimal.Decimal
    booked_at: dt.datetime


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What leaves suspense. `id` is ours: the same one counts once."""

    id: str
    allocations: tuple[Allocation, ...]


class _Numbered(msgspec.Struct, frozen=True, kw_only=True):
    id: Annotated[int, msgspec.Meta(le=(1 << 63) - 1)]


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What the factoring company did on the client's account; `amount` includes `vat`, `vat_rate` is 0.25 for 25 %."""

    id: int
    kind: MovementKind
    date: dt.date
    amount: decimal.Decimal
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
    vat: decimal.Decimal | None = None
    vat_rate: decimal.Decimal | None = None
    text: str = ""
    invoice_number: Number = ""
    kid: Number = ""
    buyer_number: Number = ""
    settlement: Number = ""


class UnreadableMovement(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that could not be read, and the field that it fails by; "" where it is none of one field."""

    id: int
    field: str


class MovementNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """A page's numbers: whatever else a movement says, it says that."""

    movements: list[_Numbered]


class MovementRows(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it comes: each movement is read alone."""

    movements: list[msgspec.Raw]


class MovementPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, and the bytes that it was read from."""

    movements: list[Movement]
    unreadable: list[UnreadableMovement] = []
    content: bytes = b""


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    currency: str
    amount: decimal.Decimal


class BalanceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What the company owes the client at the end of `date`, per currency."""

    client: str
    date: dt.date
    balances: list[Balance]


def read_movement(raw: msgspec.Raw, number: int) -> Movement | UnreadableMovement:
    """One movement of a page, which says that it has this number."""
    try:
        return msgspec.json.decode(raw, type=Movement)
    except (ValueError, RecursionError) as error:
        named = _FIELD.search(str(error)) if isinstance(error, msgspec.ValidationError) else None
        return UnreadableMovement(id=number, field=named[1] if named else "")


def _exact(amount: decimal.Decimal, of: str) -> decimal.Decimal:
    """The amount with two decimals. Raises AmountError where that would change it."""
    try:
        exact = amount.quantize(decimal.Decimal("0.01"), context=_EXACT) if amount.is_finite() else None
    except decimal.DecimalException:
        exact = None
    if exact is None:
        raise AmountError(f"{of}: {amount} is no amount with at most two decimals")
    return exact
