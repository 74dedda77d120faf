"""Whether an account of the client's chart takes what we want to post on it, said before it is tried.

Source: the vendor's v2 OpenAPI file (GeneralLedgerAccountDto, VatCodeDto).
Assumed: an account that is not active takes no voucher, one with a currency takes only that one; a VAT code outside its dates is
refused; Go rounds the VAT of each line half up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from fakturabro.systems.poweroffice import bank_wire, messages

_OERE = Decimal("0.01")


def vat_of(amount: Decimal, vat: bank_wire.VatCode) -> Decimal:
    """What of an amount Go will post as VAT.

    >>> vat_of(Decimal("100.01"), bank_wire.VatCode(id=7, rate=Decimal("0.25")))
    Decimal('20.00')
    """
    rate = vat.rate or Decimal(0)
    return (amount * rate / (1 + rate)).quantize(_OERE, ROUND_HALF_UP)


def faults(
    number: int,
    account: bank_wire.GeneralLedgerAccount | None,
    vat: bank_wire.VatCode | None,
    day: dt.date,
    currency: str = "NOK",
    *,
    has_department: bool = False,
    has_project: bool = False,
) -> list[str]:
    """Why an amount with this VAT code cannot be posted on account `number` on `day`, in Norwegian; empty where it can.

    `account` is None where the chart has none of that number, `vat` where the client has no such code.
    """
    if account is None:
        return [messages.no_account(number)]
    if account.is_active is False:
        return [messages.closed_account(number)]
    found = list(_vat_faults(number, account, vat, day))
    if account.currency_code not in (None, "", currency):
        found.append(messages.other_currency(number, account.currency_code, currency))
    if account.is_department_required and not has_department:
        found.append(messages.needs_department(number))
    if account.is_project_required and not has_project:
        found.append(messages.needs_project(number))
    return found


def _vat_faults(number: int, account: bank_wire.GeneralLedgerAccount, vat: bank_wire.VatCode | None, day: dt.date) -> Iterator[str]:
    if vat is None:
        yield messages.no_such_vat_code(number)
    elif vat.is_active is False or (vat.valid_from and day < vat.valid_from) or (vat.valid_to and day > vat.valid_to):
        yield messages.closed_vat_code(number, vat.code)
    elif account.is_vat_code_locked and account.vat_code_id != vat.id:
        yield messages.locked_vat_code(number, account.vat_code, vat.code)
