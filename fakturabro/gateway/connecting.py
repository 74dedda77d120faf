"""The page on which a client gives us its PowerOffice key: tested at once, confirmed by the client, then sealed and never shown.

Between test and confirmation the key lies sealed under another name, for half an hour at most. The page holds only the number of
the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hmac
import re
import secrets

import msgspec
from sqlalchemy import exc
from starlette.requests import Request
from starlette.responses import Response

from fakturabro.gateway import desk, parts
from fakturabro.ledger import choices, consents, links, opened, stored_secrets
from fakturabro.remote import errors

PAGE = "connect"
ALTERNATIVES = ("alternativ 1", "alternativ 2")
TESTED = f"{stored_secrets.POWEROFFICE_CLIENT_KEY}.tested"
_TOKENS = ("poweroffice-v1", "poweroffice-v2")
_KEY = re.compile(r"[!-~]{8,200}")
_CONFIRM_WITHIN = dt.timedelta(minutes=30)
_FORGET_EVERY = 60.0


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """A key that opened a company, and what else the client said. `number` names this test on the page."""

    number: str
    link: str
    key: str
    company: str
    organisation_number: str
    alternative: str
    at: dt.datetime

    def __repr__(self) -> str:
        return f"Tested({self.company})"


async def keep_forgetting(one: desk.Desk) -> None:
    """Forget keys and consents that were tried and not confirmed in time: at once, and every minute until cancelled."""
    while True:
        with contextlib.suppress(exc.SQLAlchemyError):  # readiness says so
            for name in (TESTED, consents.HELD):
                await one.call(stored_secrets.forget_older, one.parts.ledger, name, one.now() - _CONFIRM_WITHIN)
        await asyncio.sleep(_FORGET_EVERY)


async def answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """GET, HEAD or POST of a link that lives."""
    if request.method != "POST":
        return _form(one, request, link)
    fields = await one.read_form(request, link)
    if fields.get("step") == "confirm":
        if await one.call(_keep, one.parts.ledger, link, fields.get("number", ""), one.now()):
            return one.tell("connected")
        return _form(one, request, link, "test_again", 409)
    if fields.get("step") == "again":
        await one.call(_forget, one.parts.ledger, link)
        return _form(one, request, link)
    return await _test(one, request, link, fields)


async def _test(one: desk.Desk, request: Request, link: links.Link, fields: dict[str, str]) -> Response:
    key, alternative = fields.get("key", ""), fields.get("alternative", "")
    if alternative not in ALTERNATIVES:
        return _form(one, request, link, "no_alternative", 422)
    if not _KEY.fullmatch(key):
        return _form(one, request, link, "no_key", 422, alternative)
    try:
        company = await one.parts.find_company(link.tenant, key)
    except errors.CredentialError:
        return await _wrong_key(one, request, link, alternative)
    except errors.RemoteError:
        return _form(one, request, link, "vendor_away", 503, alternative)
    if company.missing:
        missing = one.texts["missing_privileges"].format(company=company.name, missing=", ".join(company.missing))
        return _form(one, request, link, missing, 422, alternative)
    tested = _tested(link, key, company, alternative, one.now())
    await one.call(_hold, one.parts.ledger, link, tested, one.now())
    return one.form("confirm.html", request, link, tested=tested)


async def _wrong_key(one: desk.Desk, request: Request, link: links.Link, alternative: str) -> Response:
    one.count_failure(request)
    await one.call(_count, one.parts.ledger, link)
    if link.attempts + 1 >= links.ATTEMPTS:
        return one.tell("link_spent", 403)
    return _form(one, request, link, "wrong_key", 422, alternative)


def _form(
    one: desk.Desk, request: Request, link: links.Link, fault: str = "", status: int = 200, alternative: str = ALTERNATIVES[0]
) -> Response:
    return one.form("connect.html", request, link, status, alternative=alternative, fault=one.texts.get(fault, fault))


def _tested(link: links.Link, key: str, company: parts.Company, alternative: str, now: dt.datetime) -> Tested:
    return Tested(
        number=secrets.token_hex(8),
        link=link.hash,
        key=key,
        company=company.name,
        organisation_number=company.organisation_number,
        alternative=alternative,
        at=now,
    )


def _count(ledger: opened.Ledger, link: links.Link) -> None:
    with ledger.writing() as connection:
        links.count_attempt(connection, link)


def _hold(ledger: opened.Ledger, link: links.Link, tested: Tested, now: dt.datetime) -> None:
    sealing = stored_secrets.key(ledger, link.tenant, now)
    text = msgspec.json.encode(tested).decode()
    with ledger.writing() as connection:
        stored_secrets.record(connection, sealing, link.tenant, TESTED, text, now, link.person)


def _forget(ledger: opened.Ledger, link: links.Link) -> None:
    with ledger.writing() as connection:
        stored_secrets.forget(connection, link.tenant, [TESTED])


def _keep(ledger: opened.Ledger, link: links.Link, number: str, now: dt.datetime) -> bool:
    """Keep the key that was tested, with what was chosen, and use the link up; False when it was not this test or is too old."""
    sealing = stored_secrets.key(ledger, link.tenant, now)
    with ledger.writing() as connection:
        live = links.claim(connection, link, now)
        held = stored_secrets.open_in(ledger, connection, link.tenant, TESTED)
        tested = msgspec.json.decode(held, type=Tested) if held else None
        if not live or tested is None or tested.link != link.hash or now - tested.at > _CONFIRM_WITHIN:
            return False
        if not hmac.compare_digest(tested.number.encode(), number.encode()):
            return False
        name, company = stored_secrets.POWEROFFICE_CLIENT_KEY, f"{tested.company} ({tested.organisation_number or '-'})"
        stored_secrets.record(connection, sealing, link.tenant, name, tested.key, now, link.person)
        stored_secrets.forget(connection, link.tenant, [TESTED])
        stored_secrets.forget_tokens(connection, link.tenant, _TOKENS)
        choices.record(connection, link.tenant, choices.EMAIL_ALTERNATIVE, tested.alternative, now, link.person)
        choices.record(connection, link.tenant, choices.POWEROFFICE_COMPANY, company, now, link.person)
        links.spend(connection, link, now)
    return True
