"""Supplier invoices of PowerOffice and Fortnox: what is paid of each, and why another is not."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from fakturabro.domain import payments
from fakturabro.mapping import fortnox_to_payments, movements_to_poweroffice, payable, poweroffice_to_payments
from fakturabro.systems.fortnox import wire as fortnox
from fakturabro.systems.poweroffice import bank_wire as go

DUE = dt.date(2026, 11, 25)
TERMS = payable.Terms(
    debtor=payments.Party(name="Nidelven AS"),
    account=payments.account("86011117947"),
    regulatory_code="14",
    regulatory_text="Varer",
)
FJORD, IBAN = "15942287248", "SE4550000000058398257466"


def of_go(invoice: dict[str, Any], supplier: dict[str, Any], *accounts: str, **more: Any) -> payments.Instruction | str:
    said = {"supplier_no": 20010, "due_date": DUE, "voucher_type": "IncomingInvoice", "invoice_no": "F 1", "cid": "1234567897"}
    amounts = {
        "total_amount": Decimal(-100),
        "total_posted_amount": Decimal(-100),
        "balance": Decimal(-100),
        "currency_code": "NOK",
    }
    one = go.IncomingInvoice(id=uuid.UUID(int=1), **{**said, **amounts, **invoice})
    who = go.Supplier(**{"id": 7, "number": 20010, "name": "Fjord AS", "payout": False, "is_active": True, **supplier})
    paid_on = [
        go.ContactBankAccount(id=n, contact_id=7, bank_account_number=number) for n, number in enumerate(accounts or (FJORD,))
    ]
    return poweroffice_to_payments.to_payable(one, who, paid_on if accounts != ("none",) else [], TERMS, **more)


@pytest.mark.parametrize(
    ("invoice", "supplier", "accounts", "more", "found"),
    [
        ({}, {}, (), {}, "100"),
        ({"balance": Decimal("-40.5")}, {}, (), {}, "40.5"),
        ({"total_amount": Decimal(100), "total_posted_amount": Decimal(100), "balance": Decimal(100)}, {}, (), {}, "100"),
        ({"balance": Decimal(20)}, {}, (), {}, "overpaid"),
        ({"balance": Decimal(-101)}, {}, (), {}, "overpaid"),
        ({"balance": Decimal(0)}, {}, (), {}, "nothing_to_pay"),
        ({"is_reversed": True}, {}, (), {}, "nothing_to_pay"),
        ({"voucher_type": "IncomingCreditNote"}, {}, (), {}, "credit_note"),
        ({"currency_code": "EUR", "total_amount": Decimal(-9)}, {}, (IBAN,), {}, "9"),
        ({"currency_code": "EUR", "total_amount": Decimal(-9), "balance": Decimal(-50)}, {}, (IBAN,), {}, "part_paid_abroad"),
        ({"cid": None, "invoice_no": " "}, {}, (), {}, "no_reference"),
        ({}, {"payout": True}, (), {}, "remitted_there"),
        ({}, {"payout": None}, (), {}, "remitted_there"),
        ({}, {"payout": True}, (), {"pays_remitted": True}, "100"),
        ({}, {"is_archived": True}, (), {}, "supplier_inactive"),
        ({}, {}, (), {"is_credited": True}, "credited"),
        ({}, {}, (FJORD, IBAN), {}, "several_accounts"),
        ({}, {}, ("none",), {}, "no_account"),
        ({}, {}, ("15942287249",), {}, "wrong_account"),
    ],
)
def test_what_poweroffice_wants_paid(
    invoice: dict[str, Any], supplier: dict[str, Any], accounts: tuple[str, ...], more: dict[str, Any], found: str
) -> None:
    made = of_go(invoice, supplier, *accounts, **more)
    assert (made if isinstance(made, str) else str(made.order.amount)) == found
    assert isinstance(made, payments.Instruction) or made in payable.REASONS


def test_kid_goes_at_home_and_text_abroad_with_what_the_register_asks() -> None:
    home, abroad = of_go({}, {}), of_go({"currency_code": "SEK"}, {}, IBAN)
    assert isinstance(home, payments.Instruction)
    assert isinstance(abroad, payments.Instruction)
    assert (home.order.kind, home.order.kid, home.order.text, home.order.invoice_number) == ("domestic", "1234567897", (), "F 1")
    assert (abroad.order.kind, abroad.order.kid, abroad.order.text) == ("foreign", "", ("1234567897",))
    assert (home.order.regulatory_code, abroad.order.regulatory_code) == ("", "14")
    assert home.source_end_to_end_id == "0" * 31 + "1"


@pytest.mark.parametrize(
    ("invoice", "supplier", "found"),
    [
        ({}, {}, IBAN),
        ({}, {"iban": None, "country_code": "NO", "bank_account_number": FJORD}, FJORD),
        ({}, {"iban": None, "bank_account_number": FJORD}, "no_account"),
        ({}, {"iban": None, "bg": "5050-1055"}, "no_account"),
        ({"balance": Decimal(-1)}, {}, "overpaid"),
        ({"balance": Decimal(0)}, {}, "nothing_to_pay"),
        ({"booked": False}, {}, "not_booked"),
        ({"payment_pending": True}, {}, "under_way_there"),
        ({"disable_payment_file": True}, {}, "not_by_file"),
        ({}, {"active": False}, "supplier_inactive"),
        ({"given_number": "72"}, {}, "not_approved"),
        ({"currency": "EUR"}, {}, "closed_currency"),
        ({"currency": "DKK"}, {}, IBAN),
        ({"given_number": "73"}, {}, "credited"),
        ({"credit": True}, {}, "credit_note"),
        ({"cancelled": True}, {}, "nothing_to_pay"),
    ],
)
def test_what_fortnox_wants_paid(invoice: dict[str, Any], supplier: dict[str, Any], found: str) -> None:
    said = {
        "given_number": "71",
        "supplier_number": "20",
        "invoice_number": "F1",
        "due_date": DUE,
        "currency": "SEK",
        "booked": True,
    }
    one = fortnox.SupplierInvoice(**{**said, "total": Decimal(100), "balance": Decimal(100), **invoice})
    who = fortnox.Supplier(**{"supplier_number": "20", "name": "Skruvar AB", "iban": IBAN, "bic": "ESSESESS", **supplier})
    made = fortnox_to_payments.to_payable(one, who, TERMS, unapproved={"72"}, credited={"73"}, currencies=("DKK",))
    assert (made if isinstance(made, str) else made.order.creditor.account.value) == found


def test_a_voucher_that_does_not_add_up_is_not_made() -> None:
    books, part = movements_to_poweroffice.Books(bank=1, no_vat=6), movements_to_poweroffice.Part(account_id=2, amount=Decimal(-9))
    with pytest.raises(ValueError, match="do not add up to -10"):
        movements_to_poweroffice.to_voucher("r", DUE, Decimal(-10), "NOK", books, [part], "Betaling")
    voucher = movements_to_poweroffice.to_voucher("r", DUE, Decimal(-9), "NOK", books, [part], "Betaling")
    assert [(line.account_id, line.currency_amount) for line in voucher.voucher_lines] == [(1, -9), (2, 9)]
