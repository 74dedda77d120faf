"""What a debtor sees behind the right code: the document's figures, its files, and a form for what is wrong with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fakturabro.gateway import desk, security
from fakturabro.gateway.portal import doors as portal_doors
from fakturabro.gateway.portal import visits as portal_visits
from fakturabro.gateway.portal import words as portal_words
from fakturabro.ledger import details, opened
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import objections

_FILES: dict[str, tuple[Literal["pdf", "xml"], str]] = {"pdf": ("pdf", "application/pdf"), "ehf": ("xml", "application/xml")}
"""The ending and the type of each rendition that can be fetched."""

Page = Callable[[portal_visits.Visit, portal.Link], Awaitable[Response]]


def routes(one: desk.Desk) -> list[Route]:
    """The addresses of a debtor's link; none on an installation that has no key for them."""
    if not one.parts.portal_key:
        return []
    start = f"/{security.DEBTORS}/{{token}}"
    files = [Route(f"{start}/{name}", _answering(one, _inside(_file(name)))) for name in _FILES]
    return [
        Route(start, _answering(one, _answer), methods=["GET", "POST"]),
        Route(f"{start}/objection", _answering(one, _inside(_objection)), methods=["GET", "POST"]),
        *files,
    ]


def failed(one: desk.Desk, request: Request) -> Response:
    """What a debtor reads when something broke."""
    return portal_visits.begin(one, request).tell("failed", 500)


def _answering(
    one: desk.Desk, page: Callable[[portal_visits.Visit], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if not await one.fits():
            return portal_visits.begin(one, request).tell("failed", 503)
        visit = portal_visits.begin(one, request)
        try:
            return await page(visit)
        except security.FormError as error:
            return visit.tell("bad_form", error.status)

    return answer


def _inside(page: Page) -> Callable[[portal_visits.Visit], Awaitable[Response]]:
    """A page for who is in; everybody else comes to the door, and to nothing where there is no such link."""

    async def answer(visit: portal_visits.Visit) -> Response:
        visit = await visit.looked_up()
        if visit.inside and visit.link is not None:
            return await page(visit, visit.link)
        if visit.link is None:
            raise HTTPException(404)
        return RedirectResponse(visit.address(), 303)

    return answer


async def _answer(visit: portal_visits.Visit) -> Response:
    if visit.request.method == "POST":
        return await portal_doors.answer_form(visit)
    visit = await visit.looked_up()
    if visit.inside and visit.link is not None:
        return await _invoice(visit, visit.link)
    return portal_doors.show(visit)


async def _invoice(visit: portal_visits.Visit, link: portal.Link) -> Response:
    ledger, t = visit.one.parts.ledger, portal_words.texts(visit.language)
    face, lacking = await visit.one.call(_read_invoice, ledger, link)
    if face is None:
        return visit.tell("gone", 410)
    files = {name: "" if name in lacking else visit.address(f"/{name}") for name in _FILES}
    return visit.page(
        "portal_invoice.html",
        title=portal_words.title(visit.language, face),
        shown=portal_words.shown(visit.language, face),
        files=files,
        download=t[f"download_{face.kind}"],
        objection=visit.address("/objection"),
        objection_title=t[f"objection_title_{face.kind}"],
        reply_to=face.reply_to,
    )


def _read_invoice(ledger: opened.Ledger, link: portal.Link) -> tuple[portal.Face | None, set[str]]:
    """The figures, and of which files there are none."""
    wanted = [link.revision_id]
    lacking = {name for name in _FILES if details.find_without_rendition(ledger, link.tenant, name, wanted)}
    return portal.read_face(ledger, link), lacking


def _file(name: str) -> Page:
    """A download. What the letter would be is what is downloaded: the same rendition."""
    ending, media_type = _FILES[name]

    async def answer(visit: portal_visits.Visit, link: portal.Link) -> Response:
        ledger = visit.one.parts.ledger
        face = await visit.one.call(portal.read_face, ledger, link)
        content = face and await visit.one.call(_read_file, ledger, link, name)
        if not face or not content:
            return visit.tell("gone", 410)
        headers = security.attached(portal_words.file_name(visit.language, face, ending))
        return Response(content, media_type=media_type, headers=headers)

    return answer


def _read_file(ledger: opened.Ledger, link: portal.Link, name: str) -> bytes:
    found = details.read_renditions(ledger, link.tenant, name, [link.revision_id])
    return found[link.revision_id][1] if link.revision_id in found else b""


async def _objection(visit: portal_visits.Visit, link: portal.Link) -> Response:
    face = await visit.one.call(portal.read_face, visit.one.parts.ledger, link)
    if face is None:
        return visit.tell("gone", 410)
    if visit.request.method != "POST":
        return await _objection_form(visit, link, face, {})
    fields = await visit.read_form()
    reason, words = fields.get("reason", ""), fields.get("words", "")
    if fault := _fault(reason, words):
        return await _objection_form(visit, link, face, fields, fault, 422)
    parts = visit.one.parts
    stands = await visit.one.call(
        objections.record, parts.ledger, parts.journal(), link.tenant, link.document_id, reason, words, visit.now
    )
    if not stands:
        return visit.tell("objection_full", 429, back=visit.address())
    return visit.tell("objection_done", back=visit.address(), whom=_whom(visit, face))


async def _objection_form(
    visit: portal_visits.Visit,
    link: portal.Link,
    face: portal.Face,
    fields: dict[str, str],
    fault: str = "",
    status: int = 200,
) -> Response:
    t = portal_words.texts(visit.language)
    standing = await visit.one.call(objections.find_of_document, visit.one.parts.ledger, link.tenant, link.document_id)
    return visit.page(
        "portal_objection.html",
        status,
        title=t[f"objection_title_{face.kind}"],
        about=portal_words.title(visit.language, face),
        text=t[f"objection_text_{face.kind}"].format(whom=_whom(visit, face)),
        told=t["objection_open"].format(at=portal_words.day(visit.language, standing[-1].at)) if standing else "",
        fault=t[fault].format(most=objections.LONGEST) if fault else "",
        reasons=[(name, t[f"reason_{name}"]) for name in objections.KINDS],
        reason=fields.get("reason", ""),
        words=fields.get("words", ""),
        most=objections.LONGEST,
        back=visit.address(),
    )


def _fault(reason: str, words: str) -> str:
    """The name of what is wrong with a form, "" when nothing is."""
    if reason not in objections.KINDS:
        return "objection_no_reason"
    if reason == "other" and not words:
        return "objection_no_words"
    return "objection_too_long" if len(words.replace("\r\n", "\n")) > objections.LONGEST else ""


def _whom(visit: portal_visits.Visit, face: portal.Face) -> str:
    """Who gets to know of an objection."""
    t = portal_words.texts(visit.language)
    return t["both"].format(client=face.client_name, payee=face.payee) if face.payee else face.client_name
