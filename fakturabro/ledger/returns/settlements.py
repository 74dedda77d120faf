"""Settlements: what moved for a client in one currency, gathered once and for ever; the balance goes on from one to the next."""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import return_data
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.returns import movements, stages
from fakturabro.ledger.returns import tables as return_tables

_document, _delivery = tables.document, tables.delivery
_movement, _settlement = return_tables.movement, return_tables.settlement
_HAPPENED = _movement.c.origin.in_(stages.HAPPENED)
_OF_SETTLEMENT = sa.and_(_settlement.c.tenant == _movement.c.tenant, _settlement.c.id == _movement.c.settlement_id)
_SHOWN = 10
_AMOUNT = sa.func.sum(_document.c.amount)


class SettlementError(Exception):
    """A settlement does not follow the one before it, or not all of its movements are its own: look again at what is unsettled."""


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement to be recorded. Minor units: what the factoring company owed before and after, and what of the payments was
    taken over into that, which the posting table decides."""

    client: str
    currency: str
    number: int
    day: dt.date
    opening: int
    closing: int
    settled: int


class Settlement(New, frozen=True, kw_only=True):
    """The same as it stands."""

    id: int
    made_at: dt.datetime
    run: str


class Some(msgspec.Struct):
    """Movements of one kind, and their sum in minor units."""

    document_ids: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))
    amount: int = 0


class Day(msgspec.Struct):
    """What happened on one day in one currency and is in no settlement, by kind."""

    currency: str
    day: dt.date
    of_kind: dict[return_data.MovementKind, Some]


class Sums(msgspec.Struct):
    """Sums in minor units by kind. `ours` is what happened, `posted` what PowerOffice has, taken back and posted again counted too;
    `settled` and `posted_settled` are what of these is in a settlement of the day that was asked for, or an earlier one."""

    ours: dict[str, int]
    posted: dict[str, int]
    settled: dict[str, int]
    posted_settled: dict[str, int]


def find(ledger: opened.Ledger, tenant: str, ids: Iterable[int]) -> list[Settlement]:
    """These settlements, in their order."""
    with ledger.reading() as connection:
        return _select(connection, tenant, bulk.among(connection, _settlement.c.id, ids))


def find_last(ledger: opened.Ledger, tenant: str, client: str, currency: str) -> Settlement | None:
    """The newest one of a client in a currency."""
    mine = (_settlement.c.client == client, _settlement.c.currency == currency)
    newest = sa.select(sa.func.max(_settlement.c.number)).where(_settlement.c.tenant == tenant, *mine).scalar_subquery()
    with ledger.reading() as connection:
        return next(iter(_select(connection, tenant, *mine, _settlement.c.number == newest)), None)


def find_newest(ledger: opened.Ledger, tenant: str, client: str, limit: int) -> list[Settlement]:
    """The newest ones of a client, newest first."""
    query = sa.select(*_COLUMNS).where(_settlement.c.tenant == tenant, _settlement.c.client == client)
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(_settlement.c.id.desc()).limit(limit)).mappings()
        return [Settlement(**row) for row in rows]


def find_first_day(ledger: opened.Ledger, tenant: str, client: str) -> dt.date | None:
    """The day of a client's first settlement, in whatever currency."""
    mine = (_settlement.c.tenant == tenant, _settlement.c.client == client)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.min(_settlement.c.day)).where(*mine)).scalar_one()


def find_unsettled(ledger: opened.Ledger, tenant: str, client: str, until: dt.date) -> list[Day]:
    """What happened up to this day and is in no settlement, by currency and day; in memory are ids."""
    mine = (_movement.c.tenant == tenant, _movement.c.client == client, return_tables.UNSETTLED, _movement.c.day <= until)
    columns = (_document.c.currency, _movement.c.day, _movement.c.kind, _movement.c.document_id, _document.c.amount)
    query = sa.select(*columns).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    query = query.where(*mine, _HAPPENED, _document.c.state == "fetched")
    days: dict[tuple[str, dt.date], Day] = {}
    with ledger.reading() as connection:
        for currency, day, kind, i, amount in connection.execute(query.order_by(_movement.c.document_id)):
            some = days.setdefault((currency, day), Day(currency, day, {})).of_kind.setdefault(kind, Some())
            some.document_ids.append(i)
            some.amount += amount
    return [days[key] for key in sorted(days)]


def find_strangers(ledger: opened.Ledger, tenant: str, client: str) -> dict[str, int]:
    """How many movements of other client numbers are in no settlement: nobody settles them any more."""
    mine = (_movement.c.tenant == tenant, _movement.c.client != client, return_tables.UNSETTLED, _HAPPENED)
    query = sa.select(_movement.c.client, sa.func.count()).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    query = query.where(*mine, _document.c.state == "fetched").group_by(_movement.c.client).order_by(_movement.c.client)
    with ledger.reading() as connection:
        return {other: count for other, count in connection.execute(query)}


