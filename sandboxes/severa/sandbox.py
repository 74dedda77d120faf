"""The Severa sandbox: tokens with scopes, 10 calls a second and client id, registers, invoices, fees and files of each client.

Source: severa-v1.reconstructed.openapi.json; each operation's scope is its tag (CustomersRead ...).
Assumed: bodies of 401, 403 and 429; a wrong client secret is AuthenticationRequired; asked for more scopes than were ticked, the
token has those that were; the limit counts token calls too.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandboxes import clock, control, faults, rates
from sandboxes.severa import company as companies
from sandboxes.severa import invoices, refusals, registers

_RATE = 10
Endpoint = Callable[[Request, companies.Company], Awaitable[Response]]


class Severa:
    """The sandbox: `companies` by client id, `book` its faults, `app` what is served (/v1/...)."""

    def __init__(self) -> None:
        self.companies: dict[str, companies.Company] = {}
        self.seconds = 3600
        self.window = rates.Window(_RATE)
        self.book = faults.Book(
            throttled=lambda: PlainTextResponse("API calls quota exceeded! maximum admitted 10 per 1s.", 429),
            error=lambda: refusals.answer("InternalSystemError", "An internal error occurred.", status=500),
        )
        self.book.actions["expired_token"] = lambda _: self._tokens.clear()
        self._tokens: dict[str, tuple[str, dt.datetime, frozenset[str]]] = {}
        self.app = faults.Faulty(Starlette(routes=self._routes()), self.book)

    def add(self, one: companies.Company) -> companies.Company:
        """A client with its keys."""
        self.companies[one.client_id] = one
        return one

    def clear(self) -> None:
        """No clients, no tokens, no calls."""
        self.companies.clear()
        self._tokens.clear()
        self.window.clear()

    def _routes(self) -> list[BaseRoute]:
        table = [*registers.ROUTES, *invoices.ROUTES]
        called = [Route(f"/v1{path}", self._authorised(call, scope), methods=[method]) for method, path, call, scope in table]
        shown = control.routes(self.book, lambda: {"companies": {one.name: one.tables for one in self.companies.values()}})
        return [Route("/v1/token", self._token, methods=["POST"]), *called, *shown]

    async def _token(self, request: Request) -> Response:
        try:
            given = msgspec.json.decode(await request.body(), type=_Credentials)
        except msgspec.DecodeError as error:
            return refusals.answer("InvalidRequest", str(error), status=400, where="RequestBody")
        if not self.window.accepts(given.client_id):
            return self.book.throttled()
        one = self.companies.get(given.client_id)
        if one is None or not one.active or one.client_secret != given.client_secret:
            return refusals.answer("AuthenticationRequired", "Invalid client credentials.", status=401)
        asked = {part.strip() for part in given.scope.split(",")} if given.scope else one.scopes
        granted, value = frozenset(asked & one.scopes), secrets.token_hex(16)
        until = clock.now() + dt.timedelta(seconds=self.seconds)
        self._tokens[value] = (one.client_id, until, granted)
        return control.json_response(
            {
                "access_token": value,
                "access_token_type": "Bearer",
                "access_token_expires_in": self.seconds,
                "access_token_expires_utc": until.isoformat(),
                "refresh_token": secrets.token_hex(16),
                "scope": ",".join(sorted(granted)),
            }
        )

    def _authorised(self, call: Endpoint, scope: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            client_id = request.headers.get("client_id", "")
            if not self.window.accepts(client_id):
                return self.book.throttled()
            owner, until, granted = self._tokens.get(request.headers.get("authorization", "")[7:], ("", clock.now(), frozenset()))
            if not owner or owner != client_id or until <= clock.now() or not self.companies[owner].active:
                return refusals.answer("AuthenticationRequired", "Authentication is required.", status=401)
            if scope not in granted:
                return refusals.answer("InsufficientApiScope", f"Scope {scope} is required.", status=403)
            try:
                return await call(request, self.companies[owner])
            except refusals.AbsentError:
                return Response(status_code=404)
            except refusals.RefusalError as refusal:
                return refusal.answer

        return answer


class _Credentials(msgspec.Struct, kw_only=True):
    client_id: str
    client_secret: str
    scope: str | None = None
