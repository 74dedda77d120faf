"""Every movement that is not posted is checked in every run: what holds it is said, and it goes by itself when that is gone.

What PowerOffice says is asked for once. Where it cannot be asked the station fails, and nothing is posted in this run.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from data_quality import blocking, checking, movement_rows
from fakturabro.domain import documents as values
from fakturabro.domain import money, return_data
from fakturabro.ledger import documents, engine, findings
from fakturabro.ledger.returns import movements, told_twice
from tasks import connect, retrying, runs
from tasks.returns import books as client_books
from tasks.returns import buyers, places, posting_table
from tasks.returns.options import ReturnDataOptions

STATION = "return_data"
_OPEN = ("waiting", "held", "planned")
_RULES = blocking.Rules()
"""No tenant has rules of its own for these."""


@retrying.station("Kontroller bevegelser")
async def check(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Hold what PowerOffice would refuse, release what it would take. A dry run shows the posting table and leaves all as it is."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        await posting_table.leave_page(slot, chosen, await client_books.fetch(chosen))
        return batch
    open_ = await asyncio.to_thread(movements.find_open, ledger, slot.tenant, _OPEN)
    if not open_:
        return batch
    books = await client_books.fetch(chosen)
    for ids in engine.chunks(open_, movements.PAGE):
        page = await asyncio.to_thread(_Page, slot, chosen, ids)
        books = await client_books.fetch_buyers(books, page.buyers_needed())
        await asyncio.to_thread(page.check, books)
    client_books.keep(books)
    return batch


class _Page:
    """Some movements on their way through the suite."""

    def __init__(self, slot: runs.Slot, chosen: ReturnDataOptions, ids: Sequence[int]) -> None:
        self._slot, self._chosen, self._ledger = slot, chosen, connect.current().ledger
        read = movements.read(self._ledger, slot.tenant, ids)
        self._rows = [one for one in read if one[0].origin != "back"]
        self._buyers = buyers.find(self._ledger, slot.tenant, self._rows)
        named = {one.invoice_id for one in self._buyers.values()} - {None}
        self._invoices = {one.id: one for one in documents.find_heads(self._ledger, slot.tenant, sorted(filter(None, named)))}
        self._left = self._find_left()
        candidates = [] if chosen.posts_lookalikes else [row.document_id for row, _ in self._rows]
        self._lookalikes = told_twice.find(self._ledger, slot.tenant, candidates)

    def buyers_needed(self) -> set[str]:
        """The customers whose accounts they are posted on."""
        return {self._buyers[row.document_id].number for row, one in self._rows if self._is_on_buyer(one)} - {""}

    def check(self, books: client_books.Books) -> None:
        """Find what is wrong, and hold and release by it."""
        if not self._rows:
            return
        found = {i: list(said) for i, said in checking.check(self._to_subjects(books), _RULES, "movements").items()}
        for row, one in self._rows:
            by_itself = return_data.check(one, self._chosen.posting_table)
            found[row.document_id] = list(dict.fromkeys([*by_itself, *found[row.document_id]]))
        findings.record(self._ledger, self._slot.tenant, STATION, found, values.RETURN_PURPOSES, self._slot.run)

    def _to_subjects(self, books: client_books.Books) -> Iterator[movement_rows.Movement]:
        for row, one in self._rows:
            on_buyer, buyer = self._is_on_buyer(one), self._buyers[row.document_id]
            card = books.customers.get(buyer.number) if on_buyer else None
            invoice = self._invoices.get(buyer.invoice_id or 0) if on_buyer else None
            yield movement_rows.Movement(
                id=row.document_id,
                day=one.date,
                today=self._slot.business_date,
                locked_until=books.locked_until,
                currency=one.currency,
                unknown_invoice="" if buyer.number or not on_buyer else one.invoice_number or one.kid,
                invoice=one.invoice_number if on_buyer else "",
                invoice_currency=invoice.currency if invoice else None,
                kids_invoice=buyer.kids_invoice if on_buyer else "",
                told_buyer=buyer.told if on_buyer else "",
                invoiced_buyer=buyer.invoiced if on_buyer else "",
                buyer=buyer.number if on_buyer else "",
                card=buyer.number if card else None,
                card_state=client_books.state_of(card) if card else "active",
                lookalike=self._lookalikes.get(row.document_id),
                amount=one.amount,
                left=self._left.get(invoice.id) if invoice and _is_payment(one) else None,
                places=places.of_movement(books, self._chosen, one),
            )

    def _is_on_buyer(self, one: return_data.Movement) -> bool:
        row = self._chosen.posting_table.get(one.kind)
        return row is not None and "buyer" in (row.debit, row.credit)

    def _find_left(self) -> Mapping[int, Decimal]:
        """What the client's credit notes left of the invoices that it has credited."""
        credited = collections.Counter[tuple[str | None, str]]()
        numbers = sorted({one.number for one in self._invoices.values()})
        for note in documents.find_crediting(self._ledger, self._slot.tenant, numbers):
            credited[note.original_number, note.currency] += abs(note.amount)
        return {
            i: money.from_minor(one.amount - credited[one.number, one.currency])
            for i, one in self._invoices.items()
            if (one.number, one.currency) in credited
        }


def _is_payment(one: return_data.Movement) -> bool:
    return one.kind == "payment" and one.amount > 0
