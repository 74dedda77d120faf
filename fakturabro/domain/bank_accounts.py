"""Bank accounts: Norwegian numbers (BBAN) of eleven digits with a mod11 check digit, IBANs, and the way between them.

Source: Bits, "Norsk kontonummer"; ISO 13616 by python-stdnum. Stricter than python-stdnum: a number of zeros is none.
"""

from __future__ import annotations

from stdnum import iban

from fakturabro.domain import identity

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def check_digit(first_ten: str) -> str | None:
    """The eleventh digit; None where no account has these ten.

    >>> check_digit("8601111794"), check_digit("1594123456"), check_digit("2000000001")
    ('7', '6', None)
    """
    digit = -sum(int(digit) * weight for digit, weight in zip(first_ten, _WEIGHTS, strict=True)) % 11
    return None if digit == 10 else str(digit)


def is_bban(text: str) -> bool:
    """A Norwegian account that can exist.

    >>> is_bban("8601 11 17947"), is_bban("86011117948"), is_bban("00000000000")
    (True, False, False)
    """
    number = identity.digits(text)
    digits = len(number) == 11 and number.isascii() and number.isdigit() and number.strip("0")
    return bool(digits) and check_digit(number[:10]) == number[10]


def is_iban(text: str) -> bool:
    """An IBAN of any country with a right check number; a Norwegian one holds a right account too.

    >>> is_iban("NO93 8601 1117 947"), is_iban("NO9386011117948"), is_iban("86011117947")
    (True, False, False)
    """
    number = identity.digits(text).upper()
    return iban.is_valid(number) and (not number.startswith("NO") or is_bban(number[4:]))


def is_account(text: str) -> bool:
    """A Norwegian BBAN, or an IBAN of any country."""
    return is_bban(text) or is_iban(text)


def checked(text: str) -> str:
    """An account without blanks. Raises ValueError for what is none."""
    if not is_account(text):
        raise ValueError(f"{text!r} is no account: eleven digits or an IBAN with right check digits are needed")
    return identity.digits(text).upper()


def to_iban(bban: str) -> str:
    """The IBAN of a Norwegian account. Raises ValueError for what is none: a wrong number never becomes another right one.

    >>> to_iban("86011117947")
    'NO9386011117947'
    """
    number = identity.digits(bban)
    if not is_bban(number):
        raise ValueError(f"{bban!r} is no Norwegian account: eleven digits with a right check digit are needed")
    return f"NO{iban.calc_check_digits('NO00' + number)}{number}"


def to_bban(account: str) -> str:
    """The eleven digits of a Norwegian IBAN; "" for another country's, and for what is no IBAN.

    >>> to_bban("NO93 8601 1117 947"), to_bban("SE4550000000058398257466")
    ('86011117947', '')
    """
    number = identity.digits(account).upper()
    return number[4:] if number.startswith("NO") and is_iban(number) else ""


def grouped(account: str) -> str:
    """An account as people read it aloud and compare it.

    >>> grouped("86011117947"), grouped("NO9386011117947")
    ('8601.11.17947', 'NO93 8601 1117 947')
    """
    plain = identity.digits(account)
    if is_bban(plain):
        return f"{plain[:4]}.{plain[4:6]}.{plain[6:]}"
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def masked(account: str) -> str:
    """What people see of an account that may be a person's: the first four and the last two characters.

    >>> masked("86011117947"), masked("NO9386011117947"), masked("12345")
    ('8601…47', 'NO93…47', '…')
    """
    plain = identity.digits(account)
    return f"{plain[:4]}…{plain[-2:]}" if len(plain) > 8 else "…"
