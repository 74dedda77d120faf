"""What a client's report says, read from the ledger: of a slot, everything since the last report; of a period, its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from data_quality import blocking
from data_quality import messages as sentences
from data_quality.report import content
from fakturabro.domain import calendar
from fakturabro.domain import findings as found_values
from fakturabro.gateway import messages as gateway_messages
from fakturabro.ledger import certificates, choices, deliveries, details, documents, engine, findings, opened, stops
from fakturabro.mapping import poweroffice_to_documents as mapping
from tasks import page_messages as pages
from tasks import register, report_figures, schedules

_FORTH = ("book", "distribute")
_WAITS = "credit_note_waits_for_invoice"
_TREND = dt.timedelta(days=30)
_GONE_BEFORE = ("cancelled",)


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a report is: a tenant's slot (everything since `previous`), or a period of business dates."""

    tenant: str
    now: dt.datetime
    language: content.Language
    rules: blocking.Rules
    period: tuple[dt.date, dt.date]
    slot: dt.datetime | None = None
    previous: content.Report | None = None
    certified: int = 0
    """The newest certificate that the last report of a slot counted."""

    @property
    def is_slot(self) -> bool:
        return self.slot is not None


def build(ledger: opened.Ledger, scope: Scope) -> tuple[content.Report, int]:
    """The report, and the newest certificate that it counts. Blocks; reads only."""
    reader = _Reader(ledger, scope)
    held, waiting_credit_notes = reader.find_held()
    counted = reader.find_certificates()
    lines = tuple(report_figures.to_lines(counted))
    sent = [line for line in lines if line.purpose == "distribute"]
    report = content.Report(
        tenant=scope.tenant,
        client=choices.read(ledger, scope.tenant, choices.POWEROFFICE_COMPANY) or scope.tenant,
        language=scope.language,
        made_at=scope.now.astimezone(calendar.OSLO),
        slot=scope.slot,
        period=scope.period,
        fetched=sum(line.count["fetched"] - line.count["skipped"] for line in sent),
        sent=sum(line.count["accepted"] for line in sent),
        next_slot=schedules.find_next(ledger, scope.tenant, "invoice_intake", scope.now),
        held=tuple(held),
        waits_on_us=tuple(reader.find_ours()),
        waiting_credit_notes=waiting_credit_notes,
        released=tuple(reader.find_released(held)),
        warnings=tuple(reader.find_warnings()),
        cards=tuple(reader.find_cards()),
        trend=tuple(report_figures.to_trend(reader.find_month(), scope.now)),
        certificates=lines,
        stops=tuple(
            gateway_messages.stopped(scope.language, stop.scope, stop.at) for stop in stops.find_all_standing(ledger, scope.tenant)
        ),
        rules=f"{blocking.VERSION} ({scope.rules.fingerprint()})",
    )
    return report, max([scope.certified, *(one.id for one in counted)])


