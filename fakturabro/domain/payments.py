"""Payments that we ask banks to make, and what banks say of them: what all bank formats agree on. `statements` has what moved.

Amounts are `Decimal` in major units of their currency. An empty text is something that is not stated.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal

import iso4217
import msgspec

Scheme = Literal["bban", "iban", "other"]
PaymentKind = Literal["domestic", "salary", "foreign"]
Level = Literal["group", "batch", "payment"]

SALARY = "SALA"
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_DECIMALS: dict[str, int] = {one.code: one.exponent for one in iso4217.Currency if one.exponent is not None}


class ReadError(ValueError):
    """Bytes that cannot be read on. `code` is a key of the format's messages; `line` and `column` count from 1.

    `value` is what stood there (an unknown namespace, the text that is no amount), cut.
    """

    def __init__(self, code: str, line: int | None = None, column: int | None = None, value: str = "") -> None:
        place = "" if line is None else f"line {line}: " if column is None else f"line {line}, column {column}: "
        super().__init__(f"{place}{code}" + (f" {value!r}" if value else ""))
        self.code, self.line, self.column, self.value = code, line, column, value


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every value below: immutable, compared by content, small when encoded."""


class Account(Value, frozen=True, kw_only=True):
    """A bank account. `value` has neither blanks nor dots; `bic` is the bank's, where stated."""

    scheme: Scheme
    value: str
    currency: str = ""
    bic: str = ""

    @property
    def number(self) -> str:
        """What tells whether two accounts are the same: the eleven digits of a Norwegian account, also of its IBAN.

        >>> Account(scheme="iban", value="NO9386011117947").number
        '86011117947'
        """
        norwegian = self.scheme == "iban" and self.value.startswith("NO") and len(self.value) == 15
        return self.value[4:] if norwegian else self.value

    @property
    def is_norwegian(self) -> bool:
        return self.scheme == "bban" or (self.scheme == "iban" and self.value.startswith("NO"))


def account(text: str, currency: str = "", bic: str = "") -> Account:
    """The account that people or files write as `text`: eleven digits, an IBAN, or another bank's own. Judges no check digits.

    >>> account("8601.11.17947").scheme, account("NO93 8601 1117 947").scheme, account("12-345").scheme
    ('bban', 'iban', 'other')
    """
    plain = "".join(text.split()).replace(".", "")
    if len(plain) == 11 and plain.isascii() and plain.isdigit():
        return Account(scheme="bban", value=plain, currency=currency, bic=bic)
    if _IBAN.fullmatch(plain.upper()):
        return Account(scheme="iban", value=plain.upper(), currency=currency, bic=bic)
    return Account(scheme="other", value=plain, currency=currency, bic=bic)


class Address(Value, frozen=True, kw_only=True):
    """A postal address as ISO 20022 has it; `lines` are what is not structured."""

    street: str = ""
    building: str = ""
    post_code: str = ""
    city: str = ""
    country: str = ""
    lines: tuple[str, ...] = ()


class Party(Value, frozen=True, kw_only=True):
    """Who sends or pays. `identifier` is a customer number, an agreement with the bank or an organisation number.

    `identifier_scheme` says which: CUST (customer number) or BANK (agreement id).
    """

    name: str
    identifier: str = ""
    identifier_scheme: str = ""
    address: Address | None = None


class Creditor(Value, frozen=True, kw_only=True):
    """Who is paid, on which account; `agent` is the name of a bank abroad that has no BIC (otherwise `account.bic`).

    `identifier` (organisation or supplier number) is for our own guards; no bank gets it.
    """

    name: str
    identifier: str = ""
    account: Account
    address: Address | None = None
    agent: str = ""


class PaymentOrder(Value, frozen=True, kw_only=True):
    """One payment to be made. `end_to_end_id` is its name for ever.

    What reaches the creditor is one of `kid`, `text` and `invoice_number`: the first that is filled. The invoice number may stand
    beside the others for our own guards. `requested` None is the date of the batch.
    """

    end_to_end_id: str
    amount: Decimal
    currency: str
    creditor: Creditor
    kind: PaymentKind = "domestic"
    instruction_id: str = ""
    kid: str = ""
    text: tuple[str, ...] = ()
    invoice_number: str = ""
    requested: dt.date | None = None
    purpose: str = ""
    charge_bearer: str = ""
    """DEBT, CRED, SHAR or SLEV (SEPA)."""
    regulatory_code: str = ""
    """What a payment abroad is for, as the currency register wants it (14 goods, 29 services ...), with `regulatory_text`."""
    regulatory_text: str = ""


