"""Settling doubt: what was sent without an answer is looked for at its target, by the key it was sent under.

Found counts as accepted; what is certainly absent is planned again and goes in this very run. A target that is down leaves its
doubts as they are. Where a target cannot be read (e-mail), a person decides on the approvals page; a link goes again by itself,
three times.
"""

from __future__ import annotations

import asyncio
import itertools
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence

from fakturabro.gateway import asking as gateway
from fakturabro.ledger import decisions, deliveries, details, engine
from fakturabro.ledger.distribution import arrivals
from fakturabro.remote import errors
from tasks import asking, clock, connect, factoring, messages, poweroffice_writeback, retrying, runs, sending, verdicts
from tasks.debtors import channels, distribution

ReadBack = Callable[[runs.Slot, Sequence[deliveries.Open]], Awaitable[Mapping[int, verdicts.Verdict]]]
"""What stands at one target, by delivery id; all rows have that target."""
READERS: dict[str, ReadBack] = {
    factoring.TARGET: factoring.read_back,
    channels.EHF: distribution.read_back_ehf,
    channels.LETTER: distribution.read_back_letters,
    poweroffice_writeback.TARGET: poweroffice_writeback.read_back,
}
"""By the target, or by what stands before its colon: those of invoices. Payments have theirs in bank_settling."""
_SMALL: Mapping[str, int] = types.MappingProxyType({})


@retrying.station("Avklar tvil")
async def settle(batch: runs.Batch) -> runs.Batch:
    """Read back everything in doubt. A target that cannot be read now stops no other; its error is raised at the end."""
    return await settle_by(batch, READERS)


async def settle_by(batch: runs.Batch, readers: Mapping[str, ReadBack], blocks: Mapping[str, int] = _SMALL) -> runs.Batch:
    """The same with these readers; what none of them reads stays in doubt. `blocks`: how many are asked for at once, if not 130."""
    slot = batch.slot
    if slot.dry_run:
        return batch
    failed: list[errors.RemoteError] = []
    for target, rows in itertools.groupby(sorted(_find_doubts(slot), key=_target), key=_target):
        name = target.partition(":")[0]
        reader = readers.get(name)
        try:
            for some in engine.chunks(rows if reader else (), blocks.get(name, sending.BLOCK)):
                await _settle(slot, some, reader)
        except errors.RemoteError as error:
            failed.append(error)
    decisions.withdraw_settled(connect.current().ledger, slot.tenant, f"run:{slot.run}", clock.now())
    if failed:
        raise failed[0]
    return batch


@retrying.station("Be om svar")
async def ask_people(batch: runs.Batch) -> runs.Batch:
    """Let the tenant's approvers decide what is in doubt where nobody can look: a mail with a link each, once."""
    connections, slot = connect.current(), batch.slot
    if slot.dry_run:
        return batch
    decisions.withdraw_unlisted(connections.ledger, slot.tenant, f"run:{slot.run}", clock.now())
    settled_by_us, hopeless = {*READERS, channels.LINK}, arrivals.find_hopeless(connections.ledger, slot.tenant)
    doubts = [row.id for row in _find_doubts(slot) if _target(row).partition(":")[0] not in settled_by_us]
    ids = [*doubts, *sorted(hopeless)]
    if not ids:
        return batch
    asked = await asyncio.to_thread(
        gateway.ask_about_deliveries, asking.asker(connections), slot.tenant, ids, f"run:{slot.run}", clock.now()
    )
    if asked.nobody:
        batch = batch.failing(messages.nobody_to_ask(slot.tenant, asked.nobody))
    for address, why in asked.failed:
        batch = batch.failing(messages.not_asked(address, why))
    return batch


def _find_doubts(slot: runs.Slot) -> list[deliveries.Open]:
    ledger = connect.current().ledger
    return [row for purpose in slot.moves for row in deliveries.find_open(ledger, slot.tenant, purpose, ["in_doubt"])]


def _target(row: deliveries.Open) -> str:
    return row.target or ""


async def _settle(slot: runs.Slot, rows: Sequence[deliveries.Open], reader: ReadBack | None) -> None:
    verdicts = await reader(slot, rows) if reader else {}
    sent = await asyncio.to_thread(_find_sent, slot, [row for row in rows if _stands(verdicts.get(row.id))])
    answers = [
        sending.answer(
            slot, row, found.outcome, sending.Sent(answer=found.answer, detail=found.detail, sent_raw_id=sent.get(row.id))
        )
        for row in rows
        if (found := verdicts.get(row.id))
    ]
    ledger = connect.current().ledger
    deliveries.record_answers(ledger, slot.tenant, answers, slot.run, clock.now(), slot.business_date, start="in_doubt")


def _stands(verdict: verdicts.Verdict | None) -> bool:
    return verdict is not None and verdict.outcome == "accepted"


def _find_sent(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, int]:
    """The bytes that stand at their target now, by delivery."""
    if not rows:
        return {}
    if _target(rows[0]).partition(":")[0] == factoring.TARGET:
        return factoring.find_sent_entries(slot, rows)
    with connect.current().ledger.reading() as connection:
        return details.find_sent_raws(connection, slot.tenant, rows)
