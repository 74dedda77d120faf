"""Backups of the ledger: made while nobody runs or in the middle of sending, put back, and the ledger recovered."""

from __future__ import annotations

import asyncio
import collections
import random
from collections.abc import Sequence

from prefect.states import Completed

from console import recovering
from fakturabro.ledger.journal import recovery
from tests.crash import counterparts, ledgers, scene

_TRIES = 60


class Backups:
    """The newest backup of one history. `happened` counts who ran on a locked ledger; `flows` run before the recover."""

    def __init__(
        self,
        on: scene.Scene,
        bed: ledgers.Ledgers,
        chance: random.Random,
        happened: collections.Counter[str],
        flows: Sequence[str] = ("intake", "writeback"),
    ) -> None:
        self._flows = flows
        self._scene, self._place, self._chance, self._happened = on, bed.place, chance, happened
        self._newest: tuple[int, bool] | None = None
        """How much had departed when it was made, and whether nobody ran."""

    @property
    def is_there(self) -> bool:
        """Whether there is something to be put back."""
        return self._newest is not None

    async def back_up(self) -> None:
        """While nobody runs."""
        self._copy(nobody_runs=True)

    async def back_up_in_mid_run(self) -> None:
        """Just after something has left."""
        self._scene.world.departed.clear()
        await asyncio.wait([asyncio.ensure_future(self._scene.world.departed.wait())], timeout=60)
        await asyncio.sleep(self._chance.uniform(0, 0.03))
        self._copy(nobody_runs=False)

    def _copy(self, *, nobody_runs: bool) -> None:
        self._place.back_up()
        self._newest = (len(self._scene.world.departures), nobody_runs)

    async def put_back(self) -> None:
        """Put the backup back; whoever runs before the recover sends nothing; recover."""
        world = self._scene.world
        assert self._newest is not None
        self._place.put_back()
        (departed, nobody_ran), before = self._newest, len(world.departures)
        is_older = nobody_ran and any(one.purpose for one in world.departures[departed:])
        for flow in self._flows:
            ended = await self._scene.start(flow, self._scene.loop.now(), auto_scheduled=False, may_burst=(recovery.LockedError,))
            self._happened["run on a locked ledger"] += ended == "LockedError"
            if is_older and (ended == "Completed" or any(one.purpose for one in world.departures[before:])):
                self._scene.surprises.append(f"{flow} sent from a ledger that was restored: {ended}")
        await self._recover()

    async def _recover(self) -> None:
        burst = (recovery.RecoveryError, recovering.ReadBackError)
        for _ in range(_TRIES):
            now = self._scene.loop.now()
            if await self._scene.start("recover", now, recover, auto_scheduled=False, may_burst=burst) == "Completed":
                return
            await asyncio.sleep(300)
        self._scene.surprises.append("the ledger cannot be recovered")


async def recover() -> object:
    """What `fakturabro recover` does."""
    return Completed(message=" ".join(await recovering._recover(counterparts.TENANT, True, False)))
