"""Days settled: for each client, currency and day on which something moved, opening + what moved = closing, each once and in order.

A day is settled when it is over. What is told of a day that is settled already goes with yesterday; where that is settled too it
waits for the next night. A kind that the table has no row for belongs to no settlement before it has one.
"""

from __future__ import annotations

import array
import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from fakturabro.domain import money, return_data
from fakturabro.ledger.returns import movements, settlements, told_twice
from tasks import clock, connect, retrying, runs
from tasks.returns import intake_messages as messages
from tasks.returns.options import ReturnDataOptions

_DAY, _FAR = dt.timedelta(days=1), dt.timedelta(days=31)


class _Due(msgspec.Struct):
    """What is to be settled as one day. `amounts` are minor units by kind, as the ledger's plain columns have them."""

    day: dt.date
    document_ids: list[int] = msgspec.field(default_factory=list[int])
    amounts: dict[return_data.MovementKind, int] = msgspec.field(default_factory=dict[return_data.MovementKind, int])


class _Line(msgspec.Struct):
    """What is to be settled in one currency: day by day after `last`. `waiting` are those that have no day yet."""

    currency: str
    last: settlements.Settlement | None
    days: list[_Due]
    waiting: int


@retrying.station("Gjor opp dagene")
async def close_days(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Settle all days that are over. What does not add up stops its currency, loudly; the others go on."""
    for sentence in await asyncio.to_thread(_find_left_out, batch.slot, chosen):
        batch = batch.failing(sentence)
    lines = await asyncio.to_thread(_find_due, batch.slot, chosen)
    batch = batch.counted(movements_unsettled=sum(one.waiting for one in lines))
    if batch.slot.dry_run:
        return batch.counted(would_settle=sum(len(one.days) for one in lines))
    for one in sorted(lines, key=lambda line: line.last is None):  # what has to be asked for comes last
        if one.last is not None:
            opening = one.last.closing
        elif one.days:
            found = await _find_opening(chosen, one.currency)
            if isinstance(found, str):
                batch = batch.failing(found)
                continue
            opening = found
        else:
            continue
        batch = await asyncio.to_thread(_settle, batch, chosen, one, opening)
    return batch


def _find_left_out(slot: runs.Slot, chosen: ReturnDataOptions) -> list[str]:
    """What these settings leave out and those of an earlier day did not, or the reverse: sentences."""
    ledger, tenant, client = connect.current().ledger, slot.tenant, chosen.client_number
    strangers = settlements.find_strangers(ledger, tenant, client)
    said = [messages.of_another_client(count, other, client) for other, count in strangers.items()]
    skipped = settlements.count_skipped(ledger, tenant, client, chosen.starts_on, messages.TOO_EARLY)
    said += [messages.skipped_before(skipped, chosen.starts_on)] if skipped else []
    ahead = settlements.find_ahead(ledger, tenant, client, slot.business_date + _FAR)
    return [*said, *(messages.far_ahead(number, day) for number, day in ahead)]


def _find_due(slot: runs.Slot, chosen: ReturnDataOptions) -> list[_Line]:
    ledger, until = connect.current().ledger, slot.business_date - _DAY
    found: defaultdict[str, list[settlements.Day]] = defaultdict(list)
    for one in settlements.find_unsettled(ledger, slot.tenant, chosen.client_number, until):
        found[one.currency].append(one if chosen.posts_lookalikes else _without_lookalikes(slot, one))
    return [
        _to_line(chosen, currency, settlements.find_last(ledger, slot.tenant, chosen.client_number, currency), days, until)
        for currency, days in sorted(found.items())
    ]


def _without_lookalikes(slot: runs.Slot, one: settlements.Day) -> settlements.Day:
    """The day without payments that may be our own, told back: until somebody knows, the company owes them once."""
    ledger, paid = connect.current().ledger, one.of_kind.get("payment")
    alike = told_twice.find(ledger, slot.tenant, paid.document_ids) if paid else {}
    if not paid or not alike:
        return one
    amount = paid.amount - sum(row.amount for row in movements.find(ledger, slot.tenant, alike))
    left = settlements.Some(array.array("q", [i for i in paid.document_ids if i not in alike]), amount)
    return msgspec.structs.replace(one, of_kind={**one.of_kind, "payment": left})


def _to_line(
    chosen: ReturnDataOptions,
    currency: str,
    last: settlements.Settlement | None,
    days: Sequence[settlements.Day],
    until: dt.date,
) -> _Line:
    due, waiting, table = dict[dt.date, _Due](), 0, chosen.posting_table
    for one in days:
        day = one.day if last is None or one.day > last.day else until
        for kind, some in one.of_kind.items():
            if kind not in table or (last is not None and day <= last.day):
                waiting += len(some.document_ids)
                continue
            if not some.document_ids:
                continue
            mine = due.setdefault(day, _Due(day))
            mine.document_ids += some.document_ids
            mine.amounts[kind] = mine.amounts.get(kind, 0) + some.amount
    return _Line(currency, last, [due[day] for day in sorted(due)], waiting)


async def _find_opening(chosen: ReturnDataOptions, currency: str) -> int | str:
    """What was owed when return data was switched on, in minor units; otherwise a sentence on why nobody knows. Never a guess."""
    before = chosen.starts_on - _DAY
    owed = chosen.opening_of(currency)
    if chosen.source == "api":
        client = await connect.current().factoring(chosen.client_number)
        sheet = await client.fetch_balance(before)
        owed = next((one.amount for one in sheet.balances if one.currency == currency), Decimal(0))
    if owed is None:
        return messages.no_opening(currency, before)
    minor = money.to_minor(owed)
    return minor if money.from_minor(minor) == owed else messages.odd_balance(currency, owed)


def _settle(batch: runs.Batch, chosen: ReturnDataOptions, line: _Line, opening: int) -> runs.Batch:
    """Its days one after the other, each in a transaction of its own. Repeating it after a crash goes on where it ended."""
    slot, ledger = batch.slot, connect.current().ledger
    before = None if line.last is None else _to_value(line.last, ())
    for due in line.days:
        new = _make(chosen, line.currency, before.number + 1 if before else 1, due, opening)
        made = _to_value(new, tuple(_read(slot, new, due)))
        faults = return_data.check_settlement(made, chosen.posting_table, before)
        try:
            if faults:
                raise settlements.SettlementError("; ".join(messages.fault(one.code, one.value) for one in faults))
            settlements.record(ledger, slot.tenant, new, due.document_ids, slot.run, clock.now())
        except settlements.SettlementError as error:
            return batch.failing(messages.not_settled(line.currency, due.day, str(error)))
        batch, before, opening = batch.counted(settlements=1), msgspec.structs.replace(made, movements=()), new.closing
    return batch


def _make(chosen: ReturnDataOptions, currency: str, number: int, due: _Due, opening: int) -> settlements.New:
    """From the ledger's plain columns; `check_settlement` holds the movements themselves against it."""
    kinds = [
        return_data.Movement(id=kind, kind=kind, date=due.day, amount=money.from_minor(amount), currency=currency)
        for kind, amount in due.amounts.items()
    ]
    moved = return_data.sums(kinds, chosen.posting_table)[currency]
    settled = money.to_minor(moved.get("customer_contra", Decimal(0)))
    return settlements.New(
        client=chosen.client_number,
        currency=currency,
        number=number,
        day=due.day,
        opening=opening,
        closing=opening + money.to_minor(moved.get("balance", Decimal(0))) + settled,
        settled=settled,
    )


def _read(slot: runs.Slot, new: settlements.New, due: _Due) -> Iterator[return_data.Movement]:
    """What moved, opened, and what the settlement takes over."""
    for _, one in movements.read(connect.current().ledger, slot.tenant, due.document_ids):
        yield one
    if new.settled:
        yield return_data.Movement(
            id=f"settled/{new.number}", kind="settled", date=new.day, amount=money.from_minor(new.settled), currency=new.currency
        )


def _to_value(one: settlements.New | settlements.Settlement, moved: tuple[return_data.Movement, ...]) -> return_data.Settlement:
    return return_data.Settlement(
        number=one.number,
        client=one.client,
        date=one.day,
        currency=one.currency,
        opening=money.from_minor(one.opening),
        closing=money.from_minor(one.closing),
        movements=moved,
    )
