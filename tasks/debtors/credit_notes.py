"""Credit notes wait for their invoice; an invoice that was credited in full before it left does not leave (ADR 0007)."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.domain import findings as found_values
from fakturabro.ledger import changes, deliveries, documents, engine, findings
from tasks import connect, options, runs

_STATION = "credit"
_UNREADABLE = "unreadable_document"
"""What could not be read may be whole the next time, so nothing is cancelled on its account."""


def settle(batch: runs.Batch, chosen: options.FactoringOptions) -> int:
    """Hold credit notes until their invoice is distributed; cancel both where an invoice was credited in full before that.

    While the invoice itself is held for booking its credit note is not booked either; credited in full, neither ever is.
    Returns how many documents were cancelled. A credit note on an invoice that neither ledger nor source knows waits for nothing.
    """
    ledger, slot = connect.current().ledger, batch.slot
    open_ = deliveries.find_open_documents(ledger, slot.tenant, ["distribute"], ["waiting", "held"])
    heads = (head for ids in engine.chunks(open_, deliveries.PAGE) for head in documents.find_heads(ledger, slot.tenant, ids))
    notes = [head for head in heads if head.kind == "credit_note" and head.original_number]
    numbers = sorted({head.original_number for head in notes if head.original_number})
    originals = {head.number: head for head in documents.find_by_number(ledger, slot.tenant, numbers, ["invoice"])}
    ids = [head.id for head in [*notes, *originals.values()]]
    booked = deliveries.find_states(ledger, slot.tenant, "book", ids)
    sent = deliveries.find_states(ledger, slot.tenant, "distribute", ids)
    sent |= dict.fromkeys(changes.find_reached(ledger, slot.tenant, ids), "accepted")
    unread = {i for i, said in findings.read(ledger, slot.tenant, ids).items() if any(f.code == _UNREADABLE for f in said)}
    cancelled: dict[tuple[str, ...], list[int]] = collections.defaultdict(list)
    found: dict[int, list[found_values.Finding]] = {head.id: [] for head in notes}
    for number in numbers:
        crediting, original = [head for head in notes if head.original_number == number], originals.get(number)
        readable = original is None or unread.isdisjoint((original.id, *(head.id for head in crediting)))
        purposes = _purposes_to_cancel(original, crediting, booked, sent) if readable else ()
        if purposes:
            gone = [head.id for head in crediting] + ([original.id] if original else [])
            cancelled[purposes] += [i for i in gone if sent.get(i) in ("waiting", "held")]
        elif (original is None and number in batch.missed) or (original is not None and sent.get(original.id) != "accepted"):
            finding = chosen.rules.finding("credit_note_waits_for_invoice", field="originalInvoiceNo", value=number)
            held = original is not None and booked.get(original.id) == "held"
            also = finding and (msgspec.structs.replace(finding, holds=("book", "distribute")) if held else finding)
            found.update({head.id: [also] if also else [] for head in crediting})
    findings.record(ledger, slot.tenant, _STATION, found, ("book", "distribute"), slot.run)
    if slot.dry_run:
        return 0
    for purposes, gone in cancelled.items():
        deliveries.cancel(ledger, slot.tenant, gone, purposes, slot.run, slot.business_date)
    return sum(len(gone) for gone in cancelled.values())


def _purposes_to_cancel(
    original: documents.Head | None, crediting: Sequence[documents.Head], booked: Mapping[int, str], sent: Mapping[int, str]
) -> tuple[str, ...]:
    """What never happens to an invoice and its credit notes: distribution when all are booked, everything when none can be."""
    if original is None:
        return ()
    ids = [original.id, *(head.id for head in crediting)]
    after = sent.get(original.id) == "cancelled"
    in_full = sent.get(original.id) in ("waiting", "held") and sum(head.amount for head in crediting) >= original.amount
    if not after and not in_full:
        return ()
    if all(booked.get(i) == "accepted" for i in ids):
        return ("distribute", "write_back")
    if booked.get(original.id) in ("held", "cancelled") and all(booked.get(head.id) in ("waiting", "held") for head in crediting):
        return ("book", "distribute", "write_back")
    return ()
