"""Cells -> amounts, rates and dates, and back. Reading gives None for what could mean two things: nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

_AMOUNT = re.compile(r"([-\u2212]?)([0-9]{1,12}|[0-9]{1,3}(?: [0-9]{3}){1,3})(?:[.,]([0-9]{1,2}))?")
_RATE = re.compile(r"([0-9]{1,2})(?:[.,]([0-9]{1,2}))? ?%?")
_NORWEGIAN, _ISO = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})"), re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FORMULA = re.compile(r"'*[=+@-]")


def amount(cell: str) -> Decimal | None:
    """An amount with two decimals at most; 1.234 is none, and thousands are parted by blanks only.

    >>> [str(amount(one)) for one in ("-1 234,50", "1234.5", "\u22127", "1.234", "1.234,50", "1e3")]
    ['-1234.50', '1234.5', '-7.00', 'None', 'None', 'None']
    """
    found = _AMOUNT.fullmatch(cell)
    if not found:
        return None
    sign, whole, part = found.groups()
    return Decimal(f"{'-' if sign else ''}{whole.replace(' ', '')}.{part or '00'}")


def rate(cell: str) -> Decimal | None:
    """A rate in per cent as a factor.

    >>> rate("25 %"), rate("12,5"), rate("0,25 kr")
    (Decimal('0.25'), Decimal('0.125'), None)
    """
    found = _RATE.fullmatch(cell)
    return (Decimal(f"{found[1]}.{found[2] or 0}") / 100).normalize() if found else None


def date(cell: str) -> dt.date | None:
    """
    >>> date("24.11.2026"), date("2026-11-24"), date("11/12/2026")
    (datetime.date(2026, 11, 24), datetime.date(2026, 11, 24), None)
    """
    norwegian, iso = _NORWEGIAN.fullmatch(cell), _ISO.fullmatch(cell)
    parts = (norwegian[3], norwegian[2], norwegian[1]) if norwegian else iso.groups() if iso else None
    try:
        return dt.date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def text(cell: str) -> str | None:
    """What `shielded` wrote; None for what a spreadsheet takes for a formula, has rounded, or cannot show.

    >>> text("'-10 %"), text("=1+1"), text("1,23457E+15")
    ('-10 %', None, None)
    """
    if cell.startswith("=") or not cell.isprintable() or re.fullmatch(r"[0-9][.,][0-9]+E\+[0-9]+", cell):
        return None
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def shielded(written: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{written}" if _FORMULA.match(written) else written
