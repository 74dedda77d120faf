"""Money that moved, as banks tell of it: accounts, their entries, and the payments that came in.

Amounts are signed as the account's owner sees them: minus is money out. An empty text is something that is not stated.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from fakturabro.domain import payments


class Balance(payments.Value, frozen=True, kw_only=True):
    """`code` as the bank has it: OPBD and CLBD are booked balances, CLAV what can be used."""

    code: str
    amount: Decimal
    currency: str
    on: dt.date | None = None


class Part(payments.Value, frozen=True, kw_only=True, gc=False):
    """One payment within an entry. `references` are those that are neither KID nor text (invoice numbers, further KIDs).

    `return_reason` says that a payment came back, and why; the sign is right already. `stated` is what the bank says of its origin
    (what was ordered first), without sign, as "100.00 EUR": what moved on the account may be of another currency.
    """

    amount: Decimal
    currency: str
    kid: str = ""
    text: str = ""
    message_id: str = ""
    batch_id: str = ""
    instruction_id: str = ""
    end_to_end_id: str = ""
    reference: str = ""
    payer_name: str = ""
    payer_account: payments.Account | None = None
    payee_name: str = ""
    payee_account: payments.Account | None = None
    references: tuple[str, ...] = ()
    return_reason: str = ""
    stated: tuple[str, ...] = ()


class Entry(payments.Value, frozen=True, kw_only=True):
    """One line of an account: `amount` signed, `reference` the bank's own. `code` is domain/family/subfamily or the bank's own.

    `reversal` says that it takes back another one; the sign is right already. `message_id` and `batch_id` are ours, where the bank
    books a whole batch in one entry, of `stated_parts` payments. `stated` as in Part.
    """

    amount: Decimal
    currency: str
    status: str = "BOOK"
    booked: dt.date | None = None
    value_date: dt.date | None = None
    reference: str = ""
    entry_reference: str = ""
    reversal: bool = False
    code: str = ""
    text: str = ""
    message_id: str = ""
    batch_id: str = ""
    stated_parts: int | None = None
    stated: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


class Statement(payments.Value, frozen=True, kw_only=True):
    """One account over a time (camt.053), or what was notified of it (camt.054). `sequence` is the bank's electronic number."""

    account: payments.Account
    id: str
    owner: str = ""
    sequence: int | None = None
    balances: tuple[Balance, ...] = ()
    stated_count: int | None = None
    stated_net: Decimal | None = None
    entries: tuple[Entry, ...] = ()

    def balance(self, code: str) -> Balance | None:
        """The first balance with this code."""
        return next((one for one in self.balances if one.code == code), None)

    @property
    def opening(self) -> Balance | None:
        return self.balance("OPBD") or self.balance("PRCD")

    @property
    def closing(self) -> Balance | None:
        return self.balance("CLBD")


class IncomingPayment(payments.Value, frozen=True, kw_only=True, gc=False):
    """Money that came in (or was taken back, with a minus), whether OCR giro, camt.054 or camt.053 told of it.

    `reference` is the same however often and in whichever file of its kind the payment is told of; `settlement` is the entry or
    assignment that it stands in on the account.
    """

    payee_account: payments.Account
    amount: Decimal
    currency: str
    reference: str
    kid: str = ""
    text: str = ""
    payer_name: str = ""
    payer_account: payments.Account | None = None
    booked_on: dt.date | None = None
    kind: str = ""
    settlement: str = ""
    reversal: bool = False
    end_to_end_id: str = ""
    references: tuple[str, ...] = ()
    """Invoice numbers and further KIDs that are neither KID nor text."""


def is_alike(one: IncomingPayment, other: IncomingPayment) -> bool:
    """Whether two payments may be the same or take each other back: one payer, or where only one says who paid, one text."""
    if one.payer_account and other.payer_account:
        return one.payer_account.number == other.payer_account.number
    if one.payer_name and other.payer_name and one.payer_name != other.payer_name:
        return False
    return bool(one.text.strip()) and one.text.strip() == other.text.strip()
