"""The door of a debtor's link: it asks for the code, and the right one begins a session in which invoice and EHF can be fetched.

GET and HEAD count nothing and open nothing: mail scanners and previews fetch every link. A wrong code and a link that nobody knows
get the same page after the same work.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from fakturabro.gateway.portal import visits as portal_visits
from fakturabro.gateway.portal import words as portal_words
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import entry as portal_entry
from fakturabro.ledger.portal import wishes as portal_wishes

_SESSION_SECONDS = int(portal_entry.SESSION_LIVES.total_seconds())


def show(visit: portal_visits.Visit) -> Response:
    """The door, or why it stays shut."""
    standing = visit.link.standing(visit.now) if visit.link else "open"
    if standing == "open":
        return _ask(visit)
    return _shut(visit, standing)


async def answer_form(visit: portal_visits.Visit) -> Response:
    """What a form asks for: to be let in with a code, a new e-mail, or to leave."""
    if visit.one.has_to_wait(visit.request):
        return visit.tell("too_many", 429)
    fields = await visit.read_form()
    if fields.get("step") == "again":
        return await _wish(visit)
    if fields.get("step") == "leave":
        return await _leave(visit)
    return await _let_in(visit, fields.get("code", ""))


async def _let_in(visit: portal_visits.Visit, said: str) -> Response:
    parts = visit.one.parts
    entry = await visit.one.call(portal_entry.enter, parts.ledger, parts.journal(), parts.portal_key, visit.token, said, visit.now)
    if entry.outcome == "right":
        response = RedirectResponse((await visit.looked_up()).address(), 303)
        response.set_cookie(
            visit.cookie, entry.session, max_age=_SESSION_SECONDS, path="/", secure=True, httponly=True, samesite="lax"
        )
        return response
    if entry.outcome == "malformed":
        return _ask(visit, "no_code", 422)
    visit.one.count_failure(visit.request)
    if entry.outcome in ("wrong", "unknown"):
        return _ask(visit, "wrong", 403)
    return _shut(await visit.looked_up(), entry.outcome)


async def _wish(visit: portal_visits.Visit) -> Response:
    """Note that a new e-mail is wanted; the next run sends it. Where to, and whether there is such a link, nobody learns here."""
    visit.one.count_failure(visit.request)
    link = (await visit.looked_up()).link
    if link is not None:
        await visit.one.call(portal_wishes.wish, visit.one.parts.ledger, link, visit.now)
    return visit.tell("lost_done")


async def _leave(visit: portal_visits.Visit) -> Response:
    visit = await visit.looked_up()
    if visit.inside:
        await visit.one.call(portal_entry.leave, visit.one.parts.ledger, visit.request.cookies[visit.cookie])
    response = visit.tell("left", back="")
    response.delete_cookie(visit.cookie, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _ask(visit: portal_visits.Visit, fault: str = "", status: int = 200) -> Response:
    t = portal_words.texts(visit.language)
    title = t[f"{visit.kind}_heading"].format(client=visit.client) if visit.client else t["unknown_heading"]
    return visit.page("portal_code.html", status, title=title, fault=t[fault] if fault else "")


def _shut(visit: portal_visits.Visit, standing: str) -> Response:
    """A link that was locked, closed or has expired; a new e-mail can be had for one that nothing has replaced."""
    link = visit.link
    at = portal_words.clock(link.locked_until) if link and link.locked_until else ""
    may_wish = link is not None and link.closed_why in (None, portal_closing.GUESSED)
    status = 429 if standing == "locked" else 410
    return visit.tell(standing, status, may_wish=may_wish, at=at)
