"""A run of a flow, in a process that kills itself with SIGKILL where something has become durable.

Places count from when the run begins to send: a line of the journal, a transaction, the bytes of a file, its name, an answer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import os
import pathlib
import signal
import threading
from collections.abc import Callable, Coroutine, Mapping
from multiprocessing import connection
from typing import Any

import msgspec
from sqlalchemy.engine import default

from fakturabro.remote import http, sftp
from flows import bank, poweroffice_factoring, severa_fortnox
from tasks import clock, file_sending, installation, sending
from tasks.bank import options as bank_options
from tasks.returns import options as return_options
from tasks.severa_fortnox import options as sync_options
from tests.runs import conftest


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, and at which place it dies; 0: at none."""

    environment: Mapping[str, str]
    flow: str
    options: Mapping[str, Any]
    now: dt.datetime
    die_at: int = 0


class _Places:
    """Where the run stands; every place that it reaches is told."""

    def __init__(self, talk: connection.Connection, die_at: int) -> None:
        self._talk, self._die_at, self._reached, self._is_sending = talk, die_at, 0, False
        self._alone = threading.Lock()

    def reach(self, where: str) -> None:
        with self._alone:
            if not self._is_sending:
                return
            self._reached += 1
            self._talk.send(where)
            if self._reached == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: Any, name: str, where: str | Callable[..., str]) -> None:
        """`where` is reached when this has been done, and again at its end where it is what sends."""
        real = getattr(owner, name)

        def told(given: tuple[Any, ...]) -> str:
            return where if isinstance(where, str) else where(*given)

        @functools.wraps(real)
        def done(*given: Any, **more: Any) -> Any:
            at, answer = told(given), real(*given, **more)
            self.reach(at)
            return answer

        @functools.wraps(real)
        async def awaited(*given: Any, **more: Any) -> Any:
            answer = await real(*given, **more)
            self.reach(told(given))
            return answer

        setattr(owner, name, awaited if asyncio.iscoroutinefunction(real) else done)

    def watch_sending(self, owner: Any, name: str) -> None:
        """Between its beginning and its end places count."""
        real = getattr(owner, name)

        async def sends(*given: Any, **more: Any) -> Any:
            self._is_sending = True
            self.reach("before the journal")
            answer = await real(*given, **more)
            self.reach("after all")
            self._is_sending = False
            return answer

        setattr(owner, name, sends)


def _answered(_remote: http.Remote, _target: http.Target, method: str, *_: object) -> str:
    return "read" if method == "GET" else "answer"


def _synced(descriptor: int) -> str:
    path = pathlib.Path(f"/proc/self/fd/{descriptor}").readlink()
    return "journal" if path.suffix == ".jsonl" else "name" if path.is_dir() else "bytes"


def _flow(what: Run) -> Coroutine[Any, Any, Any]:
    if what.flow == "return_data":
        chosen = return_options.ReturnDataOptions.model_validate(what.options)
        return poweroffice_factoring.return_data("nidelven", chosen)
    if what.flow == "synchronise":
        return severa_fortnox.synchronise("nidelven", sync_options.SyncOptions.model_validate(what.options))
    return getattr(bank, what.flow)("nidelven", bank_options.BankOptions.model_validate(what.options))


def run(talk: connection.Connection, what: Run) -> None:
    """The run, and at its end the name of its state and what it says."""
    os.environ.update(what.environment)
    installation.current.cache_clear()
    clock.now = lambda: what.now
    places = _Places(talk, what.die_at)
    places.watch(os, "fsync", _synced)
    places.watch(pathlib.Path, "rename", "rename")
    places.watch(sftp.SftpFolder, "_fill", "bytes over SFTP")
    places.watch(sftp, "_rename", "rename over SFTP")
    places.watch(http.Remote, "send", _answered)
    places.watch(default.DefaultDialect, "do_commit", "commit")
    places.watch_sending(file_sending, "send_together")
    places.watch_sending(sending, "send_planned")
    with conftest.plain():
        state = asyncio.run(_flow(what))
    talk.send((state.name, state.message))
