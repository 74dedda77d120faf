"""The ledger's tables. `states` says which moves of a delivery are legal; the migration writes that as triggers.

Units: amounts are integers in the currency's minor unit (øre); times are UTC; `month` is "2026-11".
Ids run in sequence and mean nothing outside the ledger. SQLite and PostgreSQL hold the same tables. What people and operations
leave stands in `operations`.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.ledger import states

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """Aware UTC times; SQLite has no zones, so there they are stored as naive UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Refuse naive times, store UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without zone cannot be stored: {value}")
        return value and value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Give back aware UTC."""
        return value and (value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC))


Time = UtcTime()


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.Text, nullable=False)


def _of_document() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant", "document_id"], ["document.tenant", "document.id"])


document = sa.Table(
    "document",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("customer_number", sa.Text, nullable=False),
    sa.Column("original_number", sa.Text),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("listing_hash", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("skip_reason", sa.Text),
    sa.Column("revision_id", Id),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("certified_by", Id),
    sa.UniqueConstraint("tenant", "source", "kind", "source_key"),
    sa.UniqueConstraint("tenant", "id"),
    sa.CheckConstraint("state in ('fetched', 'skipped') and (state = 'skipped') = (skip_reason is not null)", name="state"),
)
sa.Index("ix_document_number", document.c.tenant, document.c.kind, document.c.number)
_OWED = document.c.kind == sa.literal_column("'invoice'")
sa.Index("ix_document_owed", document.c.tenant, document.c.amount, sqlite_where=_OWED, postgresql_where=_OWED)
sa.Index("ix_document_debtor", document.c.tenant, document.c.customer_number, sqlite_where=_OWED, postgresql_where=_OWED)
_CREDITING = document.c.original_number.is_not(None)
sa.Index(
    "ix_document_original",
    document.c.tenant,
    document.c.original_number,
    sqlite_where=_CREDITING,
    postgresql_where=_CREDITING,
)
sa.Index(
    "ix_document_uncertified",
    document.c.tenant,
    sqlite_where=sa.and_(document.c.state == "skipped", document.c.certified_by.is_(None)),
    postgresql_where=sa.and_(document.c.state == "skipped", document.c.certified_by.is_(None)),
)
"""One row per thing that a source gave us, whatever becomes of it."""

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("document_id", Id, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("raw_id", Id, nullable=False),
    sa.Column("canonical", sa.LargeBinary, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "document_id", "hash"),
    _of_document(),
)
"""What a document said at one time. `hash` covers the fields that its kind lists as content; `canonical` is sealed."""

raw = sa.Table(
    "raw",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("tenant", "sha256", "kind", "month"),
)
"""Bytes as they were read, sent or answered: content-addressed, compressed, sealed with the data key of their month."""

data_key = sa.Table(
    "data_key",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
"""One key per tenant, kind and month, wrapped with the installation's key. Purging destroys the row."""

rendition = sa.Table(
    "rendition",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("revision_id", Id, primary_key=True),
    sa.Column("format", sa.Text, primary_key=True),
    sa.Column("raw_id", Id, nullable=False),
    sa.Column("rules", sa.Text),
)
"""What we made of a revision to send it: "pdf", "ehf"; `rules` is the edition that an EHF was judged by."""

recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", Id, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    _of_document(),
)
"""Who gets the document and where, as settled at the last check."""

