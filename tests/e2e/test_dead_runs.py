"""What is left of a run that died, on a real Prefect server: its deployment runs again, also when the server was killed with it."""

from __future__ import annotations

import asyncio
import time
import uuid

import httpx
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions, State, StateType
from prefect.states import Pending, Running

from console import serving

_LEASE = 30
"""Seconds; Prefect takes no fewer. The engine of a real run leases for 300."""
_SETTINGS = {
    "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": str(_LEASE),
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS": "1",
    "PREFECT_SERVER_UI_ENABLED": "false",
}


class Server(serving.Installation):
    """Prefect's server with our settings, and nothing else."""

    def begin(self) -> None:
        """Start it, the first time or again."""
        self.environment |= _SETTINGS
        self._spawn("prefect-server", "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port))
        self._await("prefect-server", lambda: httpx.get(f"{self.api}/health", timeout=2).status_code == 200)

    def kill(self) -> None:
        """kill -9."""
        (_, child), self._children = self._children[0], []
        child.kill()
        child.wait()

    def client(self) -> PrefectClient:
        return PrefectClient(self.api, auth_string=self.environment["PREFECT_API_AUTH_STRING"])


async def deployed(client: PrefectClient, name: str) -> uuid.UUID:
    """A deployment with the limit that all of ours have."""
    one_at_a_time = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    flow = await client.create_flow_from_name(name)
    return await client.create_deployment(flow_id=flow, name=name, concurrency_limit=1, concurrency_options=one_at_a_time)


async def advance(client: PrefectClient, run: uuid.UUID) -> str:
    """A run goes as far as it is let, as a worker and its process would take it; what its state is called then."""
    said = await client.set_flow_run_state(run, Pending())
    if said.state is not None and said.state.is_pending():
        said = await client.set_flow_run_state(run, Running())
    return str(said.state and said.state.name)


async def named(client: PrefectClient, run: uuid.UUID) -> str:
    """What a run's state is called now."""
    state = (await client.read_flow_run(run)).state
    return str(state and state.name)


async def test_killed_with_its_server_a_run_locks_its_deployment_for_its_lease(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        server.begin()
        async with server.client() as client:
            deployment = await deployed(client, "one at a time")
            dead, following = [(await client.create_flow_run_from_deployment(deployment)).id for _ in range(2)]
            assert await advance(client, dead) == "Running"
            assert await advance(client, following) == "AwaitingConcurrencySlot"
        server.kill()
        since = time.monotonic()
        server.begin()
        async with server.client() as client:
            while (said := await advance(client, following)) != "Running" and time.monotonic() < since + 3 * _LEASE:
                await asyncio.sleep(1)
            assert said == "Running", "nobody gives the slot back that the dead run holds"
            await client.set_flow_run_state(dead, State(type=StateType.CANCELLING))  # what `prefect flow-run cancel` does
            until = time.monotonic() + _LEASE
            while (name := await named(client, dead)) != "Cancelled" and time.monotonic() < until:
                await asyncio.sleep(0.5)
            assert (name, await named(client, following)) == ("Cancelled", "Running")
    finally:
        server.stop()
