"""What the daily reconciliation says against documents: movements and invoices that differ, and what was paid too much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from data_quality import blocking
from data_quality.suites import movements
from fakturabro.domain import findings, money, reconciliation
from fakturabro.domain.reconciliation import Difference

STATION = "reconciliation"
_FINDINGS: Mapping[str, str] = {
    "reversed_by_hand": "reversed_by_hand",
    "paid_by_hand": "paid_by_hand",
    "matched_otherwise": "matched_otherwise",
    reconciliation.UNEXPLAINED: "open_differs",
}
"""What stands against the document itself; all else has its reason there already."""


def of_differences(differences: Iterable[Difference], currency: str) -> Iterator[tuple[int, findings.Finding]]:
    """By document."""
    for one in differences:
        if one.document_id is not None and one.code in _FINDINGS:
            value = one.voucher or money.norwegian(one.amount, currency)
            if finding := blocking.Rules().finding(_FINDINGS[one.code], value=value):
                yield one.document_id, finding


def of_overpaid(overpaid: Mapping[int, int]) -> Iterator[tuple[int, findings.Finding]]:
    """By invoice, of what was paid and credited too much."""
    for document_id, amount in overpaid.items():
        if finding := blocking.Rules().finding(movements.OVERPAID, field="MovementAmount", value=money.from_minor(amount)):
            yield document_id, finding
