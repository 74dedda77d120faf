"""What does not go by itself: held, rejected and in doubt; which documents, why, and who must do what. Every run ends with it."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from data_quality import kinds
from data_quality import messages as sentences
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.domain import money, parties
from fakturabro.ledger import deliveries, details, documents, findings, opened, outcomes
from tasks import page_messages as pages

_STATES = ("held", "rejected", "in_doubt")
_SHOWN = 1_000


def find_rows(ledger: opened.Ledger, tenant: str) -> tuple[list[dict[str, str]], int]:
    """A row for each document that stands in one of these states for a purpose, by document, and how many there are more: a page
    with thousands opens in no browser.
    """
    open_ = [row for purpose in values.ALL_PURPOSES for row in deliveries.find_open(ledger, tenant, purpose, _STATES)]
    by_document = {row.document_id: row for row in sorted(open_, key=lambda row: _STATES.index(row.state))}
    ids = sorted(by_document)[:_SHOWN]
    found = findings.read(ledger, tenant, ids)
    recipients = details.read_recipients(ledger, tenant, ids)
    said = outcomes.find_details(ledger, tenant, [by_document[i].id for i in ids])
    heads = documents.find_heads(ledger, tenant, ids)
    rows = [_row(head, by_document[head.id], recipients.get(head.id), found.get(head.id, []), said) for head in heads]
    return rows, len(by_document) - len(ids)


def find_foreseen(ledger: opened.Ledger, tenant: str, moves: Sequence[str]) -> list[dict[str, str]]:
    """A row for each document that a run would move now or hold, what would happen to it, and why it is held."""
    steps: dict[int, list[str]] = {}
    for purpose in moves:
        for row in deliveries.find_open(ledger, tenant, purpose, ("waiting", "planned", "in_doubt", "held")):
            steps.setdefault(row.document_id, []).append(pages.foreseen(purpose, row.state, row.target))
    if tuple(moves) == ("write_back",):
        distributed = deliveries.find_states(ledger, tenant, "distribute", steps)
        steps = {i: what for i, what in steps.items() if distributed.get(i) == "accepted"}
    recipients = details.read_recipients(ledger, tenant, list(steps))
    found = findings.read(ledger, tenant, list(steps))
    heads = documents.find_heads(ledger, tenant, sorted(steps))
    amounts = {head.id: money.norwegian(head.amount, head.currency) for head in heads}
    return [
        pages.foreseen_row(
            head.number,
            head.kind,
            _buyer(head, recipients.get(head.id)),
            amounts[head.id],
            steps[head.id],
            [sentences.sentence(finding, kind=_words_of(head)) for finding in found.get(head.id, []) if finding.holds],
        )
        for head in heads
    ]


def _words_of(head: documents.Head) -> sentences.Kind:
    """The kind whose words a finding is told in."""
    return head.kind if head.kind in kinds.read() else "invoice"


def _buyer(head: documents.Head, recipient: parties.Recipient | None) -> str:
    return f"{recipient.name} ({head.customer_number})" if recipient and recipient.name else head.customer_number


def count_by_actor(ledger: opened.Ledger, tenant: str) -> collections.Counter[found_values.Actor]:
    """How many held documents wait for whom."""
    ids = deliveries.find_open_documents(ledger, tenant, ("book", "distribute"), ["held"])
    found = findings.read(ledger, tenant, ids)
    return collections.Counter(found_values.who_must_act(found.get(i, [])) for i in ids)


def _row(
    head: documents.Head,
    row: deliveries.Open,
    recipient: parties.Recipient | None,
    found: Sequence[found_values.Finding],
    said: dict[int, str],
) -> dict[str, str]:
    name = recipient.name if recipient else ""
    kind = _words_of(head)
    holding = [finding for finding in found if finding.purposes]
    why = [text for finding in holding for text in (sentences.sentence(finding, kind=kind), sentences.technical(finding)) if text]
    remedies = [
        pages.OUR_REMEDY
        if finding.code in found_values.OURS
        else sentences.remedy(finding, buyer=name, customer=head.customer_number, kind=kind)
        for finding in holding
    ]
    if row.state != "held":
        why = [said.get(row.id, "")]
        remedies = [pages.REJECTED_REMEDY if row.state == "rejected" else pages.IN_DOUBT_REMEDY]
    buyer = _buyer(head, recipient)
    return pages.held_row(row.state, head.number, head.kind, buyer, money.norwegian(head.amount, head.currency), why, remedies)
