"""Movements of one settlement -> a bank voucher of PowerOffice Go: two lines each, and what the settlement takes over of payments.

Assumed: Go takes a voucher of 500 lines, and converts what is in another currency by the rate of each line's posting date; a line's
VAT code counts for debit as for credit; a debit line that names an invoice which was settled opens it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from fakturabro.domain import return_data
from fakturabro.systems.poweroffice import bank_wire

_HOME = "NOK"
_LONGEST_CID = 25


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a role is posted: the account's number in the chart and the ids that a line names."""

    account_no: int
    account_id: int
    vat_id: int
    department_id: int | None = None
    project_id: int | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A movement, and what is posted with it. `subledger_id` is the buyer's account, None where no posting of it is on one."""

    movement: return_data.Movement
    text: str
    subledger_id: int | None = None
    invoice_number: str = ""
    kid: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the voucher is: `day` is the settlement's, `taking_over` what the lines say by which it takes over payments."""

    reference: str
    day: dt.date
    currency: str
    text: str
    taking_over: str


def most_movements(currency: str) -> int:
    """So many go in one voucher, which has 500 lines at most."""
    return 249 if currency == _HOME else 125


class LackingError(ValueError):
    """A movement names a buyer or a role that nothing is known of: it was to be held before anybody posts it."""


def to_voucher(
    head: Head, items: Sequence[Item], places: Mapping[return_data.Role, Place], table: return_data.Table, no_vat: int
) -> bank_wire.BankVoucher:
    """The voucher; it adds up to zero. `no_vat` is the VAT code of lines on customers' accounts.

    Raises LackingError, return_data.RowError, and ValueError for what is no voucher: another currency, nothing in it, too much.
    """
    if not 0 < len(items) <= most_movements(head.currency) or {one.movement.currency for one in items} != {head.currency}:
        raise ValueError(f"{head.reference}: {len(items)} movements of {head.currency} make no voucher")
    lines = [line for one in [*items, *_taken_over(head, items, table)] for line in _lines(one, places, table, no_vat)]
    if sum(line.currency_amount for line in lines):
        raise ValueError(f"{head.reference}: does not add up to zero")
    return bank_wire.BankVoucher(
        voucher_date=head.day,
        currency_code=head.currency,
        description=head.text,
        external_import_reference=head.reference,
        voucher_lines=lines,
    )


def _taken_over(head: Head, items: Sequence[Item], table: return_data.Table) -> Iterator[Item]:
    """What the settlement takes over of the payments in this very voucher: one that is held holds its own.

    In another currency each payment is taken over by itself on its own day: only so nothing is left of it in kroner.
    """
    moved = [one.movement for one in items]
    some = [(head.day, moved)] if head.currency == _HOME else [(one.date, [one]) for one in moved]
    for day, paid in some:
        amount = return_data.sums(paid, table)[head.currency].get("customer_contra", Decimal(0))
        if amount:
            made = return_data.Movement(id=head.reference, kind="settled", date=day, amount=amount, currency=head.currency)
            yield Item(movement=made, text=head.taking_over)


def _lines(
    item: Item, places: Mapping[return_data.Role, Place], table: return_data.Table, no_vat: int
) -> Iterator[bank_wire.VoucherLine]:
    for one in return_data.postings(item.movement, table):
        line = _to_buyer(item, no_vat) if one.role == "buyer" else _to_account(item, places.get(one.role))
        yield msgspec.structs.replace(line, currency_amount=one.amount)


def _to_buyer(item: Item, no_vat: int) -> bank_wire.VoucherLine:
    if item.subledger_id is None:
        raise LackingError(f"movement {item.movement.id}: no buyer's account")
    return bank_wire.VoucherLine(
        account_id=item.subledger_id,
        posting_date=item.movement.date,
        vat_id=no_vat,
        currency_amount=item.movement.amount,
        invoice_no=item.invoice_number or None,
        cid=item.kid if 0 < len(item.kid) <= _LONGEST_CID else None,
        description=item.text,
    )


def _to_account(item: Item, place: Place | None) -> bank_wire.VoucherLine:
    if place is None:
        raise LackingError(f"movement {item.movement.id}: no account for {item.movement.kind}")
    return bank_wire.VoucherLine(
        account_id=place.account_id,
        posting_date=item.movement.date,
        vat_id=place.vat_id,
        currency_amount=item.movement.amount,
        description=item.text,
        department_id=place.department_id,
        project_id=place.project_id,
    )
