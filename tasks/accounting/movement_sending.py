"""Postings of money that moved, on their way into the accounting system: kept before they leave, and of likes one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.ledger import deliveries, raws
from fakturabro.ledger.payments import alike as like_payments
from tasks import connect, runs, sending
from tasks.accounting import posting_values

_KEPT_AS = "entry"
_BLOCK = 50


class Postings:
    """What can be posted for one purpose at one target, by document; their bytes are kept."""

    def __init__(self, slot: runs.Slot, purpose: str, target: str, made: Mapping[int, posting_values.Posting]) -> None:
        self._slot, self._purpose, self._target = slot, purpose, target
        self._made = _keep(slot, made)

    def plan(self, rows: Sequence[deliveries.Open]) -> like_payments.Turns:
        """Plan those of these whose turn it is."""
        ledger, tenant = connect.current().ledger, self._slot.tenant
        keys = {row.document_id: self._made[row.document_id].natural_key for row in rows if row.document_id in self._made}
        stems = {i: key for i, key in keys.items() if key.endswith("/")}
        turns = like_payments.find_turns(ledger, tenant, self._purpose, self._target, stems)
        turns.keys |= {i: key for i, key in keys.items() if i not in stems}
        planned = [
            deliveries.Planned(id=row.id, target=self._target, natural_key=turns.keys[row.document_id])
            for row in rows
            if row.document_id in turns.keys
        ]
        deliveries.plan(ledger, tenant, planned, self._slot.run)
        return turns

    async def send(self, send: sending.Send[posting_values.Posting]) -> None:
        """Send what is planned."""
        order = sending.Order(
            slot=self._slot, purpose=self._purpose, target=self._target, prepare=self._prepare, send=send, block=_BLOCK
        )
        await sending.send_planned(order)

    def _prepare(self, block: Sequence[deliveries.Open]) -> dict[int, posting_values.Posting]:
        return {row.id: self._made[row.document_id] for row in block if row.document_id in self._made}


def _keep(slot: runs.Slot, postings: Mapping[int, posting_values.Posting]) -> dict[int, posting_values.Posting]:
    """Keep the bytes of each posting before one of them leaves."""
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, _KEPT_AS, slot.month)
    sealed = {i: raws.seal(key, _KEPT_AS, one.kept) for i, one in postings.items() if one.kept}
    with ledger.writing() as connection:
        ids = raws.record(connection, slot.tenant, list(sealed.values()))
    return {i: msgspec.structs.replace(one, raw_id=ids[sealed[i].sha256] if i in sealed else None) for i, one in postings.items()}
