"""Movements into the ledger, whoever told of them: each once, and a word on every other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from data_quality import blocking
from fakturabro.domain import return_data
from fakturabro.ledger import findings
from fakturabro.ledger.returns import arrivals, sources
from tasks import clock, connect, runs
from tasks.returns import intake_messages as messages
from tasks.returns.options import ReturnDataOptions

STATION = "return_intake"
_SAID = 5


class Result(msgspec.Struct):
    """What became of some movements, and what is wrong in sentences."""

    counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    failures: list[str] = msgspec.field(default_factory=list[str])


def record(slot: runs.Slot, rows: Iterable[arrivals.New]) -> Result:
    """Record them. Repeating it after a crash records nothing twice. Blocks."""
    said = arrivals.record(connect.current().ledger, slot.tenant, slot.run, clock.now(), rows)
    sentences = [messages.differs(one.now.id, one.was, one.now) for one in said.differing]
    _note(slot, {one.document_id: one.now.id for one in said.differing if one.was is not None})
    counts = {"movements": said.new, "movements_known": said.known, "movements_skipped": said.skipped}
    return Result({**counts, "movements_differing": len(sentences)}, sentences[:_SAID])


def _note(slot: runs.Slot, differing: Mapping[int, str]) -> None:
    """That these were told otherwise since, for as long as they stand: the run says it once."""
    found = {i: [one] for i, name in differing.items() if (one := blocking.Rules().finding("told_otherwise", value=name))}
    findings.record(connect.current().ledger, slot.tenant, STATION, found, (), slot.run)


def to_rows(
    slot: runs.Slot, chosen: ReturnDataOptions, told: Sequence[return_data.Movement], raw_id: int, *, by_interface: bool = False
) -> list[arrivals.New]:
    """What the factoring system told, read from `raw_id`, with the invoice of ours that each names. Blocks."""
    numbers, kids = {one.invoice_number for one in told} - {""}, {one.kid for one in told} - {""}
    ours = sources.find_invoices(connect.current().ledger, slot.tenant, numbers, kids)
    rows: list[arrivals.New] = []
    for one in told:
        invoice = ours.find_own(one.invoice_number, one.kid, one.buyer_number, one.currency)
        rows.append(
            arrivals.New(
                movement=one,
                origin="told",
                key=arrivals.told_key(chosen.client_number, one.id),
                client=chosen.client_number,
                raw_id=raw_id,
                told_no=int(one.id) if by_interface else None,
                invoice_id=invoice.document_id if invoice else None,
                skip=why_skipped(chosen, one),
            )
        )
    return rows


def why_skipped(chosen: ReturnDataOptions, one: return_data.Movement) -> str:
    """Why a movement is not ours to carry; "" when it is."""
    return messages.TOO_EARLY if one.date < chosen.starts_on else ""
