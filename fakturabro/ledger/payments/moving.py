"""Payments move from stage to stage: a refused one gives its key free, and what was told already of one is told anew."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, recording, tables
from fakturabro.ledger.payments import stages
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _payment = tables.delivery, bank_tables.payment
_TOLD = ("planned", "sending", "in_doubt", "accepted")
"""States of a book_back that has said, or may have said, what became of a payment."""


class Moved(msgspec.Struct, frozen=True):
    """A payment that a word was about: how far it was, and how far that word says that it is."""

    document_id: int
    start: str
    end: str
    code: str
    reason: str
    booked_on: dt.date | None = None


def move(connection: sa.Connection, tenant: str, moves: Iterable[Moved], run: str, at: dt.datetime) -> None:
    """Set stages; a refused payment gives its key free; what was told already of a payment will be told anew."""
    groups: dict[tuple[str, str, str, str, dt.date | None], list[int]] = collections.defaultdict(list)
    for one in moves:
        groups[one.start, one.end, one.code, one.reason, one.booked_on].append(one.document_id)
    for (start, end, code, reason, booked_on), ids in groups.items():
        freed = {"exact": None} if end in stages.FREED else {}
        mine = (_payment.c.tenant == tenant, _payment.c.stage == start, bulk.among(connection, _payment.c.document_id, ids))
        said = {"stage": end, "stage_at": at, "code": code, "reason": reason, "booked_on": booked_on, **freed}
        connection.execute(sa.update(_payment).where(*mine).values(said))
        if end in stages.ENDED:
            told = (_delivery.c.tenant == tenant, _delivery.c.purpose == "book_back", _delivery.c.state.in_(_TOLD))
            those = bulk.among(connection, _delivery.c.document_id, ids)
            again = connection.execute(sa.select(_delivery.c.document_id).where(*told, those)).scalars().all()
            recording.begin(connection, tenant, values.AFTER_BOOK_BACK, run, again)


def mark_doubles(ledger: opened.Ledger, tenant: str, doubles: Mapping[int, int]) -> None:
    """Note of payments that have not left which payment they repeat, by document: so they are told of when they are cancelled."""
    mine = (_payment.c.tenant == tenant, _payment.c.document_id == sa.bindparam("double"), _payment.c.stage == "entered")
    change = sa.update(_payment).where(*mine).values(double_of=sa.bindparam("first"))
    with ledger.writing() as connection:
        if doubles:
            connection.execute(change, [{"double": double, "first": first} for double, first in doubles.items()])
