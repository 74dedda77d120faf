"""Costs on Severa's projects: each row of a supplier invoice is put there once, and changed where it changed.

Severa has no key of ours on a fee. Which fees are a cost's stands in the ledger from the moment that it is known; before one is
made the project is searched for one that looks like it and is no other cost's. Costs of one project go one after the other, since
like ones can be told apart in no other way. A fee that is on an invoice cannot be changed: a second one has the difference.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.ledger import deliveries, documents, engine, findings
from fakturabro.ledger.synchronising import costs as noted
from fakturabro.mapping import fortnox_to_severa_costs as mapping
from fakturabro.systems.severa import costs as severa
from fakturabro.systems.severa import invoice_wire, wire
from fakturabro.systems.severa import registers as severa_registers
from tasks import connect, retrying, runs, sending, settling, verdicts
from tasks.severa_fortnox import cost_intake, cost_known, cost_writing
from tasks.severa_fortnox import cost_messages as messages
from tasks.severa_fortnox.options import SyncOptions

TARGET = "severa_costs"
STATION = "purchase_costs_carried"


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """A cost as Fortnox has it, the project that bears it in Severa, and the product that it has there."""

    source: mapping.Source
    project: str
    product: wire.Product | None
    """None for what was taken away: its fee keeps the one that it has."""
    raw_id: int | None = None
    """What leaves is said by the answer, field by field."""


@retrying.station("Overfor prosjektkostnader", part="costs")
async def transfer(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Put what waits on its project; what changed is compared with what stands there."""
    slot = batch.slot
    if slot.dry_run or not cost_known.current().is_checked:
        return batch
    planned = await asyncio.to_thread(_plan, slot)
    for sources in engine.chunks(planned, deliveries.PAGE):
        await cost_known.look_up(sources, options)
    if not planned:
        return batch
    writer = cost_writing.Writer(slot, severa.Costs(await connect.current().severa()))
    order = sending.Order(
        slot=slot,
        purpose=values.TRANSFER,
        target=TARGET,
        prepare=lambda rows: _prepare(slot, options, rows),
        send=lambda row, payload: writer.send(row, payload.source, payload.project, payload.product),
    )
    try:
        await sending.send_planned(order)
    finally:
        findings.record(connect.current().ledger, slot.tenant, STATION, writer.found, (), slot.run)
    return batch


def _plan(slot: runs.Slot) -> list[mapping.Source]:
    """waiting -> planned; all costs that are planned then."""
    ledger, tenant = connect.current().ledger, slot.tenant
    for rows in engine.chunks(noted.find_open(ledger, tenant, noted.KIND, ["waiting"]), deliveries.PAGE):
        of, ids = {row.document_id: row.delivery_id for row in rows}, [row.document_id for row in rows]
        fees = noted.find(ledger, tenant, ids)
        planned = [
            deliveries.Planned(id=of[one.id], target=TARGET, natural_key=to_natural_key(one, changed=one.id in fees))
            for one in documents.read(ledger, tenant, ids)
        ]
        deliveries.plan(ledger, tenant, planned, slot.run)
    ids = [row.document_id for row in noted.find_open(ledger, tenant, noted.KIND, ["planned"])]
    return [cost_intake.decode(one.canonical) for one in documents.read(ledger, tenant, ids)]


def to_natural_key(one: documents.Recorded, *, changed: bool) -> str:
    """What a cost is known by: invoice and row; a change has its revision behind."""
    stem = one.source_key.partition("/")[2]
    return f"{stem}@{one.hash.hex()[:12]}" if changed else stem


