"""When a task is tried again: only what says itself that it may be (`Unavailable`, `Throttled`), with growing, jittered pauses.

A station that fails for good fails the run, but only at its end: the stations behind it do what they can with the ledger.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.tasks import Task, exponential_backoff

from fakturabro.ledger import slots
from fakturabro.ledger.journal import recovery
from fakturabro.ledger.journal import sendings as journal
from fakturabro.remote import errors
from tasks import connect, kept_secrets, run_context, runs, sending

P = ParamSpec("P")
_RETRIES = 3
_KNOWN = (errors.RemoteError, kept_secrets.SecretError, connect.SettingError) + (
    recovery.LockedError,
    journal.JournalError,
    slots.LostError,
    sending.LackingError,
)
"""What says itself, in Norwegian, what is wrong and what to do."""


def is_worth_it(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether the failure says that the same may be tried again."""
    return isinstance(state.data, errors.Unavailable | errors.Throttled)


POLICY: dict[str, Any] = {
    "retries": _RETRIES,
    "retry_delay_seconds": exponential_backoff(backoff_factor=5),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_worth_it,
    "cache_policy": NO_CACHE,
}
"""For tasks whose failures may pass. NO_CACHE is a matter of correctness: an equal batch is not the same work."""


Station = Callable[Concatenate[runs.Batch, P], Awaitable[runs.Batch]]


def station(
    name: str, *, part: str = "", ends: bool = False, gates: bool = False
) -> Callable[[Station[P]], Task[Concatenate[runs.Batch, P], Any]]:
    """A task that takes a batch and gives it back, with what failed for good noted on it.

    It is passed over when its part of the flow is closed; what `ends` a run never is. Where one that `gates` fails, all is closed.
    """

    def decorate(function: Station[P]) -> Task[Concatenate[runs.Batch, P], Any]:
        @functools.wraps(function)
        async def run(batch: runs.Batch, *args: P.args, **kwargs: P.kwargs) -> runs.Batch:
            if batch.is_closed(part) and not ends:
                return batch
            try:
                return await function(batch, *args, **kwargs)
            except _KNOWN as error:
                if isinstance(error, errors.Unavailable | errors.Throttled) and not _is_last_attempt():
                    raise
                run_context.logger().error("%s: %s", name, error)
                return batch.closing(runs.EVERYTHING, str(error)) if gates else batch.failing(str(error))

        return task(name=name, **POLICY)(run)

    return decorate


def _is_last_attempt() -> bool:
    """Whether Prefect will not try this task run again; always so without Prefect."""
    context = TaskRunContext.get()
    return context is None or context.task_run.run_count > _RETRIES
