"""The number-series guard: every number between the lowest and the highest known one is ours, explained, or missing.

Assumed: PowerOffice gives invoices and credit notes numbers from one series per client (v2 lists them together, by InvoiceNo).
"""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.domain import documents as values
from fakturabro.ledger import engine, series
from fakturabro.mapping import poweroffice_to_documents as mapping
from tasks import connect, retrying, run_context, runs, upkeep_messages

INVOICES = series.Series(source=mapping.SOURCE, name="invoice", kinds=tuple(values.KINDS))
_FACTORING = "Factoring"
_NUMBERS = 40


@retrying.station("Kontroller nummerserien")
async def follow_series(batch: runs.Batch, jump: int = series.JUMP) -> runs.Batch:
    """Look for holes in the number series, and ask PowerOffice about each: other delivery types explain it."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        return batch
    found = series.record_gaps(ledger, slot.tenant, INVOICES, slot.business_date, jump)
    for first, last in found.jumps:
        run_context.logger().warning("%s: %s", slot.tenant, upkeep_messages.series_jump(first, last))
    for asked in series.find_unexplained(ledger, slot.tenant, INVOICES):
        for numbers in engine.chunks(asked, 100):
            await _ask(slot, numbers)
    missing = series.find_missing(ledger, slot.tenant)
    if missing:
        run_context.logger().warning("%s: %s", slot.tenant, upkeep_messages.series_missing([gap.number for gap in missing]))
    return batch.counted(missing_numbers=len(missing), series_jumps=len(found.jumps), late_numbers=found.arrived)


async def _ask(slot: runs.Slot, numbers: Sequence[int]) -> None:
    """v2 knows every invoice; of those that went to factoring, v1 says whether they are offered, or were delivered before us."""
    client = await connect.current().poweroffice_v2()
    heads = [head async for page in client.fetch_outgoing_invoices(invoice_numbers=numbers) for head in page]
    types = {no: head.invoice_delivery_type or "" for head in heads if (no := head.invoice_no) is not None and no in numbers}
    ours = [number for number, delivery_type in types.items() if delivery_type == _FACTORING]
    offered, delivered = await _find_offered(ours)
    explained = {n: upkeep_messages.series_other_delivery(kind) for n, kind in types.items() if n not in ours}
    explained |= dict.fromkeys(delivered, upkeep_messages.SERIES_DELIVERED_BEFORE)
    kept = {n: upkeep_messages.SERIES_NOT_OFFERED for n in ours if n not in offered and n not in delivered}
    series.record_answers(connect.current().ledger, slot.tenant, INVOICES, numbers, explained, offered, kept, slot.business_date)


async def _find_offered(numbers: Sequence[int]) -> tuple[set[int], set[int]]:
    """(numbers that v1 offers now, numbers that were delivered to factoring by others)."""
    client = await connect.current().poweroffice_v1()
    offered: set[int] = set()
    delivered: set[int] = set()
    for some in engine.chunks(numbers, _NUMBERS):
        where = " or ".join(f"(InvoiceNo eq {number})" for number in some)
        async for page in client.fetch_available_invoices(f"({where})"):
            for row in page.data:
                (delivered if row.is_delivered else offered).add(int(row.invoice_no))
            if page.unreadable:  # one of these numbers, and nobody knows which: none of them is missing
                offered.update(set(some) - delivered)
    return offered, delivered
