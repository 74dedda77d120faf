"""The watchman's questions to Prefect: does the scheduler create the runs that the ledger's schedules demand, does a worker poll?

Assumed: PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS is 3 or more (Prefect's default): so many runs of each schedule lie ahead.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas import filters
from prefect.client.schemas.objects import Worker, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from console.watching import messages
from console.watching.alarms import Alarm, BlindError, Watch
from fakturabro.ledger import applied
from tasks import schedules

_RUNS_AHEAD = 3
_HORIZON = dt.timedelta(days=90)
"""Prefect plans at most 100 days ahead."""
_SETTLING = dt.timedelta(minutes=5)
"""What the scheduler has to fill up after a slot has begun or a file was applied; it looks once a minute."""
_SILENCE = dt.timedelta(minutes=5)
"""A worker says every half minute that it lives."""
_PATIENCE = 60.0
_AT_A_TIME = 10
_PAGE = 200


def scheduler(watch: Watch) -> Iterator[Alarm]:
    """Runs that Prefect should have created by now, deployments that it does not know or has otherwise, pools nobody works for."""
    if not watch.prefect_url:
        return
    known = [
        (tenant, deployment)
        for tenant in applied.find_tenants(watch.ledger)
        for version in applied.find_versions(watch.ledger, tenant, watch.now)
        for deployment in version.deployments
        if version.applied_at < watch.now - _SETTLING
    ]
    wanted = [(tenant, deployment) for tenant, deployment in known if deployment.active_schedules]
    answer = _ask(watch, [deployment for _, deployment in known])
    for tenant, deployment in known:
        yield from _judge_drift(tenant, deployment, answer)
    for tenant, deployment in wanted:
        yield from _judge(watch, tenant, deployment, answer)
    for pool in sorted({deployment.work_pool.name for _, deployment in wanted} & set(answer.pools)):
        yield from _judge_pool(watch.now, *answer.pools[pool])


class _Answer:
    """What Prefect has: deployments by name and entrypoint, the times of their runs by deployment id, and the pools."""

    def __init__(self) -> None:
        self.deployments: dict[tuple[str, str | None], DeploymentResponse] = {}
        self.runs: dict[object, set[dt.datetime]] = {}
        self.pools: dict[str, tuple[WorkPool, Sequence[Worker]]] = {}


def _ask(watch: Watch, deployments: Sequence[applied.Deployment]) -> _Answer:
    """Raises BlindError when Prefect cannot be asked."""
    try:
        return asyncio.run(asyncio.wait_for(_fetch(watch, deployments), _PATIENCE))
    except (httpx.HTTPError, TimeoutError, RuntimeError, ValueError) as error:  # ValueError: who answers there is not Prefect
        sentence = messages.prefect_unreachable(watch.prefect_url, type(error).__name__)
        raise BlindError(Alarm(code="scheduler.unreachable", severity="critical", sentence=sentence)) from error


async def _fetch(watch: Watch, deployments: Sequence[applied.Deployment]) -> _Answer:
    answer = _Answer()
    async with PrefectClient(watch.prefect_url, auth_string=watch.prefect_auth or None) as client:
        await client.hello()
        for names in _chunks([deployment.name for deployment in deployments]):
            chosen = filters.DeploymentFilter(name=filters.DeploymentFilterName(any_=names))
            found = await client.read_deployments(deployment_filter=chosen)
            runs = await asyncio.gather(*(_fetch_run_times(client, one, watch.now) for one in found))
            answer.deployments |= {(one.name, one.entrypoint): one for one in found}
            answer.runs |= {one.id: times for one, times in zip(found, runs, strict=True)}
        for pool in {deployment.work_pool.name for deployment in deployments if deployment.work_pool.name}:
            try:
                answer.pools[pool] = (await client.read_work_pool(pool), await client.read_workers_for_work_pool(pool))
            except ObjectNotFound:
                continue  # without its pool nothing of the deployment is there, and `_judge` says so
    return answer


async def _fetch_run_times(client: PrefectClient, deployment: DeploymentResponse, now: dt.datetime) -> set[dt.datetime]:
    """When the next runs of a deployment are to start, whatever became of them."""
    chosen = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(any_=[deployment.id]),
        expected_start_time=filters.FlowRunFilterExpectedStartTime.model_validate({"after_": now}),
    )
    runs = await client.read_flow_runs(flow_run_filter=chosen, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=_PAGE)
    return {run.expected_start_time.astimezone(dt.UTC) for run in runs if run.expected_start_time}


def _judge(watch: Watch, tenant: str, deployment: applied.Deployment, answer: _Answer) -> Iterator[Alarm]:
    found, name = answer.deployments.get((deployment.name, deployment.entrypoint)), deployment.name
    if found is None:
        sentence = messages.unknown_deployment(name)
        yield Alarm(code="scheduler.unknown", severity="critical", tenant=tenant, subject=name, sentence=sentence)
    elif found.paused or not any(schedule.active for schedule in found.schedules):
        yield Alarm(code="scheduler.paused", severity="critical", tenant=tenant, subject=name, sentence=messages.paused(name))
    elif missing := [time for time in _ahead(watch.now, deployment) if time not in answer.runs[found.id]]:
        sentence = messages.no_runs(name, missing)
        yield Alarm(code="scheduler.no_runs", severity="critical", tenant=tenant, subject=name, sentence=sentence)


def _judge_drift(tenant: str, deployment: applied.Deployment, answer: _Answer) -> Iterator[Alarm]:
    """What somebody changed in Prefect: runs go by that, not by the tenant's file."""
    found = answer.deployments.get((deployment.name, deployment.entrypoint))
    if found is None:
        return
    changed = sorted(_differing(deployment.parameters, found.parameters, "parameters"))
    stated = {(one.cron, one.timezone, one.active) for one in deployment.schedules or ()}
    there = {(getattr(s.schedule, "cron", None), getattr(s.schedule, "timezone", None), bool(s.active)) for s in found.schedules}
    changed += ["schedules"] * (stated != there)
    if changed:
        sentence = messages.drift(deployment.name, changed)
        yield Alarm(code="scheduler.drift", severity="critical", tenant=tenant, subject=deployment.name, sentence=sentence)


