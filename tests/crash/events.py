"""What people do besides the slots, each with modest probability: stops, dry runs, rewinds, purges, changes, backups put back."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import functools
import random
from collections.abc import Awaitable, Callable, Sequence

from fakturabro.ledger import stops
from flows import poweroffice_factoring, purge
from flows import stops as stop_flows
from tasks import options, selections, stopping
from tests.crash import backups, counterparts, ledgers, nights, scene, stopped, verdicts

_FACTORING = f"factoring:{counterparts.CLIENT_NUMBER}"
_SCOPES = ("", "book", "distribute", "write_back", "ehf", "link", "email", "letter", "poweroffice", _FACTORING)
_LIKELY = {
    "ties on the watermark": 0.3,
    "delivered otherwise": 0.3,
    "dry run": 0.03,
    "rewind": 0.04,
    "purge": 0.02,
    "backup": 0.2,
    "backup in mid-run": 0.05,
    "restore": 0.04,
    "stop": 0.05,
    "change": 0.1,
    "release": 0.4,
    "purge years later": 0.03,
    **dict.fromkeys(nights.NAMES.values(), 0.5),
}
"""How probable each is where it is possible."""
NAMES = tuple(name for name in _LIKELY if name not in nights.NAMES.values())
"""Those that can happen in any history."""
_TRIES = 60


class Events:
    """The events of one history; `also` are those that happen as soon as they can, whatever the seed says."""

    def __init__(self, on: scene.Scene, bed: ledgers.Ledgers, seed: int, also: Sequence[str] = ()) -> None:
        self._chance = random.Random(f"{seed}/events")  # noqa: S311 repeatable, not secret
        self._changes = random.Random(f"{seed}/changes")  # noqa: S311 repeatable, not secret
        self._scene, self._bed, self._also = on, bed, list(also)
        self._stops: list[stopped.Stopped] = []
        self._nights = random.Random(f"{seed}/nights")  # noqa: S311 repeatable, not secret
        self.happened: collections.Counter[str] = collections.Counter()
        self._backups = backups.Backups(on, bed, self._chance, self.happened)

    def _comes(self, name: str, chance: random.Random | None = None) -> bool:
        comes = (chance or self._chance).random() < _LIKELY[name]
        if name in self._also:
            self._also.remove(name)
            comes = True
        if comes:
            self.happened[name] += 1
            self._scene.log.note(f"EVENT {name}")
        return comes

    def before_all(self) -> None:
        """What lies in the source."""
        if self._comes("ties on the watermark"):
            self._scene.world.tie(self._chance)
        if self._comes("delivered otherwise"):
            self._scene.world.deliver_otherwise(self._chance)

    async def between(self) -> None:
        """While nobody runs."""
        acts: list[tuple[str, Callable[[], Awaitable[None]]]] = [("dry run", self._dry_run), ("rewind", self._rewind)]
        acts += [("purge", self._purge)]
        acts += [("release", self.end_stops)] if self._standing() else []
        acts += [("restore", self._restore)] if self._backups.is_there else []
        acts += [("backup", self._backups.back_up)]
        for name, act in acts:
            if self._comes(name):
                await act()

    def during(self) -> list[Awaitable[None]]:
        """While runs of a slot go on."""
        acts: list[Awaitable[None]] = [self._stop()] if self._comes("stop") else []
        acts += [self._change()] if self._comes("change", self._changes) else []
        return acts + ([self._backups.back_up_in_mid_run()] if self._comes("backup in mid-run") else [])

    async def night_before(self, day: dt.date) -> None:
        """The night in which the clocks turn, where it is that."""
        name = nights.NAMES.get(day - dt.timedelta(days=1))
        if name and self._comes(name, self._nights):
            await nights.play(self._scene, day - dt.timedelta(days=1))

    async def _restore(self) -> None:
        self._close(*_SCOPES)
        await self._backups.put_back()
        self._note_standing()  # the journal has put back stops and releases by now

    async def _change(self) -> None:
        """Before, while or after runs look at the source."""
        await asyncio.sleep(self._changes.choice((0, self._changes.uniform(0, 60))))
        numbers = self._scene.world.change(self._changes, credited_too=self._scene.sends_changed)
        self._scene.log.note(f"the client changes {numbers}")

    async def after_all(self) -> None:
        """Years later, when everything has been compared."""
        if self._comes("purge years later"):
            await self._purge_years_later()

    async def _start(self, name: str, work: scene.Work, *may_burst: type[Exception]) -> str | None:
        return await self._scene.start(name, self._scene.loop.now(), work, auto_scheduled=False, may_burst=may_burst)

    def _wrong(self, what: str) -> None:
        self._scene.surprises.append(what)

    # --- stops

    async def _stop(self) -> None:
        """At any moment, most often in the middle of sending."""
        departed = self._scene.world.departed
        departed.clear()
        if self._chance.random() < 0.8:
            await asyncio.wait([asyncio.ensure_future(departed.wait())], timeout=60)
        await asyncio.sleep(self._chance.uniform(0, 0.03))
        known = {*_SCOPES[:-1], *stops.find_targets(self._bed.open(), counterparts.TENANT)}
        scope = self._chance.choice([one for one in _SCOPES if one in known])
        order = stopping.StopOrder(scope=scope, why="prøve", owner="kari")
        await self._start("stop", lambda: stop_flows.stop(counterparts.TENANT, order))
        self._note_standing()

    def _standing(self) -> list[str]:
        return [one.scope for one in stops.find_all_standing(self._bed.open(), counterparts.TENANT)]

    def _note_standing(self) -> None:
        noted = {one.scope for one in self._stops if one.until is None}
        self._stops += [
            stopped.Stopped(scope=scope, since=self._scene.loop.now()) for scope in self._standing() if scope not in noted
        ]

    async def end_stops(self) -> None:
        """Every stop is released, however often one has to try."""
        for _ in range(_TRIES):
            for scope in self._standing():
                self._close(scope)
                order = stopping.ReleaseOrder(scope=scope, why="prøvd", by="kari")
                await self._start("resume", lambda order=order: stop_flows.resume(counterparts.TENANT, order))
            if not self._standing():
                return
            await asyncio.sleep(60)
        self._wrong("a stop cannot be released")

    def _close(self, *scopes: str) -> None:
        for one in self._stops:
            if one.scope in scopes and one.until is None:
                one.until = self._scene.loop.now()

    def judge_stops(self) -> None:
        """Whether every stop was heeded."""
        self._scene.surprises += stopped.judge(self._stops, self._scene.world.departures)

    # --- runs that a person starts

    async def _dry_run(self) -> None:
        world, before = self._scene.world, len(self._scene.world.departures)
        flow = self._chance.choice(("intake", "writeback"))
        work = _intake(self._scene.options, dry_run=True) if flow == "intake" else _writeback(dry_run=True)
        await self._start(f"dry-{flow}", work)
        left = [one for one in world.departures[before:] if one.process.startswith("dry-")]
        if left:
            self._wrong(f"a dry run sent {left}")

    async def _rewind(self) -> None:
        """From a number, from a date, or single documents."""
        numbers = sorted(one.number for one in self._scene.world.documents.values())
        dates = sorted(one.invoice_date for one in self._scene.world.documents.values())
        selection = self._chance.choice(
            (
                selections.Selection(first_number=self._chance.choice(numbers)),
                selections.Selection(first_date=self._chance.choice(dates)),
                selections.Selection(numbers=tuple(self._chance.sample(numbers, 3))),
            )
        )
        intake = functools.partial(_intake, self._scene.options)
        await self._start("rewind", self._chance.choice((intake, _writeback))(selection=selection))

    async def _purge(self) -> None:
        dry_run = self._chance.random() < 0.5
        await self._start("purge", lambda: purge.purge(counterparts.TENANT, dry_run=dry_run))

    async def _purge_years_later(self) -> None:
        """Nothing is sent again of what nobody can read any more."""
        before = len(self._scene.world.departures)
        day = scene.days((self._scene.loop.now() + dt.timedelta(days=7 * 365)).date(), 1)[-1]
        await self._scene.until(scene.at(day, dt.time(7)))
        await self._start("purge", lambda: purge.purge(counterparts.TENANT))
        for time, flow in scene.SLOTS:
            await self._scene.until(scene.at(day, time))
            await self._scene.start(flow, scene.at(day, time))
        if left := self._scene.world.departures[before:]:
            self._wrong(f"after the purge there left {left}")
        self._scene.surprises += [f"after the purge {fault}" for fault in verdicts.find_faults(self._bed.open())]


def _intake(
    chosen: options.FactoringOptions, selection: selections.Selection = selections.NEW, dry_run: bool = False
) -> scene.Work:
    return lambda: poweroffice_factoring.invoice_intake(counterparts.TENANT, chosen, selection, dry_run)


def _writeback(selection: selections.Selection = selections.NEW, dry_run: bool = False) -> scene.Work:
    return lambda: poweroffice_factoring.writeback(counterparts.TENANT, selection, dry_run)
