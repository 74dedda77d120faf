"""Two systems that are kept in step: pairs, customers that are remembered, watermarks, plans, verdicts and costs."""

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger import states
from fakturabro.ledger.synchronising import stages

revision = "0010"
down_revision = "0009"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("cost", "pair_verdict", "sync_plan", "watermark", "remembered_customer", "pair")
_STANDS = sa.text("state IN ('proposed', 'approved', 'running')")


def upgrade() -> None:
    _write_triggers(transfers=True)
    _add_pairs()
    _add_watermarks()
    _add_plans()
    _add_costs()
    for statement in stages.triggers(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Plans go with what they say: the older version would purge them never."""
    for table in _TABLES:
        op.drop_table(table)
    for statement in stages.without_functions(op.get_bind().dialect.name):
        op.execute(statement)
    op.execute("delete from raw where kind = 'sync_plan'")
    op.execute("delete from data_key where kind = 'sync_plan'")
    _write_triggers(transfers=False)


def _write_triggers(*, transfers: bool) -> None:
    dialect = op.get_bind().dialect.name
    made = states.triggers(dialect, states.MOVES, letters=True, transfers=transfers)
    for statement in (*states.without_triggers(dialect), *made):
        op.execute(statement)


def _add_pairs() -> None:
    op.create_table(
        "pair",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("severa_key", sa.Text(), nullable=False),
        sa.Column("fortnox_key", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.CheckConstraint(f"register in {stages.REGISTERS!r}", name=op.f("ck_pair_register")),
        sa.CheckConstraint(f"linked_by in {stages.LINKS!r}", name=op.f("ck_pair_linked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair")),
        sa.UniqueConstraint("tenant", "register", "severa_key", name=op.f("uq_pair_tenant_register_severa_key")),
        sa.UniqueConstraint("tenant", "register", "fortnox_key", name=op.f("uq_pair_tenant_register_fortnox_key")),
    )
    op.create_table(
        "pair_verdict",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("severa_key", sa.Text(), nullable=False),
        sa.Column("fortnox_key", sa.Text(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "register", "severa_key", "fortnox_key", name=op.f("pk_pair_verdict")),
    )
    op.create_table(
        "remembered_customer",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("severa_key", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "severa_key", name=op.f("pk_remembered_customer")),
    )


def _add_watermarks() -> None:
    op.create_table(
        "watermark",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True)),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "system", "list", name=op.f("pk_watermark")),
    )


def _add_plans() -> None:
    op.create_table(
        "sync_plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("raw_id", _ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"state in {stages.PLANS!r}", name=op.f("ck_sync_plan_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_plan")),
    )
    name, where = "uq_sync_plan_standing", _STANDS
    op.create_index(name, "sync_plan", ["tenant"], unique=True, sqlite_where=where, postgresql_where=where)


def _add_costs() -> None:
    op.create_table(
        "cost",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("fee_guid", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("project_guid", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_cost_tenant")),
        sa.PrimaryKeyConstraint("tenant", "fee_guid", name=op.f("pk_cost")),
    )
    for column in ("document_id", "project_guid"):
        op.create_index(f"ix_cost_{column}", "cost", ["tenant", column])
