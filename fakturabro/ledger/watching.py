"""What the watchman asks the ledger: slots, doubts, what was last fetched, stops past review, locks. Reads only."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened, operations, stops, tables

_slot, _delivery, _log, _certificate = tables.slot, tables.delivery, tables.transfer_log, tables.certificate
_FIRST_SLOT = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
"""Leases that are no slots (a token's renewal, a flow as a whole) bear an earlier time."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that was taken."""

    flow: str
    slot_time: dt.datetime
    run: str
    until: dt.datetime
    concluded_at: dt.datetime | None


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery in doubt; `since` is None where neither an answer nor a run's lease says when it began."""

    purpose: str
    target: str
    since: dt.datetime | None


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant of which nothing may be sent until the ledger has been recovered."""

    tenant: str
    why: str
    at: dt.datetime


def find_slots(ledger: opened.Ledger, tenant: str, flow: str, since: dt.datetime) -> dict[dt.datetime, Slot]:
    """The taken slots of a flow since a time, by their times."""
    query = sa.select(_slot).where(_slot.c.tenant == tenant, _slot.c.flow == flow, _slot.c.slot_time >= since)
    with ledger.reading() as connection:
        found = [msgspec.convert(row, Slot, from_attributes=True) for row in connection.execute(query)]
    return {slot.slot_time: slot for slot in found}


def find_last_concluded(ledger: opened.Ledger, tenant: str, flow: str) -> dt.datetime | None:
    """The time of the newest slot of a flow that was concluded; None when none ever was."""
    mine = (_slot.c.tenant == tenant, _slot.c.flow == flow, _slot.c.concluded_at.is_not(None), _slot.c.slot_time >= _FIRST_SLOT)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.max(_slot.c.slot_time)).where(*mine)).scalar_one()


def find_dead_slots(ledger: opened.Ledger, tenant: str, cutoff: dt.datetime) -> list[Slot]:
    """Slots that were taken, whose lease ended before `cutoff`, and after which nothing of their flow was concluded."""
    later = _slot.alias("later")
    concluded_since = sa.exists().where(
        later.c.tenant == _slot.c.tenant,
        later.c.flow == _slot.c.flow,
        later.c.slot_time > _slot.c.slot_time,
        later.c.concluded_at.is_not(None),
    )
    dead = (_slot.c.concluded_at.is_(None), _slot.c.until < cutoff, _slot.c.slot_time >= _FIRST_SLOT, ~concluded_since)
    with ledger.reading() as connection:
        query = sa.select(_slot).where(_slot.c.tenant == tenant, *dead).order_by(_slot.c.flow, _slot.c.slot_time)
        return [msgspec.convert(row, Slot, from_attributes=True) for row in connection.execute(query)]


def find_doubts(ledger: opened.Ledger, tenant: str) -> list[Doubt]:
    """What is in doubt, since when: the answer that left it so, or the end of the lease of the run that died."""
    said = sa.select(sa.func.max(_log.c.at)).where(
        _log.c.tenant == tenant, _log.c.delivery_id == _delivery.c.id, _log.c.outcome == "in_doubt"
    )
    died = sa.select(sa.func.max(_slot.c.until)).where(_slot.c.tenant == tenant, _slot.c.run == _delivery.c.run)
    since = sa.func.coalesce(said.scalar_subquery(), died.scalar_subquery(), type_=tables.Time).label("since")
    mine = (_delivery.c.tenant == tenant, _delivery.c.state == "in_doubt")
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_delivery.c.purpose, _delivery.c.target, since).where(*mine))
        return [msgspec.convert(row, Doubt, from_attributes=True) for row in rows]


def find_last_fetched(ledger: opened.Ledger, tenant: str) -> dt.datetime | None:
    """When a certificate last counted something fetched; None when none ever did."""
    fetched = _certificate.c.figures[("count", "fetched")].as_integer() > 0
    with ledger.reading() as connection:
        query = sa.select(sa.func.max(_certificate.c.at)).where(_certificate.c.tenant == tenant, fetched)
        return connection.execute(query).scalar_one()


def find_past_review(ledger: opened.Ledger, tenant: str, now: dt.datetime) -> list[stops.Stop]:
    """The stops that stand although their review time has passed."""
    return [stop for stop in stops.find_all_standing(ledger, tenant) if stop.review_at < now]


def find_locks(ledger: opened.Ledger) -> list[Lock]:
    """Every tenant's lock."""
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(operations.ledger_lock))
        return [msgspec.convert(row, Lock, from_attributes=True) for row in rows]


def has_sent(ledger: opened.Ledger) -> bool:
    """Whether anything was ever reserved in the send journal."""
    with ledger.reading() as connection:
        return connection.execute(sa.select(operations.journal_line.c.line).limit(1)).first() is not None
