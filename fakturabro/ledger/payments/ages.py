"""Where payments stand and for how long, what the accounting system must be told, and what the bank said of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.domain import documents as values
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import stages
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _payment, _event = tables.delivery, bank_tables.payment, bank_tables.payment_event
_file = bank_tables.bank_file


class Tally(msgspec.Struct, frozen=True):
    """How many payments stand at a stage, their sum in minor units, and since when the oldest does."""

    stage: str
    currency: str
    count: int
    amount: int
    oldest: dt.datetime


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A payment of which the accounting system must be told; `purpose` is book_back, or correction where it was told before."""

    document_id: int
    delivery_id: int
    revision_id: int
    purpose: str
    stage: str
    stage_at: dt.datetime
    in_file: int | None
    code: str
    reason: str
    booked_on: dt.date | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the bank; `outcome` is what came of it."""

    file_id: int
    level: str
    code: str
    reason: str
    stage: str
    booked_on: dt.date | None
    outcome: str
    at: dt.datetime


def count_by_stage(ledger: opened.Ledger, tenant: str) -> list[Tally]:
    """All payments of a tenant, in the order of the stages."""
    pay = (_delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id, _delivery.c.purpose == "pay")
    grouped = (_payment.c.stage, _delivery.c.currency)
    said = (sa.func.count(), sa.func.sum(_delivery.c.amount), sa.func.min(_payment.c.stage_at))
    query = sa.select(*grouped, *said).join(_delivery, sa.and_(*pay)).where(_payment.c.tenant == tenant).group_by(*grouped)
    with ledger.reading() as connection:
        rows = [Tally(stage, currency, n, int(amount), at) for stage, currency, n, amount, at in connection.execute(query)]
    return sorted(rows, key=lambda row: (stages.STAGES.index(row.stage), row.currency))


def find_open(
    ledger: opened.Ledger, tenant: str, among: Sequence[str], before: dt.datetime | None = None
) -> list[payment_orders.Order]:
    """The payments at one of these stages (since before a time), oldest first."""
    old = [] if before is None else [_payment.c.stage_at < before]
    with ledger.reading() as connection:
        rows = payment_orders.select(connection, tenant, _payment.c.stage.in_(among), *old)
    return sorted(rows, key=lambda row: row.stage_at)


def find_unproven(ledger: opened.Ledger, tenant: str, due_before: dt.date) -> list[payment_orders.Order]:
    """The payments that the bank has, that are due before a day, and of which nothing says that they were made or refused.

    What was due before its file was made is due on that day.
    """
    open_ = _payment.c.stage.in_([stage for stage in stages.LEFT if stage in stages.ROAD])
    since = dt.datetime.combine(due_before, dt.time(), calendar.OSLO)
    is_late = sa.exists().where(_file.c.tenant == tenant, _file.c.id == _payment.c.out_file, _file.c.received_at >= since)
    with ledger.reading() as connection:
        return payment_orders.select(connection, tenant, open_, _payment.c.due < due_before, ~is_late)


def find_payments(
    ledger: opened.Ledger, tenant: str, message_id: str = "", batch_id: str = "", end_to_end_ids: Sequence[str] = ()
) -> list[payment_orders.Order]:
    """The payments of a message, of a batch in it, or by these names."""
    wanted = [_payment.c.message_id == message_id] if message_id else []
    wanted += [_payment.c.batch_id == batch_id] if batch_id else []
    with ledger.reading() as connection:
        wanted += [bulk.among(connection, _payment.c.end_to_end_id, end_to_end_ids)] if end_to_end_ids else []
        return payment_orders.select(connection, tenant, *wanted) if wanted else []


def find_ended(ledger: opened.Ledger, tenant: str) -> list[Ended]:
    """What has ended, and what the accounting system must yet be told of: the delivery waits."""
    names = ("stage", "stage_at", "in_file", "code", "reason", "booked_on")
    more = (_delivery.c.id.label("delivery_id"), _delivery.c.document_id, _delivery.c.revision_id, _delivery.c.purpose)
    same = sa.and_(_delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id)
    telling = (_delivery.c.purpose.in_(("book_back", values.AFTER_BOOK_BACK)), _delivery.c.state == "waiting")
    query = sa.select(*more, *(_payment.c[name] for name in names)).join(_payment, same)
    with ledger.reading() as connection:
        mine = (_payment.c.tenant == tenant, _payment.c.stage.in_(stages.ENDED), *telling)
        rows = connection.execute(query.where(*mine).order_by(_payment.c.document_id, _delivery.c.id)).mappings()
        return [Ended(**row) for row in rows]


def read_events(ledger: opened.Ledger, tenant: str, document_id: int) -> list[Event]:
    """Every word of the bank on a payment, also those on its whole file or batch, in the order that they came."""
    with ledger.reading() as connection:
        rows = connection.execute(events_of(tenant, document_id)).mappings()
        return [Event(**{name: row[name] for name in Event.__struct_fields__}) for row in rows]


def events_of(tenant: str, document_id: int) -> sa.Select[tuple[object, ...]]:
    """The rows behind them."""
    whole = sa.and_(
        _event.c.document_id.is_(None),
        _event.c.level != "payment",
        _event.c.message_id == _payment.c.message_id,
        sa.or_(_event.c.level == "group", _event.c.batch_id == _payment.c.batch_id),
    )
    about = sa.or_(_event.c.document_id == _payment.c.document_id, whole)
    mine = (_payment.c.tenant == tenant, _payment.c.document_id == document_id)
    joined = sa.select(_event).join(_payment, sa.and_(_payment.c.tenant == _event.c.tenant, about))
    return joined.where(*mine).order_by(_event.c.id)
