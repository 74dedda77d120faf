"""Runs of the tenant's deployments on a real Prefect: started, followed to their end, and left to time when they are dead.

No state is ever forced on Prefect: a dead run is reported by its worker, or its leases run out.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time

import httpx
import psutil
import sqlalchemy as sa
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import PrefectException
from prefect.states import Scheduled

from fakturabro.ledger import opened, tables
from tests.crash import counterparts, mortal

RUN_LIMIT = 120.0
_FLOWS = {"inntak": "PowerOffice: fakturainntak", "tilbakeskriving": "PowerOffice: tilbakeskriving"}
_REPORTED = 30.0
"""Seconds within which a worker that lives has said that its process is gone."""
_LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


class Deployed:
    """The runs of one installation."""

    def __init__(self, installation: mortal.Mortal, client: PrefectClient, ledger: opened.Ledger) -> None:
        self._installation, self._client, self._ledger = installation, client, ledger

    async def start(self, suffix: str) -> FlowRun:
        """Have a deployment run now: "inntak" or "tilbakeskriving"."""
        deployment = await self._client.read_deployment_by_name(f"{_FLOWS[suffix]}/{counterparts.TENANT}-{suffix}")
        state = Scheduled(scheduled_time=dt.datetime.now(dt.UTC))
        return await self._client.create_flow_run_from_deployment(deployment.id, state=state)

    async def process_of(self, run: FlowRun) -> psutil.Process | None:
        """The process of a run, once there is one."""
        until = time.monotonic() + RUN_LIMIT
        while time.monotonic() < until:
            if found := self._installation.find_process(str(run.id)):
                return found
            await asyncio.sleep(0.1)
        return None

    async def await_end(self, run: FlowRun, limit: float = RUN_LIMIT) -> State:
        """Its final state. Raises TimeoutError."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError, PrefectException):  # a server that has just come back
                found = await self._client.read_flow_run(run.id)
                if found.state is not None and found.state.is_final():
                    return found.state
            await asyncio.sleep(0.5)
        raise TimeoutError(f"{run.name} did not end; see {self._installation.folder / 'logs'}")

    async def mourn(self, run: FlowRun, is_worker_alive: bool) -> str:
        """What Prefect makes of a run whose process is gone. Then the time passes that its leases last, Prefect's and ours."""
        with contextlib.suppress(TimeoutError):
            await self.await_end(run, _REPORTED if is_worker_alive else 0)
        state = (await self._client.read_flow_run(run.id)).state
        assert state is not None
        if lease := state.state_details.deployment_concurrency_lease_id:
            self._installation.let_lease_run_out(str(lease))
        slot = tables.slot
        with self._ledger.writing() as connection:
            mine = (slot.c.run == str(run.id), slot.c.concluded_at.is_(None))
            connection.execute(sa.update(slot).where(*mine).values(until=_LONG_AGO))
        return str(state.name)
