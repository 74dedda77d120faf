"""Buyers and how they are reached: postal addresses that a letter can be sent to, e-mail lists, the resolved recipient."""

from __future__ import annotations

import functools
import re

import msgspec

from fakturabro.domain import blanks, documents, placeholders

_NORWEGIAN_POST_CODE = re.compile("[0-9]{4}")
_remembered = functools.lru_cache(maxsize=16_384)
"""The same buyers come again and again: every document asks four such questions."""


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The customer card in the source system: what the client maintains and a bookkeeper can mend."""

    number: str
    name: str
    organisation_number: str = ""
    invoice_email: str = ""
    email: str = ""
    address: documents.Address | None = None
    delivery_type: str = ""
    is_person: bool = False


class Recipient(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who gets the document and where, settled at the check from the document and the card."""

    name: str
    customer_number: str
    organisation_number: str = ""
    address: documents.Address | None = None
    address_source: str = ""
    """"document" or "card"."""
    emails: tuple[str, ...] = ()
    letter_only: bool = False


@_remembered
def is_complete(address: documents.Address | None) -> bool:
    """Whether a letter can be sent there: an address line, a place and, for Norway, a post code of four digits.

    A country that is not stated counts as Norway. What nobody sees on paper counts as missing, and so do placeholders ("Ukjent").
    """
    if address is None:
        return False
    line = next(filter(None, map(blanks.filled, (address.street, address.additional_street, address.line))), None)
    place, code = blanks.filled(address.city), (address.postal_zone or "").strip()
    if not line or not place or placeholders.is_text(line) or placeholders.is_text(place):
        return False
    norwegian = (blanks.filled(address.country) or "NO").upper() == "NO"
    return not norwegian or (_NORWEGIAN_POST_CODE.fullmatch(code) is not None and not placeholders.is_code(code))


@_remembered
def same_address(one: documents.Address | None, other: documents.Address | None) -> bool:
    """Whether a postman would take both to the same place: lines, post code, place and country, whatever the case and blanks."""
    return one is not None and other is not None and _plain(one) == _plain(other)


def _plain(address: documents.Address) -> tuple[str, ...]:
    lines = " ".join(text for text in (address.street, address.additional_street, address.line) if text)
    parts = (lines, address.postal_zone or "", address.city or "", address.country or "NO")
    return tuple(" ".join(part.casefold().split()) for part in parts)


@_remembered
def emails(text: str) -> tuple[str, ...]:
    """The addresses in a list as accounting systems keep it, separated by `;` or `,`, without blanks and doubles.

    >>> emails("a@firma.no; b@firma.no;;A@firma.no")
    ('a@firma.no', 'b@firma.no')
    """
    found: dict[str, str] = {}
    for part in re.split(r"[;,]", text):
        address = part.strip()
        if address:
            found.setdefault(address.lower(), address)
    return tuple(found.values())
