"""Tables of the debtor portal: links, sessions, what debtors opened and objected to, and e-mails that came back.

They lie beside `tables`, in the same ledger and the same metadata; units and ids are as there. What must survive a ledger that was
restored (openings, objections, bounces) is named by natural keys and source keys: ids may have been given to others.
"""

from __future__ import annotations

import sqlalchemy as sa

from fakturabro.ledger import tables

_Id, _Time = tables.Id, tables.Time

portal_link = sa.Table(
    "portal_link",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("document_id", _Id, nullable=False),
    sa.Column("revision_id", _Id, nullable=False),
    sa.Column("natural_key", sa.Text, nullable=False),
    sa.Column("issue", sa.Integer, nullable=False),
    sa.Column("code_hash", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("face", sa.LargeBinary, nullable=False),
    sa.Column("made_at", _Time, nullable=False),
    sa.Column("expires_at", _Time, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False, server_default="0"),
    sa.Column("wrong_in_a_row", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", _Time),
    sa.Column("closed_at", _Time),
    sa.Column("closed_why", sa.Text),
    sa.Column("wished_at", _Time),
    sa.UniqueConstraint("tenant", "natural_key", "issue"),
)
sa.Index("ix_portal_link_document", portal_link.c.tenant, portal_link.c.document_id)
"""A link that was mailed, by the sha256 of its token; its code only as a keyed hash. `natural_key` is the e-mail's, `issue` counts
from 1. `face` is what the page shows, sealed with a key of kind "document". `wished_at`: the debtor asked for a new one."""

portal_session = sa.Table(
    "portal_session",
    tables.metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("link_id", _Id, nullable=False),
    sa.Column("began_at", _Time, nullable=False),
)
sa.Index("ix_portal_session_began", portal_session.c.began_at)
"""Who gave a right code lately, by the sha256 of what stands in the browser's cookie."""

portal_issue = sa.Table(
    "portal_issue",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("natural_key", sa.Text, primary_key=True),
    sa.Column("issue", sa.Integer, primary_key=True, autoincrement=False),
)
"""Which issues of links were given out, where only the send journal knew it: the ledger was restored."""

portal_miss = sa.Table(
    "portal_miss",
    tables.metadata,
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
)
"""Codes for links that nobody knows, by the first byte of the link's hash: what a wrong code costs to note, this costs too."""

opening = sa.Table(
    "opening",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("natural_key", sa.Text, primary_key=True),
    sa.Column("letter_key", sa.Text, nullable=False),
    sa.Column("at", _Time, nullable=False),
)
sa.Index("ix_opening_letter", opening.c.tenant, opening.c.letter_key)
sa.Index("ix_opening_at", opening.c.at)
"""The first right code for a link, by the natural key of its e-mail and of the letter that would follow it."""

bounce = sa.Table(
    "bounce",
    tables.metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("natural_key", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("is_last", sa.Boolean, nullable=False),
    sa.Column("at", _Time, nullable=False),
)
"""An e-mail that came back for good, by Message-ID and the sha256 of the recipient; `is_last`: nobody else got it."""

objection = sa.Table(
    "objection",
    tables.metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Column("told_at", _Time),
    sa.Column("closed_at", _Time),
    sa.Column("closed_by", sa.Text),
    sa.Column("closed_why", sa.Text),
    sa.UniqueConstraint("tenant", "source", "source_key", "at"),
)
"""What a debtor says is wrong with a document, sealed with a key of kind "objection"; it stands until a person closes it."""
