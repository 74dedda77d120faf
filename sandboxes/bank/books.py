"""The sandbox bank's books: accounts, what was booked on them, and what each day's messages tell of it."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from sandboxes.bank import letterbox as bank_letterbox
from sandboxes.bank import messages as bank_messages
from sandboxes.bank import ocr as bank_ocr
from sandboxes.bank import orders as bank_orders

OUT, IN, BACK = ("ICDT", "DMCT"), ("RCDT", "DMCT"), ("ICDT", "RRTN")


class Account(msgspec.Struct, kw_only=True):
    """A customer's account. With an `ocr_agreement` its KID payments come as OCR giro, otherwise in camt.054."""

    number: str
    owner: str
    balance: Decimal = Decimal(0)
    ocr_agreement: str = ""
    currency: str = "NOK"
    sequence: int = 0
    opening: Decimal | None = None


class Creditor(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank knows of an account that is paid to. What is `closed` is paid, and comes back."""

    closed: bool = False
    unknown: bool = False
    kid: Literal["free", "required"] = "free"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How this bank does things. `approval`: nothing is executed before a person in the bank's screens said so."""

    pain002: Literal["03", "10"] = "10"
    camt: Literal["02", "08"] = "08"
    approval: bool = True
    statement_parts: bool = False
    bic: str = "SPSONO22"
    customer: str = "918315446"


class Books:
    """`bookings` by account, oldest first; `awaited` is what comes in when the next day opens. `today` is turned by the bank."""

    def __init__(self, accounts: Iterable[Account], settings: Settings, today: dt.date) -> None:
        self.accounts = {one.number: one for one in accounts}
        self.today, self._settings = today, settings
        self.bookings: dict[str, list[bank_messages.Booking]] = {number: [] for number in self.accounts}
        self.awaited: dict[str, list[bank_messages.Part]] = collections.defaultdict(list)
        self._references = 0

    def reference(self) -> str:
        """The bank's next name for something that moves."""
        self._references += 1
        return f"{self.today:%y%m%d}{self._references:06}"

    def book(self, number: str, code: tuple[str, str], parts: tuple[bank_messages.Part, ...], **more: Any) -> bank_messages.Booking:
        """One line on an account, and its balance."""
        account = self.accounts[number]
        if account.opening is None:
            account.opening = account.balance
        reference = parts[0].reference if len(parts) == 1 else self.reference()
        booking = bank_messages.Booking(on=self.today, reference=reference, code=code, parts=parts, **more)
        self.bookings[number].append(booking)
        account.balance += booking.amount
        return booking

    def book_credits(self, letterbox: bank_letterbox.Letterbox) -> None:
        """What is awaited. KID payments are one sum, the rest is booked one by one; all of it is told."""
        for number, parts in self.awaited.items():
            account = self.accounts[number]
            kinds: dict[bool, list[bank_messages.Part]] = {True: [], False: []}
            for one in parts:
                kinds[bool(one.kid and (account.ocr_agreement or one.amount > 0))].append(one)
            sums = [self.book(number, IN, tuple(kinds[True]))] if kinds[True] else []
            singles = [self.book(number, IN, (one,), reversal=one.amount < 0) for one in kinds[False]]
            if sums and account.ocr_agreement:
                self._tell_ocr(letterbox, account, sums)
            elif sums:
                singles = sums + singles
            if singles:
                self.notify(letterbox, "C54C", number, singles)
        self.awaited.clear()

    def book_debits(self, number: str, some: Sequence[bank_orders.Order]) -> bank_messages.Booking:
        """Payments of one batch, executed."""
        for one in some:
            one.state, one.executed_on, one.reference, one.code = "executed", self.today, self.reference(), ""
        parts = tuple(part_of(one) for one in some)
        return self.book(number, OUT, parts, message_id=some[0].message_id, batch_id=some[0].batch_id)

    def notify(
        self, letterbox: bank_letterbox.Letterbox, kind: str, number: str, bookings: Sequence[bank_messages.Booking]
    ) -> None:
        """camt.054; `kind` is C54D or C54C."""
        page = self._page(self.accounts[number], bookings)
        letterbox.tell(kind, lambda name, at: bank_messages.notification(self._settings.camt, name, at, page))

    def state_the_day(self, letterbox: bank_letterbox.Letterbox) -> None:
        """camt.053 of each account: gapless numbers, balances that lead to one another."""
        for account in self.accounts.values():
            account.sequence += 1
            bookings = [one for one in self.bookings[account.number] if one.on == self.today]
            opening = account.balance if account.opening is None else account.opening
            closing = account.balance + letterbox.spoils()
            page = self._page(account, bookings, sequence=account.sequence, opening=opening, closing=closing)
            letterbox.tell("C053", lambda name, at, page=page: self._statement(name, at, page))
            account.opening = account.balance

    def paid(self) -> collections.Counter[str]:
        """How many times money went out under each EndToEndId."""
        parts = (part for some in self.bookings.values() for booking in some if booking.code == OUT for part in booking.parts)
        return collections.Counter(part.end_to_end_id for part in parts)

    def came_in(self, day: dt.date) -> list[tuple[str, bank_messages.Part]]:
        """What was booked of others' payments on a day: (account, payment)."""
        return [
            (account, part)
            for account, bookings in self.bookings.items()
            for booking in bookings
            if booking.on == day and booking.code == IN
            for part in booking.parts
        ]

    def _statement(self, name: str, at: dt.datetime, page: bank_messages.Page) -> bytes:
        return bank_messages.statement(self._settings.camt, name, at, page, with_parts=self._settings.statement_parts)

    def _tell_ocr(self, letterbox: bank_letterbox.Letterbox, account: Account, sums: Sequence[bank_messages.Booking]) -> None:
        wrong, agreement = int(letterbox.spoils()), account.ocr_agreement
        letterbox.tell_ocr(lambda n: bank_ocr.write(n, agreement, account.number, self.today, sums, wrong_by=wrong))

    def _page(self, account: Account, bookings: Sequence[bank_messages.Booking], **stated: Any) -> bank_messages.Page:
        return bank_messages.Page(
            account=account.number,
            owner=account.owner,
            currency=account.currency,
            bic=self._settings.bic,
            on=self.today,
            bookings=tuple(bookings),
            **stated,
        )


def part_of(order: bank_orders.Order) -> bank_messages.Part:
    """A payment as it stands on its payer's account."""
    return bank_messages.Part(
        amount=-order.amount,
        reference=order.reference,
        kid=order.kid,
        text=order.text,
        other_name=order.creditor_name,
        other_account=order.creditor,
        message_id=order.message_id,
        batch_id=order.batch_id,
        instruction_id=order.instruction_id,
        end_to_end_id=order.end_to_end_id,
    )
