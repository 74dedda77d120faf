"""Claims: sendings that the send journal knows and the ledger had lost, until the delivery that they belong to is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import operations, tables

_delivery, _document, _claim = tables.delivery, tables.document, operations.claim
OF_DOCUMENT = sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id)


_counted = _delivery.c.settled_in.is_not(None)
ENTERED_ANEW: dict[str, Any] = {
    "corrected": sa.case((_counted, 0), else_=_delivery.c.corrected),
    "entered_in": sa.case((_counted, None), else_=_delivery.c.entered_in),
    "settled_in": None,
    "settled_on": None,
}
"""What begins again that a certificate counted as rejected: the next certificate counts it as fetched."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """This document may have arrived at this target, under this key. `line` is the journal's."""

    purpose: str
    source: str
    source_key: str
    target: str
    natural_key: str
    line: str


def count(connection: sa.Connection, tenant: str) -> int:
    """How many stand: of documents that have not come in again."""
    return connection.execute(sa.select(sa.func.count()).where(_claim.c.tenant == tenant)).scalar_one()


def record(connection: sa.Connection, tenant: str, rows: Sequence[Claim]) -> None:
    """Note claims; of two for the same document and purpose the later one counts."""
    newest = {(row.purpose, row.source, row.source_key): row for row in rows}
    _delete(connection, tenant, list(newest))
    values = [(tenant, *identity, one.target, one.natural_key, one.line) for identity, one in newest.items()]
    columns = ("tenant", "purpose", "source", "source_key", "target", "natural_key", "line")
    bulk.insert(connection, _claim, columns, values)


def take(connection: sa.Connection, tenant: str, run: str) -> int:
    """Put in doubt what is claimed and has come in; how many. To be called in the transaction that records or plans documents."""
    if not count(connection, tenant):
        return 0
    same = sa.and_(
        _document.c.tenant == _claim.c.tenant,
        _document.c.source == _claim.c.source,
        _document.c.source_key == _claim.c.source_key,
    )
    for_purpose = sa.and_(OF_DOCUMENT, _delivery.c.purpose == _claim.c.purpose)
    columns = (_claim.c.purpose, _claim.c.source, _claim.c.source_key, _claim.c.target, _claim.c.natural_key)
    query = sa.select(*columns, _delivery.c.id, _delivery.c.state, _delivery.c.target, _delivery.c.natural_key)
    joined = query.select_from(_claim).join(_document, same).join(_delivery, for_purpose)
    rows = connection.execute(
        joined.where(_claim.c.tenant == tenant, _delivery.c.state != "cancelled").with_for_update(of=_delivery)
    ).all()
    open_: list[tuple[str, str, int]] = []
    for *_, target, natural_key, delivery_id, state, ledgers_target, ledgers_key in rows:
        is_known = state in ("sending", "in_doubt") and (target, natural_key) == (ledgers_target, ledgers_key)
        if state != "accepted" and not is_known:
            open_.append((target, natural_key, delivery_id))
    _put_in_doubt(connection, tenant, run, open_)
    _delete(connection, tenant, [(row[0], row[1], row[2]) for row in rows])
    return len(open_)


def _put_in_doubt(connection: sa.Connection, tenant: str, run: str, rows: Sequence[tuple[str, str, int]]) -> None:
    """(target, natural key, id) of open and rejected deliveries -> in_doubt, by legal moves. What a certificate counted as
    rejected enters anew."""
    if not rows:
        return
    mine = sa.update(_delivery).where(
        _delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.id, [delivery_id for *_, delivery_id in rows])
    )
    connection.execute(mine.where(_delivery.c.state.in_(("held", "rejected"))).values(state="waiting", **ENTERED_ANEW))
    connection.execute(mine.where(_delivery.c.state.in_(("sending", "in_doubt"))).values(state="planned"))
    statement = "update delivery set state = 'planned', target = {}, natural_key = {}, run = {} where id = {} and tenant = {}"
    bulk.update(connection, statement, [(target, natural_key, run, i, tenant) for target, natural_key, i in rows])
    connection.execute(mine.values(state="in_doubt"))


def _delete(connection: sa.Connection, tenant: str, identities: Sequence[tuple[str, str, str]]) -> None:
    statement = "delete from claim where purpose = {} and source = {} and source_key = {} and tenant = {}"
    bulk.update(connection, statement, [(*identity, tenant) for identity in identities])
