"""Movements as a bank voucher: what each line says, and that any voucher adds up to zero."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakturabro.domain import return_data
from fakturabro.ledger.returns import vouchers
from fakturabro.mapping import return_data_to_poweroffice as mapping
from tasks.returns import voucher_messages

DAY = dt.date(2026, 11, 23)
NO_VAT, FULL_VAT, BUYER = 6, 7, 5_020_001
TABLE: return_data.Table = {
    **return_data.DEFAULTS,
    "bad_debt": return_data.Row(debit="bad_debts", credit="buyer"),
    "balance_change": return_data.Row(debit="balance", credit="balance_contra"),
}
ACCOUNTS = {"customer_contra": 1510, "balance": 2990, "payout": 1920, "financial_fees": 6975, "bad_debts": 7830}
PLACES: dict[return_data.Role, mapping.Place] = {
    **{role: mapping.Place(account_no=no, account_id=8_000_000 + no, vat_id=NO_VAT) for role, no in ACCOUNTS.items()},  # type: ignore[misc]
    "administrative_fees": mapping.Place(account_no=6970, account_id=8_006_970, vat_id=FULL_VAT, department_id=401, project_id=501),
    "balance_contra": mapping.Place(account_no=1515, account_id=8_001_515, vat_id=NO_VAT),
}


def item(kind: str, amount: str, currency: str = "NOK", **fields: Any) -> mapping.Item:
    day = fields.pop("day", DAY)
    moved: dict[str, Any] = {"id": "17", "kind": kind, "date": day, "amount": Decimal(amount), "currency": currency}
    return mapping.Item(movement=return_data.Movement(**moved), text=f"{kind} 17", subledger_id=BUYER, **fields)


def voucher(items: Sequence[mapping.Item], currency: str = "NOK") -> Any:
    head = mapping.Head(reference="r-1", day=DAY, currency=currency, text="Oppgjør 4", taking_over="Overtatt")
    return mapping.to_voucher(head, items, PLACES, TABLE, NO_VAT)


def test_a_payment_goes_against_its_invoice_and_is_taken_over_on_the_settlements_day() -> None:
    before = DAY - dt.timedelta(3)
    made = voucher([item("payment", "100.00", day=before, invoice_number="2001", kid="123456789012345678901234567890")])
    told = [(one.account_id, one.currency_amount, one.posting_date, one.invoice_no, one.cid) for one in made.voucher_lines]
    assert told == [
        (8_001_510, Decimal("100.00"), before, None, None),
        (BUYER, Decimal("-100.00"), before, "2001", None),  # a KID longer than PowerOffice's Cid names nothing
        (8_002_990, Decimal("100.00"), DAY, None, None),
        (8_001_510, Decimal("-100.00"), DAY, None, None),
    ]
    assert (made.voucher_date, made.currency_code, made.external_import_reference) == (DAY, "NOK", "r-1")
    assert voucher([item("payment", "100.00", kid="1" * 25)]).voucher_lines[1].cid == "1" * 25


def test_a_fee_goes_gross_with_the_vat_code_and_dimensions_of_its_account() -> None:
    fee, owed = voucher([item("administrative_fee", "125.00")]).voucher_lines
    assert (fee.account_id, fee.currency_amount, fee.vat_id, fee.department_id, fee.project_id) == (
        *(8_006_970, Decimal("125.00")),
        *(FULL_VAT, 401, 501),
    )
    assert (owed.account_id, owed.currency_amount, owed.vat_id, owed.department_id) == (8_002_990, Decimal("-125.00"), NO_VAT, None)


def test_what_the_bank_took_back_changes_sides_and_what_cancels_out_takes_over_nothing() -> None:
    back = voucher([item("payment", "-40.00", invoice_number="2001")]).voucher_lines
    assert [one.currency_amount for one in back] == [Decimal(n) for n in ("-40.00", "40.00", "-40.00", "40.00")]
    assert len(voucher([item("payment", "-40.00"), item("payment", "40.00")]).voucher_lines) == 4, "no line of nothing"


_ORE = st.integers(-(10**9), 10**9).filter(bool).map(lambda ore: str(Decimal(ore).scaleb(-2)))
_ITEMS = st.lists(st.builds(item, st.sampled_from(sorted(TABLE.keys() - {"settled"})), _ORE, st.just("EUR")), min_size=1)


@given(_ITEMS)
def test_any_voucher_adds_up_to_zero_and_moves_what_the_posting_table_says(items: list[mapping.Item]) -> None:
    lines = voucher(items, "EUR").voucher_lines
    assert sum(one.currency_amount for one in lines) == 0 and all(one.currency_amount for one in lines)
    moved = [one.movement for one in items]
    paid = sum((one.amount for one in moved if one.kind == "payment"), Decimal(0))
    owed = return_data.sums(moved, TABLE)["EUR"].get("balance", Decimal(0)) + paid
    assert sum(one.currency_amount for one in lines if one.account_id == 8_002_990) == owed
    assert sum(one.currency_amount for one in lines if one.account_id == 8_001_510) == 0, "what is in it is taken over in it"


@pytest.mark.parametrize(
    "items",
    [[], [item("payout", "1.00")] * 250, [item("payout", "1.00"), item("payout", "1.00", "EUR")]],
    ids=["nothing", "too much", "two currencies"],
)
def test_what_is_no_voucher_is_refused(items: list[mapping.Item]) -> None:
    with pytest.raises(ValueError, match="make no voucher"):
        voucher(items)


@pytest.mark.parametrize("currency", ["NOK", "EUR"])
def test_the_largest_voucher_has_five_hundred_lines(currency: str) -> None:
    most = [item("payment", "1.00", currency)] * mapping.most_movements(currency)
    assert len(voucher(most, currency).voucher_lines) == 500


def test_payments_in_another_currency_are_taken_over_one_by_one_on_their_own_day() -> None:
    days = [DAY - dt.timedelta(3), DAY]
    lines = voucher([item("payment", "1.00", "EUR", day=day) for day in days], "EUR").voucher_lines
    contra = [(one.posting_date, one.currency_amount) for one in lines if one.account_id == 8_001_510]
    assert contra == [(day, Decimal(n)) for n in (1, -1) for day in days], "nothing is left of it, whatever the rate of each day"


def test_what_nothing_is_known_of_is_posted_nowhere() -> None:
    unknown = mapping.Item(movement=item("payment", "1.00").movement, text="")
    with pytest.raises(mapping.LackingError, match="no buyer"):
        voucher([unknown])
    with pytest.raises(return_data.RowError):
        voucher([item("interest", "1.00")])


def reference(**changes: Any) -> str:
    said: dict[str, Any] = {"tenant": "nidelven", "client": "4711", "currency": "NOK", "number": 4, "part": 1, "keys": ["1", "2"]}
    return vouchers.to_reference(**{**said, **changes})


def test_a_reference_is_the_same_for_the_same_content_and_for_no_other() -> None:
    assert reference(keys=["2", "1"]) == reference(), "gathered in another order"
    others: dict[str, Any] = {"tenant": "solberg", "client": "4712", "currency": "EUR", "number": 5, "part": 2, "keys": ["1", "3"]}
    assert len({reference(), *(reference(**{name: other}) for name, other in others.items())}) == 7


def test_what_lines_and_vouchers_are_called_can_be_found_again() -> None:
    back = msgspec.structs.replace(item("payment", "-1.00").movement, text="Avvist av banken")
    assert voucher_messages.movement(back, "2001", "17") == "Innbetaling tatt tilbake, faktura 2001. Bevegelse 17. Avvist av banken"
    of_bank = msgspec.structs.replace(item("payment", "1.00").movement, kid="12345")
    assert voucher_messages.movement(of_bank, "2001", "") == "Innbetaling, faktura 2001, KID 12345"
    assert voucher_messages.movement(item("balance_change", "-1.00").movement, "", "18") == "Endring i mellomværende. Bevegelse 18"
    assert voucher_messages.head(12, DAY, 2) == "Returdata, oppgjør 12, 23.11.2026, del 2"
