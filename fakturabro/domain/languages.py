"""In which language a debtor is written to: Norwegian at home, English abroad, or as the tenant's setting says."""

from __future__ import annotations

from typing import Literal

from fakturabro.domain import parties

Language = Literal["nb", "en"]
Choice = Literal["auto", "nb", "en"]
HOME = ("", "NO", "SJ")
"""Countries that are not abroad: not stated, Norway, Svalbard and Jan Mayen (which has Norwegian post codes)."""


def choose(choice: Choice, recipient: parties.Recipient) -> Language:
    """The setting, or by the country of the recipient's address; one that is not stated counts as Norway.

    >>> choose("auto", parties.Recipient(name="Kari Ås", customer_number="7"))
    'nb'
    """
    if choice != "auto":
        return choice
    return "en" if is_abroad(recipient) else "nb"


def is_abroad(recipient: parties.Recipient) -> bool:
    """Whether the recipient's address is outside Norway."""
    country = (recipient.address.country if recipient.address else None) or ""
    return country.strip().upper() not in HOME
