"""A record of a register as it is compared, and its words folded so that the ways to write the same fall together."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import msgspec

Register = Literal["customer", "article", "project"]
_FORMS = frozenset(
    (
        "ab",
        "ans",
        "aps",
        "as",
        "asa",
        "ba",
        "da",
        "enk",
        "gmbh",
        "hb",
        "hf",
        "iks",
        "inc",
        "kb",
        "kf",
        "ks",
        "limited",
        "ltd",
        "nuf",
    )
    + ("oy", "oyj", "sa", "se", "sf")
)
_BETWEEN = frozenset(("and", "och", "og", "und"))
_SLASHED = re.compile(r"\b([a-z])\s?[/.]\s?([a-z])\b\.?")
_NO_DIGIT = re.compile(r"\D")
_WORD = re.compile(r"[a-z]+|\d+")
_LETTERS = str.maketrans({"æ": "a", "ä": "a", "ø": "o", "ö": "o", "å": "a", "ß": "ss", "đ": "d", "ð": "d", "ł": "l"})
_PAIRS = (("aa", "a"), ("ae", "a"), ("oe", "o"))


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A record of one of two systems. `key` is what its system knows it by; what it does not have is "".

    `why_not` names why it is not to be carried ("inactive", "internal", "prospect" ...), "" where nothing speaks against it.
    """

    key: str
    number: str
    name: str
    organisation_number: str = ""
    email: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    kind: str = ""
    why_not: str = ""


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of an entry: `words` of its name in their order, `sorted` and `joined` as one text each."""

    key: str
    number: str
    words: tuple[str, ...]
    sorted: str
    joined: str
    digits: frozenset[str]
    organisation_number: str
    email: str
    domain: str
    street: str
    house: frozenset[str]
    postal_code: str


def fold(entry: Entry) -> Folded:
    """An entry's words without case, marks, legal form and the letters that people write in two ways."""
    spoken = _words(entry.name)
    words = tuple(word for word in spoken if word not in _FORMS and word not in _BETWEEN) or spoken
    email = entry.email.strip().casefold()
    street = _words(entry.address)
    return Folded(
        key=entry.key,
        number=entry.number.strip(),
        words=words,
        sorted=" ".join(sorted(words)),
        joined="".join(words),
        digits=frozenset(word for word in words if word.isdigit()),
        organisation_number=_organisation(entry.organisation_number),
        email=email,
        domain=email.rpartition("@")[2] if "@" in email else "",
        street=" ".join(sorted(street)),
        house=frozenset(word for word in street if word.isdigit()),
        postal_code="".join(entry.postal_code.split()),
    )


def _words(text: str) -> tuple[str, ...]:
    """The words of a text.

    >>> _words("A/S Ågård & Sønner, avd. 2"), _words("Aagaard og Soenner AS")
    (('as', 'agard', 'sonner', 'avd', '2'), ('agard', 'og', 'sonner', 'as'))
    """
    lower = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    plain = "".join(sign for sign in unicodedata.normalize("NFD", lower) if not unicodedata.combining(sign))
    for written, meant in _PAIRS:
        plain = plain.replace(written, meant)
    return tuple(_WORD.findall(_SLASHED.sub(r"\1\2", plain)))


def _organisation(number: str) -> str:
    """The digits that tell a company: of a Norwegian number nine, of a Swedish ten (without the century, and without VAT's 01)."""
    digits = _NO_DIGIT.sub("", number)
    if len(digits) == 12:
        return digits[:10] if digits.endswith("01") and number.strip().upper().startswith("SE") else digits[2:]
    return digits
