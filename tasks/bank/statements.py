"""Account statements (camt.053): does each lead on from the one before, what is proven, what moved that we know nothing of.

Where a bank tells of incoming payments in its statements only, they are recorded from them as from any other file.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import itertools
from typing import BinaryIO

import msgspec

from fakturabro.domain import calendar, findings, money, payments, statements
from fakturabro.formats import iso20022
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import statements as account_statements
from fakturabro.systems.bank import patterns
from tasks import connect, retrying, runs
from tasks.bank import options as bank_options
from tasks.bank import statement_entries
from tasks.bank import statement_messages as messages
from tasks.incoming import files as incoming_payments

_SHOWN = 1_000
_LOOKED_BACK = dt.timedelta(days=30)
KINDS: tuple[patterns.Kind, ...] = ("statement",)


class Seen(msgspec.Struct, kw_only=True):
    """One statement of an account of ours, for the run's page. Amounts are minor units."""

    account: str
    currency: str
    closed_on: dt.date | None
    opening: int | None
    closing: int | None
    entries: int = 0
    unexplained: list[statement_entries.Unexplained] = msgspec.field(default_factory=list[statement_entries.Unexplained])


@retrying.station("Les kontoutskrifter")
async def take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Take the statements that the bank left, follow the balances, and prove what was paid.

    Where they alone tell of incoming payments, the flow of these takes them: one flow of a tenant matches and posts.
    """
    its_flow = "incoming_payments" if chosen.bank.credits == "statement" else "statements"
    if batch.slot.dry_run or batch.slot.flow != its_flow:
        return batch
    seen: list[Seen] = []
    batch = await asyncio.to_thread(incoming_payments.take, batch, chosen, KINDS, functools.partial(_follow, seen))
    for sentence in await asyncio.to_thread(_find_breaks, batch.slot, chosen):
        batch = batch.failing(sentence)
    if seen:
        in_order = sorted(seen, key=lambda one: (one.account, one.closed_on or dt.date.min))
        await runs.table("statements", batch.slot.tenant, [_row(one) for one in in_order], messages.STATEMENTS)
        lacking = [(one, each) for one in seen for each in one.unexplained]
        rows = [
            messages.unexplained_row(one.account, one.currency, *msgspec.structs.astuple(each)) for one, each in lacking[:_SHOWN]
        ]
        await runs.table("unexplained", batch.slot.tenant, rows, messages.unexplained(len(lacking)))
    return batch.counted(
        statements=len(seen), entries=sum(one.entries for one in seen), unexplained=sum(len(one.unexplained) for one in seen)
    )


def _follow(
    seen: list[Seen],
    slot: runs.Slot,
    chosen: bank_options.BankOptions,
    file: bank_files.File,
    source: BinaryIO,
) -> None:
    """Walk through one file: record every statement of ours, and hold every entry against what we know."""
    own, entries = {one.account.number for one in chosen.accounts}, statement_entries.Entries(slot)
    last, position = iso20022.camt.Row(statements.Statement(account=payments.account(""), id="")), 0
    for row in iso20022.camt.rows(source, findings.Findings()):
        is_ours = row.statement.account.number in own
        if row.statement is not last.statement:
            entries.flush()
            position += 1
            if is_ours:
                seen.append(_begin(slot, file, position, row.statement))
                entries.into(seen[-1].unexplained, row.statement.account.number)
        if is_ours and row.entry is not None:
            seen[-1].entries += row.entry is not last.entry
            entries.add(row)
        last = row
    entries.flush()


def _begin(slot: runs.Slot, file: bank_files.File, position: int, one: statements.Statement) -> Seen:
    ledger, opening, closing = connect.current().ledger, one.opening, one.closing
    currency = next((balance.currency for balance in (opening, closing) if balance), one.account.currency)
    row = account_statements.Row(
        account=one.account.number,
        currency=currency,
        file_id=file.id,
        position=position,
        statement_id=one.id,
        sequence=one.sequence,
        opened_on=opening.on if opening else None,
        closed_on=closing.on if closing else None,
        opening=money.to_minor(opening.amount) if opening else None,
        closing=money.to_minor(closing.amount) if closing else None,
        entries=one.stated_count or 0,
    )
    account_statements.record(ledger, slot.tenant, row, slot.run)
    return Seen(account=row.account, currency=currency, closed_on=row.closed_on, opening=row.opening, closing=row.closing)


def _find_breaks(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[str]:
    """Where the statements of the last weeks do not lead on, whatever order they came in: said in each run until it is closed."""
    ledger, since, said = connect.current().ledger, slot.business_date - _LOOKED_BACK, list[str]()
    for own in chosen.accounts:
        found = account_statements.find(ledger, slot.tenant, own.account.number, since)
        rows = {msgspec.structs.replace(one, file_id=0, position=0): one for one in found}  # the same told again is one
        for before, row in itertools.pairwise(rows.values()):
            if before.currency == row.currency:
                said += leads_on(before, row)
    return said


def leads_on(before: account_statements.Row, row: account_statements.Row) -> list[str]:
    """What is wrong between a statement and the one before it: lost numbers or days, a balance that jumps."""
    said: list[str] = []
    if before.sequence is not None and row.sequence is not None:
        if row.sequence not in (before.sequence + 1, 1):
            said.append(messages.gap(row.account, before.sequence, row.sequence))
    elif before.closed_on and row.closed_on and _working_days_between(before.closed_on, row.opened_on or row.closed_on):
        said.append(messages.days_missing(row.account, before.closed_on, row.opened_on or row.closed_on))
    if before.closing is not None and row.opening is not None and before.closing != row.opening:
        said.append(messages.balances_differ(row.account, before.closing, row.opening, row.currency))
    return said


def _working_days_between(first: dt.date, last: dt.date) -> int:
    """Working days that lie between two days, neither counted; of a year at most."""
    days = range(1, min((last - first).days, 366))
    return sum(calendar.why_not_working(first + dt.timedelta(days=day)) is None for day in days)


def _row(one: Seen) -> dict[str, str]:
    return messages.statement_row(one.account, one.currency, one.closed_on, one.opening, one.closing, one.entries)
