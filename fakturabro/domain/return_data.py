"""Return data: what happened to a client's claims at the factoring company, and which accounts of the client's it is posted on.

A movement is one thing that happened; a settlement gathers a client's movements and carries the balance on. The table says which
roles a movement is posted on; a role becomes an account in the tenant's options. An empty text is something that is not stated.

Assumed: the table; a fee's amount includes its VAT, and nothing but fees carries VAT; a VAT one øre off was rounded elsewhere.
"""

from __future__ import annotations

import decimal
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date as Date  # noqa: N812 - a field is called date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

import msgspec

from fakturabro.domain import documents, payments
from fakturabro.domain.findings import Finding

MovementKind = Literal[
    "payment",
    "settled",
    "administrative_fee",
    "return_data_fee",
    "financial_fee",
    "payout",
    "reminder_fee",
    "interest",
    "bad_debt",
    "balance_change",
]
Role = Literal[
    "buyer",
    "customer_contra",
    "balance",
    "payout",
    "administrative_fees",
    "return_data_fees",
    "financial_fees",
    "reminder_fees",
    "interest",
    "bad_debts",
    "balance_contra",
]
KINDS: tuple[MovementKind, ...] = get_args(MovementKind)
IMPORTED: tuple[MovementKind, ...] = tuple(one for one in KINDS if one != "settled")
"""What a factoring system tells. `settled` is made by us, once in a settlement."""

_FEES = {"administrative_fee", "return_data_fee", "financial_fee"}
_WITHOUT_VAT = {"buyer", "customer_contra", "balance", "payout"}
_CENT = Decimal("0.01")
_EXACT = decimal.Context(prec=28, traps=[decimal.Inexact, decimal.InvalidOperation])


class AmountError(ValueError):
    """An amount has more than two decimals or is no number: mend it where it was made, it is never rounded here."""


class RowError(ValueError):
    """A movement of a kind that the posting table has no row for: `check` holds it before anybody posts it."""


class Movement(payments.Value, frozen=True, kw_only=True):
    """`amount` includes VAT and is above zero for what the kind says; minus takes it back. `vat` is the part of it that is VAT.

    `id` is the factoring system's own, unique per client. `vat_rate` is 0.25 for 25 %. `settlement` is the factoring system's own
    number, where it makes settlements itself. Raises AmountError.
    """

    id: str
    kind: MovementKind
    date: Date
    amount: Decimal
    currency: str = "NOK"
    vat: Decimal | None = None
    vat_rate: Decimal | None = None
    text: str = ""
    invoice_number: str = ""
    kid: str = ""
    buyer_number: str = ""
    settlement: str = ""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "amount", _exact(self.amount, self.id))
        if self.vat is not None:
            msgspec.structs.force_setattr(self, "vat", _exact(self.vat, self.id))
        if self.vat_rate is not None and self.vat_rate.is_finite():
            msgspec.structs.force_setattr(self, "vat_rate", self.vat_rate.normalize() + 0)


class Row(payments.Value, frozen=True, kw_only=True):
    """Where one kind of movement is posted when its amount is above zero; below zero the sides change."""

    debit: Role
    credit: Role


Table = Mapping[MovementKind, Row]
DEFAULTS: Table = {
    "payment": Row(debit="customer_contra", credit="buyer"),
    "settled": Row(debit="balance", credit="customer_contra"),
    "administrative_fee": Row(debit="administrative_fees", credit="balance"),
    "return_data_fee": Row(debit="administrative_fees", credit="balance"),
    "financial_fee": Row(debit="financial_fees", credit="balance"),
    "payout": Row(debit="payout", credit="balance"),
}
"""Kinds without a row depend on the agreement with the client: they are held until the tenant's own table has one."""


class Posting(payments.Value, frozen=True, kw_only=True):
    """One line: debit above zero, credit below. `vat` is the part of `amount` that is VAT, with its sign."""

    role: Role
    amount: Decimal
    vat: Decimal | None = None
    vat_rate: Decimal | None = None


class Settlement(payments.Value, frozen=True, kw_only=True):
    """What moved for a client in one currency up to `date`. Numbers follow without holes, `closing` is the next one's opening."""

    number: int
    client: str
    date: Date
    currency: str
    opening: Decimal
    closing: Decimal
    movements: tuple[Movement, ...]


def postings(movement: Movement, table: Table = DEFAULTS) -> tuple[Posting, Posting]:
    """The debit and the credit of a movement; they add up to zero. Raises RowError for a kind without a row."""
    row = table.get(movement.kind)
    if row is None:
        raise RowError(f"movement {movement.id}: no row for {movement.kind}")
    return _posting(movement, row.debit, 1), _posting(movement, row.credit, -1)


