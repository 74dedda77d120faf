"""What debtors say is wrong with a document: it stands until a person closes it, and holds the letter that would follow.

An objection is written to the send journal first, with its text sealed, so that a restored ledger knows it too. It is named by the
document's key at its source. The letter is held by a finding, which goes when the last objection of its document is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents, identity
from fakturabro.domain import findings as values
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import findings, opened, seals, tables
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import tables as portal_tables

KINDS = ("wrong_amount", "paid", "unknown_claim", "wrong_recipient", "other")
LONGEST = 2_000
MOST = 10
"""Open ones of a document; more are not taken."""
CODE, STATION, SEALED_AS = "debtor_objected", "objection", "objection"
_RUN = "portal"
_objection, _document = portal_tables.objection, tables.document
_OF_DOCUMENT = sa.and_(
    _document.c.tenant == _objection.c.tenant,
    _document.c.source == _objection.c.source,
    _document.c.source_key == _objection.c.source_key,
)
_OPEN = _objection.c.closed_at.is_(None)


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One objection that stands. `kind` is one of KINDS; `text` is "" when nothing was said, or its key was purged."""

    id: int
    document_id: int
    document_kind: str
    number: str
    kind: str
    text: str
    at: dt.datetime
    told_at: dt.datetime | None


def record(
    ledger: opened.Ledger,
    send_journal: journal.Journal | None,
    tenant: str,
    document_id: int,
    kind: str,
    text: str,
    at: dt.datetime,
) -> bool:
    """Let an objection to a document stand, and hold its letter; False when too many stand already.

    The text is cut to 2,000 characters. Raises ValueError when `kind` is none of KINDS, LookupError for an unknown document.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of objection")
    said = identity.mask_identity_numbers(text.replace("\x00", "").strip())[:LONGEST]
    sealed = ledger.seals.key(tenant, SEALED_AS, f"{at.astimezone(dt.UTC):%Y-%m}").seal(said.encode("utf-8", "replace"))
    source = sa.select(_document.c.source, _document.c.source_key).where(
        _document.c.tenant == tenant, _document.c.id == document_id
    )
    with ledger.writing() as connection:
        row = connection.execute(source).one_or_none()
        if row is None:
            raise LookupError(f"{tenant} has no document {document_id}")
        mine = (_objection.c.tenant == tenant, _objection.c.source == row.source, _objection.c.source_key == row.source_key, _OPEN)
        if connection.execute(sa.select(sa.func.count()).where(*mine)).scalar_one() >= MOST:
            return False
        if send_journal is not None:
            said_of = {"source": row.source, "source_key": row.source_key, "what": kind}
            send_journal.note(journal_lines.Objected, tenant, at, **said_of, sealed=sealed)
        write(connection, tenant, row.source, row.source_key, kind, sealed, at)
    return True


def write(connection: sa.Connection, tenant: str, source: str, source_key: str, kind: str, sealed: bytes, at: dt.datetime) -> None:
    """Note an objection that stands in the journal. Noted once, it stays as it was, closed too."""
    said = {"tenant": tenant, "source": source, "source_key": source_key, "kind": kind, "sealed": sealed, "at": at}
    connection.execute(bulk.dialect_insert(connection, _objection).values(**said).on_conflict_do_nothing())
    hold(connection, tenant, _RUN)


def hold(connection: sa.Connection, tenant: str, run: str) -> None:
    """Let the finding stand against exactly the documents with an open objection; their letters are held, the others released."""
    bulk.wait_in_line(connection, f"objection/{tenant}")
    objected = sa.select(_document.c.id).distinct().join(_objection, _OF_DOCUMENT).where(_objection.c.tenant == tenant, _OPEN)
    open_now = set(connection.execute(objected).scalars())
    finding = tables.finding
    stands = sa.select(finding.c.document_id).where(finding.c.tenant == tenant, finding.c.station == STATION)
    standing = set(connection.execute(stands).scalars())
    made = values.Finding(code=CODE, severity="block", holds=(documents.AFTER_LINK,))
    changed = {i: [made] if i in open_now else [] for i in sorted(open_now ^ standing)}
    if changed:
        findings.replace(connection, tenant, STATION, changed, (documents.AFTER_LINK,), run)


def find_open(ledger: opened.Ledger, tenant: str) -> list[Objection]:
    """All that stand, the oldest first. Those on documents that a restored ledger has not read again are absent."""
    return _find(ledger, _objection.c.tenant == tenant)


def find_of_document(ledger: opened.Ledger, tenant: str, document_id: int) -> list[Objection]:
    """Those that stand against one document, the oldest first."""
    return _find(ledger, _objection.c.tenant == tenant, _document.c.id == document_id)


def find_untold(ledger: opened.Ledger, tenant: str) -> list[Objection]:
    """Those that stand and that nobody was told of."""
    return _find(ledger, _objection.c.tenant == tenant, _objection.c.told_at.is_(None))


def record_told(ledger: opened.Ledger, tenant: str, ids: Sequence[int], now: dt.datetime) -> None:
    """Note that client and operators were told."""
    with ledger.writing() as connection:
        mine = (_objection.c.tenant == tenant, bulk.among(connection, _objection.c.id, ids), _objection.c.told_at.is_(None))
        connection.execute(sa.update(_objection).where(*mine).values(told_at=now))


def close(ledger: opened.Ledger, tenant: str, objection_id: int, by: str, why: str, now: dt.datetime) -> bool:
    """End an objection; the letter of its document waits again when it was the last one. False when it does not stand."""
    mine = (_objection.c.tenant == tenant, _objection.c.id == objection_id, _OPEN)
    said = {"closed_at": now, "closed_by": by, "closed_why": identity.mask_identity_numbers(why)[:LONGEST]}
    with ledger.writing() as connection:
        closed = connection.execute(sa.update(_objection).where(*mine).values(**said)).rowcount
        hold(connection, tenant, f"objection:{by}")
    return closed == 1


def _find(ledger: opened.Ledger, *where: sa.ColumnElement[bool]) -> list[Objection]:
    document = (_document.c.id.label("document_id"), _document.c.kind.label("document_kind"), _document.c.number)
    columns = (_objection.c.id, _objection.c.kind, _objection.c.at, _objection.c.told_at, *document)
    query = sa.select(*columns, _objection.c.tenant, _objection.c.sealed).join(_document, _OF_DOCUMENT).where(*where, _OPEN)
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(_objection.c.at, _objection.c.id)).mappings().all()
        texts = [_open(ledger, connection, row["tenant"], row["sealed"]) for row in rows]
    named = Objection.__struct_fields__
    return [
        Objection(text=text, **{name: row[name] for name in named if name != "text"}) for row, text in zip(rows, texts, strict=True)
    ]


def _open(ledger: opened.Ledger, connection: sa.Connection, tenant: str, sealed: bytes) -> str:
    try:
        return ledger.seals.open(connection, tenant, SEALED_AS, sealed).decode()
    except seals.SealError:
        return ""
