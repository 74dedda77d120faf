"""What reading back shows of a delivery in doubt."""

from __future__ import annotations

import msgspec

from fakturabro.ledger import deliveries, outcomes
from fakturabro.ledger.journal import recovery
from tasks import clock, connect, messages, runs


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What reading back showed: "accepted", "planned" (certainly not there) or "rejected" (something else stands there)."""

    outcome: str
    answer: bytes = b""
    detail: str = ""


ABSENT = Verdict(outcome="planned", detail=messages.NOT_THERE)


def may_arrive(slot: runs.Slot, row: deliveries.Open, verdict: Verdict) -> bool:
    """Whether what is absent left so lately that a process which stood still may yet send it. Blocks."""
    if verdict.outcome != "planned":
        return False
    ledger = connect.current().ledger
    times = outcomes.find_times(ledger, slot.tenant, row.id, row.natural_key or "", "in_doubt")
    return bool(times) and max(times) > clock.now() - recovery.ON_ITS_WAY
