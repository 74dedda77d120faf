"""camt.053 (statements) and camt.054 (notifications): entry by entry and payment by payment, in flat memory.

Source: camt.053.001.02 and .08, camt.054.001.02 and .08 of iso20022.org; the quirks of real files in docs/integrations/bank.md.
Assumed: DBIT and CRDT are the direction of the entry itself: a reversal (RvslInd) turns no sign.
Assumed: the reference of an entry (AcctSvcrRef) is the same in camt.053 and camt.054; two entries under it in one file are two.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fakturabro.domain import findings, statements
from fakturabro.formats.iso20022 import entries, parse

KINDS = ("camt.053", "camt.054")
Row = entries.Row


def rows(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> Iterator[Row]:
    """What stands in the file, one payment at a time; what is odd in it is added to `found`. Memory does not grow with the file.

    Sums are known at their end only: nothing may be booked before the last row is read and `found` has no block. What is odd in
    one entry holds that entry (`found.held`), of which some rows may have been given by then: read anew with Findings(found.held).
    Raises ReadError for what cannot be read on.
    """
    document = parse.opened(source, KINDS, found, limit)
    reader = entries.Reader(document, found)
    part, entry = document.tag("TxDtls"), document.tag("Ntry")
    for element in document.elements("TxDtls", "Ntry", "Stmt", "Ntfctn"):
        tag = element.tag
        if tag == part:
            yield from reader.read_part(element)
        else:
            yield from reader.end_entry(element) if tag == entry else reader.end_statement(element)
        parse.drop(element)
    reader.end()


def read(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> list[statements.Statement]:
    """The object level: whole statements in memory. Raises ReadError."""
    whole: list[tuple[statements.Statement, list[tuple[statements.Entry, list[statements.Part]]]]] = []
    for row in rows(source, found, limit):
        if not whole or whole[-1][0] is not row.statement:
            whole.append((row.statement, []))
        some = whole[-1][1]
        if row.entry is not None and (not some or some[-1][0] is not row.entry):
            some.append((row.entry, []))
        if row.part is not None:
            some[-1][1].append(row.part)
    replace = msgspec.structs.replace
    return [
        replace(statement, entries=tuple(replace(entry, parts=tuple(parts)) for entry, parts in some)) for statement, some in whole
    ]


def is_incoming(entry: statements.Entry, part: statements.Part | None = None) -> bool:
    """Money that somebody paid us, or such a payment taken back; the rest is what we paid, and what came back of it."""
    return (entry.amount > 0) != is_taken_back(entry, part)


def is_taken_back(entry: statements.Entry, part: statements.Part | None = None) -> bool:
    """Whether the bank says that this takes back another payment: a reversal, or a return with its reason."""
    return entry.reversal or (part is not None and part.return_reason != "")


def incoming(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> Iterator[statements.IncomingPayment]:
    """The payments that came in and are booked, those taken back with a minus; not what is held. As `rows` in all else."""
    for row in rows(source, found, limit):
        entry = row.entry
        if row.is_held or entry is None or entry.status != "BOOK" or not is_incoming(entry, row.part):
            continue
        part = row.part
        yield statements.IncomingPayment(
            payee_account=row.statement.account,
            amount=entry.amount if part is None else part.amount,
            currency=entry.currency if part is None else part.currency,
            reference=row.reference,
            kid="" if part is None else part.kid,
            text=entry.text if part is None else part.text,
            payer_name="" if part is None else part.payer_name,
            payer_account=None if part is None else part.payer_account,
            booked_on=entry.booked,
            kind=entry.code,
            settlement=entry.reference,
            reversal=is_taken_back(entry, part),
            end_to_end_id="" if part is None else part.end_to_end_id,
            references=() if part is None else part.references,
        )
