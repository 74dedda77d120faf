"""Movement lists that the factoring system leaves in a folder: read to the last row, used whole or not at all, and put away.

Assumed: one comes for every working day at least; a week without any is a fault.
"""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
from collections import Counter

from fakturabro.domain import calendar, findings, money, payments
from fakturabro.formats.movement_list import messages as list_messages
from fakturabro.formats.movement_list import read, records
from fakturabro.ledger import engine
from fakturabro.ledger.payments import bank_files
from fakturabro.remote import folders
from fakturabro.systems.bank import inbox, patterns
from tasks import clock, connect, runs
from tasks.bank import messages as bank_messages
from tasks.bank import taking
from tasks.returns import intake_messages as messages
from tasks.returns import recording
from tasks.returns.options import ListFolder, ReturnDataOptions

SIDE = "factoring"
KIND: patterns.Kind = "movement_list"
_CHUNK = 5_000
_SAID = 5
_SILENCE = dt.timedelta(days=7)
"""So long may pass without a list; Easter is five days."""


def take(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Take the lists that are whole; blocks. What is wrong with one costs that one. Raises what the carrier raises."""
    if chosen.folder is None:
        return batch
    box = _inbox(chosen.folder)
    batch = taking.take(batch, box, functools.partial(_take_in, batch.slot, chosen), SIDE)
    for sentence in (*inbox.sentences(box.look(clock.now()), clock.now()), *_find_silence(batch.slot, chosen, chosen.folder)):
        batch = batch.failing(sentence)
    return batch


def _inbox(folder: ListFolder) -> inbox.Inbox:
    settings = inbox.Settings(
        patterns=tuple(patterns.Pattern(KIND, glob) for glob in folder.names),
        trigger=folder.trigger,
        quiet=dt.timedelta(minutes=folder.quiet_minutes),
        limit=records.LARGEST,
        keeps=folder.keeps,
    )
    return inbox.Inbox(folders.DiskFolder(pathlib.Path(folder.take_from)), settings)


def _take_in(
    slot: runs.Slot, chosen: ReturnDataOptions, one: inbox.Taken, known: bank_files.File | None, taken: taking.Taken
) -> None:
    if known is not None and known.state == "booked":
        taken.counts["lists_known"] += 1
        return
    found, sums, count = findings.Findings(), Counter[str](), 0
    try:
        for movement in read.movements(one.content, found, chosen.client_number):
            sums[movement.currency] += money.to_minor(movement.amount)
            count += 1
        faults = _faults(found)
    except payments.ReadError as error:
        faults = [list_messages.norwegian(error.code, error.value, error.line)]
    file = taking.record(slot, one, faults, count, sums, SIDE)
    if faults:
        taken.counts["lists_set_aside"] += 1
        taken.put, taken.failures = "aside", [bank_messages.set_aside(one.name, faults)]
        return
    taken.notes += [list_messages.norwegian(odd.code, odd.value, odd.line, odd.field) for odd in found][:_SAID]
    one.content.seek(0)
    for some in engine.chunks(read.movements(one.content, findings.Findings(), chosen.client_number), _CHUNK):
        result = recording.record(slot, recording.to_rows(slot, chosen, some, file.raw_id))
        taken.counts.update(result.counts)
        taken.failures += result.failures
    bank_files.move(connect.current().ledger, slot.tenant, file.id, ["read"], "booked")
    taken.counts["lists_taken"] += 1
    if taken.failures:
        taken.put = "aside"  # all of it is recorded; people see there what differs


def _faults(found: findings.Findings) -> list[str]:
    """Sentences on what is wrong in a list, each with its row and column."""
    blocking = [one for one in found if one.severity == "block"][:_SAID]
    left = found.counts["block"] - len(blocking)
    said = [list_messages.norwegian(one.code, one.value, one.line, one.field) for one in blocking]
    return [*said, *([bank_messages.more_faults(left)] if left else [])]


def _find_silence(slot: runs.Slot, chosen: ReturnDataOptions, folder: ListFolder) -> list[str]:
    """Whether lists have stopped coming: a day without movements has a list too."""
    taken = bank_files.find_standing(connect.current().ledger, slot.tenant, SIDE, "in", ["booked"])
    last = taken[-1].received_at.astimezone(calendar.OSLO).date() if taken else chosen.starts_on
    return [messages.no_list(folder.take_from, last)] if slot.business_date - last >= _SILENCE else []
