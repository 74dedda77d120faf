"""What became of transferred invoices in Fortnox: sent, paid, cancelled. Severa is told by status, a person by a finding."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from data_quality import blocking
from data_quality.suites import sales_invoices as suite
from fakturabro.ledger import documents, findings
from fakturabro.ledger.synchronising import invoice_steps, pairs
from fakturabro.systems.fortnox import invoice_wire, invoicing
from tasks import connect, retrying, runs
from tasks.severa_fortnox import invoice_messages as messages
from tasks.severa_fortnox import invoice_moves, invoice_values, marks
from tasks.severa_fortnox.options import SyncOptions

STATION = "sales_invoice_following"
_LIST = "invoices"


@retrying.station("Meld sendt og betalt")
async def report(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Read what changed among Fortnox' invoices, and move ours on in Severa: first what was sent, then what was paid."""
    slot = batch.slot
    if slot.dry_run or not options.invoices.carried:
        return batch
    calls = await connect.current().fortnox_calls(options.fortnox_tenant)
    read_for = "+".join(name for name, status in _told(options) if status)
    since, seen = marks.since(slot, "fortnox", _LIST, read_for), None
    async for page in invoicing.Invoicing(calls).fetch_invoices(since):
        seen = seen or calls.answered_at
        await asyncio.to_thread(_note, slot, options, page)
        for twins in await asyncio.to_thread(_find_twins, slot, page):
            batch = batch.failing(messages.several(twins))
    await asyncio.to_thread(marks.read_to_end, slot, "fortnox", _LIST, seen, read_for)
    for purpose, status in _told(options):
        if status:
            await invoice_moves.move(slot, options, purpose)
    return batch


def _told(options: SyncOptions) -> tuple[tuple[str, str], ...]:
    """What Severa may be told of, in its order, and by which status; "": it is not told."""
    return (invoice_steps.SENT, options.invoices.sent_status), (invoice_steps.PAID, options.invoices.paid_status)


def _note(slot: runs.Slot, options: SyncOptions, page: Sequence[invoice_wire.ListedInvoice]) -> None:
    """What of this page is ours begins its next step."""
    ledger = connect.current().ledger
    ours = _find_ours(slot, page)
    known = documents.find_known(ledger, slot.tenant, invoice_values.SOURCE, list(ours))
    stood = {one.id: ours[guid] for guid, one in known.items()}
    sent = [i for i, one in stood.items() if one.sent and not one.cancelled]
    paid = [i for i, one in stood.items() if one.final_pay_date and not one.cancelled]
    if options.invoices.sent_status:
        invoice_steps.begin(ledger, slot.tenant, slot.run, invoice_steps.SENT, sent)
    if options.invoices.paid_status:
        invoice_steps.begin(ledger, slot.tenant, slot.run, invoice_steps.PAID, paid)
    rules = blocking.Rules()
    cancelled = {i: rules.finding(suite.CANCELLED, value=one.document_number) for i, one in stood.items() if one.cancelled}
    if cancelled:
        said = {i: [one] for i, one in cancelled.items() if one}
        findings.record(ledger, slot.tenant, STATION, said, (), slot.run)


def _find_twins(slot: runs.Slot, page: Sequence[invoice_wire.ListedInvoice]) -> list[tuple[str, str]]:
    """What stands in Fortnox with the reference of an invoice that is another there: both numbers."""
    rows = {one.document_number: one.external_invoice_reference1 for one in page if not one.cancelled}
    known = pairs.find(connect.current().ledger, slot.tenant, "invoice", severa_keys={key for key in rows.values() if key})
    partners = {one.severa_key: one.fortnox_key for one in known}
    return [(partners[key], number) for number, key in rows.items() if key and partners.get(key, number) != number]


def _find_ours(slot: runs.Slot, page: Sequence[invoice_wire.ListedInvoice]) -> dict[str, invoice_wire.ListedInvoice]:
    """By the invoice's key in Severa: by its pair, or where there is none yet by the reference that we gave it."""
    ledger, rows = connect.current().ledger, {one.document_number: one for one in page}
    references = {one.external_invoice_reference1: one for one in page if one.external_invoice_reference1 and not one.cancelled}
    paired = pairs.find(ledger, slot.tenant, "invoice", severa_keys=references, fortnox_keys=rows)
    by_pair = {one.severa_key: rows[one.fortnox_key] for one in paired if one.fortnox_key in rows}
    unpaired = references.keys() - {one.severa_key for one in paired}
    return {**{guid: references[guid] for guid in unpaired}, **by_pair}
