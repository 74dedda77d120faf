"""What the bank answers: its files are taken, read to the last row, and move the payments that they name.

A payment counts as paid only when the bank shows that money moved, with the account and the amount that we asked for. What names no
payment of ours is counted. A file that is odd is put aside, and nothing of it is used.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Sequence
from typing import BinaryIO

import msgspec

from fakturabro.domain import findings, money
from fakturabro.ledger import engine
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from fakturabro.remote import errors
from fakturabro.systems.bank import inbox, patterns
from tasks import clock, connect, retrying, runs
from tasks.accounting import forwarding
from tasks.bank import folders as connect_bank
from tasks.bank import messages, return_reading
from tasks.bank import options as bank_options
from tasks.payments import doubts as payment_doubts
from tasks.payments import following as payment_following

KINDS: tuple[patterns.Kind, ...] = ("status", "debits", "telepay")
_AT_ONCE = 5_000
_SAID = 10


class Taken(msgspec.Struct):
    """What became of some words: how many payments moved, and sentences on what people must look at."""

    counts: collections.Counter[str] = msgspec.field(default_factory=collections.Counter[str])
    failures: list[str] = msgspec.field(default_factory=list[str])


@retrying.station("Les svar fra banken")
async def take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Take what the bank left and record what it says."""
    return batch if batch.slot.dry_run else await asyncio.to_thread(_take_files, batch, chosen)


def prove(slot: runs.Slot, file_id: int, content: BinaryIO) -> Taken:
    """Record what a file says of our payments, once return_reading.find_faults found none in it. Repeating it is harmless."""
    taken, ledger = Taken(), connect.current().ledger
    said = return_reading.words(content, findings.Findings())
    # a bank's word on a whole file counts for those that no narrower word of the same call is about: an answer is taken whole
    is_proof = return_reading.is_proof(content)
    for some in engine.chunks(said, _AT_ONCE) if is_proof else [list(said)]:
        checked = _check(slot, some, taken)
        _note_arrivals(slot, {word.said.message_id for word in some if word.amount is None})
        outcome = payment_stages.record(ledger, slot.tenant, file_id, checked, slot.run, clock.now())
        _sum_up(slot, outcome, taken)
    if left := taken.failures[_SAID:]:
        taken.failures[_SAID:] = [messages.more_sentences(len(left))]
    return taken


def _note_arrivals(slot: runs.Slot, message_ids: set[str]) -> None:
    """Files of ours that the bank names have arrived."""
    ledger = connect.current().ledger
    for message_id in sorted(message_ids - {""}):
        for file in bank_files.find_by_message_id(ledger, slot.tenant, "bank", "out", message_id):
            bank_files.move(ledger, slot.tenant, file.id, ["handed_over"], "received")


def _take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    box, ledger = connect_bank.bank_inbox(chosen, KINDS), connect.current().ledger
    if box is None:
        return batch
    box.sweep(clock.now())
    box.bring_back(bank_files.find_known(ledger, batch.slot.tenant, "bank", "in"))
    for one in box.take(clock.now()):
        try:
            taken, why = _take_in(batch.slot, chosen, one)
        except errors.Rejected as error:  # it could not be forwarded: it stays claimed, and the others go on
            batch = batch.failing(str(error))
            continue
        if why:
            box.set_aside(one, why)
        else:
            box.conclude(one)
        batch = batch.counted(**taken.counts)
        for sentence in [*taken.failures, *([why] if why else [])]:
            batch = batch.failing(sentence)
    payment_doubts.settle(batch.slot)
    said = {f"bank_inbox/{sentence}": sentence for sentence in inbox.sentences(box.look(clock.now()), clock.now())}
    return payment_following.fail_daily(batch, said)


