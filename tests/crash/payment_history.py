"""One history of payments: files out, the bank's answers, money in, with all that can go wrong; then days on which nothing does."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import functools
import pathlib
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fakturabro.domain import calendar
from flows import bank
from sandboxes.seed import clients as seeds
from tests.crash import backups, counterparts, history, ledgers, payment_verdicts, rows, scene, treasury, verdicts

SLOTS = (
    (dt.time(6, 15), "statements"),
    (dt.time(6, 45), "incoming_payments"),
    (dt.time(7, 0), "remittance"),
    (dt.time(8, 0), "bank_returns"),
    (dt.time(11, 0), "remittance"),
    (dt.time(12, 0), "bank_returns"),
)
_INVOICES = 4
_MOST_DAYS = 9


class PaymentHistory:
    """The seed decides everything; `also` are events that happen in any case."""

    slots: Sequence[tuple[dt.time, str]] = SLOTS
    days = 2
    likely: Mapping[str, float] = {"backup": 0.15, "restore": 0.1, "backup in mid-run": 0.08}
    recovers_with: Sequence[str] = ("remittance", "incoming_payments")
    """The flows that run before a ledger that was put back is recovered."""

    def __init__(self, seed: int, folder: pathlib.Path, bed: ledgers.Ledgers, also: Sequence[str] = ()) -> None:
        self._base, self._bed, self._also = history.base_of(seed), bed, list(also)
        self.scene = scene.Scene(folder, bed, self._base, seed, self.choose)
        self._chance = self.scene.chance
        with scene.site.clocks(self.scene.loop):
            self.treasury = treasury.Treasury(folder, self._base, random.Random(f"{seed}/treasury"))  # noqa: S311 repeatable
        self.scene.flows |= {name: functools.partial(_start, name, self.treasury) for _, name in SLOTS}
        self.scene.answer = self.treasury.answer
        self.happened: collections.Counter[str] = collections.Counter()
        self._backups = backups.Backups(self.scene, bed, self._chance, self.happened, self.recovers_with)

    def choose(self, known: list[seeds.Expected]) -> list[seeds.Expected]:
        """Invoices that are booked and go by EHF at once."""
        clean = (
            one
            for one in known
            if one.kind == "invoice" and one.consequence == "sent" and one.channel == "ehf" and not one.problems
        )
        return sorted(clean, key=lambda one: one.number)[:_INVOICES]

    def play(self) -> verdicts.Verdict:
        """The whole history."""
        verdict = self.scene.play(self._live)
        self._judge(verdict)
        return verdict

    def _judge(self, verdict: verdicts.Verdict) -> None:
        payment_verdicts.judge(self.treasury, self.scene.world, self._bed.open(), verdict)

    async def _live(self) -> None:
        await self._book_invoices()
        for day in scene.days(self._base + dt.timedelta(days=1), self.days):
            self._open_bank(day)
            for time, flow in self.slots:
                await self._slot(scene.at(day, time), flow)
        await self._settle_down()

    async def _book_invoices(self) -> None:
        """What customers are going to pay."""
        self.scene.faults.quiet = True
        await self.scene.start("intake", self.scene.loop.now())
        await self.scene.until(scene.at(self._base, dt.time(15, 30)))
        await self.scene.start("writeback", scene.at(self._base, dt.time(15, 30)))
        self.scene.faults.quiet = False
        self.scene.may_fail = True

    def _open_bank(self, day: dt.date) -> None:
        self.treasury.bank.advance(day)

    async def _slot(self, when: dt.datetime, flow: str) -> None:
        await self.scene.until(when)
        await self._between()
        if self._chance.random() < 0.1:
            self.scene.log.note(f"nobody runs the slot {when:%H:%M}")
            return
        starts = [self._chance.uniform(0, 20)]
        starts += [self._chance.uniform(0, 40)] if self._chance.random() < 0.3 else []
        going = [self._start_later(seconds, flow, when) for seconds in starts]
        going += [self._backups.back_up_in_mid_run()] if self._comes("backup in mid-run") else []
        await asyncio.gather(*going)
        await self.scene.await_reliefs()

    async def _start_later(self, seconds: float, flow: str, when: dt.datetime) -> None:
        await asyncio.sleep(seconds)
        for _ in range(3):
            if await self.scene.start(flow, when) is not None or self._chance.random() < 0.5:
                return
            await asyncio.sleep(self._chance.uniform(5, 1200))

    async def _between(self) -> None:
        """What happens while nobody runs: in the books, at the bank, in the approver's mailbox, at the operators'."""
        self._happens_outside()
        if self._chance.random() < 0.5:
            await self.scene.approve()
        if self._backups.is_there and self._comes("restore"):
            await self._backups.put_back()
        if self._comes("backup"):
            await self._backups.back_up()

    def _happens_outside(self) -> None:
        if self._chance.random() < 0.5:
            self.treasury.remit(self.scene.loop.now())
        if self._chance.random() < 0.6:
            self.treasury.work()
        if self._chance.random() < 0.3:
            self.treasury.pay(self._open_items())
        if self._chance.random() < 0.5:
            self.treasury.collect()

    def _stand(self) -> object:
        """Another one as long as anything moves."""
        return rows.find_states(self._bed.engine)

    def _settles_outside(self) -> None:
        self.treasury.settle()

    def _comes(self, name: str) -> bool:
        comes = self._chance.random() < self.likely[name]
        if name in self._also:
            self._also.remove(name)
            comes = True
        if comes:
            self.happened[name] += 1
            self.scene.log.note(f"EVENT {name}")
        return comes

    def _open_items(self) -> list[tuple[str, Decimal]]:
        entries = (one.entry for one in self.scene.world.factoring.state.entries.values())
        return [(entry.kid, Decimal(entry.amount)) for entry in entries if entry.type == "invoice"]

    async def _settle_down(self) -> None:
        """All are healthy, and everybody does what he has to: until a working day changes nothing."""
        await self.scene.await_reliefs()
        self.scene.faults.quiet = True
        before: object = None
        today = self.scene.loop.now().astimezone(calendar.OSLO).date()
        for day in scene.days(today + dt.timedelta(days=1), _MOST_DAYS):
            self.treasury.bank.release()
            self._open_bank(day)
            for time, flow in self.slots:
                await self.scene.until(scene.at(day, time))
                await self.scene.approve()
                self._settles_outside()
                await self.scene.start(flow, scene.at(day, time))
            now = self._stand()
            if calendar.why_not_working(day) is None:
                if now == before and self.treasury.is_at_rest:
                    return
                before = now


async def _start(flow: str, of: treasury.Treasury, _options: object) -> Any:
    return await getattr(bank, flow)(counterparts.TENANT, of.options)
