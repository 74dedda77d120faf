"""Payments that came in and that another file has told of already, under other references: perhaps the same money twice.

A file of the same kind that is made anew keeps account, booking day, KID, amount and payer, and the text, which counts where
there is neither KID nor payer. Another kind of file may book the money some days away, leave out the payer, and tell as one sum
what the first told payment by payment, or the reverse. As many payments of a file are told again as the others have of the same:
equal ones in one file are several. What is new in an entry that is known may be one of its payments under another number.

Assumed: a file that is made anew keeps account, booking day, KID, amount and payer, whatever becomes of numbers and settlements.
Assumed: two kinds of files book the same money at most five days apart.
"""

from __future__ import annotations

import array
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.incoming import names as incoming_names
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import tables as bank_tables

_incoming, _document, _delivery, _file = bank_tables.incoming, tables.document, tables.delivery, bank_tables.bank_file
_DAYS = dt.timedelta(days=5)
"""So far apart two kinds of files may book the same money; no file comes before the day that it tells of."""
Pairs = list[tuple[int, int]]
"""(payment of the file, a payment that another file told of), by document."""
_Money = tuple[str, str, int, str]
"""Account, KID ("" for a sum), minor units with a sign, currency."""
_Settlement = tuple[str, str, str]
"""Account, the sum's reference, currency."""
_Entry = tuple[str, str]
"""Account, the entry's reference."""
_Text = tuple[str, str]
"""What a payment says, and its payer's name."""


class _Row(NamedTuple):
    document_id: int
    account: str
    kid: str
    amount: int
    currency: str
    settlement: str
    reference: str
    payer: int | None
    twin: int
    booked_on: dt.date | None
    standing: str
    came_at: dt.datetime

    @property
    def money(self) -> _Money:
        return self.account, self.kid, self.amount, self.currency

    @property
    def is_whole(self) -> bool:
        return incoming_names.is_whole_entry(self.reference)

    @property
    def entry(self) -> _Entry | None:
        """The entry that its reference is a number within."""
        return (self.account, self.settlement) if self.reference.startswith(f"{self.settlement}/") else None

    @property
    def day(self) -> dt.date:
        return self.booked_on or self.came_at.astimezone(calendar.OSLO).date()


_Same = defaultdict[tuple[int, _Text | None], list[_Row]]


class _Known:
    """What the other kinds of files told of in the days of one file: payments, sums, and sums of payments."""

    def __init__(self, rows: Iterable[_Row] = (), own: Iterable[_Row] = ()) -> None:
        self.payments: defaultdict[_Money, list[_Row]] = defaultdict(list)
        self.sums: defaultdict[_Money, list[_Row]] = defaultdict(list)
        self.as_one: dict[_Settlement, _Row] = {}
        """What of the file itself another one told as one sum."""
        theirs = list(rows)
        for one in theirs:
            self.payments[one.money].append(one)
        for one in _summed(theirs):
            self.sums[one.money].append(one)
        for one in _summed(own) if any(row.is_whole for row in theirs) else ():
            if found := [row for row in self.payments[one.money] if row.is_whole and _is_near(one, row)]:
                self.as_one[one.account, one.settlement, one.currency] = found[0]


def _summed(rows: Iterable[_Row]) -> list[_Row]:
    """The sums on the account that were told payment by payment, each as its first payment with the sum for its amount."""
    amounts, firsts = Counter[_Settlement](), dict[_Settlement, _Row]()
    for one in rows:
        if one.settlement and not one.is_whole:
            place = (one.account, one.settlement, one.currency)
            amounts[place] += one.amount
            firsts.setdefault(place, one)
    return [one._replace(kid="", amount=amounts[place]) for place, one in firsts.items()]


def find(ledger: opened.Ledger, tenant: str, file_id: int) -> Iterator[Pairs]:
    """What of a file is undecided, or stopped before, and told of before, some at a time; between two pages the caller may write.

    What was stopped counts as before, so that a run that begins anew finds the same.
    """
    with ledger.reading() as connection:
        posts = sa.and_(_delivery.c.tenant == _incoming.c.tenant, _delivery.c.document_id == _incoming.c.document_id)
        undecided = sa.and_(_incoming.c.standing == "recorded", _delivery.c.state == "waiting")
        mine = (_incoming.c.tenant == tenant, _incoming.c.file_id == file_id, sa.or_(undecided, _incoming.c.standing == "stopped"))
        query = sa.select(_incoming.c.document_id).join(_delivery, posts).where(*mine, _delivery.c.purpose == "post")
        ids = array.array("q", connection.execute(query.order_by(_incoming.c.document_id)).scalars())
        known = _read_known(connection, tenant, file_id) if ids else _Known()
    used: set[tuple[int, int]] = set()
    for page in bulk.chunks(ids, incoming.PAGE):
        with ledger.reading() as connection:
            rows = _read(connection, tenant, bulk.among(connection, _incoming.c.document_id, page))
            twins = bulk.among(connection, _incoming.c.twin, {row.twin for row in rows})
            others = _read(connection, tenant, twins, _incoming.c.file_id != file_id)
            parts = _read_parts(connection, tenant, file_id, rows)
        texts, same = _read_texts(ledger, tenant, rows, others), _Same(list)
        for other in others:
            same[other.twin, texts.get(other.document_id)].append(other)
        yield list(_pair([(row, same[row.twin, texts.get(row.document_id)]) for row in rows], parts, known, used))


