"""OAuth client credentials of v1 and v2: Basic(application key:client key), bearer tokens that look like the vendor's JWT.

Source: poweroffice-go-oauth.openapi.json (v2) and the v1 reference's authentication page.
Assumed: v1 answers a wrong key as v2 does; deactivating a client key also ends its tokens at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import authorization, clock, control
from sandboxes.poweroffice import state as state_

SECONDS = 1200
"""How long a token lives unless a test says otherwise."""

_NOT_FOUND = "Client integration not found. Please ensure the provided keys are matching the desired environment."


class Token(msgspec.Struct, frozen=True):
    """Whose token it is and until when (seconds on the issuer's clock)."""

    client_key: str
    expires: float


class Issuer:
    """Issues and checks the tokens of one API. `seconds` is `expires_in` and may be changed at any time."""

    def __init__(
        self, state: state_.State, application_key: str, seconds: int = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = state
        self.application_key = application_key
        self.seconds = seconds
        self.issued = 0
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._tokens: dict[str, Token] = {}

    async def answer(self, request: Request) -> Response:
        """POST /OAuth/Token."""
        if parse_qs((await request.body()).decode("ascii", "replace")).get("grant_type") != ["client_credentials"]:
            return _error("unsupported_grant_type", "Only client_credentials is supported.")
        application_key, client_key = authorization.basic(request)
        client = self.state.clients.get(client_key)
        if application_key != self.application_key or client is None or not client.active:
            return _error("invalid_client", _NOT_FOUND)
        return control.json_response({"access_token": self._issue(client), "token_type": "bearer", "expires_in": self.seconds})

    def client(self, request: Request) -> state_.Client | None:
        """Whose valid token the request carries; None for a missing, wrong or expired one."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(text) if kind.lower() == "bearer" else None
        if token is None or token.expires <= self._clock():
            return None
        return self.state.clients[token.client_key]

    def revoke(self, client_key: str = "") -> None:
        """End all tokens, or those of one client, now."""
        self._tokens = {text: token for text, token in self._tokens.items() if client_key and token.client_key != client_key}

    def _issue(self, client: state_.Client) -> str:
        self.issued += 1
        claims = {
            "goClientId": client.id,
            "goClientName": client.name,
            "role": client.valid_privileges,
            "goInvalidPrivileges": client.invalid_privileges,
            "goActiveClientSubscriptions": client.subscriptions,
            "exp": int(clock.now().timestamp()) + self.seconds,
            "jti": secrets.token_hex(8),
        }
        signed = f"{_part({'alg': 'HS256', 'typ': 'at+jwt'})}.{_part(claims)}"
        text = f"{signed}.{_base64url(hmac.digest(self._secret, signed.encode(), hashlib.sha256))}"
        self._tokens[text] = Token(client.key, self._clock() + self.seconds)
        return text


def _error(code: str, description: str) -> Response:
    return control.json_response({"error": code, "error_description": description}, 400)


def _part(content: dict[str, object]) -> str:
    return _base64url(msgspec.json.encode(content))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
