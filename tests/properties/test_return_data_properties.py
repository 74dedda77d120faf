"""What holds for any movements: debit is credit, settlements follow to the øre, taken back is undone, a list is read as written."""

from __future__ import annotations

import datetime as dt
import string
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.domain import return_data
from fakturabro.domain.findings import Findings
from fakturabro.formats.movement_list import read, write

DAY = dt.date(2026, 11, 23)
ORE = st.integers(-(10**11), 10**11).filter(bool).map(lambda ore: Decimal(ore).scaleb(-2))
FEES = ("administrative_fee", "return_data_fee", "financial_fee")
WORDS = st.text(string.ascii_lowercase + string.digits + "ÆØÅæøå -=+@'\";,%", max_size=30).map(lambda text: " ".join(text.split()))
OWN: return_data.Table = {
    **return_data.DEFAULTS,
    "reminder_fee": return_data.Row(debit="balance", credit="reminder_fees"),
    "interest": return_data.Row(debit="balance", credit="interest"),
    "bad_debt": return_data.Row(debit="bad_debts", credit="buyer"),
    "balance_change": return_data.Row(debit="balance", credit="balance_contra"),
}


def vat_of(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate / (1 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@st.composite
def movement(draw: st.DrawFn, kinds: tuple[str, ...] = return_data.KINDS, currencies: tuple[str, ...] = ("NOK",)) -> Any:
    kind, amount = draw(st.sampled_from(kinds)), draw(ORE)
    rate = draw(st.sampled_from((None, Decimal("0.25"), Decimal("0.12"), Decimal(0)))) if kind in FEES else None
    return return_data.Movement(
        id=str(draw(st.integers(1, 10**9))),
        kind=kind,  # type: ignore[arg-type]
        date=draw(st.dates(dt.date(2026, 1, 1), DAY)),
        amount=amount,
        currency=draw(st.sampled_from(currencies)),
        vat=None if rate is None else vat_of(amount, rate),
        vat_rate=rate,
        text=draw(WORDS),
        invoice_number=draw(st.sampled_from(("2001", "=1", "'-x"))),
        settlement=draw(st.sampled_from(("", "17"))),
    )


def movements(**of: Any) -> st.SearchStrategy[list[return_data.Movement]]:
    return st.lists(movement(**of), max_size=8, unique_by=lambda one: one.id)


@given(movements(currencies=("NOK", "EUR")))
def test_debit_is_credit_in_each_currency(found: list[return_data.Movement]) -> None:
    for currency, roles in return_data.sums(found, OWN).items():
        assert sum(roles.values()) == 0
        assert return_data.balance_of(found, currency, OWN) == roles.get("balance", 0)
    for one in found:
        assert return_data.check(one, OWN) == ()
        debit, credit = return_data.postings(one, OWN)
        assert (debit.amount, credit.amount) == (one.amount, -one.amount)
        taxed = {abs(line.vat) for line in (debit, credit) if line.vat is not None}
        assert taxed <= {0} if one.kind not in FEES else taxed == (set() if one.vat is None else {abs(one.vat)})


@settings(max_examples=40)
@given(st.lists(movements(), min_size=1, max_size=4))
def test_settlements_follow_to_the_ore_and_an_ore_too_much_is_named(days: list[list[return_data.Movement]]) -> None:
    before: return_data.Settlement | None = None
    for number, moved in enumerate(days, 1):
        opening = before.closing if before else Decimal("0.00")
        right = return_data.Settlement(
            number=number,
            client="4711",
            date=DAY + dt.timedelta(days=number),
            currency="NOK",
            opening=opening,
            closing=opening + return_data.balance_of(moved, table=OWN),
            movements=tuple(moved),
        )
        assert return_data.check_settlement(right, OWN, before) == ()
        wrong = msgspec.structs.replace(right, closing=right.closing + Decimal("0.01"))
        (said,) = return_data.check_settlement(wrong, OWN, before)
        assert said.code == "closing_differs" and said.value.endswith("(+0.01)")
        before = right


@settings(max_examples=60)
@given(movements(currencies=("NOK", "EUR")))
def test_taken_back_is_undone_exactly(found: list[return_data.Movement]) -> None:
    back = [msgspec.structs.replace(one, amount=-one.amount, vat=None if one.vat is None else -one.vat) for one in found]
    assert all(not amount for roles in return_data.sums([*found, *back], OWN).values() for amount in roles.values())
    assert all(return_data.check(one, OWN) == () for one in back)


@settings(max_examples=60)
@given(movements(kinds=return_data.IMPORTED, currencies=("NOK", "EUR")))
def test_a_list_is_read_as_it_was_written(found: list[return_data.Movement]) -> None:
    odd = Findings()
    data = write.write(found, "4711")
    assert list(read.movements(data, odd, "4711")) == found and not odd.counts["block"]
    assert write.write(list(read.movements(data, Findings())), "4711") == data


def test_what_a_settlement_takes_over_is_what_was_paid_and_not_settled() -> None:
    paid = return_data.Movement(id="1", kind="payment", date=DAY, amount=Decimal("100"), kid="1")
    taken = msgspec.structs.replace(paid, id="2", amount=Decimal("-30"))
    unsettled = return_data.sums([paid, taken])["NOK"]["customer_contra"]
    settled = msgspec.structs.replace(paid, id="S1", kind="settled", amount=unsettled)
    roles = return_data.sums([paid, taken, settled])["NOK"]
    assert roles == {"customer_contra": 0, "buyer": Decimal("-70"), "balance": Decimal("70")}


FEE = return_data.Movement(id="9", kind="payout", date=DAY, amount=Decimal(20))
FIRST = return_data.Settlement(
    number=1, client="4711", date=DAY, currency="NOK", opening=Decimal(0), closing=Decimal(-20), movements=(FEE,)
)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"number": 3}, ["number_differs"]),
        ({"opening": Decimal("-20.01"), "closing": Decimal("-40.01")}, ["opening_differs"]),
        ({"client": "4712"}, ["follows_another"]),
        ({"date": DAY - dt.timedelta(days=1)}, ["dated_before", "dated_after"]),
        ({"movements": (FEE, FEE), "closing": Decimal(-60)}, ["repeated_movement"]),
        ({"movements": (FEE, msgspec.structs.replace(FEE, id="10", currency="EUR"))}, ["other_currency"]),
        ({"movements": (FEE, msgspec.structs.replace(FEE, id="10", kind="interest"))}, ["kind_without_posting"]),
    ],
)
def test_what_stops_a_settlement(changes: dict[str, Any], codes: list[str]) -> None:
    right = msgspec.structs.replace(FIRST, number=2, opening=Decimal(-20), closing=Decimal(-40))
    found = return_data.check_settlement(msgspec.structs.replace(right, **changes), before=FIRST)
    assert [said.code for said in found] == codes


