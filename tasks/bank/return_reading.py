"""What a bank's file says of our payments, whatever its format: a word for each payment, batch or file that it names.

pain.002 and Telepay say how far they are. camt.054 and camt.053 prove what moved: a debit was paid, a credit of ours came back.

Assumed: PDNG waits for a person in the bank, unless its reason is AM04; ACCP says that a file was checked, not that it is approved.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO, NamedTuple

import msgspec

from fakturabro.domain import findings, payments, statements
from fakturabro.formats import iso20022
from fakturabro.formats.telepay import statuses
from fakturabro.ledger.payments import debits
from fakturabro.ledger.payments import progress as payment_stages
from tasks.bank import content as bank_content
from tasks.bank import messages as bank_messages

_TELEPAY = bank_content.TELEPAY
_NO_NAME = "NOTPROVIDED"
_NO_FUNDS = "AM04"
REPEATED = frozenset({"DUPL", "AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "RF01"})
"""Reasons that say that the bank has a file, a batch or a payment already: nothing of what it has is refused by that."""
_STAGES = {
    "RCVD": "received",
    "ACTC": "received",
    "ACCP": "received",
    "PART": "received",
    "PATC": "waiting_for_approval",
    "PDNG": "waiting_for_approval",
    "ACWC": "accepted",
    "ACSP": "accepted",
    "ACWP": "accepted",
    "ACSC": "accepted",
    "ACCC": "accepted",
    "RJCT": "rejected",
    "CANC": "rejected",
}
"""How far a status of the bank says that a payment is. That it is executed, only money that moved says."""
STATUSES = frozenset(_STAGES)
_CODE = re.compile(r"[A-Za-z0-9._/-]{1,10}")
_IN_WORDS = "NARR"
"""For a reason that is no code: the bank's own words may name people, and stand in no plain column."""


class Word(NamedTuple):
    """What is said, and of which money where some moved: signed amount, and the number of our account.

    `stated` is what the bank says was ordered ("100.00 EUR"), `covers` how many payments that was; of an answer on a whole file,
    that file's sum and count. `instruction` is our InstrId, in the message that is named, where the payment's own name is not.
    """

    said: payment_stages.Said
    amount: Decimal | None = None
    currency: str = ""
    account: str = ""
    stated: tuple[str, ...] = ()
    covers: int | None = None
    instruction: str = ""


class Looked(NamedTuple):
    """What a first reading of a file found: sentences on why nothing of it may be used, places that are held, sentences on these,
    and how many booked payments of others it tells of."""

    faults: tuple[str, ...]
    held: frozenset[str] = frozenset()
    odd: tuple[str, ...] = ()
    incoming: int = 0


def look(source: BinaryIO) -> Looked:
    """A file read to its end; nothing is raised for what stands in it."""
    found, message, came = findings.Findings(), _recognise(source), collections.Counter[str]()
    if not message:
        return Looked((bank_content.why_unknown(source, bank_messages.OTHER_CONTENT),))
    rows = _counting(source, found, came) if message.startswith(iso20022.camt.KINDS) else words(source, found)
    faults = bank_content.find_faults(message, found, rows)
    return Looked(faults, frozenset(found.held), bank_content.find_held(message, found), came.total())


def _counting(source: BinaryIO, found: findings.Findings, came: collections.Counter[str]) -> Iterator[object]:
    for row in iso20022.camt.rows(source, found):
        entry = row.entry
        if entry and not row.is_held and entry.status == "BOOK" and iso20022.camt.is_incoming(entry, row.part):
            came["incoming"] += 1
        yield row


def words(source: BinaryIO, found: findings.Findings) -> Iterator[Word]:
    """What a file says, in its order; numbered from 1. Raises ReadError."""
    message = _recognise(source)
    if message.startswith(iso20022.pain002.KINDS):
        said = _of_report(iso20022.pain002.read(source, found), _STAGES)
    elif message == _TELEPAY:
        said = (word for one in statuses.reports(source, found) for word in _of_report(one, {**_STAGES, "ACSC": "executed"}))
    else:
        said = _of_movements(source, found, message)
    for number, word in enumerate(said, 1):
        yield word._replace(said=msgspec.structs.replace(word.said, position=number))


