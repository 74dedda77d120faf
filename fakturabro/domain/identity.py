"""Norwegian identity: organisation numbers, and the masking of what may name a person.

Source: https://www.brreg.no/om-oss/registrene-vare/om-enhetsregisteret/organisasjonsnummeret/ and python-stdnum.
"""

from __future__ import annotations

import functools
import re

from stdnum.no import fodselsnummer, orgnr

_AROUND_A_NUMBER = re.compile(r"(?i)^(?:org(?:nr|anisasjonsnummer)?:?)?(?:NO)?|MVA$")
_ELEVEN_DIGITS = re.compile(r"(?<!\d)(\d{6})[ .]?(\d{5})(?!\d)")


def digits(text: str) -> str:
    """`text` without blanks, dots and dashes, as people write numbers and accounts.

    >>> digits("8601.11.17947"), digits("NO93 8601 1117 947")
    ('86011117947', 'NO9386011117947')
    """
    return re.sub(r"[\s.-]", "", text)


def is_organisation_number(text: str) -> bool:
    """Nine digits with a right mod11 check digit ("NO" and "MVA" around them are not part of the number).

    >>> is_organisation_number("991 825 827")
    True
    """
    return orgnr.is_valid(digits(text))


@functools.lru_cache(maxsize=65_536)
def plain_organisation_number(stated: str) -> str:
    """An organisation number as nine digits where NO and MVA stand around a right one, otherwise as stated but without blanks.

    >>> plain_organisation_number("NO 991 825 827 MVA"), plain_organisation_number("NO 991 825 828 MVA")
    ('991825827', 'NO991825828MVA')
    """
    plain = _AROUND_A_NUMBER.sub("", digits(stated))
    return plain if is_organisation_number(plain) else digits(stated)


def mask_identity_numbers(text: str) -> str:
    """Replace the last five digits of every national identity number (also D and H numbers) in `text` by asterisks.

    Only eleven digits with right check digits are masked: bank accounts and KID stay readable.
    """
    return _ELEVEN_DIGITS.sub(lambda m: f"{m[1]}*****" if _is_person(m[1] + m[2]) else m[0], text)


def _is_person(number: str) -> bool:
    plain = str(int(number[0]) % 4) + number[1:] if number[0] in "4567" else number
    plain_month = plain[:2] + f"{int(plain[2:4]) % 40:02d}" + plain[4:]
    checks_out = fodselsnummer.calc_check_digit1(number) == number[-2] and fodselsnummer.calc_check_digit2(number) == number[-1]
    return checks_out and 1 <= int(plain_month[:2]) <= 31 and 1 <= int(plain_month[2:4]) <= 12
