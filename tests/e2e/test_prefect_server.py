"""A real Prefect server and worker: schedules create runs, nobody gets in without the password, a run of a deployment reports."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterator

import httpx
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.states import Scheduled

from console import serving
from fakturabro.domain import calendar

ONCE_OR_TWICE_A_DAY = {(2, 0), (2, 30), (6, 15), (6, 30), (6, 45), (8, 0), (8, 15), (10, 30), (12, 30), (15, 30)}

OFTEN = {(hour, 5) for hour in range(7, 18)} | {(hour, minute) for hour in range(6, 19) for minute in (0, 15, 30, 45)}
_SCHEDULED = 21
"""Deployments with a schedule."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Installation]:
    """Everything that `make up` starts."""
    with serving.running(tmp_path_factory.mktemp("site"), "2026-11-20") as started:
        yield started


def post(installation: serving.Installation, path: str, content: dict[str, object]) -> httpx.Response:
    user, _, password = installation.environment["PREFECT_API_AUTH_STRING"].partition(":")
    headers = {"Prefect-Csrf-Client": "test"}
    token = httpx.get(f"{installation.api}/csrf-token", params={"client": "test"}, auth=(user, password)).json()["token"]
    return httpx.post(
        f"{installation.api}{path}", json=content, auth=(user, password), headers={**headers, "Prefect-Csrf-Token": token}
    )


def test_schedules_create_runs_for_every_deployment(installation: serving.Installation) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        runs = post(installation, "/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}).json()
        if len({one["deployment_id"] for one in runs if one["auto_scheduled"]}) == _SCHEDULED:
            break
        time.sleep(1)
    starts = {dt.datetime.fromisoformat(one["expected_start_time"]).astimezone(calendar.OSLO) for one in runs}
    times = {(one.hour, one.minute) for one in starts}
    assert times >= ONCE_OR_TWICE_A_DAY
    assert times <= ONCE_OR_TWICE_A_DAY | OFTEN
    assert all(one.isoweekday() <= 5 for one in starts)
    assert len({one["deployment_id"] for one in runs}) == _SCHEDULED


def test_nobody_gets_in_without_the_password_or_the_csrf_token(installation: serving.Installation) -> None:
    assert httpx.post(f"{installation.api}/flow_runs/filter", json={}).status_code in (401, 403)
    assert httpx.get(f"{installation.api}/admin/settings").status_code == 401
    user, _, password = installation.environment["PREFECT_API_AUTH_STRING"].partition(":")
    assert httpx.post(f"{installation.api}/flow_runs/filter", json={}, auth=(user, password)).status_code == 403


def test_secrets_lie_in_files_of_their_owner(installation: serving.Installation) -> None:
    files = list((installation.folder / "secrets").iterdir())
    assert len(files) >= 8
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


async def run(installation: serving.Installation, deployment: str, parameters: dict[str, object] | None = None) -> tuple[str, str]:
    async with PrefectClient(installation.api, auth_string=installation.environment["PREFECT_API_AUTH_STRING"]) as client:
        found = await client.read_deployment_by_name(deployment)
        start = dt.datetime(2026, 11, 20, 15, 30, tzinfo=calendar.OSLO)
        made = await client.create_flow_run_from_deployment(found.id, parameters=parameters, state=Scheduled(scheduled_time=start))
        for _ in range(240):
            one = await client.read_flow_run(made.id)
            if one.state and one.state.is_final():
                return one.name, f"{one.state.name}: {one.state.message}"
            await asyncio.sleep(0.5)
    return "", "never ended"


async def test_a_deployment_run_reports_in_its_name_and_final_state(installation: serving.Installation) -> None:
    name, said = await run(installation, "PowerOffice: tilbakeskriving/nidelven-tilbakeskriving")
    assert (name, said) == ("nidelven 2026-11-20 15:30", "Completed: Ingenting å gjøre")
    again = await run(installation, "PowerOffice: tilbakeskriving/nidelven-tilbakeskriving")
    assert again[1] == "AlreadyRun: Luken 20.11.2026 15:30 er allerede kjørt: Ingenting å gjøre."


async def test_a_wrong_parameter_is_refused_before_a_run_exists(installation: serving.Installation) -> None:
    with pytest.raises(Exception, match=r"409|422|[Vv]alidation"):
        await run(
            installation, "PowerOffice: tilbakeskriving/nidelven-tilbakeskriving", {"tenant": "nidelven", "dry_run": "kanskje"}
        )
