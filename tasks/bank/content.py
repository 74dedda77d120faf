"""What a bank's file is by its content, and why nothing of it may be used: the same for all who read one, whatever it is named."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import BinaryIO

from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022, nets
from fakturabro.formats.iso20022 import messages as iso20022_messages
from fakturabro.formats.nets import messages as nets_messages
from fakturabro.formats.telepay import messages as telepay_messages
from fakturabro.formats.telepay import records as telepay
from tasks.bank import messages as bank_messages

NETS, TELEPAY = "nets", "telepay"
_SENTENCES = {NETS: nets_messages.norwegian, TELEPAY: telepay_messages.norwegian}
_SNIFFED = 65_536
_SAID = 5


def head(source: BinaryIO) -> bytes:
    """What a file begins with. The source stands at its beginning then."""
    source.seek(0)
    found = source.read(_SNIFFED)
    source.seek(0)
    return found


def recognise(source: BinaryIO) -> str:
    """nets, telepay, or the message's name ("camt.054.001.08"); "" for what nobody knows. It stands at its beginning then."""
    begins = head(source)
    if nets.recognise(begins):
        return NETS
    return TELEPAY if telepay.recognise(begins) else iso20022.recognise(begins) or ""


def why_unknown(source: BinaryIO, otherwise: str) -> str:
    """Why a file is nothing that is known: it is empty, or `otherwise`."""
    return otherwise if head(source).strip() else bank_messages.EMPTY


def find_faults(message: str, found: findings.Findings, rows: Iterable[object]) -> tuple[str, ...]:
    """Sentences on what is wrong in a file, which `rows` are read out of to its end. Nothing is raised for what stands in it."""
    norwegian = _SENTENCES.get(message, iso20022_messages.norwegian)
    try:
        collections.deque(rows, maxlen=0)
    except payments.ReadError as error:
        return (bank_messages.at_line(norwegian(error.code, error.value), error.line, error.column),)
    blocking = [one for one in found if one.severity == "block"][:_SAID]
    left = found.counts["block"] - len(blocking)
    said = [bank_messages.at_line(norwegian(one.code, one.value), one.line) for one in blocking]
    return (*said, *([bank_messages.more_faults(left)] if left else []))


def find_held(message: str, found: findings.Findings) -> tuple[str, ...]:
    """Sentences on what of a file is held, each with its line and its place; a place of which nothing is said stands for itself."""
    norwegian = _SENTENCES.get(message, iso20022_messages.norwegian)
    said = tuple(bank_messages.at_place(norwegian(one.code, one.value), one.line, one.field) for one in found if one.holds)
    return (*said, *sorted(found.held.difference(*(one.holds for one in found))))
