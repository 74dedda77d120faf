"""Movements taken in: payments of the bank's that the factoring company knows, and what its system tells by interface or in lists.

Everything may be taken once more: a movement is known by its number for ever, and what was recorded is left as it is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from fakturabro.domain import return_data
from fakturabro.ledger.returns import arrivals, movements, settlements, sources, unread
from fakturabro.mapping import factoring_to_return_data, incoming_to_return_data
from fakturabro.remote import errors
from fakturabro.systems.factoring import wire
from tasks import clock, connect, retrying, run_context, runs
from tasks.returns import intake_messages as messages
from tasks.returns import lists, recording
from tasks.returns.options import ReturnDataOptions


async def take(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Take in what is new. Where one source fails the other is taken all the same.

    Nothing is taken while the settings say that return data begins later than it has: all of that would be skipped for good.
    """
    if await asyncio.to_thread(_starts_too_late, batch.slot, chosen):
        return batch.failing(messages.starts_later(chosen.starts_on))
    return await _fetch(await _take_payments(batch, chosen), chosen)


def _starts_too_late(slot: runs.Slot, chosen: ReturnDataOptions) -> bool:
    first = settlements.find_first_day(connect.current().ledger, slot.tenant, chosen.client_number)
    return chosen.starts_on > (slot.business_date if first is None else first)


@retrying.station("Ta med innbetalinger")
async def _take_payments(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """What the bank's payments settled, of which the factoring company knows."""
    return await asyncio.to_thread(_record_payments, batch, chosen)


@retrying.station("Hent bevegelser")
async def _fetch(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """What the factoring system tells."""
    if chosen.source == "api":
        return await _pull(batch, chosen)
    if chosen.source == "folder" and not batch.slot.dry_run:
        return await asyncio.to_thread(lists.take, batch, chosen)
    return batch


def _record_payments(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    slot, others = batch.slot, Counter[str]()
    if not slot.dry_run:
        sources.place_invoices(connect.current().ledger, slot.tenant)
    for page in sources.find_untaken(connect.current().ledger, slot.tenant):
        some = [one for one in page if one.client == chosen.client_number]
        others.update(one.client for one in page if one.client != chosen.client_number)
        if slot.dry_run:
            batch = batch.counted(would_take=len(some))
        else:
            batch = _noted(batch, recording.record(slot, _of_payments(chosen, some)))
    for client, count in sorted(others.items()):
        batch = batch.failing(messages.another_client(count, client, chosen.client_number))
    return batch


def _of_payments(chosen: ReturnDataOptions, some: Sequence[sources.Untaken]) -> list[arrivals.New]:
    """A decision that the company refused stands twice, there and back: neither ever happened there."""
    sums, rows = Counter[tuple[int, int]](), list[arrivals.New]()
    for one in some:
        sums[one.document_id, one.invoice_id] += one.amount
    for one in some:
        movement = incoming_to_return_data.to_movement(one)
        is_withdrawn = not sums[one.document_id, one.invoice_id]
        rows.append(
            arrivals.New(
                movement=movement,
                origin="bank",
                key=one.key,
                client=chosen.client_number,
                raw_id=one.raw_id,
                allocation_id=one.allocation_id,
                invoice_id=one.invoice_id,
                skip=messages.WITHDRAWN if is_withdrawn else recording.why_skipped(chosen, movement),
            )
        )
    return rows


async def _pull(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Page by page, each recorded before the next is asked for.

    What could not be read is asked for again, with all that came after it, until it can be.
    """
    ledger, tenant = connect.current().ledger, batch.slot.tenant
    client = await connect.current().factoring(chosen.client_number)
    missed = unread.find(ledger, tenant, chosen.client_number)
    after = min([movements.find_cursor(ledger, tenant, chosen.client_number), *(one - 1 for one in missed)])
    still, gone = set[int](), set(missed)
    try:
        async for page in client.list_movements(after):
            if batch.slot.dry_run:
                batch = batch.counted(would_take=len(page.movements))
                continue
            batch, some = await asyncio.to_thread(_record_page, batch, chosen, page)
            still |= some
            gone -= {one.id for one in page.movements} | some
    except errors.Rejected as error:  # what was read before it stands; its sentence says the rest
        return batch.failing(str(error))
    if batch.slot.dry_run:
        return batch
    unread.forget(ledger, tenant, chosen.client_number, missed - still)
    return batch.failing(messages.gone(sorted(gone))) if gone else batch


def _record_page(batch: runs.Batch, chosen: ReturnDataOptions, page: wire.MovementPage) -> tuple[runs.Batch, set[int]]:
    """With the numbers of what could not be read, which are recorded first: the pull goes past them only then."""
    slot, ledger, read = batch.slot, connect.current().ledger, list[return_data.Movement]()
    wrong = {one.id: messages.unreadable(one.id, one.field) for one in page.unreadable}
    for told in page.movements:
        try:
            read.append(factoring_to_return_data.to_movement(told))
        except return_data.AmountError:
            wrong[told.id] = messages.unread(told.id, told.amount, told.vat)
    unread.record(ledger, slot.tenant, chosen.client_number, wrong, slot.run, clock.now())
    raw_id = arrivals.keep(ledger, slot.tenant, page.content, clock.now())
    batch = _noted(batch, recording.record(slot, recording.to_rows(slot, chosen, read, raw_id, by_interface=True)))
    for sentence in wrong.values():
        run_context.logger().error("%s", sentence)
        batch = batch.failing(sentence)
    return batch.counted(movements_unread=len(wrong)), set(wrong)


def _noted(batch: runs.Batch, result: recording.Result) -> runs.Batch:
    for sentence in result.failures:
        batch = batch.failing(sentence)
    return batch.counted(**result.counts)
