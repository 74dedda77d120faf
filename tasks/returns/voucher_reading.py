"""What stands in the client's PowerOffice of a voucher in doubt, and whether one that is undone is reversed there."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.ledger import deliveries
from fakturabro.ledger.returns import movements, undoing, vouchers
from fakturabro.systems.poweroffice import bank_wire, books_v2
from tasks import connect, messages, runs, verdicts
from tasks.returns import voucher_content

_FAR = dt.timedelta(days=400)


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Which of these movements are posted: by the reference of the voucher that carries them."""
    ledger, found = connect.current().ledger, dict[int, verdicts.Verdict]()
    by_reference = group(rows)
    known = await asyncio.to_thread(vouchers.find_by_reference, ledger, slot.tenant, list(by_reference))
    for reference, some in by_reference.items():
        voucher = known.get(reference)
        verdict = await _look(slot, reference, voucher, [row.document_id for row in some])
        found |= {row.id: verdict for row in some}
    return found


async def read_back_reversals(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Whether the vouchers that these take back are reversed."""
    ledger, found = connect.current().ledger, dict[int, verdicts.Verdict]()
    client = await connect.current().poweroffice_bank()
    by_reference = group(rows)
    undone = {reference: undoing.from_reference(reference) for reference in by_reference}
    names = [*by_reference, *undone.values()]
    known = await asyncio.to_thread(vouchers.find_by_reference, ledger, slot.tenant, names)
    for reference, some in by_reference.items():
        posted = await fetch(client, known[undone[reference]])
        verdict = verdicts.ABSENT
        if posted is not None and posted.is_reversed:
            if reversal := known.get(reference):
                await asyncio.to_thread(mark_done, slot, reversal)
            verdict = _stands(posted)
        found |= {row.id: verdict for row in some}
    return found


async def find(
    slot: runs.Slot, reference: str, voucher: vouchers.Voucher | None, document_ids: Sequence[int]
) -> bank_wire.PostedVoucher | None:
    """What was posted under a reference, reversed or not. Raises DifferingError where it is not what was sent.

    On which days it stands does not count: whoever keeps the client's books may have moved it. A voucher that the ledger lost is
    known by its reference alone, which is made of what it carries.
    """
    ledger, client = connect.current().ledger, await connect.current().poweroffice_bank()
    if voucher is not None and voucher.raw_id is not None:
        sent = await asyncio.to_thread(voucher_content.read, slot, voucher)
        days = [line.posting_date for line in sent.voucher_lines]
    else:
        sent, rows = None, await asyncio.to_thread(movements.find, ledger, slot.tenant, document_ids)
        days = [row.day for row in rows]
    posted = await client.find_voucher(reference, None, min(days), max(days), reversed_too=True)
    if posted is None:
        posted = await client.find_voucher(reference, None, min(days) - _FAR, max(days) + _FAR, reversed_too=True)
    if posted is not None and sent is not None:
        books_v2.require_same(sent, posted, days=False)
    return posted


async def fetch(client: books_v2.BooksV2, voucher: vouchers.Voucher) -> bank_wire.PostedVoucher | None:
    """A voucher that we have posted, as it stands; None where PowerOffice does not know it as ours."""
    return await client.fetch_voucher(uuid.UUID(voucher.voucher_uuid)) if voucher.voucher_uuid else None


def mark(slot: runs.Slot, voucher: vouchers.Voucher, posted: bank_wire.PostedVoucher) -> None:
    """Let a voucher be known under PowerOffice's own number, before its deliveries are: what is posted is never made anew."""
    vouchers.mark_posted(connect.current().ledger, slot.tenant, voucher.id, posted.voucher_no, str(posted.id))


def mark_done(slot: runs.Slot, reversal: vouchers.Voucher) -> None:
    """The same for a reversal, of which PowerOffice tells no number."""
    vouchers.mark_posted(connect.current().ledger, slot.tenant, reversal.id, None, None)


async def _look(slot: runs.Slot, reference: str, voucher: vouchers.Voucher | None, document_ids: Sequence[int]) -> verdicts.Verdict:
    try:
        posted = await find(slot, reference, voucher, document_ids)
    except books_v2.DifferingError as error:
        return verdicts.Verdict(outcome="rejected", detail=str(error))
    if posted is None:
        return verdicts.ABSENT
    if voucher is not None:
        await asyncio.to_thread(mark, slot, voucher, posted)
    return _stands(posted)


def _stands(posted: bank_wire.PostedVoucher) -> verdicts.Verdict:
    return verdicts.Verdict(outcome="accepted", answer=msgspec.json.encode(posted), detail=messages.STANDS_THERE)


def group(rows: Sequence[deliveries.Open]) -> dict[str, list[deliveries.Open]]:
    """Deliveries by the voucher that they left by."""
    found = defaultdict[str, list[deliveries.Open]](list)
    for row in rows:
        found[vouchers.from_natural_key(row.natural_key or "")[0]].append(row)
    return found
