"""What became of deliveries: what was sent and under which key, what was last said of it, and counts for the end of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, states, tables

_delivery = tables.delivery


def find_keys(ledger: opened.Ledger, tenant: str, purpose: str, document_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(target, natural key) for a purpose of each of these documents that was planned."""
    with ledger.reading() as connection:
        planned = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose, _delivery.c.natural_key.is_not(None))
        chosen = bulk.among(connection, _delivery.c.document_id, document_ids)
        columns = (_delivery.c.document_id, _delivery.c.target, _delivery.c.natural_key)
        rows = connection.execute(sa.select(*columns).where(*planned, chosen))
        return {document_id: (target, natural_key) for document_id, target, natural_key in rows}


def find_sent_revisions(ledger: opened.Ledger, tenant: str, purpose: str, document_ids: Iterable[int]) -> dict[int, int]:
    """By document, the revision that was sent for a purpose; documents that nobody was sent are absent."""
    sent = _delivery.c.state.in_(("sending", "accepted", "in_doubt"))
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _delivery.c.document_id, document_ids)
        mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose, sent, chosen)
        rows = connection.execute(sa.select(_delivery.c.document_id, _delivery.c.revision_id).where(*mine))
        return {document_id: revision_id for document_id, revision_id in rows}


def count_sent(ledger: opened.Ledger, tenant: str, run: str) -> dict[tuple[str, str], int]:
    """How many documents this run got accepted, by purpose and target, whatever attempt of a step it was."""
    log = tables.transfer_log
    query = (
        sa.select(_delivery.c.purpose, log.c.target, sa.func.count())
        .join(_delivery, sa.and_(_delivery.c.tenant == log.c.tenant, _delivery.c.id == log.c.delivery_id))
        .where(log.c.tenant == tenant, log.c.run == run, log.c.outcome == "accepted")
    )
    with ledger.reading() as connection:
        rows = connection.execute(query.group_by(_delivery.c.purpose, log.c.target))
        return {(purpose, target): count for purpose, target, count in rows}


def find_details(ledger: opened.Ledger, tenant: str, delivery_ids: Sequence[int]) -> dict[int, str]:
    """What was last said of each of these deliveries."""
    log = tables.transfer_log
    with ledger.reading() as connection:
        chosen = bulk.among(connection, log.c.delivery_id, delivery_ids)
        rows = connection.execute(
            sa.select(log.c.delivery_id, log.c.detail).where(log.c.tenant == tenant, chosen).order_by(log.c.id)
        )
        return {delivery_id: detail for delivery_id, detail in rows}


def find_times(ledger: opened.Ledger, tenant: str, delivery_id: int, natural_key: str, outcome: str) -> list[dt.datetime]:
    """When this was said of a delivery under this very key, oldest first."""
    log = tables.transfer_log
    mine = (log.c.tenant == tenant, log.c.delivery_id == delivery_id, log.c.natural_key == natural_key)
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(log.c.at).where(*mine, log.c.outcome == outcome).order_by(log.c.id)).scalars())


def count_documents(ledger: opened.Ledger, tenant: str, purposes: Sequence[str], run: str) -> dict[str, int]:
    """How many documents stand in each open state for one or more of these purposes, and how many this run saw rejected."""
    rejected = sa.and_(_delivery.c.state == "rejected", _delivery.c.run == run)
    of_interest = sa.or_(_delivery.c.state.in_(states.OPEN), rejected)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose.in_(purposes), of_interest)
    query = sa.select(_delivery.c.state, sa.func.count(sa.distinct(_delivery.c.document_id))).where(*mine)
    with ledger.reading() as connection:
        return {state: count for state, count in connection.execute(query.group_by(_delivery.c.state))}
