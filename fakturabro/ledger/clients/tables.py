"""Tables of what clients see: reports, what they were told, sessions on their pages, settings in words, logos, and uses of rules.

They lie beside `tables`, in the same ledger and the same metadata; units and ids are as there. A table belongs here when it serves
the client's report or pages.
"""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.ledger import tables

_Id, _Time = tables.Id, tables.Time

client_report = sa.Table(
    "client_report",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("flow", sa.Text, nullable=False),
    sa.Column("slot_time", _Time),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("html_raw_id", _Id, nullable=False),
    sa.Column("pdf_raw_id", _Id, nullable=False),
    sa.Column("xlsx_raw_id", _Id, nullable=False),
    sa.Column("content_raw_id", _Id, nullable=False),
)
sa.Index("ix_client_report_newest", client_report.c.tenant, client_report.c.id)
"""A client's reports. `slot_time` is None for a report of a period; the bytes lie in `raw`, sealed with a key of kind "report"."""

told_cause = sa.Table(
    "told_cause",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True),
)
"""What the client was mailed about on a day, so that no cause is told twice."""

rule_use = sa.Table(
    "rule_use",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("first_used_at", _Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
)
"""Each version of a tenant's rules that has judged documents, and when it first did."""

client_settings = sa.Table(
    "client_settings",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("at", _Time, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
)
"""A tenant's settings in words, by language, as `fakturabro apply` wrote them last."""

brand_file = sa.Table(
    "brand_file",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("applied_at", _Time, nullable=False),
)
"""The logo that a tenant's settings name, as it lay beside the tenant's file when it was applied last. Open: it is no secret."""

client_code = sa.Table(
    "client_code",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("link_hash", sa.Text, nullable=False),
    sa.Column("code_hash", sa.Text, nullable=False),
    sa.Column("sent_at", _Time, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("used_at", _Time),
)
sa.Index("ix_client_code_person", client_code.c.tenant, client_code.c.person)
"""One-time codes that were mailed to a client's person; `code_hash` is keyed with the gateway's own key."""

client_session = sa.Table(
    "client_session",
    tables.metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("link_hash", sa.Text, nullable=False),
    sa.Column("began_at", _Time, nullable=False),
    sa.Column("seen_at", _Time, nullable=False),
)
sa.Index("ix_client_session_link", client_session.c.tenant, client_session.c.link_hash)
"""Who is in now, by the sha256 of what stands in the browser's cookie; valid on the pages of its own link only."""

sa.Index("ix_transfer_log_at", tables.transfer_log.c.tenant, tables.transfer_log.c.at, tables.transfer_log.c.id)
"""For the client's own view of the transfer log, the newest first."""
