"""Payments that may go -> files to the bank: made, handed over, and looked for where nobody knows whether they arrived.

Before anything leaves, what guards leave to people is asked. A file that did not leave, and of which something may not go any more,
is given up and made anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fakturabro.domain import batching
from fakturabro.formats.iso20022 import messages as iso20022_messages
from fakturabro.formats.iso20022 import writing
from fakturabro.ledger import deliveries, sendings
from fakturabro.ledger.payments import bank_files, creditors
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from fakturabro.remote import errors
from tasks import clock, connect, file_sending, retrying, runs, verdicts
from tasks.bank import folders as connect_bank
from tasks.bank import messages as bank_messages
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.payments import doubts as payment_doubts
from tasks.payments import following as payment_following
from tasks.payments import guards as payment_guards
from tasks.payments import making as remittance_making
from tasks.payments import questions as payment_questions
from tasks.payments import stale_files

TARGET = remittance_making.TARGET


@retrying.station("Be om svar om betalinger")
async def ask_people(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Let the tenant's approvers decide what the guards leave to people, one decision per file and kind."""
    if batch.slot.dry_run:
        return batch
    wanted = await asyncio.to_thread(payment_questions.find_questions, batch.slot, chosen)
    wanted += await asyncio.to_thread(payment_doubts.find_questions, batch.slot, chosen)
    return await bank_questions.ask(batch, bank_questions.KINDS, wanted)


@retrying.station("Lag betalingsfiler")
async def make(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Make the files of what may be paid. What cannot be written stops no other file."""
    slot = batch.slot
    if slot.dry_run:
        return batch
    for message_id in await asyncio.to_thread(payment_doubts.doubt_answered, slot):
        batch = batch.failing(bank_messages.answered_before(message_id))
    await asyncio.to_thread(payment_doubts.settle, slot)
    await asyncio.to_thread(_conclude, slot)
    await asyncio.to_thread(stale_files.discard, slot, chosen)
    for file_id in await asyncio.to_thread(payment_guards.find_plannable, slot):
        file = bank_files.find(connect.current().ledger, slot.tenant, file_id)
        if file is None:
            continue
        try:
            made, lacking = await asyncio.to_thread(remittance_making.make, slot, chosen, file)
        except writing.WriteError as error:
            made, lacking = 0, {file.name: error}
        except batching.BatchingError as error:
            batch = batch.failing(bank_messages.not_made(file.name, str(error)))
            continue
        batch = payment_following.fail_daily(batch.counted(files_made=made), _to_sentences(lacking))
    return batch


@retrying.station("Overlever til banken")
async def hand_over(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Hand over what was made, oldest first. Where a name is taken, that file waits for a person, and the others go."""
    slot, ledger = batch.slot, connect.current().ledger
    made = [] if slot.dry_run else bank_files.find_standing(ledger, slot.tenant, "bank", "out", ["made"])
    box = connect_bank.bank_outbox(chosen) if made else None
    if made and box is None:
        return batch.failing(bank_messages.NO_BANK_FOLDER)
    if box:
        await asyncio.to_thread(box.sweep, clock.now())
    try:
        for file in made if box else ():
            carried = payment_files.find_carried(ledger, slot.tenant, file.id)
            if file.place != connect_bank.place(chosen):
                batch = batch.failing(bank_messages.another_place(file.name, file.place))
            elif box and carried.states == {"planned"}:
                batch = await _hand_over(batch, chosen, box, file, carried)
    except sendings.StoppedError:
        return batch
    finally:
        await asyncio.to_thread(_conclude, slot)
    return batch


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Which of these payments lie, or lay, in the bank's folder: by the file that carries them. A bank's answer settles them too.

    What was made for another folder than that of today stays in doubt, and so does what a folder without memory has no more.
    """
    chosen, ledger, found = connect_bank.options_of_run(), connect.current().ledger, dict[int, verdicts.Verdict]()
    box = connect_bank.bank_outbox(chosen) if chosen else None
    orders = payment_orders.find_orders(ledger, slot.tenant, [row.document_id for row in rows])
    files = {order.document_id: order.out_file for order in orders}
    for file_id in {one for one in files.values() if one is not None} if box else ():
        file = bank_files.find(ledger, slot.tenant, file_id)
        if file is None or box is None or chosen is None or file.place != connect_bank.place(chosen):
            continue
        remembers, name, sha256 = chosen.bank.folders.remembers, file.name, file.sha256.hex()
        verdict = await asyncio.to_thread(file_sending.read_back, box, name, sha256, remembers=remembers)
        if verdict is not None:
            found |= {row.id: verdict for row in rows if files[row.document_id] == file_id}
    return found


def _to_sentences(lacking: Mapping[str, writing.WriteError]) -> dict[str, str]:
    """Why files, or payments, could not be written, by cause."""
    said = {name: (error.breach.code, error.breach.value) for name, error in lacking.items()}
    return {f"not_made/{name}": bank_messages.not_made(name, iso20022_messages.norwegian(*why)) for name, why in said.items()}


async def _hand_over(
    batch: runs.Batch,
    chosen: bank_options.BankOptions,
    box: file_sending.Box,
    file: bank_files.File,
    carried: payment_files.Carried,
) -> runs.Batch:
    if carried.stages != {"entered"}:
        return batch.failing(bank_messages.answered_before(file.name))
    if not stale_files.may_pay(chosen, carried.accounts):
        return batch.failing(bank_messages.may_not_pay(file.name))
    try:
        await file_sending.hand_over(batch.slot, "pay", TARGET, box, file, carried.delivery_ids)
    except errors.Rejected as error:
        return batch.failing(str(error))
    return batch.counted(files_sent=1, payments_sent=len(carried.delivery_ids))


def _conclude(slot: runs.Slot) -> None:
    """Let what left be known as handed over, and the accounts that it was paid on be known."""
    ledger = connect.current().ledger
    for file in bank_files.find_standing(ledger, slot.tenant, "bank", "out", ["made"]):
        carried = payment_files.find_carried(ledger, slot.tenant, file.id)
        if carried.states == {"accepted"}:
            creditors.record(ledger, slot.tenant, carried.document_ids, clock.now())
    payment_stages.follow(ledger, slot.tenant, clock.now(), slot.run)
