"""What a certificate commits to: every delivery that it counted as settled, with the sha256 of what was read and of what was sent.

A row's leaf is the sha256 over the row as JSON; a stretch of rows (by id) is the sha256 over its leaves. A certificate holds at
most STRETCHES of them for what is final and as many for what was rejected, so that up to that many rows are named one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import tables

STRETCHES = 500
_document, _delivery, _revision, _raw, _log = tables.document, tables.delivery, tables.revision, tables.raw, tables.transfer_log
_FIELDS: tuple[str, ...] = ("tenant", "id", "document_id", "purpose", "revision_id", "state", "target", "natural_key") + (
    "amount",
    "currency",
    "run",
    "settled_on",
)
Counted = dict[str, list[list[Any]]]
"""By "final" and "rejected": stretches of [first delivery id, number of rows, sha256], by id."""


def commit(connection: sa.Connection, tenant: str, purpose: str, currency: str) -> Counted:
    """Commit to what is settled and was counted by no certificate."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose, _delivery.c.currency == currency, tables.UNCERTIFIED)
    return {
        name: list(_stretches(find_leaves(connection, None, *mine, sort), _count(connection, *mine, sort)))
        for name, sort in (("final", _delivery.c.state != "rejected"), ("rejected", _delivery.c.state == "rejected"))
    }


def find_leaves(
    connection: sa.Connection, certificate_id: int | None, *where: sa.ColumnElement[bool]
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(delivery id, leaf, row) of these deliveries by id; rows that this certificate entered name none (it had no id yet)."""
    sent = (
        sa.select(_raw.c.sha256)
        .join(_log, sa.and_(_log.c.tenant == _raw.c.tenant, _log.c.sent_raw_id == _raw.c.id))
        .where(_log.c.tenant == _delivery.c.tenant, _log.c.delivery_id == _delivery.c.id, _log.c.outcome == "accepted")
    )
    read = (
        sa.select(_raw.c.sha256)
        .join(_revision, sa.and_(_revision.c.tenant == _raw.c.tenant, _revision.c.raw_id == _raw.c.id))
        .where(_revision.c.tenant == _delivery.c.tenant, _revision.c.id == _delivery.c.revision_id)
    )
    key = sa.select(_document.c.source_key).where(
        _document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id
    )
    newest = sent.order_by(_log.c.id.desc()).limit(1)
    columns = [*(_delivery.c[name] for name in _FIELDS), _delivery.c.entered_in]
    looked_up = [query.correlate(_delivery).scalar_subquery() for query in (key, read, newest)]
    query = sa.select(*columns, *looked_up).where(*where).order_by(_delivery.c.id)
    for *values, entered_in, source_key, source, left in connection.execute(query):
        row: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
        row["settled_on"] = row["settled_on"] and row["settled_on"].isoformat()
        row["entered_in"] = None if entered_in == certificate_id else entered_in
        row["source_key"] = source_key
        row["read"], row["sent"] = source and bytes(source).hex(), left and bytes(left).hex()
        yield row["id"], to_leaf(row), row


def to_leaf(row: dict[str, Any]) -> str:
    """The sha256 over one row as JSON with sorted keys, no blanks and UTF-8; the check in the export computes the same."""
    return hashlib.sha256(msgspec.json.encode(row, order="sorted")).hexdigest()


def to_digest(leaves: Sequence[str]) -> str:
    """The sha256 over a stretch of leaves."""
    return hashlib.sha256("".join(leaves).encode()).hexdigest()


def _count(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_delivery).where(*where)).scalar_one()


def _stretches(found: Iterable[tuple[int, str, dict[str, Any]]], count: int) -> Iterator[list[Any]]:
    for some in bulk.chunks(found, -(-count // STRETCHES) or 1):
        yield [some[0][0], len(some), to_digest([leaf for _, leaf, _ in some])]


def find_stretch(connection: sa.Connection, tenant: str, certificate_id: int, counted: Counted, row_id: int) -> list[str]:
    """The leaves of the stretch in which a certificate counted this delivery as settled; empty when it did not."""
    for name, stretches in counted.items():
        firsts = [first for first, _, _ in stretches]
        at = sum(first <= row_id for first in firsts) - 1
        if at < 0:
            continue
        bounds = [_delivery.c.id >= firsts[at], *([_delivery.c.id < firsts[at + 1]] if at + 1 < len(firsts) else [])]
        state = _delivery.c.state == "rejected" if name == "rejected" else _delivery.c.state != "rejected"
        where = (_delivery.c.tenant == tenant, _delivery.c.settled_in == certificate_id, state, *bounds)
        found = {i: leaf for i, leaf, _ in find_leaves(connection, certificate_id, *where)}
        if row_id in found:
            return list(found.values())
    return []


def find_changed(connection: sa.Connection, tenant: str, certificate_id: int, purpose: str, counted: Counted) -> list[str]:
    """The stretches of deliveries that are no longer what a certificate counted, as "17" or "17-25"."""
    changed: list[str] = []
    mine = (_delivery.c.tenant == tenant, _delivery.c.settled_in == certificate_id)
    for name, sort in (("final", _delivery.c.state != "rejected"), ("rejected", _delivery.c.state == "rejected")):
        standing = find_leaves(connection, certificate_id, *mine, sort)
        stretches = counted.get(name, [])
        for (first, count, digest), last, rows in _by_stretch(stretches, standing):
            reopened = 0
            if name == "rejected" and len(rows) < count:
                reopened = _count_reopened(connection, tenant, certificate_id, purpose, first, first + 1 if count == 1 else last)
            whole = len(rows) == count and to_digest([leaf for _, leaf in rows]) == digest
            if not whole and not (reopened and len(rows) + reopened >= count):
                ids = sorted({*(i for i, _ in rows), *([first] if count else [])})
                changed.append(str(ids[0]) if len(ids) == 1 and count <= 1 else f"{ids[0]}-{ids[-1]}")
    return changed


def _by_stretch(
    stretches: Sequence[list[Any]], standing: Iterable[tuple[int, str, dict[str, Any]]]
) -> Iterator[tuple[list[Any], int | None, list[tuple[int, str]]]]:
    """Each stretch with the id before which it ends and the rows that stand in it now; rows before all are a stretch too."""
    rows = iter(standing)
    row = next(rows, None)
    for at, stretch in enumerate([[0, 0, to_digest([])], *stretches]):
        last = stretches[at][0] if at < len(stretches) else None
        some: list[tuple[int, str]] = []
        while row is not None and (last is None or row[0] < last):
            some.append((row[0], row[1]))
            row = next(rows, None)
        yield stretch, last, some


def _count_reopened(connection: sa.Connection, tenant: str, certificate_id: int, purpose: str, first: int, last: int | None) -> int:
    """How many deliveries of a stretch a mended revision has opened again since: none or a later certificate settled them."""
    bounds = [_delivery.c.id >= first, *([_delivery.c.id < last] if last is not None else [])]
    again = sa.or_(_delivery.c.entered_in.is_(None), _delivery.c.entered_in > certificate_id)
    return _count(connection, _delivery.c.tenant == tenant, _delivery.c.purpose == purpose, *bounds, again)
