"""Tables of what goes to banks and comes from them: files, payments to be made, payments that came in, statements.

They lie beside `tables`, in the same ledger and the same metadata; units and ids are as there. Whom we pay and who paid us stands
in sealed columns only; what payments are compared by are hashes with a key of the installation's, see guard_keys.
"""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.ledger.payments import stages

_Id, _Time = tables.Id, tables.Time


def _of_document() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"])


bank_file = sa.Table(
    "bank_file",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("raw_id", _Id, nullable=False),
    sa.Column("is_kept", sa.Boolean, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("sums", sa.JSON, nullable=False),
    sa.Column("received_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("confirmed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "side", "direction", "sha256"),
    sa.CheckConstraint("side in ('accounting', 'bank', 'factoring')", name="side"),
    sa.CheckConstraint("direction in ('in', 'out')", name="direction"),
)
sa.Index("ix_bank_file_state", bank_file.c.tenant, bank_file.c.state)
sa.Index("ix_bank_file_message", bank_file.c.tenant, bank_file.c.message_id)
"""Every file that was met, known by its content. `sums` are minor units by currency; `raw_id` is the content, or a note in its
place where `is_kept` is false. `message_id` is the file's own name for itself, `confirmed_by` a signature or a decision."""

payment = sa.Table(
    "payment",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", _Id, primary_key=True),
    sa.Column("in_file", _Id),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("end_to_end_id", sa.Text, nullable=False),
    sa.Column("out_file", _Id),
    sa.Column("message_id", sa.Text),
    sa.Column("batch_id", sa.Text),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("exact", sa.Text),
    sa.Column("loose", sa.Text),
    sa.Column("blank", sa.Text),
    sa.Column("creditor", sa.Text, nullable=False),
    sa.Column("receiver", sa.Text, nullable=False),
    sa.Column("is_salary", sa.Boolean, nullable=False),
    sa.Column("is_new_receiver", sa.Boolean, nullable=False),
    sa.Column("entered_on", sa.Date, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("stage_at", _Time, nullable=False),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("booked_on", sa.Date),
    sa.Column("double_of", _Id),
    sa.Column("reference_kind", sa.Text, nullable=False, server_default=""),
    sa.Column("plain", sa.Text),
    sa.UniqueConstraint("tenant", "end_to_end_id"),
    sa.UniqueConstraint("tenant", "exact"),
    sa.UniqueConstraint("tenant", "in_file", "position"),
    _of_document(),
    sa.CheckConstraint(f"stage in {stages.STAGES!r}", name="stage"),
    sa.CheckConstraint("stage in ('entered', 'cancelled') or message_id is not null", name="message_id"),
)
_KEYS = (payment.c.content, payment.c.loose, payment.c.plain, payment.c.blank, payment.c.receiver)
for _column in (*_KEYS, payment.c.out_file, payment.c.stage):
    sa.Index(f"ix_payment_{_column.name}", payment.c.tenant, _column)
sa.Index("ix_payment_message", payment.c.tenant, payment.c.message_id, payment.c.batch_id)
"""One row per payment order. `content` is its keyed hash; `exact` the same where it has a reference and may still be paid, so that
the database refuses the second; `loose` is that without the due date, `plain` also without how the reference is written; `blank`
without the reference, of which `reference_kind` says what it is (it and `plain` are empty, too, on what was recorded before 0008).
`account` is the debtor's, `message_id` and `batch_id` are what it went to the bank by. `code` and `reason` are what the bank last
said, `booked_on` is its own day for that."""

payment_event = sa.Table(
    "payment_event",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("file_id", _Id, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("document_id", _Id),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.Column("end_to_end_id", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("booked_on", sa.Date),
    sa.Column("movement", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "file_id", "position"),
)
sa.Index("ix_payment_event_document", payment_event.c.tenant, payment_event.c.document_id)
sa.Index("ix_payment_event_message", payment_event.c.tenant, payment_event.c.message_id)
"""Every word of the bank on payments, appended and never changed. One on a whole file or batch names no document. `movement` is the
bank's name of the money that moved, as debits has it."""

creditor_account = sa.Table(
    "creditor_account",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("creditor", sa.Text, primary_key=True),
    sa.Column("receiver", sa.Text, primary_key=True),
    sa.Column("masked", sa.Text, nullable=False),
    sa.Column("first_seen", sa.Date, nullable=False),
    sa.Column("last_seen", sa.Date, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
)
"""On which accounts each creditor was paid, by keyed hashes; `masked` shows the account's first four and last two characters."""

incoming = sa.Table(
    "incoming",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", _Id, primary_key=True),
    sa.Column("file_id", _Id, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("settlement", sa.Text, nullable=False),
    sa.Column("kid", sa.Text, nullable=False),
    sa.Column("twin", sa.BigInteger, nullable=False),
    sa.Column("payer", sa.BigInteger),
    sa.Column("booked_on", sa.Date),
    sa.Column("reversal", sa.Boolean, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("rest", sa.BigInteger, nullable=False),
    _of_document(),
    sa.CheckConstraint(f"standing in {stages.STANDINGS!r}", name="standing"),
)
sa.Index("ix_incoming_file", incoming.c.tenant, incoming.c.file_id, incoming.c.position)
SUSPENSE = incoming.c.standing.in_([sa.literal_column(f"'{one}'") for one in stages.IN_SUSPENSE])
sa.Index("ix_incoming_suspense", incoming.c.tenant, sqlite_where=SUSPENSE, postgresql_where=SUSPENSE)
sa.Index("ix_incoming_twin", incoming.c.tenant, incoming.c.twin)
_PAID = incoming.c.payer.is_not(None)
sa.Index("ix_incoming_payer", incoming.c.tenant, incoming.c.payer, sqlite_where=_PAID, postgresql_where=_PAID)
_NAMED = incoming.c.kid != sa.literal_column("''")
sa.Index("ix_incoming_kid", incoming.c.tenant, incoming.c.kid, sqlite_where=_NAMED, postgresql_where=_NAMED)
_SETTLED = incoming.c.settlement != sa.literal_column("''")
sa.Index(
    "ix_incoming_settlement",
    incoming.c.tenant,
    incoming.c.account,
    incoming.c.settlement,
    sqlite_where=_SETTLED,
    postgresql_where=_SETTLED,
)
"""One row per payment that came in, on our `account`; its reference is the document's. `twin` and `payer` are keyed hashes: of
account, KID, amount and payer (the lowest bit is the sign), and of the payer's account. `rest` is what no invoice got of
it, in minor units with its sign."""

allocation = sa.Table(
    "allocation",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("document_id", _Id, nullable=False),
    sa.Column("invoice_id", _Id, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("told_at", _Time),
    _of_document(),
)
sa.Index("ix_allocation_document", allocation.c.tenant, allocation.c.document_id)
sa.Index("ix_allocation_invoice", allocation.c.tenant, allocation.c.invoice_id)
_UNTOLD = allocation.c.told_at.is_(None)
sa.Index("ix_allocation_untold", allocation.c.tenant, sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
"""What of a payment went to which invoice of ours, in minor units with the payment's sign; appended. `told_at` is empty where a
person decided after the payment was posted, and the target does not know yet."""

proposal = sa.Table(
    "proposal",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", _Id, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    _of_document(),
)
"""What a payment in suspense may have been meant for, sealed."""

account_statement = sa.Table(
    "account_statement",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("file_id", _Id, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("statement_id", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("opened_on", sa.Date),
    sa.Column("closed_on", sa.Date),
    sa.Column("opening", sa.BigInteger),
    sa.Column("closing", sa.BigInteger),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "file_id", "position"),
)
sa.Index("ix_account_statement_account", account_statement.c.tenant, account_statement.c.account, account_statement.c.closed_on)
"""What each statement of an account said: its number, days and balances in minor units."""
