"""Sales invoices from Severa to Fortnox, and on to the next status in Severa when they stand there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from data_quality import blocking
from data_quality.suites import sales_invoices as suite
from fakturabro.domain import documents as values
from fakturabro.domain import identity
from fakturabro.ledger import deliveries, documents, findings
from fakturabro.ledger.synchronising import invoice_steps
from fakturabro.remote import errors
from fakturabro.systems.fortnox import invoicing
from fakturabro.systems.severa import invoicing as severa_invoicing
from tasks import connect, retrying, runs, sending
from tasks.severa_fortnox import invoice_checks, invoice_intake, invoice_moves, invoice_sending, invoice_values, lookups
from tasks.severa_fortnox.options import SyncOptions

_ROUNDS = 2
"""A credit note goes when its invoice has gone."""


@retrying.station("Overfor salgsfakturaer", part="invoices")
async def transfer(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Make in Fortnox what was checked in this run and is not held. What was not checked waits for the next."""
    slot, ledger = batch.slot, connect.current().ledger
    if not options.invoices.carried:
        return batch
    if slot.dry_run:
        return batch.counted(would_transfer=len(invoice_steps.find_open(ledger, slot.tenant, ["waiting", "planned"])))
    for again in range(_ROUNDS):
        if again and not await _check_again(slot, options):
            break
        if not await asyncio.to_thread(_plan, slot, invoice_checks.find_checked()):
            break
        await _send(slot, options)
    return batch


@retrying.station("Flytt salgsfakturaer i Severa")
async def mark_transferred(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Give what stands in Fortnox its number there, where Fortnox numbers, and the status for what is transferred."""
    if batch.slot.dry_run or not options.invoices.carried:
        return batch
    await asyncio.to_thread(begin_next, batch.slot, options)
    await invoice_moves.move(batch.slot, options, invoice_steps.MARK)
    return batch


def begin_next(slot: runs.Slot, options: SyncOptions) -> None:
    """What comes after the transfer begins to wait: also for what stood in doubt when it was carried. Blocks."""
    ledger = connect.current().ledger
    invoice_steps.begin_next(ledger, slot.tenant, slot.run, attaches=options.invoices.attachments)


async def _check_again(slot: runs.Slot, options: SyncOptions) -> bool:
    """Whether anything waited for what has gone."""
    held = await asyncio.to_thread(invoice_steps.find_open, connect.current().ledger, slot.tenant, ["held"])
    if held:
        await invoice_checks.check_open(slot, options)
    return bool(held)


def _plan(slot: runs.Slot, checked: Collection[int]) -> bool:
    """Whether all that is planned now was checked in this run, and there is something."""
    ledger, purpose = connect.current().ledger, values.TRANSFER
    ids = set(invoice_steps.find_open(ledger, slot.tenant, ["waiting", "planned"]))
    rows = [row for row in deliveries.find_open(ledger, slot.tenant, purpose, ["waiting", "planned"]) if row.document_id in ids]
    heads = {one.id: one for one in documents.find_heads(ledger, slot.tenant, sorted(ids))}
    plans = [
        deliveries.Planned(id=row.id, target=invoice_values.INVOICES, natural_key=heads[row.document_id].source_key)
        for row in rows
        if row.state == "waiting" and row.document_id in checked
    ]
    deliveries.plan(ledger, slot.tenant, plans, slot.run)
    unchecked = [row for row in rows if row.state == "planned" and row.document_id not in checked]
    return not unchecked and deliveries.is_planned(ledger, slot.tenant, purpose, invoice_values.INVOICES)


async def _send(slot: runs.Slot, options: SyncOptions) -> None:
    asked, refused = lookups.current(options), dict[int, errors.Rejected]()
    fortnox = invoicing.Invoicing(await connect.current().fortnox_calls(options.fortnox_tenant))
    severa = severa_invoicing.Invoicing(await connect.current().severa())
    sender = invoice_sending.Sender(slot, options, severa, fortnox, await asked.units(), await asked.terms())

    def put_back(row: deliveries.Open, _: invoice_sending.Payload, error: errors.Rejected) -> deliveries.Planned | None:
        """What Fortnox refused does not stand there: it waits for somebody to mend it. What was made otherwise does."""
        if error.status is None and not isinstance(error, invoice_sending.WithdrawnError):
            return None
        refused[row.document_id] = error
        return deliveries.Planned(id=row.id, target=row.target or "", natural_key=row.natural_key or "")

    numbers_in_order = options.invoices.number_master == "fortnox"
    order = sending.Order(
        slot=slot,
        purpose=values.TRANSFER,
        target=invoice_values.INVOICES,
        prepare=sender.prepare,
        send=sender.send,
        block=1 if numbers_in_order else sending.BLOCK,
        fallback=put_back,
    )
    try:
        await sending.send_planned(order)
    finally:
        await asyncio.to_thread(_hold, slot, refused)


def _hold(slot: runs.Slot, refused: dict[int, errors.Rejected]) -> None:
    """Hold what did not go, with the reason. What was only changed is read again in the next run. Blocks."""
    rules, ledger = blocking.Rules(), connect.current().ledger
    for document_id, error in refused.items():
        if isinstance(error, invoice_sending.WithdrawnError):
            station, said = invoice_intake.STATION, rules.finding(suite.WITHDRAWN, field="status", value=error.status_name)
            if not error.status_name:
                continue
        else:
            words = identity.mask_identity_numbers(error.detail or str(error))
            station, said = invoice_checks.REFUSALS, rules.finding(suite.REFUSED, value=words)
        found = {document_id: [said] if said else []}
        findings.record(ledger, slot.tenant, station, found, [values.TRANSFER], slot.run)
