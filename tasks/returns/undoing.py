"""Undoing what was posted: an approver is asked, PowerOffice reverses the voucher, and its movements are posted anew.

Nothing is posted anew before PowerOffice shows the voucher as reversed.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterable

from fakturabro.ledger import sendings
from fakturabro.ledger.payments import answers
from fakturabro.ledger.returns import making, movements, undoing, vouchers
from fakturabro.remote import errors
from fakturabro.systems.poweroffice import bank_wire, books_v2
from tasks import clock, connect, file_sending, retrying, runs
from tasks.bank import questions as bank_questions
from tasks.returns import options, undo_questions, voucher_messages, voucher_reading


@retrying.station("Be om svar om tilbakeforing")
async def ask_people(batch: runs.Batch, chosen: options.ReturnDataOptions, undo: str = "") -> runs.Batch:
    """Let the tenant's approvers decide whether vouchers are reversed: `undo` is their numbers in PowerOffice, with commas."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        return batch
    open_ = answers.find_open(ledger, slot.tenant, [answers.UNDO_VOUCHER])
    asked = await asyncio.to_thread(_find_posted, slot, (subject for _, subject in open_))
    approved = await asyncio.to_thread(_find_approved, slot)
    wanted = [undo_questions.make(slot, chosen, voucher, subject) for subject, voucher in asked.items()]
    for text in filter(None, re.split(r"[\s,;]+", undo)):
        voucher, why = await asyncio.to_thread(_find_undoable, slot, text)
        if voucher is None:
            batch = batch.failing(why)
        elif voucher not in (*asked.values(), *approved):
            posted, why = await _look(voucher)
            if why or posted is None:
                batch = batch.failing(why)
                continue
            subject = f"{voucher.reference}/{slot.business_date}"
            if answers.find(ledger, slot.tenant, answers.UNDO_VOUCHER, [subject]):
                batch = batch.failing(voucher_messages.refused_today(voucher.voucher_no))
            wanted.append(undo_questions.make(slot, chosen, voucher, subject, by_hand=bool(posted.is_reversed)))
    return await bank_questions.ask(batch, [answers.UNDO_VOUCHER], wanted)


@retrying.station("Tilbakefor bilag")
async def reverse(batch: runs.Batch) -> runs.Batch:
    """Have PowerOffice reverse what was approved. What is done is free to be checked and posted anew, in this very run."""
    slot = batch.slot
    approved = [] if slot.dry_run else await asyncio.to_thread(_find_approved, slot)
    for voucher in approved:
        try:
            said = await _reverse(slot, voucher)
        except sendings.StoppedError:
            break
        batch = batch.failing(said) if said else batch.counted(vouchers_reversed=1)
    return batch


async def _reverse(slot: runs.Slot, voucher: vouchers.Voucher) -> str:
    """Reverse one that was approved, as far as it goes; "" when it is done, otherwise why it is not."""
    ledger, client = connect.current().ledger, await connect.current().poweroffice_bank()
    carried = await asyncio.to_thread(vouchers.find_carried, ledger, slot.tenant, voucher.id)
    if carried.states != {"accepted"}:
        return voucher_messages.not_posted_whole(voucher.voucher_no)
    reversal = await asyncio.to_thread(_plan, slot, voucher)
    going = await asyncio.to_thread(vouchers.find_carried, ledger, slot.tenant, reversal.id)
    if going.states == {"planned"}:
        try:
            await _send(slot, client, voucher, reversal, going)
        except (errors.Rejected, errors.Uncertain) as error:
            return voucher_messages.not_reversed(voucher.voucher_no, str(error))
    elif going.states != {"accepted"}:
        return voucher_messages.not_reversed(voucher.voucher_no, voucher_messages.DOUBTFUL)
    posted = await voucher_reading.fetch(client, voucher)
    if posted is None or not posted.is_reversed:
        return voucher_messages.not_done_yet(voucher.voucher_no)
    await asyncio.to_thread(vouchers.mark_reversed, ledger, slot.tenant, voucher.id)
    return ""


