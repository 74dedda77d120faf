"""What people and operations do."""

import hashlib
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger import states
from fakturabro.ledger.migrations.versions import m0001_ledger

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "approver",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "email", name=op.f("pk_approver")),
    )
    op.create_table(
        "choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice")),
    )
    op.create_index("ix_choice_name", "choice", ["tenant", "name"])
    op.create_table(
        "claim",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "purpose", "source", "source_key", name=op.f("pk_claim")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("caused_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(
        "uq_decision_open",
        "decision",
        ["tenant", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )

    op.create_table(
        "journal_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("reserved", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "line", name=op.f("pk_journal_line")),
    )
    op.create_table(
        "ledger_lock",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_ledger_lock")),
    )
    op.create_table(
        "link",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_link")),
    )
    op.create_index("ix_link_subject", "link", ["tenant", "page", "subject"])
    op.create_table(
        "look",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_table(
        "secret",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_secret")),
    )
    op.create_table(
        "series_gap",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("span", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state in ('open', 'explained', 'arrived', 'missing')", name=op.f("ck_series_gap_state")),
        sa.PrimaryKeyConstraint("tenant", "source", "series", "number", name=op.f("pk_series_gap")),
    )
    op.create_table(
        "stop",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("release_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
    )
    op.create_index(
        "uq_stop_standing",
        "stop",
        ["tenant", "scope"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.add_column("certificate", sa.Column("counted", sa.JSON(), nullable=True))
    op.add_column("transfer_log", sa.Column("answer", sa.LargeBinary(), nullable=True))
    op.execute("update transfer_log set answer = (select sealed from raw where raw.id = transfer_log.answer_raw_id)")
    op.drop_column("transfer_log", "answer_raw_id")
    op.execute("delete from raw where kind = 'answer'")
    _write_triggers(states.MOVES)


def _write_triggers(moves: Mapping[str, Sequence[str]]) -> None:
    dialect = op.get_bind().dialect.name
    for statement in (*states.without_triggers(dialect), *states.triggers(dialect, moves, anew=False)):
        op.execute(statement)


def downgrade() -> None:
    """Answers go back among the raw bytes, addressed by what was sealed: the content's own hash is not known here.

    Lost: stops, decisions, approvers, choices, secrets, links, looks, gaps in the number series, claims, locks, the journal's marks
    (so every client is locked until `fakturabro recover`, once the ledger is up again, and stops stand again as the journal has
    them), and what the certificates commit to: none of them can be verified any more.
    """
    _write_triggers(m0001_ledger.MOVES)
    op.add_column("transfer_log", sa.Column("answer_raw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    connection = op.get_bind()
    log = sa.table("transfer_log", *map(sa.column, ("id", "tenant", "answer", "answer_raw_id")))
    raw = sa.table("raw", *map(sa.column, ("id", "tenant", "kind", "month", "sha256", "sealed")))
    newest = connection.execute(sa.select(sa.func.coalesce(sa.func.max(raw.c.id), 0))).scalar_one()
    answered = connection.execute(sa.select(log.c.id, log.c.tenant, log.c.answer).where(log.c.answer.is_not(None))).all()
    gone_back: dict[tuple[str, bytes], int] = {}
    for log_id, tenant, answer in answered:
        month, digest = bytes(answer[:7]).decode(), hashlib.sha256(answer).digest()
        if (tenant, digest) not in gone_back:  # of purged ones nothing but their month is left: they are all the same
            gone_back[tenant, digest] = newest + len(gone_back) + 1
            row = {"id": gone_back[tenant, digest], "tenant": tenant, "kind": "answer", "month": month, "sha256": digest}
            connection.execute(sa.insert(raw).values(**row, sealed=answer))
        connection.execute(sa.update(log).where(log.c.id == log_id).values(answer_raw_id=gone_back[tenant, digest]))
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("select setval('raw_id_seq', (select coalesce(max(id), 1) from raw))"))
    op.drop_column("transfer_log", "answer")
    op.drop_column("certificate", "counted")
    for table in (
        "stop",
        "series_gap",
        "secret",
        "look",
        "link",
        "ledger_lock",
        "journal_line",
        "decision",
        "claim",
        "choice",
        "approver",
    ):
        op.drop_table(table)
