"""Files of incoming payments, whatever their format: read once to the last row before anything of them is used.

Counted are the payments to our accounts, those to others' (carried past), and mandates; what is fatal makes the file unusable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO

import msgspec

from fakturabro.domain import findings, money, statements
from fakturabro.formats import iso20022, nets
from fakturabro.formats.nets import values as nets_values
from tasks.bank import content as bank_content
from tasks.incoming import messages

_NETS = bank_content.NETS
_SOURCES = {"ocr_giro": _NETS, "credits": "camt.054", "statement": "camt.053"}
"""By what incoming payments are read of (BankConnection.credits), how a message's name begins."""


class Tally(msgspec.Struct):
    """How many payments, and what they are worth in minor units by currency."""

    count: int = 0
    sums: dict[str, int] = msgspec.field(default_factory=dict[str, int])

    def add(self, currency: str, amount: int, count: int = 1) -> None:
        self.count += count
        self.sums[currency] = self.sums.get(currency, 0) + amount

    def __add__(self, other: Tally) -> Tally:
        made = Tally(self.count + other.count, dict(self.sums))
        for currency, amount in other.sums.items():
            made.add(currency, amount, 0)
        return made


class Content(msgspec.Struct, kw_only=True):
    """What stands in a file. `faults` are sentences; with one of them nothing of the file may be used. Nothing may be of the places
    that are `held`, of which the sentences `odd` tell: they are counted nowhere, and the file is read on with Findings(held).

    `counts` says whether its payments are those that we post: a bank tells of the same money in more than one kind of file.
    """

    counts: bool = True
    own: Tally = msgspec.field(default_factory=Tally)
    foreign: dict[str, Tally] = msgspec.field(default_factory=dict[str, Tally])
    """By account number."""
    mandates: int = 0
    is_proof: bool = False
    """Whether it may tell of what we paid too."""
    faults: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()
    odd: tuple[str, ...] = ()

    @property
    def whole(self) -> Tally:
        return sum(self.foreign.values(), self.own)


def sum_up(source: BinaryIO, credits_from: str, own: Collection[str]) -> Content:
    """Read a file from beginning to end; `own` are the numbers of our accounts. Nothing is raised for what stands in it."""
    message, held = bank_content.recognise(source), frozenset[str]()
    if not message.startswith(tuple(_SOURCES.values())):
        return Content(faults=(bank_content.why_unknown(source, messages.other_content(message)),))
    while True:  # what is held may be known at its end only: then the payments are counted anew without it
        found = findings.Findings(held)
        content = Content(counts=message.startswith(_SOURCES[credits_from]), is_proof=message != _NETS)
        rows = nets.of_records(_without_mandates(source, found, content)) if message == _NETS else incoming(source, found)
        content.faults = bank_content.find_faults(message, found, _counted(rows, found, own, content))
        content.held, content.odd = frozenset(found.held), bank_content.find_held(message, found)
        if content.faults or content.held == held:
            return content
        held = content.held


def _counted(
    rows: Iterable[statements.IncomingPayment], found: findings.Findings, own: Collection[str], content: Content
) -> Iterator[statements.IncomingPayment]:
    for one in rows:
        number, amount = one.payee_account.number, money.to_minor(one.amount)
        tally = content.own if number in own else content.foreign.setdefault(number, Tally())
        tally.add(one.currency, amount)
        if money.from_minor(amount) != one.amount:
            found.add("block", "amount_decimals", value=f"{one.amount} {one.currency}")
        yield one


def incoming(source: BinaryIO, found: findings.Findings) -> Iterator[statements.IncomingPayment]:
    """The payments of a file that is one of ours, from its beginning. Raises ReadError."""
    reader = nets.incoming if bank_content.recognise(source) == _NETS else iso20022.camt.incoming
    return reader(source, found)


def _without_mandates(source: BinaryIO, found: findings.Findings, content: Content) -> Iterator[nets_values.Record]:
    """The records of a file; the mandates are counted on the way."""
    for one in nets.records(source, found):
        if isinstance(one, nets_values.Mandate):
            content.mandates += 1
        else:
            yield one
