"""Return data: movements at the factoring company, their settlements, the vouchers in clients' books, statuses, reconciliations."""

import sqlalchemy as sa
from alembic import op

from fakturabro.ledger.returns import stages

revision = "0009"
down_revision = "0008"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("reconciliation", "told_status", "return_voucher", "settlement", "unread_movement", "movement")
_CARRIED = sa.text("voucher_id IS NOT NULL")
_NAMES = sa.text("invoice_id IS NOT NULL")
_UNPLACED = sa.text("invoice_id IS NULL AND (invoice_number != '' OR kid != '')")
_UNSETTLED = sa.text("settlement_id IS NULL")
_NAMED = sa.text("state != 'discarded'")
_UNDOING = sa.text("undoes IS NOT NULL AND state IN ('made', 'posted')")


def upgrade() -> None:
    _add_movements()
    _add_settlements()
    _add_vouchers()
    _add_looks()
    _allow_sides("accounting", "bank", "factoring")
    for statement in stages.triggers(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Files of movements go: the older version knows no such side."""
    op.execute("delete from bank_file where side = 'factoring'")
    _allow_sides("accounting", "bank")
    for table in _TABLES:
        op.drop_table(table)
    for statement in stages.without_functions(op.get_bind().dialect.name):
        op.execute(statement)


def _allow_sides(*sides: str) -> None:
    with op.batch_alter_table("bank_file") as table:
        table.drop_constraint(op.f("ck_bank_file_side"), type_="check")
        table.create_check_constraint(op.f("ck_bank_file_side"), f"side in {sides!r}")


def _add_movements() -> None:
    op.create_table(
        "movement",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("told_no", sa.BigInteger()),
        sa.Column("allocation_id", _ID),
        sa.Column("invoice_number", sa.Text(), server_default="", nullable=False),
        sa.Column("kid", sa.Text(), server_default="", nullable=False),
        sa.Column("invoice_id", _ID),
        sa.Column("undoes", _ID),
        sa.Column("settlement_id", _ID),
        sa.Column("voucher_id", _ID),
        sa.CheckConstraint(f"origin in {stages.ORIGINS!r}", name=op.f("ck_movement_origin")),
        sa.CheckConstraint("(origin = 'bank') = (allocation_id is not null)", name=op.f("ck_movement_allocation_id")),
        sa.CheckConstraint("(origin in ('back', 'again')) = (undoes is not null)", name=op.f("ck_movement_undoes")),
        sa.CheckConstraint("undoes is null or settlement_id is not null", name=op.f("ck_movement_settled")),
        sa.CheckConstraint("voucher_id is null or settlement_id is not null", name=op.f("ck_movement_carried")),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_movement_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_movement")),
        sa.UniqueConstraint("tenant", "allocation_id", name=op.f("uq_movement_tenant_allocation_id")),
        sa.UniqueConstraint("tenant", "undoes", "origin", name=op.f("uq_movement_tenant_undoes_origin")),
    )
    op.create_index("ix_movement_told_no", "movement", ["tenant", "client", "told_no"])
    op.create_index("ix_movement_day", "movement", ["tenant", "client", "day"])
    op.create_index("ix_movement_settlement", "movement", ["tenant", "settlement_id"])
    for name, columns, where in (
        ("ix_movement_voucher", ["tenant", "voucher_id"], _CARRIED),
        ("ix_movement_invoice", ["tenant", "invoice_id"], _NAMES),
        ("ix_movement_unplaced", ["tenant"], _UNPLACED),
        ("ix_movement_unsettled", ["tenant", "client", "day"], _UNSETTLED),
    ):
        op.create_index(name, "movement", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "unread_movement",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("told_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "client", "told_no", name=op.f("pk_unread_movement")),
    )


def _add_settlements() -> None:
    op.create_table(
        "settlement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("tenant", "client", "currency", "number", name=op.f("uq_settlement_tenant_client_currency_number")),
        sa.UniqueConstraint("tenant", "client", "currency", "day", name=op.f("uq_settlement_tenant_client_currency_day")),
    )


def _add_vouchers() -> None:
    op.create_table(
        "return_voucher",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("settlement_id", _ID, nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("raw_id", _ID),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("voucher_no", sa.BigInteger()),
        sa.Column("voucher_uuid", sa.Text()),
        sa.Column("undoes", _ID),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('post', 'reverse')", name=op.f("ck_return_voucher_kind")),
        sa.CheckConstraint("(kind = 'reverse') = (undoes is not null)", name=op.f("ck_return_voucher_undoes")),
        sa.CheckConstraint(f"state in {stages.VOUCHERS!r}", name=op.f("ck_return_voucher_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_voucher")),
        sa.UniqueConstraint("tenant", "settlement_id", "part", name=op.f("uq_return_voucher_tenant_settlement_id_part")),
    )
    op.create_index("ix_return_voucher_state", "return_voucher", ["tenant", "state"])
    op.create_index("ix_return_voucher_no", "return_voucher", ["tenant", "voucher_no"])
    for column, where in (("reference", _NAMED), ("undoes", _UNDOING)):
        name, columns = f"uq_return_voucher_{column}", ["tenant", column]
        op.create_index(name, "return_voucher", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _add_looks() -> None:
    op.create_table(
        "told_status",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"], name=op.f("fk_told_status_tenant")),
        sa.PrimaryKeyConstraint("tenant", "document_id", name=op.f("pk_told_status")),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=False),
        sa.Column("theirs", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), server_default="[]", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.CheckConstraint("role in ('customers', 'customer_contra', 'balance', 'company')", name=op.f("ck_reconciliation_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
        sa.UniqueConstraint(
            "tenant", "client", "currency", "day", "role", name=op.f("uq_reconciliation_tenant_client_currency_day_role")
        ),
    )
