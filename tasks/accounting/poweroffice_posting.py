"""Bank vouchers in PowerOffice Go: what we paid on the supplier's account, what came in on the customer's, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from fakturabro.domain import money, payments
from fakturabro.ledger import deliveries
from fakturabro.mapping import movements_to_poweroffice as mapping
from fakturabro.systems.poweroffice import bank_v2, bank_wire, wire
from tasks import messages as run_messages
from tasks import runs, sending, verdicts
from tasks.accounting import messages, posting_values
from tasks.bank import options as bank_options

_AROUND = dt.timedelta(days=7)


class Poster:
    """PowerOffice Go of one tenant in one run."""

    def __init__(self, slot: runs.Slot, chosen: bank_options.BankOptions, client: bank_v2.BankV2) -> None:
        self._slot, self._chosen, self._client = slot, chosen, client
        self._locked: dt.date | None = None
        self._suspense: int | None = None
        self._books: dict[str, mapping.Books] = {}

    async def to_pay(self, told: Sequence[posting_values.Told]) -> posting_values.Made:
        """What ended without money moving is concluded; what moved goes on the supplier's account, against the invoice."""
        made = posting_values.Made()
        moved = [one for one in told if one.stage in ("executed", "returned")]
        for one in told:
            if one not in moved:
                made.postings[one.document_id] = _nothing(one)
        if not moved:
            return made
        await self._look_up(one.one.account.number for one in moved)
        invoices = {one.key: await self._client.fetch_invoice(one.key) for one in moved}
        suppliers = await self._client.fetch_suppliers(one.supplier_no for one in invoices.values() if one and one.supplier_no)
        for one in moved:
            invoice = invoices[one.key]
            supplier = suppliers.get(invoice.supplier_no or 0) if invoice else None
            if invoice is None or supplier is None or supplier.subledger_account_id is None:
                made.faults.append(messages.no_invoice(one.end_to_end_id))
            elif books := self._open_books(made, one.one.account.number, one.day):
                made.postings[one.document_id] = self._pay(one, books, supplier.subledger_account_id, invoice)
        return made

    async def to_receive(self, rows: Sequence[posting_values.Received]) -> posting_values.Made:
        """What came in goes on the customer's account, by what it was matched with or by KID; otherwise in suspense."""
        made = posting_values.Made()
        if not rows:
            return made
        await self._look_up(one.row.account for one in rows)
        by_kid = _by_kid(await self._client.fetch_open_customer_invoices())
        numbers = {number for one in rows for number, _, _ in one.given} | {str(one.customer_no) for one in by_kid.values()}
        accounts = await self._client.find_customer_accounts(int(number) for number in numbers if number.isdecimal())
        fetched_there = {
            payments.account(one.bank_account_number).number
            for one in await self._client.fetch_client_accounts()
            if one.active_incoming_payment_service
        }
        for one in rows:
            parts, day = _to_parts(one, by_kid, accounts), one.row.booked_on
            if not parts and self._suspense is not None:
                parts = [mapping.Part(account_id=self._suspense, amount=money.from_minor(one.row.amount))]
                made.in_suspense.add(one.row.document_id)
            if one.row.account in fetched_there:
                made.faults.append(messages.fetched_there(one.row.account))
            elif not parts or day is None:
                made.leave(messages.UNMATCHED, one)
            elif books := self._open_books(made, one.row.account, day):
                reference = mapping.to_reference(self._slot.tenant, "incoming", f"{one.row.account}/{one.row.reference}")
                amount = money.from_minor(one.row.amount)
                voucher = mapping.to_voucher(reference, day, amount, one.row.currency, books, parts, messages.INCOMING)
                made.postings[one.row.document_id] = _posting(voucher)
        return made

    async def send(self, row: deliveries.Open, posting: posting_values.Posting) -> sending.Sent:
        """Post one voucher."""
        if posting.what is None:
            return sending.Sent(detail=messages.NOTHING_TO_BOOK)
        posted = await self._client.post(posting.what, self._account_no(posting.what))
        return sending.Sent(answer=msgspec.json.encode(posted), detail=messages.posted(posted.voucher_no))

    async def find(self, row: deliveries.Open, wanted: posting_values.Stands) -> verdicts.Verdict:
        """What stands under the voucher's reference on the bank's account."""
        key, account = row.natural_key or "", self._chosen.accounting.api.posts_to(wanted.account)
        if "/" in key or not account.isdecimal():
            return verdicts.ABSENT  # nothing is posted of it
        found = await self._client.find_vouchers(int(account), wanted.day - _AROUND, wanted.day + _AROUND)
        standing = found.get(key)
        if standing is None:
            return verdicts.ABSENT
        if (standing.currency_amount, standing.currency_code or wanted.currency) != (wanted.amount, wanted.currency):
            return verdicts.Verdict(outcome="rejected", detail=messages.another_voucher(standing.voucher_no))
        return verdicts.Verdict(outcome="accepted", answer=msgspec.json.encode(standing), detail=run_messages.STANDS_THERE)

    async def _look_up(self, accounts: Iterable[str]) -> None:
        """The lock date, the VAT code and the chart's ids: of these bank accounts, and of where money without an invoice goes."""
        api = self._chosen.accounting.api
        self._locked, no_vat = await self._client.fetch_lock_date(), await self._client.find_vat_free()
        posts_to = {number: api.posts_to(number) for number in set(accounts)}
        wanted = [account for account in (*posts_to.values(), api.suspense_account) if account.isdecimal()]
        chart = {str(number): one.id for number, one in (await self._client.find_accounts(map(int, wanted))).items()}
        self._suspense = chart.get(api.suspense_account)
        self._books |= {
            number: mapping.Books(bank=chart[account], no_vat=no_vat) for number, account in posts_to.items() if account in chart
        }

    def _open_books(self, made: posting_values.Made, account: str, day: dt.date) -> mapping.Books | None:
        """The ids to post with; None, and why, where the account is not set or the day is closed."""
        if account not in self._books:
            made.faults.append(messages.no_ledger_account(account))
        elif self._locked is not None and day <= self._locked:
            made.faults.append(messages.locked(self._locked))
        else:
            return self._books[account]
        return None

    def _pay(
        self, one: posting_values.Told, books: mapping.Books, account_id: int, invoice: bank_wire.IncomingInvoice
    ) -> posting_values.Posting:
        order, is_out = one.one.order, one.stage == "executed"
        amount = -order.amount if is_out else order.amount
        number = (invoice.invoice_no or "") if is_out else ""
        part = mapping.Part(account_id=account_id, amount=amount, invoice_number=number, kid=order.kid if is_out else "")
        reference = mapping.to_reference(self._slot.tenant, one.stage, one.end_to_end_id)
        text = messages.PAID if is_out else messages.RETURNED
        return _posting(mapping.to_voucher(reference, one.day, amount, order.currency, books, [part], text))

    def _account_no(self, voucher: bank_wire.BankVoucher) -> int:
        """The number of the chart's account on the voucher's first line."""
        bank = voucher.voucher_lines[0].account_id
        number = next(number for number, books in self._books.items() if books.bank == bank)
        return int(self._chosen.accounting.api.posts_to(number))


