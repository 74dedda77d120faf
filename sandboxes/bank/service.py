"""A bank that takes payment files from one folder and leaves its answers in another, with a clock that only its tests turn.

A file goes from `drop` to received, waits for a person in the bank, is executed on its due date when there is money, and is booked;
what comes in is booked too. Everything is told as banks tell it: pain.002, camt.054, OCR giro, and camt.053 when the day is over.

Assumed: a bank answers each step with a message of its own; a payment to a closed account comes back two banking days later.
"""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from fakturabro.domain import bank_accounts, calendar, kid
from sandboxes.bank import books as bank_books
from sandboxes.bank import letterbox as bank_letterbox
from sandboxes.bank import messages as bank_messages
from sandboxes.bank import orders as bank_orders

Account = bank_books.Account
Creditor = bank_books.Creditor
Settings = bank_books.Settings
Faults = bank_letterbox.Faults
Said = bank_messages.Said
_Says = Sequence[tuple[bank_orders.Order, Said]]
_LEFT_ALONE = (".part", ".tmp", ".ok", ".trigger", ".filepart")
_RETURNED_AFTER = 2
_TOO_OLD = 30
WAITS = Said("PDNG", "APPROVAL", "Venter på godkjenning i nettbanken")


class Taken(msgspec.Struct, kw_only=True):
    """A file that was handed over, and what the bank said of the whole. No `file` where it was refused as a whole."""

    name: str
    sha256: str
    message_id: str
    verdict: str
    file: bank_orders.File | None = None


