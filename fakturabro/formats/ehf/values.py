"""Numbers, dates and flags as XML Schema writes them, without the liberties that Python's own parsers take."""

from __future__ import annotations

import datetime as dt
import functools
import re
from decimal import Decimal

_DECIMAL = re.compile(r"\s*[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})\s*")
_DATE = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class TextError(Exception):
    """The text is no value of the expected type; the message says what was expected."""


class EhfError(ValueError):
    """Base of what reading, writing and judging EHF raise."""


@functools.lru_cache(maxsize=8192)
def decimal(text: str) -> Decimal:
    """A plain decimal number of at most 20 digits on each side of the point, with the decimals that were written.

    >>> decimal("1250.50")
    Decimal('1250.50')
    """
    if not _DECIMAL.fullmatch(text):
        raise TextError("a number like 1250.50")
    return Decimal(text)


@functools.lru_cache(maxsize=2048)
def date(text: str) -> dt.date:
    """A calendar date without time zone.

    >>> date("2026-11-02")
    datetime.date(2026, 11, 2)
    """
    if not _DATE.fullmatch(text):
        raise TextError("a date like 2026-12-31")
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise TextError("a date that exists") from error


def flag(text: str) -> bool:
    """true, false, 1 or 0."""
    try:
        return _FLAGS[text.strip()]
    except KeyError:
        raise TextError("true or false") from None


def plain(number: Decimal) -> str:
    """A decimal without exponent, with its own decimals.

    >>> plain(Decimal("1E-7")), plain(Decimal("12.50"))
    ('0.0000001', '12.50')
    """
    if not _DECIMAL.fullmatch(written := format(number, "f")):
        raise TextError("a number of at most 20 digits on each side of the point")
    return written
