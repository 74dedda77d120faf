"""Documents that the client changed after their debtors got them: whether the new version is sent too, and what is said of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.ledger import changes, deliveries, details, documents, outcomes
from fakturabro.ledger.journal import claims, losses
from fakturabro.mapping import documents_to_factoring as mapping
from tasks import connect, messages, options, retrying, runs, selections
from tasks.debtors import channels

_NOT_LEFT = ("waiting", "planned")
_RECEIVED = msgspec.json.Decoder(values.Received)


@retrying.station("Vurder endrede bilag")
async def judge(batch: runs.Batch, chosen: options.FactoringOptions, selection: selections.Selection) -> runs.Batch:
    """Let a document that changed after it was distributed wait for distribution again, where the tenant wants that and what was
    booked still holds. What waits by that and must not go after all, stands as it was sent.
    """
    slot, ledger, wanted = batch.slot, connect.current().ledger, chosen.distribution.send_changed
    renewed = [_Case(slot, row.document_id, row.delivery_id) for row in changes.find_renewed(ledger, slot.tenant)]
    accepted = [row for row in changes.find_changed(ledger, slot.tenant) if row.state == "accepted" and not row.goes_again]
    kept = [case.as_sent for case in renewed if case.is_known and not (wanted and case.may_go)]
    cases = {row.delivery_id: _Case(slot, row.id, row.delivery_id) for row in accepted if wanted}
    again = _without_arrived(slot, [row for row in accepted if wanted and cases[row.delivery_id].may_go])
    if slot.dry_run:
        return batch.counted(would_send_changed=len(again))
    judged = frozenset(row.delivery_id for row in accepted if not wanted or cases[row.delivery_id].can_be_judged)
    changes.keep_as_sent(ledger, slot.tenant, kept, slot.run, slot.business_date)
    changes.send_again(ledger, slot.tenant, again, slot.run)
    if selection == selections.NEW and not batch.missed:
        claims.give_up_superseded(ledger, slot.tenant, slot.run, {row.delivery_id for row in accepted} - judged)
    return dataclasses.replace(batch, judged=judged)


def write_back_as_sent(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> list[deliveries.Open]:
    """Let what waits to be written back follow the revision that its debtor got, where the ledger knows that; all the rows.

    Only in a ledger that was restored the two differ: there the document came in again in another version.
    """
    keys = outcomes.find_keys(connect.current().ledger, slot.tenant, "distribute", [row.document_id for row in rows])
    pairs = ((row, *keys[row.document_id]) for row in rows if row.document_id in keys)
    sent = [msgspec.structs.replace(row, target=target, natural_key=key) for row, target, key in pairs]
    found = {row.id: row.revision_id for row in channels.as_sent(slot, sent)}
    return _write_back_as(slot, rows, {row.id: found.get(row.id, row.revision_id) for row in rows})


def write_back_as_current(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> list[deliveries.Open]:
    """The same for what is to go back in a version that cannot be read (fetched torn into a restored ledger): the current one."""
    ledger = connect.current().ledger
    current = {row.id: row.revision_id for row in documents.read(ledger, slot.tenant, [row.document_id for row in rows])}
    return _write_back_as(slot, rows, {row.id: current[row.document_id] for row in rows})


def _write_back_as(slot: runs.Slot, rows: Sequence[deliveries.Open], wanted: Mapping[int, int]) -> list[deliveries.Open]:
    """`wanted` are revisions by delivery id; one that cannot be read is left alone."""
    others = [row for row in rows if wanted[row.id] != row.revision_id and row.state in _NOT_LEFT]
    readable = {row.document_id: (wanted[row.id], invoice) for row in others if (invoice := _read(slot, wanted[row.id]))}
    moved = {i: (revision_id, money.to_minor(invoice.totals.payable)) for i, (revision_id, invoice) in readable.items()}
    changes.write_back_as(connect.current().ledger, slot.tenant, moved)
    return [
        msgspec.structs.replace(row, revision_id=moved[row.document_id][0]) if row.document_id in moved else row for row in rows
    ]


def _without_arrived(slot: runs.Slot, rows: Sequence[changes.Changed]) -> list[changes.Changed]:
    """Those whose current version never left: the journal also knows what a ledger that was restored has lost.

    What is claimed under that very key goes on: when it is planned it is in doubt, and read back.
    """
    if not rows:
        return []
    ledger, tenant = connect.current().ledger, slot.tenant
    current = {row.id: row for row in documents.read(ledger, tenant, [row.id for row in rows])}
    arrived = losses.find_keys(connect.current().journal, tenant, "distribute", [row.source_key for row in current.values()])
    claimed = claims.find_keys(ledger, tenant, "distribute")

    def has_left(row: documents.Recorded) -> bool:
        ways = {channels.natural_key(tenant, row.source_key, row.hash, way) for way in messages.CHANNELS}
        return not ways.isdisjoint(arrived[row.source_key] - claimed)

    return [row for row in rows if not has_left(current[row.id])]


class _Case:
    """One document of which some revision has reached the debtor. There are few, so each is read by itself."""

    def __init__(self, slot: runs.Slot, document_id: int, delivery_id: int) -> None:
        self._slot, self._ledger, self._delivery_id = slot, connect.current().ledger, delivery_id
        (self._now,) = documents.read(self._ledger, slot.tenant, [document_id])
        self._sent = self._find_sent()
        self._recipient = details.read_recipients(self._ledger, slot.tenant, [document_id]).get(document_id)

    @property
    def is_known(self) -> bool:
        """Whether the transfer log tells which revision was sent."""
        return bool(self._sent)

    @property
    def can_be_judged(self) -> bool:
        """Whether it is known to whom it was sent: after a restore the check of this run finds that out again."""
        return self._recipient is not None

    @property
    def may_go(self) -> bool:
        """Whether the current revision is newer than all that was sent, and says what was booked. An older one never follows."""
        return self.is_known and self._now.revision_id > max(self._sent) and self._says_what_was_booked()

    @property
    def as_sent(self) -> changes.Sent:
        """What the debtor got last."""
        revision_id, (target, natural_key) = next(reversed(self._sent.items()))
        invoice = _read(self._slot, revision_id)
        return changes.Sent(
            delivery_id=self._delivery_id,
            document_id=self._now.id,
            revision_id=revision_id,
            target=target,
            natural_key=natural_key,
            amount=money.to_minor(invoice.totals.payable) if invoice else self._now.amount,
        )

    def _find_sent(self) -> dict[int, tuple[str, str]]:
        """(target, natural key) of each revision that the transfer log has as accepted, the newest last."""
        accepted = changes.find_accepted(self._ledger, self._slot.tenant, [self._delivery_id]).get(self._delivery_id, [])
        rows = [
            deliveries.Open(
                id=self._delivery_id,
                document_id=self._now.id,
                revision_id=self._now.revision_id,
                state="accepted",
                target=target,
                natural_key=key,
            )
            for target, key in accepted
        ]
        return {row.revision_id: (row.target or "", row.natural_key or "") for row in channels.as_sent(self._slot, rows)}

    def _says_what_was_booked(self) -> bool:
        booked = outcomes.find_sent_revisions(self._ledger, self._slot.tenant, "book", [self._now.id]).get(self._now.id)
        recipient = self._recipient
        if booked is None or recipient is None or recipient.customer_number != self._now.customer_number:
            return False
        before, now = _read(self._slot, booked), _read(self._slot, self._now.revision_id)
        return before is not None and now is not None and mapping.to_booked(before) == mapping.to_booked(now)


def _read(slot: runs.Slot, revision_id: int) -> values.Invoice | None:
    return _RECEIVED.decode(documents.read_revision(connect.current().ledger, slot.tenant, revision_id)).invoice
