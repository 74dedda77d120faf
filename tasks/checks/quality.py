"""The quality station: check every document that waits or is held, settle its recipient, hold and release purposes."""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import itertools
import types
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from data_quality import blocking, checking, postcodes, written
from data_quality import twins as twin_keys
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.domain import money, parties
from fakturabro.ledger import deliveries, details, documents, engine, findings, outcomes, rule_uses, seals, twins
from fakturabro.mapping import documents_to_factoring as to_factoring
from fakturabro.mapping import poweroffice_to_documents as mapping
from tasks import clock, connect, installation, options, restoring, retrying, runs
from tasks.debtors import credit_notes

_CHUNK = 10_000
_BLOCK = 1_000
_RECEIVED = msgspec.json.Decoder(values.Received)
_OPEN = ("waiting", "held")
_STATION = "check"


@retrying.station("Kontroller datakvalitet")
async def check(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Check what waits or is held for booking or distribution; findings replace those of the last check."""
    ledger, tenant = connect.current().ledger, batch.slot.tenant
    open_ = deliveries.find_open_documents(ledger, tenant, ("book", "distribute"), _OPEN)
    unsettled = set(restoring.find_unsettled(batch.slot)).difference(open_)
    for ids in engine.chunks(heapq.merge(open_, sorted(unsettled)), _CHUNK):
        one = _Check(batch.slot, chosen, ids)
        one.find()
        record_rules(batch.slot, chosen.rules)
        one.record()
    return batch.counted(cancelled=credit_notes.settle(batch, chosen))


def record_rules(slot: runs.Slot, rules: blocking.Rules) -> None:
    """Note that these rules judge, with the register of post codes of now: before the first thing that they find is recorded."""
    codes = postcodes.read(installation.current().post_codes).fingerprint
    use = {**rules.model_dump(mode="json"), "version": blocking.VERSION, "post_codes": codes}
    rule_uses.record_use(connect.current().ledger, slot.tenant, f"{rules.fingerprint()}/{codes}", use, slot.run, clock.now())


def find(
    slot: runs.Slot, chosen: options.FactoringOptions, ids: Sequence[int], days: Mapping[int, dt.date]
) -> Mapping[int, Sequence[found_values.Finding]]:
    """What the check says of these documents, by id; nothing is recorded. `days`: from when a document's date is looked at, if not
    from the run's business date."""
    one = _Check(slot, chosen, ids, days)
    one.find()
    return one.findings


class _Check:
    """One chunk of documents on its way through the suite."""

    def __init__(
        self,
        slot: runs.Slot,
        chosen: options.FactoringOptions,
        ids: Sequence[int],
        days: Mapping[int, dt.date] = types.MappingProxyType({}),
    ) -> None:
        self._slot, self._options, self._ids, self._days = slot, chosen, ids, days
        self._ledger = connect.current().ledger
        self._heads = {head.id: head for head in documents.find_heads(self._ledger, slot.tenant, ids)}
        numbers = sorted({head.customer_number for head in self._heads.values()})
        self._cards = details.read_cards(self._ledger, slot.tenant, mapping.SOURCE, numbers)
        self._doubles = self._find_doubles()
        self._booked = outcomes.find_sent_revisions(self._ledger, slot.tenant, "book", ids)
        self._recipients: dict[int, parties.Recipient] = {}
        self._twins: dict[int, str] = {}
        self.findings: dict[int, list[found_values.Finding]] = {document_id: [] for document_id in ids}

    def find(self) -> None:
        """Ask the suite, and note what no suite can see."""
        subjects = itertools.chain.from_iterable(map(self._to_subjects, engine.chunks(self._read(), _BLOCK)))
        first = next(subjects, None)
        if first is not None:
            codes = installation.current().post_codes
            checked = checking.check(itertools.chain([first], subjects), self._options.rules, post_codes=codes)
            for document_id, found in checked.items():
                self.findings[document_id] += found

    def record(self) -> None:
        """Record recipients, findings and what twins are known by."""
        key = self._ledger.seals.key(self._slot.tenant, "recipient", self._slot.month)
        details.record_recipients(self._ledger, self._slot.tenant, key, self._recipients)
        twins.record(self._ledger, self._slot.tenant, self._twins)
        findings.record(self._ledger, self._slot.tenant, _STATION, self.findings, values.PURPOSES, self._slot.run)

    def _read(self) -> Iterator[tuple[documents.Recorded, values.Received]]:
        for row in documents.read(self._ledger, self._slot.tenant, self._ids):
            yield row, _RECEIVED.decode(row.canonical)

    def _to_subjects(self, rows: Sequence[tuple[documents.Recorded, values.Received]]) -> Iterator[checking.Subject]:
        """A block at a time, since a twin may stand in the ledger or earlier in the batch."""
        keys = {row.id: twin_keys.twin_key(received.invoice) for row, received in rows if received.invoice is not None}
        earlier = twins.find_earlier(self._ledger, self._slot.tenant, keys, self._twins)
        self._twins |= keys
        for row, received in rows:
            card = self._cards.get(row.customer_number)
            address = self._options.distribution.letter_only_address
            recipient, differs = mapping.to_recipient(received, card, address)
            self._recipients[row.id] = recipient
            self._note(row.id, row.revision_id, received, card)
            if received.invoice is not None:
                yield checking.Subject(
                    id=row.id,
                    invoice=received.invoice,
                    recipient=recipient,
                    card=card,
                    source_total=received.total,
                    same_number=self._doubles.get(row.id, ""),
                    card_address_differs=differs,
                    twin=earlier.get(row.id, ""),
                    business_date=self._days.get(row.id, self._slot.business_date),
                )

    def _note(self, document_id: int, revision_id: int, received: values.Received, card: parties.Card | None) -> None:
        """What no suite can see: the tenant's agreement, a missing card, a document that could not be read."""
        invoice, head = received.invoice, self._heads[document_id]
        stated = invoice.number if invoice else ""
        noted = [
            ("unreadable_document", received.unreadable, "", invoice is None),
            ("kind_differs", "", "", invoice is not None and invoice.kind != head.kind),
            ("number_differs", stated, received.number, invoice is not None and stated.strip() != received.number),
            ("missing_assignment_notice", "", "", not self._options.agreement.assignment_notice.strip()),
            ("changed_after_booking", "", "", self._changed_since_booking(document_id, revision_id, received)),
            ("customer_card_not_found", head.customer_number, "", card is None),
        ]
        rules = self._options.rules
        made = [rules.finding(code, value=value[:300], suggestion=meant) for code, value, meant, applies in noted if applies]
        self.findings[document_id] += [finding for finding in made if finding]

    def _changed_since_booking(self, document_id: int, revision_id: int, received: values.Received) -> bool:
        """Whether the document itself says something else than what was booked; a mended e-mail address does not count.

        Where the tenant sends changed documents, only what the factoring company booked counts.
        """
        booked = self._booked.get(document_id, revision_id)
        if booked == revision_id:
            return False
        try:
            canonical = documents.read_revision(self._ledger, self._slot.tenant, booked)
        except seals.SealError:  # purged: nobody can say that they are the same
            return True
        before, now = _RECEIVED.decode(canonical).invoice, received.invoice
        if before is None or now is None or not self._options.distribution.send_changed:
            return before != now
        return to_factoring.to_booked(before) != to_factoring.to_booked(now)

    def _find_doubles(self) -> dict[int, str]:
        """By document, another one with the same number: the earlier one, or any when this one is not booked."""
        numbers = sorted({head.number for head in self._heads.values()})
        by_number: dict[str, list[documents.Head]] = {}
        for head in documents.find_by_number(self._ledger, self._slot.tenant, numbers, values.KINDS):
            by_number.setdefault(head.number, []).append(head)
        states = deliveries.find_states(self._ledger, self._slot.tenant, "book", self._ids)
        doubles: dict[int, documents.Head] = {}
        for document_id, head in self._heads.items():
            others = [other for other in by_number.get(head.number, []) if other.id != document_id]
            telling = [other for other in others if other.id < document_id or states.get(document_id) in _OPEN]
            if telling:
                doubles[document_id] = telling[0]
        dates = self._find_dates({other.id for other in doubles.values()})
        return {
            i: written.another_document(dates.get(other.id), money.from_minor(other.amount), other.currency)
            for i, other in doubles.items()
        }

    def _find_dates(self, ids: Collection[int]) -> dict[int, dt.date]:
        """The dates of issue of these documents; none of one that cannot be read or was purged."""
        try:
            return dict(self._read_dates(sorted(ids)))
        except seals.SealError:
            dates: dict[int, dt.date] = {}
            for document_id in ids:
                with contextlib.suppress(seals.SealError):
                    dates |= self._read_dates([document_id])
            return dates

    def _read_dates(self, ids: Sequence[int]) -> Iterator[tuple[int, dt.date]]:
        for row in documents.read(self._ledger, self._slot.tenant, ids):
            invoice = _RECEIVED.decode(row.canonical).invoice
            if invoice is not None:
                yield row.id, invoice.issue_date
