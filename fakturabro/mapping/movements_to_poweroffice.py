"""Money that moved on a bank account -> a bank voucher of PowerOffice Go: the bank's line first, then what it settles."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from fakturabro.systems.poweroffice import bank_wire

_NAMES = uuid.UUID("5f0c2f0e-7a1b-5d38-9c55-1f0b6f3c1a90")
_LONGEST_CID = 25


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The ids that lines are posted with: the bank's account in the chart, and the VAT code for none."""

    bank: int
    no_vat: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What of the money belongs to one sub-ledger account: `amount` as on the bank account; `invoice_number` what it settles."""

    account_id: int
    amount: Decimal
    invoice_number: str = ""
    kid: str = ""


def to_reference(tenant: str, what: str, name: str) -> str:
    """What the voucher is known by for ever: the same for the same movement, also from a ledger that was restored.

    >>> to_reference("solberg", "executed", "E2E-1") == to_reference("solberg", "executed", "E2E-1")
    True
    """
    return str(uuid.uuid5(_NAMES, f"{tenant}/{what}/{name}"))


def to_voucher(
    reference: str, day: dt.date, amount: Decimal, currency: str, books: Books, parts: Sequence[Part], text: str
) -> bank_wire.BankVoucher:
    """`amount` moved on `day`, minus is money out; the parts add up to it. Raises ValueError where they do not."""
    if sum(part.amount for part in parts) != amount or not amount:
        raise ValueError(f"{text}: {[str(part.amount) for part in parts]} do not add up to {amount}")
    lines = [
        bank_wire.VoucherLine(
            account_id=books.bank, posting_date=day, vat_id=books.no_vat, currency_amount=amount, description=text
        ),
        *(
            bank_wire.VoucherLine(
                account_id=part.account_id,
                posting_date=day,
                vat_id=books.no_vat,
                currency_amount=-part.amount,
                invoice_no=part.invoice_number or None,
                cid=part.kid if 0 < len(part.kid) <= _LONGEST_CID else None,
                description=text,
            )
            for part in parts
        ),
    ]
    return bank_wire.BankVoucher(
        voucher_date=day, currency_code=currency, description=text, external_import_reference=reference, voucher_lines=lines
    )
