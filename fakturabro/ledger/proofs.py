"""What a certificate commits to: every delivery that it counted as settled, as it stood, with what was read, said and sent.

A row is said in parts. The part "" stands for ever; each other one until purging destroys a data key of the month in its name, and
"head" until the source changes the document, see excuses. What the document says is said once, by its booking. A part's leaf is the
sha256 over it as JSON; a stretch of rows (by id) has for each part the sha256 over its leaves. What is final makes at most
STRETCHES of them; what was rejected may be opened again, so each such row is a stretch of its own.

Leaves over what is purged hold sealed bytes or their nonce, which nobody can guess: they give nothing away once these are gone.
"""

from __future__ import annotations

import bisect
import collections
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import counted_rows, excuses, tables
from fakturabro.ledger import engine as bulk

FORMAT = 2
"""Certificates of another one cannot be checked row by row."""
STRETCHES = 500
_delivery, _renewed, _raw, _log = tables.delivery, tables.renewed, tables.raw, tables.transfer_log
_encode = msgspec.json.Encoder().encode
Counted = dict[str, Any]
""""format"; "log" and "raw", the newest ids then; "final" and "rejected": [first delivery id, rows, {part: sha256}], by id."""
_SORTS = ("final", "rejected")


def commit(connection: sa.Connection, tenant: str, purpose: str, currency: str) -> Counted:
    """Commit to what is settled and was counted by no certificate."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose, _delivery.c.currency == currency, tables.UNCERTIFIED)
    newest = [connection.execute(sa.select(sa.func.max(table.c.id))).scalar_one() or 0 for table in (_log, _raw)]
    counted: Counted = {"format": FORMAT, "log": newest[0], "raw": newest[1]}
    for name in _SORTS:
        ids = _find_ids(connection, _delivery, *mine, _is(name, _delivery))
        size = 1 if name == "rejected" else -(-len(ids) // STRETCHES) or 1
        rows = counted_rows.find_rows(connection, tenant, counted_rows.Moment(purpose, 0, *newest), ids)
        counted[name] = [[some[0][0], len(some), _to_digests(some)] for some in bulk.chunks(rows, size)]
    return counted


def _find_ids(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[int]:
    return list(connection.execute(sa.select(table.c.id).where(*where).order_by(table.c.id)).scalars())


def _find_counted(connection: sa.Connection, tenant: str, moment: counted_rows.Moment, name: str) -> list[int]:
    """What stands as settled by the moment's certificate, also of what waited again since."""
    found: set[int] = set()
    for table in (_delivery, _renewed):
        mine = (table.c.tenant == tenant, table.c.settled_in == moment.certificate_id, _is(name, table))
        found |= {*_find_ids(connection, table, *mine)}
    return sorted(found)


def _is(name: str, table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.state == "rejected" if name == "rejected" else table.c.state != "rejected"


def to_digest(leaves: Sequence[str]) -> str:
    """The sha256 over a stretch of leaves."""
    return hashlib.sha256("".join(leaves).encode()).hexdigest()


def _to_leaves(rows: Iterable[tuple[int, counted_rows.Parts]]) -> dict[str, list[str]]:
    """By part, the sha256 over each row's as JSON with sorted keys, no blanks and UTF-8; the check in the export does the same."""
    leaves: dict[str, list[str]] = collections.defaultdict(list)
    for _, parts in rows:
        for name, said in parts.items():
            leaves[name].append(hashlib.sha256(_encode(said)).hexdigest())
    return leaves


def _to_digests(rows: Iterable[tuple[int, counted_rows.Parts]]) -> dict[str, str]:
    return {name: to_digest(leaves) for name, leaves in _to_leaves(rows).items()}


def find_proof(
    connection: sa.Connection, tenant: str, purpose: str, certificate_id: int, counted: Counted, row_id: int
) -> dict[str, Any]:
    """One delivery that a certificate counted: "row" with its parts, "leaves" of its stretch by part, and "gone", the parts that
    can no longer be proven since they were purged, or changed at their source."""
    moment = counted_rows.Moment(purpose, certificate_id, counted["log"], counted["raw"])
    for name in _SORTS:
        firsts = [first for first, *_ in counted[name]]
        at = bisect.bisect(firsts, row_id)
        ids = [i for i in _find_counted(connection, tenant, moment, name) if bisect.bisect(firsts, i) == at]
        if at and row_id in ids:
            rows = dict(counted_rows.find_rows(connection, tenant, moment, ids))
            leaves, excused = _to_leaves(rows.items()), excuses.Excuses(connection, tenant, moment, ids)
            gone = [part for part in _differing(leaves, counted[name][at - 1][2]) if excused.cover(part)]
            row = {part: said for part, said in rows[row_id].items() if part not in gone}
            return {"row": msgspec.to_builtins(row), "leaves": {part: leaves[part] for part in row}, "gone": gone}
    return {}


def _differing(leaves: Mapping[str, Sequence[str]], committed: Mapping[str, str]) -> list[str]:
    standing = {part: to_digest(found) for part, found in leaves.items()}
    return sorted(part for part in {*standing, *committed} if standing.get(part) != committed.get(part))


def find_changed(connection: sa.Connection, tenant: str, purpose: str, certificate_id: int, counted: Counted) -> list[str]:
    """The stretches of deliveries that are no longer what a certificate counted, as "17" or "17-25"."""
    changed: list[str] = []
    moment = counted_rows.Moment(purpose, certificate_id, counted["log"], counted["raw"])
    for name in _SORTS:
        standing = counted_rows.find_rows(connection, tenant, moment, _find_counted(connection, tenant, moment, name))
        for (first, count, committed), rows in _by_stretch(counted[name], standing):
            if name == "rejected" and not rows and count and _is_reopened(connection, tenant, certificate_id, first):
                continue
            excused = excuses.Excuses(connection, tenant, moment, [i for i, _ in rows])
            wrong = [part for part in _differing(_to_leaves(rows), committed) if not excused.cover(part)]
            if len(rows) != count or wrong:
                named = sorted({*(i for i, _ in rows), *([first] if count else [])})
                changed.append(str(named[0]) if len(named) == 1 and count <= 1 else f"{named[0]}-{named[-1]}")
    return changed


def _by_stretch(
    stretches: Sequence[list[Any]], standing: Iterable[tuple[int, counted_rows.Parts]]
) -> Iterator[tuple[list[Any], list[tuple[int, counted_rows.Parts]]]]:
    """Each stretch with the rows that stand in it now; rows before all are a stretch too."""
    rows = iter(standing)
    row = next(rows, None)
    before: list[Any] = [0, 0, {}]
    for at, stretch in enumerate([before, *stretches]):
        end = stretches[at][0] if at < len(stretches) else None
        some: list[tuple[int, counted_rows.Parts]] = []
        while row is not None and (end is None or row[0] < end):
            some.append(row)
            row = next(rows, None)
        yield stretch, some


def _is_reopened(connection: sa.Connection, tenant: str, certificate_id: int, delivery_id: int) -> bool:
    """Whether this delivery, once rejected, began again: no certificate or a later one entered it anew."""
    again = sa.or_(_delivery.c.entered_in.is_(None), _delivery.c.entered_in > certificate_id)
    return bool(_find_ids(connection, _delivery, _delivery.c.tenant == tenant, _delivery.c.id == delivery_id, again))
