"""Severa's sales invoices: found by status, read with rows, projects and files, and moved on to the next status.

Severa has no compare-and-set: an invoice is read right before it is moved, so that a status that a person gave it stays.

Source: severa-v1.reconstructed.openapi.json (Invoices, InvoiceRows, InvoiceStatuses, Files).
Assumed: `/status/guid`, `/number` and `/paymentDate` of an invoice may be replaced (the vendor's document of 2023 marks none of
them read-only); rows stand in the order of `sortOrder`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from fakturabro.remote import errors
from fakturabro.systems.severa import changes, invoice_wire, messages, registers, session

_PARTS = ("workhours", "projectfees", "projecttravelexpenses")
Pdf = Literal["All", "InvoiceOnly", "AttachmentAndBreakdown"]


class Invoicing:
    """One tenant's invoices. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    async def fetch_statuses(self) -> list[invoice_wire.InvoiceStatus]:
        """The client's invoice statuses, those out of use too."""
        return [row async for page in self._calls.by_row("/invoicestatuses", invoice_wire.InvoiceStatus) for row in page]

    def fetch_invoices(
        self, statuses: Sequence[str] = (), changed_since: dt.datetime | None = None
    ) -> AsyncIterator[list[invoice_wire.Invoice]]:
        """Pages of invoices without rows, in any of these statuses (GUIDs; none means all)."""
        params: session.Params = {**({"invoiceStatusGuids": list(statuses)} if statuses else {}), **registers.since(changed_since)}
        return self._calls.by_token("/invoices", invoice_wire.Invoice, params)

    async def fetch_invoice(self, guid: str) -> invoice_wire.Invoice:
        """One invoice as it stands now."""
        return await self._calls.fetch(f"/invoices/{guid}", invoice_wire.Invoice)

    async def fetch_rows(self, invoice: str) -> list[invoice_wire.InvoiceRow]:
        """The rows of an invoice, from the top."""
        pages = self._calls.by_token(f"/invoices/{invoice}/invoicerows", invoice_wire.InvoiceRow)
        return sorted([row async for page in pages for row in page], key=lambda row: row.sort_order)

    async def fetch_row_projects(
        self, invoice: invoice_wire.Invoice, rows: Sequence[invoice_wire.InvoiceRow]
    ) -> dict[str, set[str]]:
        """The projects (GUIDs) of each row (GUID): none, one or several. Asks only where the invoice has more than one."""
        own = {one.guid for one in invoice.projects or [] if one.guid}
        if len(own) <= 1:
            return {row.guid: set(own) for row in rows}
        found: dict[str, set[str]] = {row.guid: set() for row in rows}
        for kind in _PARTS:
            async for page in self._calls.by_token(f"/invoices/{invoice.guid}/{kind}", invoice_wire.Part):
                for part in page:
                    if part.project and part.project.guid and part.invoice_row_guid in found:
                        found[part.invoice_row_guid].add(part.project.guid)
        for row in rows:
            if row.flat_rate_guid:
                rates = await self._calls.fetch(f"/flatrates/{row.flat_rate_guid}", list[invoice_wire.Part])
                found[row.guid] |= {one.project.guid for one in rates if one.project and one.project.guid}
        return found

    async def fetch_pdf(self, invoice: str, contents: Pdf = "InvoiceOnly") -> bytes:
        """The invoice as Severa prints it. Raises Unavailable where the answer is something else."""
        answer = await self._calls.send("GET", f"/invoices/{invoice}/pdf", changes=False, params={"pdfGetOptions": contents})
        if not answer.body.startswith(b"%PDF-"):
            raise errors.Unavailable(messages.not_a_pdf(answer.where))
        return answer.body

    async def fetch_files(self, invoice: str) -> list[invoice_wire.File]:
        """The attachments of an invoice."""
        pages = self._calls.by_row(f"/invoices/{invoice}/files", invoice_wire.File)
        return [row async for page in pages for row in page]

    async def fetch_content(self, file: str) -> bytes:
        """The bytes of a file, by its `file_guid`."""
        return (await self._calls.send("GET", f"/files/{file}/filedata", changes=False)).body

    async def move(self, guid: str, from_: str, to: str) -> invoice_wire.Invoice:
        """Give an invoice the status `to`, if it has `from_` (GUIDs). Raises AlreadyDelivered where it has `to`, Rejected where
        somebody gave it another."""
        standing = await self.fetch_invoice(guid)
        status = standing.status
        if status and status.guid == to:
            raise errors.AlreadyDelivered(messages.stands_already("Statusen på faktura", standing.number or guid), standing)
        if status is None or status.guid != from_:
            name = status.name if status and status.name else ""
            raise errors.Rejected(messages.moved_meanwhile(standing.number, name), detail=name)
        return await self.change(guid, {"/status/guid": to})

    async def change(self, guid: str, fields: changes.Fields) -> invoice_wire.Invoice:
        """Change fields of an invoice, such as "/number" or "/paymentDate"; see changes.py."""
        return await changes.send(self._calls, "/invoices", guid, fields, invoice_wire.Invoice)
