"""Files that were met: what banks and accounting systems sent, and what we sent them. A file is known by its content.

accounting, in:   read -> confirmed | refused | set_aside
bank, out:        made -> handed_over -> received | rejected; made -> discarded
bank, in:         read -> booked | stopped | set_aside; stopped -> released | set_aside; booked | released -> read
accounting, out:  made -> handed_over; made -> discarded
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened, operations, raws, seals, tables
from fakturabro.ledger.payments import tables as bank_tables

KIND = "bank_file"
"""How the content of files is sealed."""
LARGEST = 64 << 20
"""Larger ones are known by their sum, and not kept."""
_file = bank_tables.bank_file
_NUMBERED = re.compile(r"-[0-9]{1,9}")


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be recorded. `content` None is a file that is too large to be kept; `sums` are minor units by currency.

    `place` says where it came from or goes to; `message_id` is its own name for itself; `confirmed_by` "signature" or a decision.
    """

    side: str
    direction: str
    kind: str
    name: str
    sha256: bytes
    content: bytes | None
    state: str
    place: str = ""
    message_id: str = ""
    count: int = 0
    sums: Mapping[str, int] = {}
    why: str = ""
    confirmed_by: str = ""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the ledger knows."""

    id: int
    side: str
    direction: str
    kind: str
    place: str
    name: str
    sha256: bytes
    raw_id: int
    is_kept: bool
    message_id: str
    count: int
    sums: Mapping[str, int]
    received_at: dt.datetime
    run: str
    state: str
    why: str
    confirmed_by: str


_SAID = tuple(name for name in File.__struct_fields__ if name != "sha256")


def record(ledger: opened.Ledger, tenant: str, one: New, run: str, at: dt.datetime) -> tuple[int, bool]:
    """(id, whether it is new). Where the same content stands for this side and direction, nothing is changed."""
    sealed = seal(ledger, tenant, one, at)
    with ledger.writing() as connection:
        return write(connection, tenant, one, sealed, run, at)


def seal(ledger: opened.Ledger, tenant: str, one: New, at: dt.datetime) -> raws.Sealed:
    """The content, or a note in its place where it is too large, sealed. To be called outside of a transaction."""
    key = ledger.seals.key(tenant, KIND, f"{at:%Y-%m}")
    note = {"name": one.name, "sha256": one.sha256.hex(), "kept": False}
    return raws.seal(key, KIND, msgspec.json.encode(note) if one.content is None else one.content)


def write(connection: sa.Connection, tenant: str, one: New, sealed: raws.Sealed, run: str, at: dt.datetime) -> tuple[int, bool]:
    """The same as `record`, in a transaction of the caller's."""
    (raw_id,) = raws.record(connection, tenant, [sealed]).values()  # whoever keeps the same bytes waits in line here
    mine = (_file.c.tenant == tenant, _file.c.side == one.side, _file.c.direction == one.direction, _file.c.sha256 == one.sha256)
    there = connection.execute(sa.select(_file.c.id).where(*mine)).scalar_one_or_none()
    if there is not None:
        return there, False
    values: dict[str, Any] = {field: getattr(one, field) for field in one.__struct_fields__ if field != "content"}
    values |= {"sums": dict(one.sums), "raw_id": raw_id, "is_kept": one.content is not None, "received_at": at, "run": run}
    made = connection.execute(sa.insert(_file).values(tenant=tenant, **values).returning(_file.c.id))
    return made.scalar_one(), True


def find(ledger: opened.Ledger, tenant: str, file_id: int) -> File | None:
    """A file of this tenant."""
    return next(iter(_find(ledger, tenant, _file.c.id == file_id)), None)


def find_by_sha256(ledger: opened.Ledger, tenant: str, side: str, direction: str, sha256: bytes) -> File | None:
    """The file with this content."""
    mine = (_file.c.side == side, _file.c.direction == direction, _file.c.sha256 == sha256)
    return next(iter(_find(ledger, tenant, *mine)), None)


def find_by_message_id(ledger: opened.Ledger, tenant: str, side: str, direction: str, message_id: str) -> list[File]:
    """The files that call themselves so, oldest first."""
    return _find(ledger, tenant, _file.c.side == side, _file.c.direction == direction, _file.c.message_id == message_id)


