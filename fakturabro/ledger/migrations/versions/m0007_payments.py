"""Banks: files, payments to be made and what became of them, payments that came in, statements."""

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger.payments import stages

revision = "0007"
down_revision = "0006"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("account_statement", "allocation", "proposal", "incoming", "creditor_account", "payment_event", "payment", "bank_file")
_SETTLED = sa.text("settlement != ''")
_SUSPENSE = sa.text("standing IN ('suspense', 'over')")
_PAID = sa.text("payer IS NOT NULL")
_NAMED = sa.text("kid != ''")
_OWED = sa.text("kind = 'invoice'")
_UNTOLD = sa.text("told_at IS NULL")


def upgrade() -> None:
    _add_files()
    _add_payments()
    _add_words()
    _add_incoming()
    for statement in stages.triggers(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for index, table in (("ix_booking_kid", "booking"), ("ix_document_owed", "document"), ("ix_document_debtor", "document")):
        op.drop_index(index, table)
    for table in _TABLES:
        op.drop_table(table)
    for statement in stages.without_functions(op.get_bind().dialect.name):
        op.execute(statement)


def _add_files() -> None:
    op.create_table(
        "bank_file",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("raw_id", _ID, nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_bank_file_direction")),
        sa.CheckConstraint("side in ('accounting', 'bank')", name=op.f("ck_bank_file_side")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("tenant", "side", "direction", "sha256", name=op.f("uq_bank_file_tenant_side_direction_sha256")),
    )
    op.create_index("ix_bank_file_message", "bank_file", ["tenant", "message_id"])
    op.create_index("ix_bank_file_state", "bank_file", ["tenant", "state"])
    op.create_table(
        "account_statement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("file_id", _ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("opened_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.Column("opening", sa.BigInteger()),
        sa.Column("closing", sa.BigInteger()),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_statement")),
        sa.UniqueConstraint("tenant", "file_id", "position", name=op.f("uq_account_statement_tenant_file_id_position")),
    )
    op.create_index("ix_account_statement_account", "account_statement", ["tenant", "account", "closed_on"])


def _add_payments() -> None:
    op.create_table(
        "payment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("in_file", _ID),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("out_file", _ID),
        sa.Column("message_id", sa.Text()),
        sa.Column("batch_id", sa.Text()),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text()),
        sa.Column("loose", sa.Text()),
        sa.Column("blank", sa.Text()),
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("is_salary", sa.Boolean(), nullable=False),
        sa.Column("is_new_receiver", sa.Boolean(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("booked_on", sa.Date()),
        sa.Column("double_of", _ID),
        sa.CheckConstraint("stage in ('entered', 'cancelled') or message_id is not null", name=op.f("ck_payment_message_id")),
        sa.CheckConstraint(f"stage in {stages.STAGES!r}", name=op.f("ck_payment_stage")),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_payment_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_payment")),
        sa.UniqueConstraint("tenant", "end_to_end_id", name=op.f("uq_payment_tenant_end_to_end_id")),
        sa.UniqueConstraint("tenant", "exact", name=op.f("uq_payment_tenant_exact")),
        sa.UniqueConstraint("tenant", "in_file", "position", name=op.f("uq_payment_tenant_in_file_position")),
    )
    op.create_index("ix_payment_blank", "payment", ["tenant", "blank"])
    op.create_index("ix_payment_content", "payment", ["tenant", "content"])
    op.create_index("ix_payment_loose", "payment", ["tenant", "loose"])
    op.create_index("ix_payment_message", "payment", ["tenant", "message_id", "batch_id"])
    op.create_index("ix_payment_out_file", "payment", ["tenant", "out_file"])
    op.create_index("ix_payment_receiver", "payment", ["tenant", "receiver"])
    op.create_index("ix_payment_stage", "payment", ["tenant", "stage"])


def _add_words() -> None:
    op.create_table(
        "payment_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("file_id", _ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("document_id", _ID),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
        sa.UniqueConstraint("tenant", "file_id", "position", name=op.f("uq_payment_event_tenant_file_id_position")),
    )
    op.create_index("ix_payment_event_document", "payment_event", ["tenant", "document_id"])
    op.create_index("ix_payment_event_message", "payment_event", ["tenant", "message_id"])
    op.create_table(
        "creditor_account",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "creditor", "receiver", name=op.f("pk_creditor_account")),
    )


def _add_incoming() -> None:
    op.create_table(
        "incoming",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("file_id", _ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("twin", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.BigInteger()),
        sa.Column("booked_on", sa.Date()),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"standing in {stages.STANDINGS!r}", name=op.f("ck_incoming_standing")),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_incoming_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_incoming")),
    )
    op.create_index(
        "ix_incoming_settlement", "incoming", ["tenant", "account", "settlement"], sqlite_where=_SETTLED, postgresql_where=_SETTLED
    )
    op.create_index("ix_incoming_suspense", "incoming", ["tenant"], sqlite_where=_SUSPENSE, postgresql_where=_SUSPENSE)
    op.create_index("ix_incoming_file", "incoming", ["tenant", "file_id", "position"])
    op.create_index("ix_incoming_payer", "incoming", ["tenant", "payer"], sqlite_where=_PAID, postgresql_where=_PAID)
    op.create_index("ix_incoming_kid", "incoming", ["tenant", "kid"], sqlite_where=_NAMED, postgresql_where=_NAMED)
    op.create_index("ix_incoming_twin", "incoming", ["tenant", "twin"])
    op.create_table(
        "allocation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_allocation_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    op.create_index("ix_allocation_document", "allocation", ["tenant", "document_id"])
    op.create_index("ix_allocation_invoice", "allocation", ["tenant", "invoice_id"])
    op.create_index("ix_allocation_untold", "allocation", ["tenant"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
    op.create_table(
        "proposal",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_proposal_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_booking_kid", "booking", ["tenant", "kid"])
    op.create_index("ix_document_owed", "document", ["tenant", "amount"], sqlite_where=_OWED, postgresql_where=_OWED)
    op.create_index("ix_document_debtor", "document", ["tenant", "customer_number"], sqlite_where=_OWED, postgresql_where=_OWED)