booking = sa.Table(
    "booking",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("document_id", Id, primary_key=True),
    sa.Column("kid", sa.Text, nullable=False),
    sa.Column("channel", sa.Text),
    _of_document(),
)
sa.Index("ix_booking_kid", booking.c.tenant, booking.c.kid)
"""The KID that the document got, once and for all, and the channel that the factoring company was told of."""

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("document_id", Id, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("revision_id", Id, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("target", sa.Text),
    sa.Column("natural_key", sa.Text),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("corrected", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("settled_on", sa.Date),
    sa.Column("entered_in", Id),
    sa.Column("settled_in", Id),
    sa.Column("reported_revision_id", Id),
    sa.UniqueConstraint("tenant", "document_id", "purpose"),
    _of_document(),
    sa.CheckConstraint(f"state in {states.STATES!r}", name="state"),
    sa.CheckConstraint("state in ('waiting', 'held', 'cancelled') or target is not null", name="target"),
    sa.CheckConstraint("state not in ('sending', 'accepted', 'in_doubt') or natural_key is not null", name="natural_key"),
)
sa.Index("ix_delivery_state", delivery.c.tenant, delivery.c.purpose, delivery.c.state, delivery.c.target)
FRESH = sa.or_(delivery.c.entered_in.is_(None), delivery.c.corrected != sa.literal_column("0"))
"""What no certificate has counted. Literals, not parameters: the database knows its partial indexes by the very same words."""
UNCERTIFIED = sa.and_(
    delivery.c.settled_in.is_(None), delivery.c.state.in_([sa.literal_column(f"'{state}'") for state in states.FINAL])
)
sa.Index("ix_delivery_fresh", delivery.c.tenant, delivery.c.purpose, sqlite_where=FRESH, postgresql_where=FRESH)
sa.Index("ix_delivery_uncertified", delivery.c.tenant, delivery.c.purpose, sqlite_where=UNCERTIFIED, postgresql_where=UNCERTIFIED)
LETTER = delivery.c.target == sa.literal_column("'letter'")
sa.Index("ix_delivery_letter", delivery.c.natural_key, sqlite_where=LETTER, postgresql_where=LETTER)
"""Exactly one row, and so exactly one state, per document and purpose. `entered_in` and `settled_in` name the certificates
that counted it; `corrected` is the change of amount by a new revision that no certificate has counted yet;
`reported_revision_id` is the revision that operators were told of after another one had left."""

renewed = sa.Table(
    "renewed",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("settled_in", Id, primary_key=True, autoincrement=False),
    sa.Column("document_id", Id, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("revision_id", Id, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("natural_key", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("settled_on", sa.Date),
    sa.Column("entered_in", Id, nullable=False),
    sa.Column("recipient", sa.LargeBinary),
    _of_document(),
)
"""Deliveries as the certificate `settled_in` counted them, before they waited again with a newer revision; `id` is the
delivery's. `recipient` is sealed. What the certificate commits to holds these rows too, see proofs.py."""

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("document_id", Id, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("suggestion", sa.Text, nullable=False),
    sa.Column("holds", sa.JSON, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    _of_document(),
)
sa.Index("ix_finding_document", finding.c.tenant, finding.c.document_id)
"""What stands against a document now; `station` (check, produce ...) replaces its own findings only."""

twin = sa.Table(
    "twin",
    metadata,
    _tenant(),
    sa.Column("document_id", Id, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    _of_document(),
)
sa.Index("ix_twin_key", twin.c.tenant, twin.c.key)
"""What a document is known by apart from its number: see data_quality/twins."""

finding_log = sa.Table(
    "finding_log",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("document_id", Id, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("came", sa.Boolean, nullable=False),
)
sa.Index("ix_finding_log_document", finding_log.c.tenant, finding_log.c.document_id)
"""Findings as they came (`came`) and went: what once stood against a document."""

transfer_log = sa.Table(
    "transfer_log",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("delivery_id", Id, nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("natural_key", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("sent_raw_id", Id),
    sa.Column("answer", sa.LargeBinary),
)
sa.Index("ix_transfer_log_delivery", transfer_log.c.tenant, transfer_log.c.delivery_id)
sa.Index("ix_transfer_log_run", transfer_log.c.tenant, transfer_log.c.run)
"""Every answer of every counterpart, appended and never changed; `answer` is sealed with the key of kind "answer"."""

slot = sa.Table(
    "slot",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("flow", sa.Text, primary_key=True),
    sa.Column("slot_time", Time, primary_key=True),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("until", Time, nullable=False),
    sa.Column("concluded_at", Time),
    sa.Column("outcome", sa.Text),
)
"""Leases: one run per tenant, flow and slot; an expired one that was not concluded may be taken over."""

certificate = sa.Table(
    "certificate",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("figures", sa.JSON, nullable=False),
    sa.Column("counted", sa.JSON),
    sa.Column("previous_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("ehf_rules", sa.Text),
    sa.UniqueConstraint("tenant", "purpose", "currency", "previous_hash"),
)
"""Hash-chained per tenant, purpose and currency; `figures` holds counts and amounts, see certificates.py; `counted`
commits to the rows that were settled, see proofs.py; `ehf_rules` is the edition of the rules that the run judged EHF by.
(Neither stands on certificates that are older than it.)"""

token = sa.Table(
    "token",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
)
"""Access tokens, sealed, so that all processes share one."""

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _tenant(),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("applied_at", Time, nullable=False),
)
"""The ledger's copy of each tenant's file, one row per version that was applied; the newest counts."""
