"""A stage: one tenant, its counterparts, a ledger and virtual time. Histories play on it, and tests that know what they want."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import functools
import pathlib
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import calendar
from fakturabro.ledger import deliveries, tables
from fakturabro.ledger.journal import recovery
from fakturabro.ledger.journal import sendings as journal
from flows import poweroffice_factoring
from tasks import options
from tests.crash import approver, counterparts, faults, ledgers, numbers, rows, site, verdicts, virtual

SLOTS = ((dt.time(8, 0), "intake"), (dt.time(8, 15), "fallback"), (dt.time(10, 30), "intake"), (dt.time(15, 30), "writeback"))
_MAY_BURST = (exc.OperationalError, deliveries.MoveError, journal.JournalError)
"""What a run may end with when its ledger or its disk fails, or when another run was faster."""
_MOST_DAYS = 8
_RELIEF = (310, 390)
"""Seconds after which a process that stands still has lost its slot."""
Work = Callable[[], Awaitable[Any]]


class Scene:
    """`seed` None: nothing happens but what is ordered of `faults`. `choice` picks the documents by what the seed says of them."""

    def __init__(
        self,
        folder: pathlib.Path,
        bed: ledgers.Ledgers,
        base: dt.date,
        seed: int | None = None,
        choice: Callable[[list[Any]], list[Any]] | None = None,
    ) -> None:
        for used in (folder / name for name in ("print", "journal", "rates.db", "rates.db-wal", "rates.db-shm")):
            shutil.rmtree(used) if used.is_dir() else used.unlink(missing_ok=True)
        (folder / "print").mkdir()
        self._folder, self._bed = folder, bed
        self.chance = random.Random(f"{seed}/history")  # noqa: S311 repeatable, not secret
        self.loop = virtual.Loop(at(base, dt.time(7, 30)))
        self.log = faults.Log(self.loop)
        self.faults = faults.Faults(self.log, seed)
        self.memo = seed is None or seed % 50 != 0
        self.options = site.options_of(seed)
        with site.clocks(self.loop):
            self.world = counterparts.World(self.chance, folder / "print", choice)
        self._runs = 0
        self._reliefs: list[asyncio.Task[Any]] = []
        self.faults.on_stall = self._relieve
        self.taken_in: dt.date | None = None
        """The business date of the last intake that was completed."""
        self.surprises: list[str] = []
        self.flows = dict(_FLOWS)
        """What is started by a name."""
        self.may_fail = False
        """Whether runs that end well may say that something has to be looked at."""
        self.answer: Callable[[str, Mapping[str, str]], str] | None = None
        """What the approver says to questions on payments."""

    @property
    def sends_changed(self) -> bool:
        """Whether the tenant wants its debtors to get what was changed after it was sent."""
        return self.options.distribution.send_changed

    def play(
        self, script: Callable[[], Awaitable[None]], epilogue: Callable[[], Awaitable[None]] | None = None
    ) -> verdicts.Verdict:
        """Play a script on virtual time, then compare everything. An epilogue comes after that, and may surprise too."""
        asyncio.set_event_loop(self.loop)
        self._bed.begin_anew(self.faults)
        approver.enrol(self._bed.open(), self.loop.now())
        try:
            with site.clocks(self.loop), site.installed(self.world, self._bed, self.faults, self.log, self.loop, memo=self.memo):
                self.loop.run_until_complete(script())
                verdict = verdicts.judge(self.world, self._bed.engine, self._folder / "journal", self.surprises, self.sends_changed)
                verdict.wrong += numbers.judge(self.world, self._bed.open(), self.taken_in)
                if epilogue:
                    known = len(self.surprises)
                    self.loop.run_until_complete(epilogue())
                    verdict.wrong += self.surprises[known:]
                return verdict
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()

    async def until(self, when: dt.datetime) -> None:
        """Let time pass."""
        await asyncio.sleep(max(0.0, (when - self.loop.now()).total_seconds()))

    async def start(
        self,
        flow: str,
        when: dt.datetime,
        work: Work | None = None,
        *,
        auto_scheduled: bool = True,
        may_burst: tuple[type[Exception], ...] = (),
    ) -> str | None:
        """One process, scheduled for `when`, started now: how it ended in a word, None when it died. `work`: what `flow` is."""
        self._runs += 1
        process = virtual.Process(f"{flow}-{self._runs}", when, auto_scheduled)
        self.log.note(f"{process.name} starts for {when:%m-%d %H:%M}")
        self.world.started[process.name] = self.loop.now()
        try:
            ended = await virtual.run(process, work or functools.partial(self.flows[flow], self.options))
        except virtual.Died:
            self.log.note(f"{process.name} died")
            self.faults.deaths_while_sending += self._is_sending(process.name)
            return None
        except Exception as error:
            self.log.note(f"{process.name} ended with {type(error).__name__}: {error}")
            if not isinstance(error, may_burst) and (self.faults.quiet or not isinstance(error, _MAY_BURST)):
                self.surprises.append(f"{process.name}: {type(error).__name__}: {error}")
            return type(error).__name__
        self.log.note(f"{process.name}: {ended.name}: {ended.message}")
        if ended.is_failed() and ((self.faults.quiet and not self.may_fail) or ended.name == "CertificateDoesNotAddUp"):
            self.surprises.append(f"{process.name}: {ended.name}: {ended.message}")
        if flow == "intake" and ended.name == "Completed":
            self.taken_in = when.astimezone(calendar.OSLO).date()
        return str(ended.name)

    def _relieve(self, process: virtual.Process) -> None:
        """A process stands still: when its lease is over, another one is started for its slot."""
        flow = process.name.partition("-")[0]
        if flow in self.flows:
            seconds = self.faults.chance.uniform(*_RELIEF)
            world = contextvars.Context()
            self._reliefs.append(world.run(self.loop.create_task, self._start_after(seconds, flow, process)))

    async def _start_after(self, seconds: float, flow: str, process: virtual.Process) -> None:
        await asyncio.sleep(seconds)
        burst = (recovery.LockedError,)  # a recover may be going on
        await self.start(flow, process.scheduled, auto_scheduled=process.auto_scheduled, may_burst=burst)

    async def await_reliefs(self) -> None:
        """Until those are done, too, who took over from processes that stood still."""
        while self._reliefs:
            await self._reliefs.pop()

    async def settle_down(self) -> None:
        """The world is healthy and all documents are there: days of slots, until one changes nothing."""
        await self.await_reliefs()
        self.faults.quiet, self.world.settling_since = True, None
        while self.world.waiting:
            self.world.arrive()
        before = None
        for day in days(self.loop.now().astimezone(calendar.OSLO).date() + dt.timedelta(days=1), _MOST_DAYS):
            for time, flow in SLOTS:
                await self.approve()
                await self.until(at(day, time))
                self.world.settling_since = self.world.settling_since or self.loop.now()  # what was late has come by now
                self.world.collect_letters()
                await self.start(flow, at(day, time))
            now = rows.find_states(self._bed.engine)
            if now == before and not rows.has_waiting_letters(self._bed.engine):
                return
            before = now if not calendar.holiday(day) else before

    async def approve(self) -> None:
        """A person decides what only a person can, one code at a time."""
        ledger = self._bed.open()
        for link in approver.find_links(self.world, ledger, self.loop.now()):
            said = approver.decide(self.world, ledger, link, self.loop.now(), self.answer)
            self.log.note(f"the approver decides {link.subject}: {said}")
            await asyncio.sleep(60)

    def states(self) -> dict[tuple[str, str], str]:
        """The state of each (document number, purpose)."""
        delivery, document = tables.delivery, tables.document
        query = sa.select(document.c.number, delivery.c.purpose, delivery.c.state)
        with self._bed.engine.connect().execution_options(reading=True) as connection:
            rows = connection.execute(query.join(document, document.c.id == delivery.c.document_id))
            return {(number, purpose): state for number, purpose, state in rows}

    def _is_sending(self, run: str) -> bool:
        mine = (tables.delivery.c.run == run, tables.delivery.c.state == "sending")
        with self._bed.engine.connect().execution_options(reading=True) as connection:
            return connection.execute(sa.select(tables.delivery.c.id).where(*mine)).first() is not None


async def _intake(chosen: options.FactoringOptions) -> Any:
    return await poweroffice_factoring.invoice_intake(counterparts.TENANT, chosen)


async def _writeback(_chosen: options.FactoringOptions) -> Any:
    return await poweroffice_factoring.writeback(counterparts.TENANT)


async def _fallback(chosen: options.FactoringOptions) -> Any:
    return await poweroffice_factoring.letter_fallback(counterparts.TENANT, chosen)


_FLOWS = {"intake": _intake, "writeback": _writeback, "fallback": _fallback}


def at(day: dt.date, time: dt.time) -> dt.datetime:
    """A time of day in Oslo, as UTC."""
    return dt.datetime.combine(day, time, calendar.OSLO).astimezone(dt.UTC)


def days(first: dt.date, working: int) -> list[dt.date]:
    """The days on which the schedules run, Monday to Friday and public holidays too, until so many of them were working days."""
    found: list[dt.date] = []
    day = first
    while working:
        found += [day] if day.weekday() < 5 else []
        working -= calendar.why_not_working(day) is None
        day += dt.timedelta(days=1)
    return found
