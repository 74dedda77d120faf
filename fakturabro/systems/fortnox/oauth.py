"""Consent to our client in Fortnox: the address where it is given, the code that comes back for it, and taking it back.

Source: www.fortnox.se/developer/authorization (parameters, Basic of client id and secret; a code lives 10 minutes, once).
Assumed: `revoke` of a refresh token ends the consent that it descends from; of one that is dead already it is not refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib import parse

from fakturabro.remote import answers, errors, http
from fakturabro.systems.fortnox import messages, tokens, wire

SCOPES = (
    *("companyinformation", "customer", "article", "settings", "project", "invoice", "currency"),
    *("supplierinvoice", "bookkeeping", "connectfile", "archive", "inbox"),
)
"""All that Severa's integration needs."""
_REFUSED = (400, 401, 403)


def consent_address(url: str, *, client_id: str, redirect_uri: str, state: str, scopes: Iterable[str] = SCOPES) -> str:
    """Where a system administrator of the client's consents; `url` is .../oauth-v1/auth. They come back to `redirect_uri`."""
    asked = {"client_id": client_id, "redirect_uri": redirect_uri, "scope": " ".join(scopes), "state": state}
    return f"{url}?{parse.urlencode(asked | {'access_type': 'offline', 'response_type': 'code'})}"


async def exchange(
    remote: http.Remote, target: http.Target, *, url: str, keys: tokens.Keys, code: str, redirect_uri: str
) -> wire.TokenAnswer:
    """The tokens for a code, once; `url` is the token endpoint. Raises the ladder: begin again with a new code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    try:
        return answers.decode(await _post(remote, target, url, keys, form), wire.TokenAnswer)
    except errors.Uncertain:
        raise errors.Unavailable(messages.no_token(target.tenant)) from None


async def revoke(remote: http.Remote, target: http.Target, *, url: str, keys: tokens.Keys, refresh_token: str) -> None:
    """Take a consent back; `url` is .../oauth-v1/revoke. It may be said again. Raises the ladder."""
    await _post(remote, target, url, keys, {"token_type_hint": "refresh_token", "token": refresh_token})


async def _post(remote: http.Remote, target: http.Target, url: str, keys: tokens.Keys, form: dict[str, str]) -> answers.Answer:
    headers = {"Authorization": tokens.basic(keys), "Content-Type": "application/x-www-form-urlencoded"}
    content = parse.urlencode(form).encode()
    answer = await remote.send(target, "POST", url, changes=True, headers=headers, content=content, expected=_REFUSED)
    if answer.status in _REFUSED:
        reason = answers.one_line(str(answer.problem().get("error", "") or answer.status))[:50]
        raise errors.CredentialError(messages.wrong_keys(target.tenant, reason), system=tokens.SYSTEM, tenant=target.tenant)
    return answer
