"""What findings are about as a reader writes it: amounts, dates and rates in bokmål and English.

Findings keep plain texts (1250.50, 2026-11-07); which of them is an amount or a date is told by how the finding's field
ends.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
from collections.abc import Mapping
from typing import Literal

from data_quality import (
    movement_texts_en,
    movement_texts_nb,
    names_en,
    names_nb,
    payment_texts_en,
    payment_texts_nb,
    register_texts_en,
    register_texts_nb,
)

Language = Literal["nb", "en"]
_RATES = frozenset({"TaxTotal.TaxSubtotal.TaxCategory"})
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?")
_ANOTHER_DOCUMENT = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2}) )?(-?[0-9]{1,15}\.[0-9]{2}) ([A-Z]{3})")
_NAMED: Mapping[str, Mapping[Language, Mapping[str, str]]] = {
    "PaymentPart": {"nb": payment_texts_nb.PARTS, "en": payment_texts_en.PARTS},
    "MovementKind": {"nb": movement_texts_nb.KINDS, "en": movement_texts_en.KINDS},
    "RegisterState": {"nb": register_texts_nb.STATES, "en": register_texts_en.STATES},
    "RegisterField": {"nb": register_texts_nb.COLUMNS, "en": register_texts_en.COLUMNS},
}
_NO_NUMBER = frozenset({"NaN", "sNaN", "Infinity", "-Infinity"})


def written(text: str, code: str, field: str, language: Language) -> str:
    """`text` as the language writes it; what is no amount, date or rate stays as it stands.

    >>> written("2026-11-07", "due_date_far_ahead", "DueDate", "nb"), written("5462.1", "", "TotalAmount", "en")
    ('7.11.2026', '5,462.10')
    """
    if code == "duplicate_number":
        return _another_document(text, language)
    if field == "EarlierPayment":
        return _another_payment(text, language)
    if field in _NAMED:
        return _NAMED[field][language].get(text, text)
    if field.endswith("Date"):
        return _date(text, language)
    if field in _RATES:
        return re.sub(r"([0-9]+)(?:\.([0-9]*?)0*)?(?= %)", lambda rate: _rate(rate, language), text)
    return _amount(text, language) if field.endswith("Amount") else text


def is_number_of_nothing(text: str) -> bool:
    """Whether `text` is what a sum becomes that cannot be calculated."""
    return text in _NO_NUMBER


def another_document(date: dt.date | None, amount: decimal.Decimal, currency: str) -> str:
    """How a finding keeps which other document it means: by date, where it is known, and amount.

    >>> another_document(dt.date(2026, 11, 7), decimal.Decimal("5462.09"), "NOK")
    '2026-11-07 5462.09 NOK'
    """
    return " ".join(part for part in (date.isoformat() if date else "", f"{amount:.2f}", currency) if part)


def _another_document(text: str, language: Language) -> str:
    found = _ANOTHER_DOCUMENT.fullmatch(text)
    if found is None:
        return text
    date, amount, currency = found.groups()
    name = "kr" if (currency, language) == ("NOK", "nb") else currency
    worth = f"{name}\N{NO-BREAK SPACE}{_amount(amount, language)}"
    return f"{_date(date, language)}, {worth}" if date else worth


def _another_payment(text: str, language: Language) -> str:
    date, _, number = text.partition(" ")
    return f"{number} {'fra' if language == 'nb' else 'of'} {_date(date, language)}" if number else text


def _date(text: str, language: Language) -> str:
    try:
        date = dt.date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        date = None
    if date is None:
        return text
    names = names_nb if language == "nb" else names_en
    return names.DATE.format(day=date.day, month=date.month, name=names_en.MONTHS[date.month - 1], year=date.year)


def _amount(text: str, language: Language) -> str:
    if not _AMOUNT.fullmatch(text):
        return text
    decimals = max(2, len(text.partition(".")[2]))
    return _signs(f"{decimal.Decimal(text):,.{decimals}f}", language)


def _rate(found: re.Match[str], language: Language) -> str:
    return _signs(f"{found[1]}.{found[2]}" if found[2] else found[1], language)


def _signs(figures: str, language: Language) -> str:
    return figures.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",") if language == "nb" else figures
