"""PowerOffice Go, what goes back: the KID and the PDF that was sent, once, and whether they stand there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, details, documents, frames
from fakturabro.remote import errors
from fakturabro.systems.poweroffice import factoring_v1, go_v2
from tasks import connect, messages, retrying, runs, selections, sending, verdicts
from tasks.debtors import parcels

TARGET = "poweroffice"
_RECEIVED = msgspec.json.Decoder(values.Received)


@retrying.station("Skriv KID og PDF tilbake")
async def give_back(batch: runs.Batch, selection: selections.Selection) -> runs.Batch:
    """Give the KID and the PDF that was sent of each distributed document in the selection back to PowerOffice, once."""
    connections, slot = connect.current(), batch.slot
    ledger = connections.ledger
    ready = 0
    for waiting in deliveries.find_open_in_pages(ledger, slot.tenant, "write_back", ["waiting"]):
        plans = _to_plans(slot, waiting, selection)
        ready += len(plans)
        if not slot.dry_run:
            deliveries.plan(ledger, slot.tenant, plans, slot.run)
    if slot.dry_run:
        return batch.counted(would_write_back=ready)
    giving = _GivingBack(slot, await connections.poweroffice_v1(), await connections.poweroffice_v2())
    await sending.send_planned(
        sending.Order(slot=slot, purpose="write_back", target=TARGET, prepare=giving.prepare, send=giving.send, block=50)
    )
    return batch


def _to_plans(slot: runs.Slot, waiting: Sequence[deliveries.Open], selection: selections.Selection) -> list[deliveries.Planned]:
    """Those of these that are distributed and in the selection."""
    distributed = deliveries.find_states(connect.current().ledger, slot.tenant, "distribute", [row.document_id for row in waiting])
    accepted = [row.document_id for row in waiting if distributed.get(row.document_id) == "accepted"]
    keys = {head.id: head.source_key for head in _find_selected(slot, accepted, selection)}
    ready = [row for row in waiting if row.document_id in keys]
    return [deliveries.Planned(id=row.id, target=TARGET, natural_key=keys[row.document_id]) for row in ready]


def _find_selected(slot: runs.Slot, ids: Sequence[int], selection: selections.Selection) -> list[documents.Head]:
    ledger = connect.current().ledger
    if selection == selections.NEW:
        return documents.find_heads(ledger, slot.tenant, ids)
    read = ((row, _RECEIVED.decode(row.canonical).invoice) for row in documents.read(ledger, slot.tenant, ids))
    return [row for row, invoice in read if selection.covers(row.number, invoice.issue_date if invoice else None)]


class _ToGiveBack(NamedTuple):
    """What PowerOffice gets of one document, and under which id its frame is kept."""

    head: documents.Head
    kid: str
    body: bytes
    raw_id: int


class _GivingBack:
    """Sends KID and PDF; what stands there with the same KID counts as given back, with another one a person must look."""

    def __init__(self, slot: runs.Slot, v1: factoring_v1.FactoringV1, v2: go_v2.GoV2) -> None:
        self._slot, self._v1, self._v2 = slot, v1, v2

    def prepare(self, rows: Sequence[deliveries.Open]) -> dict[int, _ToGiveBack]:
        """What a block consists of, kept before any of it leaves."""
        ledger, tenant, ids = connect.current().ledger, self._slot.tenant, [row.document_id for row in rows]
        heads = {head.id: head for head in documents.find_heads(ledger, tenant, ids)}
        kids = details.read_kids(ledger, tenant, ids)
        pdfs = details.read_renditions(ledger, tenant, "pdf", [row.revision_id for row in rows])
        ready = [row for row in rows if row.document_id in kids and row.revision_id in pdfs]
        bodies = {
            row.revision_id: _to_body(heads[row.document_id], kids[row.document_id], pdfs[row.revision_id][1]) for row in ready
        }
        framed = {revision_id: frames.split(body, pdfs[revision_id][1]) for revision_id, body in bodies.items()}
        kept = parcels.keep(self._slot, details.SENT_AS[TARGET], framed)
        return {
            row.id: _ToGiveBack(heads[row.document_id], kids[row.document_id], bodies[row.revision_id], kept[row.revision_id])
            for row in ready
        }

    async def send(self, _row: deliveries.Open, what: _ToGiveBack) -> sending.Sent:
        """One `delivered`."""
        number = int(what.head.number)
        try:
            answer = await self._v1.deliver(uuid.UUID(what.head.source_key), invoice_no=number, body=what.body)
        except errors.AlreadyDelivered:
            standing = await _standing_kid(self._v2, number, what.kid)
            if standing != what.kid:
                raise errors.Rejected(messages.another_kid(what.head.number, standing, what.kid)) from None
            raise
        return sending.Sent(answer=msgspec.json.encode(answer), detail=messages.given_back(what.kid, _file_name(what.head)))


def _to_body(head: documents.Head, kid: str, pdf: bytes) -> bytes:
    return factoring_v1.to_delivered(
        uuid.UUID(head.source_key), kid=kid, pdf=pdf, file_name=_file_name(head), comment=messages.WRITTEN_BACK
    )


def _file_name(head: documents.Head) -> str:
    return f"{head.number}.pdf"


async def _standing_kid(v2: go_v2.GoV2, number: int, ours: str) -> str:
    """The KID that stands on the document with this number: ours, where two documents share the number and one has it."""
    kids = [head.cid or "" async for page in v2.fetch_outgoing_invoices(invoice_numbers=[number]) for head in page]
    return ours if ours in kids else next(iter(kids), "")


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """Which of these documents stand as delivered in PowerOffice, and whether with our KID; without one the doubt stays."""
    connections = connect.current()
    ids = [row.document_id for row in rows]
    heads = {head.id: head for head in documents.find_heads(connections.ledger, slot.tenant, ids)}
    kids = details.read_kids(connections.ledger, slot.tenant, ids)
    v1, v2 = await connections.poweroffice_v1(), await connections.poweroffice_v2()
    delivered = {str(key) for key in await v1.find_delivered(int(head.number) for head in heads.values())}
    found: dict[int, verdicts.Verdict] = {}
    for row in rows:
        head, ours = heads[row.document_id], kids.get(row.document_id)
        if head.source_key not in delivered:
            found[row.id] = verdicts.ABSENT
        elif ours is None:
            continue  # a restored ledger learns the KID when the booking is read back
        elif (standing := await _standing_kid(v2, int(head.number), ours)) != ours:
            found[row.id] = verdicts.Verdict(outcome="rejected", detail=messages.another_kid(head.number, standing, ours))
        else:
            found[row.id] = verdicts.Verdict(outcome="accepted", detail=messages.STANDS_THERE)
    return found
