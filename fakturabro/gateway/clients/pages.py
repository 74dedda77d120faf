"""A client's pages, for who is in: what waits now, the reports and their files, the transfer log, and the settings in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fakturabro.gateway import desk, messages, security
from fakturabro.gateway.clients import doors as client_doors
from fakturabro.gateway.clients import transfer_pages
from fakturabro.ledger import approvers, links, opened, stops
from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import settings as client_settings
from fakturabro.ledger.clients import views as client_views

_NEWEST, _ON_A_PAGE = 5, 30
_FILE = re.compile(r"([0-9]{1,18})\.(html|pdf|xlsx)")
_TYPES: dict[client_reports.Form, str] = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A report as the lists show it."""

    id: int
    about: str
    day: str
    headline: str
    has_pdf: bool


async def answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """The overview for who is in, the door for everybody else; POST is the door's own forms."""
    if request.method == "POST":
        return await client_doors.answer_form(one, request, link)
    if not await client_doors.is_in(one, request, link):
        return await client_doors.show(one, request, link)
    return await _overview(one, request, link)


async def _overview(one: desk.Desk, request: Request, link: links.Link) -> Response:
    await client_doors.note(one, link, "overview")
    waiting, stopped, reports = await one.call(_read_overview, one.parts.ledger, link.tenant)
    language = one.language
    values: dict[str, object] = {
        "waiting": messages.waiting(language, waiting),
        "stopped": [messages.stopped(language, stop.scope, stop.at) for stop in stopped],
        "reports": _listed(one, reports),
    }
    return page(one, request, link, "client_overview.html", 200, **values)


def _read_overview(
    ledger: opened.Ledger, tenant: str
) -> tuple[list[client_views.Waiting], list[stops.Stop], list[client_reports.Kept]]:
    return (
        client_views.count_waiting(ledger, tenant),
        stops.find_all_standing(ledger, tenant),
        client_reports.find_newest(ledger, tenant, _NEWEST),
    )


async def _files(one: desk.Desk, request: Request, link: links.Link) -> Response:
    await client_doors.note(one, link, "files")
    before = transfer_pages.to_id(request.query_params.get("before", ""))
    found = await one.call(client_reports.find_newest, one.parts.ledger, link.tenant, _ON_A_PAGE + 1, before)
    shown = found[:_ON_A_PAGE]
    older = shown[-1].id if len(found) > _ON_A_PAGE else None
    return page(one, request, link, "client_files.html", reports=_listed(one, shown), older=older)


async def _report(one: desk.Desk, request: Request, link: links.Link) -> Response:
    named = _FILE.fullmatch(str(request.path_params["name"]))
    if named is None:
        return one.refuse()
    number, form = int(named[1]), msgspec.convert(named[2], client_reports.Form)
    kept = await one.call(client_reports.find, one.parts.ledger, link.tenant, number)
    if kept is None or form not in kept.forms:
        return one.refuse()
    await client_doors.note(one, link, f"report {number} {form}")
    content = await one.call(client_reports.read, one.parts.ledger, link.tenant, number, form)
    if content is None:
        return one.tell("client_report_gone", 410)
    headers = dict(security.OF_REPORT) if form == "html" else security.attached(f"fakturabro-{link.tenant}-{_moment(kept)}.{form}")
    return Response(content, media_type=_TYPES[form], headers=headers)


async def _settings(one: desk.Desk, request: Request, link: links.Link) -> Response:
    await client_doors.note(one, link, "settings")
    told, people, deciders = await one.call(_read_settings, one.parts.ledger, link.tenant, one.language)
    applied_at = messages.moment(one.language, told.at) if told else ""
    sections = told.sections if told else []
    return page(
        one, request, link, "client_settings.html", sections=sections, applied_at=applied_at, people=people, deciders=deciders
    )


def _read_settings(
    ledger: opened.Ledger, tenant: str, language: str
) -> tuple[client_settings.Told | None, list[clients.Client], list[approvers.Approver]]:
    return client_settings.read(ledger, tenant, language), clients.find(ledger, tenant), approvers.find(ledger, tenant)


async def _transfers(one: desk.Desk, request: Request, link: links.Link) -> Response:
    asked = transfer_pages.asked(request.query_params)
    await client_doors.note(one, link, f"transfers {asked.words}".rstrip())
    lines, older = await transfer_pages.find_page(one, link, asked)
    query = transfer_pages.to_query(asked)
    fault = one.texts[asked.fault] if asked.fault else ""
    status = 422 if asked.fault else 200
    return page(
        one, request, link, "client_transfers.html", status, lines=lines, older=older, asked=asked, query=query, fault=fault
    )


async def _transfers_file(one: desk.Desk, request: Request, link: links.Link) -> Response:
    asked = transfer_pages.asked(request.query_params)
    await client_doors.note(one, link, f"transfers.csv {asked.words}".rstrip())
    content = await transfer_pages.make_csv(one, link, asked)
    name = f"fakturabro-{link.tenant}-{one.texts['client_transfers_file']}-{one.now():%Y-%m-%d}.csv"
    return Response(content, media_type="text/csv; charset=utf-8", headers=security.attached(name))


PAGES: dict[str, client_doors.Page] = {
    "/files": client_doors.inside(_files),
    "/reports/{name}": client_doors.inside(_report),
    "/transfers": client_doors.inside(_transfers),
    "/transfers.csv": client_doors.inside(_transfers_file),
    "/settings": client_doors.inside(_settings),
}
"""What stands below the overview, by path."""


def page(one: desk.Desk, request: Request, link: links.Link, template: str, status: int = 200, **values: object) -> Response:
    """A page with the way to the others. Its only form that posts leaves the session."""
    token = security.form_token(one.parts.key, link.hash)
    base = client_doors.address(request)
    here = template.removesuffix(".html")
    return one.page(template, status, base=base, here=here, form_token=token, person=link.person, **values)


def _listed(one: desk.Desk, reports: Sequence[client_reports.Kept]) -> list[Listed]:
    language = one.language
    return [
        Listed(
            id=kept.id,
            about=messages.report_time(language, kept),
            day=messages.report_days(kept),
            headline=kept.headline,
            has_pdf="pdf" in kept.forms,
        )
        for kept in reports
    ]


def _moment(kept: client_reports.Kept) -> str:
    """What a file is named after: its slot, or its period."""
    if kept.slot is not None:
        return messages.for_file(kept.slot)
    first, last = (day.isoformat() for day in kept.period)
    return first if first == last else f"{first}-{last}"
