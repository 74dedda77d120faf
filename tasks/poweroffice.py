"""PowerOffice Go: fetch new documents, read the cards of those that wait. What goes back is in poweroffice_writeback."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import Collection, Sequence

from data_quality import blocking
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.formats import ehf
from fakturabro.ledger import changes, deliveries, documents, engine, findings, recording, twins
from fakturabro.ledger.journal import claims
from fakturabro.ledger.journal import messages as journal_messages
from fakturabro.mapping import poweroffice_to_documents as mapping
from fakturabro.remote import errors
from fakturabro.systems.poweroffice import factoring_v1, wire
from tasks import connect, messages, restoring, retrying, run_context, runs, selections

_AT_ONCE = 16
_RECORD = 1_000
_NUMBERS = 40
_LIST, _INACTIVE = "list", "not_active_at_source"
_NOT_LEFT = ("waiting", "held", "planned")
_FORTH = ("book", "distribute")


@retrying.station("Hent fakturaer")
async def fetch_available_invoices(batch: runs.Batch, selection: selections.Selection) -> runs.Batch:
    """Fetch the invoices and credit notes that the factoring company may take and that the ledger does not know.

    What is held is fetched again: the client may have mended it at the source. What waits and is no longer offered is taken back.
    """
    connections = connect.current()
    ledger, tenant = connections.ledger, batch.slot.tenant
    client = await connections.poweroffice_v1()
    not_left = set(deliveries.find_open_documents(ledger, tenant, _FORTH, _NOT_LEFT))
    held = set(deliveries.find_open_documents(ledger, tenant, _FORTH, ["held"]))
    listed: set[str] = set()
    async for page in client.fetch_available_invoices(selection.to_odata()):
        listed.update(str(row.id) for row in page.data)
        batch = _note_unreadable(batch, page.unreadable)
        _hold_inactive(batch.slot, page.data, not_left)
        batch = await _take_in(client, batch, page.data, held)
    batch = await _take_back(client, batch, listed) if selection == selections.NEW else batch
    return batch if batch.slot.dry_run else await _take_in_claimed(batch)


def _hold_inactive(slot: runs.Slot, rows: Sequence[wire.FactoringInvoiceDetails], not_left: Collection[int]) -> None:
    """Hold what has not left and the list no longer calls active; release what is active again."""
    ledger, rules = connect.current().ledger, blocking.Rules()
    known = documents.find_known(ledger, slot.tenant, mapping.SOURCE, [str(row.id) for row in rows])
    found: dict[int, list[found_values.Finding]] = {}
    for row in rows:
        one, status = known.get(str(row.id)), row.factoring_invoice_status
        if one is not None and one.id in not_left:
            said = messages.STATUSES.get(status or 0, str(status))
            finding = rules.finding(_INACTIVE, field="factoringInvoiceStatus", value=said)
            found[one.id] = [finding] if finding and status != wire.FactoringInvoiceStatus.ACTIVE else []
    findings.record(ledger, slot.tenant, _LIST, found, _FORTH, slot.run)


async def _take_in(
    client: factoring_v1.FactoringV1, batch: runs.Batch, rows: Sequence[wire.FactoringInvoiceDetails], held: Collection[int]
) -> runs.Batch:
    ledger, slot = connect.current().ledger, batch.slot
    known = documents.find_known(ledger, slot.tenant, mapping.SOURCE, [str(row.id) for row in rows])
    active = [row for row in rows if row.factoring_invoice_status == wire.FactoringInvoiceStatus.ACTIVE]
    others = [_to_skipped(row) for row in rows if row.factoring_invoice_status != wire.FactoringInvoiceStatus.ACTIVE]
    skipped = recording.record_skipped(ledger, slot.tenant, mapping.SOURCE, slot.run, others)
    fresh = [row for row in active if _is_wanted(row, known.get(str(row.id)), held)]
    key = ledger.seals.key(slot.tenant, "document", slot.month)
    new, missed = 0, []
    for chunk in engine.chunks(fresh, _RECORD):
        ehfs = await _fetch_ehfs(client, [(row.id, row.invoice_no) for row in chunk])
        missed += [str(row.invoice_no) for row, data in zip(chunk, ehfs, strict=True) if data is None]
        fetched = [
            mapping.to_fetched(row, data, mapping.to_received(row, data), key)
            for row, data in zip(chunk, ehfs, strict=True)
            if data is not None
        ]
        new += recording.record_fetched(ledger, slot.tenant, mapping.SOURCE, slot.run, values.PURPOSES, fetched)
    if len(missed) > 1 and len(missed) == len(fresh):
        batch = batch.failing(messages.missed(len(missed)))
    batch = dataclasses.replace(batch, missed=(*batch.missed, *missed))
    return batch.counted(fetched=new, skipped=skipped, missed=len(missed))


async def _take_in_claimed(batch: runs.Batch) -> runs.Batch:
    """Claims on versions of documents that are here wait for nothing but to be planned, by a later station of this run."""
    await fetch_claimed(batch.slot)
    ledger, tenant = connect.current().ledger, batch.slot.tenant
    if not claims.find_lacking(ledger, tenant, mapping.SOURCE):
        return batch
    return batch.failing(journal_messages.claims_stand(tenant, claims.find_standing(ledger).get(tenant, 0)))


async def fetch_claimed(slot: runs.Slot) -> None:
    """Fetch what the journal claims and a restored ledger lacks, by its key, whatever the source lists it as: mostly as delivered.

    What the source does not give goes on being claimed.
    """
    connections = connect.current()
    keys = claims.find_lacking(connections.ledger, slot.tenant, mapping.SOURCE)
    if keys:
        client = await connections.poweroffice_v1()
        for chunk in engine.chunks([uuid.UUID(key) for key in keys], _RECORD):
            await _fetch_by_id(client, slot, chunk)


async def _fetch_by_id(client: factoring_v1.FactoringV1, slot: runs.Slot, ids: Sequence[uuid.UUID]) -> None:
    """The lists cannot be asked for an id, so the number is read from the EHF, which can."""
    ehfs = {i: data for i, data in zip(ids, await _fetch_ehfs(client, [(i, i) for i in ids]), strict=True) if data}
    numbers = [_read_number(data) for data in ehfs.values()]
    rows = await client.find_by_number(int(number) for number in numbers if number.isdecimal())
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, "document", slot.month)
    fetched = [mapping.to_fetched(rows[i], data, mapping.to_received(rows[i], data), key) for i, data in ehfs.items() if i in rows]
    recording.record_fetched(ledger, slot.tenant, mapping.SOURCE, slot.run, values.PURPOSES, fetched)


def _read_number(data: bytes) -> str:
    try:
        return ehf.read(data).number
    except ehf.ReadError:
        return ""


def _note_unreadable(batch: runs.Batch, rows: Sequence[wire.UnreadableRow]) -> runs.Batch:
    """Rows that cannot be read are skipped with their reason, and said in every run until the source mends them."""
    ledger, slot = connect.current().ledger, batch.slot
    skipped = [
        documents.Skipped(
            source_key=row.id, kind="invoice", number="?", customer_number="", amount=0, currency="NOK", reason=row.reason
        )
        for row in rows
    ]
    recording.record_skipped(ledger, slot.tenant, mapping.SOURCE, slot.run, skipped)
    for row in rows:
        run_context.logger().warning("%s: %s", row.id, row.reason)
    return batch.counted(unreadable_rows=len(rows))


def _is_wanted(row: wire.FactoringInvoiceDetails, known: documents.Known | None, held: Collection[int]) -> bool:
    changed = known is None or known.state == "skipped" or known.listing_hash != mapping.to_listing_hash(row)
    return changed or (known is not None and known.id in held)


async def _take_back(client: factoring_v1.FactoringV1, batch: runs.Batch, listed: Collection[str]) -> runs.Batch:
    """Cancel what waits for us here but was delivered by others, stopped or removed at the source: only when the source says so.

    What is listed is not gone, whatever its status; what waits once more after it reached its debtor was delivered by us.
    """
    ledger, slot = connect.current().ledger, batch.slot
    open_ = deliveries.find_open_documents(ledger, slot.tenant, _FORTH, _NOT_LEFT)
    heads = (head for ids in engine.chunks(open_, _RECORD) for head in documents.find_heads(ledger, slot.tenant, ids))
    vanished = [head for head in heads if head.source_key not in listed]
    reached = changes.find_reached(ledger, slot.tenant, [head.id for head in vanished])
    vanished = [head for head in vanished if head.id not in reached]
    gone, withdrawn = list[int](), list[int]()
    for chunk in engine.chunks(vanished, _NUMBERS):
        where = " or ".join(f"(InvoiceNo eq {head.number})" for head in chunk)
        rows = [row async for page in client.fetch_available_invoices(f"({where})") for row in page.data]
        answered = {str(row.invoice_no) for row in rows}
        offered = {str(row.id) for row in rows if not row.is_delivered and row.factoring_invoice_status == 1}
        delivered = {str(row.id) for row in rows if row.is_delivered}
        taken = [head for head in chunk if head.number in answered and head.source_key not in offered]
        gone += [head.id for head in taken]
        withdrawn += [head.id for head in taken if head.source_key not in delivered]
    if not slot.dry_run:
        deliveries.cancel(ledger, slot.tenant, gone, values.PURPOSES, slot.run, slot.business_date)
        twins.forget_unbooked(ledger, slot.tenant, withdrawn)
    for head in vanished:
        if head.id in gone:
            run_context.logger().warning("%s: %s", slot.tenant, messages.delivered_elsewhere(head.number))
    return batch.counted(gone=len(gone))


def _to_skipped(row: wire.FactoringInvoiceDetails) -> documents.Skipped:
    return documents.Skipped(
        source_key=str(row.id),
        kind=mapping.to_kind(row),
        number=str(row.invoice_no),
        customer_number="" if row.customer_code is None else str(row.customer_code),
        amount=mapping.to_listed_amount(row),
        currency="NOK",
        reason=f"status {row.factoring_invoice_status}",
    )


async def _fetch_ehfs(client: factoring_v1.FactoringV1, wanted: Sequence[tuple[uuid.UUID, object]]) -> list[bytes | None]:
    """The EHF of each (id, what a person knows it by); what the source refuses is empty (and unreadable), what it cannot give now
    is None (next slot)."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def fetch(invoice_id: uuid.UUID, name: object) -> bytes | None:
        async with gate:
            try:
                return await client.fetch_ehf(invoice_id)
            except errors.Rejected as error:
                run_context.logger().warning("%s: %s", name, error)
                return b""
            except (errors.Unavailable, errors.Throttled) as error:
                run_context.logger().warning("%s: %s", name, error)
                return None

    return await asyncio.gather(*(fetch(*one) for one in wanted))


@retrying.station("Les kundekort")
async def fetch_customer_cards(batch: runs.Batch) -> runs.Batch:
    """Read the cards of all documents that wait or are held, or whose recipient a restored ledger lacks, 100 per call."""
    connections, slot = connect.current(), batch.slot
    ledger = connections.ledger
    lacking = documents.find_heads(ledger, slot.tenant, restoring.find_unsettled(slot))
    waiting = documents.find_customer_numbers(ledger, slot.tenant, _FORTH, ("waiting", "held"))
    numbers = sorted({*waiting, *(head.customer_number for head in lacking)})
    client = await connections.poweroffice_v2()
    key = ledger.seals.key(slot.tenant, "customer", slot.month)
    for chunk in engine.chunks([number for number in numbers if number.isdigit()], 1_000):
        cards = [mapping.to_fetched_card(customer, key) for customer in await client.fetch_customers(chunk)]
        recording.record_fetched(ledger, slot.tenant, mapping.SOURCE, slot.run, (), cards)
    return batch
