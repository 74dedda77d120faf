"""The control interface that every HTTP sandbox has under /sandbox/: faults, counters and state, as JSON, without any key.

GET, POST, DELETE /sandbox/faults; GET, DELETE /sandbox/counters; GET /sandbox/state. It listens on loopback only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandboxes import faults

_encoder = msgspec.json.Encoder(decimal_format="number")


def json_response(
    content: Any, status: int = 200, headers: dict[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    """A JSON answer; Decimal becomes a JSON number with all its digits, never through a float."""
    return Response(_encoder.encode(content), status, headers, media_type)


def problem(status: int, title: str, detail: str = "") -> Response:
    """An answer as RFC 7807 writes it, for the two contracts of our own."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return json_response(content, status, media_type="application/problem+json")


def routes(book: faults.Book, state: Callable[[], Any]) -> list[BaseRoute]:
    """The control routes of one sandbox; `state` gives what GET /sandbox/state shows."""

    async def faults_(request: Request) -> Response:
        if request.method == "DELETE":
            book.clear()
        if request.method == "POST":
            try:
                book.add(msgspec.json.decode(await request.body(), type=faults.Fault))
            except msgspec.DecodeError as error:
                return problem(422, "not a fault", str(error))
        return json_response(book.faults, 201 if request.method == "POST" else 200)

    async def counters(request: Request) -> Response:
        if request.method == "DELETE":
            book.reset_counters()
        return json_response(book.counters())

    async def show(_: Request) -> Response:
        return json_response(state())

    return [
        Route("/sandbox/faults", faults_, methods=["GET", "POST", "DELETE"]),
        Route("/sandbox/counters", counters, methods=["GET", "DELETE"]),
        Route("/sandbox/state", show),
    ]


def own_contract_book() -> faults.Book:
    """The fault book of a sandbox whose contract is ours: problem+json for 429 and 500."""
    return faults.Book(
        throttled=lambda: problem(429, "too many requests", "wait a second and try again"),
        error=lambda: problem(500, "internal error"),
    )
