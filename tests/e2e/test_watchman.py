"""The watchman against a real Prefect server: a scheduler that stops is an alarm after the next slot, one that works is none."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas import actions, schedules

from console import serving
from console.watching import alarms
from console.watching import prefect as watching_prefect
from fakturabro.domain import calendar
from fakturabro.ledger import engine, opened, tables

ROOT = pathlib.Path(__file__).parent.parent.parent
SECRETS = ("poweroffice.application_key", "poweroffice.subscription_key", "factoring.key", "access_point.key")
FILE = """
name: fakturabro
deployments:
  - name: nidelven-tilbakeskriving
    entrypoint: flows.poweroffice_factoring.writeback
    work_pool: {name: fakturabro}
    schedules: [{cron: "30 15 * * 1-5", timezone: Europe/Oslo}, {cron: "0 6 1 * *", timezone: Europe/Oslo}]
    parameters: {tenant: nidelven, selection: {numbers: []}}
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> serving.Installation:
    """An empty ledger and all secrets; nothing runs."""
    made = serving.Installation(tmp_path_factory.mktemp("watched"))
    for name in (*SECRETS, "nidelven.poweroffice_client_key"):
        made.secret(name)
    ledger = engine.connect(f"sqlite:///{made.folder / 'ledger.db'}")
    engine.migrate(ledger)
    ledger.dispose()
    return made


@contextlib.contextmanager
def server(installation: serving.Installation, scheduler: bool) -> Iterator[None]:
    """Prefect's server, with or without its scheduler, ended by its process id."""
    environment = {**installation.environment, "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": str(scheduler).lower()}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(installation.port)]
    with (installation.folder / "server.log").open("ab") as log:
        child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and child.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{installation.api}/health", timeout=2).status_code == 200:
                    break
            time.sleep(0.2)
        yield
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def apply(installation: serving.Installation) -> None:
    file = installation.folder / "nidelven.yaml"
    file.write_text(FILE)
    command = [sys.executable, "-m", "console.main", "apply", str(file)]
    subprocess.run(command, env={**os.environ, **installation.environment}, cwd=ROOT, check=True, capture_output=True)
    ledger = engine.connect(f"sqlite:///{installation.folder / 'ledger.db'}")
    with ledger.begin() as connection:  # as if that had been an hour ago: the scheduler has had its time
        earlier = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        connection.execute(sa.update(tables.settings).where(tables.settings.c.tenant == "nidelven").values(applied_at=earlier))
    ledger.dispose()


async def beat(installation: serving.Installation) -> None:
    """A worker says that it lives."""
    async with PrefectClient(installation.api, auth_string=installation.environment["PREFECT_API_AUTH_STRING"]) as client:
        await client.send_worker_heartbeat("fakturabro", "a worker", heartbeat_interval_seconds=30)


async def tamper(installation: serving.Installation) -> None:
    """Somebody changes a deployment in Prefect's UI: a parameter more, one deeper, and another time of day."""
    auth = installation.environment["PREFECT_API_AUTH_STRING"]
    async with PrefectClient(installation.api, auth_string=auth) as client:
        found = await client.read_deployment_by_name("PowerOffice: tilbakeskriving/nidelven-tilbakeskriving")
        parameters = {**found.parameters, "dry_run": True, "selection": {"numbers": [5002]}}
        await client.update_deployment(found.id, actions.DeploymentUpdate(parameters=parameters))
        other = schedules.CronSchedule(cron="31 15 * * 1-5", timezone="Europe/Oslo")
        await client.create_deployment_schedules(found.id, [(other, True)])


def look(installation: serving.Installation, auth: str | None = None, now: dt.datetime | None = None) -> dict[str, str]:
    """What the watchman says of Prefect now, or at another time."""
    ledger = opened.open_ledger(f"sqlite:///{installation.folder / 'ledger.db'}", b"0" * 32)
    watch = alarms.Watch(
        ledger=ledger,
        now=now or dt.datetime.now(dt.UTC),
        prefect_url=installation.api,
        prefect_auth=installation.environment["PREFECT_API_AUTH_STRING"] if auth is None else auth,
    )
    try:
        return {one.code: one.sentence for one in watching_prefect.scheduler(watch)}
    except alarms.BlindError as error:
        return {error.alarm.code: error.alarm.sentence}
    finally:
        ledger.close()


async def find_runs(installation: serving.Installation) -> list[dt.datetime]:
    """When the daily schedule's runs that stand ready are to start."""
    async with PrefectClient(installation.api, auth_string=installation.environment["PREFECT_API_AUTH_STRING"]) as client:
        times = sorted(run.expected_start_time for run in await client.read_flow_runs() if run.expected_start_time)
    return [time for time in times if time.astimezone(calendar.OSLO).time() == dt.time(15, 30)]


def test_a_scheduler_that_stops_is_an_alarm_five_minutes_after_the_next_slot(installation: serving.Installation) -> None:
    with server(installation, scheduler=True):
        apply(installation)
        until = time.monotonic() + 30
        while "scheduler.no_runs" in look(installation) and time.monotonic() < until:
            time.sleep(0.5)
        assert set(look(installation)) == {"scheduler.no_worker"}
        asyncio.run(beat(installation))
        assert look(installation) == {}
    assert set(look(installation)) == {"scheduler.unreachable"}
    with server(installation, scheduler=False):
        assert set(look(installation, auth="operator:wrong")) == {"scheduler.unreachable"}
        ready = asyncio.run(find_runs(installation))
        assert len(ready) == 3, "Prefect keeps as many runs ahead as the watchman takes for granted"
        for slot, minutes, is_alarm in ((ready[0], -1, False), (ready[0], 4, False), (ready[0], 6, True), (ready[2], 6, True)):
            said = look(installation, now=slot + dt.timedelta(minutes=minutes))
            assert ("scheduler.no_runs" in said) is is_alarm, f"{minutes} minutes after {slot}: {said}"
        stopped = look(installation, now=ready[0] + dt.timedelta(minutes=6))["scheduler.no_runs"]
        assert "Planleggeren står" in stopped and "for nidelven-tilbakeskriving" in stopped
        asyncio.run(tamper(installation))
        drift = look(installation)
        assert set(drift) - {"scheduler.no_worker"} == {"scheduler.drift", "scheduler.no_runs"}, "Prefect forgets the runs ahead"
        assert "(parameters.dry_run, parameters.selection.numbers, schedules)" in drift["scheduler.drift"]
