"""What was said of a document in the past, which change of it was reported, and what the journal says of what was lost."""

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
    _write_triggers(anew=True)


def _write_triggers(*, anew: bool) -> None:
    dialect = op.get_bind().dialect.name
    for statement in (*states.without_triggers(dialect), *states.triggers(dialect, states.MOVES, anew=anew)):
        op.execute(statement)


def downgrade() -> None:
    _write_triggers(anew=False)
    op.drop_table("finding_log")
    op.drop_column("claim", "at")
    op.drop_column("claim", "outcome")
    op.drop_column("delivery", "reported_revision_id")
