"""Which invoices a payment settles: never by a guess, and never more or less than the payment is worth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.domain import kid, matching

AGREEMENT = kid.KidAgreement(length=8, method="mod10", parts=(kid.KidPart(name="invoice", length=7),))


def kid_of(number: str) -> str:
    return kid.make(AGREEMENT, invoice=number)


def invoice(key: int, amount: int = 10_000, **changes: Any) -> matching.Invoice:
    number = str(5000 + key)
    said = {"key": key, "number": number, "kid": kid_of(number), "customer": "10", "currency": "NOK", "amount": amount}
    return matching.Invoice(**said | changes)


def paid(amount: int, kid: str = "", text: str = "", references: tuple[str, ...] = (), currency: str = "NOK") -> matching.Payment:
    words = matching.named(text, references)
    return matching.Payment(key=900, amount=amount, currency=currency, kid=kid, named=words)


def given_by(match: matching.Match | matching.Candidate) -> dict[int, int]:
    return {one.invoice: one.amount for one in match.allocations}


@pytest.mark.parametrize(
    ("changes", "amount", "standing", "why", "given", "rest"),
    [
        ({}, 10_000, "matched", "kid", {1: 10_000}, 0),
        ({}, 4_000, "part", "part_payment", {1: 4_000}, 0),
        ({"paid": 4_000}, 6_000, "matched", "kid", {1: 6_000}, 0),
        ({}, 10_001, "over", "over_payment", {1: 10_000}, 1),
        ({"paid": 10_000}, 10_000, "over", "paid_already", {}, 10_000),
        ({"credited": 10_000}, 10_000, "over", "credited", {}, 10_000),
        ({"credited": 2_500}, 10_000, "over", "over_payment", {1: 7_500}, 2_500),
        ({"paid": 12_000}, 1_000, "over", "paid_already", {}, 1_000),
        ({"currency": "EUR"}, 10_000, "suspense", "other_currency", {}, 10_000),
    ],
)
def test_a_payment_by_kid(changes: dict[str, Any], amount: int, standing: str, why: str, given: dict[int, int], rest: int) -> None:
    match = matching.Book([invoice(1, **changes)]).settle(paid(amount, kid_of("5001")))
    assert (match.standing, match.why, given_by(match), match.rest) == (standing, why, given, rest)


def test_the_second_payment_of_one_invoice_finds_it_paid() -> None:
    book = matching.Book([invoice(1)])
    seen = [book.settle(paid(6_000, kid_of("5001"))) for _ in range(3)]
    assert [(one.standing, given_by(one), one.rest) for one in seen] == [
        ("part", {1: 6_000}, 0),
        ("over", {1: 4_000}, 2_000),
        ("over", {}, 6_000),
    ]


@pytest.mark.parametrize(
    ("kid_said", "text", "references", "amount", "given"),
    [
        ("", "Faktura 5001 og 5002", (), 30_000, {1: 10_000, 2: 20_000}),
        ("", "", (kid_of("5001"), kid_of("5002")), 30_000, {1: 10_000, 2: 20_000}),
        (kid_of("5001"), "og 5002", (), 30_000, {1: 10_000, 2: 20_000}),
        (kid_of("5001"), "og 5002", (), 10_000, {1: 10_000}),  # its KID alone says enough
        ("", "Faktura 5001 og 5002", (), 29_999, {}),
        ("", "Faktura 5001", (), 10_000, {}),  # a lonely number in a text is no proof
        ("99999999", "5001 5002", (), 30_000, {}),  # a KID that is nobody's contradicts the text
        ("", "5001 5003", (), 15_000, {}),  # of two customers
    ],
)
def test_one_payment_for_several_invoices(
    kid_said: str, text: str, references: tuple[str, ...], amount: int, given: dict[int, int]
) -> None:
    book = matching.Book([invoice(1), invoice(2, 20_000), invoice(3, 5_000, customer="11")])
    payment = paid(amount, kid_said, text, references)
    match = book.settle(payment)
    assert given_by(match) == given
    if not given:
        assert (match.standing, match.rest) == ("suspense", amount)
        assert book.propose(payment, matching.repaired(kid_said, [AGREEMENT]))


def test_a_kid_that_invoices_share_is_settled_only_where_it_is_plain_which() -> None:
    shared = [invoice(i, amount, kid="777") for i, amount in ((1, 100), (2, 200), (3, 200))]
    for amount, expected in ((100, {1: 100}), (500, {1: 100, 2: 200, 3: 200}), (200, {}), (300, {})):
        match = matching.Book(shared).settle(paid(amount, "777"))
        assert given_by(match) == expected
    proposed = matching.Book(shared).propose(paid(200, "777"), {})
    assert [(given_by(one), one.fits) for one in proposed] == [({2: 200}, True), ({3: 200}, True), ({1: 100}, False)]


def test_candidates_are_ranked_and_at_most_five() -> None:
    good = kid_of("5001")
    slipped = good[:-1] + str((int(good[-1]) + 1) % 10)
    many = [invoice(i, 10_000 + i, customer="77") for i in range(20, 40)]
    book = matching.Book([invoice(1), *many])
    payment = paid(10_000, slipped, "gjelder 5020")
    shown = book.propose(payment, matching.repaired(slipped, [AGREEMENT]), ["77"], [invoice(60)])
    assert [(one.clue, one.fits) for one in shown[:2]] == [("kid_check_digit", True), ("amount", True)]
    assert shown[2].clue == "named"
    assert len(shown) == matching.MOST
    assert all(0 < sum(given_by(one).values()) <= payment.amount for one in shown)


@pytest.mark.parametrize(("customers", "amount"), [(("A", "B"), 150), (("A", "A"), 120)])
def test_what_names_another_open_invoice_is_not_paid_back(customers: tuple[str, str], amount: int) -> None:
    book = matching.Book([invoice(1, 100, kid="111", customer=customers[0]), invoice(2, 50, kid="222", customer=customers[1])])
    payment = paid(amount, "111", references=("222",))
    match = book.settle(payment)
    assert (match.standing, match.why, match.rest) == ("suspense", "names_others", amount)
    assert {1: 100, 2: amount - 100} in [given_by(one) for one in book.propose(payment, {})]


@pytest.mark.parametrize("few", [[], [invoice(60), invoice(61)]])
def test_an_amount_that_is_not_alone_is_no_clue(few: list[matching.Invoice]) -> None:
    assert matching.Book([]).propose(paid(10_000), {}, (), few) == ()


def test_a_reversal_takes_back_what_its_payment_gave() -> None:
    before = [matching.Allocation(invoice=1, number="5001", amount=7_000)]
    match = matching.take_back(paid(-10_000), 10_000, before)
    assert (match.standing, given_by(match), match.rest) == ("reversal", {1: -7_000}, -3_000)
    lonely = matching.take_back(paid(-10_000), 0, ())
    assert (lonely.standing, lonely.why, lonely.rest) == ("suspense", "nothing_to_reverse", -10_000)


INVOICES = st.lists(
    st.builds(
        invoice,
        st.integers(1, 6),
        st.integers(0, 500),
        paid=st.integers(-50, 600),
        credited=st.sampled_from([0, 0, 100, 500]),
        customer=st.sampled_from(["10", "11"]),
        kid=st.sampled_from(["1", "2", "3"]),
    ),
    unique_by=lambda one: one.key,
)
PAYMENTS = st.lists(
    st.builds(paid, st.integers(1, 700), st.sampled_from(["", "1", "2", "9"]), st.sampled_from(["", "5001 5002 3"]))
)


@settings(max_examples=200, deadline=None)
@given(INVOICES, PAYMENTS)
def test_nothing_is_allocated_that_is_not_there(invoices: list[matching.Invoice], payments: list[matching.Payment]) -> None:
    book, left = matching.Book(invoices), {one.key: one.open for one in invoices}
    for payment in payments:
        match = book.settle(payment)
        assert sum(one.amount for one in match.allocations) + match.rest == payment.amount
        for one in match.allocations:
            assert 0 < one.amount <= left[one.invoice]
            left[one.invoice] -= one.amount
