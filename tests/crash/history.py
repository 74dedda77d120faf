"""One history: some days of slots, doubled, missed and killed, with all that can go wrong; then days on which nothing does."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import pathlib
import random
from collections.abc import Sequence

from tests.crash import debtors, events, ledgers, scene, verdicts

_BASES = (
    dt.date(2026, 11, 16),
    dt.date(2026, 10, 23),  # a Friday: the clocks go back on Sunday
    dt.date(2026, 3, 27),  # a Friday: the clocks go forward on Sunday
    dt.date(2026, 3, 31),  # the Tuesday before Easter
    dt.date(2026, 12, 30),
    dt.date(2026, 4, 29),  # the first of May, and another month
)
_DAYS = 2


def base_of(seed: int) -> dt.date:
    """The day on which the history of a seed begins."""
    return random.Random(seed).choice(_BASES)  # noqa: S311 repeatable, not secret


class History:
    """The seed decides everything; `also` are events that happen in any case."""

    def __init__(self, seed: int, folder: pathlib.Path, bed: ledgers.Ledgers, also: Sequence[str] = ()) -> None:
        self._base = base_of(seed)
        self.scene = scene.Scene(folder, bed, self._base, seed)
        self._chance = self.scene.chance
        self.events = events.Events(self.scene, bed, seed, also)
        self.debtors = debtors.Debtors(self.scene, bed, seed, self.events.happened)

    @property
    def happened(self) -> collections.Counter[str]:
        """The events, by name."""
        return self.events.happened

    def play(self) -> verdicts.Verdict:
        """The whole history."""
        return self.scene.play(self._live, self.events.after_all)

    async def _live(self) -> None:
        self.events.before_all()
        for day in scene.days(self._base, _DAYS):
            await self.events.night_before(day)
            if self._chance.random() < 0.1:
                await self._run_by_a_person(day)
            for time, flow in scene.SLOTS:
                await self._slot(scene.at(day, time), flow)
        await self.events.end_stops()
        await self.debtors.end_objections()
        await self.scene.settle_down()
        self.events.judge_stops()

    async def _slot(self, when: dt.datetime, flow: str) -> None:
        """A slot as the scheduler and the operators may treat it: once, twice, again after a death, or never."""
        await self.scene.until(when)
        self._happen()
        await self.events.between()
        await self.debtors.look()
        if self._chance.random() < 0.1:
            self.scene.log.note(f"nobody runs the slot {when:%H:%M}")
            return
        starts = [self._chance.uniform(0, 20)]
        starts += [self._chance.uniform(0, 40)] if self._chance.random() < 0.3 else []
        runs = (self._start_later(seconds, flow, when) for seconds in starts)
        await asyncio.gather(*runs, *self.events.during(), self._look_later())
        await self.scene.await_reliefs()
        self._happen()

    def _happen(self) -> None:
        """What happens at the client's and the printer's meanwhile."""
        world = self.scene.world
        for event in (world.arrive, world.collect_letters, lambda: world.mend(self._chance)):
            if self._chance.random() < 0.4:
                event()

    async def _look_later(self) -> None:
        """Debtors do not wait until no run goes on."""
        await asyncio.sleep(self._chance.uniform(0, 40))
        await self.debtors.look()

    async def _start_later(self, seconds: float, flow: str, when: dt.datetime) -> None:
        await asyncio.sleep(seconds)
        for _ in range(3):
            if await self.scene.start(flow, when) is not None or self._chance.random() < 0.5:
                return
            await asyncio.sleep(self._chance.uniform(5, 600))

    async def _run_by_a_person(self, day: dt.date) -> None:
        """In the night before, on the stroke of midnight or when the clocks turn."""
        await self.scene.until(scene.at(day, self._chance.choice((dt.time(2, 30), dt.time(23, 59, 59)))) - dt.timedelta(days=1))
        await self.scene.start("intake", self.scene.loop.now(), auto_scheduled=False)
