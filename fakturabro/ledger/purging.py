"""Purging: a data key is destroyed, and with it all that it sealed; what names people in clear text beside it goes too.

What stays: numbers, amounts, states, hashes, certificates and the proofs in them. What a database keeps of deleted rows, and how
long, stands in docs/retention.md.
"""

from __future__ import annotations

import contextlib
import datetime as dt

import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import opened, operations, retention, seals, tables
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.portal import tables as portal_tables
from fakturabro.ledger.returns import tables as return_tables

_document, _revision, _raw, _delivery, _log = tables.document, tables.revision, tables.raw, tables.delivery, tables.transfer_log
_movement = return_tables.movement
_token, _link, _receipt = tables.token, portal_tables.portal_link, operations.print_receipt
_SEALED = {
    "recipient": (tables.recipient.c.sealed, tables.renewed.c.recipient),
    "answer": (_log.c.answer,),
    "decision": (operations.decision.c.question,),
    "objection": (portal_tables.objection.c.sealed,),
    "incoming_payment": (bank_tables.proposal.c.sealed,),
}
"""Kinds whose sealed bytes stand in columns of their own."""


def purge(ledger: opened.Ledger, tenant: str, candidate: retention.Candidate) -> bool:
    """Destroy one data key and what it sealed, in one transaction; False when something of it was opened again meanwhile."""
    kind, month = candidate.kind, candidate.month
    with ledger.writing() as connection:
        if retention.count_open(connection, tenant, kind, month):
            return False
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("pragma secure_delete=on")
        _clear_text(connection, tenant, kind, month)
        _empty(connection, tenant, kind, month)
        ledger.seals.destroy(connection, tenant, kind, month)
    return True


def _empty(connection: sa.Connection, tenant: str, kind: str, month: str) -> None:
    """Leave nothing of the sealed bytes but their month. Cards go as a whole, so that the same card can be recorded anew."""
    left = month.encode()
    of_raw = (_raw.c.tenant == tenant, _raw.c.kind == kind, _raw.c.month == month)
    of_revision = (_revision.c.tenant == tenant, retention.begins_with(_revision.c.canonical, month))
    customers = (_document.c.tenant == tenant, _document.c.kind == "customer")
    cards = sa.select(_document.c.id).where(*customers, _document.c.id.not_in(retention.carried(tenant)))
    if kind == "customer":
        shared = retention.carried(tenant)
        connection.execute(sa.update(_revision).where(*of_revision, _revision.c.document_id.in_(shared)).values(canonical=left))
        _forget_told(connection, tenant, sa.select(_revision.c.document_id).where(*of_revision, _revision.c.document_id.in_(cards)))
        connection.execute(sa.delete(_revision).where(*of_revision, _revision.c.document_id.in_(cards)))
        read = sa.select(_revision.c.raw_id).where(_revision.c.tenant == tenant)
        connection.execute(sa.delete(_raw).where(*of_raw, _raw.c.id.not_in(read)))
        connection.execute(sa.update(_raw).where(*of_raw).values(sealed=left))
        kept = sa.select(_revision.c.document_id).where(_revision.c.tenant == tenant)
        gone = (_document.c.tenant == tenant, _document.c.kind == "customer", _document.c.id.not_in(kept))
        for said in (tables.finding, tables.finding_log):
            of_card = said.c.document_id.in_(sa.select(_document.c.id).where(*gone))
            connection.execute(sa.delete(said).where(said.c.tenant == tenant, of_card))
        connection.execute(sa.delete(_document).where(*gone))
        return
    connection.execute(sa.update(_raw).where(*of_raw).values(sealed=left))
    if kind in retention.REVISED:
        sealed = sa.select(_document.c.id).where(_document.c.tenant == tenant, retention.is_sealed_as(kind))
        connection.execute(sa.update(_revision).where(*of_revision, _revision.c.document_id.in_(sealed)).values(canonical=left))
    if kind == "token":
        connection.execute(sa.delete(_token).where(_token.c.tenant == tenant, retention.begins_with(_token.c.sealed, month)))
    for column in _SEALED.get(kind, ()):
        mine = (column.table.c.tenant == tenant, retention.begins_with(column, month))
        connection.execute(sa.update(column.table).where(*mine).values({column.name: left}))


def _forget_told(connection: sa.Connection, tenant: str, cards: sa.Select[tuple[int]]) -> None:
    """Take what was once said of these cards out of the log of findings, but for what still stands against those in use."""
    stands, said = tables.finding, tables.finding_log
    same = (stands.c.tenant == said.c.tenant, stands.c.document_id == said.c.document_id, stands.c.code == said.c.code)
    standing = sa.exists().where(*same, stands.c.value == said.c.value)
    mine = (said.c.tenant == tenant, said.c.document_id.in_(cards), ~standing)
    connection.execute(sa.update(said).where(*mine).values(value=""))


