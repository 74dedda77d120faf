"""A run that Prefect ends in mid-sending: its lease could not be renewed, and the engine cancels what the flow awaits.

Unlike a dead process, a cancelled one has threads that go on, and tasks that live until the interpreter ends.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import anyio
import pytest

from tests.crash import scene, virtual

EHF, EMAIL, LETTER, HELD = 5002, 5003, 5019, 5024
Stage = Callable[..., scene.Scene]
_LEAVING = ("a line of the journal", "POST factoring", "the answer to POST factoring", "PUT access", "the answer to PUT access")
_LEAVING += ("DATA", "the final dot", "the mail server's reply", "writing", "the written nidelven", "PUT factoring")
_IN_THREAD, _LAST_WORDS = 0.05, 0.3
"""Seconds that a thread takes, and that the engine takes to tell its server of the crash."""


class CrashedError(Exception):
    """What the engine makes of a cancelled flow."""


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """Threads take their time, and whoever waited for one may be gone when it is done."""

    def run(loop: virtual.Loop, _executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future = loop.create_future()

        def work() -> None:
            try:
                result = func(*args)
            except Exception as error:
                if not future.cancelled():
                    future.set_exception(error)
            else:
                if not future.cancelled():
                    future.set_result(result)

        loop.call_later(_IN_THREAD, work)
        return future

    with mock.patch.object(virtual.Loop, "run_in_executor", run):
        yield


class _Cancelling:
    """Cancels the first run when it has met so many boundaries, as Prefect's engine does it; 0: never. Notes where each lies."""

    def __init__(self, on: scene.Scene, boundary: int) -> None:
        self._on, self._boundary = on, boundary
        self.met: list[str] = []

    async def __call__(self) -> Any:
        with anyio.CancelScope() as scope:
            real = self._on.faults.draw

            def draw(where: str, kinds: Any) -> str:
                self.met.append(where)
                if len(self.met) == self._boundary:
                    asyncio.get_running_loop().call_soon(scope.cancel)
                return real(where, kinds)

            with mock.patch.object(self._on.faults, "draw", draw):
                return await scene._FLOWS["intake"](self._on.options)
        await asyncio.sleep(_LAST_WORDS)
        process = virtual.current()
        assert process is not None
        for task in process.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        raise CrashedError


def _leaving(met: list[str]) -> Iterator[int]:
    """The first boundary of each kind at which something leaves or an answer comes back; 1 is the first of all."""
    for words in _LEAVING:
        yield next(boundary for boundary, where in enumerate(met, 1) if where.startswith(words))


def test_cancelled_while_something_leaves_all_comes_right(stage: Stage) -> None:
    """The same day, again and again, cancelled elsewhere each time, and its slot run again at once."""

    def play(boundary: int) -> tuple[list[str], str | None, bool]:
        on = stage(EHF, EMAIL, LETTER, HELD)
        cancelling, ended, sending = _Cancelling(on, boundary), [], []

        async def script() -> None:
            began = on.loop.now()
            ended.append(await on.start("intake", began, cancelling, may_burst=(CrashedError,)))
            sending.append("sending" in on.states().values())
            await on.start("intake", began)
            await on.start("writeback", scene.at(dt.date(2026, 11, 16), dt.time(15, 30)))
            await on.settle_down()

        verdict = on.play(script)
        assert verdict.is_good, f"cancelled at boundary {boundary}: {verdict}\n" + "\n".join(on.log.lines[-60:])
        return cancelling.met, ended[0], sending[0]

    met, ended, _ = play(0)
    assert ended == "Completed"
    played = [play(boundary) for boundary in _leaving(met)]
    assert {how for _, how, _ in played} == {"CrashedError"}
    assert sum(sending for _, _, sending in played) > len(played) / 2, "hardly any run was cancelled between sending and the answer"
