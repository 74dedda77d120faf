"""Fault injection for every HTTP sandbox: the next calls that match a path and a method fail in a chosen way.

Faults come from a test (`book.add(Fault(...))`) or over the control interface (`POST /sandbox/faults`). A fault applies `times`
times, after letting `skip` matching calls through, and is then forgotten.
"""

from __future__ import annotations

import asyncio
import collections
import email.utils
import re
import threading
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandboxes import clock, serving

Kind = Literal[
    "latency",
    "throttled",
    "throttled_key",
    "error",
    "error_after_change",
    "cut",
    "cut_after_change",
    "expired_token",
    "wrong_client_key",
]
CONTROL = "/sandbox/"
"""Paths below this are the control interface: never throttled, never faulty, not counted."""

_IDENTIFIER = re.compile(r"/([0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\d+)(?=/|$)")


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One way to fail.

    latency: answer after `seconds`. throttled: 429. throttled_key: 429 to the first call that matches, and from then on to every
    call with the same path (`key`), as from an idempotency layer that keeps the first answer; others go through. error: 500 and
    nothing changed. error_after_change: the call is carried out, the answer is 500. cut: the TCP connection closes before anything
    is done. cut_after_change: the call is carried out, then the connection closes without an answer. expired_token: all tokens are
    revoked, then the call goes on. wrong_client_key: the client key `client_key` is deactivated and its tokens revoked, then the
    call goes on.
    """

    kind: Kind
    path: str = "/"
    method: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    client_key: str = ""
    key: str = ""

    def matches(self, method: str, path: str) -> bool:
        """Whether a call is meant: the path begins with the fault's, in any case of letters, and the method is equal or open."""
        if self.key and path != self.key:
            return False
        return path.lower().startswith(self.path.lower()) and self.method.upper() in ("", method)


class Book:
    """The faults that wait, and the counters of what was called and answered."""

    def __init__(self, throttled: Callable[[], Response], error: Callable[[], Response]) -> None:
        self.throttled = throttled
        self.error = error
        self.actions: dict[str, Callable[[Fault], None]] = {}
        self.faults: list[Fault] = []
        self.calls: collections.Counter[str] = collections.Counter()
        self.statuses: collections.Counter[int] = collections.Counter()
        self.cuts = 0
        self.bodies: list[bytes] | None = None
        """The bodies of all calls as they come, where a test has put a list here."""
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self.faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self.faults.clear()

    def reset_counters(self) -> None:
        self.calls.clear()
        self.statuses.clear()
        self.cuts = 0

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets, if any; it is used up by one."""
        with self._lock:
            for fault in self.faults:
                if fault.matches(method, path):
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    if fault.kind == "throttled_key":
                        fault.key = path
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                    return fault
            return None

    def counters(self) -> Mapping[str, object]:
        """{"calls": {"GET /v2/Customers": n}, "statuses": {"200": n}, "throttled": n, "cuts": n}"""
        statuses = {str(code): count for code, count in sorted(self.statuses.items())}
        return {"calls": dict(self.calls), "statuses": statuses, "throttled": self.statuses[429], "cuts": self.cuts}


class Faulty:
    """ASGI application around another one: counts calls and answers, and lets the waiting faults happen."""

    def __init__(self, app: ASGIApp, book: Book) -> None:
        self.app = app
        self.book = book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self.app(scope, receive, send)
            return
        self.book.calls[f"{scope['method']} {_IDENTIFIER.sub('/{id}', scope['path'])}"] += 1
        fault = self.book.take(scope["method"], scope["path"])
        if self.book.bodies is not None:
            receive = _keeping(receive, self.book.bodies)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.book.statuses[message["status"]] += 1
                said = email.utils.format_datetime(clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", said)]}
            await send(message)

        if fault is None:
            await self.app(scope, receive, counted)
        else:
            await self._fail(fault, scope, receive, counted)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind.endswith("_after_change"):
            await self.app(scope, receive, _swallow)
        if fault.kind.startswith("cut"):
            await self._cut(scope, receive)
        elif fault.kind.startswith("throttled"):
            await self.book.throttled()(scope, receive, send)
        elif fault.kind.startswith("error"):
            await self.book.error()(scope, receive, send)
        else:
            await asyncio.sleep(fault.seconds)
            if action := self.book.actions.get(fault.kind):
                action(fault)
            await self.app(scope, receive, send)

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        self.book.cuts += 1
        scope[serving.TRANSPORT].abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _keeping(receive: Receive, bodies: list[bytes]) -> Receive:
    """`receive` that adds the body to `bodies` when all of it has come."""
    parts: list[bytes] = []

    async def kept() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                bodies.append(b"".join(parts))
        return message

    return kept


async def _swallow(message: Message) -> None:
    """The answer that nobody gets."""