class _Reader:
    """One report's questions to the ledger."""

    def __init__(self, ledger: opened.Ledger, scope: Scope) -> None:
        self._ledger, self._scope, self._tenant = ledger, scope, scope.tenant
        self._before = {item.document_id: item for item in scope.previous.held} if scope.previous else {}

    def find_held(self) -> tuple[list[content.Item], int]:
        """What waits for the client, the largest amount first, and how many credit notes wait for nothing but their invoice."""
        held = deliveries.find_open_documents(self._ledger, self._tenant, _FORTH, ["held"])
        items, notes = [], 0
        for ids in engine.chunks(held, deliveries.PAGE):
            states = {purpose: deliveries.find_states(self._ledger, self._tenant, purpose, ids) for purpose in _FORTH}
            for head, found in self._read(ids):
                holding = [one for one in found if one.holds]
                if {one.code for one in holding} == {_WAITS}:
                    notes += 1
                    continue
                holds = tuple(purpose for purpose in _FORTH if states[purpose].get(head.id) == "held")
                since = self._before[head.id].since if head.id in self._before else self._scope.period[1]
                item = self._to_item(head, sorted(found, key=lambda one: not one.holds))
                items.append(msgspec.structs.replace(item, holds=holds, since=since))
        return sorted(items, key=_by_amount), notes

    def find_ours(self) -> Iterator[content.Item]:
        """What a counterpart refused or never answered: the client need do nothing."""
        rows = [
            row
            for purpose in (*_FORTH, "write_back")
            for row in deliveries.find_open(self._ledger, self._tenant, purpose, ["rejected", "in_doubt"])
        ]
        said = deliveries.find_details(self._ledger, self._tenant, [row.id for row in rows])
        by_document = {row.document_id: row for row in rows}
        for head, _ in self._read(sorted(by_document)):
            row = by_document[head.id]
            remedy = pages.REJECTED_REMEDY if row.state == "rejected" else pages.IN_DOUBT_REMEDY
            problem = content.Problem(code=row.state, field="", what=said.get(row.id, ""), remedy=remedy)
            yield msgspec.structs.replace(self._to_item(head, ()), problems=(problem,))

    def find_released(self, held: Sequence[content.Item]) -> Iterator[content.Released]:
        """What the last report had as held and this one has not, with what became of it."""
        still = {item.document_id for item in held}
        gone = [i for i in self._before if i not in still]
        states = deliveries.find_states(self._ledger, self._tenant, "distribute", gone)
        for i in gone:
            item, state = self._before[i], states.get(i, "")
            if item.amount is not None and item.kind != "customer":
                became = "sent" if state == "accepted" else "cancelled" if state in _GONE_BEFORE else "on_its_way"
                yield content.Released(kind=item.kind, number=item.number, buyer=item.buyer, amount=item.amount, became=became)

    def find_warnings(self) -> Iterator[content.Item]:
        """What went to its debtor in the period and is worth mending; in a slot, what the last report has not said."""
        told = {(item.document_id, problem.code) for item in self._told() for problem in item.problems}
        ids = findings.find_warned(self._ledger, self._tenant, *self._scope.period)
        for some in engine.chunks(ids, deliveries.PAGE):
            for head, found in self._read(some):
                said = [one for one in found if one.severity == "warn" and not one.holds and (head.id, one.code) not in told]
                if said:
                    yield self._to_item(head, said)

    def _told(self) -> Sequence[content.Item]:
        before = self._scope.previous
        return before.warnings if before is not None and before.period == self._scope.period else ()

    def find_cards(self) -> Iterator[content.Item]:
        """The cards that would hold the next invoice, by the newest check of the register."""
        ids = findings.find_documents(self._ledger, self._tenant, register.STATION)
        for some in engine.chunks(ids, deliveries.PAGE):
            for head, found in self._read(some):
                item = self._to_item(head, [one for one in found if one.severity != "info"])
                yield msgspec.structs.replace(item, amount=None)

    def find_certificates(self) -> list[certificates.Stored]:
        """Of a slot, all that the last report has not counted; of a period, all of its days."""
        first, last = self._scope.period
        since = dt.datetime.min.replace(tzinfo=dt.UTC) if self._scope.certified else _midnight(first)
        until = self._scope.now + dt.timedelta(seconds=1) if self._scope.is_slot else _midnight(last + dt.timedelta(days=1))
        return certificates.find(self._ledger, self._tenant, after_id=self._scope.certified, since=since, until=until)

    def find_month(self) -> list[certificates.Stored]:
        """Those that the trend is drawn from."""
        since = _midnight(self._scope.period[1] - _TREND)
        return certificates.find(self._ledger, self._tenant, since=since, until=self._scope.now + dt.timedelta(seconds=1))

    def _read(self, ids: Sequence[int]) -> Iterator[tuple[documents.Head, list[found_values.Finding]]]:
        found = findings.read(self._ledger, self._tenant, ids)
        self._recipients = details.read_recipients(self._ledger, self._tenant, ids)
        heads = documents.find_heads(self._ledger, self._tenant, ids)
        numbers = sorted({head.customer_number for head in heads})
        self._cards = details.read_cards(self._ledger, self._tenant, mapping.SOURCE, numbers)
        for head in heads:
            yield head, found.get(head.id, [])

    def _to_item(self, head: documents.Head, found: Sequence[found_values.Finding]) -> content.Item:
        recipient, card = self._recipients.get(head.id), self._cards.get(head.customer_number)
        buyer = recipient.name if recipient else card.name if card else ""
        return content.Item(
            kind=_to_kind(head),
            number=head.number,
            buyer=buyer,
            customer_number=head.customer_number,
            amount=content.Amount(-head.amount if head.kind == "credit_note" else head.amount, head.currency),
            problems=tuple(self._to_problem(head, buyer, one) for one in found),
            document_id=head.id,
        )

    def _to_problem(self, head: documents.Head, buyer: str, found: found_values.Finding) -> content.Problem:
        language, kind = self._scope.language, _to_kind(head)
        return content.Problem(
            code=found.code,
            field=sentences.field(found, language),
            what=sentences.sentence(found, language, kind),
            remedy=sentences.remedy(found, buyer=buyer, customer=head.customer_number, language=language, kind=kind),
            value=found.value,
            suggestion=found.suggestion,
            severity=found.severity,
            holds=bool(found.holds),
        )


def _to_kind(head: documents.Head) -> Literal["invoice", "credit_note", "customer"]:
    return "customer" if head.kind == "customer" else "credit_note" if head.kind == "credit_note" else "invoice"


def _by_amount(item: content.Item) -> tuple[int, str, str]:
    return (-abs(item.amount.minor) if item.amount else 0, item.number, item.buyer)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), calendar.OSLO)
