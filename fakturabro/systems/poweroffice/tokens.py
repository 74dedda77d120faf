"""Access tokens of PowerOffice Go, v1 and v2: fetched with the client's keys, renewed before they expire.

Where tokens are kept is the caller's business: a `TokenStore` comes as an argument (see remote/tokens).

Source: poweroffice-go-oauth.openapi.json; developer.poweroffice.net, authentication (grant client_credentials, Basic of
application key and client key; v2 also wants Ocp-Apim-Subscription-Key). The lifetime is what `expires_in` says.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable

import msgspec

from fakturabro.remote import answers, errors, http, rates, tokens
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


Token = tokens.Token


class TokenSource(tokens.TokenSource[tokens.Token]):
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
        store: tokens.TokenStore[Token],
        store_key: str,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        super().__init__(store, store_key, clock)
        self._remote, self._url, self._keys = remote, url, keys
        self._target = http.Target(system=SYSTEM, tenant=tenant, budget=budget)

    async def _fetch(self, stored: Token | None) -> Token:
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
