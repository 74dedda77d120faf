"""Access tokens of PowerOffice Go, v1 and v2: fetched with the client's keys, shared through a store, renewed before they expire.

Where tokens are kept is the caller's business: a `TokenStore` comes as an argument. One renewer at a time per key; the new token
is stored before it is used.

Source: poweroffice-go-oauth.openapi.json; developer.poweroffice.net, authentication (grant client_credentials, Basic of
application key and client key; v2 also wants Ocp-Apim-Subscription-Key). The lifetime is what `expires_in` says.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from fakturabro.remote import answers, errors, http, rates
from fakturabro.systems.poweroffice import messages, wire

SYSTEM = "PowerOffice"
_LONGEST_MARGIN = 60.0
_GRANT = b"grant_type=client_credentials"
_REFUSED = (400, 401, 403)


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The three keys of one client, all from the same environment. v1 has no subscription key. Never shown."""

    application_key: str
    client_key: str
    subscription_key: str = ""

    def __repr__(self) -> str:
        return "Keys(...)"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token and when to stop using it (aware times): from `renew_at` a new one is fetched."""

    value: str
    renew_at: dt.datetime
    expires_at: dt.datetime

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at.isoformat()})"


class TokenStore(Protocol):
    """Where tokens live between runs and processes; `key` names service and tenant, e.g. "poweroffice-v1:solberg"."""

    async def read(self, key: str) -> Token | None: ...

    async def write(self, key: str, token: Token) -> None: ...

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by the one who renews; all others wait, then read."""
        ...


class TokenSource:
    """The token of one tenant for one service. `url` is the whole address of the token endpoint; `target` names the tenant.

    Token calls count in the target's budget. Raises CredentialError when the keys are refused, else the ladder.
    """

    def __init__(
        self,
        remote: http.Remote,
        *,
        url: str,
        keys: Keys,
        tenant: str,
        budget: rates.RateBudget | None,
        store: TokenStore,
        store_key: str,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._remote, self._url, self._keys, self._clock = remote, url, keys, clock
        self._store, self._store_key = store, store_key
        self._target = http.Target(system=SYSTEM, tenant=tenant, budget=budget)
        self._token: Token | None = None

    async def current(self) -> Token:
        """A token that is good for now."""
        if self._token is None or self._clock() >= self._token.renew_at:
            self._token = await self._renewed(None)
        return self._token

    async def replace(self, refused: Token) -> Token:
        """A token other than `refused`, which the service no longer takes; whoever comes second gets the first one's."""
        if self._token is None or self._token.value == refused.value:
            self._token = await self._renewed(refused)
        return self._token

    async def _renewed(self, refused: Token | None) -> Token:
        async with self._store.lock(self._store_key):
            stored = await self._store.read(self._store_key)
            if stored and self._clock() < stored.renew_at and (refused is None or stored.value != refused.value):
                return stored
            token = await self._fetch()
            await self._store.write(self._store_key, token)
            return token

    async def _fetch(self) -> Token:
        asked = self._clock()
        answer = await self._remote.send(
            self._target, "POST", self._url, changes=False, headers=self._headers(), content=_GRANT, expected=_REFUSED
        )
        if answer.status in _REFUSED:
            reason = str(answer.problem().get("error", "") or answer.status)
            message = messages.wrong_keys(self._target.tenant, answers.one_line(reason)[:50])
            raise errors.CredentialError(message, system=SYSTEM, tenant=self._target.tenant)
        found = answers.decode(answer, wire.TokenAnswer)
        margin = min(_LONGEST_MARGIN, 0.1 * found.expires_in)
        expires_at = asked + dt.timedelta(seconds=found.expires_in)
        return Token(value=found.access_token, renew_at=expires_at - dt.timedelta(seconds=margin), expires_at=expires_at)

    def _headers(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self._keys.application_key}:{self._keys.client_key}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return headers | ({"Ocp-Apim-Subscription-Key": self._keys.subscription_key} if self._keys.subscription_key else {})


def claims(token: Token) -> wire.TokenClaims:
    """What the token says of its client, unverified; empty when it is not a JWT."""
    part = token.value.split(".")[1] if token.value.count(".") == 2 else ""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=wire.TokenClaims)
    except ValueError:
        return wire.TokenClaims()