def _read_texts(ledger: opened.Ledger, tenant: str, rows: Iterable[_Row], others: Iterable[_Row]) -> dict[int, _Text]:
    """What is said of payments with neither KID nor payer's account: much else costs the same. Nothing of all others."""
    bare = {row.twin for row in rows if not row.kid and row.payer is None}
    alike = [one for one in others if one.twin in bare]
    twins = {one.twin for one in alike}
    ids = sorted({one.document_id for one in alike} | {row.document_id for row in rows if row.twin in twins})
    return {row.document_id: (" ".join(one.text.split()), one.payer_name) for row, one in incoming.read(ledger, tenant, ids)}


def _read_parts(connection: sa.Connection, tenant: str, file_id: int, rows: Iterable[_Row]) -> dict[_Entry, _Row]:
    """A payment each of the entries in which these stand that other files told of."""
    entries = {row.entry for row in rows if row.entry}
    if not entries:
        return {}
    named = bulk.among(connection, _incoming.c.settlement, {settlement for _, settlement in entries})
    others = _read(connection, tenant, named, _incoming.c.settlement != sa.literal_column("''"), _incoming.c.file_id != file_id)
    return {one.entry: one for one in reversed(others) if one.entry}


def _read_known(connection: sa.Connection, tenant: str, file_id: int) -> _Known:
    mine = (_incoming.c.tenant == tenant, _incoming.c.file_id == file_id)
    kind, came = connection.execute(
        sa.select(_file.c.kind, _file.c.received_at).where(_file.c.tenant == tenant, _file.c.id == file_id)
    ).one()
    first = connection.execute(sa.select(sa.func.min(_incoming.c.booked_on)).where(*mine)).scalar_one()
    since = dt.datetime.combine((first or came.date()) - _DAYS, dt.time(), calendar.OSLO)
    others = (_file.c.tenant == tenant, _file.c.side == "bank", _file.c.direction == "in", _file.c.kind != kind)
    ids = connection.execute(sa.select(_file.c.id).where(*others, _file.c.count > 0, _file.c.received_at >= since)).scalars().all()
    if not ids:
        return _Known()
    theirs = _read(connection, tenant, bulk.among(connection, _incoming.c.file_id, ids))
    return _Known(theirs, _read(connection, tenant, _incoming.c.file_id == file_id))


def _pair(
    rows: Iterable[tuple[_Row, list[_Row]]], parts: dict[_Entry, _Row], known: _Known, used: set[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Each payment with one that was told of before it; each of these once, but for a sum or an entry that stands for several."""
    for row, same in rows:
        found = [one for one in same if _is_on_its_day(row, one)]
        found += [one for one in known.payments[row.money] if _is_near(row, one) and len({row.payer, one.payer} - {None}) < 2]
        found += [one for one in known.sums[row.money] if row.is_whole and _is_near(row, one)]
        several = [known.as_one.get((row.account, row.settlement, row.currency)), parts.get(row.entry) if row.entry else None]
        other = next(
            (one for one in found if one.document_id < row.document_id and (one.document_id, one.amount) not in used), None
        )
        if other is not None:
            used.add((other.document_id, other.amount))
        elif row.standing != "stopped":  # perhaps it was for another cause: beside an equal payment only is it told again
            other = next((one for one in several if one is not None and one.document_id < row.document_id), None)
        if other is not None:
            yield row.document_id, other.document_id


def _is_on_its_day(row: _Row, other: _Row) -> bool:
    return row.booked_on == other.booked_on if row.booked_on and other.booked_on else _is_near(row, other)


def _is_near(row: _Row, other: _Row) -> bool:
    return abs(row.day - other.day) <= _DAYS


def _read(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[_Row]:
    """By document."""
    money = (_incoming.c.account, _incoming.c.kid, _document.c.amount, _document.c.currency, _incoming.c.settlement)
    columns = (_incoming.c.document_id, *money, _document.c.number, _incoming.c.payer, _incoming.c.twin, _incoming.c.booked_on)
    columns = (*columns, _incoming.c.standing)
    of_document = sa.and_(_document.c.tenant == _incoming.c.tenant, _document.c.id == _incoming.c.document_id)
    of_file = sa.and_(_file.c.tenant == _incoming.c.tenant, _file.c.id == _incoming.c.file_id)
    query = sa.select(*columns, _file.c.received_at).join(_document, of_document).join(_file, of_file)
    rows = connection.execute(query.where(_incoming.c.tenant == tenant, *where).order_by(_incoming.c.document_id))
    return [_Row._make(row) for row in rows]
