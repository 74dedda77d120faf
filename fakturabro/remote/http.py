"""HTTP with explicit time-outs: one pooled client per run, every answer classed by what to do next (see errors.py).

A read is tried again here when nothing came back; a request that changes something never is, unless the answer said that it
was not looked at (429). Keys go into headers only: paths stand in error texts, query strings do not.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import dataclasses
import itertools
import random
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from types import TracebackType

import httpx

from fakturabro.remote import answers, errors, messages, rates

_JITTER = random.SystemRandom()
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_READABLE_ENCODINGS = {"", "identity", "gzip", "deflate"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds and bytes. `total` bounds a whole attempt, so that a body that drips forever ends too."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0
    total: float = 120.0
    body: int = 60_000_000
    connections: int = 100
    attempts: int = 4
    first_pause: float = 0.5
    longest_pause: float = 60.0
    """A counterpart that asks for a longer wait is not waited for here: Throttled goes to the caller."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """Whom we call and for whom: what errors name, and the rate budget that every attempt takes from."""

    system: str
    tenant: str
    budget: rates.RateBudget | None = None

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """The time in which one attempt may be on its way."""
        if self.budget is None:
            yield
        else:
            async with self.budget.slot():
                yield


BEFORE_A_CHANGE: contextvars.ContextVar[Callable[[], None]] = contextvars.ContextVar("before_a_change", default=lambda: None)
"""Called when a request that changes something is about to leave, after all waiting for tokens and budgets; what it raises keeps
the request from leaving, and is raised as it is."""


class Remote:
    """One pooled client for a run: `async with Remote() as remote: await remote.send(target, "GET", url, changes=False)`."""

    def __init__(self, limits: Limits | None = None, *, proxy: str | None = None, user_agent: str = "fakturabro") -> None:
        self._limits = limits or Limits()
        time_out = httpx.Timeout(
            connect=self._limits.connect, read=self._limits.read, write=self._limits.write, pool=self._limits.pool
        )
        # Kept-alive connections are dropped before the usual server does it (5 s), so that few requests meet a closing door.
        pool = httpx.Limits(
            max_connections=self._limits.connections, max_keepalive_connections=self._limits.connections, keepalive_expiry=3.0
        )
        headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}
        self._client = httpx.AsyncClient(timeout=time_out, limits=pool, headers=headers, proxy=proxy, trust_env=False)

    async def __aenter__(self) -> Remote:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.aclose()

    async def send(
        self,
        target: Target,
        method: str,
        url: str,
        *,
        changes: bool,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        expected: Collection[int] = (),
    ) -> answers.Answer:
        """Send and class the answer; returns 2xx and the statuses in `expected`, raises the ladder for all others.

        `changes`: whether the counterpart is another after it. Reads are retried on Unavailable, all on Throttled.
        """
        request = self._build(target, method, url, params=params, headers=headers, content=content)
        for attempt in itertools.count():
            last = attempt + 1 >= self._limits.attempts
            try:
                return await self._attempt(target, request, changes, expected)
            except errors.Throttled as error:
                if last or error.seconds > self._limits.longest_pause:
                    raise
                pause = error.seconds + _JITTER.uniform(0, 0.1 * error.seconds)
            except errors.Unavailable:
                if last or changes:
                    raise
                pause = _JITTER.uniform(0.5, 1.0) * min(self._limits.longest_pause, self._limits.first_pause * 2**attempt)
            await asyncio.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _build(
        self,
        target: Target,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> httpx.Request:
        try:
            request = self._client.build_request(method, url, params=params, headers=headers, content=content)
        except UnicodeEncodeError:
            message = messages.unusable_key(target.system, target.tenant)
            raise errors.CredentialError(message, system=target.system, tenant=target.tenant) from None
        except (httpx.InvalidURL, ValueError):
            raise errors.Rejected(messages.unusable_address(target.system)) from None
        if request.url.scheme not in ("http", "https") or not request.url.host or (request.url.port or 1) > 65_535:
            raise errors.Rejected(messages.unusable_address(target.system))
        return request

    async def _attempt(self, target: Target, request: httpx.Request, changes: bool, expected: Collection[int]) -> answers.Answer:
        async with target.slot():
            if changes:
                BEFORE_A_CHANGE.get()()
            answer = await self._exchange(target, request, changes)
        if 200 <= answer.status < 300 or answer.status in expected:
            return answer
        raise answer.error(target.system, target.tenant, _secrets(request))

    async def _exchange(self, target: Target, request: httpx.Request, changes: bool) -> answers.Answer:
        """One request and its whole answer. Causes are cut off: an httpx exception carries the request with its keys."""
        where = f"{target.system} ({request.method} {request.url.host}{request.url.path})"
        try:
            async with asyncio.timeout(self._limits.total):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._read(response)
                finally:
                    await response.aclose()
        except _NOTHING_SENT as error:
            raise errors.Unavailable(messages.nothing_sent(where, _reason(error))) from None
        except httpx.LocalProtocolError:
            message = messages.unusable_key(target.system, target.tenant)
            raise errors.CredentialError(message, system=target.system, tenant=target.tenant) from None
        except (httpx.RequestError, httpx.StreamError, TimeoutError) as error:
            raise answers.lost(where, type(error).__name__, changes) from None
        if body is None:
            raise answers.too_large(where, self._limits.body, changes)
        return answers.Answer(where=where, changes=changes, status=response.status_code, headers=response.headers, body=body)

    async def _read(self, response: httpx.Response) -> bytes | None:
        """The body, or None when it is larger than the limit or packed in a way that we did not ask for."""
        if response.headers.get("content-encoding", "").strip().lower() not in _READABLE_ENCODINGS:
            return None
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._limits.body:
                return None
        return bytes(body)


def _reason(error: httpx.RequestError) -> str:
    """Why there was no connection; a connection's own text (refused, certificate) names no key, others are named by class."""
    return str(error) if isinstance(error, httpx.ConnectError) and str(error) else type(error).__name__


def _secrets(request: httpx.Request) -> list[str]:
    """What the request proved itself with, to be struck out should the answer repeat it."""
    values = [request.headers.get(name, "") for name in ("Authorization", "Ocp-Apim-Subscription-Key")]
    return [part for value in values for part in value.split() if len(part) > 6]
