"""Orders and the payments in them, made of their records.

Assumed: an order or invoice with a cause of cancellation was cancelled, whatever its return code.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.telepay import records

_NOBODY = ("00000000019", "00000000000")
_PAYMENTS = ("04", "22", "23")


class Invoice(payments.Value, frozen=True, kw_only=True):
    """One payment: a minus on a credit note. `codes` are those of its record and of its order's; `line` is its record's."""

    own_reference: str
    amount: Decimal
    currency: str
    codes: tuple[str, ...]
    line: int
    payee_name: str = ""
    payee_account: payments.Account | None = None
    kid: str = ""
    text: tuple[str, ...] = ()
    invoice_number: str = ""
    is_cancelled: bool = False


class Order(payments.Value, frozen=True, kw_only=True):
    """What is paid together to one payee or, where `kind` is "mass", to many. `amount` was debited, in the account's currency."""

    kind: str
    """domestic, mass or foreign."""
    account: payments.Account
    own_reference: str
    bank_reference: str
    code: str
    amount: Decimal
    line: int
    pay_date: dt.date | None = None
    value_date: dt.date | None = None
    is_cancelled: bool = False
    invoices: tuple[Invoice, ...] = ()


def to_order(group: list[records.Record], found: Findings) -> Order:
    """The order that its records tell of, the first of them BETFOR21 or BETFOR01; a wrong sum is added to `found`."""
    head, foreign = group[0], group[0].kind == "01"
    currency = (head.get("invoice_currency") or head.get("pay_currency") or "NOK") if foreign else "NOK"
    invoices = tuple(_invoice(one, group, currency) for one in group if one.kind in _PAYMENTS) or _alone(group, currency)
    amount, total = kroner(head.number("debited" if foreign else "amount")), sum((one.amount for one in invoices), Decimal(0))
    if not foreign and amount and amount != total:
        found.hold(place(head.line), "order_total", line=head.line, field=f"BETFOR{head.kind}", value=f"{amount} / {total}")
    return Order(
        kind="foreign" if foreign else "mass" if any(one.kind == "22" for one in group) else "domestic",
        account=payments.account(head.get("account")),
        own_reference=head.get("own_reference"),
        bank_reference=head.get("bank_reference"),
        code=head.get("return_code"),
        amount=amount,
        line=head.line,
        pay_date=head.date("pay_date"),
        value_date=head.date("value_date"),
        is_cancelled=_is_cancelled(head),
        invoices=invoices,
    )


def place(line: int) -> str:
    """By what an order is held that is odd by itself."""
    return f"order {line}"


def _alone(group: list[records.Record], currency: str) -> tuple[Invoice, ...]:
    """An order without invoices is a payment of its own: to our own account, or one whose invoices the bank left out."""
    head = group[0]
    name = "transferred" if head.kind == "01" else "amount" if head.number("amount") else "own_account_amount"
    return (_filled(head, group, head.number(name), currency),)


def _invoice(record: records.Record, group: list[records.Record], currency: str) -> Invoice:
    sign = -1 if record.get("direction") == "K" else 1
    return _filled(record, group, sign * record.number("amount"), currency)


def _filled(record: records.Record, group: list[records.Record], ore: int, currency: str) -> Invoice:
    around = [one for one in group if one.kind not in _PAYMENTS]
    payee = next((one for one in (record, *around) if one.get("payee_name") or one.get("payee_account")), record)
    account = payee.get("payee_account")
    text, is_kid = tuple(line for name in ("text", "text_2", "text_3") if (line := record.get(name))), bool(record.get("kid_mark"))
    return Invoice(
        own_reference=record.get("own_reference"),
        amount=kroner(ore),
        currency=currency,
        codes=tuple(dict.fromkeys(one.get("return_code") for one in (*around, record))),
        line=record.line,
        payee_name=payee.get("payee_name"),
        payee_account=None if not account or account in _NOBODY else payments.account(account),
        kid="".join(text) if is_kid else record.get("kid"),
        text=() if is_kid else text,
        invoice_number=record.get("invoice_number"),
        is_cancelled=_is_cancelled(group[0]) or _is_cancelled(record),
    )


def _is_cancelled(record: records.Record) -> bool:
    return bool(record.get("cancel_code") or record.get("cancel_cause"))


def kroner(ore: int) -> Decimal:
    """Two decimals, whatever the currency."""
    return Decimal(ore).scaleb(-2)
