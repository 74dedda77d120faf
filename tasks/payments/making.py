"""One file of the accounting system, as far as it may be paid -> the files that the bank gets of it.

It goes as it came, byte for byte, when all of it goes, on the days that it names, under names that no file of ours has had.
Otherwise what waits is cut out of it; what is released later goes in a file of its own. Lists, payables, and versions that the bank
does not take are written anew.
"""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.domain import calendar, findings, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import reducing, writing
from fakturabro.ledger import engine
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.mapping import instructions_to_remittance as mapping
from tasks import clock, connect, runs
from tasks.bank import folders as connect_bank
from tasks.bank import options as bank_options

TARGET = "bank"
_MOST = 50_000
"""Payments in a file that we write."""
_SNIFFED = 4_096
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")

_Payable = tuple[payment_orders.Order, payments.Instruction]


def make(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> tuple[int, dict[str, writing.WriteError]]:
    """Make and keep the files of what waits of this one, and plan its payments to go in them; how many. Blocks.

    Beside that, what no bank would take, by the payment's name: it waits. Raises WriteError and BatchingError for what is of all.
    """
    ledger = connect.current().ledger
    ids = payment_orders.find_of_file(ledger, slot.tenant, file.id)
    orders = payment_orders.find_orders(ledger, slot.tenant, ids)
    waiting = [one.document_id for one in orders if (one.state, one.stage) == ("waiting", "entered")]
    rows = sorted(payment_orders.read(ledger, slot.tenant, waiting), key=lambda row: row[0].position)
    source = _find_source(slot, chosen, file) if rows else None
    if source and _goes_untouched(slot, chosen, file, rows):
        batches = {order.document_id: one.source_batch_id for order, one in rows}
        _record(slot, chosen, file.message_id, source, rows, batches)
        return 1, {}
    stem = mapping.to_stem(file.message_id, file.sha256)
    if source and _make_cut(slot, chosen, stem, source, rows):
        return 1, {}
    return _make_anew(slot, chosen, stem, rows)


def _find_source(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> bytes | None:
    """The accounting system's own pain.001, where the bank takes its version."""
    content = bank_files.read_content(connect.current().ledger, slot.tenant, file.id) if file.kind == "remittance" else None
    return content if content and iso20022.recognise(content[:_SNIFFED]) in chosen.bank.takes else None


def _goes_untouched(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, rows: Sequence[_Payable]) -> bool:
    return (
        len(rows) == file.count
        and bool(file.message_id)
        and not bank_files.count_message_ids(connect.current().ledger, slot.tenant, file.message_id)
        and all(one.source_end_to_end_id == order.end_to_end_id and _is_on_its_day(slot, chosen, order, one) for order, one in rows)
    )


def _make_cut(slot: runs.Slot, chosen: bank_options.BankOptions, stem: str, source: bytes, rows: Sequence[_Payable]) -> bool:
    """The source without what waits, as it reads again; False where it cannot be cut."""
    message_id = mapping.to_message_id(stem, bank_files.count_message_ids(connect.current().ledger, slot.tenant, stem))
    kept = {order.position: reducing.Kept(order.end_to_end_id, _day(slot, chosen, order)) for order, _ in rows}
    try:
        cut = reducing.reduce(source, message_id, kept)
    except reducing.ReduceError:
        return False
    found = findings.Findings()
    asked = [(order.end_to_end_id, one.order.amount, one.order.creditor.account, _day(slot, chosen, order)) for order, one in rows]
    stands = [
        (row.order.end_to_end_id, row.order.amount, row.order.creditor.account, row.order.requested)
        for row in iso20022.pain001.rows(cut.data, found)
    ]
    if stands != asked or found.counts["block"]:
        return False
    _record(slot, chosen, message_id, cut.data, rows, {order.document_id: cut.batches[order.position] for order, _ in rows})
    return True


def _make_anew(
    slot: runs.Slot, chosen: bank_options.BankOptions, stem: str, rows: Sequence[_Payable]
) -> tuple[int, dict[str, writing.WriteError]]:
    ledger, made, lacking = connect.current().ledger, 0, dict[str, writing.WriteError]()
    for some in engine.chunks(rows, _MOST):
        message_id = mapping.to_message_id(stem, bank_files.count_message_ids(ledger, slot.tenant, stem))
        remittance, data, refused = _write(slot, chosen, message_id, some)
        lacking |= refused
        if data:
            batch_of = {one.end_to_end_id: batch.batch_id for batch in remittance.batches for one in batch.payments}
            going = [row for row in some if row[0].end_to_end_id in batch_of]
            _record(slot, chosen, message_id, data, going, {one.document_id: batch_of[one.end_to_end_id] for one, _ in going})
            made += 1
    return made, lacking


def _write(
    slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, rows: Sequence[_Payable]
) -> tuple[payments.Remittance, bytes, dict[str, writing.WriteError]]:
    """The file without the payments that cannot be written, which stop no other; empty where none can."""
    refused: dict[str, writing.WriteError] = {}
    while True:
        going = [row for row in rows if row[0].end_to_end_id not in refused]
        remittance = _to_remittance(slot, chosen, message_id, going)
        if not going:
            return remittance, b"", refused
        try:
            return remittance, iso20022.write(remittance, chosen.bank.version).data, refused
        except writing.WriteError as error:
            field = error.breach.field
            name = next((order.end_to_end_id for order, _ in going if field.startswith(f"{order.end_to_end_id}/")), None)
            if name is None:
                raise
            refused[name] = error


def _to_remittance(
    slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, rows: Sequence[_Payable]
) -> payments.Remittance:
    now = clock.now().astimezone(calendar.OSLO).replace(microsecond=0)
    return mapping.to_remittance(message_id, now, chosen.bank.initiator.party, [_dated(slot, chosen, *row) for row in rows])


def _is_on_its_day(
    slot: runs.Slot, chosen: bank_options.BankOptions, order: payment_orders.Order, one: payments.Instruction
) -> bool:
    return _day(slot, chosen, order) == (one.order.requested or one.execution_date)


def _dated(
    slot: runs.Slot, chosen: bank_options.BankOptions, order: payment_orders.Order, one: payments.Instruction
) -> payments.Instruction:
    dated = msgspec.structs.replace(one.order, requested=_day(slot, chosen, order), end_to_end_id=order.end_to_end_id)
    return msgspec.structs.replace(one, order=dated)


def _day(slot: runs.Slot, chosen: bank_options.BankOptions, order: payment_orders.Order) -> dt.date:
    return calendar.payable_day(order.due, slot.business_date, moves=chosen.guards.moves_to_banking_day)


def _record(
    slot: runs.Slot,
    chosen: bank_options.BankOptions,
    message_id: str,
    content: bytes,
    rows: Sequence[_Payable],
    batches: Mapping[int, str],
) -> None:
    """Keep the file, and plan its payments to go in it."""
    ledger = connect.current().ledger
    digest = hashlib.sha256(content).digest()
    sums = collections.Counter[str]()
    for order, _ in rows:
        sums[order.currency] += order.amount
    new = bank_files.New(
        side="bank",
        direction="out",
        kind="remittance",
        name=_name(slot, chosen, message_id, digest),
        sha256=digest,
        content=content,
        place=connect_bank.place(chosen),
        message_id=message_id,
        count=len(rows),
        sums=sums,
        state="made",
    )
    assigned = [payment_files.Assignment(document_id=i, batch_id=batch) for i, batch in batches.items()]
    payment_files.make(ledger, slot.tenant, new, TARGET, assigned, slot.run, clock.now())


def _name(slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, digest: bytes) -> str:
    """The file's name by the bank's pattern; one that had to be mended has the content's beginning in it."""
    safe = _UNSAFE.sub("_", message_id)
    known = {"message_id": safe if safe == message_id else f"{safe}-{digest.hex()[:8]}", "content": digest.hex()[:12]}
    return chosen.bank.file_name.format(**known, date=f"{slot.business_date:%Y%m%d}")