def test_the_first_settlement_opens_with_what_was_owed_before() -> None:
    owed = msgspec.structs.replace(FIRST, opening=Decimal(500), closing=Decimal(480))
    assert return_data.check_settlement(owed) == ()
    assert [said.code for said in return_data.check_settlement(msgspec.structs.replace(owed, number=2))] == ["number_differs"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"vat": "25.01"}, []),
        ({"vat": "25.02"}, ["vat_differs"]),
        ({"vat": "-25"}, ["vat_differs"]),
        ({"vat": None}, ["vat_incomplete"]),
        ({"vat_rate": None}, ["vat_incomplete"]),
        ({"vat_rate": Decimal("NaN")}, ["bad_vat_rate"]),
        ({"vat_rate": Decimal(25)}, ["bad_vat_rate"]),
        ({"kind": "payout"}, ["vat_not_expected"]),
        ({"kind": "payment", "vat": None, "vat_rate": None}, ["names_no_buyer"]),
        ({"kind": "reminder_fee", "vat": None, "vat_rate": None}, ["kind_without_posting"]),
        ({"amount": Decimal(0), "vat": "0"}, ["no_amount"]),
    ],
)
def test_what_holds_a_movement(changes: dict[str, Any], codes: list[str]) -> None:
    values: dict[str, Any] = {"id": "1", "kind": "administrative_fee", "date": DAY, "amount": Decimal(125), "vat": "25"} | changes
    vat = None if values["vat"] is None else Decimal(values["vat"])
    one = return_data.Movement(**{"vat_rate": Decimal("0.25")} | values | {"vat": vat})
    found = return_data.check(one)
    assert [said.code for said in found] == codes and all(said.holds == ("return_data",) for said in found)


@pytest.mark.parametrize("amount", ["0.005", "NaN", "Infinity", "1E12"])
def test_an_amount_is_never_rounded(amount: str) -> None:
    with pytest.raises(return_data.AmountError, match="movement 7"):
        return_data.Movement(id="7", kind="payout", date=DAY, amount=Decimal(amount))