def _plan(slot: runs.Slot, voucher: vouchers.Voucher) -> vouchers.Voucher:
    """What takes a voucher back, made once: the same goes again until PowerOffice has done it."""
    ledger, reference = connect.current().ledger, undoing.to_reference(voucher.reference)
    undo = undoing.record_undo(ledger, slot.tenant, voucher.id, slot.run, clock.now())
    if there := vouchers.find_by_reference(ledger, slot.tenant, [reference]).get(reference):
        return there
    keys = {row.document_id: vouchers.to_natural_key(reference, row.key) for row in movements.find(ledger, slot.tenant, undo.back)}
    new = making.New(
        settlement_id=voucher.settlement_id,
        part=vouchers.next_part(ledger, slot.tenant, voucher.settlement_id),
        kind="reverse",
        reference=reference,
        day=voucher.day,
        content=(voucher.voucher_uuid or "").encode(),
        undoes=voucher.id,
    )
    return making.make(ledger, slot.tenant, new, keys, vouchers.REVERSALS, slot.run, clock.now())


async def _send(
    slot: runs.Slot, client: books_v2.BooksV2, voucher: vouchers.Voucher, reversal: vouchers.Voucher, going: vouchers.Carried
) -> None:
    async def send() -> bytes:
        try:
            await client.reverse(uuid.UUID(voucher.voucher_uuid))
        except errors.AlreadyDelivered:
            await asyncio.to_thread(voucher_reading.mark_done, slot, reversal)
            raise
        await asyncio.to_thread(voucher_reading.mark_done, slot, reversal)
        return b""

    where = (slot, movements.PURPOSE, vouchers.REVERSALS, reversal.raw_id, going.delivery_ids)
    await file_sending.send_together(*where, send)


async def _look(voucher: vouchers.Voucher) -> tuple[bank_wire.PostedVoucher | None, str]:
    """What stands in PowerOffice, and why it cannot be reversed there; "" where it can, or was by hand."""
    client = await connect.current().poweroffice_bank()
    posted, locked = await voucher_reading.fetch(client, voucher), await client.fetch_lock_date()
    if posted is None:
        return None, voucher_messages.gone(voucher.voucher_no)
    days = [line.posting_date for line in posted.voucher_lines or () if line.posting_date is not None]
    if locked is not None and not posted.is_reversed and min(days, default=voucher.day) <= locked:
        return posted, voucher_messages.locked(voucher.voucher_no, locked)
    return posted, ""


def _find_undoable(slot: runs.Slot, text: str) -> tuple[vouchers.Voucher | None, str]:
    """The voucher that a number names, or why it names none that can be undone."""
    ledger = connect.current().ledger
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None, voucher_messages.no_number(text)
    found = vouchers.find_by_number(ledger, slot.tenant, int(text))
    if len(found) != 1:
        return None, voucher_messages.several(int(text)) if found else voucher_messages.unknown(int(text))
    if found[0].state != "posted":
        return None, voucher_messages.undone_before(found[0].voucher_no)
    if vouchers.find_carried(ledger, slot.tenant, found[0].id).states != {"accepted"}:
        return None, voucher_messages.not_posted_whole(found[0].voucher_no)
    return found[0], ""


def _find_approved(slot: runs.Slot) -> list[vouchers.Voucher]:
    """What people let us reverse and is not reversed yet."""
    said = answers.find_said(connect.current().ledger, slot.tenant, answers.UNDO_VOUCHER, answers.APPROVED)
    return list({one.id: one for one in _find_posted(slot, said).values()}.values())


def _find_posted(slot: runs.Slot, subjects: Iterable[str]) -> dict[str, vouchers.Voucher]:
    """The vouchers that questions are about, by subject; only those that stand as posted."""
    references = {subject: subject.partition("/")[0] for subject in subjects}
    found = vouchers.find_by_reference(connect.current().ledger, slot.tenant, references.values())
    return {
        subject: found[reference]
        for subject, reference in references.items()
        if reference in found and found[reference].state == "posted"
    }
