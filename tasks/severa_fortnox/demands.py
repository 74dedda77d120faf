"""What Severa and Fortnox must have before anything is carried, and which part of a run is left alone while it is not there."""

from __future__ import annotations

import msgspec

from tasks import runs

INVOICES, COSTS = "invoices", "costs"
"""Parts of the flow (runs.Batch.closed)."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """What is not there, in a sentence that says what to do; the setting that asks for it, and the parts that it closes."""

    sentence: str
    field: tuple[str, ...]
    parts: tuple[str, ...] = ()


def note(batch: runs.Batch, lacks: list[Lack]) -> runs.Batch:
    """The batch with each of them as a failure, and their parts closed."""
    for one in lacks:
        batch = batch.failing(one.sentence)
        for part in one.parts:
            batch = batch.closing(part)
    return batch
