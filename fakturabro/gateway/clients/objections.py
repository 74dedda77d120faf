"""The client's page about what its debtors object to: what stands, and a form that closes one with a note of what was agreed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from fakturabro.gateway import desk, messages
from fakturabro.gateway.clients import doors as client_doors
from fakturabro.gateway.clients import pages as client_pages
from fakturabro.gateway.clients import transfer_pages
from fakturabro.gateway.portal import words as portal_words
from fakturabro.ledger import links
from fakturabro.ledger.portal import objections

PATH = "/objections"
_SHORTEST_NOTE, _LONGEST_NOTE = 5, 1000


async def _answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
    if request.method != "POST":
        await client_doors.note(one, link, "objections")
        return await _show(one, request, link)
    fields = await one.read_form(request, link)
    number, note = transfer_pages.to_id(fields.get("id", "")), fields.get("note", "")
    if number is None:
        return one.tell("bad_form", 400)
    if not _SHORTEST_NOTE <= len(note) <= _LONGEST_NOTE:
        return await _show(one, request, link, 422, fault="client_objection_no_note", at_fault=number, note=note)
    await client_doors.note(one, link, f"objection {number} closed")
    closed = await one.call(objections.close, one.parts.ledger, link.tenant, number, link.person, note, one.now())
    return await _show(one, request, link, told="client_objection_closed" if closed else "client_objection_gone")


answer = client_doors.inside(_answer)
"""GET shows, POST closes; whoever is not in comes to the door."""


async def _show(
    one: desk.Desk,
    request: Request,
    link: links.Link,
    status: int = 200,
    *,
    told: str = "",
    fault: str = "",
    at_fault: int = 0,
    note: str = "",
) -> Response:
    t, reasons = one.texts, portal_words.texts(one.language)
    standing = await one.call(objections.find_open, one.parts.ledger, link.tenant)
    return client_pages.page(
        one,
        request,
        link,
        "client_objections.html",
        status,
        objections=[
            (one_of.id, messages.capital(f"{t[f'kind_{one_of.document_kind}']} {one_of.number}"))
            + (messages.moment(one.language, one_of.at), reasons[f"reason_{one_of.kind}"], one_of.text)
            for one_of in standing
        ],
        told=t[told] if told else "",
        fault=t[fault] if fault else "",
        at_fault=at_fault,
        note=note,
    )
