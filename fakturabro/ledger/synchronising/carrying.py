"""Entries of registers on their way: what waits, what was tried before, what the other system has of them."""

from __future__ import annotations

import array
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.synchronising import tables as sync_tables

_document, _delivery, _log, _revision = tables.document, tables.delivery, tables.transfer_log, tables.revision


def find_open(ledger: opened.Ledger, tenant: str, source: str, kind: str, states: Sequence[str]) -> array.array[int]:
    """The documents of one system's register whose transfer stands in one of `states`, by id."""
    of_document = sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == documents.TRANSFER, _delivery.c.state.in_(states))
    of_register = (_document.c.source == source, _document.c.kind == kind)
    query = sa.select(_delivery.c.document_id).join(_document, of_document).where(*mine, *of_register)
    with ledger.reading() as connection:
        return array.array("q", connection.execute(query.order_by(_delivery.c.document_id)).scalars())


def find_deliveries(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, int]:
    """The transfer that waits of each of these documents, by document."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == documents.TRANSFER, _delivery.c.state == "waiting")
    query = sa.select(_delivery.c.document_id, _delivery.c.id).order_by(_delivery.c.document_id)
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _delivery.c.document_id, document_ids)
        return dict(connection.execute(query.where(*mine, chosen)).tuples().all())


def count_numbers(ledger: opened.Ledger, tenant: str, source: str, kind: str, numbers: Iterable[str]) -> dict[str, int]:
    """How many documents of a register have each of these numbers."""
    query = sa.select(_document.c.number, sa.func.count()).group_by(_document.c.number)
    with ledger.reading() as connection:
        mine = (_document.c.tenant == tenant, _document.c.source == source, _document.c.kind == kind)
        fetched = (_document.c.state == "fetched", bulk.among(connection, _document.c.number, numbers))
        return dict(connection.execute(query.where(*mine, *fetched)).tuples().all())


def restate(ledger: opened.Ledger, tenant: str, source: str, said: Mapping[str, tuple[str, str]]) -> None:
    """Say anew of documents that are left out why, and what their list says of them: both by source key."""
    statement = "update document set skip_reason = {}, listing_hash = {} where tenant = {} and source = {} and source_key = {}"
    values = [(why, listing, tenant, source, key) for key, (why, listing) in said.items()]
    with ledger.writing() as connection:
        bulk.update(connection, f"{statement} and state = 'skipped'", values)


def find_left(ledger: opened.Ledger, tenant: str, source: str, kind: str, why: str) -> list[str]:
    """The source keys of what is left out of a register for this reason."""
    mine = (_document.c.tenant == tenant, _document.c.source == source, _document.c.kind == kind)
    query = sa.select(_document.c.source_key).where(*mine, _document.c.state == "skipped", _document.c.skip_reason == why)
    with ledger.reading() as connection:
        return list(connection.execute(query.order_by(_document.c.source_key)).scalars())


class Past(NamedTuple):
    """What was said of a delivery: `carried` is the revision that was accepted last, None where none was."""

    carried: int | None = None
    is_tried: bool = False


def find_past(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, Past]:
    """What became of the transfers of these documents before now, by document; nothing of those that never were tried.

    A natural key ends with the first twelve digits of the hash of the revision that it carried.
    """
    columns = (_delivery.c.document_id, _log.c.natural_key, _log.c.outcome)
    of_delivery = sa.and_(_log.c.tenant == _delivery.c.tenant, _log.c.delivery_id == _delivery.c.id)
    found: dict[int, Past] = {}
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _delivery.c.document_id, document_ids)
        mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == documents.TRANSFER, chosen)
        said = connection.execute(sa.select(*columns).join(_log, of_delivery).where(*mine).order_by(_log.c.id)).tuples().all()
        accepted = {document_id: key.rpartition("@")[2] for document_id, key, outcome in said if outcome == "accepted"}
        chosen = (_revision.c.tenant == tenant, bulk.among(connection, _revision.c.document_id, accepted))
        rows = connection.execute(sa.select(_revision.c.document_id, _revision.c.id, _revision.c.hash).where(*chosen))
        carried = {i: revision_id for i, revision_id, digest in rows.tuples() if bytes(digest).hex().startswith(accepted[i])}
    for document_id, _, _ in said:
        found[document_id] = Past(carried.get(document_id), is_tried=True)
    return found


def find_unrecorded(ledger: opened.Ledger, tenant: str, source: str, prospect: str) -> list[str]:
    """The customers that are remembered, have no partner, and of which nothing or only that they were prospects is recorded."""
    pair, remembered = sync_tables.pair, sync_tables.remembered_customer
    is_paired = sa.exists().where(
        pair.c.tenant == remembered.c.tenant, pair.c.register == "customer", pair.c.severa_key == remembered.c.severa_key
    )
    is_recorded = sa.exists().where(
        _document.c.tenant == remembered.c.tenant,
        _document.c.source == source,
        _document.c.source_key == remembered.c.severa_key,
        sa.or_(_document.c.state == "fetched", _document.c.skip_reason != prospect),
    )
    query = sa.select(remembered.c.severa_key).where(remembered.c.tenant == tenant, ~is_paired, ~is_recorded)
    with ledger.reading() as connection:
        return list(connection.execute(query.order_by(remembered.c.severa_key)).scalars())
