"""One history of Severa and Fortnox: a first synchronisation in peace, then days on which everything can go wrong."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import plans
from flows import severa_fortnox
from sandboxes.seed import clients as seeds
from tests.crash import counterparts, faults, ledgers, payment_history, scene, sync_companies, sync_verdicts, verdicts

_TROUBLED = 0.5
"""How likely the next change at one of them meets something in a slot, besides what happens anywhere."""
_CHANGES = tuple(
    f"POST {where}"
    for where in ("fortnox.example/3/invoices", "fortnox.example/3/customers", "severa.example/v1/projectfees")
    + ("severa.example/v1/customers", "severa.example/v1/projects/", "fortnox.example/3/projects")
)
_FIRST_RUNS = 8
"""So many runs at most until the first synchronisation is done."""


class SyncHistory(payment_history.PaymentHistory):
    """As a history of payments, in which neither invoices of PowerOffice nor money are there."""

    slots = ((dt.time(6, 30), "synchronise"), (dt.time(13, 0), "synchronise"))
    days = 2
    likely: Mapping[str, float] = {"backup": 0.15, "restore": 0.15, "backup in mid-run": 0.08}
    recovers_with = ("synchronise",)

    def __init__(self, seed: int, folder: pathlib.Path, bed: ledgers.Ledgers, also: Sequence[str] = ()) -> None:
        super().__init__(seed, folder, bed, also)
        with scene.site.clocks(self.scene.loop):
            self.companies = sync_companies.Companies(random.Random(f"{seed}/companies"), self._base)  # noqa: S311 repeatable
        self.scene.world.beside = self.companies
        self.scene.flows |= {"synchronise": self._synchronise, "first": self._first}
        self.scene.answer = _answer

    def choose(self, known: list[seeds.Expected]) -> list[seeds.Expected]:
        """None of PowerOffice."""
        return known[:0]

    def _judge(self, verdict: verdicts.Verdict) -> None:
        sync_verdicts.judge(self.companies, self._bed.open(), verdict)

    async def _synchronise(self, _options: object) -> Any:
        return await severa_fortnox.synchronise(counterparts.TENANT, self.companies.options)

    async def _first(self, _options: object) -> Any:
        return await severa_fortnox.first_synchronisation(counterparts.TENANT, self.companies.options)

    async def _book_invoices(self) -> None:
        """The first synchronisation, which an approver says yes to."""
        self.scene.faults.quiet = self.scene.may_fail = True
        for _ in range(_FIRST_RUNS):
            if plans.find_done(self._bed.open(), counterparts.TENANT):
                break
            await self.scene.start("first", self.scene.loop.now())
            await self.scene.approve()
            await self.scene.until(self.scene.loop.now() + dt.timedelta(minutes=10))
        else:
            self.scene.surprises.append("the first synchronisation is never done")
        self.scene.faults.quiet = False

    def _open_bank(self, day: dt.date) -> None:
        """No bank."""

    def _happens_outside(self) -> None:
        self.companies.work()
        if self._chance.random() < _TROUBLED:
            where, kinds = self._chance.choice((("", faults.REQUEST), ("the answer to ", faults.ANSWER)))
            self.scene.faults.order(self._chance.choice(kinds), where + self._chance.choice(_CHANGES))

    def _settles_outside(self) -> None:
        """Nobody works any more."""


def _answer(kind: str, _question: Mapping[str, str]) -> str:
    """The approver's word: two that look alike are not the same, and the plan is good."""
    return {answers.PAIR: "different", answers.SYNC_PLAN: "approved"}[kind]
