"""Files of incoming payments: taken, read to the last row, recorded, and put untouched into the accounting system's folder.

Nothing is posted here. A file is `read` until all of it is recorded, then `booked` (its payments may be posted) or `stopped`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import BinaryIO

import msgspec

from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import bank_files
from fakturabro.remote import errors
from fakturabro.systems.bank import inbox, patterns
from tasks import clock, connect, retrying, run_context, runs
from tasks.accounting import forwarding, posting_by_file
from tasks.bank import folders as connect_bank
from tasks.bank import options as bank_options
from tasks.bank import returns as bank_returns
from tasks.incoming import incidents, messages, reading
from tasks.incoming import recording as incoming_recording

KINDS: tuple[patterns.Kind, ...] = ("ocr_giro", "credits", "mandates")


class Taken(msgspec.Struct):
    """What became of one file, and where it is put ("done", "aside", or "left" for another run). `notes` harm nothing."""

    name: str
    put: str = "done"
    counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    failures: list[str] = msgspec.field(default_factory=list[str])
    notes: list[str] = msgspec.field(default_factory=list[str])


@retrying.station("Hent innbetalinger")
async def take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Take what the bank left and record it. What is fatal in a file costs that file only."""
    if batch.slot.dry_run:
        return batch
    return await asyncio.to_thread(take, batch, chosen, KINDS)


Follow = Callable[[runs.Slot, bank_options.BankOptions, bank_files.File, BinaryIO, Taken], None]
"""What else a file is read for, once its payments are recorded; it adds to what is said of the file."""


def take(
    batch: runs.Batch, chosen: bank_options.BankOptions, kinds: Sequence[patterns.Kind], follow: Follow | None = None
) -> runs.Batch:
    """The same for files of these kinds; blocks. Raises what the carrier raises."""
    box, ledger = connect_bank.bank_inbox(chosen, kinds), connect.current().ledger
    if box is None:
        return batch
    box.sweep(clock.now())
    box.bring_back(bank_files.find_known(ledger, batch.slot.tenant, "bank", "in"))
    for one in box.take(clock.now()):
        taken = _take_in(batch.slot, chosen, one, follow)
        if taken.put == "aside":
            box.set_aside(one, " ".join(taken.failures))
        elif taken.put == "done":
            box.conclude(one)
        batch = batch.counted(**taken.counts)
        for sentence in taken.notes:
            run_context.logger().warning("%s", sentence)
        for sentence in taken.failures:
            batch = batch.failing(sentence)
    return batch


def _take_in(slot: runs.Slot, chosen: bank_options.BankOptions, one: inbox.Taken, follow: Follow | None) -> Taken:
    ledger, taken = connect.current().ledger, Taken(name=one.name)
    known = bank_files.find_by_sha256(ledger, slot.tenant, "bank", "in", bytes.fromhex(one.sha256))
    if one.fault:
        taken.put, taken.failures = "aside", [one.fault]
    elif known is None or known.state == "read" or _may_say_more(slot, chosen, known):
        _read_in(slot, chosen, one, taken, follow)
    else:
        taken.counts["files_known"] = 1
        if known.state == "set_aside":
            taken.put, taken.failures = "aside", [messages.decided(one.name, known.why)]
        else:
            _put_away(slot, chosen, known, one, taken)
    return taken


def _may_say_more(slot: runs.Slot, chosen: bank_options.BankOptions, known: bank_files.File) -> bool:
    """Whether a file that was read is read again: settings may have changed since. Not where the file itself went to be posted."""
    if known.state == "stopped" or known.why in (incidents.WRONG, incidents.LEFT):
        return False
    ledger = connect.current().ledger
    return (
        chosen.accounting.incoming != "file"
        or bank_files.find_by_sha256(ledger, slot.tenant, "accounting", "out", known.sha256) is None
    )


def _read_in(slot: runs.Slot, chosen: bank_options.BankOptions, one: inbox.Taken, taken: Taken, follow: Follow | None) -> None:
    content = reading.sum_up(one.content, chosen.bank.credits, {own.account.number for own in chosen.accounts})
    ledger, file = connect.current().ledger, _record_file(slot, one, content)
    if content.faults:
        taken.put, taken.counts["files_set_aside"] = "aside", 1
        taken.failures = [messages.set_aside(one.name, content.faults)]
        return
    if file.state == "set_aside":
        bank_files.move(ledger, slot.tenant, file.id, ["set_aside"], "read")
    is_known = file.state in posting_by_file.CLEARED
    taken.counts |= {"files_known": 1} if is_known else {"files_taken": 1, "mandates": content.mandates}
    if content.counts:
        recorded = incoming_recording.record(slot, chosen, file, one.content, content)
        taken.counts |= recorded.counts | ({"incoming": recorded.inserted} if is_known else {})
        taken.failures, taken.notes = recorded.failures, recorded.notes
        if not recorded.is_whole:
            taken.put = "left"
            return
    if content.is_proof:
        proven = bank_returns.prove(slot, file.id, one.content)
        taken.counts |= proven.counts
        taken.failures = [*taken.failures, *proven.failures]
    if follow is not None:
        one.content.seek(0)
        follow(slot, chosen, file, one.content, taken)
    if chosen.accounting.incoming == "file" and _overlaps(slot, file, taken):
        # handed over whole it would post what is known once more
        bank_files.move(ledger, slot.tenant, file.id, incidents.BEFORE, "stopped", why=incidents.OVERLAPS)
        taken.counts["files_stopped"] = 1
    elif content.counts and incidents.check(slot, chosen, file):
        taken.counts["files_stopped"] = 1
    else:
        bank_files.move(ledger, slot.tenant, file.id, ["read"], "booked")
    _put_away(slot, chosen, file, one, taken)


def _overlaps(slot: runs.Slot, file: bank_files.File, taken: Taken) -> bool:
    """Whether a file holds what is new beside what is known, or a payment whose reference is another one's."""
    doubtful = incoming.find_of_file(connect.current().ledger, slot.tenant, file.id, ["stopped"])
    return bool(taken.counts.get("incoming") and taken.counts.get("incoming_known")) or any(doubtful)


def _record_file(slot: runs.Slot, one: inbox.Taken, content: reading.Content) -> bank_files.File:
    ledger, whole = connect.current().ledger, content.whole if content.counts else reading.Tally()
    one.content.seek(0)
    new = bank_files.New(
        side="bank",
        direction="in",
        kind=one.kind,
        name=one.name,
        sha256=bytes.fromhex(one.sha256),
        content=one.content.read() if one.size <= bank_files.LARGEST else None,
        count=whole.count,
        sums=whole.sums,
        state="set_aside" if content.faults else "read",
        why=" ".join(content.faults),
    )
    file_id, _ = bank_files.record(ledger, slot.tenant, new, slot.run, clock.now())
    file = bank_files.find(ledger, slot.tenant, file_id)
    assert file is not None  # noqa: S101 it was recorded just now
    return file


def _put_away(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, one: inbox.Taken, taken: Taken) -> None:
    """Forward a file that is booked, and let it go; one that is not kept in the ledger waits in the folder while it is stopped."""
    now = bank_files.find(connect.current().ledger, slot.tenant, file.id)
    if now is None or (now.state == "stopped" and not now.is_kept):
        taken.put = "left"
    if now is None or now.state == "stopped":
        return
    try:
        taken.counts["files_forwarded"] = int(forwarding.forward_incoming(slot, chosen, now, one.content))
    except errors.RemoteError as error:  # the accounting system's folder is away: this file waits for it, the others do not
        taken.put = "left"
        taken.failures.append(messages.not_forwarded(one.name, str(error)))
