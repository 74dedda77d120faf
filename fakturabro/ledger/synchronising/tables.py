"""Tables of two systems that are kept in step: pairs, how far lists were read, what people approved, and costs.

They lie beside `tables`, in the same ledger and the same metadata; units and ids are as there. A key is a document's source key in
Severa, and a number in Fortnox.
"""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.ledger.synchronising import stages

_Id, _Time = tables.Id, tables.Time


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.Text, nullable=False)


pair = sa.Table(
    "pair",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    _tenant(),
    sa.Column("register", sa.Text, nullable=False),
    sa.Column("severa_key", sa.Text, nullable=False),
    sa.Column("fortnox_key", sa.Text, nullable=False),
    sa.Column("linked_by", sa.Text, nullable=False),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "register", "severa_key"),
    sa.UniqueConstraint("tenant", "register", "fortnox_key"),
    sa.CheckConstraint(f"register in {stages.REGISTERS!r}", name="register"),
    sa.CheckConstraint(f"linked_by in {stages.LINKS!r}", name="linked_by"),
)
"""What stands on both sides. Its two keys are never given another partner; see stages."""

remembered_customer = sa.Table(
    "remembered_customer",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("severa_key", sa.Text, primary_key=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
)
"""Customers that once were such as are carried, and are carried from then on."""

watermark = sa.Table(
    "watermark",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("list", sa.Text, primary_key=True),
    sa.Column("seen_until", _Time),
    sa.Column("read_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
)
"""The newest change that was seen in a list, by that system's clock, and when it was last read to its end, by ours."""

sync_plan = sa.Table(
    "sync_plan",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    _tenant(),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("raw_id", _Id, nullable=False),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _Time),
    sa.CheckConstraint(f"state in {stages.PLANS!r}", name="state"),
)
_STANDS = sync_plan.c.state.in_([sa.literal_column(f"'{state}'") for state in stages.STANDING])
sa.Index("uq_sync_plan_standing", sync_plan.c.tenant, unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS)
"""What the first synchronisation would do, and what became of it. At most one of a tenant is neither set aside nor done."""

pair_verdict = sa.Table(
    "pair_verdict",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("register", sa.Text, primary_key=True),
    sa.Column("severa_key", sa.Text, primary_key=True),
    sa.Column("fortnox_key", sa.Text, primary_key=True),
    sa.Column("same", sa.Boolean, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
)
"""Whether a person says that two entries are the same; the last word counts."""

cost = sa.Table(
    "cost",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("fee_guid", sa.Text, primary_key=True),
    sa.Column("document_id", _Id, nullable=False),
    sa.Column("project_guid", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"]),
)
sa.Index("ix_cost_document_id", cost.c.tenant, cost.c.document_id)
sa.Index("ix_cost_project_guid", cost.c.tenant, cost.c.project_guid)
"""The fees in Severa that are a cost of a supplier's invoice: the first, and those that put right what was invoiced already. What
it costs the project is their sum; `amount` is what we last made each say, in minor units."""
