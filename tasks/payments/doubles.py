"""Payments that are the very same as an earlier one: recording has cancelled them for ever; here it is said which one that was."""

from __future__ import annotations

from collections.abc import Iterable

from data_quality import blocking, payment_rows
from data_quality.suites import payments as suite
from fakturabro.domain import findings as values
from fakturabro.ledger import findings
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import recording as payment_recording
from tasks import connect, runs

STATION = "guards"
PURPOSES = ("pay",)


def record(slot: runs.Slot, recorded: Iterable[payment_recording.Recorded]) -> int:
    """Record the finding of each double among what was recorded; how many of them are new."""
    ledger = connect.current().ledger
    doubles = {one.document_id: one for one in recorded if one.double_of is not None}
    if not doubles:
        return 0
    owners = sorted({one.double_of for one in doubles.values() if one.double_of is not None})
    first = {one.document_id: one for one in payment_orders.find_orders(ledger, slot.tenant, owners)}
    found = {i: [_to_finding(first[one.double_of or 0])] for i, one in doubles.items()}
    findings.record(ledger, slot.tenant, STATION, found, PURPOSES, slot.run)
    return sum(one.is_new for one in doubles.values())


def _to_finding(first: payment_orders.Order) -> values.Finding:
    said = payment_rows.Earlier(number=first.end_to_end_id, came=first.entered_on, days=0).said
    found = blocking.Rules().finding(suite.REFUSED, field="EarlierPayment", value=said)
    assert found is not None  # noqa: S101 it cannot be switched off
    return found
