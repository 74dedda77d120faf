"""What a wrong KID may have been meant as: one slip of the pen, by the account's agreements."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.domain import kid

TEN = kid.KidAgreement(
    length=10, method="mod10", parts=(kid.KidPart(name="customer", length=5), kid.KidPart(name="invoice", length=4))
)
ELEVEN = kid.KidAgreement(length=8, method="mod11", parts=(kid.KidPart(name="invoice", length=7),))
RIGHT = kid.make(TEN, customer="10", invoice="2045")
DASHED = next(one for number in range(100) if (one := kid.make(ELEVEN, invoice=str(number))).endswith("-"))


@pytest.mark.parametrize(
    ("wrong", "meant", "repair"),
    [
        (RIGHT.lstrip("0"), RIGHT, "leading_zeros"),
        ("000" + RIGHT, RIGHT, "leading_zeros"),
        (f"{RIGHT[:5]} {RIGHT[5:]}", RIGHT, "characters"),
        (f"KID {RIGHT}.", RIGHT, "characters"),
        (RIGHT[:5] + RIGHT[6] + RIGHT[5] + RIGHT[7:], RIGHT, "transposition"),
        (RIGHT[:8] + RIGHT[9] + RIGHT[8], RIGHT, "transposition"),
        (RIGHT[:-1] + str(9 - int(RIGHT[-1])), RIGHT, "check_digit"),
        (RIGHT[:-1], RIGHT, "check_digit"),
        (DASHED[:-1] + "0", DASHED, "check_digit"),
        (DASHED.lstrip("0"), DASHED, "leading_zeros"),
    ],
)
def test_a_slip_is_repaired(wrong: str, meant: str, repair: str) -> None:
    found = {one.kid: one for one in kid.candidates(wrong, [TEN, ELEVEN])}
    assert found[meant].repair == repair
    assert found[meant].agreement is (ELEVEN if meant == DASHED else TEN)


@pytest.mark.parametrize("right", [RIGHT, DASHED])
def test_a_right_kid_has_none(right: str) -> None:
    assert kid.candidates(right, [TEN, ELEVEN]) == ()
    assert kid.agreement_of(right, [TEN, ELEVEN]) is (ELEVEN if right == DASHED else TEN)


@pytest.mark.parametrize("nothing", ["1234567890123", "--", "-1234567"])
def test_what_is_near_nothing_has_none(nothing: str) -> None:
    assert kid.candidates(nothing, [TEN, ELEVEN]) == ()


@settings(max_examples=150, deadline=None)
@given(st.text(string.digits + "- x", max_size=30))
def test_every_candidate_is_right_and_stands_once(text: str) -> None:
    found = kid.candidates(text, [ELEVEN, TEN])
    assert all(kid.is_valid(one.kid, one.agreement) for one in found)
    assert len({one.kid for one in found}) == len(found)
    order = [("characters", "leading_zeros", "transposition", "check_digit").index(one.repair) for one in found]
    assert order == sorted(order)
