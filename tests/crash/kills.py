"""Real `kill -9` during real deployment runs on PostgreSQL: `python -m tests.crash.kills --kills 100`.

Victims in turn: the gateway (while people are at its pages and a run, which must not mind, is sending), the flow-run process (its
worker lives), worker and flow together, Prefect's server. Counterparts are slow, so that most runs die between `sending` and the
answer; whether one did, the journal says.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import collections
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
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import PrefectException
from prefect.states import Crashed, Scheduled

from fakturabro.ledger import opened, tables
from tests.crash import mortal, outside, person, strikes, verdicts

TENANT = "nidelven"
KINDS = ("gateway", "flow", "worker and flow", "server")
_FLOWS = {"inntak": "PowerOffice: fakturainntak", "tilbakeskriving": "PowerOffice: tilbakeskriving"}
_SLOW = 0.6
_ANYWHERE = 0.15
"""The share of runs that are killed anywhere, not in the middle of sending."""
_DOCUMENTS_A_KILL = 5
_RUN_LIMIT = 120.0
_DIED_WHILE_SENDING = 30
"""Of 100 kills, those of the gateway too, at least so many."""
_LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


class Killing:
    """Kills run after run, then lets the last ones in peace and judges."""

    def __init__(self, installation: mortal.Mortal, client: PrefectClient, seed: int) -> None:
        self._installation, self._client = installation, client
        self._chance = random.Random(seed)  # noqa: S311 repeatable, not secret
        self._world = outside.Outside(installation)
        self._ledger = opened.open_ledger(installation.ledger, base64.b64decode(installation.secret("ledger.key")))
        self._person = person.Person(installation.gateway, self._world, self._world.client_key)
        self._surprises: list[str] = []
        self.kills: collections.Counter[str] = collections.Counter()
        self.died_while_sending = 0

    async def begin(self) -> None:
        """The approver sets up the code generator; counterparts take their time."""
        link = self._person.find_link("enrol")
        assert link is not None, "the approver was not invited"
        await self._person.visit(link)
        self._world.slow_down(_SLOW)

    async def kill(self) -> None:
        """Order some documents, start a run, and kill who is next in turn in the middle of it."""
        kind = KINDS[self.kills.total() % len(KINDS)]
        for buyer in self._chance.sample(sorted(outside.BUYERS), _DOCUMENTS_A_KILL):
            self._world.order(buyer)
        if kind == "gateway":
            await self._kill_gateway()
            return
        run = await self._start("tilbakeskriving" if self._chance.random() < 0.25 else "inntak")
        victim = await self._process_of(run)
        if victim is None:
            await self._await_end(run)
            return
        await self._wait_for_the_moment(run, victim)
        if victim.is_running():
            await self._kill_flow(kind, run, victim)

    async def _kill_flow(self, kind: str, run: FlowRun, victim: psutil.Process) -> None:
        """Kill, and clear away as the watchman's automations would."""
        if kind == "server":
            self._installation.kill("prefect-server")
            await asyncio.sleep(self._chance.choice((0.0, self._chance.uniform(0, 3))))
        if kind == "worker and flow":
            self._installation.kill("prefect-worker")
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        is_sending = self._installation.has_left_without_answer(str(run.id))
        self.died_while_sending += is_sending
        self._count(kind, "between sending and the answer" if is_sending else "")
        self._installation.restart({"server": "prefect-server", "worker and flow": "prefect-worker"}.get(kind, "nobody"))
        await self._clear_away(run)

    async def _kill_gateway(self) -> None:
        """While somebody is at a page and a run is sending. The run's e-mail gets no answer: the next one to be decided."""
        self._world.order(self._chance.choice(outside.MAILED))
        link = self._person.find_link("approvals")
        run = await self._start("inntak")
        if link is None or self._chance.random() < 0.25:
            self._installation.invite_client()
            link = self._person.find_link("connect")
        assert link is not None, "the client was not invited"
        self._world.cut_mail(self._chance.choice(("cut_before_storing", "cut_after_storing")))
        victim = await self._process_of(run)
        while victim and victim.is_running() and not self._installation.has_left_without_answer(str(run.id)):
            await asyncio.sleep(0.05)
        strike = strikes.Strike(self._chance, self._installation, self._ledger, link)
        with contextlib.suppress(httpx.HTTPError):
            await self._person.visit(link, strike)
        strike.strike()
        self._count("gateway", f"{strike}, the page said {self._person.told[link][-1]}")
        self._installation.restart("gateway")
        await self._person.visit(link)
        await self._await_completed(run)
        self._world.cut_mail("")

    async def settle(self) -> verdicts.Verdict:
        """Runs that nobody disturbs, people who decide what is asked, and what stands where in the end."""
        self._world.slow_down(0)
        for suffix in ("inntak", "inntak", "tilbakeskriving"):
            await self._await_completed(await self._start(suffix))
            while (link := self._person.find_link("approvals")) is not None:
                await self._person.visit(link)
        verdict = verdicts.judge(self._world, self._ledger.engine, self._installation.journal, self._surprises)
        self._person.judge(self._ledger, verdict)
        return verdict

    async def close(self) -> None:
        await self._person.close()
        self._ledger.close()

    def _count(self, kind: str, how: str) -> None:
        self.kills[kind] += 1
        sys.stdout.write(f"{self.kills.total()}: kill -9 of {kind}{how and f' ({how})'}\n")
        sys.stdout.flush()

    async def _start(self, suffix: str) -> FlowRun:
        deployment = await self._client.read_deployment_by_name(f"{_FLOWS[suffix]}/{TENANT}-{suffix}")
        state = Scheduled(scheduled_time=dt.datetime.now(dt.UTC))
        return await self._client.create_flow_run_from_deployment(deployment.id, state=state)

    async def _process_of(self, run: FlowRun) -> psutil.Process | None:
        until = time.monotonic() + _RUN_LIMIT
        while time.monotonic() < until:
            if found := self._installation.find_process(str(run.id)):
                return found
            await asyncio.sleep(0.1)
        return None

    async def _wait_for_the_moment(self, run: FlowRun, victim: psutil.Process) -> None:
        """Mostly until something of the run has left without an answer; else anywhere between import and end."""
        if self._chance.random() < _ANYWHERE:
            await asyncio.sleep(self._chance.uniform(0, 14))
            return
        until = time.monotonic() + _RUN_LIMIT
        while victim.is_running() and time.monotonic() < until:
            if self._installation.has_left_without_answer(str(run.id)):
                await asyncio.sleep(self._chance.uniform(0, _SLOW / 2))
                return
            await asyncio.sleep(0.05)

    async def _clear_away(self, run: FlowRun) -> None:
        """What time and the zombie automation do: the run is crashed, its leases have run out."""
        for _ in range(60):
            with contextlib.suppress(httpx.HTTPError, PrefectException):
                found = await self._client.read_flow_run(run.id)
                if found.state is None or not found.state.is_final():
                    await self._client.set_flow_run_state(run.id, Crashed(message="drept"), force=True)
                break
            await asyncio.sleep(0.5)
        with self._ledger.writing() as connection:
            connection.execute(sa.update(tables.slot).where(tables.slot.c.concluded_at.is_(None)).values(until=_LONG_AGO))

    async def _await_completed(self, run: FlowRun) -> None:
        """Nobody killed this one."""
        ended = await self._await_end(run)
        if not ended.is_completed():
            self._surprises.append(f"{run.name} ended as {ended.name}, though nobody killed it: {ended.message}")

    async def _await_end(self, run: FlowRun) -> State:
        until = time.monotonic() + _RUN_LIMIT
        while time.monotonic() < until:
            found = await self._client.read_flow_run(run.id)
            if found.state is not None and found.state.is_final():
                return found.state
            await asyncio.sleep(0.5)
        raise TimeoutError(f"{run.name} did not end; see {self._installation.folder / 'logs'}")


