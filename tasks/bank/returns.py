"""What the bank answers: its files are taken, read to the last row, and move the payments that they name.

A file that is odd as a whole is put aside, and nothing of it is used; one odd entry is held, and a person is asked.
"""

from __future__ import annotations

import asyncio
import functools

from fakturabro.ledger.payments import bank_files
from fakturabro.systems.bank import inbox, patterns
from tasks import clock, connect, retrying, runs
from tasks.accounting import forwarding
from tasks.bank import folders as connect_bank
from tasks.bank import messages, notices, proving, return_reading, taking
from tasks.bank import options as bank_options
from tasks.payments import doubts as payment_doubts
from tasks.payments import following as payment_following

KINDS: tuple[patterns.Kind, ...] = ("status", "debits", "telepay")


@retrying.station("Les svar fra banken")
async def take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Take what the bank left and record what it says."""
    return batch if batch.slot.dry_run else await asyncio.to_thread(_take_files, batch, chosen)


def _take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    box = connect_bank.bank_inbox(chosen, KINDS)
    if box is None:
        return batch
    batch = taking.take(batch, box, functools.partial(_read_in, batch.slot, chosen))
    payment_doubts.settle(batch.slot)
    said = {f"bank_inbox/{sentence}": sentence for sentence in inbox.sentences(box.look(clock.now()), clock.now())}
    return payment_following.fail_daily(batch, said)


def _read_in(
    slot: runs.Slot, chosen: bank_options.BankOptions, one: inbox.Taken, known: bank_files.File | None, taken: taking.Taken
) -> None:
    if known is not None and known.state != "read" and (known.state != "set_aside" or known.kind not in KINDS):
        taken.counts["files_known"] += 1
        if known.state == "set_aside":  # as a file of incoming payments, perhaps by a person
            taken.put, taken.failures = "aside", [messages.set_aside(one.name, [known.why])]
        return
    looked = return_reading.look(one.content)
    file = taking.record(slot, one, looked.faults)
    if looked.faults:
        taken.counts["files_set_aside"] += 1
        taken.put, taken.failures = "aside", [messages.set_aside(one.name, looked.faults)]
        return
    proven = proving.prove(slot, file, one.content, looked.held)
    taken.counts.update(proven.counts)
    taken.counts["files_taken"] += 1
    taken.failures += proven.failures
    if looked.incoming:
        taken.failures.append(messages.incoming_in_debits(one.name, looked.incoming))
    notices.note_held(slot, file, looked.odd)
    one.content.seek(0)
    if chosen.accounting.return_form == "bank_files" and forwarding.forward(slot, chosen, file.id, one.content):
        taken.counts["files_forwarded"] += 1
    bank_files.move(connect.current().ledger, slot.tenant, file.id, ["read"], "booked")
