"""Findings on documents, and the holding and releasing of purposes that follows from them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from fakturabro.domain import findings
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables

_finding, _delivery = tables.finding, tables.delivery
_SAID = ("document_id", "code", "severity", "field", "value")


def record(
    ledger: opened.Ledger,
    tenant: str,
    station: str,
    found: Mapping[int, Sequence[findings.Finding]],
    purposes: Sequence[str],
    run: str,
) -> None:
    """Replace what `station` said of these documents (by document id), then hold and release their purposes accordingly.

    A purpose is held while any station's finding holds it; when none does, it waits again. One transaction.
    """
    with ledger.writing() as connection:
        replace(connection, tenant, station, found, purposes, run)


def replace(
    connection: sa.Connection,
    tenant: str,
    station: str,
    found: Mapping[int, Sequence[findings.Finding]],
    purposes: Sequence[str],
    run: str,
) -> None:
    """The same, in a transaction of the caller's."""
    of_station = (_finding.c.tenant == tenant, _finding.c.station == station)
    chosen = bulk.among(connection, _finding.c.document_id, found)
    stood = connection.execute(sa.select(*(_finding.c[name] for name in _SAID)).where(*of_station, chosen)).all()
    connection.execute(sa.delete(_finding).where(*of_station, chosen))
    flat = [(document_id, finding) for document_id, rows in found.items() for finding in rows]
    _log(
        connection,
        tenant,
        station,
        run,
        {tuple(row) for row in stood},
        {(d, f.code, f.severity, f.field, f.value) for d, f in flat},
    )
    ids = bulk.reserve_ids(connection, _finding, len(flat))
    columns = ("id", "tenant", "document_id", "code", "severity", "field", "value", "suggestion", "holds", "station", "run")
    bulk.insert(
        connection,
        _finding,
        columns,
        [
            (i, tenant, d, f.code, f.severity, f.field, f.value, f.suggestion, json.dumps(f.holds), station, run)
            for i, (d, f) in zip(ids, flat, strict=True)
        ],
    )
    for purpose in purposes:
        hold_and_release(connection, tenant, purpose, run, found)


def _log(
    connection: sa.Connection, tenant: str, station: str, run: str, stood: set[tuple[object, ...]], stands: set[tuple[object, ...]]
) -> None:
    """A line each of what went and of what came; what is found again is neither."""
    changes = [(False, *said) for said in sorted(stood - stands)] + [(True, *said) for said in sorted(stands - stood)]
    ids = bulk.reserve_ids(connection, tables.finding_log, len(changes))
    columns = ("id", "tenant", "station", "run", "came", *_SAID)
    rows = [(i, tenant, station, run, *said) for i, said in zip(ids, changes, strict=True)]
    bulk.insert(connection, tables.finding_log, columns, rows)


def hold_and_release(
    connection: sa.Connection, tenant: str, purpose: str, run: str, documents: Iterable[int] | None = None
) -> None:
    """waiting or planned -> held where a finding holds the purpose, held -> waiting where none does: of these documents, or all."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose)
    mine += () if documents is None else (bulk.among(connection, _delivery.c.document_id, documents),)
    held = sa.exists().where(
        _finding.c.tenant == _delivery.c.tenant,
        _finding.c.document_id == _delivery.c.document_id,
        sa.cast(_finding.c.holds, sa.Text).like(f'%"{purpose}"%'),
    )
    for start, end, condition in (("waiting", "held", held), ("planned", "held", held), ("held", "waiting", ~held)):
        connection.execute(sa.update(_delivery).where(*mine, _delivery.c.state == start, condition).values(state=end, run=run))


def read(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, list[findings.Finding]]:
    """What stands against these documents now, by document id."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _finding.c.document_id, document_ids)
        rows = connection.execute(sa.select(_finding).where(_finding.c.tenant == tenant, chosen).order_by(_finding.c.id))
        found: dict[int, list[findings.Finding]] = {}
        for row in rows:
            found.setdefault(row.document_id, []).append(
                findings.Finding(
                    code=row.code,
                    severity=row.severity,
                    field=row.field,
                    value=row.value,
                    suggestion=row.suggestion,
                    holds=tuple(row.holds),
                )
            )
        return found


def find_documents(ledger: opened.Ledger, tenant: str, station: str) -> list[int]:
    """The documents of which a station said something that still stands."""
    query = sa.select(_finding.c.document_id).distinct().where(_finding.c.tenant == tenant, _finding.c.station == station)
    with ledger.reading() as connection:
        return list(connection.execute(query.order_by(_finding.c.document_id)).scalars())


def find_for_people(ledger: opened.Ledger, tenant: str, purpose: str, kinds: Sequence[str], since: dt.datetime) -> list[int]:
    """Documents of these kinds with a finding that somebody is to look at, whether it holds them or not.

    None that are cancelled for `purpose`, and nothing that was found by a run before `since`.
    """
    document, slot = tables.document, tables.slot
    early = sa.exists().where(slot.c.tenant == _finding.c.tenant, slot.c.run == _finding.c.run, slot.c.slot_time < since)
    query = (
        sa.select(_finding.c.document_id)
        .distinct()
        .join(document, sa.and_(document.c.tenant == _finding.c.tenant, document.c.id == _finding.c.document_id))
        .join(_delivery, sa.and_(_delivery.c.tenant == _finding.c.tenant, _delivery.c.document_id == _finding.c.document_id))
        .where(_finding.c.tenant == tenant, _finding.c.severity != "info", document.c.kind.in_(kinds), sa.not_(early))
        .where(_delivery.c.purpose == purpose, _delivery.c.state != "cancelled")
    )
    with ledger.reading() as connection:
        return list(connection.execute(query.order_by(_finding.c.document_id)).scalars())


class Tally(NamedTuple):
    """How many documents a code stands against, how many of them it holds now, and what these are worth in minor units.

    Credit notes are worth less than nothing, as on the client's pages.
    """

    code: str
    currency: str
    documents: int
    held: int
    amount: int


def tally(ledger: opened.Ledger, tenant: str) -> list[Tally]:
    """What stands now, by code and currency. A document counts once for a code; customer cards have no currency.

    Held is what stands held for a purpose that the finding holds; what was cancelled or sent since is not.
    """
    document = tables.document
    of_finding = (_delivery.c.tenant == _finding.c.tenant, _delivery.c.document_id == _finding.c.document_id)
    holding = sa.cast(_finding.c.holds, sa.Text).like(sa.literal('%"').concat(_delivery.c.purpose).concat('"%'))
    held = sa.exists().where(*of_finding, _delivery.c.state == "held", holding)
    holds = sa.func.max(sa.case((held, 1), else_=0)).label("holds")
    amount = sa.case((document.c.kind == "credit_note", -document.c.amount), else_=document.c.amount).label("amount")
    once = (
        sa.select(_finding.c.code, document.c.currency, document.c.id, amount, holds)
        .join(document, sa.and_(document.c.tenant == _finding.c.tenant, document.c.id == _finding.c.document_id))
        .where(_finding.c.tenant == tenant)
        .group_by(_finding.c.code, document.c.currency, document.c.id, document.c.amount, document.c.kind)
        .subquery()
    )
    worth = sa.func.sum(once.c.amount * once.c.holds)
    query = sa.select(once.c.code, once.c.currency, sa.func.count(), sa.func.sum(once.c.holds), worth)
    with ledger.reading() as connection:
        rows = connection.execute(query.group_by(once.c.code, once.c.currency).order_by(once.c.code, once.c.currency))
        return [Tally(code, currency, count, int(held), int(amount)) for code, currency, count, held, amount in rows]
