"""KID: the Norwegian payment reference. 2 to 25 characters, the last one a check digit by mod10 or mod11.

Source: https://www.mastercardpaymentservices.com/norway/utvikler/kid
Assumed: where texts disagree on the shortest KID (4 or 2 characters) we allow 2 and let the agreement decide.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic
from stdnum import luhn

PART_NAMES = ("client", "customer", "invoice", "type")


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
