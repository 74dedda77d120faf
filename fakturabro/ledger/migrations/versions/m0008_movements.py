"""Banks: by which movement on the account a word on a payment was said, and what a payment's reference is."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("payment_event", sa.Column("movement", sa.Text(), server_default="", nullable=False))
    op.add_column("payment", sa.Column("reference_kind", sa.Text(), server_default="", nullable=False))
    op.add_column("payment", sa.Column("plain", sa.Text()))
    op.create_index("ix_payment_plain", "payment", ["tenant", "plain"])


def downgrade() -> None:
    op.drop_index("ix_payment_plain", "payment")
    op.drop_column("payment", "plain")
    op.drop_column("payment", "reference_kind")
    op.drop_column("payment_event", "movement")
