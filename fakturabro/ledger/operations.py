"""Tables of what people and operations do: stops, decisions, secrets, looks, the journal's marks, number series.

They lie beside `tables`, in the same ledger and the same metadata; units and ids are as there. A table belongs here when no
document needs it in order to travel.
"""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.ledger import tables

_Id, _Time = tables.Id, tables.Time

stop = sa.Table(
    "stop",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("review_at", _Time, nullable=False),
    sa.Column("released_at", _Time),
    sa.Column("released_by", sa.Text),
    sa.Column("release_why", sa.Text),
)
STANDING = stop.c.released_at.is_(None)
sa.Index("uq_stop_standing", stop.c.tenant, stop.c.scope, unique=True, sqlite_where=STANDING, postgresql_where=STANDING)
"""What must not be sent now. `scope` is "" (the tenant), a purpose, or a target ("ehf", "factoring:4711")."""

approver = sa.Table(
    "approver",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("totp", sa.LargeBinary, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", _Time),
    sa.Column("enrolled_at", _Time, nullable=False),
)
"""The sealed TOTP secret of each approver whom the tenant's file names, the last time step that was used (no code twice), and
the wrong codes since the last right one. `email` is in lower case."""

decision = sa.Table(
    "decision",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("question", sa.LargeBinary, nullable=False),
    sa.Column("caused_by", sa.Text, nullable=False),
    sa.Column("asked_at", _Time, nullable=False),
    sa.Column("decided_at", _Time),
    sa.Column("decided_by", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("why", sa.Text),
)
OPEN = decision.c.decided_at.is_(None)
sa.Index(
    "uq_decision_open",
    decision.c.tenant,
    decision.c.kind,
    decision.c.subject,
    unique=True,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
"""What a person must decide. `kind` is "in_doubt" (subject: the delivery's id) or "approver" (subject: the e-mail address of who is
to be enrolled); `question` is sealed, it shows the document."""

link = sa.Table(
    "link",
    tables.metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("expires_at", _Time, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("used_at", _Time),
)
sa.Index("ix_link_subject", link.c.tenant, link.c.page, link.c.subject)
"""One-time links to the gateway's pages, by the sha256 of what stands in the address. `page` is "approvals", "enrol" or "connect";
`attempts` counts wrong codes and keys."""

secret = sa.Table(
    "secret",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("set_at", _Time, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
)
"""Secrets that people give us, sealed with the installation's key. `tenant` is "" for the installation's own."""

choice = sa.Table(
    "choice",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
sa.Index("ix_choice_name", choice.c.tenant, choice.c.name)
"""What a client chose on a page of ours; appended, the newest of a name counts."""

look = sa.Table(
    "look",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
)
"""Every time that a person looked at a document or took it out."""

journal_line = sa.Table(
    "journal_line",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, primary_key=True),
    sa.Column("reserved", sa.Boolean, nullable=False, server_default=sa.true()),
)
"""The reservations of the send journal that this ledger has committed, by the journal's own name for the line. Not `reserved`: up
to here all was compared, whatever that line says. The greatest name of a tenant is how far its ledger knows the journal, and
begins with the epoch."""

claim = sa.Table(
    "claim",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("source_key", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("natural_key", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False, server_default="in_doubt"),
    sa.Column("at", _Time),
)
"""Sendings that the journal knows and the ledger had lost, of documents that it does not know either: when the document comes in
again, its delivery begins as `outcome` (in_doubt, or accepted where only the journal can say so), at this target, under this key.
`at` is when it left, or was accepted; the time of the migration on rows that are older than the column."""

ledger_lock = sa.Table(
    "ledger_lock",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
)
"""Tenants of which nothing may be sent until `fakturabro recover` has run: the ledger is older than the journal."""

series_gap = sa.Table(
    "series_gap",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("series", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("span", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("seen_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("state in ('open', 'explained', 'arrived', 'missing')", name="state"),
)
"""Holes in the number series of a source, from the day they were first seen. A row stands for one number; one with a greater `span`
for a jump to a new series, by the last number that was left out."""

receiver = sa.Table(
    "receiver",
    tables.metadata,
    sa.Column("network", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("since", _Time, nullable=False),
    sa.Column("asked_at", _Time, nullable=False),
    sa.Column("took_at", _Time),
    sa.CheckConstraint("answer in ('yes', 'no', 'unknown')", name="answer"),
)
"""What a Peppol network last said of a receiver, by its label there, and a kind of document: since when it says so, when it was
last asked, and when it last said yes."""

print_receipt = sa.Table(
    "print_receipt",
    tables.metadata,
    sa.Column("id", tables.Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("delivery_id", tables.Id, nullable=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("recorded_at", _Time, nullable=False),
    sa.Column("closed_at", _Time),
    sa.Column("closed_by", sa.Text),
    sa.Column("closed_why", sa.Text),
    sa.CheckConstraint("state in ('accepted', 'printed', 'posted', 'rejected', 'undeliverable')", name="state"),
    sa.UniqueConstraint("tenant", "delivery_id", "job_id", "state"),
)
"""What the print partner said of a letter after it had been handed over, once per state; `closed_*` is who has seen to a letter
that was rejected or came back."""
