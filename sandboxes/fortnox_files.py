"""Fortnox's archive and inbox, and the files that are attached to invoices.

Source: fortnox-v3.openapi.json (fortnox_Archive, fortnox_Inbox, fileattachments_Attachment with its error words).
Assumed: lists of attachments are arrays; an invoice's file must lie in inbox_kf or be attached already, be a PDF or a picture and
5 MB at most; when it is attached it leaves the inbox for the archive; statuses of the refusals.
"""

from __future__ import annotations

import email.parser
import email.policy
import uuid
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import control, fortnox_books, fortnox_registers

_LARGEST = 5_000_000
_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff")
PATH = "/api/fileattachments/attachments-v1"


class Attachment(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may be sent."""

    entity_id: int
    entity_type: str
    file_id: str
    include_on_send: bool = False
    id: str | None = None


async def _upload(request: Request, company: fortnox_books.Company) -> Response:
    name, content = _file(request.headers.get("content-type", ""), await request.body())
    file = {"Id": f"inbox-{uuid.uuid4()}", "ArchiveFileId": str(uuid.uuid4()), "Name": name, "Size": len(content)}
    company.inbox.append({**file, "Path": request.query_params.get("path", "")})
    company.files[file["ArchiveFileId"]] = content
    return control.json_response({"File": company.inbox[-1]}, 201)


def _file(kind: str, body: bytes) -> tuple[str, bytes]:
    """Name and bytes of the one file in a form."""
    parts: Any = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    files = [part for part in parts.iter_parts() if part.get_filename()] if kind.startswith("multipart/form-data") else []
    if len(files) != 1 or files[0].get_param("name", header="content-disposition") != "file":
        raise fortnox_registers.RefusalError(1000031, "Ogiltig Content-Type.")
    return files[0].get_filename(), files[0].get_payload(decode=True)


async def _content(request: Request, company: fortnox_books.Company) -> Response:
    found = company.files.get(request.path_params["number"])
    if found is None:
        raise fortnox_registers.RefusalError(2000434, "Kan inte hitta filen.", 404)
    return Response(found, media_type="application/octet-stream")


async def _folder(_: Request, company: fortnox_books.Company) -> Response:
    return control.json_response({"Folder": {"Name": "root", "Id": "root", "Files": company.inbox, "Folders": []}})


async def _attached(request: Request, company: fortnox_books.Company) -> Response:
    wanted, kind = {int(one) for one in request.query_params.getlist("entityid")}, request.query_params.get("entitytype", "")
    rows = [row for row in company.attachments if row["entityId"] in wanted and row["entityType"] == kind]
    return control.json_response(rows)


async def _attach(request: Request, company: fortnox_books.Company) -> Response:
    try:
        given = msgspec.json.decode(await request.body(), type=list[Attachment])
    except msgspec.DecodeError:
        return _refused("missing_mandatory_field")
    for one in given:
        if word := _fault(company, one):
            return _refused(word, 404 if word.endswith("_found") else 400)
    made = [{**msgspec.to_builtins(one), "id": str(uuid.uuid4())} for one in given]
    company.attachments += made
    company.inbox = [row for row in company.inbox if row["ArchiveFileId"] not in {one.file_id for one in given}]
    return control.json_response(made, 201)


def _fault(company: fortnox_books.Company, one: Attachment) -> str:
    content = company.files.get(one.file_id)
    if one.entity_type != "F" or str(one.entity_id) not in company.invoices:
        return "document_not_found"
    if content is None:
        return "file_not_found"
    if (one.file_id, "inbox_kf") not in {(row["ArchiveFileId"], row["Path"]) for row in company.inbox}:
        return "wrong_file_location"
    if not content.startswith(_KINDS):
        return "wrong_file_type"
    return "file_too_big" if len(content) > _LARGEST else ""


def _refused(word: str, status: int = 400) -> Response:
    return control.json_response({"id": str(uuid.uuid4()), "error": word, "message": "Bilagan kunde inte kopplas."}, status)


def routes() -> list[tuple[str, str, fortnox_registers.Endpoint]]:
    """Method, path under /3, and who answers."""
    table: list[tuple[str, str, fortnox_registers.Endpoint]] = [
        ("GET", "/archive", _folder),
        ("GET", "/archive/{number}", _content),
        ("GET", "/inbox", _folder),
        ("POST", "/inbox", _upload),
    ]
    return [(method, path, fortnox_registers.guarded(call)) for method, path, call in table]


def attachment_routes() -> list[tuple[str, str, fortnox_registers.Endpoint]]:
    """Method, whole path, and who answers: these stand beside /3."""
    return [("GET", PATH, _attached), ("POST", PATH, _attach)]
