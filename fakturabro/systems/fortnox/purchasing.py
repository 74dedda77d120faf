"""What a client has bought: supplier invoices with rows, the vouchers that they became, and their pictures. Nothing is written.

Source: fortnox-v3.openapi.json (fortnox_SupplierInvoices, fortnox_Vouchers, fortnox_SupplierInvoiceFileConnections,
fortnox_Archive).
Assumed: the list of supplier invoices takes `lastmodified`, and that of file connections `supplierinvoicenumber`, which is the
given number; where not, more is read and what is not asked for is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from fakturabro.systems.fortnox import purchase_wire, session, wire


class Purchasing:
    """One tenant's purchases. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    def fetch_changed(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.Listed]]:
        """Pages of supplier invoices that were changed in the minute of `changed_since` (aware) or later."""
        return self._calls.pages("/supplierinvoices", "SupplierInvoices", wire.Listed, session.since(changed_since))

    async def fetch_purchase(self, given_number: str) -> purchase_wire.Purchase:
        """One supplier invoice with its rows."""
        answer = await self._calls.send("GET", f"/supplierinvoices/{session.quoted(given_number)}", changes=False)
        return session.unwrap(answer, "SupplierInvoice", purchase_wire.Purchase)

    async def fetch_voucher(self, key: purchase_wire.VoucherKey) -> purchase_wire.Voucher:
        """A voucher as it stands now; `key.year` is the id of the financial year."""
        path, params = f"/vouchers/{session.quoted(key.series)}/{key.number}", {"financialyear": key.year}
        answer = await self._calls.send("GET", path, changes=False, params=params)
        return session.unwrap(answer, "Voucher", purchase_wire.Voucher)

    async def fetch_files(self, given_number: str) -> list[purchase_wire.FileConnection]:
        """The pictures and attachments of a supplier invoice."""
        path, asked = "/supplierinvoicefileconnections", {"supplierinvoicenumber": given_number}
        pages = self._calls.pages(path, "SupplierInvoiceFileConnections", purchase_wire.FileConnection, asked)
        return [row async for page in pages for row in page if row.supplier_invoice_number == given_number]

    async def fetch_content(self, file_id: str) -> bytes:
        """The bytes of a file in the archive."""
        return (await self._calls.send("GET", f"/archive/{session.quoted(file_id)}", changes=False)).body
