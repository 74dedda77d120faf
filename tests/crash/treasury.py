"""The bank side of a history: the accounting system's folders, the bank's, who works there, and what customers pay."""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import os
import pathlib
import random
import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal

from fakturabro.domain import calendar
from fakturabro.ledger.payments import answers
from sandboxes.bank import service as bank
from tasks.bank import options as bank_options
from tests.crash import counterparts, remittances, site

PAID_TO = "86011117947"
_NAMES = {"status": "*.P002.*", "debits": "*.C54D.*", "credits": "*.C54C.*", "statement": "*.C053.*", "ocr_giro": "OCR.*"}


class Treasury:
    """`chance` says what happens there. `collected`: what the accounting system took out of its folder."""

    def __init__(self, folder: pathlib.Path, base: dt.date, chance: random.Random) -> None:
        self._chance, at, self._accounting = chance, folder / "bank", folder / "accounting"
        for used in (at, self._accounting):
            shutil.rmtree(used, ignore_errors=True)
        (self._accounting / "out").mkdir(parents=True)
        (self._accounting / "in").mkdir()
        accounts = [
            bank.Account(number=remittances.PAYS_FROM, owner="Nidelven", balance=Decimal(10_000_000)),
            bank.Account(number=PAID_TO, owner="Nidelven", ocr_agreement=chance.choice(("", "00123456"))),
        ]
        creditors = {remittances.CLOSED: bank.Creditor(closed=True), remittances.UNKNOWN: bank.Creditor(unknown=True)}
        settings = bank.Settings(pain002=chance.choice(("03", "10")), camt=chance.choice(("02", "08")))
        self.bank = bank.Bank(at, base, accounts, creditors, settings)
        self.books = remittances.Books(chance)
        self.options = self._options(accounts[1].ocr_agreement != "")
        self.refused: set[Decimal] = set()
        """The amounts of wishes that a person said no to, here or at the bank."""
        self.was_silent = False
        """Whether some status report of the bank never came."""
        self.collected: list[tuple[str, bytes]] = []
        self.credited: collections.Counter[tuple[str, Decimal]] = collections.Counter()
        """By KID and amount, what customers paid."""

    def _options(self, is_ocr: bool) -> bank_options.BankOptions:
        names = [{"kind": kind, "glob": glob} for kind, glob in _NAMES.items()]
        folders = {"take_from": str(self.bank.pickup), "put_into": str(self.bank.drop), "names": names}
        own = {
            "take_from": str(self._accounting / "out"),
            "put_into": str(self._accounting / "in"),
            "names": [{"kind": "remittance", "glob": "*.xml"}],
        }
        return bank_options.BankOptions.model_validate(
            {
                "bank": {"folders": folders, "initiator": {"name": "Nidelven"}, "credits": "ocr_giro" if is_ocr else "credits"},
                "accounts": [
                    {"number": remittances.PAYS_FROM},
                    {"number": PAID_TO, "pays": False, "kids": [site.options_of(None).agreement.kid.model_dump()]},
                ],
                "accounting": {
                    "folders": own,
                    "return_form": self._chance.choice(("bank_files", "list")),
                    "incoming": "factoring",
                    "factoring_client": counterparts.CLIENT_NUMBER,
                },
                "guards": {"fewest_files": self._chance.choice((0, 5))},
            }
        )

    @property
    def accounting(self) -> pathlib.Path:
        """The folder that we put files into for the accounting system."""
        return self._accounting / "in"

    def remit(self, now: dt.datetime) -> remittances.Remittance:
        """The accounting system leaves a file: a new one, or one that repeats an earlier one."""
        again = self.books.files and self._chance.random() < 0.3
        file = self.books.repeat() if again else self.books.remit(now.astimezone(calendar.OSLO).date())
        path = self._accounting / "out" / file.name
        path.write_bytes(file.content)
        since = now - dt.timedelta(minutes=self._chance.choice((0, 3)))
        os.utime(path, (since.timestamp(), since.timestamp()))
        return file

    def work(self) -> None:
        """The bank takes what it was handed, and people there approve it, or say no to a payment."""
        faults = self.bank.faults
        if self._chance.random() < 0.2:
            setattr(faults, self._chance.choice(("silent", "twice")), 1)
            self.was_silent = self.was_silent or bool(faults.silent)
        if self._chance.random() < 0.1:
            setattr(faults, self._chance.choice(("backwards", "half")), True)
        self.bank.take()
        for message_id in self._waiting():
            if self._chance.random() < 0.6:
                self._decide(message_id)
        if self._chance.random() < 0.5:
            self.bank.release()

    def settle(self) -> None:
        """Everything is taken and approved at once."""
        self.bank.faults.silent = 0
        self.bank.take()
        for message_id in self._waiting():
            self.bank.approve(message_id)
        self.collect()

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing at the bank will move any more."""
        return not any(
            one.state in ("waiting", "accepted", "short") or (one.state == "executed" and one.creditor == remittances.CLOSED)
            for one in self.bank.orders
        )

    def _waiting(self) -> list[str]:
        return list(dict.fromkeys(one.message_id for one in self.bank.orders if one.state == "waiting"))

    def _decide(self, message_id: str) -> None:
        waiting = [one for one in self.bank.orders if one.message_id == message_id and one.state == "waiting"]
        if self._chance.random() < 0.1:
            unwanted = self._chance.choice(waiting)
            self.refused.add(unwanted.amount)
            self.bank.refuse(message_id, unwanted.end_to_end_id)
        self.bank.approve(message_id)

    def answer(self, kind: str, question: Mapping[str, str]) -> str:
        """What the approver says to a question on payments."""
        said: dict[str, Callable[[Mapping[str, str]], str]] = {
            answers.INCIDENT: lambda _: "both_right",
            answers.BANK_NOTICE: lambda _: answers.DEALT_WITH,
            answers.FILE_IN_DOUBT: self._look_for,
            answers.UNPROVEN: self._look_up,
            answers.SUSPENSE: lambda one: self._chance.choice([*answers.among(answers.CANDIDATES, one), "stands"]),
            answers.REPEATED_PAYMENTS: lambda _: answers.REFUSED,
        }
        return said.get(kind, self._let_go)(question)

    def _look_for(self, question: Mapping[str, str]) -> str:
        """Whether the bank has the file."""
        self.bank.take()
        is_there = any(one.message_id == question["message_id"] for one in self.bank.files)
        return answers.ARRIVED if is_there else answers.ABSENT

    def _let_go(self, question: Mapping[str, str]) -> str:
        """Mostly what is odd may go; else nothing of the file does."""
        if self._chance.random() < 0.9:
            return answers.APPROVED
        known = {hashlib.sha256(one.content).hexdigest(): one for one in self.books.files}
        self.refused |= {wish.amount for wish in known[question["sha256"]].wishes}
        return answers.REFUSED

    def _look_up(self, question: Mapping[str, str]) -> str:
        """Whether a payment that nothing proves was made; what still waits is refused first, so that it never is."""
        if "single" not in question:
            return answers.EACH
        name = (question["message_id"], question["single"])
        for order in [one for one in self.bank.orders if (one.message_id, one.end_to_end_id) == name]:
            if order.state in ("executed", "returned"):
                return answers.PAID
            if order.state == "waiting":
                self.refused.add(order.amount)
                self.bank.refuse(*name)
        return answers.NOT_PAID

    def pay(self, open_items: list[tuple[str, Decimal]]) -> None:
        """Customers pay what is open, too little, too much, or with a KID that is none."""
        for number, owed in open_items:
            if self._chance.random() < 0.4:
                paid, said = owed, number
                kind = self._chance.choice(("all", "all", "part", "over", "wrong KID"))
                if kind == "part":
                    paid = (owed / 3).quantize(Decimal("0.01"))
                if kind == "over":
                    paid = owed + Decimal("12.50")
                if kind == "wrong KID":
                    said = number[:-1] + str((int(number[-1]) + 1) % 10)
                self.credited[said, paid] += 1
                self.bank.credit(PAID_TO, paid, kid=said, other_name="Kunde AS", other_account=remittances.account(1203555555))

    def take_back(self) -> None:
        """The bank takes back what a customer has paid, once."""
        paid = [(kid, amount) for kid, amount in self.credited if amount > 0 and not self.credited[kid, -amount]]
        if paid:
            kid, amount = self._chance.choice(paid)
            self.credited[kid, -amount] += 1
            self.bank.credit(PAID_TO, -amount, kid=kid, other_name="Kunde AS", other_account=remittances.account(1203555555))

    def collect(self) -> None:
        """The accounting system takes what lies in its folder."""
        for path in sorted(self.accounting.glob("[!.]*")):
            self.collected.append((path.name, path.read_bytes()))
            path.unlink()
