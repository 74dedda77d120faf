"""Undoing: a voucher that was posted is taken back whole, and what it carried is posted again by another one.

Each movement of it gets two more documents: "back", with minus its amount, and "again", which waits until the voucher is reversed.
"""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import return_data
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.journal import claims
from fakturabro.ledger.returns import arrivals, movements, vouchers
from fakturabro.ledger.returns import tables as return_tables

PREFIX = "undo/"
_document, _revision, _movement = tables.document, tables.revision, return_tables.movement
_voucher = return_tables.return_voucher
_undone = _movement.alias()
IS_TAKEN_BACK = sa.exists().where(
    _undone.c.tenant == _movement.c.tenant,
    _undone.c.document_id == _movement.c.undoes,
    _voucher.c.tenant == _undone.c.tenant,
    _voucher.c.id == _undone.c.voucher_id,
    _voucher.c.state == "reversed",
)
"""Of a movement that posts again: whether the voucher that it was posted by is reversed."""


class Undo(msgspec.Struct):
    """The documents that take back, and those that post again."""

    back: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))
    again: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))


def to_reference(reference: str) -> str:
    """By what the taking back of a voucher is known."""
    return f"{PREFIX}{reference}"


def from_reference(reference: str) -> str:
    """The voucher that is taken back by this."""
    return reference.removeprefix(PREFIX)


def record_undo(ledger: opened.Ledger, tenant: str, voucher_id: int, run: str, at: dt.datetime) -> Undo:
    """Record what takes a posted voucher back and posts it again, in one transaction; where it is there, nothing.

    Raises AssignError unless the voucher is posted and all that it carries is accepted.
    """
    said = list(movements.read(ledger, tenant, vouchers.find_carried(ledger, tenant, voucher_id).document_ids))
    recorder = arrivals.Recorder(ledger, tenant, run, at)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        (one,) = vouchers.select(connection, tenant, _voucher.c.id == voucher_id)
        is_whole = vouchers.select_carried(connection, tenant, voucher_id).states == {"accepted"}
        there = _find(connection, tenant, voucher_id)
        if there.back:
            return there
        is_posted = is_whole and (one.kind, one.state) == ("post", "posted")
        vouchers.require(is_posted, f"voucher {voucher_id} of {tenant} is not posted, or not all of it")
        raw_ids = _find_raws(connection, tenant, [row.revision_id for row, _ in said])
        for some in bulk.chunks(said, movements.PAGE // 2):
            rows = [new for row, movement in some for new in _to_both(one.reference, row, movement, raw_ids[row.revision_id])]
            recorder.insert(connection, rows, arrivals.Recorded())
        claims.take(connection, tenant, run)
        return _find(connection, tenant, voucher_id)


def _to_both(reference: str, row: movements.Row, movement: return_data.Movement, raw_id: int) -> list[arrivals.New]:
    vat = None if movement.vat is None else -movement.vat
    taken_back = msgspec.structs.replace(movement, amount=-movement.amount, vat=vat)
    return [
        arrivals.New(
            movement=what,
            origin=origin,
            key=f"{to_reference(reference)}/{origin}/{row.key}",
            client=row.client,
            raw_id=raw_id,
            invoice_id=row.invoice_id,
            undoes=row.document_id,
            settlement_id=row.settlement_id,
        )
        for origin, what in (("back", taken_back), ("again", movement))
    ]


def _find(connection: sa.Connection, tenant: str, voucher_id: int) -> Undo:
    mine = (_movement.c.tenant == tenant, _undone.c.tenant == tenant, _undone.c.voucher_id == voucher_id)
    query = sa.select(_movement.c.origin, _movement.c.document_id).join(_undone, _undone.c.document_id == _movement.c.undoes)
    found = Undo()
    for origin, i in connection.execute(query.where(*mine).order_by(_movement.c.document_id)):
        (found.back if origin == "back" else found.again).append(i)
    return found


def _find_raws(connection: sa.Connection, tenant: str, revision_ids: Sequence[int]) -> dict[int, int]:
    mine = (_revision.c.tenant == tenant, bulk.among(connection, _revision.c.id, revision_ids))
    return {i: raw_id for i, raw_id in connection.execute(sa.select(_revision.c.id, _revision.c.raw_id).where(*mine))}


def find_lost_undos(ledger: opened.Ledger, tenant: str) -> list[str]:
    """The keys of movements of which the journal knows that they were taken back or posted again, and the ledger does not."""
    with ledger.reading() as connection:
        return sorted({one.source_key.split("/", 3)[3] for one in find_claims(connection, tenant)})


def find_lost_vouchers(ledger: opened.Ledger, tenant: str) -> set[str]:
    """The references of the vouchers that these were posted by: record_undo makes the same movements, whose claims count then."""
    with ledger.reading() as connection:
        return {one.source_key.split("/", 3)[1] for one in find_claims(connection, tenant)}


def find_claims(connection: sa.Connection, tenant: str) -> list[claims.Claim]:
    """What the journal knows of undos, and the ledger does not."""
    return [one for one in claims.find_of_source(connection, tenant, movements.SOURCE) if one.source_key.startswith(PREFIX)]
