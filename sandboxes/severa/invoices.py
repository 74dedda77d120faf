"""Severa's invoices with rows, parts and files, project fees, and files of projects.

Source: severa-v1.reconstructed.openapi.json.
Assumed: an invoice in a read-only status takes a new status only; a number is taken once; a status that has a number gives one; a
fee on a closed project, or a change of one that is on an invoice, is refused; a fee of a day to come is billed later.
"""

from __future__ import annotations

import email.parser
import email.policy
import uuid
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import clock, control
from sandboxes.severa import company as companies
from sandboxes.severa import listing, models, patching, refusals, registers

_PDF = b"%PDF-1.7\n%%EOF\n"


async def _change_invoice(request: Request, company: companies.Company) -> Response:
    row = registers.found(request, company, "invoices")
    changed = patching.patched(row, await request.body(), models.InvoiceOutputModel)
    before = company.rows("invoicestatuses")[row["status"]["guid"]]
    after = company.rows("invoicestatuses").get(changed["status"]["guid"])
    if after is None or not after["isActive"]:
        raise refusals.RefusalError("InvalidParameter", "status was not found.", name="status")
    others = {name for name, value in changed.items() if name != "status" and value != row.get(name)}
    if before["isReadOnly"] and others:
        raise refusals.RefusalError("InvalidOperation", "The invoice is read-only.", name=min(others))
    if changed["number"] is None and after["hasInvoiceNumber"]:
        changed["number"] = company.take_invoice_number()
    if any(one.get("number") == changed["number"] is not None and one is not row for one in company.rows("invoices").values()):
        raise refusals.RefusalError("InvalidParameter", f"Invoice number {changed['number']} is already in use.", name="number")
    company.change(row, **changed | {"status": company.status(after["guid"])})
    return control.json_response([listing.shown(row)])


async def _rows(request: Request, company: companies.Company) -> Response:
    invoice = registers.found(request, company, "invoices")["guid"]
    rows = [row for row in company.rows("invoicerows").values() if row["invoiceGuid"] == invoice]
    return listing.answer(request, "", rows[::-1], by_token=True)


def _parts(table: str) -> registers.Endpoint:
    async def answer(request: Request, company: companies.Company) -> Response:
        invoice = registers.found(request, company, "invoices")["guid"]
        rows = [row for row in company.rows(table).values() if row.get("sandboxInvoice") == invoice]
        return listing.answer(request, "", rows, by_token=True)

    return answer


async def _flat_rate(request: Request, company: companies.Company) -> Response:
    return control.json_response([listing.shown(registers.found(request, company, "flatrates"))])


async def _pdf(request: Request, company: companies.Company) -> Response:
    registers.found(request, company, "invoices")
    return Response(_PDF, media_type="application/octet-stream")


async def _content(request: Request, company: companies.Company) -> Response:
    content = company.contents.get(request.path_params["guid"])
    if content is None:
        raise refusals.AbsentError
    return Response(content, media_type="application/octet-stream")


def _files(owners: str, table: str, name: str) -> registers.Endpoint:
    async def answer(request: Request, company: companies.Company) -> Response:
        owner = registers.found(request, company, owners)["guid"]
        rows = [row for row in company.rows(table).values() if row[name] == owner]
        return listing.answer(request, "", rows, by_token=False)

    return answer


async def _make_file(request: Request, company: companies.Company) -> Response:
    project, kind = registers.found(request, company, "projects")["guid"], request.headers.get("content-type", "")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parts: Any = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + await request.body())
    read = list(parts.iter_parts()) if kind.startswith("multipart/related") else []
    if len(read) != 2 or read[0].get_content_type() != "application/json":
        raise refusals.RefusalError("InvalidRequest", "Expected multipart/related with JSON and one file.")
    said, content = msgspec.json.decode(read[0].get_payload(decode=True), type=dict[str, str]), read[1].get_payload(decode=True)
    file = str(uuid.uuid4())
    company.contents[file] = content
    known = {"contentType": read[1].get_content_type(), "size": len(content), "category": "Projects", "fileGuid": file}
    made = company.add("projectfiles", name=said["Name"], description=said["Description"], projectGuid=project, **known)
    return control.json_response([listing.shown(made)], 201)


async def _project_fees(request: Request, company: companies.Company) -> Response:
    project = registers.found(request, company, "projects")["guid"]
    rows = [row for row in company.rows("projectfees").values() if row["project"]["guid"] == project]
    return listing.answer(request, "projectfees", rows, by_token=True)


async def _make_fee(request: Request, company: companies.Company) -> Response:
    given = registers.filled(company, patching.fields(patching.read(await request.body(), models.ProjectFeeInputModel)))
    if company.rows("projects")[given["project"]["guid"]]["isClosed"]:
        raise refusals.RefusalError("InvalidOperation", "The project is closed.", name="project")
    product = company.rows("products").get((given["product"] or {}).get("guid", ""), {})
    given["vatRate"] = product.get("vatRate") if given["vatRate"] is None else given["vatRate"]
    later = (given["eventDate"] or "") > str(clock.now().date())
    made = company.add("projectfees", **given, name=product.get("name"), sandboxBilledLater=later)
    return control.json_response([listing.shown(made)], 201)


async def _change_fee(request: Request, company: companies.Company) -> Response:
    row = registers.found(request, company, "projectfees")
    if row.get("sandboxInvoice"):
        raise refusals.RefusalError("InvalidOperation", "The fee is on an invoice.")
    changed = registers.filled(company, patching.patched(row, await request.body(), models.ProjectFeeInputModel))
    return control.json_response([listing.shown(company.change(row, **changed))])


_KINDS = ("workhours", "projectfees", "projecttravelexpenses")
ROUTES: list[registers.Line] = [
    ("GET", "/invoices/{guid}", registers.showing("invoices"), "invoices:read"),
    ("PATCH", "/invoices/{guid}", _change_invoice, "invoices:write"),
    ("GET", "/invoices/{guid}/invoicerows", _rows, "invoices:read"),
    *(("GET", f"/invoices/{{guid}}/{kind}", _parts(kind), "invoices:read") for kind in _KINDS),
    ("GET", "/invoices/{guid}/pdf", _pdf, "files:read"),
    ("GET", "/invoices/{guid}/files", _files("invoices", "invoicefiles", "invoiceGuid"), "files:read"),
    ("GET", "/flatrates/{guid}", _flat_rate, "fees:read"),
    ("GET", "/files/{guid}/filedata", _content, "files:read"),
    ("GET", "/projects/{guid}/files", _files("projects", "projectfiles", "projectGuid"), "files:read"),
    ("POST", "/projects/{guid}/files", _make_file, "files:write"),
    ("GET", "/projects/{guid}/projectfees", _project_fees, "fees:read"),
    ("POST", "/projectfees", _make_fee, "fees:write"),
    ("GET", "/projectfees/{guid}", registers.showing("projectfees"), "fees:read"),
    ("PATCH", "/projectfees/{guid}", _change_fee, "fees:write"),
]
