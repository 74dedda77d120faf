"""What a bank's file says of our payments, whatever its format: a word for each payment, batch or file that it names.

pain.002 and Telepay say how far they are. camt.054 and camt.053 prove what moved: a debit was paid, a credit of ours came back.

Assumed: PDNG waits for a person in the bank, unless its reason is AM04; ACCP says that a file was checked, not that it is approved.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO, NamedTuple

import msgspec

from fakturabro.domain import findings, payments, statements
from fakturabro.formats import iso20022
from fakturabro.formats.telepay import statuses
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


class Word(NamedTuple):
    """What is said, and of which money where some moved: signed amount, and the number of our account."""

    said: payment_stages.Said
    amount: Decimal | None = None
    currency: str = ""
    account: str = ""


def find_faults(source: BinaryIO) -> tuple[str, ...]:
    """Why nothing of a file may be used, in sentences. It is read to its end; nothing is raised for what stands in it."""
    found, message = findings.Findings(), _recognise(source)
    if not message:
        return (bank_messages.OTHER_CONTENT,)
    return bank_content.find_faults(message, found, words(source, found))


def words(source: BinaryIO, found: findings.Findings) -> Iterator[Word]:
    """What a file says, in its order; numbered from 1. Raises ReadError."""
    message = _recognise(source)
    if message.startswith(iso20022.pain002.KINDS):
        said = _of_report(iso20022.pain002.read(source, found), _STAGES)
    elif message == _TELEPAY:
        said = (word for one in statuses.reports(source, found) for word in _of_report(one, {**_STAGES, "ACSC": "executed"}))
    else:
        said = _of_movements(source, found)
    for number, word in enumerate(said, 1):
        yield word._replace(said=msgspec.structs.replace(word.said, position=number))


def count_incoming(source: BinaryIO) -> int:
    """How many booked payments of others the file tells of, which nobody books by it. It was read without fault before."""
    if not is_proof(source):
        return 0
    booked = (row for row in iso20022.camt.rows(source, findings.Findings()) if row.entry and row.entry.status == "BOOK")
    return sum(iso20022.camt.is_incoming(row.entry, row.part) for row in booked if row.entry)


def is_proof(source: BinaryIO) -> bool:
    """Whether the file tells of money that moved."""
    return _recognise(source).startswith(iso20022.camt.KINDS)


def _recognise(source: BinaryIO) -> str:
    """telepay, or the message's name ("pain.002.001.10"); "" for what says nothing of payments. Then it stands at its beginning."""
    message = bank_content.recognise(source)
    return message if message.startswith((_TELEPAY, *iso20022.pain002.KINDS, *iso20022.camt.KINDS)) else ""


def _of_report(report: payments.StatusReport, stages: dict[str, str]) -> Iterator[Word]:
    for one in report.statuses:
        codes = [reason.code for reason in one.reasons if reason.code]
        stage = "" if REPEATED.intersection(codes) else stages.get(one.code, "")
        stage = "insufficient_funds" if one.code == "PDNG" and _NO_FUNDS in codes else stage
        yield Word(
            payment_stages.Said(
                position=0,
                level=one.level,
                stage=stage,
                message_id="" if report.original_message_name == _TELEPAY else report.original_message_id,
                batch_id=one.batch_id,
                end_to_end_id=_name(one.end_to_end_id),
                code=one.code,
                reason=" ".join(codes),
            )
        )


def _of_movements(source: BinaryIO, found: findings.Findings) -> Iterator[Word]:
    """The entries that are booked and that are ours: what we paid, and what came back of it.

    Payments of an entry that name only their batch are one word: so much of the batch moved.
    """
    last, whole = None, dict[tuple[str, ...], Word]()
    for row in iso20022.camt.rows(source, found):
        entry = row.entry
        if entry is not last:
            yield from whole.values()
            last, whole = entry, {}
        if entry is None or entry.status != "BOOK" or iso20022.camt.is_incoming(entry, row.part):
            continue
        word = _of_movement(row.statement, entry, row.part)
        if word.said.level == "payment":
            yield word
        else:
            key = (word.said.message_id, word.said.batch_id, word.said.stage, word.currency)
            before = whole.get(key)
            whole[key] = word if before is None else word._replace(amount=(before.amount or 0) + (word.amount or 0))
    yield from whole.values()


def _of_movement(statement: statements.Statement, entry: statements.Entry, part: statements.Part | None) -> Word:
    """A payment by its own name, or by the instruction's in its file; what has neither by the batch that is booked."""
    amount, currency = (entry.amount, entry.currency) if part is None else (part.amount, part.currency)
    name = "" if part is None else _name(part.end_to_end_id)
    instruction = "" if part is None or name else _name(part.instruction_id)  # ours, where we wrote the file
    message_id = (part and part.message_id) or entry.message_id
    batch_id = (part and part.batch_id) or entry.batch_id
    is_whole = not name and not instruction and bool(message_id)
    said = payment_stages.Said(
        position=0,
        level=("batch" if batch_id else "group") if is_whole else "payment",
        stage="executed" if amount < 0 else "returned",
        message_id="" if name else message_id,
        batch_id=batch_id if is_whole else "",
        end_to_end_id=name or instruction,
        code=entry.code,
        reason="" if part is None else part.return_reason,
        booked_on=entry.booked,
    )
    return Word(said, amount, currency, statement.account.number)


def _name(end_to_end_id: str) -> str:
    return "" if end_to_end_id == _NO_NAME else end_to_end_id