def find_ahead(ledger: opened.Ledger, tenant: str, client: str, after: dt.date) -> list[tuple[str, dt.date]]:
    """(number of the first, day) of movements dated after this day, by day; not of those that take each other back."""
    mine = (_movement.c.tenant == tenant, _movement.c.client == client, return_tables.UNSETTLED, _movement.c.day > after)
    columns = (sa.func.min(_document.c.number), _movement.c.day)
    query = sa.select(*columns).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    query = query.where(*mine, _document.c.state == "fetched")
    query = query.group_by(_movement.c.day, _movement.c.kind, _document.c.currency).having(_AMOUNT != 0)
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(_movement.c.day, columns[0]).limit(_SHOWN))
        return [(number, day) for number, day in rows]


def count_skipped(ledger: opened.Ledger, tenant: str, client: str, since: dt.date, reason: str) -> int:
    """How many movements were skipped for this reason although they are of this day or a later one."""
    mine = (_movement.c.tenant == tenant, _movement.c.client == client, _movement.c.day >= since)
    query = sa.select(sa.func.count()).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    with ledger.reading() as connection:
        return connection.execute(query.where(*mine, _document.c.skip_reason == reason)).scalar_one()


def record(ledger: opened.Ledger, tenant: str, one: New, document_ids: Sequence[int], run: str, at: dt.datetime) -> int:
    """Record a settlement and that these movements are in it, all or nothing; its id.

    Raises SettlementError when number, opening or day do not follow the one before it, and when a movement is settled already, is
    another client's, of another currency, or dated later. That it adds up is checked by who knows the posting table.
    """
    try:
        with ledger.writing() as connection:
            bulk.wait_in_line(connection, f"record/{tenant}")
            values = msgspec.structs.asdict(one) | {"tenant": tenant, "made_at": at, "run": run}
            made = connection.execute(sa.insert(_settlement).values(**values).returning(_settlement.c.id)).scalar_one()
            settled = sum(_settle(connection, tenant, made, some) for some in bulk.chunks(document_ids, movements.PAGE))
            _require_whole(connection, tenant, one, made, len(document_ids), settled)
    except exc.IntegrityError as error:
        raise SettlementError(f"settlement {one.number} of {one.client} in {one.currency} does not follow: {error.orig}") from error
    return made


def _settle(connection: sa.Connection, tenant: str, settlement_id: int, document_ids: Sequence[int]) -> int:
    """How many of these were in none."""
    mine = (_movement.c.tenant == tenant, bulk.among(connection, _movement.c.document_id, document_ids))
    change = sa.update(_movement).where(*mine, return_tables.UNSETTLED, _HAPPENED).values(settlement_id=settlement_id)
    return connection.execute(change).rowcount


def _require_whole(connection: sa.Connection, tenant: str, one: New, made: int, count: int, settled: int) -> None:
    fits = (_movement.c.client == one.client, _document.c.currency == one.currency, _movement.c.day <= one.day)
    query = sa.select(sa.func.count()).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    mine = (_movement.c.tenant == tenant, _movement.c.settlement_id == made, _document.c.state == "fetched")
    fitting = connection.execute(query.where(*mine, *fits)).scalar_one()
    if not settled == fitting == count:
        said = f"{count - settled} of {count} movements are in another, {settled - fitting} do not belong"
        raise SettlementError(f"settlement {one.number} of {one.client} in {one.currency}: {said}")


def sums(ledger: opened.Ledger, tenant: str, client: str, currency: str, until: dt.date) -> Sums:
    """What happened up to this day, settled or not, and what of it PowerOffice has, by kind."""
    mine = (_movement.c.tenant == tenant, _movement.c.client == client, _movement.c.day <= until, _document.c.currency == currency)
    accepted = _delivery.c.state == "accepted"
    with ledger.reading() as connection:
        ours = _sum(connection, *mine, _HAPPENED)
        posted = _sum(connection, *mine, accepted)
        settled = _sum(connection, *mine, _HAPPENED, until=until)
        posted_settled = _sum(connection, *mine, accepted, until=until)
    return Sums(ours, posted, settled, posted_settled)


def _sum(connection: sa.Connection, *where: sa.ColumnElement[bool], until: dt.date | None = None) -> dict[str, int]:
    query = sa.select(_movement.c.kind, _AMOUNT).select_from(_movement).join(_document, movements.OF_DOCUMENT)
    query = query.join(_delivery, movements.OF_DELIVERY)
    if until is not None:
        query = query.join(_settlement, sa.and_(_OF_SETTLEMENT, _settlement.c.day <= until))
    rows = connection.execute(query.where(*where).group_by(_movement.c.kind).order_by(_movement.c.kind))
    return {kind: int(amount) for kind, amount in rows}


_COLUMNS = [_settlement.c[name] for name in Settlement.__struct_fields__]


def _select(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Settlement]:
    rows: Any = connection.execute(sa.select(*_COLUMNS).where(_settlement.c.tenant == tenant, *where).order_by(_settlement.c.id))
    return [Settlement(**row) for row in rows.mappings()]
