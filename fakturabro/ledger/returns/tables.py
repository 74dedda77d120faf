"""Tables of return data: movements, the settlements that gather them, the vouchers that carry them, and what else was told.

They lie beside `tables`, in the same ledger and the same metadata; units and ids are as there. What a movement says stands sealed
in its document.
"""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.ledger.returns import stages

_Id, _Time = tables.Id, tables.Time


def _of_document() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"])


movement = sa.Table(
    "movement",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", _Id, primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("told_no", sa.BigInteger),
    sa.Column("allocation_id", _Id),
    sa.Column("invoice_number", sa.Text, nullable=False, server_default=""),
    sa.Column("kid", sa.Text, nullable=False, server_default=""),
    sa.Column("invoice_id", _Id),
    sa.Column("undoes", _Id),
    sa.Column("settlement_id", _Id),
    sa.Column("voucher_id", _Id),
    sa.UniqueConstraint("tenant", "allocation_id"),
    sa.UniqueConstraint("tenant", "undoes", "origin"),
    _of_document(),
    sa.CheckConstraint(f"origin in {stages.ORIGINS!r}", name="origin"),
    sa.CheckConstraint("(origin = 'bank') = (allocation_id is not null)", name="allocation_id"),
    sa.CheckConstraint("(origin in ('back', 'again')) = (undoes is not null)", name="undoes"),
    sa.CheckConstraint("undoes is null or settlement_id is not null", name="settled"),
    sa.CheckConstraint("voucher_id is null or settlement_id is not null", name="carried"),
)
sa.Index("ix_movement_told_no", movement.c.tenant, movement.c.client, movement.c.told_no)
sa.Index("ix_movement_day", movement.c.tenant, movement.c.client, movement.c.day)
sa.Index("ix_movement_settlement", movement.c.tenant, movement.c.settlement_id)
_CARRIED = movement.c.voucher_id.is_not(None)
sa.Index("ix_movement_voucher", movement.c.tenant, movement.c.voucher_id, sqlite_where=_CARRIED, postgresql_where=_CARRIED)
_NAMES = movement.c.invoice_id.is_not(None)
sa.Index("ix_movement_invoice", movement.c.tenant, movement.c.invoice_id, sqlite_where=_NAMES, postgresql_where=_NAMES)
_SAID = sa.or_(movement.c.invoice_number != sa.literal_column("''"), movement.c.kid != sa.literal_column("''"))
UNPLACED = sa.and_(movement.c.invoice_id.is_(None), _SAID)
sa.Index("ix_movement_unplaced", movement.c.tenant, sqlite_where=UNPLACED, postgresql_where=UNPLACED)
UNSETTLED = movement.c.settlement_id.is_(None)
sa.Index(
    "ix_movement_unsettled",
    movement.c.tenant,
    movement.c.client,
    movement.c.day,
    sqlite_where=UNSETTLED,
    postgresql_where=UNSETTLED,
)
"""One row per movement, whose amount and name stand on its document. `told_no` is its number at the factoring system's interface,
`invoice_id` the invoice of ours that it names, once that is booked, `undoes` the movement that it takes back or posts again."""

unread_movement = sa.Table(
    "unread_movement",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("told_no", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_seen_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
)
"""What the factoring system's interface told of and could not be read: it is asked for once more."""

settlement = sa.Table(
    "settlement",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("opening", sa.BigInteger, nullable=False),
    sa.Column("closing", sa.BigInteger, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=False),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "client", "currency", "number"),
    sa.UniqueConstraint("tenant", "client", "currency", "day"),
)
"""What the factoring company owed before and after some movements; minus: the client owes. `settled` is what of the payments was
taken over into that."""

return_voucher = sa.Table(
    "return_voucher",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("settlement_id", _Id, nullable=False),
    sa.Column("part", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("raw_id", _Id),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("voucher_no", sa.BigInteger),
    sa.Column("voucher_uuid", sa.Text),
    sa.Column("undoes", _Id),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "settlement_id", "part"),
    sa.CheckConstraint("kind in ('post', 'reverse')", name="kind"),
    sa.CheckConstraint("(kind = 'reverse') = (undoes is not null)", name="undoes"),
    sa.CheckConstraint(f"state in {stages.VOUCHERS!r}", name="state"),
)
sa.Index("ix_return_voucher_state", return_voucher.c.tenant, return_voucher.c.state)
sa.Index("ix_return_voucher_no", return_voucher.c.tenant, return_voucher.c.voucher_no)
_NAMED = return_voucher.c.state != sa.literal_column("'discarded'")
sa.Index(
    "uq_return_voucher_reference",
    return_voucher.c.tenant,
    return_voucher.c.reference,
    unique=True,
    sqlite_where=_NAMED,
    postgresql_where=_NAMED,
)
_UNDOING = sa.and_(
    return_voucher.c.undoes.is_not(None), return_voucher.c.state.in_([sa.literal_column(f"'{one}'") for one in ("made", "posted")])
)
sa.Index(
    "uq_return_voucher_undoes",
    return_voucher.c.tenant,
    return_voucher.c.undoes,
    unique=True,
    sqlite_where=_UNDOING,
    postgresql_where=_UNDOING,
)
"""A voucher in the client's books, one of the parts of a settlement. `raw_id` is what it said when it was made, empty where that
was lost and the voucher was found there; `undoes` is the one that it takes back, which is done once."""

told_status = sa.Table(
    "told_status",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", _Id, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    _of_document(),
)
"""The factoring status that PowerOffice was last told of an invoice, and whether it said no to that."""

reconciliation = sa.Table(
    "reconciliation",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("ours", sa.BigInteger, nullable=False),
    sa.Column("theirs", sa.BigInteger, nullable=False),
    sa.Column("said", sa.Text, nullable=False, server_default="[]"),
    sa.Column("at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "client", "currency", "day", "role"),
    sa.CheckConstraint("role in ('customers', 'customer_contra', 'balance', 'company')", name="role"),
)
"""What we and the others had at the end of a day, at the latest look: on the accounts in PowerOffice, and what the factoring
company itself says. `said` is JSON: the documents that make the difference."""
