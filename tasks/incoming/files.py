"""Files of incoming payments: taken, read to the last row, recorded, and put untouched into the accounting system's folder.

Nothing is posted here. A file is `read` until all of it is recorded, once more when it is read again; then it is `booked`
(its payments may be posted) or `stopped`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import BinaryIO

from fakturabro.ledger.payments import bank_files
from fakturabro.systems.bank import inbox, patterns
from tasks import connect, retrying, runs
from tasks.accounting import forwarding, posting_by_file
from tasks.bank import folders as connect_bank
from tasks.bank import notices, proving, taking
from tasks.bank import options as bank_options
from tasks.incoming import incidents, messages, reading
from tasks.incoming import recording as incoming_recording

KINDS: tuple[patterns.Kind, ...] = ("ocr_giro", "credits", "mandates")


@retrying.station("Hent innbetalinger")
async def take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Take what the bank left and record it. What is fatal in a file costs that file only."""
    if batch.slot.dry_run:
        return batch
    return await asyncio.to_thread(take, batch, chosen, KINDS)


Follow = Callable[[runs.Slot, bank_options.BankOptions, bank_files.File, BinaryIO], None]
"""What else a file is read for, once its payments are recorded."""


def take(
    batch: runs.Batch, chosen: bank_options.BankOptions, kinds: Sequence[patterns.Kind], follow: Follow | None = None
) -> runs.Batch:
    """The same for files of these kinds; blocks. Raises what the carrier raises."""
    box = connect_bank.bank_inbox(chosen, kinds)
    return batch if box is None else taking.take(batch, box, functools.partial(_take_in, batch.slot, chosen, follow))


def _take_in(
    slot: runs.Slot,
    chosen: bank_options.BankOptions,
    follow: Follow | None,
    one: inbox.Taken,
    known: bank_files.File | None,
    taken: taking.Taken,
) -> None:
    if known is None or known.state == "read" or _may_say_more(slot, chosen, known):
        _read_in(slot, chosen, one, taken, follow)
        return
    taken.counts["files_known"] += 1
    if known.state == "set_aside":
        taken.put, taken.failures = "aside", [messages.decided(one.name, known.why)]
    else:
        _put_away(slot, chosen, known, one, taken)


def _may_say_more(slot: runs.Slot, chosen: bank_options.BankOptions, known: bank_files.File) -> bool:
    """Whether a file that was read is read again: settings may have changed since. Not where the file itself went to be posted."""
    if known.state == "stopped" or known.why in (incidents.WRONG, incidents.LEFT):
        return False
    ledger = connect.current().ledger
    return (
        chosen.accounting.incoming != "file"
        or bank_files.find_by_sha256(ledger, slot.tenant, "accounting", "out", known.sha256) is None
    )


def _read_in(
    slot: runs.Slot, chosen: bank_options.BankOptions, one: inbox.Taken, taken: taking.Taken, follow: Follow | None
) -> None:
    ledger, own = connect.current().ledger, {own.account.number for own in chosen.accounts}
    content = reading.sum_up(one.content, chosen.bank.credits, own)
    if chosen.accounting.incoming == "file" and content.counts:
        content.faults += content.odd  # the accounting system would get the file whole, and what is held with it
    whole = content.whole if content.counts else reading.Tally()
    file = taking.record(slot, one, content.faults, whole.count, whole.sums)
    if content.faults:
        taken.counts["files_set_aside"] += 1
        taken.put, taken.failures = "aside", [messages.set_aside(one.name, content.faults)]
        return
    is_known = bank_files.move(ledger, slot.tenant, file.id, posting_by_file.CLEARED, "read")  # nothing new is matched unchecked
    taken.counts.update({"files_known": 1} if is_known else {"files_taken": 1, "mandates": content.mandates})
    if content.counts:
        recorded = incoming_recording.record(slot, chosen, file, one.content, content)
        taken.counts.update(recorded.counts | ({"incoming": recorded.inserted} if is_known else {}))
        taken.failures, taken.notes = recorded.failures, recorded.notes
        if not recorded.is_whole:
            taken.put = "left"
            return
    if content.is_proof:
        proven = proving.prove(slot, file, one.content, content.held)
        taken.counts.update(proven.counts)
        taken.failures += proven.failures
    if follow is not None:
        one.content.seek(0)
        follow(slot, chosen, file, one.content)
    notices.note_held(slot, file, content.odd)
    is_partly_known = bool(taken.counts.get("incoming") and taken.counts.get("incoming_known"))
    if content.counts and incidents.check(slot, chosen, file, is_partly_known=is_partly_known):
        taken.counts["files_stopped"] += 1
    else:
        bank_files.move(ledger, slot.tenant, file.id, ["read"], "booked")
    _put_away(slot, chosen, file, one, taken)


def _put_away(
    slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, one: inbox.Taken, taken: taking.Taken
) -> None:
    """Forward a file that is booked, and let it go; one that is not kept in the ledger waits in the folder while it is stopped."""
    now = bank_files.find(connect.current().ledger, slot.tenant, file.id)
    if now is None or (now.state == "stopped" and not now.is_kept):
        taken.put = "left"
    if now is None or now.state == "stopped":
        return
    taken.counts["files_forwarded"] += int(forwarding.forward_incoming(slot, chosen, now, one.content))
