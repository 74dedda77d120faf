"""The documents and customer cards of a client's report: read from the ledger, each with its findings in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from data_quality import messages as sentences
from data_quality.report import content, wording
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.ledger import choices, deliveries, details, documents, engine, findings, opened, seals
from fakturabro.mapping import poweroffice_to_documents as mapping

_RECEIVED = msgspec.json.Decoder(values.Received)
_NEWEST = 5
"""How many documents are looked at for the client's name; one that could not be read names nobody."""

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
            missing = [i for i in some if i not in self._recipients]
            self._purged = set(missing).difference(details.find_without_recipient(self._ledger, self._tenant, missing))
            heads = documents.find_heads(self._ledger, self._tenant, some)
            numbers = sorted({head.customer_number for head in heads})
            self._cards = details.read_cards(self._ledger, self._tenant, mapping.SOURCE, numbers)
            for head in heads:
                yield head, found.get(head.id, [])

    def to_item(self, head: documents.Head, found: Sequence[found_values.Finding]) -> content.Item:
        """What the report says of it; a customer card has no amount."""
        recipient, card = self._recipients.get(head.id), self._cards.get(head.customer_number)
        name = recipient.name if recipient else card.name if card else ""
        kind = _to_kind(head)
        amount = content.Amount(-head.amount if kind == "credit_note" else head.amount, head.currency)
        return content.Item(
            kind=kind,
            number=head.number,
            buyer=name or (wording.say("purged", self._language) if head.id in self._purged else ""),
            customer_number=head.customer_number,
            amount=None if kind == "customer" else amount,
            problems=tuple(self._to_problem(head, name, one) for one in found),
            document_id=head.id,
        )

    def _to_problem(self, head: documents.Head, buyer: str, found: found_values.Finding) -> content.Problem:
        language, kind = self._language, _to_kind(head)
        remedy = sentences.remedy(found, buyer=buyer, customer=head.customer_number, language=language, kind=kind)
        is_ours = found.code in found_values.OURS and found.purposes
        return content.Problem(
            code=found.code,
            field=sentences.field(found, language),
            what=sentences.sentence(found, language, kind),
            remedy=wording.say("ours_held", language) if is_ours else remedy,
            value=sentences.value(found, language),
            suggestion=sentences.suggestion(found, language),
            severity=found.severity,
            holds=bool(found.purposes),
        )


def find_name(ledger: opened.Ledger, tenant: str) -> str:
    """The client's name: as it confirmed it when it connected, otherwise the seller's on its newest document, otherwise our key."""
    confirmed = choices.read(ledger, tenant, choices.POWEROFFICE_COMPANY)
    return confirmed or find_seller(ledger, tenant) or tenant


def find_seller(ledger: opened.Ledger, tenant: str) -> str:
    """What the client calls itself on its newest document; "" where none can be read."""
    for document_id in reversed(documents.find_newest(ledger, tenant, values.KINDS, _NEWEST)):
        with contextlib.suppress(seals.SealError):
            for row in documents.read(ledger, tenant, [document_id]):
                invoice = _RECEIVED.decode(row.canonical).invoice
                if invoice and (name := (invoice.seller.registration_name or invoice.seller.name or "").strip()):
                    return name
    return ""


def _to_kind(head: documents.Head) -> Literal["invoice", "credit_note", "customer"]:
    return "customer" if head.kind == "customer" else "credit_note" if head.kind == "credit_note" else "invoice"
