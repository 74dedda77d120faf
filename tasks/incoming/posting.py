"""Posting: each payment goes once to where the tenant wants it, with what it settles; what people decide later follows, once too.

The factoring company's ledger is read back by reference; where the bank's own file is what is posted, see posting_by_file.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from fakturabro.ledger import deliveries, documents, raws, sendings
from fakturabro.ledger.incoming import allocations, posts
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import stages
from fakturabro.mapping import incoming_to_factoring as mapping
from fakturabro.remote import errors
from fakturabro.systems.factoring import client as factoring_ledgers
from fakturabro.systems.factoring import wire
from tasks import clock, connect, retrying, runs, sending, verdicts
from tasks import messages as run_messages
from tasks.accounting import api as accounting_api
from tasks.accounting import posting_by_file
from tasks.bank import options as bank_options
from tasks.incoming import matching, messages

FACTORING = "factoring_payments"
_KEPT_AS = "entry"
_UNPROCESSABLE = 422


@retrying.station("Poster innbetalinger")
async def post(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Post what is matched, each payment once; what is stopped or not matched waits."""
    slot, where = batch.slot, chosen.accounting.incoming
    if slot.dry_run:
        waiting = deliveries.find_open_documents(connect.current().ledger, slot.tenant, ["post"], ["waiting", "planned"])
        return batch.counted(would_post=len(waiting))
    if where in accounting_api.TARGETS:
        return await accounting_api.post(batch, chosen)
    if where == "factoring":
        return await _post_to_factoring(batch, chosen.accounting.factoring_client)
    if where == "file":
        return await posting_by_file.post(batch, chosen)
    return batch.counted(not_posted=await asyncio.to_thread(_cancel, slot))


async def _post_to_factoring(batch: runs.Batch, client_number: str) -> runs.Batch:
    slot, target, ledger = batch.slot, f"{FACTORING}:{client_number}", connect.current().ledger
    await asyncio.to_thread(_plan, slot, client_number)
    if deliveries.is_planned(ledger, slot.tenant, "post", target):
        posting = _Posting(slot, await connect.current().factoring(client_number))
        order = sending.Order(slot=slot, purpose="post", target=target, prepare=posting.prepare, send=posting.send)
        await sending.send_planned(order)
    return batch


def _plan(slot: runs.Slot, client_number: str) -> None:
    """Plan for the client's ledger what is matched, and what was planned for another one."""
    ledger, target = connect.current().ledger, f"{FACTORING}:{client_number}"
    for rows in deliveries.find_open_in_pages(ledger, slot.tenant, "post", ["waiting", "planned"]):
        found = {one.document_id: one for one in incoming.find(ledger, slot.tenant, [row.document_id for row in rows])}
        plans = [
            (row, deliveries.Planned(id=row.id, target=target, natural_key=mapping.to_natural_key(client_number, one)))
            for row in rows
            if (one := found[row.document_id]).standing in stages.DECIDED
        ]
        deliveries.plan(ledger, slot.tenant, [plan for row, plan in plans if row.state == "waiting"], slot.run)
        stale = [plan for row, plan in plans if row.state == "planned" and row.target != target]
        deliveries.plan_anew(ledger, slot.tenant, stale, slot.run)


class _ToPost(NamedTuple):
    """A payment, and under which id its bytes are kept."""

    payment: wire.Payment
    raw_id: int


class _Posting:
    """Sends payments to one client's ledger."""

    def __init__(self, slot: runs.Slot, client: factoring_ledgers.FactoringLedger) -> None:
        self._slot, self._client = slot, client

    def prepare(self, rows: Sequence[deliveries.Open]) -> dict[int, _ToPost]:
        """The payments of a block, kept before one of them leaves."""
        ledger, tenant = connect.current().ledger, self._slot.tenant
        made = _to_payments(self._slot, [row.document_id for row in rows])
        key = ledger.seals.key(tenant, _KEPT_AS, self._slot.month)
        kept = {i: raws.seal(key, _KEPT_AS, msgspec.json.encode(one)) for i, one in made.items()}
        with ledger.writing() as connection:
            raw_ids = raws.record(connection, tenant, list(kept.values()))
        ready = {i: _ToPost(one, raw_ids[kept[i].sha256]) for i, one in made.items()}
        return {row.id: ready[row.document_id] for row in rows if row.document_id in ready}

    async def send(self, row: deliveries.Open, what: _ToPost) -> sending.Sent:
        """One payment. Money hangs on no allocation: where the ledger there refuses these, it is posted into suspense."""
        try:
            standing = await self._client.post(what.payment)
        except errors.AlreadyDelivered as error:
            if isinstance(error.standing, wire.BookedPayment):
                await asyncio.to_thread(_adopt, self._slot, row.document_id, error.standing)
            raise
        except errors.Rejected as error:
            if error.status != _UNPROCESSABLE or not what.payment.allocations:
                raise
            standing = await self._client.post(msgspec.structs.replace(what.payment, allocations=()))
            await asyncio.to_thread(_adopt, self._slot, row.document_id, standing)
        return sending.Sent(answer=msgspec.json.encode(standing))


def _to_payments(slot: runs.Slot, ids: Sequence[int]) -> dict[int, wire.Payment]:
    """What is posted of these payments: with what they were given when they were matched, not with what people decided since."""
    given = _find_given(slot, ids)
    rows = incoming.read(connect.current().ledger, slot.tenant, ids)
    return {row.document_id: mapping.to_payment(row, one, given[row.document_id], slot.business_date) for row, one in rows}


