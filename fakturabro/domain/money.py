"""Money: Decimal in major units, or integers in minor units (øre). Never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
NO_CURRENCY = "XXX"
"""The currency of what has no amount (ISO 4217): nothing is written of it."""


def to_minor(amount: Decimal) -> int:
    """Øre, rounded half up where the source wrote more than two decimals (which is a finding of its own).

    >>> to_minor(Decimal("12.345"))
    1235
    """
    return int(amount.quantize(_CENT, ROUND_HALF_UP).scaleb(2))


def is_storable(amount: Decimal) -> bool:
    """Whether an amount is a number that an invoice can have: finite, and below a thousand billion.

    >>> is_storable(Decimal("1E+999999")), is_storable(Decimal("-12.50"))
    (False, True)
    """
    return amount.is_finite() and (not amount or amount.adjusted() < 12)


def from_minor(amount: int) -> Decimal:
    """
    >>> from_minor(-5)
    Decimal('-0.05')
    """
    return Decimal(amount).scaleb(-2)


def english(amount: int, currency: str = "NOK") -> str:
    """An amount in minor units as English texts of ours write it.

    >>> english(-1845005)
    'NOK -18,450.05'
    """
    return f"{currency} {from_minor(amount):,.2f}"


def norwegian(amount: int, currency: str = "NOK") -> str:
    """An amount in minor units as Norwegians write it.

    >>> norwegian(1845000)
    'kr 18 450,00'
    >>> norwegian(-5, "EUR"), norwegian(0, "XXX")
    ('EUR -0,05', '')
    """
    if currency == NO_CURRENCY and not amount:
        return ""
    figures = f"{from_minor(amount):,.2f}".replace(",", " ").replace(".", ",")
    return f"{'kr' if currency == 'NOK' else currency} {figures}"
