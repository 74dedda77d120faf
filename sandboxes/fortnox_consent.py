"""Fortnox's consent page and tokens: authorization codes, client credentials with TenantId, refresh tokens that are good once.

Source: www.fortnox.se/developer/authorization (parameters of /auth; a code lives 10 minutes; Basic; revoke).
Assumed: the page's looks; a wrong call of it is 400; a refused consent comes back as error=access_denied; a code is good once and
for the redirect_uri that it was asked with; after revocation the refresh token and the client's access tokens are good no more.
"""

from __future__ import annotations

import datetime as dt
import html
import secrets
from collections.abc import Mapping
from typing import NamedTuple
from urllib import parse

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandboxes import authorization, clock, control, fortnox_books

_CODE_LIVES = dt.timedelta(minutes=10)
_PAGE = """<!doctype html><html lang="sv"><title>Fortnox</title><h1>Fakturabro vill ha åtkomst</h1><p>{scopes}</p>
<form method="post" action="/oauth-v1/auth?{query}"><label>Företag <select name="company">{companies}</select></label>
<button name="answer" value="yes">Godkänn</button> <button name="answer" value="no">Neka</button></form></html>"""


class _Code(NamedTuple):
    company: fortnox_books.Company
    redirect_uri: str
    until: dt.datetime


class Access(NamedTuple):
    """What an access token lets at, until when."""

    tenant_id: str
    until: dt.datetime
    scopes: frozenset[str]


class Consents:
    """The tokens of all `companies` (by TenantId); `seconds` is how long an access token lives."""

    def __init__(self, companies: Mapping[str, fortnox_books.Company]) -> None:
        self.client_id, self.client_secret, self.seconds = secrets.token_hex(8), secrets.token_hex(8), 3600
        self.accesses: dict[str, Access] = {}
        self._companies, self._codes = companies, dict[str, _Code]()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/oauth-v1/auth", self._show, methods=["GET"]),
            Route("/oauth-v1/auth", self._consent, methods=["POST"]),
            Route("/oauth-v1/token", self._token, methods=["POST"]),
            Route("/oauth-v1/revoke", self._revoke, methods=["POST"]),
        ]

    def find(self, request: Request) -> Access | None:
        """What the call's token lets at; None when it is good no more."""
        found = self.accesses.get(request.headers.get("authorization", "")[7:])
        return found if found and found.until > clock.now() and found.tenant_id in self._companies else None

    async def _show(self, request: Request) -> Response:
        asked = request.query_params
        scopes = asked.get("scope", "").split()
        known = {"client_id": self.client_id, "response_type": "code", "access_type": "offline"}
        wrong = any(asked.get(name) != value for name, value in known.items()) or set(scopes) - set(fortnox_books.SCOPES)
        if wrong or not asked.get("state") or not asked.get("redirect_uri", "").startswith("http"):
            return PlainTextResponse("Ogiltig begäran.", 400)
        options = [
            f'<option value="{one.tenant_id}">{html.escape(one.name)}</option>' for one in self._companies.values() if one.active
        ]
        query = html.escape(str(request.url.query))
        return HTMLResponse(_PAGE.format(scopes=html.escape(" ".join(scopes)), query=query, companies="".join(options)))

    async def _consent(self, request: Request) -> Response:
        form, asked = await _form(request), request.query_params
        said = {"error": "access_denied"}
        if form.get("answer") == "yes":
            company, code = self._companies[form["company"]], secrets.token_hex(16)
            company.scopes = set(asked["scope"].split())
            self._codes[code] = _Code(company, asked["redirect_uri"], clock.now() + _CODE_LIVES)
            said = {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{parse.urlencode(said | {'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        if authorization.basic(request) != (self.client_id, self.client_secret):
            return control.json_response({"error": "invalid_client", "error_description": "Invalid client"}, 401)
        form = await _form(request)
        company = self._granted(request, form)
        if company is None or not company.active:
            return control.json_response({"error": "invalid_grant", "error_description": "Invalid refresh token"}, 400)
        value, until = secrets.token_hex(16), clock.now() + dt.timedelta(seconds=self.seconds)
        self.accesses[value] = Access(company.tenant_id, until, frozenset(company.scopes))
        said = {
            "access_token": value,
            "scope": " ".join(sorted(company.scopes)),
            "expires_in": self.seconds,
            "token_type": "bearer",
        }
        if form["grant_type"] != "client_credentials":
            company.refresh_token = said["refresh_token"] = secrets.token_hex(16)
        return control.json_response(said)

    def _granted(self, request: Request, form: Mapping[str, str]) -> fortnox_books.Company | None:
        if form.get("grant_type") == "client_credentials":
            return self._companies.get(request.headers.get("tenantid", ""))
        if form.get("grant_type") == "authorization_code":
            code = self._codes.pop(form.get("code", ""), None)
            good = code and code.redirect_uri == form.get("redirect_uri") and code.until > clock.now()
            return code.company if code and good else None
        given = form.get("refresh_token", "")
        return next((one for one in self._companies.values() if given and one.refresh_token == given), None)

    async def _revoke(self, request: Request) -> Response:
        if authorization.basic(request) != (self.client_id, self.client_secret):
            return control.json_response({"error": "invalid_client", "error_description": "Invalid client"}, 401)
        form = await _form(request)
        company = next((one for one in self._companies.values() if one.refresh_token == form.get("token")), None)
        if company and form.get("token_type_hint") == "refresh_token":
            company.refresh_token = ""
            self.accesses = {key: one for key, one in self.accesses.items() if one.tenant_id != company.tenant_id}
        return control.json_response({"revoked": company is not None})


async def _form(request: Request) -> dict[str, str]:
    return dict(parse.parse_qsl((await request.body()).decode("ascii", "replace")))
