"""OCR giro and AvtaleGiro: record by record, payment by payment, or a whole file as one value.

Payments are given also where totals are wrong: `found` says so with a finding that blocks, and the caller decides. Sums are known
at their end only: nothing may be booked before the last record is read and `found` holds no block.

Source: Nets, "System specification OCR giro" and "AvtaleGiro system specification" v3.3 (November 2016).
Assumed: types 18 and 20 take money back whatever their sign; in the totals only the sign counts.
Assumed: Nets' date, settlement, number, form and archive reference together never name two payments to one account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from fakturabro.domain import payments, statements
from fakturabro.domain.findings import Findings
from fakturabro.formats.nets import values
from fakturabro.formats.nets.lines import LIMIT, Lines, Source
from fakturabro.formats.nets.reader import Reader

_ORE = Decimal("0.01")


def records(source: Source, found: Findings, limit: int = LIMIT) -> Iterator[values.Record]:
    """The record level; memory does not grow with the file. What is odd is added to `found`. Raises ReadError."""
    return Reader(Lines(source, found, limit), found).records()


def incoming(source: Source, found: Findings, limit: int = LIMIT) -> Iterator[statements.IncomingPayment]:
    """The object level: the payments of OCR giro, as all formats of payments agree on them. As `records` in all else."""
    return of_records(records(source, found, limit))


def of_records(rows: Iterable[values.Record]) -> Iterator[statements.IncomingPayment]:
    """The same of records that are read already."""
    account, suffix = payments.Account(scheme="bban", value=""), ""
    for one in rows:
        if type(one) is values.Payment:
            yield statements.IncomingPayment(
                payee_account=account,
                amount=one.moved * _ORE,
                currency="NOK",
                reference=f"{one.date!s}.{one.settlement}.{one.number}.{one.form}.{one.archive}{suffix}",
                kid=one.kid,
                text=one.text,
                payer_account=payments.Account(scheme="bban", value=one.payer) if one.payer else None,
                booked_on=one.date,
                kind=one.kind,
                settlement=one.settlement,
                reversal=one.kind in values.REVERSALS,
            )
        elif type(one) is values.Assignment:
            account = payments.Account(scheme="bban", value=one.account)
            suffix = "" if one.ordinal == 1 else f".{one.ordinal}"


def read(source: Source, found: Findings, limit: int = LIMIT) -> values.Transmission:
    """The whole file in memory, as it is written again by `write`. Raises ReadError."""
    whole = values.Transmission(transmitter="", number="", recipient="")
    assignments: list[values.Assignment] = []
    entries: list[values.Entry] = []
    for one in records(source, found, limit):
        if isinstance(one, values.Sums):
            if one.level == "assignment":
                closed = {"entries": tuple(entries), "date": one.date, "first": one.first, "last": one.last, "carried": one.carried}
                assignments[-1] = msgspec.structs.replace(assignments[-1], **closed)
            else:
                whole = msgspec.structs.replace(whole, date=one.date, assignments=tuple(assignments))
        elif isinstance(one, values.Transmission):
            whole = one
        elif isinstance(one, values.Assignment):
            assignments.append(one)
            entries = []
        else:
            entries.append(one)
    return whole
