"""Real `kill -9` during real deployment runs on PostgreSQL: `python -m tests.crash.kills --kills 100`.

Victims in turn: the flow-run process (its worker lives), worker and flow together, Prefect's server. Counterparts are slow, so
that most die between `sending` and the answer; whether one did, the journal says.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import pathlib
import random
import signal
import sys
import tempfile
import time
from typing import Any

import httpx
import prefect.settings
import psutil
import sqlalchemy as sa
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectException
from prefect.states import Crashed, Scheduled

from console import serving
from fakturabro.ledger import engine as engines
from fakturabro.ledger import journal, journal_lines, tables
from tests.crash import outside, verdicts

TENANT = "nidelven"
KINDS = ("flow", "worker and flow", "server")
_FLOWS = {"inntak": "PowerOffice: fakturainntak", "tilbakeskriving": "PowerOffice: tilbakeskriving"}
_SLOW = 0.6
_DOCUMENTS_A_KILL = 5
_RUN_LIMIT = 120.0
_LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


class Mortal(serving.Installation):
    """An installation whose processes can be killed and started again."""

    def pids(self, name: str) -> list[int]:
        """The processes whose name begins so."""
        return [child.pid for known, child in self._children if known.startswith(name)]

    def kill(self, name: str) -> None:
        """kill -9."""
        for known, child in self._children:
            if known.startswith(name):
                child.kill()
                child.wait()

    def restart(self, name: str) -> None:
        """Start again what was killed."""
        fallen = [(known, child) for known, child in self._children if known.startswith(name)]
        self._children = [pair for pair in self._children if pair not in fallen]
        for known, child in fallen:
            self._spawn(known, *child.args[1:])  # type: ignore[index]
        if name == "prefect-server":
            self._await(name, lambda: httpx.get(f"{self.api}/health", timeout=2).status_code == 200)


class Killing:
    """Kills run after run, then lets the last ones in peace and judges."""

    def __init__(self, installation: Mortal, client: PrefectClient, seed: int) -> None:
        self._installation, self._client = installation, client
        self._chance = random.Random(seed)  # noqa: S311 repeatable, not secret
        self._world = outside.Outside(installation)
        self._engine = engines.connect(installation.ledger)
        self._journal = installation.folder / "journal"
        self.kills = self.died_while_sending = 0

    async def kill(self, kind: str) -> None:
        """Order some documents, start a run, kill it, and clear away as the watchman's automations would."""
        for buyer in self._chance.sample(sorted(outside.BUYERS), _DOCUMENTS_A_KILL):
            self._world.order(buyer)
        suffix = "tilbakeskriving" if self._chance.random() < 0.25 else "inntak"
        run = await self._start(suffix)
        victim = await self._process_of(run)
        if victim is None:
            await self._await_end(run)
            return
        await self._wait_for_the_moment(run, victim)
        if not victim.is_running():
            return
        self.kills += 1
        sys.stdout.write(f"{self.kills}: kill -9 of {kind}\n")
        sys.stdout.flush()
        if kind == "server":
            self._installation.kill("prefect-server")
            await asyncio.sleep(self._chance.uniform(0, 3))
        if kind == "worker and flow":
            self._installation.kill("prefect-worker")
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        self.died_while_sending += self._has_left_without_answer(str(run.id))
        self._installation.restart({"server": "prefect-server", "worker and flow": "prefect-worker"}.get(kind, "nobody"))
        await self._clear_away(run)

    async def settle(self) -> verdicts.Verdict:
        """Runs that nobody disturbs, and what stands where in the end."""
        self._world.slow_down(0)
        for suffix in ("inntak", "inntak", "tilbakeskriving", "inntak", "tilbakeskriving"):
            await self._await_end(await self._start(suffix))
            verdicts.approve(self._world, self._engine, dt.datetime.now(dt.UTC))
        return verdicts.judge(self._world, self._engine, self._journal, [])

    def begin(self) -> None:
        """Counterparts that take their time."""
        self._world.slow_down(_SLOW)

    def close(self) -> None:
        self._engine.dispose()

    async def _start(self, suffix: str) -> FlowRun:
        deployment = await self._client.read_deployment_by_name(f"{_FLOWS[suffix]}/{TENANT}-{suffix}")
        state = Scheduled(scheduled_time=dt.datetime.now(dt.UTC))
        return await self._client.create_flow_run_from_deployment(deployment.id, state=state)

    async def _process_of(self, run: FlowRun) -> psutil.Process | None:
        until = time.monotonic() + _RUN_LIMIT
        while time.monotonic() < until:
            for pid in self._installation.pids("prefect-worker"):
                for child in psutil.Process(pid).children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        if child.environ().get("PREFECT__FLOW_RUN_ID", "") == str(run.id):
                            return child
            await asyncio.sleep(0.1)
        return None

    async def _wait_for_the_moment(self, run: FlowRun, victim: psutil.Process) -> None:
        """Mostly until something of the run has left without an answer; else anywhere between import and end."""
        if self._chance.random() < 0.3:
            await asyncio.sleep(self._chance.uniform(0, 14))
            return
        until = time.monotonic() + _RUN_LIMIT
        while victim.is_running() and time.monotonic() < until:
            if self._has_left_without_answer(str(run.id)):
                await asyncio.sleep(self._chance.uniform(0, _SLOW))
                return
            await asyncio.sleep(0.05)

    def _has_left_without_answer(self, run: str) -> bool:
        kinds = (journal_lines.Reserve, journal_lines.Left, journal_lines.Answered)
        mine: list[Any] = []
        reserved = 0
        for line in journal.Journal(self._journal).scan(TENANT, kinds):
            if isinstance(line, journal_lines.Reserve):
                reserved += line.run == run
            elif reserved:
                mine.append(line)
        left = {line.line for line in mine if isinstance(line, journal_lines.Left)}
        return bool(left - {line.line for line in mine if isinstance(line, journal_lines.Answered)})

    async def _clear_away(self, run: FlowRun) -> None:
        """What time and the zombie automation do: the run is crashed, its leases have run out."""
        for _ in range(60):
            with contextlib.suppress(httpx.HTTPError, PrefectException):
                found = await self._client.read_flow_run(run.id)
                if found.state is None or not found.state.is_final():
                    await self._client.set_flow_run_state(run.id, Crashed(message="drept"), force=True)
                break
            await asyncio.sleep(0.5)
        with self._engine.begin() as connection:
            connection.execute(sa.update(tables.slot).where(tables.slot.c.concluded_at.is_(None)).values(until=_LONG_AGO))

    async def _await_end(self, run: FlowRun) -> None:
        until = time.monotonic() + _RUN_LIMIT
        while time.monotonic() < until:
            found = await self._client.read_flow_run(run.id)
            if found.state is not None and found.state.is_final():
                return
            await asyncio.sleep(0.5)
        raise TimeoutError(f"{run.name} did not end; see {self._installation.folder / 'logs'}")


