"""The one seam to Prefect: inside `plain`, flows and tasks are called as the functions that they decorate; nothing needs a server.

A task is tried again as its decorator says, with pauses on the loop's own time. Where Prefect would say which run this is, the
virtual process does.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import random
import types
from collections.abc import Iterator
from typing import Any
from unittest import mock

from prefect import Flow, Task
from prefect.context import FlowRunContext, TaskRunContext
from prefect.states import Failed

from tasks import run_context, runs
from tests.crash import virtual

_attempt: contextvars.ContextVar[Any] = contextvars.ContextVar("attempt", default=None)


@contextlib.contextmanager
def plain(chance: random.Random, logger: Any) -> Iterator[None]:
    """Nothing here starts a run: submit, map and delay are refused."""

    async def call_task(self: Any, *args: Any, **kwargs: Any) -> Any:
        for count in itertools.count(1):
            token = _attempt.set(types.SimpleNamespace(task_run=types.SimpleNamespace(run_count=count)))
            try:
                return await self.fn(*args, **kwargs)
            except Exception as error:
                if count > self.retries or not _is_worth_it(self, error):
                    raise
            finally:
                _attempt.reset(token)
            delays = self.retry_delay_seconds
            delay = delays[min(count, len(delays)) - 1] if isinstance(delays, list) else delays or 0
            await asyncio.sleep(delay * (1 + chance.uniform(0, self.retry_jitter_factor or 0)))
        raise AssertionError("unreachable")

    def call_flow(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def refuse(*_: Any, **__: Any) -> Any:
        raise NotImplementedError("submit, map and delay would start a run: call and await")

    with contextlib.ExitStack() as stack:
        patches: list[tuple[Any, str, Any]] = [(Task, "__call__", call_task), (Flow, "__call__", call_flow)]
        patches += [(Task, name, refuse) for name in ("submit", "map", "delay")]
        patches += [(FlowRunContext, "get", staticmethod(_flow_run)), (TaskRunContext, "get", staticmethod(_attempt.get))]
        patches += [(runs, "_leave", _leave_nothing), (run_context, "logger", lambda: logger)]
        for owner, name, new in patches:
            stack.enter_context(mock.patch.object(owner, name, new))
        yield


def _is_worth_it(task: Any, error: Exception) -> bool:
    condition = task.retry_condition_fn
    return condition is None or bool(condition(task, None, Failed(data=error)))


def _flow_run() -> Any:
    process = virtual.current()
    if process is None:
        return None
    return types.SimpleNamespace(
        flow_run=types.SimpleNamespace(
            id=process.name, expected_start_time=process.scheduled, auto_scheduled=process.auto_scheduled
        )
    )


async def _leave_nothing(*_: Any, **__: Any) -> None:
    """No Prefect server, no artifacts."""
