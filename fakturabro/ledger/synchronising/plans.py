"""Plans of a first synchronisation: what would be done, who approved it, and how far it has come.

proposed -> approved -> running -> done; proposed, approved -> declined
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, raws, seals, tables
from fakturabro.ledger.synchronising import tables as sync_tables

_plan = sync_tables.sync_plan
SEALED_AS = "sync_plan"
State = Literal["proposed", "approved", "declined", "running", "done"]


class PlanError(Exception):
    """A plan cannot be proposed while another one is approved or running."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`content` is as it was given; None where it was purged."""

    id: int
    state: State
    hash: str
    content: bytes | None
    made_at: dt.datetime
    run: str
    decided_by: str | None
    decided_at: dt.datetime | None


def record(ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime, content: bytes, digest: str) -> Plan:
    """Propose a plan; the same one again is the one that stands. Another proposal that nobody decided on is declined by that.

    Raises PlanError when one is approved or running.
    """
    key = ledger.seals.key(tenant, SEALED_AS, f"{at.astimezone(dt.UTC):%Y-%m}")
    sealed = raws.seal(key, SEALED_AS, content)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"plan/{tenant}")
        standing = _newest(ledger, connection, tenant)
        if standing and standing.state in ("approved", "running"):
            raise PlanError(f"plan {standing.id} of {tenant} is {standing.state}: nothing else can be proposed before it is done")
        if standing and standing.state == "proposed":
            if standing.hash == digest:
                return standing
            change(connection, tenant, standing.id, ("proposed",), "declined", run, at)
        raw_id = raws.record(connection, tenant, [sealed])[sealed.sha256]
        values = {"tenant": tenant, "state": "proposed", "hash": digest, "made_at": at, "run": run}
        connection.execute(sa.insert(_plan).values(**values, raw_id=raw_id))
        made = _newest(ledger, connection, tenant)
    assert made  # noqa: S101 just inserted
    return made


def find_newest(ledger: opened.Ledger, tenant: str) -> Plan | None:
    """The newest plan, whatever became of it."""
    with ledger.reading() as connection:
        return _newest(ledger, connection, tenant)


def find_done(ledger: opened.Ledger, tenant: str) -> Plan | None:
    """The newest plan that is done: with it the two are kept in step."""
    with ledger.reading() as connection:
        return _newest(ledger, connection, tenant, _plan.c.state == "done")


def move(
    ledger: opened.Ledger,
    tenant: str,
    plan_id: int,
    start: Sequence[State],
    end: State,
    by: str = "",
    at: dt.datetime | None = None,
) -> bool:
    """Move a plan on; False when it stands in none of the states in `start`. `by` and `at` are of who decides."""
    with ledger.writing() as connection:
        return change(connection, tenant, plan_id, start, end, by, at)


def change(
    connection: sa.Connection,
    tenant: str,
    plan_id: int,
    start: Sequence[State],
    end: State,
    by: str = "",
    at: dt.datetime | None = None,
) -> bool:
    """The same inside a transaction, e.g. a decision's."""
    mine = (_plan.c.tenant == tenant, _plan.c.id == plan_id, _plan.c.state.in_(start))
    decided = {"decided_by": by, "decided_at": at} if by else {}
    return connection.execute(sa.update(_plan).where(*mine).values(state=end, **decided)).rowcount == 1


def _newest(ledger: opened.Ledger, connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> Plan | None:
    query = sa.select(_plan).where(_plan.c.tenant == tenant, *where).order_by(_plan.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    known = {name: row[name] for name in Plan.__struct_fields__ if name != "content"}
    return Plan(content=_content(ledger, connection, tenant, row["raw_id"]), **known)


def _content(ledger: opened.Ledger, connection: sa.Connection, tenant: str, raw_id: int) -> bytes | None:
    raw = tables.raw
    sealed = connection.execute(sa.select(raw.c.sealed).where(raw.c.tenant == tenant, raw.c.id == raw_id)).scalar_one()
    try:
        return ledger.seals.open(connection, tenant, SEALED_AS, sealed)
    except seals.SealError:
        return None
