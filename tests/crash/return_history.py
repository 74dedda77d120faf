"""One history of return data: some nights in which what happened at the factoring company is posted in the client's books."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

from fakturabro.ledger.payments import answers
from flows import poweroffice_factoring
from tests.crash import counterparts, faults, ledgers, movers, payment_history, return_verdicts, scene, verdicts

_TROUBLED = 0.5
"""How likely the next voucher or reversal meets something in a slot, besides what happens anywhere."""
_CHANGES = ("POST v2.poweroffice.example/v2/Vouchers/BankJournals", "POST v2.poweroffice.example/v2/Vouchers/Reverse")
_BOUNCES = 0.2
"""How likely the bank takes back a payment before a slot."""


class ReturnHistory(payment_history.PaymentHistory):
    """As a history of payments, of which only those that customers make are there."""

    slots = ((dt.time(2, 30), "return_data"), (dt.time(6, 45), "incoming_payments"))
    days = 4
    likely: Mapping[str, float] = {"backup": 0.08, "restore": 0.15, "backup in mid-run": 0.04, "undo": 0.3}
    recovers_with = ("return_data", "incoming_payments")

    def __init__(self, seed: int, folder: pathlib.Path, bed: ledgers.Ledgers, also: Sequence[str] = ()) -> None:
        super().__init__(seed, folder, bed, also)
        chance = random.Random(f"{seed}/movers")  # noqa: S311 repeatable
        with scene.site.clocks(self.scene.loop):
            self.company = movers.Company(folder, self.scene.world, self._base, chance)
            self.bookkeeper = movers.Bookkeeper(self.scene.world, self._base, chance)
        self._options, self._undo = self.company.options, ""
        self.scene.flows["return_data"] = self._return_data
        self.scene.answer = self._answer

    def _judge(self, verdict: verdicts.Verdict) -> None:
        return_verdicts.judge(self.company, self.bookkeeper, self.scene.world, self._bed.open(), verdict)

    async def _return_data(self, _options: object) -> Any:
        undo, self._undo = self._undo, ""
        return await poweroffice_factoring.return_data(counterparts.TENANT, self._options, undo=undo)

    def _answer(self, kind: str, question: Mapping[str, str]) -> str:
        if kind == answers.UNDO_VOUCHER:
            return answers.APPROVED if self._chance.random() < 0.8 else answers.REFUSED
        return self.treasury.answer(kind, question)

    def _happens_outside(self) -> None:
        self.company.work()
        self.bookkeeper.work()
        if self._chance.random() < 0.6:
            self.company.list_movements()
        if self._chance.random() < 0.5:
            self.treasury.pay(self._open_items())
        if self._chance.random() < _BOUNCES:
            self.treasury.take_back()
        if self._chance.random() < _TROUBLED:
            where, kinds = self._chance.choice((("", faults.REQUEST), ("the answer to ", faults.ANSWER)))
            self.scene.faults.order(self._chance.choice(kinds), where + self._chance.choice(_CHANGES))
        standing = [one for one in self.scene.world.client.books.journal if one.reference and not one.is_reversed]
        if standing and self._comes("undo"):
            self._undo = str(self._chance.choice(standing).number)

    def _stand(self) -> object:
        return super()._stand(), len(self.scene.world.factoring.books.vouchers)

    def _settles_outside(self) -> None:
        self.bookkeeper.settle()
        self.company.list_the_rest()
