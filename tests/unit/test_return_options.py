"""The settings of return data: five accounts without default, and what does not fit together is refused where it stands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pydantic
import pytest

from fakturabro.domain import return_data
from fakturabro.ledger.returns import sources
from fakturabro.mapping import incoming_to_return_data
from tasks.returns import options

ACCOUNTS: dict[str, Any] = {
    "customer_contra": {"number": "1510"},
    "administrative_fees": {"number": "6970", "vat_code": "1"},
    "financial_fees": {"number": "6975", "vat_code": "0"},
    "payout": {"number": "1920"},
    "balance": {"number": "2990"},
}
RIGHT: dict[str, Any] = {"client_number": "4711", "starts_on": "2026-11-01", "accounts": ACCOUNTS}
FOLDER = {"take_from": "/srv/lists//ny/"}
INTEREST = {"kind": "interest", "debit": "interest", "credit": "balance"}


def having(**accounts: Any) -> dict[str, Any]:
    return {"accounts": {name: one for name, one in {**ACCOUNTS, **accounts}.items() if one is not None}}


def test_what_is_right_says_which_account_and_code_each_role_has() -> None:
    made = options.ReturnDataOptions.model_validate(
        {**RIGHT, **having(interest={"number": "8050", "department": "2"}), "table": [INTEREST]}
    )
    own = return_data.Row(debit="interest", credit="balance")
    assert made.posting_table == {**return_data.DEFAULTS, "interest": own}
    assert [made.vat_code_of(role) for role in ("administrative_fees", "interest", "balance", "buyer")] == ["1", "0", "0", "0"]
    assert (made.account_of("interest").department, made.account_of("balance").number) == ("2", "2990")
    by_folder = options.ReturnDataOptions.model_validate(
        {**RIGHT, "source": "folder", "folder": FOLDER, "openings": [{"currency": "EUR", "amount": "-1.50"}]}
    )
    assert (by_folder.opening_of("EUR"), by_folder.opening_of("NOK")) == (Decimal("-1.50"), None)
    assert by_folder.folder and by_folder.folder.take_from == "/srv/lists/ny", "so that two spellings are one folder"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *((having(**{role: None}), f"accounts.{role}") for role in ACCOUNTS),
        (having(financial_fees={"number": "6975"}), "accounts.financial_fees.vat_code"),
        (having(bad_debts={"number": "7830", "vat_code": "1"}), "accounts.bad_debts.vat_code"),
        (having(balance={"number": "299"}), "accounts.balance.number"),
        (having(payout={"number": "2990"}), "accounts"),
        (having(interest={"number": "1510"}), "accounts"),
        ({"table": [INTEREST]}, "table"),
        ({"table": [{"kind": "payout", "debit": "payout", "credit": "balance"}] * 2}, "table"),
        ({"table": [{"kind": "payout", "debit": "balance", "credit": "balance"}]}, "table.0"),
        ({"table": [{"kind": "settled", "debit": "payout", "credit": "balance"}]}, "table.0"),
        ({"source": "folder"}, "folder"),
        ({"source": "none", "folder": FOLDER}, "folder"),
        ({"source": "folder", "folder": {"take_from": "lists"}}, "folder.take_from"),
        ({"openings": [{"amount": "1"}]}, "openings"),
        ({"source": "none", "openings": [{"amount": "1"}, {"amount": "2"}]}, "openings"),
        ({"source": "none", "openings": [{"amount": "1.005"}]}, "openings.0.amount"),
        ({"konto": "1510"}, "konto"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        options.ReturnDataOptions.model_validate({**RIGHT, **changes})
    assert [".".join(map(str, one["loc"])) for one in caught.value.errors()] == [field]


@pytest.mark.parametrize(
    ("booked_on", "later", "day"),
    [(20, 0, 20), (None, 0, 23), (20, 1, 24), (None, 1, 24)],
)
def test_a_payment_counts_from_the_day_on_which_the_company_owes_it(booked_on: int | None, later: int, day: int) -> None:
    """Given at 23:30 in UTC, which is the next day in Oslo."""
    at = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)
    one = sources.Untaken(
        allocation_id=1, document_id=2, client="4711", reference="r", key="bank/1/r/7/1", name="r/7/1",
        invoice_id=3, invoice_number="7", kid="123", customer_number="10", amount=-1_005, currency="NOK",
        booked_on=dt.date(2026, 11, booked_on) if booked_on else None, at=at, told_at=at + dt.timedelta(days=later), raw_id=4,
    )  # fmt: skip
    made = incoming_to_return_data.to_movement(one)
    assert (made.id, made.kind, made.amount, made.kid, made.buyer_number) == ("r/7/1", "payment", Decimal("-10.05"), "123", "10")
    assert (made.date, made.invoice_number) == (dt.date(2026, 11, day), "7")
