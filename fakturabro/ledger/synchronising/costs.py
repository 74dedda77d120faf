"""Costs of suppliers' invoices: which fees in Severa each became, and the rows of an invoice that are known.

A fee has no reference of ours, so its guid is noted as soon as it is known: a fee that is one cost's is never taken for another's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.synchronising import tables as sync_tables

_cost, _document, _delivery = sync_tables.cost, tables.document, tables.delivery
KIND = "purchase_cost"
FILE = "purchase_file"


class ClaimError(Exception):
    """A fee in Severa is noted as another cost already; nothing was noted."""


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """A fee in Severa. `amount` is what we last made it say, in minor units."""

    fee_guid: str
    document_id: int
    project_guid: str
    amount: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a supplier's invoice, or its pictures for a project, with the state of its transfer."""

    document_id: int
    delivery_id: int
    given_number: str
    source_key: str
    state: str


def record(ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime, one: Fee) -> None:
    """Note a fee, and what it says now. Raises ClaimError where it is another document's."""
    values = {**msgspec.structs.asdict(one), "tenant": tenant, "made_at": at, "run": run}
    with ledger.writing() as connection:
        insert = bulk.dialect_insert(connection, _cost).values(**values)
        mine = _cost.c.document_id == one.document_id
        changed = {"amount": insert.excluded.amount, "run": run}
        noted = insert.on_conflict_do_update(index_elements=("tenant", "fee_guid"), set_=changed, where=mine)
        if connection.execute(noted.returning(_cost.c.fee_guid)).first() is None:
            raise ClaimError(f"fee {one.fee_guid} of {tenant} is noted for another document than {one.document_id}")


def find(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> dict[int, list[Fee]]:
    """The fees of each of these documents, the oldest first."""
    with ledger.reading() as connection:
        rows = _find(connection, tenant, bulk.among(connection, _cost.c.document_id, document_ids))
    found: dict[int, list[Fee]] = {}
    for one in rows:
        found.setdefault(one.document_id, []).append(one)
    return found


def find_claimed(ledger: opened.Ledger, tenant: str, project_guid: str) -> set[str]:
    """The guids of all fees on a project that are some cost's."""
    with ledger.reading() as connection:
        return {one.fee_guid for one in _find(connection, tenant, _cost.c.project_guid == project_guid)}


def _find(connection: sa.Connection, tenant: str, chosen: sa.ColumnElement[bool]) -> list[Fee]:
    columns = [_cost.c[name] for name in Fee.__struct_fields__]
    query = sa.select(*columns).where(_cost.c.tenant == tenant, chosen).order_by(_cost.c.made_at, _cost.c.fee_guid)
    return [Fee(**row) for row in connection.execute(query).mappings()]


def find_open(ledger: opened.Ledger, tenant: str, kind: str, among: Sequence[str]) -> list[Row]:
    """Everything of a kind whose transfer stands in one of these states, in order."""
    with ledger.reading() as connection:
        return _find_rows(connection, tenant, kind, _delivery.c.state.in_(among))


def find_rows(ledger: opened.Ledger, tenant: str, given_numbers: Iterable[str], kind: str = KIND) -> dict[str, list[Row]]:
    """What is recorded of suppliers' invoices, by given number and in order."""
    with ledger.reading() as connection:
        rows = _find_rows(connection, tenant, kind, bulk.among(connection, _document.c.original_number, given_numbers))
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.given_number, []).append(row)
    return found


def _find_rows(connection: sa.Connection, tenant: str, kind: str, chosen: sa.ColumnElement[bool]) -> list[Row]:
    of_document = sa.and_(_delivery.c.tenant == _document.c.tenant, _delivery.c.document_id == _document.c.id)
    joined = sa.join(_document, _delivery, sa.and_(of_document, _delivery.c.purpose == values.TRANSFER))
    columns = (_document.c.id, _delivery.c.id, _document.c.original_number, _document.c.source_key, _delivery.c.state)
    mine = (_document.c.tenant == tenant, _document.c.kind == kind, chosen)
    rows = connection.execute(sa.select(*columns).select_from(joined).where(*mine).order_by(_document.c.id))
    return [Row(document_id=i, delivery_id=d, given_number=n, source_key=key, state=state) for i, d, n, key, state in rows]
