"""Payments in Fortnox: registered and bookkept on the invoice that they settle, each once.

Fortnox keeps no reference of ours, so one of several like payments is told by its number among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from fakturabro.domain import money
from fakturabro.ledger import deliveries
from fakturabro.mapping import movements_to_fortnox as mapping
from fakturabro.remote import errors
from fakturabro.systems.fortnox import client as fortnox
from fakturabro.systems.fortnox import wire
from tasks import messages as run_messages
from tasks import sending, verdicts
from tasks.accounting import messages, posting_values
from tasks.bank import options as bank_options


class Poster:
    """Fortnox of one tenant in one run."""

    def __init__(self, chosen: bank_options.BankOptions, client: fortnox.Fortnox) -> None:
        self._chosen, self._client = chosen, client
        self._locked: dt.date | None = None

    async def to_pay(self, told: Sequence[posting_values.Told]) -> posting_values.Made:
        """What ended without money moving, or came back, is concluded or refused without a call; the rest is registered."""
        made = posting_values.Made()
        self._locked = await self._client.fetch_locked_until() if told else None
        for one in told:
            order = one.one.order
            if one.stage != "executed":
                made.postings[one.document_id] = posting_values.Posting(natural_key=f"{one.stage}/{one.end_to_end_id}", what=None)
            elif mode := self._mode(made, one.one.account.number, one.day):
                payment = mapping.to_payment(one.key, one.day, order.amount, order.currency, mode)
                made.postings[one.document_id] = _posting("supplier", payment)
        return made

    async def to_receive(self, rows: Sequence[posting_values.Received]) -> posting_values.Made:
        """What came in, on the open invoice with its OCR number or that it was matched with; never more than is owed.

        What the bank has taken back is no payment of an invoice, and cannot be taken back there.
        """
        made = posting_values.Made()
        if not rows:
            return made
        self._locked = await self._client.fetch_locked_until()
        invoices = await self._client.fetch_open_customer_invoices()
        by_key = {key: one for one in invoices for key in (one.ocr, one.document_number) if key}
        owed = {one.document_number: money.to_minor(one.balance) for one in invoices if one.balance}
        for one in rows:
            number, day = one.given[0][1] if len(one.given) == 1 else one.row.kid, one.row.booked_on
            invoice = by_key.get(number) if len(one.given) <= 1 else None
            if one.row.standing in ("netted", "reversal"):
                made.leave(messages.TAKEN_BACK, one)
            elif invoice is None or day is None or not invoice.document_number.isdecimal():
                made.leave(messages.UNMATCHED, one)
            elif not 0 < one.row.amount <= owed.get(invoice.document_number, 0) or not self._is_in(invoice, one.row.currency):
                made.leave(messages.MORE_THAN_OWED, one)
            elif mode := self._mode(made, one.row.account, day):
                owed[invoice.document_number] -= one.row.amount
                payment = mapping.to_payment(int(invoice.document_number), day, one.one.amount, one.row.currency, mode)
                made.postings[one.row.document_id] = _posting("customer", payment)
        return made

    async def send(self, row: deliveries.Open, posting: posting_values.Posting) -> sending.Sent:
        """Register and bookkeep one payment."""
        asked = mapping.from_natural_key(row.natural_key or "")
        if asked is None:
            if (row.natural_key or "").startswith("returned/"):
                raise errors.Rejected(messages.BY_HAND_RETURN, detail=messages.BY_HAND_RETURN)
            return sending.Sent(detail=messages.NOTHING_TO_BOOK)
        ledger, _, nth = asked
        booked = await self._client.book(ledger, posting.what, nth)
        return sending.Sent(answer=msgspec.json.encode(booked), detail=messages.registered(booked.number))

    async def find(self, row: deliveries.Open, wanted: posting_values.Stands) -> verdicts.Verdict:
        """Whether it stands bookkept; what is only registered is bookkept when it is sent again, and not made a second time."""
        asked = mapping.from_natural_key(row.natural_key or "")
        if asked is None:
            return verdicts.ABSENT  # nothing is registered of it
        ledger, payment, nth = asked
        standing = await self._client.find_payments(ledger, payment)
        if len(standing) < nth or not standing[nth - 1].booked:
            return verdicts.ABSENT
        answer = msgspec.json.encode(standing[nth - 1])
        return verdicts.Verdict(outcome="accepted", answer=answer, detail=run_messages.STANDS_THERE)

    def _is_in(self, invoice: wire.CustomerInvoice, currency: str) -> bool:
        """Whether the invoice is in this currency, and its balance certainly too."""
        return invoice.currency == currency and currency in (fortnox.KRONOR, *self._chosen.accounting.api.fortnox_currencies)

    def _mode(self, made: posting_values.Made, account: str, day: dt.date) -> str:
        """The mode of payment that the account is in Fortnox; "", and why, where nobody has said or the day is closed."""
        mode = self._chosen.accounting.api.posts_to(account)
        if not mode:
            made.faults.append(messages.no_ledger_account(account))
        elif self._locked is not None and day <= self._locked:
            made.faults.append(messages.locked(self._locked))
            return ""
        return mode


def _posting(ledger: fortnox.Ledger, payment: wire.NewPayment) -> posting_values.Posting:
    return posting_values.Posting(natural_key=mapping.to_stem(ledger, payment), what=payment, kept=wire.encode(ledger, payment))
