"""Posting by file: the bank's own file, untouched, in the accounting system's folder is what posts all the payments in it.

One file is one sending. Which invoices the payments settle, the accounting system finds out by itself.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from fakturabro.ledger import deliveries, sendings
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import bank_files
from fakturabro.remote import errors
from tasks import connect, file_sending, runs, sending, verdicts
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
    for file_id, rows in (await asyncio.to_thread(find_cleared, slot)).items():
        if box is None:
            return batch.failing(bank_messages.NO_ACCOUNTING_FOLDER)
        made = await asyncio.to_thread(forwarding.make, slot, file_id)
        if made is None or not (made.is_kept or made.state == "handed_over"):
            batch = batch.failing(messages.NOT_KEPT)
            continue
        await asyncio.to_thread(_plan, slot, made, rows)
        if made.is_kept:
            planned = await asyncio.to_thread(_find_planned, slot, made)
            if not planned:  # the journal says that it left: it is read back first
                continue
            try:
                await file_sending.hand_over(slot, "post", box, made, planned)
            except sendings.StoppedError:
                return batch
            except errors.RemoteError as error:  # the other files do not wait for this one
                batch = batch.failing(messages.not_forwarded(made.name, str(error)))
                continue
            bank_files.move(connect.current().ledger, slot.tenant, made.id, ["made"], "handed_over")
        else:
            await _accept(slot, made)
    return batch


def find_cleared(slot: runs.Slot) -> dict[int, list[incoming.Incoming]]:
    """The payments that nobody has posted, by their file, of files that may be posted."""
    ledger = connect.current().ledger
    open_ = deliveries.find_open_documents(ledger, slot.tenant, ["post"], ["waiting", "planned"])
    found: defaultdict[int, list[incoming.Incoming]] = defaultdict(list)
    for row in incoming.find(ledger, slot.tenant, open_):
        if row.standing not in ("netted", "cancelled"):
            found[row.file_id].append(row)
    files = {file_id: bank_files.find(ledger, slot.tenant, file_id) for file_id in found}
    return {file_id: rows for file_id, rows in found.items() if (file := files[file_id]) and file.state in CLEARED}


def _plan(slot: runs.Slot, made: bank_files.File, rows: Sequence[incoming.Incoming]) -> None:
    plans = [
        deliveries.Planned(id=row.delivery_id, target=_target(made), natural_key=f"{made.name}|{made.sha256.hex()}|{row.position}")
        for row in rows
    ]
    deliveries.plan(connect.current().ledger, slot.tenant, plans, slot.run)


def _target(made: bank_files.File) -> str:
    return f"{FOLDER}:{made.sha256.hex()[:_SHORT]}"


def _find_planned(slot: runs.Slot, made: bank_files.File) -> list[deliveries.Open]:
    pages = deliveries.find_open_in_pages(connect.current().ledger, slot.tenant, "post", ["planned"], _target(made))
    return [row for page in pages for row in page]


class _Went(msgspec.Struct, frozen=True):
    """A file that lies in the folder already, because it was too large to be kept."""

    raw_id: int


async def _accept(slot: runs.Slot, made: bank_files.File) -> None:
    """What was handed over when it was taken: only its payments are left to be recorded."""
    went = _Went(made.raw_id)

    async def send(_row: deliveries.Open, _what: _Went) -> sending.Sent:
        return sending.Sent()

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, _Went]:
        return {row.id: went for row in rows}

    await sending.send_planned(sending.Order(slot=slot, purpose="post", target=_target(made), prepare=prepare, send=send))


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
