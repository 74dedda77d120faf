"""Real `kill -9` during real deployment runs on PostgreSQL: `python -m tests.crash.kills --kills 100`.

Victims in turn: the gateway (while people are at its pages and a run, which must not mind, is sending), the flow-run process (its
worker lives), worker and flow together, Prefect's server: every second time alone, else with the flow. Counterparts are slow, so
that most runs die between `sending` and the answer; whether one did, the journal says.
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
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun

from fakturabro.ledger import opened
from tests.crash import deployed, mortal, outside, person, strikes, verdicts

KINDS = ("gateway", "flow", "worker and flow", "server")
_SLOW = 0.6
_ANYWHERE = 0.15
"""The share of runs that are killed anywhere, not in the middle of sending."""
_DOCUMENTS_A_KILL = 5
_OUTAGE = 10.0
"""How long Prefect's server stays away at most when it is killed alone, besides the time that its start takes."""
_DIED_WHILE_SENDING = 30
"""Of 100 kills, those of the gateway too, at least so many."""


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
        self.died_while_sending = self.server_alone = 0
        self._runs = deployed.Deployed(installation, client, self._ledger)

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
        run = await self._runs.start("tilbakeskriving" if self._chance.random() < 0.25 else "inntak")
        victim = await self._runs.process_of(run)
        if victim is None:
            await self._runs.await_end(run)
            return
        await self._wait_for_the_moment(run, victim)
        if not victim.is_running():
            return
        if kind == "server" and self.kills[kind] % 2 == 0:
            await self._kill_server_alone(run, victim)
        else:
            await self._kill_flow(kind, run, victim)

    async def _kill_flow(self, kind: str, run: FlowRun, victim: psutil.Process) -> None:
        """Kill, alone or at once with what runs it, and start again what Prefect needs. Time does the rest."""
        with_it = {"server": "prefect-server", "worker and flow": "prefect-worker"}.get(kind, "nobody")
        self._installation.kill(with_it)
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        is_sending = self._installation.has_left_without_answer(str(run.id))
        self.died_while_sending += is_sending
        self._installation.restart(with_it)
        said = await self._runs.mourn(run, is_worker_alive=kind != "worker and flow")
        self._count(kind, f"between sending and the answer: {is_sending}; Prefect says {said}")

    async def _kill_server_alone(self, run: FlowRun, victim: psutil.Process) -> None:
        """The flow lives on without its server for a while. Whatever Prefect makes of the run: the judge alone decides."""
        self._installation.kill("prefect-server")
        self.server_alone += 1
        await asyncio.sleep(self._chance.uniform(0, _OUTAGE))
        self._installation.restart("prefect-server")
        try:
            said = str((await self._runs.await_end(run)).name)
        except TimeoutError:
            if victim.is_running():
                raise
            said = await self._runs.mourn(run, is_worker_alive=True)
        self._count("server", f"alone; its run ended as {said}")

    async def _kill_gateway(self) -> None:
        """While somebody is at a page and a run is sending. The run's e-mail gets no answer: the next one to be decided."""
        self._world.order(self._chance.choice(outside.MAILED))
        link = self._person.find_link("approvals")
        run = await self._runs.start("inntak")
        if link is None or self._chance.random() < 0.25:
            self._installation.invite_client()
            link = self._person.find_link("connect")
        assert link is not None, "the client was not invited"
        self._world.cut_mail(self._chance.choice(("cut_before_storing", "cut_after_storing")))
        victim = await self._runs.process_of(run)
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
            await self._await_completed(await self._runs.start(suffix))
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

    async def _wait_for_the_moment(self, run: FlowRun, victim: psutil.Process) -> None:
        """Mostly until something of the run has left without an answer; else anywhere between import and end."""
        if self._chance.random() < _ANYWHERE:
            await asyncio.sleep(self._chance.uniform(0, 14))
            return
        until = time.monotonic() + deployed.RUN_LIMIT
        while victim.is_running() and time.monotonic() < until:
            if self._installation.has_left_without_answer(str(run.id)):
                await asyncio.sleep(self._chance.uniform(0, _SLOW / 2))
                return
            await asyncio.sleep(0.05)

    async def _await_completed(self, run: FlowRun) -> None:
        """Nobody killed this one."""
        ended = await self._runs.await_end(run)
        if not ended.is_completed():
            self._surprises.append(f"{run.name} ended as {ended.name}, though nobody killed it: {ended.message}")


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
    return {**figures, **counted(verdict), "server_alone": killing.server_alone, "kills_by_kind": dict(killing.kills)}, verdict


def counted(verdict: verdicts.Verdict) -> dict[str, int]:
    """How much is wrong, by kind."""
    return {name: len(getattr(verdict, name)) for name in ("lost", "duplicated", "unsettled", "wrong")}


def is_enough(figures: dict[str, Any], verdict: verdicts.Verdict) -> bool:
    """Whether all is well, and so much was killed as the command is there for: each kind, the server alone, many while sending."""
    even = all(figures["kills_by_kind"].get(kind, 0) >= figures["kills"] // len(KINDS) for kind in KINDS)
    half = figures["server_alone"] >= figures["kills"] // len(KINDS) // 2
    return verdict.is_good and even and half and figures["died_while_sending"] >= figures["kills"] * _DIED_WHILE_SENDING // 100


def add(out: pathlib.Path, figures: dict[str, Any]) -> None:
    """Add what was found to a JSON file, number by number."""
    known = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    added = {name: known.get(name, 0) + count for name, count in figures.items() if isinstance(count, int)}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**known, **figures, **added}, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=pathlib.Path, help="add what was found to this JSON file")
    chosen = arguments.parse_args()
    figures, verdict = play(chosen.kills, chosen.seed)
    sys.stdout.write(f"{figures}\n{verdict}\n")
    if chosen.out:
        add(chosen.out, figures)
    return 0 if is_enough(figures, verdict) else 1


if __name__ == "__main__":
    sys.exit(main())
