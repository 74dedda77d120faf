"""Access tokens of Fortnox, by one of two ways: client credentials with the client's TenantId, or a refresh token that rotates.

A refresh token is good for one renewal: the new one is kept before anything else happens, and one renewer at a time asks. Where the
answer to a renewal is lost, the client must connect again; nothing can prevent that.

Source: www.fortnox.se/developer/authorization (grants, Basic of client id and secret, header TenantId).
Assumed: a refresh token lives 31 days; a dead one is answered with 400 invalid_grant.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
from collections.abc import Callable
from urllib import parse

import msgspec

from fakturabro.remote import answers, errors, http, rates, tokens
from fakturabro.systems.fortnox import messages, wire

SYSTEM = "Fortnox"
_MARGIN = dt.timedelta(seconds=60)
REFRESH_LIVES = dt.timedelta(days=31)
_WITHIN = 20.0
"""Seconds that a renewal may take: less than the store's lock holds, so that nobody renews beside it."""
_REFUSED = (400, 401, 403)


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Ours (`client_id`, `client_secret`) and the client's: `tenant_id`, or else its consent's refresh token. Never shown."""

    client_id: str
    client_secret: str
    tenant_id: str = ""
    refresh_token: str = ""

    def __repr__(self) -> str:
        return "Keys(...)"


class Token(tokens.Token, frozen=True, kw_only=True):
    """With the refresh token that renews it, and the mark of the consent that it descends from."""

    refresh_token: str = ""
    consent: str = ""

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at.isoformat()})"


class TokenSource(tokens.TokenSource[Token]):
    """The token of one tenant; `url` is the token endpoint. Raises CredentialError when the keys are refused."""

    def __init__(
        self,
        remote: http.Remote,
        *,
        url: str,
        keys: Keys,
        tenant: str,
        budget: rates.RateBudget | None,
        store: tokens.TokenStore[Token],
        store_key: str,
        clock: Callable[[], dt.datetime],
    ) -> None:
        super().__init__(store, store_key, clock)
        self._remote, self._url, self._keys = remote, url, keys
        self._target = http.Target(system=SYSTEM, tenant=tenant, budget=budget)
        self._began = clock()
        self._consent = hashlib.sha256(keys.refresh_token.encode()).hexdigest()[:16] if keys.refresh_token else ""

    def _is_good(self, stored: Token, refused: Token | None) -> bool:
        return stored.consent == self._consent and super()._is_good(stored, refused)

    async def _fetch(self, stored: Token | None) -> Token:
        asked = self._clock()
        if stored and stored.consent and stored.consent != self._consent and stored.expires_at - REFRESH_LIVES > self._began:
            raise errors.CredentialError(messages.connected_anew(self._target.tenant), system=SYSTEM, tenant=self._target.tenant)
        newest = stored.refresh_token if stored and stored.consent == self._consent else self._keys.refresh_token
        found = await self._ask(newest)
        expires_at = asked + dt.timedelta(seconds=found.expires_in)
        return Token(
            value=found.access_token,
            renew_at=expires_at - min(_MARGIN, 0.1 * (expires_at - asked)),
            expires_at=expires_at if self._keys.tenant_id else asked + REFRESH_LIVES,
            refresh_token="" if self._keys.tenant_id else found.refresh_token or newest,
            consent=self._consent,
        )

    async def _ask(self, refresh_token: str) -> wire.TokenAnswer:
        by_tenant = bool(self._keys.tenant_id)
        form = (
            {"grant_type": "client_credentials"} if by_tenant else {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )
        content = parse.urlencode(form).encode()
        try:
            async with asyncio.timeout(_WITHIN):
                answer = await self._remote.send(
                    self._target, "POST", self._url, changes=True, headers=self._headers(), content=content, expected=_REFUSED
                )
            if answer.status not in _REFUSED:
                return answers.decode(answer, wire.TokenAnswer)
        except (errors.Uncertain, TimeoutError):
            raise errors.Unavailable(messages.no_token(self._target.tenant)) from None
        reason = answers.one_line(str(answer.problem().get("error", "") or answer.status))[:50]
        message = messages.wrong_keys(self._target.tenant, reason)
        if reason == "invalid_grant" and refresh_token:
            message = messages.used_up(self._target.tenant)
        raise errors.CredentialError(message, system=SYSTEM, tenant=self._target.tenant)

    def _headers(self) -> dict[str, str]:
        headers = {"Authorization": basic(self._keys), "Content-Type": "application/x-www-form-urlencoded"}
        return headers | ({"TenantId": self._keys.tenant_id} if self._keys.tenant_id else {})


def basic(keys: Keys) -> str:
    """The Authorization header that says who we are."""
    return f"Basic {base64.b64encode(f'{keys.client_id}:{keys.client_secret}'.encode()).decode()}"
