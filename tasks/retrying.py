"""When a task is tried again: only what says itself that it may be (`Unavailable`, `Throttled`), with growing, jittered pauses."""

from __future__ import annotations

from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from fakturabro.remote import errors


def is_worth_it(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether the failure says that the same may be tried again."""
    return isinstance(state.data, errors.Unavailable | errors.Throttled)


POLICY: dict[str, Any] = {
    "retries": 3,
    "retry_delay_seconds": exponential_backoff(backoff_factor=5),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_worth_it,
    "cache_policy": NO_CACHE,
}
"""For tasks whose failures may pass. NO_CACHE is a matter of correctness: an equal batch is not the same work."""
