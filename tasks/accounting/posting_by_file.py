"""Posting by file: the bank's own file, untouched, in the accounting system's folder is what posts all the payments in it.

One file is one sending, whatever its size: in memory are its bytes and the ids of its payments. Which invoices the payments settle,
the accounting system finds out by itself.
"""

from __future__ import annotations

import array
import asyncio
from collections.abc import Sequence

from fakturabro.ledger import deliveries, sendings
from fakturabro.ledger.incoming import posts
from fakturabro.ledger.payments import bank_files
from fakturabro.remote import errors
from tasks import connect, file_sending, runs, verdicts
from tasks.accounting import forwarding
from tasks.bank import folders as connect_bank
from tasks.bank import messages as bank_messages
from tasks.bank import options as bank_options
from tasks.incoming import messages

FOLDER = "accounting_folder"
_SHORT = 16
CLEARED = ("booked", "released")
"""States of files whose payments may be posted."""


async def post(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Hand over each file that may be posted, with all its payments."""
    slot, box = batch.slot, connect_bank.accounting_outbox(chosen)
    for file_id in await asyncio.to_thread(find_cleared, slot):
        if box is None:
            return batch.failing(bank_messages.NO_ACCOUNTING_FOLDER)
        made = await asyncio.to_thread(forwarding.make, slot, file_id)
        if made is None or not (made.is_kept or made.state == "handed_over"):
            batch = batch.failing(messages.NOT_KEPT)
            continue
        ids = await asyncio.to_thread(_plan, slot, made, file_id)
        if not ids:  # the journal says that it left: it is read back first
            continue
        try:
            if made.is_kept:
                await file_sending.hand_over(slot, "post", _target(made), box, made, ids)
            else:
                await asyncio.to_thread(file_sending.accept, slot, "post", _target(made), made, ids)
        except sendings.StoppedError:
            return batch
        except errors.RemoteError as error:  # the other files do not wait for this one
            batch = batch.failing(bank_messages.not_forwarded(made.name, str(error)))
            continue
        bank_files.move(connect.current().ledger, slot.tenant, made.id, ["made"], "handed_over")
    return batch


def find_cleared(slot: runs.Slot) -> list[int]:
    """The files that may be posted and have payments that nobody has posted."""
    return posts.find_files(connect.current().ledger, slot.tenant, CLEARED)


def _plan(slot: runs.Slot, made: bank_files.File, file_id: int) -> array.array[int]:
    """Plan what waits of a file; all deliveries that go with it. None go while one of them is in doubt."""
    ledger = connect.current().ledger
    for rows in posts.find(ledger, slot.tenant, file_id, ["waiting"]):
        plans = [
            deliveries.Planned(
                id=row.delivery_id, target=_target(made), natural_key=f"{made.name}|{made.sha256.hex()}|{row.position}"
            )
            for row in rows
        ]
        deliveries.plan(ledger, slot.tenant, plans, slot.run)
    if any(posts.find(ledger, slot.tenant, file_id, ["sending", "in_doubt"])):
        return array.array("q")
    pages = deliveries.find_open_in_pages(ledger, slot.tenant, "post", ["planned"], _target(made))
    return array.array("q", (row.id for page in pages for row in page))


def _target(made: bank_files.File) -> str:
    return f"{FOLDER}:{made.sha256.hex()[:_SHORT]}"


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """Whether the file of these payments lies in the folder, or was taken from it."""
    chosen, found = connect_bank.options_of_run(), dict[int, verdicts.Verdict]()
    box = chosen and connect_bank.accounting_outbox(chosen)
    if chosen is None or box is None:
        return found
    for name, sha256 in {_file_of(row) for row in rows}:
        try:
            remembers = chosen.accounting.folders.remembers
            said = await asyncio.to_thread(file_sending.read_back, box, name, sha256, remembers=remembers)
        except errors.Rejected as error:
            said = verdicts.Verdict(outcome="rejected", detail=str(error))
        if said:
            found |= {row.id: said for row in rows if _file_of(row) == (name, sha256)}
    return found


def _file_of(row: deliveries.Open) -> tuple[str, str]:
    """Name and checksum of the file that a delivery is part of, as its natural key says, in whatever ledger."""
    name, sha256, _ = (row.natural_key or "||").rsplit("|", 2)
    return name, sha256
