"""Making vouchers: each is settled with what it carries in one transaction, before anything leaves.

The same bytes are sent again after a crash; what was made and certainly never arrived can be given up.
"""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, raws, tables
from fakturabro.ledger.journal import claims
from fakturabro.ledger.returns import movements, undoing, vouchers
from fakturabro.ledger.returns import tables as return_tables

_delivery, _movement, _voucher, _document = tables.delivery, return_tables.movement, return_tables.return_voucher, tables.document
_WAITING: dict[str, Any] = {"state": "waiting", "target": None, "natural_key": None}
_NEVER_LEFT = {"waiting", "held", "planned", "cancelled"}


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher to be made: the part of a settlement, the reference, and the bytes that will be sent; see vouchers.Voucher."""

    settlement_id: int
    part: int
    kind: str
    reference: str
    day: dt.date
    content: bytes
    undoes: int | None = None


class Waiting(msgspec.Struct, frozen=True):
    """What of a settlement waits to be carried."""

    settlement_id: int
    document_ids: array.array[int]


def find_waiting(ledger: opened.Ledger, tenant: str) -> list[Waiting]:
    """What is settled, waits and goes by no voucher, by settlement. What posts again waits until its voucher was taken back.

    Nothing of which only the journal knows that it was undone: see undoing.find_lost_undos.
    """
    lost = set(undoing.find_lost_undos(ledger, tenant))
    columns = (_movement.c.settlement_id, _movement.c.document_id, _document.c.source_key)
    query = sa.select(*columns).select_from(_delivery).join(_movement, movements.OF_DELIVERY)
    query = query.join(_document, movements.OF_DOCUMENT)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == movements.PURPOSE, _delivery.c.state == "waiting")
    mine += (_movement.c.settlement_id.is_not(None), _movement.c.voucher_id.is_(None), _movement.c.origin != "back")
    mine += (sa.or_(_movement.c.undoes.is_(None), undoing.IS_TAKEN_BACK),)
    found: dict[int, array.array[int]] = {}
    with ledger.reading() as connection:
        for settlement_id, i, key in connection.execute(query.where(*mine).order_by(*columns[:2])):
            if key not in lost:
                found.setdefault(settlement_id, array.array("q")).append(i)
    return [Waiting(settlement_id, ids) for settlement_id, ids in found.items()]


def make(
    ledger: opened.Ledger, tenant: str, one: New, carried: Mapping[int, str], target: str, run: str, at: dt.datetime
) -> vouchers.Voucher:
    """Keep a voucher, and plan the movements that go by it, by document with their natural keys; all or nothing.

    The same reference with the same movements is the same voucher, as it stands, unless that was given up. Raises AssignError when
    one of the movements does not wait, goes by another voucher, or is another settlement's where nothing is taken back.
    """
    sealed = raws.seal(ledger.seals.key(tenant, vouchers.KIND, f"{at:%Y-%m}"), vouchers.KIND, one.content)
    with ledger.writing() as connection:
        claims.take(connection, tenant, run)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        if there := vouchers.select(connection, tenant, _voucher.c.reference == one.reference, _voucher.c.state != "discarded"):
            same = {*vouchers.select_carried(connection, tenant, there[0].id).document_ids} == {*carried}
            vouchers.require(same, f"voucher {one.reference} of {tenant} carries others")
            return there[0]
        raw_id = raws.record(connection, tenant, [sealed])[sealed.sha256]
        made = insert(connection, tenant, one, raw_id, run, at)
        for some in bulk.chunks(carried, movements.PAGE):
            _plan(connection, tenant, made, {i: carried[i] for i in some}, target, run)
        if one.undoes is not None:
            _require_whole(connection, tenant, one.undoes, made.id)
    return made


def insert(connection: sa.Connection, tenant: str, one: New, raw_id: int | None, run: str, at: dt.datetime) -> vouchers.Voucher:
    """Insert a voucher, as made, in a transaction of the caller's."""
    said = msgspec.structs.asdict(one) | {"raw_id": raw_id, "state": "made", "made_at": at, "run": run}
    del said["content"]
    made = connection.execute(sa.insert(_voucher).values(tenant=tenant, **said).returning(_voucher.c.id)).scalar_one()
    return vouchers.select(connection, tenant, _voucher.c.id == made)[0]


def _plan(connection: sa.Connection, tenant: str, one: vouchers.Voucher, carried: Mapping[int, str], target: str, run: str) -> None:
    """Let these movements go by a voucher."""
    chosen = bulk.among(connection, _movement.c.document_id, carried)
    is_free = sa.or_(_movement.c.origin != "again", undoing.IS_TAKEN_BACK)
    rows = movements.select(connection, tenant, chosen, is_free, _movement.c.voucher_id.is_(None))
    takes_back = one.kind == "reverse"  # one that a restored ledger adopted may carry movements of several settlements
    ready = [row for row in rows if row.state == "waiting" and (row.origin == "back") == takes_back]
    ready = [row for row in ready if takes_back or row.settlement_id == one.settlement_id]
    lacking = len(carried) - len(ready)
    vouchers.require(not lacking, f"{lacking} of {len(carried)} movements of {tenant} do not wait for {one.reference}")
    connection.execute(sa.update(_movement).where(_movement.c.tenant == tenant, chosen).values(voucher_id=one.id))
    keys = [(row.delivery_id, target, carried[row.document_id], run) for row in ready]
    columns = ("target", "natural_key", "run")
    bulk.update_by_id(connection, _delivery, columns, keys, tenant, change="state = 'planned', ", where=" and state = 'waiting'")


def _require_whole(connection: sa.Connection, tenant: str, undone: int, by: int) -> None:
    """A voucher is taken back whole: for each movement that it carries, one that takes it back."""
    rows = movements.select(connection, tenant, _movement.c.voucher_id == by)
    carried = {*vouchers.select_carried(connection, tenant, undone).document_ids}
    vouchers.require({row.undoes for row in rows} == carried, f"voucher {undone} of {tenant} would be taken back in part")


def discard(ledger: opened.Ledger, tenant: str, voucher_id: int, why: str, run: str) -> None:
    """Give up a voucher that was made and certainly never arrived: what it carried waits again. Raises AssignError otherwise."""
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        carried = vouchers.select_carried(connection, tenant, voucher_id)
        left = carried.states - _NEVER_LEFT
        vouchers.require(not left, f"what voucher {voucher_id} of {tenant} carries is {', '.join(sorted(left))}")
        is_made = vouchers.change(connection, tenant, voucher_id, "made", {"state": "discarded", "why": why})
        vouchers.require(is_made, f"voucher {voucher_id} of {tenant} is not made")
        mine = (_delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.id, carried.delivery_ids))
        connection.execute(sa.update(_delivery).where(*mine, _delivery.c.state == "planned").values(_WAITING | {"run": run}))
        of_voucher = (_movement.c.tenant == tenant, _movement.c.voucher_id == voucher_id)
        connection.execute(sa.update(_movement).where(*of_voucher).values(voucher_id=None))
