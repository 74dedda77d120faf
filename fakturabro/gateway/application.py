"""The application: its routes, its health, and the proxies that it believes."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

from sqlalchemy import exc
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.middleware import proxy_headers

from fakturabro.gateway import approvals, connecting, desk, enrolment, fortnox_connecting, parts, security
from fakturabro.gateway.clients import doors as client_doors
from fakturabro.gateway.clients import objections as client_objections
from fakturabro.gateway.clients import pages as client_pages
from fakturabro.gateway.portal import pages as portal_pages
from fakturabro.ledger import engine, links
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import persons as clients

_STYLES = ("gateway.css", "portal.css")
_READY_FOR = 5.0
_READY_WITHIN = 5.0

Page = Callable[[desk.Desk, Request, links.Link], Awaitable[Response]]
_PAGES: dict[str, Page] = {
    "approvals": approvals.answer,
    "enrol": enrolment.answer,
    "connect": connecting.answer,
    fortnox_connecting.PAGE: fortnox_connecting.answer,
}


def create(given: parts.Parts) -> ASGIApp:
    """The ASGI application. X-Forwarded-For and -Proto count only when they come from one of `given.proxies`."""
    one = desk.Desk(given)
    routes = portal_pages.routes(one)  # first: scanners fetch debtors' links by the hundred
    routes.append(Route(fortnox_connecting.CALLBACK, _receiving(one), methods=["GET"]))
    routes += [Route(f"/{name}/{{token}}", _linked(one, name, page), methods=["GET", "POST"]) for name, page in _PAGES.items()]
    routes += [*_client_routes(one), *(Route(f"/{name}", _style(name)) for name in _STYLES)]
    routes += [Route("/health", _health), Route("/ready", _Readiness(one).answer)]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        forgetting = asyncio.create_task(connecting.keep_forgetting(one))
        yield
        forgetting.cancel()
        one.close()

    async def refused(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return one.refuse() if status == 404 else PlainTextResponse(f"{status}\n", status)

    async def failed(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(f"/{security.DEBTORS}/"):
            return portal_pages.failed(one, request)
        return one.speaking(getattr(request.state, "language", one.language)).tell("failed", 500)

    handlers = {HTTPException: refused, Exception: failed}
    app = security.Shell(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers))
    if not given.proxies:
        return app
    around: Any = proxy_headers.ProxyHeadersMiddleware  # uvicorn and starlette write the same shapes in two ways
    return cast(ASGIApp, around(app, list(given.proxies)))


def _client_routes(one: desk.Desk) -> list[Route]:
    """The client's pages stand below the door that lets in."""

    def linked(page: Page) -> Callable[[Request], Awaitable[Response]]:
        return _linked(one, client_access.PAGE, page, client_doors.admits, client_doors.speaks)

    start = f"/{client_access.PAGE}/{{token}}"
    inside = [Route(start + path, linked(page), methods=["GET"]) for path, page in client_pages.PAGES.items()]
    inside.append(Route(start + client_objections.PATH, linked(client_objections.answer), methods=["GET", "POST"]))
    return [Route(start, linked(client_pages.answer), methods=["GET", "POST"]), *inside]


def _linked(
    one: desk.Desk, name: str, page: Page, admits: desk.Admits | None = None, speaks: desk.Speaks | None = None
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if not await one.fits():
            return one.tell("failed", 503)
        found = await one.open(request, name, admits, speaks)
        if isinstance(found, Response):
            return found
        own = one
        if name == client_access.PAGE:
            own = one.speaking(await one.call(clients.language, one.parts.ledger, found.tenant))
            request.state.language = own.language
        try:
            return await page(own, request, found)
        except security.FormError as error:
            return own.tell("bad_form", error.status)

    return answer


def _receiving(one: desk.Desk) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await fortnox_connecting.receive(one, request) if await one.fits() else one.tell("failed", 503)

    return answer


def _style(name: str) -> Callable[[Request], Awaitable[Response]]:
    content = (pathlib.Path(__file__).parent / "templates" / name).read_bytes()

    async def answer(_: Request) -> Response:
        return Response(content, media_type="text/css")

    return answer


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Readiness:
    """Whether a decision could be recorded now. Asked at most once in a few seconds, however many want to know."""

    def __init__(self, one: desk.Desk) -> None:
        self._desk, self._lock = one, asyncio.Lock()
        self._fault, self._until = "", 0.0

    async def answer(self, _: Request) -> Response:
        """200 when the ledger has our schema and took a row, 503 when it has not or did not in time."""
        clock = asyncio.get_running_loop().time
        async with self._lock:
            if clock() >= self._until:
                self._fault = await self._find_fault()
                self._until = clock() + _READY_FOR
        return PlainTextResponse(f"{self._fault or 'ready'}\n", 503 if self._fault else 200)

    async def _find_fault(self) -> str:
        ledger = self._desk.parts.ledger
        try:
            async with asyncio.timeout(_READY_WITHIN):
                await self._desk.call(engine.check_schema, ledger.engine)
                await self._desk.call(links.record_readiness, ledger, self._desk.now())
        except engine.LedgerError as error:
            return str(error)
        except (TimeoutError, exc.SQLAlchemyError):
            return "the ledger cannot be written"
        return ""
