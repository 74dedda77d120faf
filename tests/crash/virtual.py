"""Virtual time and virtual processes, in one thread: a loop that never waits, and "processes" that can be killed in mid-sentence.

What a thread would do (`asyncio.to_thread`) is done at once, in the loop: the order of everything depends on the seed alone.
"""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import heapq
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any


class StandstillError(Exception):
    """Nobody can go on and no time is waited for: what runs in the laboratory waits for itself."""


class Died(BaseException):
    """The process was killed here. It does nothing any more: whatever it tries at an I/O boundary raises this again."""


class Process:
    """What dies together: the tasks of one run and all that they started."""

    def __init__(self, name: str, scheduled: dt.datetime, auto_scheduled: bool) -> None:
        self.name, self.scheduled, self.auto_scheduled = name, scheduled, auto_scheduled
        self.dead = self.stalled = False
        self.tasks: list[asyncio.Task[Any]] = []

    def kill(self) -> None:
        """End the process here and now."""
        self.dead = True
        for task in self.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        raise Died(self.name)

    def stall(self, seconds: float) -> None:
        """Let the process stand still from its next pause on, as a machine that is moved or swaps: its timers run out meanwhile."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        self.stalled = True
        loop.park(self, seconds)


_current: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


def current() -> Process | None:
    """The process whose code runs now; None for the world outside."""
    return _current.get()


def require_alive() -> None:
    """Raise Died when the process that runs this was killed before."""
    process = current()
    if process is not None and process.dead:
        raise Died(process.name)


async def run(process: Process, work: Callable[[], Awaitable[Any]]) -> Any:
    """What the process's work returned. Raises what it raised, Died when it was killed."""
    context = contextvars.copy_context()
    context.run(_current.set, process)

    async def call() -> Any:
        return await work()

    task = context.run(asyncio.get_running_loop().create_task, call())
    await asyncio.wait([task])
    if process.dead:
        await asyncio.gather(*process.tasks, return_exceptions=True)
        raise Died(process.name)
    return task.result()


class _AtOnce(selectors.SelectSelector):
    """Instead of waiting it turns the clock to the next moment that somebody waits for."""

    loop: Loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StandstillError("everybody waits and nothing is due")
        if timeout > 0:
            self.loop.turn()
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop on virtual time; `now` is its clock on the wall, `start` what that showed when the loop was made."""

    def __init__(self, start: dt.datetime) -> None:
        self.start, self._seconds = start, 0.0
        self._parked: dict[Process, list[asyncio.Handle]] = {}
        selector = _AtOnce()
        selector.loop = self
        super().__init__(selector)
        self._clock_resolution = 1e-6  # years from the start, a float is no finer than asyncio takes clocks to be
        self.set_task_factory(_make_task)
        self.set_exception_handler(_say_nothing_of_the_dead)

    def time(self) -> float:
        return self._seconds

    def now(self) -> dt.datetime:
        """What time it is, in UTC."""
        return self.start + dt.timedelta(seconds=self._seconds)

    def park(self, process: Process, seconds: float) -> None:
        """Run nothing of this process for so long; then everything that was due, in order."""
        self._parked[process] = []
        contextvars.Context().run(self.call_later, seconds, self._wake, process)

    def _wake(self, process: Process) -> None:
        for handle in self._parked.pop(process):
            if isinstance(handle, asyncio.TimerHandle):
                heapq.heappush(self._scheduled, handle)
            else:
                self._ready.append(handle)

    def _run_once(self) -> None:
        """Asyncio's step, without those who stand still."""
        if self._parked:
            for waiting in (self._ready, self._scheduled):
                for handle in [one for one in waiting if self._owner(one) in self._parked]:
                    self._parked[self._owner(handle)].append(handle)
                    waiting.remove(handle)
            heapq.heapify(self._scheduled)
        super()._run_once()

    @staticmethod
    def _owner(handle: asyncio.Handle) -> Any:
        return handle._context.get(_current)

    def turn(self) -> None:
        """Go to the next moment that is waited for."""
        self._seconds = max(self._seconds, min(handle.when() for handle in self._scheduled if not handle.cancelled()))

    def run_in_executor(self, _executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except (Exception, Died) as error:
            future.set_exception(error)
        return future


def _make_task(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **kwargs: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **kwargs)
    process = _current.get()
    if process is not None:
        process.tasks.append(task)
        if process.dead:
            task.cancel()
    return task


def _say_nothing_of_the_dead(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(dict(context))
