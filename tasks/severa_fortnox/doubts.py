"""Settling doubt: what was sent to Severa or Fortnox without an answer is read there, by number or key.

Of a register nothing is sent twice by that: what stands there and says the same counts as carried, everything else goes again, and
then only what differs is written.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence

from fakturabro.ledger import deliveries
from fakturabro.ledger.synchronising import anew, pairs
from tasks import clock, connect, messages, retrying, run_context, runs, settling, verdicts
from tasks.severa_fortnox import carried, costs, entries, invoice_doubts, pairing, pictures, singly, ways
from tasks.severa_fortnox.options import SyncOptions


@retrying.station("Avklar tvil")
async def settle(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Read back everything in doubt; what changed while it was on its way waits anew."""
    settled = await settling.settle_by(batch, readers(options))
    if not batch.slot.dry_run:
        await asyncio.to_thread(anew.begin, connect.current().ledger, batch.slot.tenant, batch.slot.run)
    return settled


def readers(options: SyncOptions) -> Mapping[str, settling.ReadBack]:
    """Who looks, by target."""
    registers = {way.target: functools.partial(_read_back, way) for way in ways.find_all(options)}
    return {**registers, **invoice_doubts.readers(options), **costs.READERS, **pictures.READERS}


async def _read_back(way: pairing.Way, slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    await way.prepare()
    found = await asyncio.to_thread(entries.read, slot.tenant, way, [row.document_id for row in rows])
    by_document, by_id = {one.row.id: one for one in found}, {str(row.id): row for row in rows}

    async def look(key: str) -> verdicts.Verdict | None:
        row = by_id[key]
        entry = by_document[row.document_id]
        verdict = await _look(way, slot, row, entry)
        # Fortnox takes no number twice; of Severa nobody knows, and a change may put back what was before it
        is_refused_twice = way.source == "severa" and entry.pair is None
        return verdict if is_refused_twice or not await asyncio.to_thread(verdicts.may_arrive, slot, row, verdict) else None

    said = await singly.read_each(look, by_id)
    for key, why in said.unread.items():  # it stays in doubt, and stops none of the others
        run_context.logger().warning("%s, %s: %s", slot.tenant, by_id[key].natural_key, why)
    return {int(key): verdict for key, verdict in said.found.items() if verdict}


async def _look(way: pairing.Way, slot: runs.Slot, row: deliveries.Open, entry: entries.Entry) -> verdicts.Verdict:
    number, pair = entry.subject.number, entry.pair
    there = await (way.find(number) if pair is None else way.fetch(way.theirs(pair), number))
    if there is None or row.revision_id != entry.row.revision_id:
        return verdicts.ABSENT
    new = pairing.why_partners(way, entry, there, {}) if pair is None else pair
    if new is None or (pair is None and new.linked_by != "created"):
        return verdicts.ABSENT
    if pair is None:
        ledger = connect.current().ledger
        if await asyncio.to_thread(pairs.record, ledger, slot.tenant, slot.run, clock.now(), [new]):
            return verdicts.ABSENT
    fields = entry.to_mapped(way, there)
    if way.differing(fields, there):
        return verdicts.ABSENT
    done = carried.Carried(what="created" if pair is None or entry.is_half_made else "changed", ours=number, theirs=there.number)
    return verdicts.Verdict(outcome="accepted", answer=carried.to_answer(done), detail=messages.STANDS_THERE)
