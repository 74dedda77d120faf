"""What a restored ledger lacks of documents that had left, recipient and PDF: made again from the document by the same rules.

Such a document comes in again and is read back at once (ledger/claims.py): it never passes the stations that make them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fakturabro.ledger import deliveries, details, engine, raws
from tasks import channels, connect, options, producing, runs

_CHUNK = 500
_GOING = ("planned", "in_doubt")


def find_unsettled(slot: runs.Slot) -> list[int]:
    """Documents on their way, or waiting to be written back, whose recipient nobody has settled."""
    ledger = connect.current().ledger
    rows = [row for purpose in ("book", "distribute") for row in deliveries.find_open(ledger, slot.tenant, purpose, _GOING)]
    ids = {row.document_id for row in [*rows, *_find_distributed(slot)]}
    return details.find_without_recipient(ledger, slot.tenant, sorted(ids))


def take_back(slot: runs.Slot) -> None:
    """What is planned for a channel and was never made waits for its channel again."""
    ledger = connect.current().ledger
    rows = _without_copy(slot, deliveries.find_open(ledger, slot.tenant, "distribute", ["planned"]))
    deliveries.move(ledger, slot.tenant, [row.id for row in rows], "planned", "waiting", slot.run)


def make_copies(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    """The PDF of what reached its debtor and waits to be written back, when its KID is known: its booking was read back."""
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, "pdf", slot.month)
    lacking = _without_copy(slot, _find_distributed(slot))
    kids = details.read_kids(ledger, slot.tenant, [row.document_id for row in lacking])
    for rows in engine.chunks((row for row in lacking if row.document_id in kids), _CHUNK):
        candidates = {one.delivery.id: one for one in channels.read_candidates(slot, rows, chosen)}
        orders = [
            producing.Order(id=i, invoice=msgspec.json.encode(one.invoice), recipient=one.recipient, as_ehf=False)
            for i, one in candidates.items()
        ]
        made = [
            details.Rendition(
                revision_id=candidates[product.id].delivery.revision_id, format="pdf", data=raws.seal(key, "pdf", product.pdf)
            )
            for product in producing.produce(orders, None)
            if product.pdf
        ]
        details.record_renditions(ledger, slot.tenant, made)


def _find_distributed(slot: runs.Slot) -> list[deliveries.Open]:
    ledger = connect.current().ledger
    rows = deliveries.find_open(ledger, slot.tenant, "write_back", ["waiting", *_GOING])
    distributed = deliveries.find_states(ledger, slot.tenant, "distribute", [row.document_id for row in rows])
    return [row for row in rows if distributed.get(row.document_id) == "accepted"]


def _without_copy(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> list[deliveries.Open]:
    lacking = details.find_without_rendition(connect.current().ledger, slot.tenant, "pdf", [row.revision_id for row in rows])
    return [row for row in rows if row.revision_id in lacking]
