"""What is held back: which documents, why, and what the client must do. Every run ends with it."""

from __future__ import annotations

from collections.abc import Sequence

from data_quality import messages as sentences
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.domain import money, parties
from fakturabro.ledger import deliveries, details, documents, findings, opened
from tasks import messages


def find_rows(ledger: opened.Ledger, tenant: str) -> list[dict[str, str]]:
    """A row for each document that is held for booking or distribution, by document."""
    rows = [row for purpose in ("book", "distribute") for row in deliveries.find_open(ledger, tenant, purpose, ["held"])]
    ids = sorted({row.document_id for row in rows})
    found = findings.read(ledger, tenant, ids)
    recipients = details.read_recipients(ledger, tenant, ids)
    return [
        _row(head, recipients.get(head.id), [finding for finding in found.get(head.id, []) if finding.holds])
        for head in documents.find_heads(ledger, tenant, ids)
    ]


def _row(head: documents.Head, recipient: parties.Recipient | None, found: Sequence[found_values.Finding]) -> dict[str, str]:
    name = recipient.name if recipient else ""
    kind: values.Kind = "credit_note" if head.kind == "credit_note" else "invoice"
    return messages.held_row(
        head.number,
        kind,
        f"{name} ({head.customer_number})" if name else head.customer_number,
        money.norwegian(head.amount, head.currency),
        [sentences.sentence(finding, kind=kind) for finding in found],
        [sentences.remedy(finding, buyer=name, customer=head.customer_number, kind=kind) for finding in found],
    )
