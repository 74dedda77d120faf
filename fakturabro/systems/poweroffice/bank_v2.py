"""PowerOffice Go v2, payments: supplier invoices to pay, suppliers' accounts, and what customers have not paid.

v2 has no place to say that an invoice was sent for payment, or that a payment was refused: only what moved is posted.

Source: the vendor's v2 OpenAPI file.
"""

from __future__ import annotations

from collections.abc import Iterable

from fakturabro.remote import answers
from fakturabro.systems.poweroffice import bank_wire, books_v2, paging, wire


class BankV2(books_v2.BooksV2):
    """v2's payments for one tenant, and the books that they are posted in. All methods raise the ladder in remote/errors.py."""

    async def fetch_unpaid_invoices(self) -> list[bank_wire.IncomingInvoice]:
        """Every posted supplier invoice and credit note with a balance."""
        params = {"onlyUnpaidInvoices": "true"}
        return await paging.rows(self._calls, "/IncomingInvoices", params, list[bank_wire.IncomingInvoice])

    async def fetch_invoice(self, invoice_id: str) -> bank_wire.IncomingInvoice | None:
        """One posted supplier invoice, None when it is not there."""
        answer = await self._calls.find(f"/IncomingInvoices/{invoice_id}")
        return answers.decode(answer, bank_wire.IncomingInvoice) if answer else None

    async def fetch_suppliers(self, numbers: Iterable[int]) -> dict[int, bank_wire.Supplier]:
        """Suppliers by number; those that do not exist are absent."""
        found = await paging.among(self._calls, "/Suppliers", "supplierNos", numbers, list[bank_wire.Supplier])
        return {one.number: one for one in found if one.number is not None}

    async def fetch_open_customer_invoices(self) -> list[wire.OutgoingInvoice]:
        """The heads of every invoice to customers with a balance."""
        return await paging.rows(self._calls, "/OutgoingInvoices", {"onlyUnpaidInvoices": "true"}, list[wire.OutgoingInvoice])

    async def fetch_bank_accounts(self, contact_ids: Iterable[int]) -> dict[int, list[bank_wire.ContactBankAccount]]:
        """The accounts in use of each of these contacts, by contact id."""
        found: dict[int, list[bank_wire.ContactBankAccount]] = {}
        shape = list[bank_wire.ContactBankAccount]
        for one in await paging.among(self._calls, "/ContactBankAccounts", "contactIds", contact_ids, shape):
            if one.is_active is not False and one.bank_account_number:
                found.setdefault(one.contact_id, []).append(one)
        return found

    async def fetch_client_accounts(self) -> list[bank_wire.ClientBankAccount]:
        """The client's own bank accounts."""
        return await paging.rows(self._calls, "/ClientBankAccounts", {}, list[bank_wire.ClientBankAccount])