def is_proof(source: BinaryIO) -> bool:
    """Whether the file tells of money that moved."""
    return _recognise(source).startswith(iso20022.camt.KINDS)


def _recognise(source: BinaryIO) -> str:
    """telepay, or the message's name ("pain.002.001.10"); "" for what says nothing of payments. Then it stands at its beginning."""
    message = bank_content.recognise(source)
    return message if message.startswith((_TELEPAY, *iso20022.pain002.KINDS, *iso20022.camt.KINDS)) else ""


def _of_report(report: payments.StatusReport, stages: dict[str, str]) -> Iterator[Word]:
    is_telepay = report.original_message_name == _TELEPAY
    for one in report.statuses:
        codes = [_code(reason.code) for reason in one.reasons if reason.code]
        stage = "" if REPEATED.intersection(codes) else stages.get(one.code, "")
        stage = "insufficient_funds" if one.code == "PDNG" and _NO_FUNDS in codes else stage
        yield Word(
            payment_stages.Said(
                position=0,
                level=one.level,
                stage=stage,
                message_id="" if is_telepay else report.original_message_id,
                batch_id=one.batch_id,
                end_to_end_id=_name(one.end_to_end_id),
                code=_code(one.code),
                reason=" ".join(dict.fromkeys(codes)),
            ),
            stated=() if report.original_sum is None or is_telepay else (str(report.original_sum),),
            covers=None if is_telepay else report.original_count,
        )


def _of_movements(source: BinaryIO, found: findings.Findings, message: str) -> Iterator[Word]:
    """The entries that are booked and that are ours: what we paid, and what came back of it. Nothing of what is held.

    Payments of an entry that name only their batch are one word: so much of the batch moved.
    """
    last, whole = None, dict[tuple[str, ...], Word]()
    for row in iso20022.camt.rows(source, found):
        entry = row.entry
        if entry is not last:
            yield from whole.values()
            last, whole = entry, {}
        if entry is None or row.is_held or entry.status != "BOOK" or iso20022.camt.is_incoming(entry, row.part):
            continue
        word = _of_movement(row, entry, message)
        if word.said.level == "payment":
            yield word
        else:
            key = (word.said.message_id, word.said.batch_id, word.said.stage, word.currency)
            whole[key] = _together(whole[key], word) if key in whole else word
    yield from whole.values()


def _together(one: Word, other: Word) -> Word:
    """Two payments of one entry that name their batch only."""
    return one._replace(amount=(one.amount or 0) + (other.amount or 0), covers=(one.covers or 0) + 1)


def _of_movement(row: iso20022.camt.Row, entry: statements.Entry, message: str) -> Word:
    """A payment by its own name, or by the instruction's in its file; what has neither by the batch that is booked."""
    part = row.part
    amount, currency = (entry.amount, entry.currency) if part is None else (part.amount, part.currency)
    name = "" if part is None else _name(part.end_to_end_id)
    message_id = (part and part.message_id) or entry.message_id
    batch_id = (part and part.batch_id) or entry.batch_id
    instruction = _name(part.instruction_id) if part and not name and message_id else ""
    is_whole = not name and not instruction and bool(message_id or batch_id)
    said = payment_stages.Said(
        position=0,
        level=("batch" if batch_id else "group") if is_whole else "payment",
        stage="executed" if amount < 0 else "returned",
        message_id="" if name else message_id,
        batch_id=batch_id if is_whole else "",
        end_to_end_id=name,
        code=entry.code,
        reason="" if part is None else _code(part.return_reason),
        booked_on=entry.booked,
        movement=debits.name(amount < 0, message, row.reference),
    )
    covers = entry.stated_parts if part is None else 1
    return Word(said, amount, currency, row.statement.account.number, (part or entry).stated, covers, instruction)


def _code(said: str) -> str:
    return said if not said or _CODE.fullmatch(said) else _IN_WORDS


def _name(end_to_end_id: str) -> str:
    return "" if end_to_end_id == _NO_NAME else end_to_end_id
