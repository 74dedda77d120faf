"""One file of the accounting system, as far as it may be paid -> the files that the bank gets of it.

It goes as it came, byte for byte, when all of it goes, on the days that it names, under names that no file of ours has had.
Otherwise what waits is cut out of it; what is released later goes in a file of its own. Lists, payables, and versions that the bank
does not take are written anew.
"""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

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
from tasks.payments import file_guards

TARGET = "bank"
_MOST = 50_000
"""Payments in a file that we write."""
_AT_ONCE = 1_000
_SNIFFED = 4_096
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")

_Payable = tuple[payment_orders.Order, payments.Instruction]


class _Going(msgspec.Struct):
    """What goes in a file: the batch of each payment by its document, and sums in minor units by currency."""

    batches: dict[int, str] = msgspec.field(default_factory=dict[int, str])
    sums: collections.Counter[str] = msgspec.field(default_factory=collections.Counter[str])

    def add(self, order: payment_orders.Order, batch_id: str) -> None:
        self.batches[order.document_id] = sys.intern(batch_id)
        self.sums[order.currency] += order.amount


def make(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> tuple[int, dict[str, writing.WriteError]]:
    """Make and keep the files of what waits of this one, and plan its payments to go in them; how many. Blocks.

    Beside that, what no bank would take, by the payment's name: it waits. Raises WriteError and BatchingError for what is of all.
    """
    ids = payment_orders.find_payable(connect.current().ledger, slot.tenant, file.id)
    source = _find_source(slot, chosen, file) if ids else None
    if source and (going := _find_untouched(slot, chosen, file, ids)):
        _record(slot, chosen, file.message_id, source, going)
        return 1, {}
    stem = mapping.to_stem(file.message_id, file.sha256)
    if source and _make_cut(slot, chosen, stem, source, ids):
        return 1, {}
    return _make_anew(slot, chosen, stem, ids)


def _read(slot: runs.Slot, ids: Sequence[int]) -> Iterator[_Payable]:
    """Payments of one file by their place in it, opened a few at a time."""
    for some in engine.chunks(ids, _AT_ONCE):
        yield from sorted(payment_orders.read(connect.current().ledger, slot.tenant, some), key=lambda row: row[0].position)


def _find_source(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> bytes | None:
    """The accounting system's own pain.001, where the bank takes its version."""
    content = bank_files.read_content(connect.current().ledger, slot.tenant, file.id) if file.kind == "remittance" else None
    return content if content and iso20022.recognise(content[:_SNIFFED]) in chosen.bank.takes else None


def _find_untouched(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, ids: Sequence[int]) -> _Going | None:
    """What goes in the source as it came; None where it cannot go so."""
    ledger, going = connect.current().ledger, _Going()
    if len(ids) != file.count or not file.message_id or bank_files.count_message_ids(ledger, slot.tenant, file.message_id):
        return None
    for order, one in _read(slot, ids):
        if one.source_end_to_end_id != order.end_to_end_id or not _is_on_its_day(slot, chosen, order, one):
            return None
        going.add(order, one.source_batch_id)
    return going


def _make_cut(slot: runs.Slot, chosen: bank_options.BankOptions, stem: str, source: bytes, ids: Sequence[int]) -> bool:
    """The source without what waits, as it reads again; False where it cannot be cut."""
    message_id = mapping.to_message_id(stem, bank_files.count_message_ids(connect.current().ledger, slot.tenant, stem))
    orders = file_guards.find_orders(slot, ids)
    kept = {order.position: reducing.Kept(order.end_to_end_id, _day(slot, chosen, order)) for order in orders}
    try:
        cut = reducing.reduce(source, message_id, kept)
    except reducing.ReduceError:
        return False
    found, going = findings.Findings(), _Going()
    for row, payable in itertools.zip_longest(iso20022.pain001.rows(cut.data, found), _read(slot, ids)):
        if row is None or payable is None:
            return False
        order, one = payable
        if not _stands(slot, chosen, row.order, order, one):
            return False
        going.add(order, cut.batches[order.position])
    if found.counts["block"]:
        return False
    _record(slot, chosen, message_id, cut.data, going)
    return True


def _stands(
    slot: runs.Slot,
    chosen: bank_options.BankOptions,
    there: payments.PaymentOrder,
    order: payment_orders.Order,
    one: payments.Instruction,
) -> bool:
    """Whether a payment of a file is the one that was asked for."""
    asked = (order.end_to_end_id, one.order.amount, one.order.creditor.account, _day(slot, chosen, order))
    return asked == (there.end_to_end_id, there.amount, there.creditor.account, there.requested)


def _make_anew(
    slot: runs.Slot, chosen: bank_options.BankOptions, stem: str, ids: Sequence[int]
) -> tuple[int, dict[str, writing.WriteError]]:
    ledger, made, lacking = connect.current().ledger, 0, dict[str, writing.WriteError]()
    for some in engine.chunks(ids, _MOST):
        message_id = mapping.to_message_id(stem, bank_files.count_message_ids(ledger, slot.tenant, stem))
        batch_of, data, refused = _write(slot, chosen, message_id, some)
        lacking |= refused
        if data:
            going = _Going()
            for order in file_guards.find_orders(slot, some):
                if order.end_to_end_id in batch_of:
                    going.add(order, batch_of[order.end_to_end_id])
            _record(slot, chosen, message_id, data, going)
            made += 1
    return made, lacking


def _write(
    slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, ids: Sequence[int]
) -> tuple[dict[str, str], bytes, dict[str, writing.WriteError]]:
    """The batch of each payment by its name, and the file, without the payments that cannot be written, which stop no other;
    empty where none can.
    """
    refused: dict[str, writing.WriteError] = {}
    while len(refused) < len(ids):
        going = (row for row in _read(slot, ids) if row[0].end_to_end_id not in refused)
        remittance = _to_remittance(slot, chosen, message_id, going)
        batch_of = {one.end_to_end_id: batch.batch_id for batch in remittance.batches for one in batch.payments}
        try:
            return batch_of, iso20022.write(remittance, chosen.bank.version).data, refused
        except writing.WriteError as error:
            field = error.breach.field
            name = next((name for name in batch_of if field.startswith(f"{name}/")), None)
            if name is None:
                raise
            refused[name] = error
    return {}, b"", refused


def _to_remittance(
    slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, rows: Iterable[_Payable]
) -> payments.Remittance:
    now = clock.now().astimezone(calendar.OSLO).replace(microsecond=0)
    return mapping.to_remittance(message_id, now, chosen.bank.initiator.party, (_dated(slot, chosen, *row) for row in rows))


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


def _record(slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, content: bytes, going: _Going) -> None:
    """Keep the file, and plan its payments to go in it."""
    digest = hashlib.sha256(content).digest()
    new = bank_files.New(
        side="bank",
        direction="out",
        kind="remittance",
        name=_name(slot, chosen, message_id, digest),
        sha256=digest,
        content=content,
        place=connect_bank.place(chosen),
        message_id=message_id,
        count=len(going.batches),
        sums=going.sums,
        state="made",
    )
    payment_files.make(connect.current().ledger, slot.tenant, new, TARGET, going.batches, slot.run, clock.now())


def _name(slot: runs.Slot, chosen: bank_options.BankOptions, message_id: str, digest: bytes) -> str:
    """The file's name by the bank's pattern; one that had to be mended has the content's beginning in it."""
    safe = _UNSAFE.sub("_", message_id)
    known = {"message_id": safe if safe == message_id else f"{safe}-{digest.hex()[:8]}", "content": digest.hex()[:12]}
    return chosen.bank.file_name.format(**known, date=f"{slot.business_date:%Y%m%d}")
