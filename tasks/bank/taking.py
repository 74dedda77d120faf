"""Taking what others left, the same for whoever reads it: claimed, known again by its content, read, recorded, and put away.

What is wrong with a file costs that file only, and so does a folder of the accounting system's that is away. `side` is whose
folder it is: the bank's, or the factoring company's.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping, Sequence

import msgspec

from fakturabro.ledger.payments import bank_files
from fakturabro.remote import errors
from fakturabro.systems.bank import inbox
from tasks import clock, connect, run_context, runs
from tasks.bank import messages


class Taken(msgspec.Struct):
    """What became of one file, and where it is put ("done", "aside", or "left" for another run). `notes` harm nothing."""

    put: str = "done"
    counts: collections.Counter[str] = msgspec.field(default_factory=collections.Counter[str])
    failures: list[str] = msgspec.field(default_factory=list[str])
    notes: list[str] = msgspec.field(default_factory=list[str])


Use = Callable[[inbox.Taken, bank_files.File | None, Taken], None]
"""Reads a file, beside what the ledger knows of its content, and says what became of it. Once more must be harmless: a run that
dies, or a folder that is away, leaves the file for the next one."""


def take(batch: runs.Batch, box: inbox.Inbox, use: Use, side: str = "bank") -> runs.Batch:
    """Take all files that are whole, one after the other; blocks. Raises what the carrier raises."""
    slot, ledger = batch.slot, connect.current().ledger
    box.sweep(clock.now())
    box.bring_back(bank_files.find_known(ledger, slot.tenant, side, "in"))
    for one in box.take(clock.now()):
        taken = _take_in(slot, one, use, side)
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


def _take_in(slot: runs.Slot, one: inbox.Taken, use: Use, side: str) -> Taken:
    if one.fault:
        return Taken(put="aside", failures=[one.fault])
    taken = Taken()
    known = bank_files.find_by_sha256(connect.current().ledger, slot.tenant, side, "in", bytes.fromhex(one.sha256))
    try:
        use(one, known, taken)
    except errors.RemoteError as error:  # the accounting system's folder is away: this file waits for it, the others do not
        taken.put = "left"
        taken.failures.append(messages.not_forwarded(one.name, str(error)))
    return taken


def record(
    slot: runs.Slot,
    one: inbox.Taken,
    faults: Sequence[str],
    count: int = 0,
    sums: Mapping[str, int] | None = None,
    side: str = "bank",
) -> bank_files.File:
    """The file in the ledger. What was set aside for its faults and has none now (settings or we were mended) is `read` again."""
    ledger = connect.current().ledger
    one.content.seek(0)
    new = bank_files.New(
        side=side,
        direction="in",
        kind=one.kind,
        name=one.name,
        sha256=bytes.fromhex(one.sha256),
        content=one.content.read() if one.size <= bank_files.LARGEST else None,
        count=count,
        sums=sums or {},
        state="set_aside" if faults else "read",
        why=" ".join(faults),
    )
    file_id, _ = bank_files.record(ledger, slot.tenant, new, slot.run, clock.now())
    if not faults:
        bank_files.move(ledger, slot.tenant, file_id, ["set_aside"], "read")
    file = bank_files.find(ledger, slot.tenant, file_id)
    assert file is not None  # noqa: S101 it was recorded just now
    return file
