"""One file, or voucher, is one sending: the deliveries that it carries are reserved together, leave together, and get its answer
together.

The content is kept before anything leaves. It is handed over under a name that is its own for ever, so that whoever looks for it
by name and content knows whether it left. Of what it carries only the ids are in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from fakturabro.ledger import deliveries, sendings
from fakturabro.ledger.payments import bank_files
from fakturabro.remote import errors, http
from fakturabro.systems.bank import outbox
from tasks import clock, connect, messages, runs, sending, verdicts

Box = outbox.Outbox


async def hand_over(slot: runs.Slot, purpose: str, target: str, box: Box, file: bank_files.File, ids: Sequence[int]) -> None:
    """Hand a file over that was made, with all it carries: planned -> sending -> accepted, or in_doubt, or planned again.

    `ids` are the deliveries that it carries, all planned for `target`. Where another file has its name, nothing left, and it stays
    planned: a person must find out what the other one is. Raises what the carrier raised when its answer is recorded; before
    anything leaves sendings.StoppedError, recovery.LockedError, and sending.LackingError where the content was purged.
    """
    ledger = connect.current().ledger
    content = await asyncio.to_thread(bank_files.read_content, ledger, slot.tenant, file.id)
    if content is None:
        raise sending.LackingError(messages.lacking(target, len(ids)))

    async def send() -> bytes:
        return msgspec.json.encode(await asyncio.to_thread(box.deliver, file.name, content))

    await send_together(slot, purpose, target, file.raw_id, ids, send)


async def send_together(
    slot: runs.Slot,
    purpose: str,
    target: str,
    raw_id: int | None,
    ids: Sequence[int],
    send: Callable[[], Awaitable[bytes]],
    final: tuple[type[errors.Rejected], ...] = (),
) -> None:
    """Send what all these planned deliveries leave with; `send` gives back what was answered, `raw_id` are the bytes that it sends.

    A refusal is one of the whole, so they are planned again, except by an error in `final`: they are rejected. Raises as hand_over.
    """
    lines = await asyncio.to_thread(_reserve, slot, purpose, target, ids)
    watch = sendings.Watch(connect.current().ledger, slot.tenant, purpose, target, slot.flow, slot.run)

    async def guarded() -> sending.Sent:
        asked = http.BEFORE_A_CHANGE.set(lambda: watch.refuse_stopped(clock.now()))
        try:
            watch.refuse_stopped(clock.now())
            return sending.Sent(answer=await send())
        finally:
            http.BEFORE_A_CHANGE.reset(asked)

    outcome, said, error = await sending.attempt(guarded)
    outcome = "planned" if outcome == "rejected" and not isinstance(error, final) else outcome
    sent = said if outcome == "planned" else msgspec.structs.replace(said, sent_raw_id=raw_id)
    await asyncio.to_thread(_record, slot, lines, outcome, sent)
    if outcome == "planned":
        raise error or sendings.StoppedError(said.detail)
    if error is not None and outcome != "accepted":
        raise error


def accept(slot: runs.Slot, purpose: str, target: str, file: bank_files.File, ids: Sequence[int]) -> None:
    """The same for a file that lies there already: only its deliveries are left to be recorded. Blocks."""
    _record(slot, _reserve(slot, purpose, target, ids), "accepted", sending.Sent(sent_raw_id=file.raw_id))


def _reserve(slot: runs.Slot, purpose: str, target: str, ids: Sequence[int]) -> dict[str, Sequence[int]]:
    """What leaves with the file, by lines of the journal."""
    connections, pages = connect.current(), (ids[at : at + deliveries.PAGE] for at in range(0, len(ids), deliveries.PAGE))
    ledger, journal = connections.ledger, connections.journal
    begun = (slot.tenant, purpose, target, pages, slot.flow, slot.run, clock.now())
    lines = sendings.reserve_pages(ledger, journal, *begun)
    sendings.leave_pages(ledger, journal, slot.tenant, lines, slot.run, clock.now())
    return lines


def _record(slot: runs.Slot, lines: Mapping[str, Sequence[int]], outcome: str, said: sending.Sent) -> None:
    ledger, journal = connect.current().ledger, connect.current().journal
    for line, ids in lines.items():
        answers = _answers(slot, deliveries.find(ledger, slot.tenant, ids), outcome, said)
        sendings.record_answers(ledger, journal, slot.tenant, line, answers, slot.run, clock.now(), slot.business_date)


def read_back(box: Box, name: str, sha256: str, *, remembers: bool) -> verdicts.Verdict | None:
    """Whether a file stands where it was handed over; None where the folder cannot tell. Raises what the carrier raises."""
    standing = box.find(name, sha256)
    return _verdict(standing) if standing is not None or remembers else None


def read_back_name(box: Box, name: str) -> verdicts.Verdict:
    """The same for a file that a restored ledger forgot, by a name that is its content's; only where the folder remembers."""
    return _verdict(box.find_name(name))


def _verdict(standing: outbox.Standing | None) -> verdicts.Verdict:
    if standing is None:
        return verdicts.ABSENT
    return verdicts.Verdict(outcome="accepted", answer=msgspec.json.encode(standing), detail=messages.STANDS_THERE)


def _answers(slot: runs.Slot, rows: Sequence[deliveries.Open], outcome: str, said: sending.Sent) -> list[deliveries.Answer]:
    """The same answer for each, sealed once."""
    one = sending.answer(slot, rows[0], outcome, said)
    return [msgspec.structs.replace(one, delivery_id=row.id, natural_key=row.natural_key or "") for row in rows]
