"""The PowerOffice sandbox as a whole: state, token issuers, rate budgets and fault books of both APIs.

Rate budgets hold for all clients together: v1 50 a second per application key, v2 10 a second per subscription key, token calls
included.

Assumed: the budgets are strict sliding windows; v1 words its 429 as v2 does; bodies of 500.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandboxes import authorization, control, faults, rates
from sandboxes.poweroffice import ledgers, tokens, v1, v2
from sandboxes.poweroffice import state as state_

_V1_RATE, _V2_RATE = 50, 10


class PowerOffice:
    """`state` is shared; `v1` and `v2` are what is served; `v1_book` and `v2_book` hold faults and counters."""

    def __init__(
        self,
        application_key: str,
        subscription_key: str,
        extra_routes: Sequence[BaseRoute] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.application_key, self.subscription_key = application_key, subscription_key
        self.state = state_.State()
        self.v1_tokens, self.v2_tokens = (tokens.Issuer(self.state, application_key, clock=clock) for _ in range(2))
        self.v1_window, self.v2_window = rates.Window(_V1_RATE, clock=clock), rates.Window(_V2_RATE, clock=clock)
        self.v1_book = self._book(lambda: control.json_response({"message": "An error has occurred."}, 500))
        self.v2_book = self._book(lambda: control.json_response({"title": "An unexpected error occurred", "status": 500}, 500))
        extra = [*extra_routes, *self._switches()]
        v1_routes = [*v1.Api(self.v1_tokens).routes(), *control.routes(self.v1_book, self.state.as_answer), *extra]
        v2_routes = [
            *v2.Api(self.v2_tokens, subscription_key).routes(),
            *control.routes(self.v2_book, self.state.as_answer),
            *extra,
        ]
        self.v1 = faults.Faulty(_Budget(Starlette(routes=v1_routes), self.v1_window, self._v1_key), self.v1_book)
        self.v2 = faults.Faulty(_Budget(Starlette(routes=v2_routes), self.v2_window, v2.subscription_key), self.v2_book)

    def reset(self, clients: Mapping[str, state_.Client]) -> None:
        """These clients and no others, no valid token, the vendor's budgets and token lifetimes."""
        self.state.clients = dict(clients)
        self.revoke_tokens()
        self.v1_tokens.seconds = self.v2_tokens.seconds = tokens.SECONDS
        for window, rate in ((self.v1_window, _V1_RATE), (self.v2_window, _V2_RATE)):
            window.limit = rate
            window.clear()

    def revoke_tokens(self, client_key: str = "") -> None:
        """End all tokens of both APIs, or one client's."""
        self.v1_tokens.revoke(client_key)
        self.v2_tokens.revoke(client_key)

    def deactivate(self, client_key: str) -> None:
        """The client removes the extension: its key is unknown from now on and its tokens end. Without a key: all clients do."""
        for client in self.state.clients.values():
            client.active = client.active and client_key not in ("", client.key)
        self.revoke_tokens(client_key)

    def activate(self, client_key: str) -> None:
        self.state.clients[client_key].active = True

    def _book(self, error: Callable[[], Response]) -> faults.Book:
        book = faults.Book(throttled=throttled, error=error)
        book.actions["expired_token"] = lambda fault: self.revoke_tokens(fault.client_key)
        book.actions["wrong_client_key"] = lambda fault: self.deactivate(fault.client_key)
        return book

    def _v1_key(self, request: Request) -> str:
        return authorization.basic(request)[0] or self.application_key

    def _switches(self) -> list[BaseRoute]:
        async def tokens_(request: Request) -> Response:
            self.revoke_tokens(request.query_params.get("client_key", ""))
            return Response(status_code=204)

        async def client(request: Request) -> Response:
            key, active = request.path_params["key"], request.path_params["active"] == "activate"
            if key not in self.state.clients:
                return control.problem(404, "no such client key", key)
            (self.activate if active else self.deactivate)(key)
            return Response(status_code=204)

        async def books(request: Request) -> Response:
            client = self.state.clients.get(request.path_params["key"])
            return control.json_response(list(ledgers.vouchers(client))) if client else control.problem(404, "no such client key")

        return [
            Route("/sandbox/books/{key}", books),
            Route("/sandbox/tokens", tokens_, methods=["DELETE"]),
            Route("/sandbox/clients/{key}/{active}", client, methods=["POST"]),
        ]


def throttled() -> Response:
    """429 as the vendor writes it: no Retry-After, the status as a string."""
    return control.json_response({"statusCode": "429", "message": "Rate limit is exceeded. Try again in 1 seconds."}, 429)


class _Budget:
    """ASGI application that refuses what the window does not accept."""

    def __init__(self, app: ASGIApp, window: rates.Window, key: Callable[[Request], str]) -> None:
        self._app, self._window, self._key = app, window, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        free = scope["type"] != "http" or scope["path"].startswith(faults.CONTROL)
        accepted = free or self._window.accepts(self._key(Request(scope)))
        await (self._app if accepted else throttled())(scope, receive, send)
