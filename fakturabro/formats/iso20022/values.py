"""Texts of the files -> numbers, dates and accounts. What is no amount stops the reading; what is no date is a finding."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from decimal import Decimal
from typing import Any

from fakturabro.domain import payments

_AMOUNT = re.compile(r"\+?[0-9]{1,18}(?:\.[0-9]{0,17})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SIGNS = {"CRDT": 1, "DBIT": -1}
"""CdtDbtInd: the sign of what moved."""
_OSLO = zoneinfo.ZoneInfo("Europe/Oslo")


@functools.lru_cache(maxsize=4_096)
def amount(text: str) -> Decimal | None:
    """An amount without sign, None when it is none.

    >>> amount("1250.50"), amount("-1"), amount("1e5")
    (Decimal('1250.50'), None, None)
    """
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def fits(amount: Decimal, currency: str) -> bool:
    """Whether an amount has no more decimals than its currency; trailing zeros do not count.

    >>> fits(Decimal("12.50000"), "NOK"), fits(Decimal("12.505"), "NOK")
    (True, False)
    """
    most = payments.decimals(currency)
    return most is not None and amount == round(amount, most)


@functools.lru_cache(maxsize=1_024)
def date(text: str) -> dt.date | None:
    """The date that an ISO date begins with, or the day in Oslo of a time; None when there is none, as in 0000-00-00.

    >>> date("2026-11-24+01:00"), date("2026-11-24T23:30:00Z"), date("0000-00-00")
    (datetime.date(2026, 11, 24), datetime.date(2026, 11, 25), None)
    """
    try:
        if "T" in text and (at := time(text)) is not None:
            return at.astimezone(_OSLO).date()
        return dt.date.fromisoformat(text[:10]) if _DATE.match(text) else None
    except (ValueError, OverflowError):
        return None


def time(text: str) -> dt.datetime | None:
    """An aware time; one without offset is meant in Norwegian time.

    >>> time("2026-11-23T09:00:00").isoformat()
    '2026-11-23T09:00:00+01:00'
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=_OSLO)


def count(text: str | None) -> int | None:
    """A number of things, None when it is not stated or none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else None


def account(found: dict[str, Any], of: str) -> payments.Account | None:
    """The account that the fields of `of` name. Eleven digits are a Norwegian account whether or not the file says BBAN."""
    iban, other = found.get(of + "_iban"), found.get(of + "_other")
    currency, bic = found.get(of + "_currency", ""), found.get(of + "_bic", "")
    if iban:
        return payments.Account(scheme="iban", value=iban.replace(" ", "").upper(), currency=currency, bic=bic)
    if not other:
        return None
    plain = other.replace(" ", "").replace(".", "")
    if len(plain) == 11 and plain.isascii() and plain.isdigit():
        return payments.Account(scheme="bban", value=plain, currency=currency, bic=bic)
    return payments.Account(scheme="other", value=other, currency=currency, bic=bic)


def party(found: dict[str, Any], of: str) -> payments.Party:
    """The party that the fields of `of` describe."""
    return payments.Party(
        name=found.get(of + "_name", ""),
        identifier=found.get(of + "_identifier", ""),
        identifier_scheme=found.get(of + "_identifier_scheme", ""),
        address=address(found, of),
    )


def address(found: dict[str, Any], of: str) -> payments.Address | None:
    """The address among the fields of `of`, None where nothing of it is stated."""
    parts = {name: found.get(f"{of}_{name}", "") for name in ("street", "building", "post_code", "city", "country")}
    lines = tuple(found.get(of + "_lines", ()))
    return payments.Address(**parts, lines=lines) if lines or any(parts.values()) else None