class Bank:
    """One bank on two folders, `drop` and `pickup` in `folder`; `schemas` is a folder of XSD files. Not safe for two threads."""

    def __init__(
        self,
        folder: pathlib.Path,
        today: dt.date,
        accounts: Iterable[Account],
        creditors: Mapping[str, Creditor] | None = None,
        settings: Settings | None = None,
        schemas: pathlib.Path | None = None,
    ) -> None:
        self.drop, self.pickup = folder / "drop", folder / "pickup"
        self.drop.mkdir(parents=True, exist_ok=True)
        self.settings, self.creditors, self._schemas = settings or Settings(), dict(creditors or {}), schemas
        self.books = bank_books.Books(accounts, self.settings, today)
        self.letterbox = bank_letterbox.Letterbox(self.pickup, self.settings.customer, lambda: self.today)
        self.files: list[Taken] = []

    @property
    def today(self) -> dt.date:
        return self.books.today

    @property
    def faults(self) -> Faults:
        return self.letterbox.faults

    def release(self) -> None:
        """Let out what the faults `backwards` and `half` keep back, and end them."""
        self.letterbox.release()

    @property
    def orders(self) -> list[bank_orders.Order]:
        """Every payment of every file that was not refused as a whole, in the order in which they came."""
        return [order for one in self.files if one.file for order in one.file.orders]

    def paid(self) -> collections.Counter[str]:
        """How many times money went out under each EndToEndId, by the accounts themselves."""
        return self.books.paid()

    def take(self) -> list[str]:
        """Take what lies whole in `drop`, and answer; the names."""
        found = sorted(path for path in self.drop.glob("[!.]*") if path.is_file() and not path.name.lower().endswith(_LEFT_ALONE))
        for path in found:
            content = path.read_bytes()
            path.unlink()
            self._receive(path.name, content)
        return [path.name for path in found]

    def approve(self, message_id: str, *end_to_end_ids: str) -> int:
        """A person approves a file, or payments of it; how many. What is due is executed now, if this is a banking day."""
        count = self._decide(message_id, end_to_end_ids, Said("ACSP"), "accepted")
        self._execute()
        return count

    def refuse(self, message_id: str, *end_to_end_ids: str) -> int:
        """A person says no to a file, or to payments of it; how many."""
        return self._decide(message_id, end_to_end_ids, Said("RJCT", "DS02", "Avvist av godkjenner"), "rejected")

    def credit(self, account: str, amount: Decimal, **other: str) -> None:
        """Somebody pays (or, with a minus, takes back); booked when the next banking day opens.

        `other`: kid, text, other_name and other_account (the payer's), kind (as OCR giro has it).
        """
        self.books.awaited[account].append(bank_messages.Part(amount=amount, reference=self.books.reference(), **other))

    def repeat(self, day: dt.date, sign: Literal[1, -1] = 1) -> int:
        """Register all that came in on `day` once more, as in May 2024; `sign` -1: take it back. How many payments."""
        found = self.books.came_in(day)
        for account, part in found:
            again = msgspec.structs.replace(part, reference=self.books.reference(), amount=sign * part.amount)
            self.books.awaited[account].append(again)
        return len(found)

    def advance(self, to: dt.date) -> None:
        """Close each day and open the next, until it is the morning of `to`."""
        while self.today < to:
            if not calendar.why_not_working(self.today):
                self.books.state_the_day(self.letterbox)
            self.books.today += dt.timedelta(days=1)
            if not calendar.why_not_working(self.today):
                self._come_back()
                self.books.book_credits(self.letterbox)
            self._execute()

    def _receive(self, name: str, content: bytes) -> None:
        taken = Taken(name=name, sha256=hashlib.sha256(content).hexdigest(), message_id="", verdict="")
        try:
            file = bank_orders.read(content, self._schemas)
            if any(one.message_id == file.message_id and one.file for one in self.files):
                raise bank_orders.RefusedFileError("DUPL", "MsgId er brukt før", file.message_id, file.message_name)
        except bank_orders.RefusedFileError as error:
            taken.message_id, taken.verdict = error.message_id, f"RJCT {error.code}"
            self._say(error.to_file(), Said("RJCT", error.code, error.text))
            self.files.append(taken)
        else:
            taken.message_id, taken.file = file.message_id, file
            self.files.append(taken)
            taken.verdict = self._judge(file)

    def _judge(self, file: bank_orders.File) -> str:
        known: set[str] = set()
        said = [(one, no) for one in file.orders if (no := self._why_not(one, known))]
        _move(said, "rejected")
        group = "ACTC" if not said else "RJCT" if len(said) == file.count else "PART"
        self._say(file, Said(group), said)
        waiting = [one for one in file.orders if one.state == "waiting"]
        if waiting and self.settings.approval:
            self._say(file, WAITS, [(one, WAITS) for one in waiting])
        elif waiting:
            self.approve(file.message_id)
        return group

    def _why_not(self, order: bank_orders.Order, known: set[str]) -> Said | None:
        """Why a payment is refused when its file comes. EndToEndIds must be unique within the file."""
        creditor, account = self.creditors.get(order.creditor, Creditor()), self.books.accounts.get(order.debtor)
        is_norwegian = order.creditor.isdecimal() and len(order.creditor) == 11
        reasons = {
            "AM05": order.end_to_end_id in known,
            "AC02": account is None,
            "AC03": is_norwegian and not bank_accounts.is_bban(order.creditor),
            "AC01": creditor.unknown,
            "AM03": account is not None and order.currency != account.currency,
            "AM02": order.amount <= 0,
            "RR12": creditor.kid == "required" and not order.kid,
            "CH04": (self.today - order.due).days > _TOO_OLD,
            "NARR": bool(order.kid) and not _is_kid(order.kid),
        }
        known.add(order.end_to_end_id)
        code = next((code for code, holds in reasons.items() if holds), "")
        return Said("RJCT", code, f"KID {order.kid} er ugyldig" if code == "NARR" else "") if code else None

    def _execute(self) -> None:
        """On banking days: pay what is approved and due, batch by batch; what there is no money for waits one banking day."""
        if calendar.why_not_working(self.today):
            return
        paid: dict[str, dict[tuple[str, str, str], list[bank_orders.Order]]] = collections.defaultdict(dict)
        short: list[tuple[bank_orders.Order, Said]] = []
        left = {number: account.balance for number, account in self.books.accounts.items()}
        for one in self.orders:
            if one.state not in ("accepted", "short") or one.due > self.today or one.short_on == self.today:
                continue
            if left[one.debtor] >= one.amount:
                left[one.debtor] -= one.amount
                key = (one.message_id, one.batch_id, "" if one.together else one.end_to_end_id)
                paid[one.debtor].setdefault(key, []).append(one)
            else:
                short.append((one, Said("RJCT" if one.state == "short" else "PDNG", "AM04", "Ikke dekning")))
        for number, batches in paid.items():
            bookings = [self.books.book_debits(number, some) for some in batches.values()]
            self.books.notify(self.letterbox, "C54D", number, bookings)
        for one, said in short:
            _move([(one, said)], "rejected" if said.status == "RJCT" else "short")
            one.short_on = self.today
        self._report(short)

    def _come_back(self) -> None:
        """Payments to closed accounts, some banking days later."""
        for one in self.orders:
            closed = self.creditors.get(one.creditor, Creditor()).closed
            if one.state == "executed" and one.executed_on and closed and _days_after(one.executed_on) <= self.today:
                one.state, one.code, one.returned_on = "returned", "AC04", self.today
                reference, part = self.books.reference(), bank_books.part_of(one)
                back = msgspec.structs.replace(part, amount=one.amount, reference=reference, return_reason="AC04")
                self.books.notify(self.letterbox, "C54D", one.debtor, [self.books.book(one.debtor, bank_books.BACK, (back,))])

    def _decide(self, message_id: str, end_to_end_ids: Sequence[str], said: Said, state: bank_orders.State) -> int:
        waiting = [one for one in self.orders if one.message_id == message_id and one.state == "waiting"]
        decided = [(one, said) for one in waiting if not end_to_end_ids or one.end_to_end_id in end_to_end_ids]
        _move(decided, state)
        self._report(decided)
        return len(decided)

    def _report(self, said: _Says) -> None:
        """One pain.002 for each file of which something is said. All of one mind: the group says it, too."""
        for file in (one.file for one in self.files if one.file):
            mine = [one for one in said if one[0].message_id == file.message_id]
            if mine:
                minds = {one.status for _, one in mine}
                self._say(file, Said(minds.pop() if len(mine) == file.count and len(minds) == 1 else "PART"), mine)

    def _say(self, file: bank_orders.File, group: Said, said: _Says = ()) -> None:
        version = self.settings.pain002
        self.letterbox.tell("P002", lambda name, at: bank_messages.status_report(version, name, at, file, group, said))


def _move(said: _Says, state: bank_orders.State) -> None:
    for order, one in said:
        order.state, order.code, order.why = state, one.code, one.text


def _days_after(day: dt.date) -> dt.date:
    return calendar.after(dt.datetime.combine(day, dt.time(6), calendar.OSLO), _RETURNED_AFTER, working=True).date()


def _is_kid(text: str) -> bool:
    """Whether a check digit of either kind is right."""
    payload, digit = text[:-1], text[-1:]
    return payload.isdecimal() and digit in (kid.check_digit(payload, "mod10"), kid.check_digit(payload, "mod11"))
