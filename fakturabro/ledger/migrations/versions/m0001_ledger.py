"""The ledger of step 1."""

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger import states

revision = "0001"
down_revision = None

MOVES = {
    "waiting": ("held", "planned", "cancelled"),
    "held": ("waiting", "cancelled"),
    "planned": ("sending", "waiting", "held", "cancelled"),
    "sending": ("accepted", "rejected", "in_doubt", "planned"),
    "in_doubt": ("accepted", "rejected", "planned"),
    "rejected": ("waiting", "cancelled"),
    "accepted": (),
    "cancelled": (),
}
"""As they were: a migration never changes what it once did."""


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint(
            "tenant", "purpose", "currency", "previous_hash", name=op.f("uq_certificate_tenant_purpose_currency_previous_hash")
        ),
    )
    op.create_table(
        "data_key",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "month", name=op.f("pk_data_key")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_number", sa.Text(), nullable=False),
        sa.Column("original_number", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("listing_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("skip_reason", sa.Text(), nullable=True),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("certified_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "state in ('fetched', 'skipped') and (state = 'skipped') = (skip_reason is not null)", name=op.f("ck_document_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("tenant", "id", name=op.f("uq_document_tenant_id")),
        sa.UniqueConstraint("tenant", "source", "kind", "source_key", name=op.f("uq_document_tenant_source_kind_source_key")),
    )
    op.create_index("ix_document_number", "document", ["tenant", "kind", "number"], unique=False)
    op.create_index(
        "ix_document_uncertified",
        "document",
        ["tenant"],
        unique=False,
        sqlite_where=sa.text("state = 'skipped' AND certified_by IS NULL"),
        postgresql_where=sa.text("state = 'skipped' AND certified_by IS NULL"),
    )

    op.create_table(
        "raw",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw")),
        sa.UniqueConstraint("tenant", "sha256", "kind", "month", name=op.f("uq_raw_tenant_sha256_kind_month")),
    )
    op.create_table(
        "rendition",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("raw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "revision_id", "format", name=op.f("pk_rendition")),
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
    )
    op.create_table(
        "slot",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("slot_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "flow", "slot_time", name=op.f("pk_slot")),
    )
    op.create_table(
        "token",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "system", name=op.f("pk_token")),
    )
    op.create_table(
        "transfer_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sent_raw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer_raw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_log")),
    )
    op.create_index("ix_transfer_log_delivery", "transfer_log", ["tenant", "delivery_id"], unique=False)
    op.create_index("ix_transfer_log_run", "transfer_log", ["tenant", "run"], unique=False)

    op.create_table(
        "booking",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_booking_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_booking")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("natural_key", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("corrected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("entered_in", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("settled_in", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'held', 'cancelled') or target is not null", name=op.f("ck_delivery_target")),
        sa.CheckConstraint(
            "state in ('waiting', 'held', 'planned', 'sending', 'accepted', 'rejected', 'in_doubt', 'cancelled')",
            name=op.f("ck_delivery_state"),
        ),
        sa.CheckConstraint(
            "state not in ('sending', 'accepted', 'in_doubt') or natural_key is not null", name=op.f("ck_delivery_natural_key")
        ),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_delivery_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("tenant", "document_id", "purpose", name=op.f("uq_delivery_tenant_document_id_purpose")),
    )
    op.create_index(
        "ix_delivery_fresh",
        "delivery",
        ["tenant", "purpose"],
        unique=False,
        sqlite_where=sa.text("entered_in IS NULL OR corrected != 0"),
        postgresql_where=sa.text("entered_in IS NULL OR corrected != 0"),
    )
    op.create_index("ix_delivery_state", "delivery", ["tenant", "purpose", "state", "target"], unique=False)
    op.create_index(
        "ix_delivery_uncertified",
        "delivery",
        ["tenant", "purpose"],
        unique=False,
        sqlite_where=sa.text("settled_in IS NULL AND state IN ('accepted', 'rejected', 'cancelled')"),
        postgresql_where=sa.text("settled_in IS NULL AND state IN ('accepted', 'rejected', 'cancelled')"),
    )

    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=False),
        sa.Column("holds", sa.JSON(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_finding_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_document", "finding", ["tenant", "document_id"], unique=False)

    op.create_table(
        "recipient",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_recipient_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_recipient")),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_revision_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("tenant", "document_id", "hash", name=op.f("uq_revision_tenant_document_id_hash")),
    )
    for statement in states.triggers(op.get_bind().dialect.name, MOVES, anew=False):
        op.execute(statement)


def downgrade() -> None:
    for statement in states.without_triggers(op.get_bind().dialect.name):
        op.execute(statement)
    for table in (
        "transfer_log",
        "finding",
        "rendition",
        "recipient",
        "booking",
        "revision",
        "delivery",
        "certificate",
        "data_key",
        "raw",
        "settings",
        "slot",
        "token",
        "document",
    ):
        op.drop_table(table)