def _nothing(one: posting_values.Told) -> posting_values.Posting:
    return posting_values.Posting(natural_key=f"{one.stage}/{one.end_to_end_id}", what=None)


def _posting(voucher: bank_wire.BankVoucher) -> posting_values.Posting:
    return posting_values.Posting(natural_key=voucher.external_import_reference, what=voucher, kept=bank_wire.encode(voucher))


def _by_kid(invoices: Iterable[wire.OutgoingInvoice]) -> dict[str, wire.OutgoingInvoice]:
    """Open invoices by KID; a KID that stands on several names none of them."""
    found: dict[str, list[wire.OutgoingInvoice]] = {}
    for one in invoices:
        if one.cid and one.voucher_type != "OutgoingCreditNote" and one.customer_no is not None:
            found.setdefault(one.cid, []).append(one)
    return {kid: some[0] for kid, some in found.items() if len(some) == 1}


def _to_parts(
    one: posting_values.Received, by_kid: dict[str, wire.OutgoingInvoice], accounts: dict[int, int]
) -> list[mapping.Part]:
    """What each customer's account gets; what is over goes on the first one's. Empty where nobody knows whose it is."""
    invoice = by_kid.get(one.row.kid)
    given = list(one.given)
    if not given and invoice is not None and invoice.currency_code in (None, one.row.currency):
        given = [(str(invoice.customer_no), str(invoice.invoice_no), one.row.amount)]
    over = one.row.amount - sum(amount for _, _, amount in given)
    parts: list[mapping.Part] = []
    for customer, number, amount in given + ([(given[0][0], "", over)] if given and over else []):
        account_id = accounts.get(int(customer) if customer.isdecimal() else 0)
        if account_id is None:
            return []
        kid = one.row.kid if number and len(given) == 1 else ""
        parts.append(mapping.Part(account_id=account_id, amount=money.from_minor(amount), invoice_number=number, kid=kid))
    return parts