def _clear_text(connection: sa.Connection, tenant: str, kind: str, month: str) -> None:
    """Take away what names people in clear text beside the sealed bytes: customer numbers, KID, values of findings, error texts."""
    if kind == "answer":
        answered = (
            _log.c.tenant == tenant,
            sa.or_(retention.begins_with(_log.c.answer, month), retention.in_month(_log.c.at, month)),
        )
        connection.execute(sa.update(_log).where(*answered).values(detail=""))
        printed = (_receipt.c.tenant == tenant, retention.in_month(_receipt.c.at, month))
        connection.execute(sa.update(_receipt).where(*printed).values(detail=""))
    if kind in ("payment", "incoming_payment", "movement"):
        _clear_payments(connection, tenant, retention.documents_of(tenant, kind, month))
    if kind in documents.SYNC_KINDS:
        said = sa.select(_revision.c.id).where(_revision.c.tenant == tenant, retention.begins_with(_revision.c.canonical, month))
        current = (_document.c.tenant == tenant, _document.c.kind == kind, _document.c.revision_id.in_(said))
        chosen = sa.select(_document.c.id).where(*current)
        _clear_payments(connection, tenant, chosen.where(_document.c.id.in_(retention.documents_of(tenant, kind, month))))
    if kind != "document":
        return
    whole = sa.exists().where(
        _revision.c.tenant == tenant,
        _revision.c.id == _document.c.revision_id,  # what stands beside it in clear text is the current revision's
        ~retention.begins_with(_revision.c.canonical, month),
        sa.func.length(_revision.c.canonical) > seals.MONTH_LENGTH,
    )
    ids = list(connection.execute(retention.documents_of(tenant, kind, month).where(~whole)).scalars())
    for some in range(0, len(ids), 500):
        chosen = ids[some : some + 500]
        of_document = sa.select(_delivery.c.id).where(_delivery.c.tenant == tenant, _delivery.c.document_id.in_(chosen))
        finding, booking, found, twin = tables.finding, tables.booking, tables.finding_log, tables.twin
        connection.execute(sa.delete(twin).where(twin.c.tenant == tenant, twin.c.document_id.in_(chosen)))
        cleared = {"value": "", "suggestion": ""}
        connection.execute(
            sa.update(finding).where(finding.c.tenant == tenant, finding.c.document_id.in_(chosen)).values(**cleared)
        )
        connection.execute(sa.update(found).where(found.c.tenant == tenant, found.c.document_id.in_(chosen)).values(value=""))
        connection.execute(sa.delete(booking).where(booking.c.tenant == tenant, booking.c.document_id.in_(chosen)))
        connection.execute(sa.delete(_link).where(_link.c.tenant == tenant, _link.c.document_id.in_(chosen)))
        for said in (_log, _receipt):
            mine = (said.c.tenant == tenant, said.c.delivery_id.in_(of_document))
            connection.execute(sa.update(said).where(*mine).values(detail=""))
        mine = (_document.c.tenant == tenant, _document.c.id.in_(chosen))
        connection.execute(sa.update(_document).where(*mine).values(customer_number=""))


def _clear_payments(connection: sa.Connection, tenant: str, chosen: sa.Select[tuple[int]]) -> None:
    """The same for payments, movements and what two systems share, of which there may be a million: KID and payer, customer
    numbers, values of findings, what counterparts said."""
    finding, found, paid = tables.finding, tables.finding_log, bank_tables.incoming
    of_payment = sa.select(_delivery.c.id).where(_delivery.c.tenant == tenant, _delivery.c.document_id.in_(chosen))
    emptied: tuple[tuple[sa.Table, sa.ColumnElement[bool], dict[str, str | None]], ...] = (
        (finding, finding.c.document_id.in_(chosen), {"value": "", "suggestion": ""}),
        (found, found.c.document_id.in_(chosen), {"value": ""}),
        (_log, _log.c.delivery_id.in_(of_payment), {"detail": ""}),
        (paid, paid.c.document_id.in_(chosen), {"kid": "", "payer": None}),
        (_document, _document.c.id.in_(chosen), {"customer_number": ""}),
        (_movement, _movement.c.document_id.in_(chosen), {"kid": ""}),
    )
    for table, mine, values in emptied:
        connection.execute(sa.update(table).where(table.c.tenant == tenant, mine).values(values))


def clear_skipped(ledger: opened.Ledger, tenant: str, today: dt.date, year_ends: int = 12) -> int:
    """Take the customer numbers of documents that were skipped and never carried, once they are as old; how many.

    A skipped document has no date of its own: the run that saw it first certified it, and that certificate has one.
    """
    certificate = tables.certificate
    seen = sa.select(certificate.c.run, sa.func.max(certificate.c.at)).where(certificate.c.tenant == tenant)
    with ledger.writing() as connection:
        runs = [run for run, at in connection.execute(seen.group_by(certificate.c.run)) if _is_past(at, today, year_ends)]
        mine = (_document.c.tenant == tenant, _document.c.state == "skipped", _document.c.customer_number != "")
        return sum(
            connection.execute(sa.update(_document).where(*mine, _document.c.run == run).values(customer_number="")).rowcount
            for run in runs
        )


def _is_past(at: dt.datetime, today: dt.date, year_ends: int) -> bool:
    return retention.due(at.date(), retention.BOOKKEEPING, year_ends) <= today


def sweep(ledger: opened.Ledger) -> None:
    """Make the database forget what it keeps of deleted keys: SQLite's log of changes, PostgreSQL's dead rows."""
    if ledger.engine.dialect.name == "postgresql":
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("vacuum full data_key")
        return
    with contextlib.closing(ledger.engine.raw_connection()) as raw:
        raw.cursor().execute("pragma wal_checkpoint(truncate)")
