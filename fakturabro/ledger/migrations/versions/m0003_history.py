"""What was said of a document in the past, and which change of it was reported."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("reported_revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
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


def downgrade() -> None:
    op.drop_table("finding_log")
    op.drop_column("delivery", "reported_revision_id")
