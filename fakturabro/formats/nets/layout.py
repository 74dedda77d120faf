"""Every record of Nets' files that we know, field by field: the one table behind reading, writing and the guide.

Positions count from 1. Positions 1-8 are the same in all: NY, service, type (of assignment or transaction), record.

Source: Nets, "System specification OCR giro" and "AvtaleGiro system specification" v3.3 (November 2016).
"""

from __future__ import annotations

import functools
import re
from typing import Any, Literal, NamedTuple

from fakturabro.domain import payments

Kind = Literal["number", "digits", "text", "kid", "date", "sign", "registration", "notice", "zeros", "blanks", "four"]
Key = tuple[str, str]
"""Service and record: ("09", "30")."""

LENGTH = 80
OCR_GIRO, AVTALEGIRO = "09", "21"
PAYMENTS, CLAIMS, MANDATES, CANCELLATIONS = "00", "00", "24", "36"
"""Types of assignment."""
OCR_GIRO_PAYMENTS = (OCR_GIRO, PAYMENTS)

_PATTERNS: dict[Kind, str] = {
    "text": ".{%d}",
    "kid": "[ 0-9]{%d}[ 0-9-]",
    "sign": "[0-]",
    "registration": "[012]",
    "notice": "[JN]",
    "zeros": "0{%d}",
    "blanks": " {%d}",
    "four": "4",
}
_MUST_BE_RIGHT = frozenset({"number", "digits", "date", "sign", "registration", "notice"})
"""Where anything else makes the record unreadable; the rest is odd, but readable."""


class Field(NamedTuple):
    """A field from `start` to `end`, both included. A field without a name is filler."""

    name: str
    start: int
    end: int
    kind: Kind

    @property
    def width(self) -> int:
        return self.end - self.start + 1

    @property
    def pattern(self) -> str:
        pattern = _PATTERNS.get(self.kind, "[0-9]{%d}")
        width = self.width - 1 if self.kind == "kid" else self.width
        return pattern % width if "%" in pattern else pattern


_ASSIGNMENT = (
    Field("agreement", 9, 17, "digits"),
    Field("number", 18, 24, "digits"),
    Field("account", 25, 35, "digits"),
    Field("", 36, 80, "zeros"),
)
_NUMBER = Field("number", 9, 15, "number")
_AMOUNT_AND_KID = (Field("amount", 33, 49, "number"), Field("kid", 50, 74, "kid"), Field("", 75, 80, "zeros"))
_SUMS = (Field("count", 9, 16, "number"), Field("records", 17, 24, "number"), Field("total", 25, 41, "number"))

RECORDS: dict[Key, tuple[Field, ...]] = {
    ("00", "10"): (
        Field("transmitter", 9, 16, "digits"),
        Field("number", 17, 23, "digits"),
        Field("recipient", 24, 31, "digits"),
        Field("", 32, 80, "zeros"),
    ),
    ("00", "89"): (*_SUMS, Field("date", 42, 47, "date"), Field("", 48, 80, "zeros")),
    ("09", "20"): _ASSIGNMENT,
    ("09", "30"): (
        _NUMBER,
        Field("date", 16, 21, "date"),
        Field("settlement", 22, 31, "digits"),
        Field("sign", 32, 32, "sign"),
        *_AMOUNT_AND_KID,
    ),
    ("09", "31"): (
        _NUMBER,
        Field("form", 16, 25, "digits"),
        Field("archive", 26, 34, "digits"),
        Field("filler", 35, 41, "text"),
        Field("bank_date", 42, 47, "date"),
        Field("payer", 48, 58, "digits"),
        Field("", 59, 80, "zeros"),
    ),
    ("09", "32"): (_NUMBER, Field("text", 16, 55, "text"), Field("", 56, 80, "zeros")),
    ("09", "88"): (
        *_SUMS,
        Field("date", 42, 47, "date"),
        Field("first", 48, 53, "date"),
        Field("last", 54, 59, "date"),
        Field("", 60, 80, "zeros"),
    ),
    ("21", "20"): _ASSIGNMENT,
    ("21", "30"): (_NUMBER, Field("due", 16, 21, "date"), Field("", 22, 32, "blanks"), *_AMOUNT_AND_KID),
    ("21", "31"): (
        _NUMBER,
        Field("name", 16, 25, "text"),
        Field("", 26, 50, "blanks"),
        Field("reference", 51, 75, "text"),
        Field("", 76, 80, "zeros"),
    ),
    ("21", "49"): (
        _NUMBER,
        Field("", 16, 16, "four"),
        Field("line", 17, 19, "number"),
        Field("column", 20, 20, "number"),
        Field("text", 21, 60, "text"),
        Field("", 61, 80, "zeros"),
    ),
    ("21", "70"): (
        _NUMBER,
        Field("registration", 16, 16, "registration"),
        Field("kid", 17, 41, "kid"),
        Field("notice", 42, 42, "notice"),
        Field("", 43, 80, "zeros"),
    ),
    ("21", "88"): (
        *_SUMS,
        Field("first", 42, 47, "date"),
        Field("last", 48, 53, "date"),
        Field("", 54, 80, "zeros"),
    ),
}
"""In `settlement` stand centre (2), day code (2), partial settlement (1) and serial number (5): one sum on the account."""


