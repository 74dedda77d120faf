"""Slot leases: one run per tenant, flow and slot. A lease that ran out and was not concluded may be taken over.

A run that stood still for longer than its lease may find that another has taken over: it must not send any more.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import messages, opened, tables

_slot = tables.slot
WHOLE_FLOW = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The slot time under which a flow of a tenant is leased as a whole: one run at a time, whatever its slot."""


class LostError(Exception):
    """Another run holds the lease; the message says so."""


def take(
    ledger: opened.Ledger, tenant: str, flow: str, slot_time: dt.datetime, run: str, now: dt.datetime, lease: dt.timedelta
) -> bool:
    """Whether this run owns the slot from now on: it is the first, holds it already, or the holder's lease ran out."""
    values = {"tenant": tenant, "flow": flow, "slot_time": slot_time, "run": run, "until": now + lease}
    statement = bulk.dialect_insert(ledger.engine, _slot).values(**values)
    free = sa.and_(_slot.c.concluded_at.is_(None), sa.or_(_slot.c.until < now, _slot.c.run == run))
    with ledger.writing() as connection:
        taken = connection.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant", "flow", "slot_time"], set_={"run": run, "until": now + lease}, where=free
            ).returning(_slot.c.run)
        ).all()
        return bool(taken)


def renew(ledger: opened.Ledger, tenant: str, flow: str, slot_time: dt.datetime, run: str, until: dt.datetime) -> bool:
    """Keep the lease until a later time; False when another run has taken it over."""
    of_slot = (_slot.c.tenant == tenant, _slot.c.flow == flow, _slot.c.slot_time == slot_time, _slot.c.run == run)
    with ledger.writing() as connection:
        return connection.execute(sa.update(_slot).where(*of_slot).values(until=until)).rowcount == 1


def find_holder(connection: sa.Connection, tenant: str, flow: str, now: dt.datetime) -> str | None:
    """The run that holds the flow as a whole now; None when none lives."""
    of_flow = (_slot.c.tenant == tenant, _slot.c.flow == flow, _slot.c.slot_time == WHOLE_FLOW)
    alive = (_slot.c.concluded_at.is_(None), _slot.c.until > now)
    return connection.execute(sa.select(_slot.c.run).where(*of_flow, *alive)).scalar_one_or_none()


def refuse_lost(connection: sa.Connection, tenant: str, flow: str, run: str, now: dt.datetime) -> None:
    """Raise LostError unless this run holds the flow; asked in the transaction that writes `sending`, and before each send."""
    if find_holder(connection, tenant, flow, now) != run:
        raise LostError(messages.lease_lost(tenant, run))


def refuse_beside(connection: sa.Connection, tenant: str, flow: str, now: dt.datetime) -> None:
    """Raise LostError when a run holds the flow; asked by a dry run in every transaction that writes."""
    if find_holder(connection, tenant, flow, now) is not None:
        raise LostError(messages.dry_run_overtaken(tenant))


def conclude(
    ledger: opened.Ledger, tenant: str, flow: str, slot_time: dt.datetime, run: str, at: dt.datetime, outcome: str
) -> None:
    """Close the slot with a sentence on what became of it."""
    of_slot = (_slot.c.tenant == tenant, _slot.c.flow == flow, _slot.c.slot_time == slot_time, _slot.c.run == run)
    with ledger.writing() as connection:
        connection.execute(sa.update(_slot).where(*of_slot).values(concluded_at=at, outcome=outcome))


def find_outcome(ledger: opened.Ledger, tenant: str, flow: str, slot_time: dt.datetime) -> str | None:
    """What became of a slot; None while it runs or when nobody has taken it."""
    of_slot = (_slot.c.tenant == tenant, _slot.c.flow == flow, _slot.c.slot_time == slot_time)
    with ledger.reading() as connection:
        return connection.execute(sa.select(_slot.c.outcome).where(*of_slot)).scalar_one_or_none()
