"""What a restored ledger lacks of documents that had left, recipient and PDF: made again from the document by the same rules.

Such a document comes in again and is read back at once (ledger/claims.py): it never passes the stations that make them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from fakturabro.ledger import deliveries, details, engine, raws
from tasks import connect, options, runs
from tasks.debtors import changes, channels

_CHUNK = 500
_GOING = ("planned", "in_doubt")


def find_unsettled(slot: runs.Slot) -> list[int]:
    """Documents on their way, or waiting to be written back, whose recipient nobody has settled."""
    ledger = connect.current().ledger
    going = deliveries.find_open_documents(ledger, slot.tenant, ("book", "distribute"), _GOING)
    distributed = (row.document_id for rows in _find_distributed(slot) for row in rows)
    ids = engine.chunks(itertools.chain(going, distributed), deliveries.PAGE)
    return sorted({i for some in ids for i in details.find_without_recipient(ledger, slot.tenant, some)})


def take_back(slot: runs.Slot) -> None:
    """What is planned for a channel and was never made waits for its channel again."""
    ledger = connect.current().ledger
    for planned in deliveries.find_open_in_pages(ledger, slot.tenant, "distribute", ["planned"]):
        rows = _without_copy(slot, planned)
        deliveries.move(ledger, slot.tenant, [row.id for row in rows], "planned", "waiting", slot.run)


def make_copies(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    """The PDF of what reached its debtor and waits to be written back, when its KID is known: its booking was read back."""
    ledger = connect.current().ledger
    going = (changes.write_back_as_sent(slot, rows) for rows in _find_distributed(slot))
    for some in engine.chunks((row for rows in going for row in _without_copy(slot, rows)), _CHUNK):
        kids = details.read_kids(ledger, slot.tenant, [row.document_id for row in some])
        unread = _make(slot, [row for row in some if row.document_id in kids], chosen)
        if unread:
            _make(slot, _without_copy(slot, changes.write_back_as_current(slot, unread)), chosen)


def _make(slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions) -> list[deliveries.Open]:
    """Make and keep the PDFs of these; those whose revision cannot be read are returned."""
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, "pdf", slot.month)
    candidates = {one.delivery.id: one for one in channels.read_candidates(slot, rows, chosen)}
    made = [
        details.Rendition(
            revision_id=candidates[product.id].delivery.revision_id, format="pdf", data=raws.seal(key, "pdf", product.pdf)
        )
        for product in channels.produce(slot.tenant, list(candidates.values()), chosen.distribution).values()
        if product.pdf
    ]
    details.record_renditions(ledger, slot.tenant, made)
    return [row for row in rows if row.id not in candidates]


def _find_distributed(slot: runs.Slot) -> Iterator[list[deliveries.Open]]:
    ledger = connect.current().ledger
    for rows in deliveries.find_open_in_pages(ledger, slot.tenant, "write_back", ["waiting", *_GOING]):
        distributed = deliveries.find_states(ledger, slot.tenant, "distribute", [row.document_id for row in rows])
        yield [row for row in rows if distributed.get(row.document_id) == "accepted"]


def _without_copy(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> list[deliveries.Open]:
    lacking = details.find_without_rendition(connect.current().ledger, slot.tenant, "pdf", [row.revision_id for row in rows])
    return [row for row in rows if row.revision_id in lacking]