async def _kill_all(installation: Mortal, count: int, seed: int) -> tuple[Killing, verdicts.Verdict]:
    password = installation.environment["PREFECT_API_AUTH_STRING"]
    settings = {prefect.settings.PREFECT_API_URL: installation.api, prefect.settings.PREFECT_API_AUTH_STRING: password}
    with prefect.settings.temporary_settings(settings):
        async with PrefectClient(installation.api, auth_string=password) as client:
            killing = Killing(installation, client, seed)
            try:
                killing.begin()
                while killing.kills < count:
                    await killing.kill(KINDS[killing.kills % len(KINDS)])
                return killing, await killing.settle()
            finally:
                killing.close()


def play(count: int, seed: int = 1) -> tuple[dict[str, int], verdicts.Verdict]:
    """So many kills on an installation of its own; the figures, and what the judge says."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us ends what we started
    with tempfile.TemporaryDirectory(prefix="fakturabro-kills-") as folder:
        installation = Mortal(pathlib.Path(folder), database="postgresql", keep=False)
        try:
            installation.start(dt.date(2026, 11, 20).isoformat())
            killing, verdict = asyncio.run(_kill_all(installation, count, seed))
        finally:
            installation.stop()
    figures = {"kills": killing.kills, "died_while_sending": killing.died_while_sending, "documents": verdict.documents}
    return figures | {name: len(getattr(verdict, name)) for name in ("lost", "duplicated", "unsettled")}, verdict


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=pathlib.Path, help="add what was found to this JSON file")
    chosen = arguments.parse_args()
    figures, verdict = play(chosen.kills, chosen.seed)
    sys.stdout.write(f"{figures}\n{verdict}\n")
    if chosen.out:
        known = json.loads(chosen.out.read_text(encoding="utf-8")) if chosen.out.exists() else {}
        added = {name: known.get(name, 0) + count for name, count in figures.items()}
        chosen.out.write_text(json.dumps({**known, **added}, indent=2) + "\n", encoding="utf-8")
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
