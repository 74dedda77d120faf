"""HTTP servers on free loopback ports, in one background thread, with connections that a fault can really cut.

Each application is served by uvicorn with `CuttableProtocol`, which puts the connection's transport into the request's scope,
so that `sandboxes.faults` can close the TCP connection without an answer.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "sandbox.transport"
"""Key in the ASGI scope under which the connection's transport stands."""


class ServingError(RuntimeError):
    """The servers did not come up; the message says what to look at."""


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose requests know their connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app = functools.partial(_with_transport, self.app, transport)


async def _with_transport(app: ASGIApp, transport: asyncio.Transport, scope: Scope, receive: Receive, send: Send) -> None:
    scope[TRANSPORT] = transport
    await app(scope, receive, send)


class Servers:
    """Several applications, each on its own free port of 127.0.0.1, served until `stop`."""

    def __init__(self, applications: Mapping[str, ASGIApp]) -> None:
        self._sockets = {name: _free_port() for name in applications}
        self._servers = {name: uvicorn.Server(_config(app)) for name, app in applications.items()}
        self._thread = threading.Thread(target=self._run, name="sandboxes", daemon=True)

    def url(self, name: str) -> str:
        """The base address of an application, without a slash at the end."""
        return f"http://127.0.0.1:{self._sockets[name].getsockname()[1]}"

    def start(self, within: float = 10.0) -> None:
        """Serve all applications; returns when every one of them answers. Raises ServingError after `within` seconds."""
        self._thread.start()
        until = time.monotonic() + within
        while not all(server.started for server in self._servers.values()):
            if time.monotonic() > until or not self._thread.is_alive():
                raise ServingError(f"the sandboxes did not start within {within} seconds; look for an error from uvicorn above")
            time.sleep(0.005)

    def stop(self) -> None:
        """Close every connection and end the thread."""
        for server in self._servers.values():
            server.should_exit = server.force_exit = True
        self._thread.join(timeout=10)
        for one in self._sockets.values():
            one.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await asyncio.gather(*(server.serve(sockets=[self._sockets[name]]) for name, server in self._servers.items()))


def _config(app: ASGIApp) -> uvicorn.Config:
    options: dict[str, Any] = {"http": CuttableProtocol, "loop": "asyncio", "ws": "none", "lifespan": "off"}
    return uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=False, timeout_graceful_shutdown=1, **options
    )


def _free_port() -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # only with this asyncio sets TCP_NODELAY
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.listen(256)
    return one