def _differing(stated: Any, there: Any, path: str) -> Iterator[str]:
    """The paths at which two values differ; the values themselves are nobody's business in a mail."""
    if isinstance(stated, dict) and isinstance(there, dict):
        for name in {*stated, *there}:
            yield from _differing(stated.get(name), there.get(name), f"{path}.{name}")
    elif stated != there:
        yield path


def _ahead(now: dt.datetime, deployment: applied.Deployment) -> list[dt.datetime]:
    """The next times of each schedule for which a run must stand ready by now."""
    found: set[dt.datetime] = set()
    for schedule in deployment.active_schedules:
        count = min(_RUNS_AHEAD, schedule.max_scheduled_runs or _RUNS_AHEAD)
        following = schedules.times(schedule, now - _SETTLING, now + _HORIZON)
        found.update(time for time in itertools.islice(following, count) if time > now)
    return sorted(found)


def _judge_pool(now: dt.datetime, pool: WorkPool, workers: Iterable[Worker]) -> Iterator[Alarm]:
    last = max((worker.last_heartbeat_time for worker in workers if worker.last_heartbeat_time), default=None)
    if pool.is_paused:
        yield Alarm(code="scheduler.pool_paused", severity="critical", subject=pool.name, sentence=messages.pool_paused(pool.name))
    if last is None or last < now - _SILENCE:
        sentence = messages.no_worker(pool.name, last)
        yield Alarm(code="scheduler.no_worker", severity="critical", subject=pool.name, sentence=sentence)


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    return (list(names[start : start + _AT_A_TIME]) for start in range(0, len(names), _AT_A_TIME))
