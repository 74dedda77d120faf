"""Access tokens of Severa: client credentials that an administrator makes there, with the scopes that were ticked.

A new token can be had at any time, so no refresh token is kept.

Source: severa-v1.reconstructed.openapi.json (ClientCredentials, PublicAuthenticationOutputModel); scopes and the header Client_Id
from the vendor's document of 2023 in APIs-guru/openapi-directory.
Assumed: scopes are separated by commas; `scope` of the answer is what was granted, and says nothing when it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from fakturabro.remote import answers, errors, http, rates, tokens
from fakturabro.systems.severa import messages, problems

SYSTEM = "Severa"
SCOPES = (
    *("customers:read", "customers:write", "projects:read", "invoices:read", "invoices:write", "fees:read", "fees:write"),
    *("settings:read", "settings:write", "files:read", "files:write", "organization:read"),
)
"""All that the verbs of this package need."""
_MARGIN = timedelta(seconds=60)
_REFUSED = (400, 401, 403, 404)


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What the client's administrator made in Severa. Never shown."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return "Keys(...)"


class Token(tokens.Token, frozen=True, kw_only=True):
    """With the scopes that it was granted; empty where Severa did not say."""

    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at.isoformat()})"


def missing_scopes(token: Token, needed: Iterable[str] = SCOPES) -> list[str]:
    """What was not granted of what is needed; nothing where Severa did not say."""
    return sorted(set(needed) - set(token.scopes)) if token.scopes else []


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`access_token_expires_in` in seconds; `scope` is what was granted."""

    access_token: str
    access_token_expires_in: float
    scope: str | None = None

    def __repr__(self) -> str:
        return f"_Answer(access_token_expires_in={self.access_token_expires_in})"


class TokenSource(tokens.TokenSource[Token]):
    """The token of one tenant; `url` is the address with its /v1. Raises CredentialError when the keys are refused."""

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
        clock: Callable[[], datetime],
        scopes: Iterable[str] = SCOPES,
    ) -> None:
        super().__init__(store, store_key, clock)
        self._remote, self._url, self._keys, self._scopes = remote, f"{url.rstrip('/')}/token", keys, ",".join(scopes)
        self._target = http.Target(system=SYSTEM, tenant=tenant, budget=budget)

    async def _fetch(self, stored: Token | None) -> Token:
        asked = self._clock()
        found = await self._ask()
        expires_at = asked + timedelta(seconds=found.access_token_expires_in)
        return Token(
            value=found.access_token,
            renew_at=expires_at - min(_MARGIN, 0.1 * (expires_at - asked)),
            expires_at=expires_at,
            scopes=tuple(filter(None, re.split(r"[,\s]+", found.scope or ""))),
        )

    async def _ask(self) -> _Answer:
        given = {"client_id": self._keys.client_id, "client_secret": self._keys.client_secret, "scope": self._scopes}
        headers = {"Content-Type": "application/json", "client_id": self._keys.client_id}
        try:
            answer = await self._remote.send(
                self._target,
                "POST",
                self._url,
                changes=True,
                headers=headers,
                content=msgspec.json.encode(given),
                expected=_REFUSED,
            )
            if answer.status not in _REFUSED:
                return answers.decode(answer, _Answer)
        except errors.Uncertain:
            raise errors.Unavailable(messages.no_token(self._target.tenant)) from None
        reason = problems.read(answer).kind or str(answer.status)
        raise errors.CredentialError(messages.wrong_keys(self._target.tenant, reason), system=SYSTEM, tenant=self._target.tenant)
