"""What each document is known by apart from its number, so that the same under another number is seen."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "twin",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_twin_tenant")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_twin")),
    )
    op.create_index("ix_twin_key", "twin", ["tenant", "key"])


def downgrade() -> None:
    op.drop_table("twin")
