"""A counterpart that does not do what it was asked, though it says so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandboxes import serving


class Lying:
    """ASGI application around a sandbox: `said` replaces words of its answers by others, `lost` are headers that get lost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.said: dict[str, str] = {}
        self.lost: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def kept(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, kept)
        body = b"".join(one.get("body", b"") for one in messages)
        for old, new in self.said.items():
            body = body.replace(old.encode(), new.encode())
        headers = [one for one in messages[0]["headers"] if one[0] not in self.lost | {b"content-length"}]
        await send({**messages[0], "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of an application while it is served."""
    servers = serving.Servers({"one": app})
    servers.start()
    yield servers.url("one")
    servers.stop()
