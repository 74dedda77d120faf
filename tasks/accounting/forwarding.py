"""The bank's files put untouched into the accounting system's folder, each once, under the bank's own name where that is free."""

from __future__ import annotations

import contextlib
import pathlib
import re
from typing import BinaryIO

from fakturabro.ledger.payments import bank_files
from fakturabro.remote import errors
from fakturabro.systems.bank import outbox
from tasks import clock, connect, runs
from tasks.bank import folders as connect_bank
from tasks.bank import options as bank_options

_STATES = ("made", "handed_over", "discarded")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100


def forward(slot: runs.Slot, chosen: bank_options.BankOptions, file_id: int, source: BinaryIO | None = None) -> bool:
    """Put a file of the bank's into the accounting system's folder; True when it lies there, now or before. Blocks.

    `source` is the content of one that is too large to be kept. False where no folder is set, or the content is gone.
    Raises Rejected where other content stands under its name, and what the carrier raises.
    """
    box = connect_bank.accounting_outbox(chosen)
    file = make(slot, file_id) if box else None
    if box is None or file is None:
        return False
    ledger = connect.current().ledger
    if file.state == "made":
        content = source or bank_files.read_content(ledger, slot.tenant, file.id)
        if content is None:
            return False
        with contextlib.suppress(errors.AlreadyDelivered):
            _deliver(box, file, content)
        bank_files.move(ledger, slot.tenant, file.id, ["made"], "handed_over")
    return True


def forward_incoming(
    slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, source: BinaryIO | None = None
) -> bool:
    """The same for a file of incoming payments or a statement, where the tenant wants it; what posts its payments goes with them.

    A file that is too large to be kept goes now, from `source`.
    """
    is_posted = chosen.accounting.incoming == "file" and file.count > 0
    if not (chosen.accounting.forward or is_posted) or (is_posted and file.is_kept):
        return False
    if source is None or file.is_kept:
        return forward(slot, chosen, file.id)
    source.seek(0)
    return forward(slot, chosen, file.id, source)


def _deliver(box: outbox.Outbox, file: bank_files.File, content: BinaryIO | bytes) -> None:
    """Under its name, or where somebody else's file has that, under one with a part of its sum."""
    try:
        box.deliver(file.name, content)
    except errors.Rejected:
        plain = pathlib.PurePosixPath(file.name)
        box.deliver(f"{plain.stem}.{file.sha256.hex()[:12]}{plain.suffix}", content)


def make(slot: runs.Slot, file_id: int) -> bank_files.File | None:
    """The file that goes to the accounting system: the content of this one of the bank's, and a name that no folder refuses."""
    ledger = connect.current().ledger
    came = bank_files.find(ledger, slot.tenant, file_id)
    if came is None:
        return None
    made = bank_files.find_by_sha256(ledger, slot.tenant, "accounting", "out", came.sha256)
    if made is not None:
        return made
    new = bank_files.New(
        side="accounting",
        direction="out",
        kind=came.kind,
        name=_free_name(slot, came),
        sha256=came.sha256,
        content=bank_files.read_content(ledger, slot.tenant, file_id),
        count=came.count,
        sums=came.sums,
        state="made",
    )
    made_id, _ = bank_files.record(ledger, slot.tenant, new, slot.run, clock.now())
    return bank_files.find(ledger, slot.tenant, made_id)


def _free_name(slot: runs.Slot, came: bank_files.File) -> str:
    """The bank's own name; with a part of its sum where that went before, for banks that call each day's file the same."""
    plain = pathlib.PurePosixPath(_UNSAFE.sub("_", came.name).lstrip(".-")[-_LONGEST:] or "fil")
    used = bank_files.find_standing(connect.current().ledger, slot.tenant, "accounting", "out", _STATES)
    is_free = all(one.name != plain.name for one in used)
    return plain.name if is_free else f"{plain.stem}.{came.sha256.hex()[:8]}{plain.suffix}"
