"""Requests per second, shared by every process that works against the same limit.

A budget of N requests per second is N slots. A slot is taken before a request leaves and is free again one second (and a small
margin) after its answer came. The server saw the request between those two moments, so it sees two requests of one slot more
than a second apart, and of N slots never more than N in any window of one second, however strictly it counts.

The slots stand in a small store (rate_store.py). Each process takes as many as it has callers waiting, those that will be free
within a moment too, and gives back what it used in the same transaction. A slot that is held carries a lease, renewed while its
request is under way: a killed process gives its slots back by dying.

Assumed: a process does not stand still for longer than its lease between taking a slot and sending.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import random
from collections.abc import AsyncGenerator
from types import TracebackType

from fakturabro.remote import rate_store

_JITTER = random.SystemRandom()
_PAUSE = 0.1
_HORIZON = 0.25
"""Seconds: slots that are free within the horizon are taken ahead, so that the pause between two exchanges costs no rate."""


class RateBudget:
    """`per_second` requests per second under `name`, e.g. `async with budget.slot(): response = await client.send(request)`.

    Made in the event loop that uses it and closed there (`async with`), else its last slots stay taken until the lease ends.
    `name` tells the limit apart, not the tenant (PowerOffice: one per integration or subscription key); it must not be a secret.
    `margin`, in seconds, is added to the second that a slot rests; `block` is the most slots that one exchange takes.
    """

    def __init__(self, store: rate_store.RateStore, name: str, per_second: int, *, margin: float = 0.01, block: int = 25) -> None:
        self._store, self._name, self._per_second, self._block = store, name, per_second, block
        self._rest = 1.0 + margin
        self._gap, self._last_grant = 0.5 / per_second, 0.0
        self._waiting: collections.deque[asyncio.Future[rate_store.Taken]] = collections.deque()
        self._coming = 0
        self._held: dict[rate_store.Taken, float] = {}
        self._spent: dict[rate_store.Taken, float] = {}
        self._asked = asyncio.Event()
        self._exchanging: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> RateBudget:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give back what is not in use."""
        self._closing = True
        if self._exchanging:
            await self._exchanging

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """One request may be on its way inside. Raises RateStoreError when the store fails: nothing was sent."""
        taken = await self._take()
        self._held[taken] = _now() + rate_store.LEASE / 3
        try:
            yield
        finally:
            del self._held[taken]
            self._spent[taken] = _now() + self._rest

    async def _take(self) -> rate_store.Taken:
        caller: asyncio.Future[rate_store.Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append(caller)
        self._asked.set()
        if self._exchanging is None or self._exchanging.done():
            self._exchanging = asyncio.create_task(self._exchange_while_needed())
        try:
            return await caller
        except asyncio.CancelledError:
            if caller.done() and not caller.cancelled() and caller.exception() is None:
                self._spent[caller.result()] = _now()
            raise

    async def _exchange_while_needed(self) -> None:
        try:
            while self._waiting or self._coming or self._spent or (self._held and not self._closing):
                dry = await self._exchange()
                await self._pause(dry)
        except Exception as error:  # whatever it is, nobody may wait forever; the callers raise it
            for caller in self._waiting:
                if not caller.done():
                    caller.set_exception(error)
            self._waiting.clear()

    async def _exchange(self) -> bool:
        """Give back, renew and take in one transaction; whether the store had fewer slots than we wanted."""
        now, wanted = _now(), min(self._block, self._uncovered())
        given = dict(self._spent)
        renewed = [taken for taken, due in self._held.items() if due <= now]
        if not (wanted or given or renewed):
            return False
        returns = [(taken, max(0.0, free_at - now)) for taken, free_at in given.items()]
        leases = [(taken, rate_store.LEASE) for taken in renewed]
        found = await asyncio.to_thread(
            self._store.exchange, self._name, self._per_second, give=returns + leases, take=wanted, horizon=_HORIZON
        )
        for taken in given:
            del self._spent[taken]
        for taken in renewed:
            if taken in self._held:
                self._held[taken] = now + rate_store.LEASE / 3
        for taken, wait in found:
            self._coming += 1
            # Spread out: fifty requests in one breath would wait for each other, and their slots would rest longer than needed.
            self._last_grant = max(_now() + wait, self._last_grant + self._gap)
            asyncio.get_running_loop().call_at(self._last_grant, self._grant, taken, now + 0.9 * rate_store.LEASE)
        return len(found) < wanted

    def _uncovered(self) -> int:
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        return max(0, sum(not caller.done() for caller in self._waiting) - self._coming)

    def _grant(self, taken: rate_store.Taken, leased_until: float) -> None:
        """Hand a slot to the caller who waited longest. One whose lease ran out (the loop stood still) is left to the store."""
        self._coming -= 1
        if _now() > leased_until:
            return
        while self._waiting:
            caller = self._waiting.popleft()
            if not caller.done():
                caller.set_result(taken)
                return
        self._spent[taken] = _now()

    async def _pause(self, dry: bool) -> None:
        """Until somebody asks, or a moment; after a dry exchange a moment of uneven length, so that no process is always late."""
        self._asked.clear()
        if dry:
            await asyncio.sleep(_JITTER.uniform(0.5, 1.5) * _PAUSE)
        elif not self._uncovered():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), _PAUSE)


def _now() -> float:
    return asyncio.get_running_loop().time()
