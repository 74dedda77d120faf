"""The payments of one file into the ledger: those to our accounts, each once, and a word on every other.

What was recorded, was known, was left out and is others' must be what the file holds; otherwise nothing of it is posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from fakturabro.domain import findings, money, statements
from fakturabro.ledger import engine
from fakturabro.ledger.incoming import arrivals
from fakturabro.ledger.incoming import names as incoming_names
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import bank_files
from tasks import clock, connect, runs
from tasks.bank import options as bank_options
from tasks.incoming import messages, reading

Row = tuple[int, statements.IncomingPayment]
_CHUNK = 5_000
_SAID = 5


class Recorded(msgspec.Struct):
    """What became of a file's payments; `accounted` are those recorded, known and left out.

    `inserted` are those that are new since the file was last read.
    """

    accounted: reading.Tally = msgspec.field(default_factory=reading.Tally)
    counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    failures: list[str] = msgspec.field(default_factory=list[str])
    notes: list[str] = msgspec.field(default_factory=list[str])
    is_whole: bool = False
    inserted: int = 0

    def count(self, name: str, number: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def fail(self, sentence: str) -> None:
        """Say it; of very many the first few."""
        if len(self.failures) < _SAID:
            self.failures.append(sentence)


def record(
    slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, source: BinaryIO, content: reading.Content
) -> Recorded:
    """Record what `content` was counted of. Repeating it after a crash records nothing twice. Blocks."""
    ledger, said, nameless = connect.current().ledger, Recorded(), 0
    own = {one.account.number for one in chosen.accounts}
    rows = enumerate(reading.incoming(source, findings.Findings(content.held)), 1)  # a place that no setting moves
    ours = ((at, one) for at, one in rows if one.payee_account.number in own)
    for some in arrivals.record(ledger, slot.tenant, file.id, slot.run, clock.now(), _told_alike(slot, file, ours, said)):
        said.count("incoming", some.new)
        said.count("incoming_known", some.known)
        said.inserted += some.inserted
        nameless += some.nameless
        said.accounted.count += some.new + some.known + len(some.differing)
        for currency, amount in (*some.new_amounts.items(), *some.known_amounts.items()):
            said.accounted.add(currency, amount, 0)
        for one in some.differing:
            said.accounted.add(one.currency, one.now, 0)
            said.fail(messages.differs(file.name, one.reference, one.before, one.now, one.currency))
    if nameless:
        said.fail(messages.nameless(file.name, nameless))
    _say_foreign(file, chosen, content, said)
    said.is_whole = said.accounted == content.own
    if not said.is_whole:
        stated, counted = messages.amounts(content.own.sums), messages.amounts(said.accounted.sums)
        said.failures.insert(0, messages.sums_differ(file.name, stated, counted))
    if not content.whole.count and not content.mandates and not content.odd:
        said.count("files_empty", 1)
        said.notes.append(messages.empty(file.name))
    return said


def _say_foreign(file: bank_files.File, chosen: bank_options.BankOptions, content: reading.Content, said: Recorded) -> None:
    """What is for other accounts: a word where they are known to be others', otherwise a failure, for one may be forgotten."""
    for number, tally in content.foreign.items():
        said.count("foreign", tally.count)
        if number in chosen.other_accounts:
            said.notes.append(messages.carried_past(file.name, number, tally.count, tally.sums))
        else:
            said.fail(messages.unknown_account(file.name, number, tally.count, tally.sums))


def _told_alike(slot: runs.Slot, file: bank_files.File, rows: Iterable[Row], said: Recorded) -> Iterator[Row]:
    """Without what another file told of in another form: an entry as one sum there and payment by payment here, or the reverse."""
    ledger = connect.current().ledger
    for some in engine.chunks(rows, _CHUNK):
        settlements: defaultdict[str, set[str]] = defaultdict(set)
        for _, one in some:
            if one.reference.startswith(f"{one.settlement}/"):
                settlements[one.payee_account.number].add(one.settlement)
        known = {
            (number, row.settlement): incoming_names.is_whole_entry(row.reference)
            for number, of_account in settlements.items()
            for row in incoming.find_by_settlement(ledger, slot.tenant, number, sorted(of_account))
            if row.file_id != file.id
        }
        for at, one in some:
            other = known.get((one.payee_account.number, one.settlement))
            if other is None or other == incoming_names.is_whole_entry(one.reference):
                yield at, one
            else:
                said.accounted.add(one.currency, money.to_minor(one.amount))
                said.count("incoming_known", 1)
                said.fail(messages.told_otherwise(file.name, one.settlement))
