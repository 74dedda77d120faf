"""The door to a client's pages: the link shows nothing but where a code can go, the code from the mail begins a session.

The cookie is named after its link, so a person may have several tenants' pages open at once. It is SameSite=Lax and not Strict,
since the link is opened from web mail: what is asked for by GET changes nothing, and every POST needs our form's token besides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fakturabro.gateway import desk, messages, parts
from fakturabro.ledger import links, lives, opened
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import persons as clients
from fakturabro.remote import errors

Page = Callable[[desk.Desk, Request, links.Link], Awaitable[Response]]
_COOKIE = "__Host-client-"


def admits(ledger: opened.Ledger, link: links.Link) -> bool:
    """Whether the tenant's file, as it was last applied, still names the link's person."""
    return clients.is_listed(ledger, link.tenant, link.person)


def speaks(ledger: opened.Ledger, token: str) -> clients.Language | None:
    """The language of the client whose link it is or was."""
    tenant = links.find_tenant(ledger, client_access.PAGE, token)
    return clients.language(ledger, tenant) if tenant else None


async def is_in(one: desk.Desk, request: Request, link: links.Link) -> bool:
    """Whether the browser brings a session of this link that lives."""
    session = request.cookies.get(_cookie(link), "")
    return bool(session) and await one.call(client_access.is_in, one.parts.ledger, link, session, one.now())


def inside(page: Page) -> Page:
    """A page for those who are in; everybody else comes to the door."""

    async def answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
        return await page(one, request, link) if await is_in(one, request, link) else RedirectResponse(address(request), 303)

    return answer


def address(request: Request) -> str:
    """Where the pages of this link begin. The token opened a link, so it holds nothing but letters, digits, "-" and "_"."""
    return f"/{client_access.PAGE}/{request.path_params['token']}"


async def show(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """The door, from outside."""
    return one.form("client_door.html", request, link, person=messages.masked_address(link.person))


async def answer_form(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """What a form on the door asks for: a code, to be let in with it, or to leave."""
    fields = await one.read_form(request, link)
    if fields.get("step") == "leave":
        return await _leave(one, request, link)
    if fields.get("step") == "confirm":
        return await _let_in(one, request, link, "".join(fields.get("code", "").split()))
    return await _mail_code(one, request, link)


async def note(one: desk.Desk, link: links.Link, what: str) -> None:
    """Log what a person sees or does here, before it is shown."""
    await one.call(lives.record_look, one.parts.ledger, link.tenant, link.person, f"client {what}", one.now())


async def _mail_code(one: desk.Desk, request: Request, link: links.Link) -> Response:
    ledger = one.parts.ledger
    made = await one.call(client_access.make_code, ledger, one.parts.key, link, one.now())
    if made is None:
        return one.tell("client_too_many_codes", 429)
    code_id, code = made
    subject, text = messages.code_mail(one.language, code)
    try:
        await one.parts.send_mail(parts.Mail(recipient=link.person, subject=subject, text=text))
    except errors.RemoteError:
        await one.call(client_access.forget_code, ledger, link.tenant, code_id)
        return one.tell("client_mail_away", 503)
    await note(one, link, "code mailed")
    return _ask(one, request, link)


async def _let_in(one: desk.Desk, request: Request, link: links.Link, code: str) -> Response:
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return _ask(one, request, link, one.texts["no_code"], 422)
    entry = await one.call(client_access.use_code, one.parts.ledger, one.parts.key, link, code, one.now())
    if entry.outcome == "dead_link":
        return one.refuse()
    if entry.outcome == "right":
        await note(one, link, "session begun")
        response = RedirectResponse(address(request), 303)
        longest = int(client_access.LONGEST.total_seconds())
        response.set_cookie(_cookie(link), entry.session, max_age=longest, path="/", secure=True, httponly=True, samesite="lax")
        return response
    one.count_failure(request)
    if entry.outcome == "locked":
        return one.tell("client_locked", 429)
    await note(one, link, "wrong code")
    if link.attempts + 1 >= links.ATTEMPTS:
        return one.tell("link_spent", 403)
    left = str(links.ATTEMPTS - link.attempts - 1)
    return _ask(one, request, link, one.texts["client_wrong_code"].format(left=left), 403)


async def _leave(one: desk.Desk, request: Request, link: links.Link) -> Response:
    if await is_in(one, request, link):
        await one.call(client_access.leave, one.parts.ledger, link, request.cookies[_cookie(link)])
        await note(one, link, "session ended")
    response = one.tell("client_left")
    response.delete_cookie(_cookie(link), path="/", secure=True, httponly=True, samesite="lax")
    return response


def _ask(one: desk.Desk, request: Request, link: links.Link, fault: str = "", status: int = 200) -> Response:
    person = messages.masked_address(link.person)
    return one.form("client_code.html", request, link, status, person=person, fault=fault)


def _cookie(link: links.Link) -> str:
    return _COOKIE + link.hash[:16]
