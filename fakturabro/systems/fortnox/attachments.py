"""Files on invoices to customers: uploaded to Fortnox's inbox, then connected to the invoice, once.

An attachment shows no name, only the id of its file. What tells that a file is on the invoice already is its bytes.

Source: fortnox-v3.openapi.json (fortnox_Inbox, fileattachments_Attachment; the latter without /3).
Assumed: a file for a customer's invoice lies in the inbox's folder inbox_kf when it is connected, and is known by ArchiveFileId
where the upload tells one; connected, it is read from the archive by that id; the list of attachments is an array though the
document says one object.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.fortnox import messages, session

_PATH = "/api/fileattachments/attachments-v1"
_INBOX = "inbox_kf"
_INVOICE = "F"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/]')


class Attachment(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A file on an invoice; `entity_id` is its number."""

    entity_id: int
    entity_type: str
    file_id: str
    include_on_send: bool | None = None
    id: str | None = None


class File(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A file in the inbox."""

    id: str
    archive_file_id: str | None = None
    name: str | None = None


class Attachments:
    """One tenant's files on invoices. All methods raise the ladder in remote/errors.py; a refusal names the reason."""

    def __init__(self, calls: session.Session) -> None:
        self._calls, self._beside = calls, calls.unversioned()

    async def find(self, invoice_number: str) -> list[Attachment]:
        """The files on an invoice."""
        asked: dict[str, str | int] = {"entityid": int(invoice_number), "entitytype": _INVOICE}
        answer = await self._beside.send("GET", _PATH, changes=False, params=asked)
        return [one for one in answers.decode(answer, list[Attachment]) if one.entity_id == int(invoice_number)]

    async def find_same(self, invoice_number: str, content: bytes) -> Attachment | None:
        """The file on an invoice that has exactly these bytes."""
        for one in await self.find(invoice_number):
            if (await self._calls.send("GET", f"/archive/{session.quoted(one.file_id)}", changes=False)).body == content:
                return one
        return None

    async def attach(self, invoice_number: str, name: str, content: bytes, *, includes_on_send: bool = True) -> Attachment:
        """Put a file on an invoice. A change: settled by find_same; a file that was uploaded only is one more in the inbox.

        Raises AlreadyDelivered with the attachment that has these bytes.
        """
        if standing := await self.find_same(invoice_number, content):
            raise errors.AlreadyDelivered(messages.stands_already("Vedlegget", name), standing)
        file = await self._upload(name, content)
        wanted = Attachment(
            entity_id=int(invoice_number),
            entity_type=_INVOICE,
            file_id=file.archive_file_id or file.id,
            include_on_send=includes_on_send,
        )
        await self._beside.send("POST", _PATH, changes=True, content=msgspec.json.encode([wanted]))
        for one in await self.find(invoice_number):
            if one.file_id == wanted.file_id:
                return one
        raise errors.Rejected(messages.not_attached(invoice_number, name), detail=name)

    async def _upload(self, name: str, content: bytes) -> File:
        boundary, body = form_data(name, content)
        kind = f"multipart/form-data; boundary={boundary}"
        answer = await self._calls.send("POST", "/inbox", changes=True, params={"path": _INBOX}, content=body, content_type=kind)
        return session.unwrap(answer, "File", File)


def form_data(name: str, content: bytes) -> tuple[str, bytes]:
    """Boundary and body of a form with one file (RFC 7578); what would end the name in the header is replaced."""
    boundary = f"fakturabro-{hashlib.sha256(content).hexdigest()[:32]}"
    shown = _UNSAFE.sub("-", name)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
    kind = "application/pdf" if content.startswith(b"%PDF") else "application/octet-stream"
    return boundary, f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + f"\r\n--{boundary}--\r\n".encode()
