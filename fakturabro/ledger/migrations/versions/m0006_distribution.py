"""How documents reach debtors by link and letter."""

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger import states

revision = "0006"
down_revision = "0005"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _add_portal()
    _write_triggers(letters=True)
    _add_receivers()
    _add_ehf_rules()
    _add_brand_files()
    _add_print_receipts()


def downgrade() -> None:
    _write_triggers(letters=False)
    _drop_portal()
    _drop_print_receipts()
    _drop_brand_files()
    _drop_ehf_rules()
    _drop_receivers()


def _add_ehf_rules() -> None:
    op.add_column("certificate", sa.Column("ehf_rules", sa.Text(), nullable=True))
    op.add_column("rendition", sa.Column("rules", sa.Text(), nullable=True))


def _drop_ehf_rules() -> None:
    """Certificates that name rules no longer verify: the older version does not know what their hash covers."""
    op.drop_column("rendition", "rules")
    op.drop_column("certificate", "ehf_rules")


def _add_receivers() -> None:
    op.create_table(
        "receiver",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("answer in ('yes', 'no', 'unknown')", name=op.f("ck_receiver_answer")),
        sa.PrimaryKeyConstraint("network", "label", "kind", name=op.f("pk_receiver")),
    )


def _drop_receivers() -> None:
    op.drop_table("receiver")


def _write_triggers(*, letters: bool) -> None:
    dialect = op.get_bind().dialect.name
    for statement in (*states.without_triggers(dialect), *states.triggers(dialect, states.MOVES, letters=letters)):
        op.execute(statement)


def _add_portal() -> None:
    credited = sa.text("original_number is not null")
    op.create_index(
        "ix_document_original", "document", ["tenant", "original_number"], sqlite_where=credited, postgresql_where=credited
    )
    op.create_table(
        "portal_link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("revision_id", _ID, nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("face", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("wrong_in_a_row", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_why", sa.Text()),
        sa.Column("wished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_portal_link_hash")),
        sa.UniqueConstraint("tenant", "natural_key", "issue", name=op.f("uq_portal_link_tenant_natural_key_issue")),
    )
    op.create_index("ix_portal_link_document", "portal_link", ["tenant", "document_id"])
    op.create_table(
        "portal_session",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_portal_session")),
    )
    op.create_index("ix_portal_session_began", "portal_session", ["began_at"])
    op.create_table(
        "portal_issue",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("issue", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "natural_key", "issue", name=op.f("pk_portal_issue")),
    )
    op.create_table(
        "portal_miss",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_portal_miss")),
    )
    _add_portal_news()


def _add_portal_news() -> None:
    op.create_table(
        "opening",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("letter_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "natural_key", name=op.f("pk_opening")),
    )
    op.create_index("ix_opening_letter", "opening", ["tenant", "letter_key"])
    op.create_index("ix_opening_at", "opening", ["at"])
    op.create_table(
        "bounce",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "natural_key", "recipient", name=op.f("pk_bounce")),
    )
    op.create_table(
        "objection",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text()),
        sa.Column("closed_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("tenant", "source", "source_key", "at", name=op.f("uq_objection_tenant_source_source_key_at")),
    )


def _drop_portal() -> None:
    """Lost: links (nobody can open what was mailed), who opened what, objections with their findings, and what came back. Letters
    that wait go nowhere until the schema is newer again."""
    op.execute("delete from finding where station = 'objection'")
    op.execute("delete from data_key where kind = 'objection'")
    for name in ("objection", "bounce", "opening", "portal_miss", "portal_issue", "portal_session", "portal_link"):
        op.drop_table(name)
    op.drop_index("ix_document_original", "document")


def _add_brand_files() -> None:
    op.create_table(
        "brand_file",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_brand_file")),
    )


def _drop_brand_files() -> None:
    op.drop_table("brand_file")


def _add_print_receipts() -> None:
    op.create_table(
        "print_receipt",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text()),
        sa.Column("closed_why", sa.Text()),
        sa.CheckConstraint(
            "state in ('accepted', 'printed', 'posted', 'rejected', 'undeliverable')", name=op.f("ck_print_receipt_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_receipt")),
        sa.UniqueConstraint(
            "tenant", "delivery_id", "job_id", "state", name=op.f("uq_print_receipt_tenant_delivery_id_job_id_state")
        ),
    )
    letters = sa.text("target = 'letter'")
    op.create_index("ix_delivery_letter", "delivery", ["natural_key"], sqlite_where=letters, postgresql_where=letters)


def _drop_print_receipts() -> None:
    op.drop_index("ix_delivery_letter", "delivery")
    op.drop_table("print_receipt")
