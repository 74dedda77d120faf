"""What clients see: reports, what they were told, codes and sessions, their settings in words, and the versions of rules."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "client_report",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("slot_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("html_raw_id", _ID, nullable=False),
        sa.Column("pdf_raw_id", _ID, nullable=False),
        sa.Column("xlsx_raw_id", _ID, nullable=False),
        sa.Column("content_raw_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_report")),
    )
    op.create_index("ix_client_report_newest", "client_report", ["tenant", "id"])
    op.create_table(
        "told_cause",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", "cause", name=op.f("pk_told_cause")),
    )
    op.create_table(
        "rule_use",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "fingerprint", name=op.f("pk_rule_use")),
    )
    op.create_table(
        "client_settings",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_client_settings")),
    )
    op.create_table(
        "client_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_code")),
    )
    op.create_index("ix_client_code_person", "client_code", ["tenant", "person"])
    op.create_table(
        "client_session",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_client_session")),
    )
    op.create_index("ix_client_session_link", "client_session", ["tenant", "link_hash"])
    op.create_index("ix_transfer_log_at", "transfer_log", ["tenant", "at", "id"])


def downgrade() -> None:
    """Sealed reports and what was said of customer cards go too: no older version knows how to purge them."""
    for name in ("finding", "finding_log"):
        op.execute(sa.delete(sa.table(name, sa.column("station"))).where(sa.column("station") == "register"))
    op.drop_index("ix_transfer_log_at", "transfer_log")
    for name in ("client_session", "client_code", "client_settings", "rule_use", "told_cause", "client_report"):
        op.drop_table(name)
    op.execute("delete from raw where kind = 'report'")
    op.execute("delete from data_key where kind = 'report'")