def _find_given(slot: runs.Slot, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """By payment, what the target knows of it: minor units by the invoice's number."""
    made = allocations.find_of_payments(connect.current().ledger, slot.tenant, ids)
    numbers, found = _numbers(slot, made), dict[int, dict[str, int]]()
    for i in ids:
        sums = Counter[str]()
        for one in made.get(i, ()):
            sums[numbers[one.invoice_id]] += one.amount if one.told_at else 0
        found[i] = {number: amount for number, amount in sums.items() if amount}
    return found


def _numbers(slot: runs.Slot, given: Mapping[int, Sequence[allocations.Made]]) -> dict[int, str]:
    ids = sorted({one.invoice_id for some in given.values() for one in some})
    return {head.id: head.number for head in documents.find_heads(connect.current().ledger, slot.tenant, ids)}


def _adopt(slot: runs.Slot, document_id: int, standing: wire.BookedPayment) -> None:
    """Make our allocations those that stand there: they were refused, or were made from a ledger that is lost."""
    ledger, theirs = connect.current().ledger, mapping.from_standing(standing)
    differing = Counter(theirs)
    differing.subtract(_find_given(slot, [document_id])[document_id])
    items = allocations.find_items(ledger, slot.tenant, numbers=[number for number, amount in differing.items() if amount])
    rows = [
        allocations.Allocation(document_id=document_id, invoice_id=one.document_id, amount=differing[one.number]) for one in items
    ]
    if rows:
        (row,) = incoming.find(ledger, slot.tenant, [document_id])
        rest = row.rest - sum(one.amount for one in rows)
        becomes = row.standing if row.amount < 0 else "matched" if not rest else "over" if theirs else "suspense"
        proposals = {document_id: matching.REFUSED} if rest else {}
        allocations.record(ledger, slot.tenant, slot.run, clock.now(), rows, {document_id: becomes}, proposals)


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """What stands in the factoring company's ledger under these payments' references."""
    made, found = _to_payments(slot, [row.document_id for row in rows]), dict[int, verdicts.Verdict]()
    for row in rows:
        client_number = (row.target or "").partition(":")[2]
        client = await connect.current().factoring(client_number)
        standing = await client.find_payment((row.natural_key or "").removeprefix(f"{client_number}/"))
        if standing is None:
            found[row.id] = verdicts.ABSENT
        elif factoring_ledgers.is_same_payment(made[row.document_id], standing):
            await asyncio.to_thread(_adopt, slot, row.document_id, standing)
            found[row.id] = verdicts.Verdict(
                outcome="accepted", answer=msgspec.json.encode(standing), detail=run_messages.STANDS_THERE
            )
        else:
            detail = messages.another_payment(standing.reference)
            found[row.id] = verdicts.Verdict(outcome="rejected", answer=msgspec.json.encode(standing), detail=detail)
    return found


@retrying.station("Si fra om det som er avklart")
async def tell(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Tell the factoring company what people decided of payments that stand in suspense there; a repeat is harmless."""
    slot, client_number = batch.slot, chosen.accounting.factoring_client
    if slot.dry_run or chosen.accounting.incoming in accounting_api.TARGETS:
        return batch if slot.dry_run else await accounting_api.tell(batch, chosen)
    if chosen.accounting.incoming != "factoring":
        return batch
    ledger, client = connect.current().ledger, await connect.current().factoring(client_number)
    untold = await asyncio.to_thread(_find_untold, slot)
    for reference, one, number in untold:
        try:
            sendings.refuse_stopped(ledger, slot.tenant, "post", f"{FACTORING}:{client_number}")
            await client.settle(reference, mapping.to_settlement(one, number))
        except sendings.StoppedError:
            return batch
        except errors.Rejected as error:
            await asyncio.to_thread(_withdraw, slot, one)
            batch = batch.failing(messages.not_settled(reference, str(error)))
        else:
            allocations.record_told(ledger, slot.tenant, [one.id], clock.now())
            batch = batch.counted(settled=1)
    return batch


def _withdraw(slot: runs.Slot, one: allocations.Made) -> None:
    """What a person decided and the ledger there refuses, stands in suspense again: a person looks there."""
    ledger, now = connect.current().ledger, clock.now()
    made = allocations.find_of_payments(ledger, slot.tenant, [one.document_id])[one.document_id]
    if sum(each.amount for each in made if each.invoice_id == one.invoice_id):  # a run that died here has done it already
        back = allocations.Allocation(document_id=one.document_id, invoice_id=one.invoice_id, amount=-one.amount)
        refused = {one.document_id: matching.REFUSED}
        allocations.record(ledger, slot.tenant, slot.run, now, [back], {one.document_id: "suspense"}, refused)
    allocations.record_told(ledger, slot.tenant, [one.id], now)


def _find_untold(slot: runs.Slot) -> list[tuple[str, allocations.Made, str]]:
    """(reference, allocation, invoice's number) of each decision on a payment that is posted."""
    ledger = connect.current().ledger
    untold = allocations.find_untold(ledger, slot.tenant)
    ids = sorted({one.document_id for one in untold})
    posted = {i for i, state in deliveries.find_states(ledger, slot.tenant, "post", ids).items() if state == "accepted"}
    rows = {one.document_id: one for one in incoming.find(ledger, slot.tenant, sorted(posted))}
    numbers = _numbers(slot, {0: untold})
    return [
        (mapping.to_reference(rows[one.document_id]), one, numbers[one.invoice_id]) for one in untold if one.document_id in posted
    ]


def _cancel(slot: runs.Slot) -> int:
    """Nothing is posted anywhere: what is cleared is cancelled, and stands in the ledger."""
    ledger, count = connect.current().ledger, 0
    for file_id in posting_by_file.find_cleared(slot):
        for rows in posts.find(ledger, slot.tenant, file_id, ["waiting", "planned"]):
            ids = [row.document_id for row in rows]
            deliveries.cancel(ledger, slot.tenant, ids, ["post"], slot.run, slot.business_date)
            count += len(ids)
    return count
