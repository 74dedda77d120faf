"""Figures, dates, numbers and texts as people write them: 1 234,50 and 22.11.2026, in English 1,234.50 and 22 Nov 2026."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from fakturabro.domain import bank_accounts, identity
from fakturabro.domain.languages import Language

NO_BREAK = "\u00a0"
MINUS = "\u2212"
MISSING = "□"
"""Stands for a character that cannot be printed."""

_BREAK_HERE = "\u200b"
KNOWN = frozenset(map(chr, range(0x250))) | {_BREAK_HERE}
"""Characters that the fonts have or that are not seen."""

_UNUSUAL = re.compile(r"[^\n\x20-\x7e\xa0-\xac\xae-\u024f\u2012-\u2026\u20ac\u2212]")
_LONG_WORD = re.compile(r"[^\s\u00a0\u200b]{12,}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NORWEGIAN = str.maketrans({",": NO_BREAK, ".": ","})
_NARROW = frozenset("ijlfrtI.,:;'|!()[]-")
_WIDE = frozenset("mwMWOQGDHNU@%&ÆŒæœ")


class UnprintableError(ValueError):
    """A figure that no invoice can show (not a number, or far out of range); the message names it."""


def amount(value: Decimal, language: Language = "nb") -> str:
    """Money with the decimals the document has, never less than two.

    >>> amount(Decimal("-1234.5")).replace(NO_BREAK, " ").replace(MINUS, "-"), amount(Decimal("1234.5"), "en")
    ('-1 234,50', '1,234.50')
    """
    return _grouped(value, language, fewest=2, most=10)


def price(value: Decimal, language: Language = "nb") -> str:
    """A unit price: at least two decimals, no needless noughts after them."""
    return _grouped(_without_trailing_noughts(value), language, fewest=2, most=10)


def number(value: Decimal, language: Language = "nb") -> str:
    """A quantity or a rate without needless decimals.

    >>> number(Decimal("2.500")), number(Decimal("1E+3")).replace(NO_BREAK, " ")
    ('2,5', '1 000')
    """
    return _grouped(_without_trailing_noughts(value), language, fewest=0, most=10)


def percent(value: Decimal, language: Language = "nb") -> str:
    return f"{number(value, language)}{NO_BREAK}%"


def date(value: dt.date, language: Language = "nb") -> str:
    """
    >>> date(dt.date(2026, 11, 2)), date(dt.date(2026, 11, 2), "en").replace(NO_BREAK, " ")
    ('02.11.2026', '2 Nov 2026')
    """
    if language == "en":
        return NO_BREAK.join((str(value.day), _MONTHS[value.month - 1], f"{value.year:04d}"))
    return f"{value.day:02d}.{value.month:02d}.{value.year:04d}"


def organisation_number(text: str) -> str:
    """Nine digits in threes, with the "NO" and "MVA" that stand around them; anything else as it is.

    >>> organisation_number("NO991825827MVA").replace(NO_BREAK, " ")
    'NO 991 825 827 MVA'
    >>> organisation_number("SE556677889901")
    'SE556677889901'
    """
    found = re.fullmatch(r"(NO)?(\d{3})(\d{3})(\d{3})(MVA)?", re.sub(r"\s", "", text))
    return NO_BREAK.join(part for part in found.groups() if part) if found else text


def account(text: str) -> str:
    """A Norwegian account with its dots, also when it was written as IBAN; "" for an account of another country.

    >>> account("86011117947"), account("NO9386011117947"), account("SE4550000000058398257466")
    ('8601.11.17947', '8601.11.17947', '')
    """
    plain = identity.digits(text).upper()
    found = re.fullmatch(r"(?:NO\d\d)?(\d{4})(\d\d)(\d{5})", plain)
    if found:
        return ".".join(found.groups())
    return "" if bank_accounts.is_iban(plain) else text


def international_account(text: str) -> str:
    """The IBAN in groups of four, also of a Norwegian account; "" where it can have none.

    >>> international_account("86011117947").replace(NO_BREAK, " ")
    'NO93 8601 1117 947'
    """
    plain = identity.digits(text).upper()
    if bank_accounts.is_bban(plain):
        plain = bank_accounts.to_iban(plain)
    return NO_BREAK.join(re.findall(".{1,4}", plain)) if bank_accounts.is_iban(plain) else ""


def line(text: str | None, longest: int = 300) -> str:
    """A text of one line: white space folded, "…" for what comes after `longest` characters."""
    folded = " ".join((text or "").split())
    return folded if len(folded) <= longest else folded[: longest - 1] + "…"


def printable(value: object, room: Mapping[str, float], here: float) -> object:
    """`value` (text, or lists, tuples and dicts of it) with every text made safe to set in type.

    Control, direction and other unseen characters go, and marks that have no letter to stand on; half and private characters
    become `MISSING`; words longer than the room there is, `here` and under the keys of `room` (in em), get places to break.
    """
    if isinstance(value, str):
        return _breakable(_UNUSUAL.sub(_replacement, unicodedata.normalize("NFC", value.replace("\r\n", "\n"))), here)
    if isinstance(value, dict):
        parts = cast("dict[str, object]", value)
        return {key: printable(part, room, room.get(key, here)) for key, part in parts.items()}
    if isinstance(value, (list, tuple)):
        return [printable(part, room, here) for part in cast("list[object]", value)]
    return value


def _replacement(found: re.Match[str]) -> str:
    character = found[0]
    if character in "\r\x85\u2028\u2029":
        return "\n"
    if character in "\t\x0b\x0c":
        return " "
    category = unicodedata.category(character)
    if category.startswith("M") and not found.string[max(found.start() - 1, 0)].isalpha():
        return ""
    if category in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f":
        return ""
    return MISSING if category in ("Cs", "Co", "Cn") else character


def _breakable(text: str, room: float) -> str:
    return _LONG_WORD.sub(lambda found: _BREAK_HERE.join(found[0]) if _width(found[0]) > room else found[0], text)


def _width(word: str) -> float:
    """An estimate in em, on the wide side, of Source Sans and the fonts behind it."""
    return sum(
        0.32 if c in _NARROW else 1.0 if ord(c) > 0x24F else 0.9 if c in _WIDE else 0.62 if c.isupper() or not c.isascii() else 0.5
        for c in word
    )


def _grouped(value: Decimal, language: Language, *, fewest: int, most: int) -> str:
    if not value.is_finite() or (value and not -20 <= value.adjusted() <= 15):
        raise UnprintableError(f"{value} is no figure that an invoice can show; mend it in the source")
    decimals = min(max(fewest, -int(value.as_tuple().exponent)), most)
    text = f"{abs(value):,.{decimals}f}"
    text = text if language == "en" else text.translate(_NORWEGIAN)
    return MINUS + text if value < 0 else text


def _without_trailing_noughts(value: Decimal) -> Decimal:
    return value.normalize() if value.is_finite() else value
