"""What a bank's file proves of our payments: each word is held against what we asked for, recorded once, and summed up for people.

A payment counts as paid only when the bank shows that money moved, on the account and with the amount that we asked for, under a
name of ours: EndToEndId, InstrId as we wrote it, or a whole batch with count and sum. What names no payment of ours is counted.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import BinaryIO

import msgspec

from fakturabro.domain import findings, money
from fakturabro.formats.iso20022 import reasons
from fakturabro.ledger import engine
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from tasks import clock, connect, runs
from tasks.bank import messages, notice_messages, notices, return_reading

_AT_ONCE = 5_000
_SAID = 10
_Orders = Sequence[payment_orders.Order]


class Taken(msgspec.Struct):
    """What became of some words: how many payments moved, and sentences on what people must look at.

    `noticed` names what a person must deal with, by what it is: debits.BESIDE, and "against" for what contradicts.
    """

    counts: collections.Counter[str] = msgspec.field(default_factory=collections.Counter[str])
    failures: list[str] = msgspec.field(default_factory=list[str])
    noticed: dict[str, list[str]] = msgspec.field(default_factory=lambda: collections.defaultdict[str, list[str]](list))


def prove(slot: runs.Slot, file: bank_files.File, content: BinaryIO, held: Iterable[str]) -> Taken:
    """Record what a file says of our payments, once return_reading.look found no fault in it; `held` are the places that it holds.

    Repeating it is harmless.
    """
    taken, ledger = Taken(), connect.current().ledger
    said = return_reading.words(content, findings.Findings(held))
    # a bank's word on a whole file counts for those that no narrower word of the same call is about: an answer is taken whole
    is_proof = return_reading.is_proof(content)
    for some in engine.chunks(said, _AT_ONCE) if is_proof else [list(said)]:
        words = _check(slot, _named(slot, some), taken)
        _note_arrivals(slot, {word.said.message_id for word in words if word.amount is None})
        outcome = payment_stages.record(ledger, slot.tenant, file.id, [one.said for one in words], slot.run, clock.now())
        _sum_up(slot, outcome, {one.said.position: one for one in words}, taken)
    for kind, lines in taken.noticed.items():
        notices.note(slot, f"{file.id}/{kind}", file.name, notice_messages.noticed(kind, file.name), lines)
    if left := taken.failures[_SAID:]:
        taken.failures[_SAID:] = [messages.more_sentences(len(left))]
    return taken


def _note_arrivals(slot: runs.Slot, message_ids: set[str]) -> None:
    """Files of ours that the bank names have arrived."""
    ledger = connect.current().ledger
    for message_id in sorted(message_ids - {""}):
        for file in bank_files.find_by_message_id(ledger, slot.tenant, "bank", "out", message_id):
            bank_files.move(ledger, slot.tenant, file.id, ["handed_over"], "received")


def _named(slot: runs.Slot, words: Sequence[return_reading.Word]) -> list[return_reading.Word]:
    """The words, with the name of our payment where the bank gives its InstrId only: what we wrote there, and once in the message.

    Where we wrote none, some banks put our EndToEndId there.
    """
    ledger, known = connect.current().ledger, collections.defaultdict[tuple[str, str], set[str]](set)
    for message_id in {word.said.message_id for word in words if word.instruction}:
        ids = [one.document_id for one in payment_ages.find_payments(ledger, slot.tenant, message_id)]
        for order, one in payment_orders.read(ledger, slot.tenant, ids):
            known[message_id, one.order.instruction_id or order.end_to_end_id].add(order.end_to_end_id)
    named: list[return_reading.Word] = []
    for word in words:
        names = known.get((word.said.message_id, word.instruction), set()) if word.instruction else set[str]()
        is_known = len(names) == 1
        said = msgspec.structs.replace(word.said, end_to_end_id=min(names) if is_known else "") if word.instruction else word.said
        named.append(word._replace(said=said))
    return named


def _check(slot: runs.Slot, words: Sequence[return_reading.Word], taken: Taken) -> list[return_reading.Word]:
    """The words, those of money that is not what we asked for turned into mere notes, with a sentence for people."""
    ledger, checked = connect.current().ledger, list[return_reading.Word]()
    names = [word.said.end_to_end_id for word in words if word.amount is not None and word.said.end_to_end_id]
    by_name = {one.end_to_end_id: [one] for one in payment_ages.find_payments(ledger, slot.tenant, end_to_end_ids=names)}
    for word in words:
        said = word.said
        orders: _Orders = [one for one in by_name.get(said.end_to_end_id, ()) if said.message_id in ("", one.message_id)]
        if word.amount is not None and said.level != "payment":
            said, orders = _find_whole(slot, word)
        name = said.end_to_end_id or said.batch_id or said.message_id
        if word.amount is not None and orders and (objection := _object(word, orders, name)):
            (taken.noticed["against"] if said.stage == "returned" else taken.failures).append(objection)
            said = msgspec.structs.replace(said, stage="", movement=said.movement if said.level == "payment" else "")
        if word.amount is None and said.level == "group" and _is_of_another(slot, word):
            taken.noticed["against"].append(notice_messages.other_file(name))
        if word.amount is None and said.code and said.code not in return_reading.STATUSES:
            taken.failures += [sentence] if (sentence := reasons.status(said.code)) not in taken.failures else []
        if return_reading.REPEATED.intersection(said.reason.split()):
            taken.failures.append(messages.repeated(name))
        checked.append(word._replace(said=said))
    return checked


def _is_of_another(slot: runs.Slot, word: return_reading.Word) -> bool:
    """Whether an answer on a file of ours says that the file was another than the one that we sent."""
    orders = payment_ages.find_payments(connect.current().ledger, slot.tenant, word.said.message_id)
    ordered = sum(one.amount for one in orders)
    is_count = word.covers in (None, len(orders))
    return bool(orders) and not (is_count and all(money.to_minor(Decimal(one)) == ordered for one in word.stated))


def _find_whole(slot: runs.Slot, word: return_reading.Word) -> tuple[payment_stages.Said, _Orders]:
    """What a word on a batch means, and its payments. Without our MsgId, one message alone must have it, and its count be said."""
    said = word.said
    orders = payment_ages.find_payments(connect.current().ledger, slot.tenant, said.message_id, said.batch_id)
    if said.message_id:
        return said, orders
    message_ids = {one.message_id for one in orders}
    if word.covers is None or len(message_ids) != 1:
        return said, []
    return msgspec.structs.replace(said, message_id=message_ids.pop() or ""), orders


def _object(word: return_reading.Word, orders: _Orders, name: str) -> str:
    """What is wrong with money that moved, "" where it is what we asked for: on that account, so much, so many.

    One payment may be booked in another currency, where the bank says that what was ordered is what we ordered. Of a batch, what
    the bank refused is no part.
    """
    assert word.amount is not None  # noqa: S101 asked of money only
    asked = [one for one in orders if len(orders) == 1 or one.stage not in ("rejected", "cancelled")]
    ordered, amount = sum(one.amount for one in asked), money.to_minor(abs(word.amount))
    is_ours = {one.account for one in asked} == {word.account}
    is_so_many = word.said.level == "payment" or word.covers in (None, len(asked))
    stated = {
        currency: money.to_minor(Decimal(said)) for said, _, currency in (one.partition(" ") for one in reversed(word.stated))
    }
    if is_ours and len(asked) == 1 and asked[0].currency != word.currency:
        if asked[0].currency not in stated:
            return notice_messages.other_currency(name, word.amount, word.currency, asked[0].currency)
        amount = stated[asked[0].currency]
    elif {one.currency for one in asked} != {word.currency}:
        is_ours = False
    if is_ours and is_so_many and amount == ordered:
        return ""
    sentence = notice_messages.came_back_otherwise if word.said.stage == "returned" else messages.other_money
    return sentence(name, word.amount, word.currency)


def _sum_up(slot: runs.Slot, outcome: payment_stages.Outcome, words: dict[int, return_reading.Word], taken: Taken) -> None:
    """Count what moved, and say what people must know of it; a file that is read again says the same again."""
    taken.counts.update(collections.Counter(f"payments_{one.end}" for one in outcome.moved))
    taken.counts["answers_unknown"] += len(outcome.unknown)
    refused = collections.Counter(one.reason for one in outcome.moved if one.end == "rejected")
    taken.failures += [messages.rejected(count, reason) for reason, count in sorted(refused.items())]
    if returned := sum(one.end == "returned" for one in outcome.moved):
        taken.failures.append(messages.returned(returned))
    for one in outcome.unknown:
        amount, currency = words[one.position].amount, words[one.position].currency
        if one.stage == "returned" and amount is not None:
            taken.noticed["against"].append(notice_messages.came_back_unnamed(amount, currency, one.booked_on))
    _name_people_must_know(slot, outcome, words, taken)


def _name_people_must_know(
    slot: runs.Slot, outcome: payment_stages.Outcome, words: dict[int, return_reading.Word], taken: Taken
) -> None:
    """What moved beside the one time that was asked for, and what contradicts, by the names of the payments."""
    said = {one.document_id: one.end for one in outcome.contradicting}
    ids = sorted({*said, *(i for _, i, _ in outcome.beside)})
    orders = {one.document_id: one for one in payment_orders.find_orders(connect.current().ledger, slot.tenant, ids)}
    for i in sorted(said):
        taken.noticed["against"].append(messages.contradicts(orders[i].end_to_end_id, said[i]))
    for kind, i, heard in outcome.beside:
        one, word = orders[i], words[heard.position]
        moved = word.amount if word.said.level == "payment" else None
        amount, currency = (one.amount, one.currency) if moved is None else (money.to_minor(abs(moved)), word.currency)
        line = notice_messages.beside_line(one.end_to_end_id, money.norwegian(amount, currency), heard.booked_on, kind)
        taken.noticed[kind].append(line + notice_messages.STAYS.get(one.stage, "") if kind == "taken_back" else line)
