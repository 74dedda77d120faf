"""Settling doubt about return data: PowerOffice is asked for each voucher by its reference, and whether reversals are done.

A restored ledger learns of vouchers that it lost: what stands there is known as posted again, what does not waits again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fakturabro.ledger import deliveries, outcomes
from fakturabro.ledger.returns import movements, restoring, settlements, undoing, vouchers
from tasks import clock, connect, retrying, runs, settling
from tasks.payments import following
from tasks.returns import voucher_messages, voucher_reading

READERS: dict[str, settling.ReadBack] = {
    vouchers.TARGET: voucher_reading.read_back,
    vouchers.REVERSALS: voucher_reading.read_back_reversals,
}
"""By the target."""
_BLOCKS = dict.fromkeys(READERS, deliveries.PAGE)
"""One look at a voucher tells of all that it carries."""


_MOST_UNDONE = 10
"""So often what was posted anew was undone too."""


@retrying.station("Avklar tvil om returdata")
async def settle(batch: runs.Batch) -> runs.Batch:
    """Read back everything in doubt, know again what a restored ledger lost, and say what of it nobody can find out yet."""
    batch = await read_back(batch)
    batch = following.fail_daily(batch, await asyncio.to_thread(_find_rejected, batch.slot))
    lost = await asyncio.to_thread(undoing.find_lost_undos, connect.current().ledger, batch.slot.tenant)
    return batch.failing(voucher_messages.lost_undos(lost)) if lost and not batch.slot.dry_run else batch


def _find_rejected(slot: runs.Slot) -> dict[str, str]:
    """Vouchers that stand otherwise than they were sent, or that PowerOffice knows of and does not show: somebody must look."""
    ledger, tenant = connect.current().ledger, slot.tenant
    some = voucher_reading.group(deliveries.find_open(ledger, tenant, movements.PURPOSE, ["rejected"]))
    firsts = {reference: rows[0] for reference, rows in some.items()}
    why = outcomes.find_details(ledger, tenant, [row.id for row in firsts.values()])
    numbers = {one.document_id: one.number for one in movements.find(ledger, tenant, [row.document_id for row in firsts.values()])}
    places = _find_places(slot, list(some))
    return {
        f"return_data/{reference}": voucher_messages.rejected(
            tenant, numbers[row.document_id], len(some[reference]), places.get(reference, ""), why[row.id]
        )
        for reference, row in firsts.items()
    }


def _find_places(slot: runs.Slot, references: Sequence[str]) -> dict[str, str]:
    ledger = connect.current().ledger
    known = vouchers.find_by_reference(ledger, slot.tenant, references)
    numbers = {one.id: one.number for one in settlements.find(ledger, slot.tenant, [one.settlement_id for one in known.values()])}
    return {reference: voucher_messages.place(numbers[one.settlement_id], one.part) for reference, one in known.items()}


async def read_back(batch: runs.Batch) -> runs.Batch:
    """The same, and nothing is said of what has still to come in again. Raises the ladder."""
    slot = batch.slot
    if slot.dry_run:
        return batch
    for _ in range(_MOST_UNDONE):
        batch = await settling.settle_by(batch, READERS, _BLOCKS)
        await _adopt(slot)
        if not await asyncio.to_thread(_restore_undos, slot):
            break
    await asyncio.to_thread(restoring.release_unsent, connect.current().ledger, slot.tenant, slot.run)
    return batch


def _restore_undos(slot: runs.Slot) -> bool:
    """Make again what took back vouchers, and posted them anew, before the ledger was restored; whether there was any of it.

    It is in doubt then, under the very keys that it left under.
    """
    ledger, found = connect.current().ledger, False
    lost = undoing.find_lost_vouchers(ledger, slot.tenant)
    for voucher in vouchers.find_by_reference(ledger, slot.tenant, lost).values():
        if voucher.state == "posted" and vouchers.find_carried(ledger, slot.tenant, voucher.id).states == {"accepted"}:
            undoing.record_undo(ledger, slot.tenant, voucher.id, slot.run, clock.now())
            found = True
    return found


async def _adopt(slot: runs.Slot) -> None:
    """Vouchers that stand in PowerOffice and are known by what they carry alone, when all of that is in a settlement again."""
    ledger = connect.current().ledger
    for orphan in await asyncio.to_thread(restoring.find_orphans, ledger, slot.tenant):
        settled = [one for one in orphan.settlement_ids if one is not None]
        if orphan.states != {"accepted"} or len(settled) != len(orphan.settlement_ids):
            continue
        if orphan.reference != undoing.from_reference(orphan.reference):
            await asyncio.to_thread(_adopt_reversal, slot, orphan)
            continue
        posted = await voucher_reading.find(slot, orphan.reference, None, orphan.document_ids)
        if posted is None or posted.voucher_no is None:
            continue
        (settlement,) = await asyncio.to_thread(settlements.find, ledger, slot.tenant, [max(settled)])
        restoring.adopt(
            ledger,
            slot.tenant,
            settlement.id,
            orphan.reference,
            posted.voucher_no,
            str(posted.id),
            settlement.day,
            orphan.document_ids,
            slot.run,
            clock.now(),
        )


def _adopt_reversal(slot: runs.Slot, orphan: restoring.Orphan) -> None:
    """What took a voucher back, which PowerOffice shows as done."""
    ledger, tenant, reference = connect.current().ledger, slot.tenant, undoing.from_reference(orphan.reference)
    undone = vouchers.find_by_reference(ledger, tenant, [reference])[reference]
    of_it = (undone.settlement_id, orphan.reference, None, None, undone.day, orphan.document_ids)
    restoring.adopt(ledger, tenant, *of_it, slot.run, clock.now(), undoes=undone.id)