def _take_in(slot: runs.Slot, chosen: bank_options.BankOptions, one: inbox.Taken) -> tuple[Taken, str]:
    """What came of a file, and why it is put aside, "" when it is not."""
    ledger, taken = connect.current().ledger, Taken()
    known = bank_files.find_by_sha256(ledger, slot.tenant, "bank", "in", bytes.fromhex(one.sha256))
    if one.fault:
        return taken, one.fault
    if known is not None and known.state != "read":
        taken.counts["files_known"] += 1
        return taken, messages.set_aside(one.name, [known.why]) if known.state == "set_aside" else ""
    faults = return_reading.find_faults(one.content)
    file_id = _record_file(slot, one, faults)
    if faults:
        taken.counts["files_set_aside"] += 1
        return taken, messages.set_aside(one.name, faults)
    taken = prove(slot, file_id, one.content)
    taken.counts["files_taken"] += 1
    if incoming := return_reading.count_incoming(one.content):
        taken.failures.append(messages.incoming_in_debits(one.name, incoming))
    one.content.seek(0)
    if chosen.accounting.return_form == "bank_files" and forwarding.forward(slot, chosen, file_id, one.content):
        taken.counts["files_forwarded"] += 1
    bank_files.move(ledger, slot.tenant, file_id, ["read"], "booked")
    return taken, ""


def _record_file(slot: runs.Slot, one: inbox.Taken, faults: Sequence[str]) -> int:
    one.content.seek(0)
    new = bank_files.New(
        side="bank",
        direction="in",
        kind=one.kind,
        name=one.name,
        sha256=bytes.fromhex(one.sha256),
        content=one.content.read() if one.size <= bank_files.LARGEST else None,
        state="set_aside" if faults else "read",
        why=" ".join(faults),
    )
    return bank_files.record(connect.current().ledger, slot.tenant, new, slot.run, clock.now())[0]


def _check(slot: runs.Slot, words: Sequence[return_reading.Word], taken: Taken) -> list[payment_stages.Said]:
    """The words, those of money that is not what we asked for turned into mere notes, with a sentence for people."""
    ledger, checked = connect.current().ledger, list[payment_stages.Said]()
    names = [word.said.end_to_end_id for word in words if word.amount is not None and word.said.end_to_end_id]
    by_name = {one.end_to_end_id: [one] for one in payment_ages.find_payments(ledger, slot.tenant, end_to_end_ids=names)}
    for word in words:
        said = word.said
        orders = [one for one in by_name.get(said.end_to_end_id, ()) if said.message_id in ("", one.message_id)]
        if word.amount is not None and said.level != "payment":
            orders = payment_ages.find_payments(ledger, slot.tenant, said.message_id, said.batch_id)
        if word.amount is not None and orders and not _agrees(word, orders):
            name = said.end_to_end_id or said.batch_id or said.message_id
            taken.failures.append(messages.other_money(name, word.amount, word.currency))
            said = msgspec.structs.replace(said, stage="")
        if return_reading.REPEATED.intersection(said.reason.split()):
            taken.failures.append(messages.repeated(said.end_to_end_id or said.batch_id or said.message_id))
        checked.append(said)
    return checked


def _agrees(word: return_reading.Word, orders: Sequence[payment_orders.Order]) -> bool:
    """Whether money moved as we asked for: on that account, and so much; one payment may be booked in another currency.

    Of a batch, what the bank refused is no part.
    """
    assert word.amount is not None  # noqa: S101 asked of money only
    asked = [one for one in orders if len(orders) == 1 or one.stage not in ("rejected", "cancelled")]
    is_same_currency = {one.currency for one in asked} == {word.currency}
    is_so_much = sum(one.amount for one in asked) == money.to_minor(abs(word.amount))
    return {one.account for one in asked} == {word.account} and (is_so_much if is_same_currency else len(orders) == 1)


def _sum_up(slot: runs.Slot, outcome: payment_stages.Outcome, taken: Taken) -> None:
    """Count what moved, and say what people must know of it; a file that is read again says the same again."""
    taken.counts.update(collections.Counter(f"payments_{one.end}" for one in outcome.moved))
    taken.counts["answers_unknown"] += len(outcome.unknown)
    refused = collections.Counter(one.reason for one in outcome.moved if one.end == "rejected")
    taken.failures += [messages.rejected(count, reason) for reason, count in sorted(refused.items())]
    if returned := sum(one.end == "returned" for one in outcome.moved):
        taken.failures.append(messages.returned(returned))
    said = {one.document_id: one.end for one in outcome.contradicting}
    for one in payment_orders.find_orders(connect.current().ledger, slot.tenant, sorted(said)):
        taken.failures.append(messages.contradicts(one.end_to_end_id, said[one.document_id]))
