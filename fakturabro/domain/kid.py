"""KID: the Norwegian payment reference. 2 to 25 characters, the last one a check digit by mod10 or mod11.

Source: https://www.mastercardpaymentservices.com/norway/utvikler/kid
Assumed: where texts disagree on the shortest KID (4 or 2 characters) we allow 2 and let the agreement decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, NamedTuple, get_args

import pydantic
from stdnum import luhn

Repair = Literal["characters", "leading_zeros", "transposition", "check_digit"]
"""What may have gone wrong, the likeliest first: strange characters, zeros lost or added in front, two digits swapped, the last."""
_LIKELIEST = get_args(Repair)


class KidError(ValueError):
    """A KID cannot be made within the agreement; the message says what to change."""


class KidPart(pydantic.BaseModel, frozen=True, extra="forbid"):
    """One part of the reference, zero-filled from the left."""

    name: Annotated[
        Literal["client", "customer", "invoice", "type"], pydantic.Field(title="Del", description="Hva delen inneholder.")
    ]
    length: Annotated[int, pydantic.Field(title="Lengde", description="Antall siffer.", ge=1, le=24)]


class KidAgreement(pydantic.BaseModel, frozen=True, extra="forbid"):
    """The KID agreement of one bank account: total length, check digit method and parts."""

    length: Annotated[int, pydantic.Field(title="Lengde", description="Total lengde med kontrollsiffer.", ge=2, le=25)]
    method: Annotated[Literal["mod10", "mod11"], pydantic.Field(title="Kontrollsiffer", description="MOD10 eller MOD11.")]
    parts: Annotated[
        tuple[KidPart, ...], pydantic.Field(title="Deler", description="Delene fra venstre, uten kontrollsiffer.", min_length=1)
    ]

    @pydantic.model_validator(mode="after")
    def _parts_fill_the_length(self) -> KidAgreement:
        filled = sum(part.length for part in self.parts) + 1
        if filled != self.length:
            raise ValueError(f"the parts and the check digit fill {filled} characters, but the agreement's length is {self.length}")
        return self


def check_digit(payload: str, method: Literal["mod10", "mod11"]) -> str:
    """The check digit of the digits in `payload`; "-" where mod11 gives 10.

    >>> check_digit("1234567", "mod10")
    '4'
    >>> check_digit("1234567", "mod11")
    '4'
    >>> check_digit("6", "mod11")
    '-'
    """
    if method == "mod10":
        return luhn.calc_check_digit(payload)
    weighted = sum(int(digit) * (2 + i % 6) for i, digit in enumerate(reversed(payload)))
    digit = (11 - weighted % 11) % 11
    return "-" if digit == 10 else str(digit)


def make(agreement: KidAgreement, **values: str) -> str:
    """The KID for these parts, e.g. `make(agreement, customer="10001", invoice="2045")`.

    Raises KidError when a part is missing, is not digits, or is longer than the agreement allows: numbers are never cut.
    """
    payload = ""
    for part in agreement.parts:
        value = values.get(part.name, "")
        if not value.isascii() or not value.isdigit():
            raise KidError(f"KID part {part.name!r} must be digits, got {value!r}")
        if len(value) > part.length:
            raise KidError(f"KID part {part.name!r} is {len(value)} digits, the agreement allows {part.length}")
        payload += value.zfill(part.length)
    return payload + check_digit(payload, agreement.method)


def is_valid(kid: str, agreement: KidAgreement) -> bool:
    """Whether `kid` has the agreement's length and a right check digit. A "-" can only stand last, and only with mod11."""
    payload, digit = kid[:-1], kid[-1:]
    return (
        len(kid) == agreement.length and payload.isascii() and payload.isdigit() and digit == check_digit(payload, agreement.method)
    )


def has_check_digit(kid: str) -> bool:
    """Whether a check digit fits, by mod10 or mod11: which of them the payee uses is not known to who pays.

    >>> has_check_digit("1234567897"), has_check_digit("6-"), has_check_digit("1234567890"), has_check_digit("12a4")
    (True, True, False, False)
    """
    payload = kid[:-1]
    is_digits = 2 <= len(kid) <= 25 and payload.isascii() and payload.isdigit()
    return is_digits and kid[-1] in (check_digit(payload, "mod10"), check_digit(payload, "mod11"))


def agreement_of(kid: str, agreements: Iterable[KidAgreement]) -> KidAgreement | None:
    """The first of an account's agreements by which `kid` is right: an account may have several, each with its own length."""
    return next((one for one in agreements if is_valid(kid, one)), None)


def split(kid: str, agreement: KidAgreement) -> dict[str, str]:
    """The parts of a KID that is right by `agreement`, with their zeros.

    >>> parts = (KidPart(name="customer", length=5), KidPart(name="invoice", length=4))
    >>> split("1000120457", KidAgreement(length=10, method="mod10", parts=parts))
    {'customer': '10001', 'invoice': '2045'}
    """
    found: dict[str, str] = {}
    at = 0
    for part in agreement.parts:
        found[part.name] = kid[at : at + part.length]
        at += part.length
    return found


class Candidate(NamedTuple):
    """A right KID that a wrong one may have been meant as. Whether anything is owed by it, the open invoices say."""

    kid: str
    repair: Repair
    agreement: KidAgreement


def candidates(kid: str, agreements: Iterable[KidAgreement]) -> tuple[Candidate, ...]:
    """Right KIDs within one slip of the pen from `kid`, the likeliest first; none where it is right already.

    >>> agreement = KidAgreement(length=8, method="mod10", parts=(KidPart(name="invoice", length=7),))
    >>> [(one.kid, one.repair) for one in candidates("00124345", [agreement])]
    [('00124354', 'transposition'), ('00124347', 'check_digit')]
    """
    known = tuple(agreements)
    if agreement_of(kid, known):
        return ()
    found: dict[str, Candidate] = {}
    tried = [(*one, agreement) for agreement in known for one in _repairs(re.sub("[^0-9-]", "", kid), agreement)]
    for repair, repaired, agreement in sorted(tried, key=lambda one: _LIKELIEST.index(one[0])):
        if repaired not in found and is_valid(repaired, agreement):
            found[repaired] = Candidate(repaired, repair, agreement)
    return tuple(found.values())


def _repairs(text: str, agreement: KidAgreement) -> Iterator[tuple[Repair, str]]:
    """What `text` may have been, right or not."""
    length = agreement.length
    yield "characters", text
    if len(text) > length and not text[:-length].strip("0"):
        yield "leading_zeros", text[-length:]
    elif len(text) < length:
        yield "leading_zeros", text.zfill(length)
    elif len(text) == length:
        for at in range(length - 1):
            yield "transposition", text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    payload = text[: length - 1]
    if length - 1 <= len(text) <= length and payload.isdecimal():
        yield "check_digit", payload + check_digit(payload, agreement.method)