def find_standing(
    ledger: opened.Ledger, tenant: str, side: str, direction: str, states: Sequence[str], kinds: Sequence[str] | None = None
) -> list[File]:
    """The files in one of these states, oldest first."""
    mine = (_file.c.side == side, _file.c.direction == direction, _file.c.state.in_(states))
    return _find(ledger, tenant, *mine, *([] if kinds is None else [_file.c.kind.in_(kinds)]))


def find_known(ledger: opened.Ledger, tenant: str, side: str, direction: str) -> set[str]:
    """How the sums of all files of this side and direction begin: twelve hexadecimal digits of each.

    Not of those that were read and of which not all is there: a backup that was made just then remembers no more of them.
    """
    mine = (_file.c.tenant == tenant, _file.c.side == side, _file.c.direction == direction)
    payment = bank_tables.payment
    there = sa.select(sa.func.count()).where(payment.c.tenant == tenant, payment.c.in_file == _file.c.id).scalar_subquery()
    mine = (*mine, sa.or_(_file.c.state != "read", sa.and_(_file.c.side == "accounting", _file.c.count == there)))
    with ledger.reading() as connection:
        return {bytes(sha256).hex()[:12] for sha256 in connection.execute(sa.select(_file.c.sha256).where(*mine)).scalars()}


def count_message_ids(ledger: opened.Ledger, tenant: str, stem: str) -> int:
    """How far the names `stem`, `stem`-2 ... have been used: by files, and by what left before the ledger was put back."""
    payment, claim = bank_tables.payment, operations.claim
    mine = (_file.c.tenant == tenant, _file.c.side == "bank", _file.c.direction == "out")

    def begins(column: sa.ColumnElement[str | None]) -> sa.ColumnElement[bool]:
        return column.startswith(stem, autoescape=True)

    used = sa.union(
        sa.select(_file.c.message_id).where(*mine, begins(_file.c.message_id)),
        sa.select(payment.c.message_id).where(payment.c.tenant == tenant, begins(payment.c.message_id)),
        sa.select(claim.c.natural_key).where(claim.c.tenant == tenant, claim.c.purpose == "pay", begins(claim.c.natural_key)),
    )
    with ledger.reading() as connection:
        names = {name.partition("|")[0].removeprefix(stem) or "-1" for name in connection.execute(used).scalars()}
    return max((int(name[1:]) for name in names if _NUMBERED.fullmatch(name)), default=0)


def _find(ledger: opened.Ledger, tenant: str, *where: sa.ColumnElement[bool]) -> list[File]:
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_file).where(_file.c.tenant == tenant, *where).order_by(_file.c.id)).mappings()
        return [File(sha256=bytes(row["sha256"]), **{name: row[name] for name in _SAID}) for row in rows]


def move(
    ledger: opened.Ledger, tenant: str, file_id: int, start: Sequence[str], end: str, why: str = "", confirmed_by: str = ""
) -> bool:
    """Move a file from one of the states in `start`; False when it stood in none of them, and nothing was changed."""
    with ledger.writing() as connection:
        return change(connection, tenant, file_id, start, end, why, confirmed_by)


def change(
    connection: sa.Connection, tenant: str, file_id: int, start: Sequence[str], end: str, why: str = "", confirmed_by: str = ""
) -> bool:
    """The same, in a transaction of the caller's."""
    mine = (_file.c.tenant == tenant, _file.c.id == file_id, _file.c.state.in_(start))
    said = {"state": end} | ({"why": why} if why else {}) | ({"confirmed_by": confirmed_by} if confirmed_by else {})
    return connection.execute(sa.update(_file).where(*mine).values(said)).rowcount == 1


def read_content(ledger: opened.Ledger, tenant: str, file_id: int) -> bytes | None:
    """The bytes; None where the file was too large to be kept, or was purged."""
    raw = tables.raw
    kept = (_file.c.tenant == tenant, _file.c.id == file_id, _file.c.is_kept, raw.c.tenant == tenant, raw.c.id == _file.c.raw_id)
    with ledger.reading() as connection:
        row = connection.execute(sa.select(raw.c.sealed, _file.c.sha256).where(*kept)).one_or_none()
        if row is None or len(row.sealed) == seals.MONTH_LENGTH:
            return None
        content = ledger.seals.open(connection, tenant, KIND, bytes(row.sealed))
    if hashlib.sha256(content).digest() != bytes(row.sha256):
        raise seals.SealError(f"the content of file {file_id} of {tenant} is not what was recorded")
    return content
