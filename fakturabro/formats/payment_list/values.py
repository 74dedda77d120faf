"""Cells -> amounts, dates, accounts and references. Each gives None, or a code, for what it does not trust: nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from fakturabro.domain import bank_accounts, payments

_PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,2}))?")
_GROUPED = re.compile(r"([0-9]{1,3}(?:([., '])[0-9]{3})(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]{1,2}))?")
_ONE_SEPARATOR = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_NORWEGIAN, _ISO = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})"), re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_EXACT_DIGITS = 15
"""A spreadsheet keeps no more digits of a number."""


def amount(cell: object) -> Decimal | None:
    """An amount as people write it; None where point or comma could mean two things, as in 1.234.

    >>> [str(amount(one)) for one in ("1 234,50", "1.234,5", "1,234.50", "kr 99", 1234.5, 0.1 + 0.2, "1.234", "-5", "1e3")]
    ['1234.50', '1234.5', '1234.50', '99', '1234.5', '0.3', 'None', 'None', 'None']
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        return Decimal(f"{cell:.15g}") if abs(cell) < 1e15 else None
    if not isinstance(cell, str):
        return None
    text = cell.casefold().replace("\u2019", "'").removeprefix("kr").removeprefix("nok").removesuffix("kr").strip()
    if found := _PLAIN.fullmatch(text):
        whole, part = found.groups()
    elif (found := _GROUPED.fullmatch(text)) and not _ONE_SEPARATOR.fullmatch(text):
        whole, _, part = found.groups()
    else:
        return None
    digits = re.sub(r"[., ']", "", whole)
    return Decimal(f"{digits}.{part}" if part else digits)


def date(cell: object) -> dt.date | None:
    """A date: a cell that is one, or 24.11.2026, or 2026-11-24. 11/12/2026 and 241126 are none: they can be read in two ways.

    >>> date("24.11.2026"), date("2026-11-24"), date("11/12/2026")
    (datetime.date(2026, 11, 24), datetime.date(2026, 11, 24), None)
    """
    if isinstance(cell, dt.datetime):
        return cell.date() if cell.time() == dt.time() else None
    if isinstance(cell, dt.date):
        return cell
    text = cell if isinstance(cell, str) else ""
    norwegian, iso = _NORWEGIAN.fullmatch(text), _ISO.fullmatch(text)
    parts = (norwegian[3], norwegian[2], norwegian[1]) if norwegian else iso.groups() if iso else None
    try:
        return dt.date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def text(cell: object) -> str | None:
    """What is no number in itself: a name, a KID, an account; None for a number that a spreadsheet has rounded, or a date.

    >>> text(86011117947), text(1234567890123456789), text("1,23457E+15"), text(None)
    ('86011117947', None, None, '')
    """
    if cell is None:
        return ""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell) if 0 <= cell < 10**_EXACT_DIGITS else None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and 0 <= cell < 10**_EXACT_DIGITS else None
    if not isinstance(cell, str) or re.fullmatch(r"[0-9][.,][0-9]+E\+[0-9]+", cell):
        return None
    return cell if cell.isprintable() else None


def account(written: str, bic: str) -> payments.Account | None:
    """The account, None where its check digits are wrong or it looks like a Norwegian one that lost a digit.

    >>> account("8601 11 17947", "").value, account("86011117948", ""), account("6011117947", "")
    ('86011117947', None, None)
    """
    found = payments.account(written, bic=bic)
    if found.scheme != "other":
        return found if bank_accounts.is_account(found.value) else None
    is_abroad = _BIC.fullmatch(bic) and bic[4:6] != "NO"
    is_number = re.fullmatch(r"[0-9A-Za-z/-]{3,34}", found.value) and not re.match(r"[A-Z]{2}[0-9]{2}", found.value.upper())
    return found if is_abroad and is_number else None
