"""The factoring company's customer ledger: book, read back by key, list, mark how a document reached the debtor; payments likewise.

What the company did itself on the client's account are its movements, and what it owes the client its balance: both are only read.

Source: contract.openapi.yaml beside this file.
Assumed: the whole contract.
"""

from __future__ import annotations

import datetime as dt
import itertools
import urllib.parse
from collections.abc import AsyncIterator

import msgspec

from fakturabro.remote import answers, errors, http, rates
from fakturabro.systems.factoring import messages, wire

SYSTEM = "Factoringsystemet"


class FactoringLedger:
    """One client's ledger at the factoring company; `client` is the client's number there, `key` the company's bearer key.

    All methods raise the ladder in remote/errors.py.
    """

    def __init__(
        self, remote: http.Remote, *, base: str, key: str, client: str, tenant: str, budget: rates.RateBudget | None = None
    ) -> None:
        self._remote = remote
        self._target = http.Target(system=SYSTEM, tenant=tenant, budget=budget)
        self._tenant, self._client = tenant, client
        of_client = f"{base.rstrip('/')}/ledger/{urllib.parse.quote(client, safe='')}"
        self._entries, self._payments = f"{of_client}/entries", f"{of_client}/payments"
        self._movements, self._balance = f"{of_client}/movements", f"{of_client}/balance"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    async def book(self, entry: wire.Entry) -> wire.BookedEntry:
        """Book one entry. A change: time-out or broken connection is Uncertain, settled by find_entry.

        Raises AlreadyDelivered with the entry that stands there when it is the same (is_same), Rejected when it is another,
        CredentialError when the ledger itself is not there: that is about the client's number or the address, not about the entry.
        """
        answer = await self._put_in(self._entries, entry)
        found = answers.decode(answer, wire.BookedEntry)
        if answer.status != 409:
            return found
        if is_same(entry, found):
            raise errors.AlreadyDelivered(messages.stands_already(entry.number), found)
        raise errors.Rejected(messages.another_stands(entry.number), detail=messages.another_stands(entry.number), status=409)

    async def find_entry(self, entry_type: wire.EntryType, number: str) -> wire.BookedEntry | None:
        """The entry with this key, None when it certainly does not stand there."""
        answer = await self._remote.send(
            self._target, "GET", self._address(entry_type, number), changes=False, headers=self._headers, expected=(404,)
        )
        return None if answer.is_absent() else answers.decode(answer, wire.BookedEntry)

    async def list_entries(self, after: int = 0) -> AsyncIterator[wire.EntryPage]:
        """Pages of entries booked after the entry id `after`, in the order they were booked."""
        while True:
            answer = await self._remote.send(
                self._target, "GET", self._entries, changes=False, headers=self._headers, params={"after": after}
            )
            page = answers.decode(answer, wire.EntryPage)
            if not page.entries:
                return
            yield page
            after = page.entries[-1].id

    async def mark_distribution(
        self, entry_type: wire.EntryType, number: str, channel: wire.Channel, reason: str = ""
    ) -> wire.BookedEntry:
        """Say how the document reached the debtor. A repeat is harmless, so it is retried like a read."""
        body = msgspec.json.encode(wire.Distribution(channel=channel, reason=reason))
        address = f"{self._address(entry_type, number)}/distribution"
        answer = await self._remote.send(self._target, "PUT", address, changes=False, headers=self._headers, content=body)
        return answers.decode(answer, wire.BookedEntry)

    async def post(self, payment: wire.Payment) -> wire.BookedPayment:
        """Post a payment, keyed by its reference. Doubt is settled by find_payment; raises as `book` does."""
        answer = await self._put_in(self._payments, payment)
        found = answers.decode(answer, wire.BookedPayment)
        if answer.status != 409:
            return found
        if is_same_payment(payment, found):
            raise errors.AlreadyDelivered(messages.payment_stands_already(payment.reference), found)
        detail = messages.another_payment_stands(payment.reference)
        raise errors.Rejected(detail, detail=detail, status=409)

    async def find_payment(self, reference: str) -> wire.BookedPayment | None:
        """The payment with this reference, None when it certainly does not stand there."""
        answer = await self._remote.send(
            self._target, "GET", self._payment(reference), changes=False, headers=self._headers, expected=(404,)
        )
        return None if answer.is_absent() else answers.decode(answer, wire.BookedPayment)

    async def settle(self, reference: str, settlement: wire.Settlement) -> wire.BookedPayment:
        """Allocate what stands in suspense of a payment. The same id counts once there, so it is retried like a read."""
        address, body = f"{self._payment(reference)}/allocations", msgspec.json.encode(settlement)
        answer = await self._remote.send(self._target, "POST", address, changes=False, headers=self._headers, content=body)
        return answers.decode(answer, wire.BookedPayment)

    async def list_movements(self, after: int = 0) -> AsyncIterator[wire.MovementPage]:
        """Pages of movements after the id `after`. What cannot be read of a page is in `unreadable` and stops nothing else.

        Raises Rejected for ids out of order: some would never be read then.
        """
        while True:
            answer = await self._fetch(self._movements, after=after)
            ids = [after, *(one.id for one in answers.decode(answer, wire.MovementNumbers).movements)]
            if len(ids) == 1:
                return
            if any(later <= before for before, later in itertools.pairwise(ids)):
                detail = messages.out_of_order(after)
                raise errors.Rejected(detail, detail=detail)
            rows = [
                wire.read_movement(raw, number)
                for raw, number in zip(answers.decode(answer, wire.MovementRows).movements, ids[1:], strict=True)
            ]
            yield wire.MovementPage(
                movements=[one for one in rows if isinstance(one, wire.Movement)],
                unreadable=[one for one in rows if isinstance(one, wire.UnreadableMovement)],
                content=answer.body,
            )
            after = ids[-1]

    async def fetch_balance(self, date: dt.date) -> wire.BalanceSheet:
        """What the company owes the client at the end of `date`."""
        return answers.decode(await self._fetch(self._balance, date=date.isoformat()), wire.BalanceSheet)

    async def _fetch(self, address: str, **params: int | str) -> answers.Answer:
        """GET what belongs to the whole ledger. Raises CredentialError when the ledger itself is not there."""
        answer = await self._remote.send(
            self._target, "GET", address, changes=False, headers=self._headers, params=params, expected=(404,)
        )
        return self._known(answer)

    async def _put_in(self, address: str, what: wire.Entry | wire.Payment) -> answers.Answer:
        """POST something that is keyed: 409 is an answer. Raises as `_fetch` does."""
        body = msgspec.json.encode(what)
        answer = await self._remote.send(
            self._target, "POST", address, changes=True, headers=self._headers, content=body, expected=(404, 409)
        )
        return self._known(answer)

    def _known(self, answer: answers.Answer) -> answers.Answer:
        if answer.status == 404:
            raise errors.CredentialError(messages.unknown_ledger(self._tenant, self._client), system=SYSTEM, tenant=self._tenant)
        return answer

    def _payment(self, reference: str) -> str:
        return f"{self._payments}/{urllib.parse.quote(reference, safe='')}"

    def _address(self, entry_type: wire.EntryType, number: str) -> str:
        return f"{self._entries}/{entry_type}/{urllib.parse.quote(number, safe='')}"


def is_same(entry: wire.Entry, standing: wire.BookedEntry) -> bool:
    """Whether what stands there is what we meant to book: number, type, KID, amount and currency."""
    return all(getattr(entry, name) == getattr(standing, name) for name in ("number", "type", "kid", "amount", "currency"))


def is_same_payment(payment: wire.Payment, standing: wire.BookedPayment) -> bool:
    """Whether what stands there is the payment that we meant; what it was allocated to there, the ledger there knows best."""
    return all(getattr(payment, name) == getattr(standing, name) for name in ("reference", "kind", "kid", "amount", "currency"))
