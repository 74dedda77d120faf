"""PowerOffice Go v2, money: supplier invoices to pay, suppliers' accounts, and bank vouchers that settle open items.

v2 has no place to say that an invoice was sent for payment, or that a payment was refused: only what moved is posted.

Source: the vendor's v2 OpenAPI file.
Assumed: plus is debit; a second voucher with the same ExternalImportReference is answered with 400 or 409; what was posted is seen
in AccountTransactions two seconds later at the latest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TypeVar

from fakturabro.remote import answers, errors
from fakturabro.systems.poweroffice import bank_wire, messages, paging, session, wire

_NUMBERS_PER_CALL = 100
_NO_VAT = "0"

Row = TypeVar("Row")


class BankV2:
    """v2's payments for one tenant. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    async def fetch_unpaid_invoices(self) -> list[bank_wire.IncomingInvoice]:
        """Every posted supplier invoice and credit note with a balance."""
        return await self._all("/IncomingInvoices", {"onlyUnpaidInvoices": "true"}, list[bank_wire.IncomingInvoice])

    async def fetch_invoice(self, invoice_id: str) -> bank_wire.IncomingInvoice | None:
        """One posted supplier invoice, None when it is not there."""
        try:
            answer = await self._calls.send("GET", f"/IncomingInvoices/{invoice_id}", changes=False)
        except errors.Rejected as error:
            if error.status == 404:
                return None
            raise
        return answers.decode(answer, bank_wire.IncomingInvoice)

    async def fetch_suppliers(self, numbers: Iterable[int]) -> dict[int, bank_wire.Supplier]:
        """Suppliers by number; those that do not exist are absent."""
        found = await self._by_number("/Suppliers", "supplierNos", numbers, list[bank_wire.Supplier])
        return {one.number: one for one in found if one.number is not None}

    async def fetch_open_customer_invoices(self) -> list[wire.OutgoingInvoice]:
        """The heads of every invoice to customers with a balance."""
        return await self._all("/OutgoingInvoices", {"onlyUnpaidInvoices": "true"}, list[wire.OutgoingInvoice])

    async def find_customer_accounts(self, numbers: Iterable[int]) -> dict[int, int]:
        """The ids of customers' sub-ledger accounts by customer number: what is posted names them."""
        found = await self._by_number("/Customers", "customerNos", numbers, list[wire.Customer])
        return {one.number: one.subledger_account_id for one in found if one.number and one.subledger_account_id}

    async def fetch_bank_accounts(self, contact_ids: Iterable[int]) -> dict[int, list[bank_wire.ContactBankAccount]]:
        """The accounts in use of each of these contacts, by contact id."""
        found: dict[int, list[bank_wire.ContactBankAccount]] = {}
        for one in await self._by_number("/ContactBankAccounts", "contactIds", contact_ids, list[bank_wire.ContactBankAccount]):
            if one.is_active is not False and one.bank_account_number:
                found.setdefault(one.contact_id, []).append(one)
        return found

    async def fetch_client_accounts(self) -> list[bank_wire.ClientBankAccount]:
        """The client's own bank accounts."""
        return await self._all("/ClientBankAccounts", {}, list[bank_wire.ClientBankAccount])

    async def fetch_lock_date(self) -> dt.date | None:
        """The last day that is closed for posting; None where none is."""
        answer = await self._calls.send("GET", "/LockDateSettings", changes=False)
        return answers.decode(answer, bank_wire.LockDate).lock_date if answer.body else None

    async def find_accounts(self, numbers: Iterable[int]) -> dict[int, bank_wire.GeneralLedgerAccount]:
        """Accounts of the chart by number; those that do not exist are absent."""
        found = await self._by_number("/GeneralLedgerAccounts", "accountNos", numbers, list[bank_wire.GeneralLedgerAccount])
        return {one.account_no: one for one in found}

    async def find_vat_free(self) -> int:
        """The id of the VAT code for no VAT. Raises Rejected where the client has none."""
        for one in await self._all("/VatCodes", {}, list[bank_wire.VatCode]):
            if one.code == _NO_VAT:
                return one.id
        raise errors.Rejected(messages.NO_VAT_CODE, detail=messages.NO_VAT_CODE)

    async def find_vouchers(self, account_no: int, first: dt.date, last: dt.date) -> dict[str, bank_wire.Transaction]:
        """What stands on an account of the chart with posting dates from `first` to `last`, by ExternalImportReference.

        The read-back after an Uncertain post. Reversed vouchers count as absent: their reference is free again.
        """
        params = {"fromDate": first.isoformat(), "toDate": last.isoformat(), "accountNos": str(account_no)}
        found = await self._all("/AccountTransactions", params, list[bank_wire.Transaction])
        return {one.external_import_reference: one for one in found if one.external_import_reference and not one.is_reversed}

    async def post(self, voucher: bank_wire.BankVoucher, account_no: int) -> bank_wire.PostedVoucher:
        """Post a bank voucher whose first line is on `account_no`. A change: settled by find_vouchers.

        Raises AlreadyDelivered with what stands there under its reference, Rejected when that is another amount, or when what Go
        says that it posted is not what was sent.
        """
        body = bank_wire.encode(voucher)
        try:
            answer = await self._calls.send("POST", "/Vouchers/BankJournals", changes=True, content=body)
        except errors.Rejected:
            day = voucher.voucher_lines[0].posting_date
            standing = (await self.find_vouchers(account_no, day, day)).get(voucher.external_import_reference)
            if standing is None:
                raise
            if not is_same(voucher, standing):
                raise errors.Rejected(messages.another_voucher(standing.voucher_no), detail=str(standing.voucher_no)) from None
            raise errors.AlreadyDelivered(messages.posted_already(standing.voucher_no), standing) from None
        posted = answers.decode(answer, bank_wire.PostedVoucher)
        sent = sorted((line.account_id, line.currency_amount) for line in voucher.voucher_lines)
        if sorted((line.account_id or 0, line.currency_amount or 0) for line in posted.voucher_lines or []) != sent:
            raise errors.Rejected(messages.another_voucher(posted.voucher_no), detail=str(posted.voucher_no))
        return posted

    async def _by_number(self, path: str, name: str, numbers: Iterable[int], shape: type[list[Row]]) -> list[Row]:
        wanted = sorted(set(numbers))
        found: list[Row] = []
        for start in range(0, len(wanted), _NUMBERS_PER_CALL):
            params = {name: ",".join(map(str, wanted[start : start + _NUMBERS_PER_CALL]))}
            found += await self._all(path, params, shape)
        return found

    async def _all(self, path: str, params: Mapping[str, str], shape: type[list[Row]]) -> list[Row]:
        return [row async for page in paging.pages(self._calls, path, params, shape) for row in page]


def is_same(voucher: bank_wire.BankVoucher, standing: bank_wire.Transaction) -> bool:
    """Whether what stands on the bank's account is the voucher's first line: amount and currency."""
    sent = (voucher.voucher_lines[0].currency_amount, voucher.currency_code)
    return (standing.currency_amount, standing.currency_code or voucher.currency_code) == sent
