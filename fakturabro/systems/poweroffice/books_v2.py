"""PowerOffice Go v2, the books: chart of accounts, VAT codes, bank vouchers, and what stands in the ledgers.

Source: the vendor's v2 OpenAPI file.
Assumed: plus is debit; a second voucher with the same ExternalImportReference is answered with 400 or 409; what was posted is seen
in AccountTransactions two seconds later at the latest; a voucher that was posted is shown with the lines that it was sent with; a
voucher is reversed on the days that it was posted on; the trial balance has one line for each account.
"""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from fakturabro.remote import answers, errors
from fakturabro.systems.poweroffice import bank_wire, messages, paging, session, wire

NEEDED_PRIVILEGES = (
    *("Customer", "CustomerLedger", "GeneralLedgerAccount", "CommonServices", "AccountTransaction", "TrialBalance"),
    *("BankVoucher_Full", "YearEndVoucher_Full"),
)
"""What return data needs; the last one is for reversing."""
_NO_VAT = "0"
_NAMES_REFERENCE = re.compile("external ?import ?reference", re.IGNORECASE)

Row = TypeVar("Row")


class DifferingError(errors.Rejected):
    """Something stands under the reference, and it is not what was sent: never send it under another one, a person must look."""


class BooksV2:
    """v2's books for one tenant. All methods raise the ladder in remote/errors.py.

    `lag`: how many seconds old what is read may be.
    """

    def __init__(self, calls: session.Session, *, lag: float = 2.0) -> None:
        self._calls, self._lag = calls, lag

    async def find_customer_accounts(self, numbers: Iterable[int]) -> dict[int, int]:
        """The ids of customers' sub-ledger accounts by customer number: what is posted names them."""
        found = await paging.among(self._calls, "/Customers", "customerNos", numbers, list[wire.Customer])
        return {one.number: one.subledger_account_id for one in found if one.number and one.subledger_account_id}

    async def fetch_lock_date(self) -> dt.date | None:
        """The last day that is closed for posting; None where none is."""
        answer = await self._calls.send("GET", "/LockDateSettings", changes=False)
        return answers.decode(answer, bank_wire.LockDate).lock_date if answer.body else None

    async def find_accounts(self, numbers: Iterable[int]) -> dict[int, bank_wire.GeneralLedgerAccount]:
        """Accounts of the chart by number; those that do not exist are absent."""
        shape = list[bank_wire.GeneralLedgerAccount]
        return {
            one.account_no: one for one in await paging.among(self._calls, "/GeneralLedgerAccounts", "accountNos", numbers, shape)
        }

    async def fetch_vat_codes(self) -> dict[str, bank_wire.VatCode]:
        """VAT codes by code, those that are not in use too."""
        found = await paging.rows(self._calls, "/VatCodes", {}, list[bank_wire.VatCode])
        return {one.code: one for one in found if one.code is not None}

    async def find_vat_free(self) -> int:
        """The id of the VAT code for no VAT. Raises Rejected where the client has none."""
        found = (await self.fetch_vat_codes()).get(_NO_VAT)
        if found is None:
            raise errors.Rejected(messages.NO_VAT_CODE, detail=messages.NO_VAT_CODE)
        return found.id

    async def find_departments(self, codes: Iterable[str]) -> dict[str, int]:
        """The ids of departments in use by code."""
        return await self._dimensions("/Departments", "codes", codes)

    async def find_projects(self, codes: Iterable[str]) -> dict[str, int]:
        """The ids of projects in use by code."""
        return await self._dimensions("/Projects", "projectCodes", codes)

    async def fetch_transactions(
        self, first: dt.date, last: dt.date, account_nos: Iterable[int] | None = None
    ) -> list[bank_wire.Transaction]:
        """What was posted from `first` to `last` on these accounts of the chart; on all for None."""
        days = {"fromDate": first.isoformat(), "toDate": last.isoformat()}
        return await self._reported("/AccountTransactions", days, "accountNos", account_nos, list[bank_wire.Transaction])

    async def fetch_trial_balance(self, day: dt.date, account_nos: Iterable[int] | None = None) -> dict[int, Decimal]:
        """What stands on these accounts of the chart at the end of `day`, plus is debit; on all for None: they add up to zero."""
        shape = list[bank_wire.TrialBalanceLine]
        rows = await self._reported("/TrialBalance", {"date": day.isoformat()}, "accountNos", account_nos, shape)
        return {one.account_no: one.balance for one in rows}

    async def fetch_open_items(self, day: dt.date, customer_nos: Iterable[int] | None = None) -> list[bank_wire.OpenItem]:
        """What these customers, all for None, owe at the end of `day`, and what of theirs is not matched with an invoice."""
        path, shape = "/Customerledger/OpenItems", list[bank_wire.OpenItem]
        return await self._reported(path, {"date": day.isoformat()}, "customerNos", customer_nos, shape)

    async def find_vouchers(
        self, account_no: int | None, first: dt.date, last: dt.date, *, reversed_too: bool = False
    ) -> dict[str, bank_wire.Transaction]:
        """What stands on an account of the chart, or on any, with posting dates from `first` to `last`, by
        ExternalImportReference.

        Reversed vouchers count as absent, since their reference is free again, unless `reversed_too`.
        """
        found = await self.fetch_transactions(first, last, None if account_no is None else [account_no])
        posted = [one for one in found if one.reversed_voucher_id is None]
        standing = [one for one in posted if not one.is_reversed]
        return {
            one.external_import_reference: one
            for one in (*(posted if reversed_too else ()), *standing)
            if one.external_import_reference
        }

    async def find_voucher(
        self, reference: str, account_no: int | None, first: dt.date, last: dt.date, *, reversed_too: bool = False
    ) -> bank_wire.PostedVoucher | None:
        """The voucher of ours that stands under its reference: the read-back after an Uncertain post. Compare with is_same.

        `account_no` is an account of the chart that a line of it is on; None: any. Raises DifferingError where it is not ours.
        """
        standing = None
        for pause in (0, self._lag):  # it may have been posted a moment ago
            await asyncio.sleep(pause)
            if standing := (await self.find_vouchers(account_no, first, last, reversed_too=reversed_too)).get(reference):
                break
        if standing is None:
            return None
        found = await self.fetch_voucher(standing.voucher_id)
        if found is None:
            raise DifferingError(messages.another_voucher(standing.voucher_no), detail=str(standing.voucher_no))
        return None if found.is_reversed and not reversed_too else found

    async def fetch_voucher(self, voucher_id: uuid.UUID) -> bank_wire.PostedVoucher | None:
        """A bank voucher that this integration has posted; None for all others."""
        answer = await self._calls.find(f"/Vouchers/BankJournals/{voucher_id}")
        return answers.decode(answer, bank_wire.PostedVoucher) if answer else None

    async def post(self, voucher: bank_wire.BankVoucher, account_no: int | None = None) -> bank_wire.PostedVoucher:
        """Post a bank voucher with a line on `account_no` of the chart, None: any. A change: settled by find_voucher.

        Raises AlreadyDelivered with the same voucher that stands there under its reference, DifferingError when another does, when
        Go says that the reference is taken and shows nothing under it, or when what it says that it posted is not what was sent;
        Rejected when Go says no and nothing stands there.
        """
        body = bank_wire.encode(voucher)
        try:
            answer = await self._calls.send("POST", "/Vouchers/BankJournals", changes=True, content=body)
        except errors.Rejected as error:
            standing = await self._find_standing(voucher, account_no)
            if standing is None and _NAMES_REFERENCE.search(error.detail):
                raise DifferingError(messages.taken_reference(error.detail), detail=error.detail, status=error.status) from None
            if standing is None:
                raise _refused(error) from None
            require_same(voucher, standing)
            raise errors.AlreadyDelivered(messages.posted_already(standing.voucher_no), standing) from None
        posted = answers.decode(answer, bank_wire.PostedVoucher)
        require_same(voucher, posted)
        return posted

    async def reverse(self, voucher_id: uuid.UUID) -> None:
        """Have Go reverse a voucher of ours. A change: settled by fetch_voucher, whose `is_reversed` also tells when it is done.

        Its reference is free then, and not before: another voucher under it may only be posted after that. Raises
        AlreadyDelivered when it is reversed, Rejected when it is not ours or Go says no.
        """
        standing = await self.fetch_voucher(voucher_id)
        if standing is None:
            raise errors.Rejected(messages.NOT_OUR_VOUCHER, detail=str(voucher_id))
        if standing.is_reversed:
            raise errors.AlreadyDelivered(messages.reversed_already(standing.voucher_no), standing)
        try:
            await self._calls.send("POST", f"/Vouchers/Reverse/{voucher_id}", changes=True)
        except errors.Rejected as error:
            await asyncio.sleep(self._lag)
            now = await self.fetch_voucher(voucher_id)
            if now and now.is_reversed:
                raise errors.AlreadyDelivered(messages.reversed_already(now.voucher_no), now) from None
            message = messages.not_reversed(standing.voucher_no, error.detail)
            raise errors.Rejected(message, detail=error.detail, status=error.status) from None

    async def _find_standing(self, voucher: bank_wire.BankVoucher, account_no: int | None) -> bank_wire.PostedVoucher | None:
        """What stands under the voucher's reference."""
        days = [line.posting_date for line in voucher.voucher_lines] or [voucher.voucher_date]
        return await self.find_voucher(voucher.external_import_reference, account_no, min(days), max(days))

    async def _reported(
        self, path: str, days: Mapping[str, str], name: str, numbers: Iterable[int] | None, shape: type[list[Row]]
    ) -> list[Row]:
        if numbers is None:
            return await paging.rows(self._calls, path, days, shape)
        return await paging.among(self._calls, path, name, numbers, shape, **days)

    async def _dimensions(self, path: str, name: str, codes: Iterable[str]) -> dict[str, int]:
        found = await paging.among(self._calls, path, name, codes, list[bank_wire.Dimension])
        return {one.code: one.id for one in found if one.code is not None and one.is_active is not False}


