"""KID and account numbers against libraries that others wrote."""

from __future__ import annotations

import string
from typing import Literal

import kid as kid_util
import norwegian_numbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.no import kontonr

from fakturabro.domain import bank_accounts, kid

BODIES = st.text(string.digits, min_size=1, max_size=24)


@settings(max_examples=200, deadline=None)
@given(BODIES, st.sampled_from(["mod10", "mod11"]))
@example("6", "mod11")
@example("12345678", "mod10")
@example("12345678", "mod11")
def test_kids_are_those_of_the_oracles(body: str, method: Literal["mod10", "mod11"]) -> None:
    agreement = kid.KidAgreement(length=len(body) + 1, method=method, parts=(kid.KidPart(name="invoice", length=len(body)),))
    made = kid.make(agreement, invoice=body)
    assert made == norwegian_numbers.make_kid_number(body, method.upper()) == kid_util.make(body, method.upper())
    assert kid.split(made, agreement) == {"invoice": body}
    for digit in "0123456789-":
        tried = body + digit
        assert kid.is_valid(tried, agreement) == (tried == made) == norwegian_numbers.verify_kid_number(tried, method.upper())
    assert method == "mod11" or luhn.is_valid(made)


@settings(max_examples=200, deadline=None)
@given(
    st.text(string.digits, min_size=10, max_size=10).filter(lambda text: not text.startswith("0000")),
    st.sampled_from(string.digits),
)
def test_accounts_are_those_of_the_oracles(first_ten: str, digit: str) -> None:
    number = first_ten + digit
    assert bank_accounts.is_bban(number) == kontonr.is_valid(number)
    assert bank_accounts.is_bban(number) == (norwegian_numbers.verify_account_number(number) if "-" not in number else False)
    right = bank_accounts.check_digit(first_ten)
    if right is None:
        assert not any(bank_accounts.is_bban(first_ten + one) for one in string.digits)
        return
    international = bank_accounts.to_iban(first_ten + right)
    assert iban.is_valid(international)
    assert bank_accounts.to_bban(international) == first_ten + right


@pytest.mark.parametrize("number", ["86011117947", "12345678903", "15942287248", "61050659274", "30002779419", "3000.27.79419"])
def test_right_accounts(number: str) -> None:
    assert bank_accounts.is_bban(number)
    assert bank_accounts.is_account(bank_accounts.to_iban(number))


@pytest.mark.parametrize(
    "number", ["86011117948", "15941234567", "00000000000", "8601111794", "860111179470", "８6011117947", "", "NO0000000000000"]
)
def test_what_is_no_account(number: str) -> None:
    assert not bank_accounts.is_account(number)
    with pytest.raises(ValueError, match="no Norwegian account"):
        bank_accounts.to_iban(number)
    assert not bank_accounts.to_bban(number)


def test_an_account_abroad_has_no_norwegian_number() -> None:
    assert bank_accounts.is_account("SE45 5000 0000 0583 9825 7466")
    assert not bank_accounts.to_bban("SE4550000000058398257466")