async def _kill_all(installation: mortal.Mortal, count: int, seed: int) -> tuple[Killing, verdicts.Verdict]:
    password = installation.environment["PREFECT_API_AUTH_STRING"]
    settings = {prefect.settings.PREFECT_API_URL: installation.api, prefect.settings.PREFECT_API_AUTH_STRING: password}
    with prefect.settings.temporary_settings(settings):
        async with PrefectClient(installation.api, auth_string=password) as client:
            killing = Killing(installation, client, seed)
            try:
                await killing.begin()
                while killing.kills.total() < count:
                    await killing.kill()
                return killing, await killing.settle()
            finally:
                await killing.close()


def play(count: int, seed: int = 1) -> tuple[dict[str, Any], verdicts.Verdict]:
    """So many kills on an installation of its own; the figures, and what the judge says."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us ends what we started
    with tempfile.TemporaryDirectory(prefix="fakturabro-kills-") as folder:
        installation = mortal.Mortal(pathlib.Path(folder))
        try:
            installation.start(dt.date(2026, 11, 20).isoformat())
            killing, verdict = asyncio.run(_kill_all(installation, count, seed))
        finally:
            installation.stop()
    figures = {"kills": killing.kills.total(), "died_while_sending": killing.died_while_sending, "documents": verdict.documents}
    figures |= {name: len(getattr(verdict, name)) for name in ("lost", "duplicated", "unsettled")}
    return {**figures, "kills_by_kind": dict(killing.kills)}, verdict


def is_enough(figures: dict[str, Any], verdict: verdicts.Verdict) -> bool:
    """Whether all is well, and so much was killed as the command is there for: each kind, and many in the middle of sending."""
    even = all(figures["kills_by_kind"].get(kind, 0) >= figures["kills"] // len(KINDS) for kind in KINDS)
    return verdict.is_good and even and figures["died_while_sending"] >= figures["kills"] * _DIED_WHILE_SENDING // 100


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
        added = {name: known.get(name, 0) + count for name, count in figures.items() if isinstance(count, int)}
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps({**known, **figures, **added}, indent=2) + "\n", encoding="utf-8")
    return 0 if is_enough(figures, verdict) else 1


if __name__ == "__main__":
    sys.exit(main())