def is_same(voucher: bank_wire.BankVoucher, posted: bank_wire.PostedVoucher, *, days: bool = True) -> bool:
    """Whether what stands is what was sent: currency, each line's account, amount and day, and the rest where it is shown.

    Without `days` it may have been moved to other ones since.
    """
    sent, lines = voucher.voucher_lines, posted.voucher_lines or []
    moved = collections.Counter((one.account_id, one.currency_amount, days and one.posting_date) for one in sent)
    taxed = collections.Counter((one.account_id, one.currency_amount, one.vat_id) for one in sent)
    settled = collections.Counter((one.account_id, one.currency_amount, one.invoice_no) for one in sent)
    return (
        moved == collections.Counter((one.account_id, one.currency_amount, days and one.posting_date) for one in lines)
        and collections.Counter((one.account_id, one.currency_amount, one.vat_id) for one in lines if one.vat_id) <= taxed
        and collections.Counter((one.account_id, one.currency_amount, one.invoice_no) for one in lines if one.invoice_no) <= settled
        and posted.currency_code in (None, voucher.currency_code)
    )


def by_invoice(items: Iterable[bank_wire.OpenItem]) -> dict[tuple[int, str], Decimal]:
    """What is open by customer number and invoice number; "" is what stands on the customer and on no invoice."""
    found: dict[tuple[int, str], Decimal] = collections.defaultdict(Decimal)
    for one in items:
        found[one.customer_account_no or 0, one.invoice_no or ""] += one.balance
    return dict(found)


def require_same(voucher: bank_wire.BankVoucher, posted: bank_wire.PostedVoucher, *, days: bool = True) -> None:
    """Raise DifferingError where what stands is not what was sent; see is_same."""
    if not is_same(voucher, posted, days=days):
        raise DifferingError(messages.another_voucher(posted.voucher_no), detail=str(posted.voucher_no))


def _refused(error: errors.Rejected) -> errors.Rejected:
    return errors.Rejected(messages.refused_voucher(error.status, error.detail), detail=error.detail, status=error.status)
