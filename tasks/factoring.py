"""The factoring company: give each document its KID, book it, and tell how it reached the debtor."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import NamedTuple

import msgspec

from data_quality import blocking
from fakturabro.domain import agreements, kid, money
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.ledger import deliveries, details, documents, engine, findings, raws, stops
from fakturabro.mapping import documents_to_factoring as mapping
from fakturabro.remote import errors
from fakturabro.systems.factoring import client as factoring_ledgers
from fakturabro.systems.factoring import wire
from tasks import connect, messages, options, retrying, runs, sending, verdicts

_RECEIVED = msgspec.json.Decoder(values.Received)
_STATION = "kid"
_NOT_BOOKED = ("waiting", "held", "planned")
TARGET = "factoring"
_KEPT_AS = "entry"
_CHANNELS: dict[str, wire.Channel] = {"ehf": "ehf", "link": "email", "email": "email", "letter": "letter"}


@retrying.station("Registrer hos factoringselskapet")
async def book(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Book every document that nothing holds: KID by the agreement, then an entry, keyed by client, type and number."""
    connections, slot, agreement = connect.current(), batch.slot, chosen.agreement
    ledger = connections.ledger
    if slot.dry_run:
        return batch.counted(would_book=len(deliveries.find_open_documents(ledger, slot.tenant, ["book"], ["waiting"])))
    for ids in engine.chunks(deliveries.find_open_documents(ledger, slot.tenant, ["book"], _NOT_BOOKED), deliveries.PAGE):
        _give_kids(slot, agreement, chosen.rules, ids)
    _plan(slot, agreement)
    target = _target(agreement)
    if deliveries.is_planned(ledger, slot.tenant, "book", target):
        booking = _Booking(slot, await connections.factoring(agreement.client_number))
        await sending.send_planned(
            sending.Order(slot=slot, purpose="book", target=target, prepare=booking.prepare, send=booking.send)
        )
    return batch


def _target(agreement: agreements.FactoringAgreement) -> str:
    return f"{TARGET}:{agreement.client_number}"


def _plan(slot: runs.Slot, agreement: agreements.FactoringAgreement) -> None:
    """Plan for the client's ledger at the factoring company what waits, and what was planned for another one."""
    ledger, target = connect.current().ledger, _target(agreement)
    for rows in deliveries.find_open_in_pages(ledger, slot.tenant, "book", ["waiting", "planned"]):
        heads = {head.id: head for head in documents.find_heads(ledger, slot.tenant, [row.document_id for row in rows])}
        keys = {i: mapping.to_natural_key(agreement, head.kind, head.number) for i, head in heads.items()}
        plans = {row.id: deliveries.Planned(id=row.id, target=target, natural_key=keys[row.document_id]) for row in rows}
        deliveries.plan(ledger, slot.tenant, [plans[row.id] for row in rows if row.state == "waiting"], slot.run)
        stale = [plans[row.id] for row in rows if row.state == "planned" and row.target != target]
        deliveries.plan_anew(ledger, slot.tenant, stale, slot.run)


def _give_kids(slot: runs.Slot, agreement: agreements.FactoringAgreement, rules: blocking.Rules, ids: Sequence[int]) -> None:
    """A KID by today's agreement for what is not booked; where it has no room for one, a finding that holds the booking."""
    ledger = connect.current().ledger
    kids: dict[int, str] = {}
    found: dict[int, list[found_values.Finding]] = {}
    for head in documents.find_heads(ledger, slot.tenant, ids):
        found[head.id] = []
        try:
            kids[head.id] = mapping.to_kid(agreement, head.kind, head.customer_number, head.number)
        except kid.KidError as error:
            finding = rules.finding("kid_not_possible", field="KID", value=head.number, suggestion=str(error))
            found[head.id] += [finding] if finding else []
    details.record_kids(ledger, slot.tenant, kids)
    findings.record(ledger, slot.tenant, _STATION, found, values.PURPOSES, slot.run)


class _ToBook(NamedTuple):
    """An entry, and under which id its bytes are kept."""

    entry: wire.Entry
    raw_id: int


class _Booking:
    """Sends entries to one client's ledger."""

    def __init__(self, slot: runs.Slot, client: factoring_ledgers.FactoringLedger) -> None:
        self._slot, self._client = slot, client

    def prepare(self, rows: Sequence[deliveries.Open]) -> dict[int, _ToBook]:
        """The entries of a block, kept before one of them leaves."""
        ledger, tenant, ids = connect.current().ledger, self._slot.tenant, [row.document_id for row in rows]
        distribution = deliveries.find_states(ledger, tenant, "distribute", ids)
        held = {i for i, state in distribution.items() if state == "held"}
        entries = _to_entries(self._slot, ids, held)
        key = ledger.seals.key(tenant, _KEPT_AS, self._slot.month)
        kept = {i: raws.seal(key, _KEPT_AS, msgspec.json.encode(entry)) for i, entry in entries.items()}
        with ledger.writing() as connection:
            raw_ids = raws.record(connection, tenant, list(kept.values()))
        ready = {i: _ToBook(entry, raw_ids[kept[i].sha256]) for i, entry in entries.items()}
        return {row.id: ready[row.document_id] for row in rows if row.document_id in ready}

    async def send(self, _row: deliveries.Open, what: _ToBook) -> sending.Sent:
        """One entry."""
        answer = await self._client.book(what.entry)
        return sending.Sent(answer=msgspec.json.encode(answer))


