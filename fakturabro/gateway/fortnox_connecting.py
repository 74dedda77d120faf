"""The page on which a client connects its Fortnox: consent over there, the company confirmed here and kept sealed; or taken back.

What comes back from Fortnox counts only in the browser that went there: `state` is made of the link and of a cookie that lives as
long as a visit. The books of another company than the tenant's file names are refused, and the consent is taken back at once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fakturabro.domain import identity
from fakturabro.gateway import desk, parts, security
from fakturabro.ledger import consents, links
from fakturabro.ledger.clients import persons
from fakturabro.remote import errors

PAGE = "connect/fortnox"
CALLBACK = f"/{PAGE}/callback"
CONFIRM_WITHIN = dt.timedelta(minutes=30)
_COOKIE = "fakturabro_fortnox"
_VISIT = 1200
"""Seconds that somebody may take in Fortnox; a code lives ten minutes."""
_SWEDISH = 10
"""Digits of a Swedish organisation number; its VAT number and some lists have 16 before it."""


async def answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """GET, HEAD or POST of a link that lives."""
    token = str(request.path_params["token"])
    if request.method != "POST":
        held = await one.call(consents.find_held, one.parts.ledger, link.tenant, link.hash, one.now() - CONFIRM_WITHIN)
        return _page(one, "fortnox_confirm.html", token, link, held=held) if held else await _start(one, request, token, link)
    fields = await one.read_form(request, link)
    if fields.get("step") == "confirm":
        since, number = one.now() - CONFIRM_WITHIN, fields.get("number", "")
        if await one.call(consents.keep, one.parts.ledger, link, number, one.now(), since):
            return one.tell("fortnox_connected")
        return await _start(one, request, token, link, "fortnox_again", 409)
    if fields.get("step") == "disconnect":
        return await _disconnect(one, link)
    held = await one.call(consents.drop_held, one.parts.ledger, link.tenant)
    await _revoke(one, link.tenant, held.refresh_token if held else "")
    return await _start(one, request, token, link)


async def receive(one: desk.Desk, request: Request) -> Response:
    """What Fortnox sends the browser back with: a code, or why there is none."""
    if one.has_to_wait(request):
        return one.tell("too_many", 429)
    nonce, _, token = request.cookies.get(_COOKIE, "").partition(".")
    link = await one.call(links.find, one.parts.ledger, PAGE, token, one.now())
    said = request.query_params.get("state", "")
    if link is None or not hmac.compare_digest(_state(one, link, nonce).encode(), said.encode()):
        one.count_failure(request)
        return one.tell("fortnox_stranger", 403)
    code = request.query_params.get("code", "")
    if not code:
        return await _start(one, request, token, link, "fortnox_denied", 422)
    fault, status = await _accept(one, link, code)
    if fault:
        return await _start(one, request, token, link, fault, status)
    back = RedirectResponse(f"/{PAGE}/{token}", 303)
    back.delete_cookie(_COOKIE, path=CALLBACK)
    return back


async def _accept(one: desk.Desk, link: links.Link, code: str) -> tuple[str, int]:
    """Hold what the code stands for; a fault and its status when it is not to be held."""
    fortnox = _vendor(one)
    try:
        grant = await fortnox.exchange(link.tenant, code)
    except errors.CredentialError:
        return "fortnox_no_code", 422
    except errors.RemoteError:
        return "fortnox_away", 503
    ours = await one.call(persons.organisation_number, one.parts.ledger, link.tenant)
    fault = _fault(one, grant, ours)
    if fault:
        await _revoke(one, link.tenant, grant.refresh_token)
        return fault, 422
    consent = consents.Consent(
        number=secrets.token_hex(8),
        link=link.hash,
        refresh_token=grant.refresh_token,
        database_number=grant.database_number,
        company=grant.company,
        organisation_number=grant.organisation_number,
        at=one.now(),
    )
    await one.call(consents.hold, one.parts.ledger, link.tenant, consent, link.person)
    return "", 200


def _fault(one: desk.Desk, grant: parts.Grant, ours: str) -> str:
    if not ours:
        return one.texts["fortnox_no_number"]
    if grant.missing:
        return one.texts["fortnox_missing"].format(company=grant.company, missing=", ".join(grant.missing))
    if not _is_same(grant.organisation_number, ours):
        shown = {"company": grant.company, "theirs": grant.organisation_number or "-", "ours": ours}
        return one.texts["fortnox_other_company"].format(**shown)
    return ""


def _is_same(theirs: str, ours: str) -> bool:
    return bool(identity.digits(theirs)) and identity.digits(theirs)[-_SWEDISH:] == identity.digits(ours)[-_SWEDISH:]


async def _disconnect(one: desk.Desk, link: links.Link) -> Response:
    token = await one.call(consents.forget, one.parts.ledger, link.tenant, link.person, one.now())
    return one.tell("fortnox_disconnected" if await _revoke(one, link.tenant, token) else "fortnox_forgotten")


async def _revoke(one: desk.Desk, tenant: str, refresh_token: str) -> bool:
    """Take a consent back; False where Fortnox could not be told."""
    if refresh_token:
        with contextlib.suppress(errors.RemoteError):
            await _vendor(one).revoke(tenant, refresh_token)
            return True
    return False


async def _start(one: desk.Desk, request: Request, token: str, link: links.Link, fault: str = "", status: int = 200) -> Response:
    nonce, kept = secrets.token_urlsafe(16), await one.call(consents.find, one.parts.ledger, link.tenant)
    address = _vendor(one).consent_address(_state(one, link, nonce))
    shown = _page(one, "fortnox_start.html", token, link, status, address=address, kept=kept, fault=one.texts.get(fault, fault))
    is_secure = request.url.scheme == "https"
    shown.set_cookie(_COOKIE, f"{nonce}.{token}", max_age=_VISIT, path=CALLBACK, secure=is_secure, httponly=True, samesite="lax")
    return shown


def _page(one: desk.Desk, template: str, token: str, link: links.Link, status: int = 200, **values: object) -> Response:
    form_token = security.form_token(one.parts.key, link.hash)
    return one.page(template, status, action=f"/{PAGE}/{token}", form_token=form_token, **values)


def _state(one: desk.Desk, link: links.Link, nonce: str) -> str:
    return hmac.digest(one.parts.key, f"fortnox/{link.hash}/{nonce}".encode(), "sha256").hex()


def _vendor(one: desk.Desk) -> parts.Fortnox:
    if one.parts.fortnox is None:
        raise LookupError("this gateway has no Fortnox")
    return one.parts.fortnox
