"""What `lives` tells of a payment beside what it tells of every document: its files, how far it came, what the bank said."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from fakturabro.ledger import operations
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import answers
from fakturabro.ledger.payments import tables as bank_tables

_payment, _incoming, _file = bank_tables.payment, bank_tables.incoming, bank_tables.bank_file
_OF_FILE = tuple(kind for kind in answers.KINDS if kind != answers.SUSPENSE)
_KEYS = ("content", "exact", "loose", "plain", "blank", "creditor", "receiver", "twin", "payer")
"""Hashes that say nothing to a person."""


def find(connection: sa.Connection, tenant: str, document_id: int) -> Iterator[tuple[str, sa.RowMapping]]:
    """(kind of step, row) of a payment, in order; nothing of other documents."""
    for table in (_payment, _incoming):
        columns = [column for column in table.c if column.name not in _KEYS]
        mine = (table.c.tenant == tenant, table.c.document_id == document_id)
        for row in connection.execute(sa.select(*columns).where(*mine)).mappings():
            files = [row.get(name) for name in ("in_file", "out_file", "file_id")]
            chosen = (_file.c.tenant == tenant, _file.c.id.in_([one for one in files if one is not None]))
            told = [column.label("format") if column.name == "kind" else column for column in _file.c]
            for file in connection.execute(sa.select(*told).where(*chosen).order_by(_file.c.id)).mappings():
                yield "file", file
            yield "payment", row
    for row in connection.execute(payment_ages.events_of(tenant, document_id)).mappings():
        yield "event", row
    given = bank_tables.allocation
    mine = (given.c.tenant == tenant, given.c.document_id == document_id)
    for row in connection.execute(sa.select(given).where(*mine).order_by(given.c.id)).mappings():
        yield "allocated", row


def decisions_about(connection: sa.Connection, tenant: str, document_id: int) -> sa.ColumnElement[bool]:
    """Whether a decision is about this payment, or about a file that carried it."""
    subject, kind = operations.decision.c.subject, operations.decision.c.kind
    came_in = sa.union_all(
        *(
            sa.select(column).where(column.table.c.tenant == tenant, column.table.c.document_id == document_id)
            for column in (_payment.c.in_file, _payment.c.out_file, _incoming.c.file_id)
        )
    )
    files = [str(one) for one in connection.execute(came_in).scalars() if one is not None]
    parts = [subject.startswith(f"{one}/") for one in files]
    about_file = sa.and_(kind.in_(_OF_FILE), sa.or_(subject.in_(files), *parts))
    return sa.or_(about_file, sa.and_(kind == answers.SUSPENSE, subject == str(document_id)))
