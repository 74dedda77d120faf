"""The demo's proof for return data sees what is wrong: an amount, an account, a voucher twice or missing, a balance."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from console.demo import return_data
from console.demo import return_data_counterparts as proof


def movement(number: int, kind: str, amount: str, **more: str) -> dict[str, Any]:
    made = {"kind": kind, "date": "2026-11-20", "amount": amount, "currency": "NOK", **more}
    return {"id": number, "client": "4711", "made": made}


STATE: dict[str, Any] = {
    "entries": [{"client": "4711", "entry": {"number": "5001", "buyer_number": "10001"}}],
    "movements": [
        movement(1, "administrative_fee", "125.00", vat="25.00"),
        movement(2, "reminder_fee", "70.00"),
        movement(3, "payment", "40.00", invoice_number="4000"),
        movement(4, "administrative_fee", "12.50", vat="2.50", currency="EUR"),
        {"id": 5, "client": "4712", "made": {}},
    ],
    "payments": [
        {
            "client": "4711",
            "payment": {"reference": "B1", "currency": "NOK", "allocations": [{"number": "5001", "amount": "300.00"}]},
        }
    ],
    "trial_balance": [
        {"client": "4711", "currency": "NOK", "account": "client", "amount": "-215.00"},
        {"client": "4711", "currency": "EUR", "account": "client", "amount": "12.50"},
        {"client": "4712", "currency": "NOK", "account": "client", "amount": "-1.00"},
    ],
}


def entry(account: int, amount: str, currency: str = "NOK", **more: Any) -> dict[str, Any]:
    posted = Decimal(amount) * (Decimal("11.4237") if currency == "EUR" else 1)
    said = {"amount": posted, "currency": currency, "currency_amount": Decimal(amount), "customer": None, "invoice": None}
    return {"account": account, **said, **more}


def voucher(number: int, reference: str | None, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"id": f"v{number}", "number": number, "kind": "BankJournal", "reference": reference}
    return {**said, "entries": [dict(one) for one in entries], "is_reversed": False, "reverses": None, **more}


FEE = (entry(6970, "100.00"), entry(2710, "25.00"), entry(2990, "-125.00"))
PAID = (entry(1510, "300.00"), entry(1500, "-300.00", customer=10001, invoice="5001"))
TAKEN_OVER = (entry(2990, "300.00"), entry(1510, "-300.00"))
VOUCHERS = [
    voucher(1, None, entry(1500, "300.00", customer=10001, invoice="5001"), entry(3000, "-300.00"), kind="OutgoingInvoice"),
    voucher(2, "a", *FEE, is_reversed=True),
    voucher(3, None, *(entry(one["account"], str(-one["amount"])) for one in FEE), reverses=["v2", 2]),
    voucher(4, "a", *FEE, *PAID, *TAKEN_OVER),
    voucher(5, "b", entry(6970, "10.00", "EUR"), entry(2710, "2.50", "EUR"), entry(2990, "-12.50", "EUR")),
]
OURS = proof.Ours({"bank": 1, "told": 4}, 2, {"a": "posted", "b": "posted", "c": "discarded"}, {"2": "", "3": ""})


def faults(vouchers: list[dict[str, Any]], ours: proof.Ours = OURS) -> list[str]:
    return list(proof.find_faults(vouchers, return_data.reckon(STATE, "4711", "nidelven"), ours))


def test_what_is_right_is_right() -> None:
    assert faults(VOUCHERS) == []


@pytest.mark.parametrize(
    ("voucher_at", "entry_at", "changes", "count"),
    [
        (3, 0, {"amount": Decimal("100.01")}, 1),  # it does not add up
        (3, 0, {"currency_amount": Decimal("100.01")}, 1),  # not what the fee is
        (3, 0, {"account": 6975}, 2),
        (3, 4, {"invoice": "5002"}, 2),
        (3, 4, {"customer": 10002}, 2),
        (3, 5, {"account": 1920}, 3),  # the balance differs from the factoring company's, too
        (4, 2, {"currency": "NOK"}, 4),
    ],
)
def test_a_wrong_entry(voucher_at: int, entry_at: int, changes: dict[str, Any], count: int) -> None:
    spoilt = copy.deepcopy(VOUCHERS)
    spoilt[voucher_at]["entries"][entry_at] |= changes
    assert len(faults(spoilt)) == count


def test_a_wrong_voucher() -> None:
    twice = voucher(6, "a", entry(6970, "1.00"), entry(6970, "-1.00"))
    assert faults([*VOUCHERS, twice]) == ["bilaget a står 2 ganger"]
    assert faults([*VOUCHERS, {**twice, "reference": "x"}]) == ["bilaget x er ikke vårt"]
    assert "bilaget b mangler i PowerOffice" in faults(VOUCHERS[:4])
    assert "bilag 2 er tilbakeført 0 ganger" in faults([*VOUCHERS[:2], *VOUCHERS[3:]])


def test_what_is_held() -> None:
    assert faults(VOUCHERS, OURS._replace(held={"2": ""})) == ["bevegelse 3 skulle vært holdt"]
    assert faults(VOUCHERS, OURS._replace(held={**OURS.held, "1": ""})) == ["bevegelse 1 holdes"]