class Contents(NamedTuple):
    """What may stand in an assignment: records, and types of transactions."""

    records: frozenset[str]
    transactions: frozenset[str]


_CLAIM = frozenset({"30", "31", "49"})
ASSIGNMENTS: dict[tuple[str, str], Contents] = {
    OCR_GIRO_PAYMENTS: Contents(frozenset({"30", "31", "32"}), frozenset(str(kind) for kind in range(10, 22))),
    (AVTALEGIRO, CLAIMS): Contents(_CLAIM, frozenset({"02", "21"})),
    (AVTALEGIRO, CANCELLATIONS): Contents(_CLAIM, frozenset({"93"})),
    (AVTALEGIRO, MANDATES): Contents(frozenset({"70"}), frozenset({"94"})),
}
"""Service and type of assignment -> what stands in it. Others are carried past."""


@functools.cache
def _strict(key: Key) -> re.Pattern[str]:
    return re.compile(f"NY{key[0]}[0-9][0-9]{key[1]}" + "".join(_group(field) for field in RECORDS[key]))


def _group(field: Field) -> str:
    return f"(?P<{field.name}>{field.pattern})" if field.name else field.pattern


def read(key: Key, line: str) -> tuple[dict[str, str], list[Field]]:
    """The named fields of a record as they stand, and the fields with odd contents.

    Raises ReadError (without a line) where digits must stand and do not.
    """
    found = _strict(key).fullmatch(line)
    if found:
        return found.groupdict(), []
    odd: list[Field] = []
    for field in RECORDS[key]:
        text = line[field.start - 1 : field.end]
        if re.fullmatch(field.pattern, text):
            continue
        if field.kind in _MUST_BE_RIGHT:
            raise payments.ReadError(f"no_{field.kind}", column=field.start, value=text)
        odd.append(field)
    return {field.name: line[field.start - 1 : field.end] for field in RECORDS[key] if field.name}, odd


def line(key: Key, kind: str, values: dict[str, Any]) -> str:
    """The record of 80 characters; `values` are texts, or whole numbers. Raises ValueError with the name of what does not fit."""
    texts = [_text(field, values[field.name] if field.name else "") for field in RECORDS[key]]
    made = f"NY{key[0]}{kind}{key[1]}{''.join(texts)}"
    if _strict(key).fullmatch(made):
        return made
    for field, text in zip(RECORDS[key], texts, strict=True):
        if not re.fullmatch(field.pattern, text):
            raise ValueError(f"{field.name} {values[field.name]!r} does not fit in positions {field.start}-{field.end}")
    raise ValueError(f"type {kind!r} is not two digits")


def _text(field: Field, value: str | int) -> str:
    match field.kind:
        case "number" | "zeros":
            return str(value).zfill(field.width)
        case "kid":
            return str(value).rjust(field.width)
        case "four":
            return "4"
        case _:
            return str(value).ljust(field.width)


def transaction() -> re.Pattern[str]:
    """Items 1, 2 and perhaps 3 of one payment of OCR giro, all as the table has them, in one pattern.

    Groups: the type of the transaction, then the named fields of the three records in order, the number only once.
    """
    lines: list[str] = []
    for record in ("30", "31", "32"):
        fields = RECORDS[OCR_GIRO, record][0 if record == "30" else 1 :]
        head = "NY09(?P<kind>1[0-9]|2[01])30" if record == "30" else f"NY09(?P=kind){record}(?P=number)"
        parts = [f"({field.pattern})" if field.name and field.name != "number" else _group(field) for field in fields]
        lines.append(head + "".join(parts) + r"\r?\n")
    return re.compile("{}{}(?:{})?(?!NY....32)".format(*lines))
