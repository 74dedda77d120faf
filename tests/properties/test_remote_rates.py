"""The rate budget never exceeds a server's strict sliding second: in virtual time, and in a laboratory of processes."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.remote import rate_store

ROOT = pathlib.Path(__file__).parent.parent.parent
SIZE = 4

STEP = st.tuples(
    st.integers(0, 2),  # which process
    st.integers(0, SIZE + 1),  # how many slots it wants
    st.floats(0.0, 2.5),  # how long the answers take
    st.floats(0.0, 1.0),  # when between sending and answer the server saw the request
    st.booleans(),  # whether the process dies with what it holds
    st.floats(0.0, 1.2),  # how long until the next step
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, min_size=5, max_size=40))
def test_no_second_holds_more_requests_than_the_budget(steps: list[tuple[int, int, float, float, bool, float]]) -> None:
    clock = [100.0]
    seen: list[float] = []
    owed: dict[int, list[tuple[rate_store.Taken, float]]] = {0: [], 1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        store = rate_store.RateStore(f"sqlite:///{folder}/rates", clock=lambda: clock[0])
        for process, wanted, latency, moment, dies, pause in steps:
            due = [(taken, answered + 1.0 - clock[0]) for taken, answered in owed[process] if answered <= clock[0]]
            owed[process] = [pair for pair in owed[process] if pair[1] > clock[0]]
            give = [(taken, max(0.0, free_in)) for taken, free_in in due]
            for taken, wait in store.exchange("x", SIZE, give=give, take=wanted, horizon=0.25):
                sent = clock[0] + wait
                seen.append(sent + moment * latency)
                if not dies:
                    owed[process].append((taken, sent + latency))
            clock[0] += pause
        store.close()
    seen.sort()
    assert all(later - first > 1.0 - 1e-9 for first, later in zip(seen, seen[SIZE:], strict=False))


CHILD = """
import asyncio, sys
sys.path.insert(0, {root!r})
from fakturabro.remote import http, rate_store, rates

async def main(store_url, url, count):
    async with rates.RateBudget(rate_store.RateStore(store_url), "lab", 50) as budget, http.Remote() as remote:
        target = http.Target(system="lab", tenant="x", budget=budget)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        left = iter(range(count))
        async def caller():
            for _ in left:
                answer = await remote.send(target, "GET", url, changes=False, expected=(429,))
        await asyncio.gather(*(caller() for _ in range(80)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


class StrictServer:
    """Answers after 20 ms; more than 50 requests within any one second get 429 and are counted in `refused`."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.refused = 0
        self.window: collections.deque[float] = collections.deque()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                now = time.monotonic()
                while self.window and self.window[0] <= now - 1.0:
                    self.window.popleft()
                self.arrivals.append(now)
                allowed = len(self.window) < 50
                self.refused += not allowed
                self.window.append(now)
                await asyncio.sleep(0.02)
                status = b"200 OK" if allowed else b"429 Slow"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    def rate(self) -> float:
        """Requests per second from the moment on when every slot has been used once."""
        return (len(self.arrivals) - 50) / (self.arrivals[-1] - self.arrivals[49])


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[tuple[StrictServer, str]]:
    server = StrictServer()
    listener = await asyncio.start_server(server.meet, "127.0.0.1", 0)
    try:
        yield server, f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
    finally:
        listener.close()


async def work(store_url: str, url: str, processes: int, each: int) -> None:
    """Start so many processes, let them begin together, and wait until all have sent `each` requests."""
    arguments = [sys.executable, "-c", CHILD.format(root=str(ROOT)), store_url, url, str(each)]
    pipe = subprocess.PIPE
    children = [await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe) for _ in range(processes)]
    for child in children:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
    async with asyncio.timeout(40):
        assert [await child.wait() for child in children] == [0] * processes


@pytest.mark.parametrize(("processes", "share"), [(1, 0.85), (3, 0.75)])
async def test_processes_share_fifty_a_second_without_one_refusal(processes: int, share: float, tmp_path: pathlib.Path) -> None:
    async with serving() as (server, url):
        await work(f"sqlite:///{tmp_path}/rates", url, processes, 200 // processes)
    assert server.refused == 0
    assert server.rate() >= share * 50


async def test_the_budget_holds_on_postgresql(empty_postgres: str) -> None:
    async with serving() as (server, url):
        await work(empty_postgres, url, 2, 75)
    assert server.refused == 0
    assert server.rate() >= 0.75 * 50
