"""A supplier's bill, whichever accounting system it stands in -> a payment to be made; and its name, by which it is known again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from fakturabro.domain import bank_accounts, payments

REASONS = {
    "credit_note": "Kreditnota, trekkes ikke fra av seg selv",
    "nothing_to_pay": "Ikke noe å betale",
    "overpaid": "Betalt for mye, eller saldo med feil fortegn",
    "part_paid_abroad": "Delvis betalt i fremmed valuta, resten er bare kjent i kroner",
    "closed_currency": "Systemet sier ikke hvilken valuta saldoen står i, og valutaen er ikke åpnet i innstillingene",
    "supplier_inactive": "Leverandøren mangler, er uten navn eller er ikke i bruk",
    "remitted_there": "Regnskapssystemet lager egne betalinger for leverandøren",
    "not_by_file": "Merket i regnskapet med at den ikke skal i betalingsfil",
    "credited": "En åpen kreditnota gjelder fakturaen",
    "several_accounts": "Leverandøren har flere bankkontoer, og fakturaen sier ikke hvilken",
    "no_account": "Leverandøren har ingen bankkonto som banken kan betale til",
    "wrong_account": "Kontonummeret kan ikke finnes (kontrollsiffer)",
    "no_reference": "Fakturaen har verken KID eller nummer",
    "not_payable": "Beløpet kan ikke betales i valutaen",
    "not_booked": "Ikke bokført ennå",
    "not_approved": "Ikke attestert ennå",
    "under_way_there": "Betaling er på vei fra regnskapssystemet selv",
}
"""Why a person must look, by code."""
USUAL = frozenset({"nothing_to_pay", "not_booked", "not_approved", "credit_note"})
"""What passes by itself, or is nobody's fault: counted, and not complained of."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What all payments of a tenant have in common."""

    debtor: payments.Party
    account: payments.Account
    regulatory_code: str = ""
    regulatory_text: str = ""


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed. `key` is the accounting system's own id of it."""

    source: Literal["poweroffice", "fortnox"]
    key: str
    creditor: payments.Creditor
    amount: Decimal
    currency: str
    due: dt.date
    invoice_number: str
    kid: str


def to_instruction(bill: Bill, terms: Terms) -> payments.Instruction | str:
    """The payment on the due date, or the code of why it cannot be made. KID or invoice number goes; abroad as text."""
    account = bill.creditor.account
    kind = payments.kind_of(account, bill.currency, "")
    kid, number = "".join(bill.kid.split()), " ".join(bill.invoice_number.split())[:35]
    if account.scheme != "other" and not bank_accounts.is_account(account.value):
        return "wrong_account"
    if not payments.is_payable(bill.amount, bill.currency):
        return "not_payable"
    if not (kid or number):
        return "no_reference"
    order = payments.PaymentOrder(
        end_to_end_id="",
        amount=bill.amount,
        currency=bill.currency,
        creditor=bill.creditor,
        kind=kind,
        kid="" if kind == "foreign" else kid,
        text=(kid or number,) if kind == "foreign" else (),
        invoice_number=number,
        requested=bill.due,
        regulatory_code=terms.regulatory_code if kind == "foreign" else "",
        regulatory_text=terms.regulatory_text if kind == "foreign" else "",
    )
    return payments.Instruction(
        order=order,
        debtor=terms.debtor,
        account=terms.account,
        execution_date=bill.due,
        source_message_id=bill.source,
        source_batch_id=bill.key,
        source_end_to_end_id=to_name(bill.source, bill.key),
    )


def to_name(source: str, key: str, attempt: int = 1) -> str:
    """The EndToEndId of a bill's payment: of its first one, or of a new try after a refusal.

    >>> to_name("fortnox", "71"), to_name("poweroffice", "046b6c7f-0b8a-43b9-b35d-6489e6daee91", 2)
    ('FN71', '046b6c7f0b8a43b9b35d6489e6daee91-2')
    """
    name = f"FN{key}" if source == "fortnox" else key.replace("-", "")
    return name if attempt == 1 else f"{name}-{attempt}"
