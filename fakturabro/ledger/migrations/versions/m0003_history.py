"""What was said of a document in the past, which change of it was reported or sent, and what the journal says of what was lost."""

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger import states

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("reported_revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    op.add_column("claim", sa.Column("outcome", sa.Text(), nullable=False, server_default="in_doubt"))
    op.add_column("claim", sa.Column("at", sa.DateTime(timezone=True)))
    op.execute("update claim set at = current_timestamp")
    op.create_table(
        "finding_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_log")),
    )
    op.create_index("ix_finding_log_document", "finding_log", ["tenant", "document_id"])
    op.create_table(
        "renewed",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("settled_in", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("settled_on", sa.Date()),
        sa.Column("entered_in", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recipient", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_renewed_tenant")),
        sa.PrimaryKeyConstraint("tenant", "id", "settled_in", name=op.f("pk_renewed")),
    )
    _write_triggers(anew=True)


def _write_triggers(*, anew: bool) -> None:
    dialect = op.get_bind().dialect.name
    for statement in (*states.without_triggers(dialect), *states.triggers(dialect, states.MOVES, anew=anew)):
        op.execute(statement)


def downgrade() -> None:
    """Lost: findings of the past, what operators were told of changes, what the journal answered on claims (all begin in doubt),
    and what certificates counted before it was sent anew: of those documents `certificate verify` names a fault from then on."""
    _write_triggers(anew=False)
    op.drop_table("renewed")
    op.drop_table("finding_log")
    op.drop_column("claim", "at")
    op.drop_column("claim", "outcome")
    op.drop_column("delivery", "reported_revision_id")