class Instruction(Value, frozen=True, kw_only=True):
    """One payment with what its batch says of it, so that it can stand alone. `order.end_to_end_id` is the name that it goes by.

    The `source_` names are those that the accounting system gave message, batch and payment.
    """

    order: PaymentOrder
    debtor: Party
    account: Account
    execution_date: dt.date
    category: str = ""
    service: str = ""
    source_message_id: str = ""
    source_batch_id: str = ""
    source_end_to_end_id: str = ""

    @property
    def due(self) -> dt.date:
        """The day on which it shall be paid."""
        return self.order.requested or self.execution_date

    @property
    def is_salary(self) -> bool:
        """By what its batch says: a payment's own purpose code makes no salary."""
        return self.order.kind == "salary" or self.category == SALARY


class Batch(Value, frozen=True, kw_only=True):
    """Payments from one account on one day (PmtInf). `category` is SALA for salary; `service` NURG, URGP or SEPA."""

    batch_id: str
    debtor: Party
    account: Account
    execution_date: dt.date
    payments: tuple[PaymentOrder, ...]
    category: str = ""
    service: str = ""

    @property
    def count(self) -> int:
        return len(self.payments)

    @property
    def control_sum(self) -> Decimal:
        """The sum of the amounts whatever their currency, as files state it."""
        return sum((one.amount for one in self.payments), Decimal(0))


class Remittance(Value, frozen=True, kw_only=True):
    """A file of payments to be made."""

    message_id: str
    created_at: dt.datetime
    initiator: Party
    batches: tuple[Batch, ...]

    @property
    def payments(self) -> Iterator[PaymentOrder]:
        return (one for batch in self.batches for one in batch.payments)

    @property
    def count(self) -> int:
        return sum(batch.count for batch in self.batches)

    @property
    def control_sum(self) -> Decimal:
        return sum((batch.control_sum for batch in self.batches), Decimal(0))

    @property
    def totals(self) -> dict[str, Decimal]:
        """The sum of the amounts by currency."""
        return totals((one.currency, one.amount) for one in self.payments)


class Reason(Value, frozen=True, kw_only=True):
    """Why a bank said so: its code (AC01, AM04 ...) and its own words."""

    code: str = ""
    text: str = ""


class Status(Value, frozen=True, kw_only=True):
    """What the bank says of a file, a batch or a payment; `code` is ISO's (ACCP, ACSC, RJCT, PDNG ...), unknown ones too."""

    level: Level
    code: str
    reasons: tuple[Reason, ...] = ()
    batch_id: str = ""
    instruction_id: str = ""
    end_to_end_id: str = ""
    bank_reference: str = ""


class StatusReport(Value, frozen=True, kw_only=True):
    """A bank's answer to one file of ours, named by `original_message_id`."""

    message_id: str
    created_at: dt.datetime | None
    original_message_id: str
    original_message_name: str = ""
    original_count: int | None = None
    original_sum: Decimal | None = None
    statuses: tuple[Status, ...] = ()


def decimals(currency: str) -> int | None:
    """How many decimals an amount in `currency` may have (ISO 4217); None for what nobody pays with.

    >>> decimals("NOK"), decimals("JPY"), decimals("KWD"), decimals("KRO")
    (2, 0, 3, None)
    """
    return _DECIMALS.get(currency)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Whether `amount` can be paid: above zero, below a thousand billion, with no more decimals than the currency has.

    >>> is_payable(Decimal("0.01"), "NOK"), is_payable(Decimal("1.00100"), "NOK"), is_payable(Decimal("0"), "NOK")
    (True, False, False)
    """
    most, exponent = _DECIMALS.get(currency), amount.as_tuple().exponent
    return most is not None and isinstance(exponent, int) and -exponent <= most and amount > 0 and amount.adjusted() < 12


def kind_of(creditor: Account, currency: str, category: str) -> PaymentKind:
    """Foreign where account or currency is; otherwise salary by its category purpose; otherwise domestic."""
    if currency != "NOK" or not creditor.is_norwegian:
        return "foreign"
    return "salary" if category == SALARY else "domestic"


def totals(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Sums by currency.

    >>> totals([("NOK", Decimal("1.50")), ("EUR", Decimal(2)), ("NOK", Decimal("-0.50"))])
    {'NOK': Decimal('1.00'), 'EUR': Decimal('2')}
    """
    found: dict[str, Decimal] = {}
    for currency, amount in amounts:
        found[currency] = found.get(currency, Decimal(0)) + amount
    return found
