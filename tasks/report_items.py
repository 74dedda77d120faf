"""The documents and customer cards of a client's report: read from the ledger, each with its findings in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from data_quality import messages as sentences
from data_quality.report import content
from fakturabro.domain import findings as found_values
from fakturabro.ledger import deliveries, details, documents, engine, findings, opened
from fakturabro.mapping import poweroffice_to_documents as mapping

Read = tuple[documents.Head, list[found_values.Finding]]


class Reader:
    """Reads in pages, so that memory holds what is told and no more."""

    def __init__(self, ledger: opened.Ledger, tenant: str, language: content.Language) -> None:
        self._ledger, self._tenant = ledger, tenant
        self._language: content.Language = language

    def read(self, ids: Iterable[int]) -> Iterator[Read]:
        """Each of these documents with what stands against it, in their order. `to_item` knows those of the newest page."""
        for some in engine.chunks(ids, deliveries.PAGE):
            found = findings.read(self._ledger, self._tenant, some)
            self._recipients = details.read_recipients(self._ledger, self._tenant, some)
            heads = documents.find_heads(self._ledger, self._tenant, some)
            numbers = sorted({head.customer_number for head in heads})
            self._cards = details.read_cards(self._ledger, self._tenant, mapping.SOURCE, numbers)
            for head in heads:
                yield head, found.get(head.id, [])

    def to_item(self, head: documents.Head, found: Sequence[found_values.Finding]) -> content.Item:
        """What the report says of it; a customer card has no amount."""
        recipient, card = self._recipients.get(head.id), self._cards.get(head.customer_number)
        buyer = recipient.name if recipient else card.name if card else ""
        kind = _to_kind(head)
        amount = content.Amount(-head.amount if kind == "credit_note" else head.amount, head.currency)
        return content.Item(
            kind=kind,
            number=head.number,
            buyer=buyer,
            customer_number=head.customer_number,
            amount=None if kind == "customer" else amount,
            problems=tuple(self._to_problem(head, buyer, one) for one in found),
            document_id=head.id,
        )

    def _to_problem(self, head: documents.Head, buyer: str, found: found_values.Finding) -> content.Problem:
        language, kind = self._language, _to_kind(head)
        return content.Problem(
            code=found.code,
            field=sentences.field(found, language),
            what=sentences.sentence(found, language, kind),
            remedy=sentences.remedy(found, buyer=buyer, customer=head.customer_number, language=language, kind=kind),
            value=sentences.value(found, language),
            suggestion=sentences.suggestion(found, language),
            severity=found.severity,
            holds=bool(found.holds),
        )


def _to_kind(head: documents.Head) -> Literal["invoice", "credit_note", "customer"]:
    return "customer" if head.kind == "customer" else "credit_note" if head.kind == "credit_note" else "invoice"