def _prepare(slot: runs.Slot, options: SyncOptions, rows: Sequence[deliveries.Open]) -> dict[int, Payload]:
    """What Severa no longer has the project or the product of stays planned, and is held by the next check."""
    ledger, known = connect.current().ledger, cost_known.current()
    fees = noted.find(ledger, slot.tenant, [row.document_id for row in rows])
    payloads: dict[int, Payload] = {}
    for row in rows:
        source = cost_intake.decode(documents.read_revision(ledger, slot.tenant, row.revision_id))
        project, product = known.projects.get(source.project), known.products.get(cost_known.product_code(source, options))
        bears = fees[row.document_id][0].project_guid if row.document_id in fees else project.guid if project else ""
        if bears and (product or source.is_removed):
            payloads[row.id] = Payload(source=source, project=bears, product=product)
    return payloads


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Whether costs in doubt stand on their projects. A change may be made again whatever became of it: it compares first.

    What is not there may still be on its way for a while, from a process that stood still: until then it stays in doubt.
    """
    ledger = connect.current().ledger
    calls = await connect.current().severa()
    client, fees = severa.Costs(calls), noted.find(ledger, slot.tenant, [row.document_id for row in rows])
    sources = {row.id: cost_intake.decode(documents.read_revision(ledger, slot.tenant, row.revision_id)) for row in rows}
    numbers = {int(one.project) for one in sources.values() if cost_known.is_number(one.project)}
    projects, _ = await severa_registers.Registers(calls).find_projects(numbers)
    said, lost = dict[int, verdicts.Verdict](), list[tuple[deliveries.Open, invoice_wire.NewProjectFee]]()
    for row in rows:
        source, noted_fees = sources[row.id], fees.get(row.document_id, [])
        project = projects.get(int(source.project)) if cost_known.is_number(source.project) else None
        says = sum(one.amount for one in noted_fees) == money.to_minor(source.counts)
        if noted_fees and says and "@" not in (row.natural_key or ""):
            said[row.id] = verdicts.Verdict(outcome="accepted", answer=cost_writing.posted(row, noted_fees[0].fee_guid))
        elif noted_fees or source.invoice_date is None:
            said[row.id] = verdicts.ABSENT
        elif project is not None:
            fee = mapping.to_fee(source, project.guid, None)
            said[row.id] = await _find(slot, client, row, fee)
            lost += [(row, fee)] if said[row.id] is verdicts.ABSENT else []
        elif source.is_removed:
            said[row.id] = verdicts.ABSENT
    said |= await _find_changed(slot, client, lost)
    return {row.id: said[row.id] for row in rows if row.id in said and not verdicts.may_arrive(slot, row, said[row.id])}


async def _find(slot: runs.Slot, client: severa.Costs, row: deliveries.Open, fee: invoice_wire.NewProjectFee) -> verdicts.Verdict:
    ledger = connect.current().ledger
    found = await client.find_fees(fee, noted.find_claimed(ledger, slot.tenant, fee.project.guid))
    if not found:
        return verdicts.ABSENT
    cost_writing.note(slot, row, found[0].guid, fee)
    return verdicts.Verdict(outcome="accepted", answer=cost_writing.posted(row, found[0].guid))


async def _find_changed(
    slot: runs.Slot, client: severa.Costs, rows: Sequence[tuple[deliveries.Open, invoice_wire.NewProjectFee]]
) -> dict[int, verdicts.Verdict]:
    """Costs that changed in Fortnox after they were put there and the ledger forgot it: a fee that is called so is no other's.

    Noted as the cost's it is changed, not made a second time. Where it is not clear which is whose, a person looks.
    """
    refused, alike = dict[int, verdicts.Verdict](), collections.defaultdict[tuple[str, str], list[deliveries.Open]](list)
    for row, fee in rows:
        alike[fee.project.guid, fee.description].append(row)
    for (project, name), some in alike.items():
        taken = noted.find_claimed(connect.current().ledger, slot.tenant, project)
        called = [one for one in await client.fetch_fees(project) if (one.description or "").strip() == name]
        free = [one for one in called if one.guid not in taken]
        if len(free) == len(some) == 1:
            cost_writing.note_standing(slot, some[0], project, free[0])
        elif free:
            refused |= {
                row.id: verdicts.Verdict(outcome="rejected", detail=messages.unclear(row.natural_key or "")) for row in some
            }
    return refused


READERS: Mapping[str, settling.ReadBack] = {TARGET: read_back}
"""By the target."""