def sums(movements: Iterable[Movement], table: Table = DEFAULTS) -> dict[str, dict[Role, Decimal]]:
    """What stands on each role after the movements, by currency. Raises RowError.

    `customer_contra` is what was paid and is not settled yet, `balance` what the factoring company owes the client.
    """
    found: defaultdict[str, defaultdict[Role, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for movement in movements:
        for one in postings(movement, table):
            found[movement.currency][one.role] += one.amount
    return {currency: dict(of_role) for currency, of_role in found.items()}


def balance_of(movements: Iterable[Movement], currency: str = "NOK", table: Table = DEFAULTS) -> Decimal:
    """By how much the movements in one currency change what the factoring company owes the client. Raises RowError."""
    return sums((one for one in movements if one.currency == currency), table).get(currency, {}).get("balance", Decimal("0.00"))


def check(movement: Movement, table: Table = DEFAULTS) -> tuple[Finding, ...]:
    """What holds back the posting of one movement."""
    return tuple(_faults(movement, table.get(movement.kind)))


def check_settlement(settlement: Settlement, table: Table = DEFAULTS, before: Settlement | None = None) -> tuple[Finding, ...]:
    """What is wrong with a settlement, and with how it follows `before`. A finding stops all of it.

    Without `before` it is the client's first: its opening is what the factoring company owed when return data was switched on.
    """
    unposted = sorted({one.kind for one in settlement.movements} - set(table))
    if unposted:
        return tuple(_block("kind_without_posting", "kind", kind) for kind in unposted)
    return (*_follows(settlement, before), *_adds_up(settlement, table))


def _follows(settlement: Settlement, before: Settlement | None) -> Iterator[Finding]:
    number = before.number + 1 if before else 1
    if settlement.number != number:
        yield _block("number_differs", "number", f"{settlement.number} / {number}")
    if before is None:
        return
    if settlement.opening != before.closing:
        yield _block("opening_differs", "opening", f"{settlement.opening} / {before.closing}")
    if (before.client, before.currency) != (settlement.client, settlement.currency):
        yield _block("follows_another", "number", f"{before.client} {before.currency}")
    if settlement.date < before.date:
        yield _block("dated_before", "date", f"{settlement.date} / {before.date}")


def _adds_up(settlement: Settlement, table: Table) -> Iterator[Finding]:
    reckoned = settlement.opening + balance_of(settlement.movements, settlement.currency, table)
    if reckoned != settlement.closing:
        yield _block("closing_differs", "closing", f"{settlement.closing} / {reckoned} ({settlement.closing - reckoned:+})")
    for one in settlement.movements:
        if one.currency != settlement.currency:
            yield _block("other_currency", "currency", f"{one.id} {one.currency}")
        if one.date > settlement.date:
            yield _block("dated_after", "date", f"{one.id} {one.date}")
    for name, times in Counter(one.id for one in settlement.movements).items():
        if times > 1:
            yield _block("repeated_movement", "id", name)


def _faults(movement: Movement, row: Row | None) -> Iterator[Finding]:
    if row is None:
        yield _block("kind_without_posting", "MovementKind", movement.kind)
    elif "buyer" in (row.debit, row.credit) and not (movement.invoice_number or movement.kid or movement.buyer_number):
        yield _block("names_no_buyer", "Buyer")
    if not movement.amount:
        yield _block("no_amount", "MovementAmount")
    yield from _vat_faults(movement)


def _vat_faults(movement: Movement) -> Iterator[Finding]:
    vat, rate = movement.vat, movement.vat_rate
    if vat is None or rate is None:
        if vat is not None or rate is not None:
            yield _block("vat_incomplete", "VatAmount")
    elif movement.kind not in _FEES and (vat or rate):
        yield _block("vat_not_expected", "VatAmount", str(vat))
    elif not (rate.is_finite() and 0 <= rate < 1):
        yield _block("bad_vat_rate", "VatRate", str(rate))
    else:
        right = (movement.amount * rate / (1 + rate)).quantize(_CENT, ROUND_HALF_UP)
        if abs(vat - right) > _CENT:
            yield _block("vat_differs", "VatAmount", str(vat), str(right))


def _posting(movement: Movement, role: Role, sign: int) -> Posting:
    stated = movement.vat if movement.kind in _FEES else Decimal("0.00")
    vat = None if stated is None or role in _WITHOUT_VAT else sign * stated + 0
    return Posting(role=role, amount=sign * movement.amount, vat=vat, vat_rate=None if vat is None else movement.vat_rate)


def _block(code: str, field: str, value: str = "", suggestion: str = "") -> Finding:
    holds = documents.RETURN_PURPOSES
    return Finding(code=code, severity="block", field=field, value=value, suggestion=suggestion, holds=holds)


def _exact(amount: Decimal, of: str) -> Decimal:
    """With two decimals. Raises AmountError where that would change it."""
    try:
        exact = amount.quantize(_CENT, context=_EXACT) if amount.is_finite() else None
    except decimal.DecimalException:
        exact = None
    if exact is None or exact.adjusted() >= 12:
        raise AmountError(f"movement {of}: {amount} is no amount with at most two decimals")
    return exact