def _to_entries(slot: runs.Slot, ids: Sequence[int], held: Container[int]) -> dict[int, wire.Entry]:
    """What is booked of these documents, by document; those in `held` are not to be distributed yet."""
    ledger = connect.current().ledger
    recipients = details.read_recipients(ledger, slot.tenant, ids)
    kids = details.read_kids(ledger, slot.tenant, ids)
    entries: dict[int, wire.Entry] = {}
    for row in documents.read(ledger, slot.tenant, ids):
        invoice = _RECEIVED.decode(row.canonical).invoice
        if invoice is not None and row.id in kids and row.id in recipients:
            entries[row.id] = mapping.to_entry(row, invoice, recipients[row.id], kids[row.id], distributed=row.id not in held)
    return entries


def find_sent_entries(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, int]:
    """The kept bytes of the entries of these deliveries, by delivery: those that are still what would be sent, held or not."""
    ids = [row.document_id for row in rows]
    made = [_to_entries(slot, ids, held) for held in (ids, ())]
    sums = {(i, hashlib.sha256(msgspec.json.encode(entry)).digest()) for entries in made for i, entry in entries.items()}
    kept = raws.find(connect.current().ledger, slot.tenant, _KEPT_AS, [digest for _, digest in sums])
    of_document = {i: kept[digest] for i, digest in sums if digest in kept}
    return {row.id: of_document[row.document_id] for row in rows if row.document_id in of_document}


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """What stands in the factoring company's ledger under these documents' keys."""
    ledger, ids = connect.current().ledger, [row.document_id for row in rows]
    kids = details.read_kids(ledger, slot.tenant, ids)
    heads = {head.id: head for head in documents.find_heads(ledger, slot.tenant, ids)}
    found: dict[int, verdicts.Verdict] = {}
    for row in rows:
        client = await connect.current().factoring((row.target or "").partition(":")[2])
        head = heads[row.document_id]
        standing = await client.find_entry("credit_note" if head.kind == "credit_note" else "invoice", head.number)
        if standing and row.document_id not in kids:  # it was booked from a ledger that is lost: what stands there counts
            details.record_kids(ledger, slot.tenant, {row.document_id: standing.kid})
        found[row.id] = _judge(standing, head, kids.get(row.document_id))
    return found


def _judge(standing: wire.BookedEntry | None, head: documents.Head, ours: str | None) -> verdicts.Verdict:
    if standing is None:
        return verdicts.ABSENT
    expected = (standing.kid if ours is None else ours, money.from_minor(head.amount), head.currency)
    if (standing.kid, standing.amount, standing.currency) != expected:
        return verdicts.Verdict(outcome="rejected", detail=messages.another_entry(head.number))
    return verdicts.Verdict(outcome="accepted", answer=msgspec.json.encode(standing), detail=messages.STANDS_THERE)


@retrying.station("Meld kanal til factoringselskapet")
async def report_channels(batch: runs.Batch) -> runs.Batch:
    """Tell the factoring company through which channel each document reached its debtor; a repeat is harmless."""
    ledger, tenant = connect.current().ledger, batch.slot.tenant
    if batch.slot.dry_run:
        return batch
    unreported = details.find_unreported_channels(ledger, tenant)
    stopped = {target for target in {one.booked_at for one in unreported} if _is_stopped(batch.slot, target)}
    for some in engine.chunks((one for one in unreported if one.booked_at not in stopped), sending.BLOCK):
        heads = {head.id: head for head in documents.find_heads(ledger, tenant, [one.document_id for one in some])}
        outcomes = await _side_by_side([functools.partial(_report_channel, one, heads[one.document_id]) for one in some])
        reported = {one.document_id: one.channel for one, error in zip(some, outcomes, strict=True) if error is None}
        details.record_reported_channels(ledger, tenant, reported)
        refused = [error for error in outcomes if isinstance(error, errors.Rejected)]
        batch = functools.reduce(runs.Batch.failing, map(str, refused), batch)
        over = next((error for error in outcomes if error is not None and error not in refused), None)
        if over is not None:
            raise over
    return batch


def _is_stopped(slot: runs.Slot, target: str) -> bool:
    with connect.current().ledger.reading() as connection:
        return stops.find_standing(connection, slot.tenant, "book", target) is not None


async def _side_by_side(requests: Sequence[Callable[[], Awaitable[object]]]) -> list[errors.RemoteError | None]:
    """Make these requests, a few at the same time; what each of them met, None where it went well."""
    gate = asyncio.Semaphore(sending.WIDTH)

    async def one(request: Callable[[], Awaitable[object]]) -> errors.RemoteError | None:
        async with gate:
            try:
                await request()
            except errors.RemoteError as error:
                return error
        return None

    return await asyncio.gather(*map(one, requests))


async def _report_channel(one: details.Unreported, head: documents.Head) -> None:
    client = await connect.current().factoring(one.booked_at.partition(":")[2])
    await client.mark_distribution("credit_note" if head.kind == "credit_note" else "invoice", head.number, _CHANNELS[one.channel])
