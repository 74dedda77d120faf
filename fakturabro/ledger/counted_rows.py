"""A settled delivery as a certificate counts it, in parts: see proofs."""

from __future__ import annotations

import collections
import contextlib
import functools
import hashlib
import json
import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import seals

_AT_ONCE = 100
_FIRST = operator.itemgetter(0)
"""Rows are sorted here: the databases would carry the sealed bytes through the sorting."""


class Moment(NamedTuple):
    """When a certificate for a purpose was written: its id (0: now), and the newest line of the transfer log and bytes it saw."""

    purpose: str
    certificate_id: int
    log: int
    raw: int


Line = tuple[int, str, str, str, str, str, bytes | None]
"""A line of the transfer log, without what is purged of it: id, time in UTC, run, target, natural key, outcome, and the sha256 of
the bytes that left."""


class Settled(msgspec.Struct, frozen=True, gc=False):
    """The part "". Here as in the other parts sums are bytes, which are base64 in JSON, and names stand in their order."""

    amount: int
    content: bytes
    currency: str
    document_id: int
    entered_in: int | None
    id: int
    log: list[Line]
    made: bytes | None
    natural_key: str | None
    purpose: str
    read: bytes
    revision_id: int
    run: str
    sent: bytes | None
    settled_on: str | None
    source_key: str
    state: str
    target: str | None
    tenant: str


class Head(msgspec.Struct, frozen=True, gc=False):
    """The part "head/<month>": what the source's list says of the document."""

    amount: int
    currency: str
    customer_number: str
    id: int
    kind: str
    number: str
    original_number: str | None
    sealed: bytes
    source: str


class Document(msgspec.Struct, frozen=True, gc=False):
    """The part "document/<month>": the KID, and the sum over our sealed form of the revision."""

    id: int
    kid: str | None
    sealed: bytes


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """The part "recipient/<month>": the sum over the sealed recipient of what was distributed.

    Only where the ledger had made what was sent. Of what left before a ledger was restored it knows neither; the recipient that it
    settles afterwards is none that a certificate counted.
    """

    id: int
    sealed: bytes


class Answers(msgspec.Struct, frozen=True, gc=False):
    """The part "answer/<month>": of the lines of that month their ids, what was said in clear text, and the sealed answers' sums.

    `sealed` is how our sealed form of the revision begins: month and nonce."""

    id: int
    lines: list[tuple[int, str, bytes | None]]
    sealed: bytes


Part = Settled | Head | Document | Recipient | Answers
Parts = dict[str, Part]


# Text for the driver: of each document some forty values are read, and SQLAlchemy's types cost more than all the rest.
_SETTLED = """
select d.id, d.amount, r.hash, d.currency, d.document_id, nullif(d.entered_in, {certificate}), d.id, {made}, d.natural_key,
  d.purpose, w.sha256, d.revision_id, d.run, {day}, c.source_key, d.state, d.target, d.tenant, {said}
from {table} d
  join document c on c.tenant = d.tenant and c.id = d.document_id
  join revision r on r.tenant = d.tenant and r.id = d.revision_id
  join raw w on w.tenant = d.tenant and w.id = r.raw_id
  {joined}
where d.id {among} and d.tenant{kept} = {tenant} and coalesce(d.settled_in, 0) = {certificate}
"""
_OF_BOOKED = "r.canonical, c.amount, c.currency, c.customer_number, d.id, c.kind, c.number, c.original_number, c.source, b.kid"
_BOOKED = "left join booking b on b.tenant = d.tenant and b.document_id = d.document_id and d.state = 'accepted'"
"""What the document says; the KID counts from the booking on."""
_SALT = f"substr(r.canonical, 1, {seals.NONCE_END})"
_SENT = """
  left join rendition f on f.tenant = d.tenant and f.revision_id = d.revision_id and d.state = 'accepted'
    and f.format = case d.target when 'ehf' then 'ehf' else 'pdf' end and f.raw_id <= {raw}
  left join raw m on m.tenant = d.tenant and m.id = f.raw_id
"""
"""What was made of the document in the format that was sent, when the certificate was written."""
_REACHED = "left join recipient p on p.tenant = d.tenant and p.document_id = d.document_id and f.raw_id is not null"
_REACHED_BEFORE = "case when f.raw_id is not null then d.recipient end"
"""Who got it: see Recipient."""
_LINES = """
select l.id, {at}, l.run, l.target, l.natural_key, l.outcome, w.sha256, l.detail, l.answer, l.delivery_id
from transfer_log l left join raw w on w.tenant = l.tenant and w.id = l.sent_raw_id
where l.tenant = {tenant} and l.id <= {log} and l.delivery_id {among}
"""
_END = 18
_DIALECTS = {
    # `|| ''`: SQLite would look for the ids among all rows of the tenant. What a parameter is, it is told once.
    "sqlite": {
        **{name: f":{name}" for name in ("tenant", "certificate", "log", "raw")},
        "among": "in (select value from json_each(:ids))",
        "kept": " || ''",
        "day": "d.settled_on",
        "at": "l.at",
    },
    "postgresql": {
        **{name: f"%({name})s" for name in ("tenant", "certificate", "log", "raw")},
        "among": "= any(%(ids)s::bigint[])",
        "kept": "",
        "day": "to_char(d.settled_on, 'YYYY-MM-DD')",
        "at": "to_char(l.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    },
}
"""Both say days and times in the same words, so that a sum does not depend on the database."""


def find_rows(connection: sa.Connection, tenant: str, moment: Moment, ids: Sequence[int]) -> Iterator[tuple[int, Parts]]:
    """(delivery id, parts) of these deliveries, in their order. A mark by the moment's own certificate counts as none."""
    dialect = connection.dialect.name
    stand_in = ("delivery", "renewed") if moment.certificate_id else ("delivery",)
    for some in bulk.chunks(ids, _AT_ONCE):
        values: dict[str, Any] = {"tenant": tenant, "certificate": moment.certificate_id, "log": moment.log, "raw": moment.raw}
        values["ids"] = json.dumps(some) if dialect == "sqlite" else some
        lines: dict[int, list[Any]] = collections.defaultdict(list)
        for line in sorted(_read(connection, _LINES.format(**_DIALECTS[dialect]), values), key=_FIRST):
            lines[line[-1]].append(line)
        found = [row for table in stand_in for row in _read(connection, _statement(dialect, moment.purpose, table), values)]
        for row in sorted(found, key=_FIRST):
            yield row[0], _to_parts(row, lines.get(row[0], ()))


@functools.cache
def _statement(dialect: str, purpose: str, table: str) -> str:
    """For what stands as it was counted, or for what waited again since."""
    if purpose == "book":
        made, said, joined = "null", _OF_BOOKED, _BOOKED
    elif (purpose, table) == ("distribute", "delivery"):
        made, said, joined = "m.sha256", f"{_SALT}, p.sealed", _SENT + _REACHED
    else:
        made, said, joined = "m.sha256", f"{_SALT}, {'null' if table == 'delivery' else _REACHED_BEFORE}", _SENT
    words = _DIALECTS[dialect]
    return _SETTLED.format(**words, table=table, made=made, said=said, joined=joined.format(**words))


def _read(connection: sa.Connection, statement: str, values: dict[str, Any]) -> list[Any]:
    how = {"binary": True} if connection.dialect.name == "postgresql" else {}
    cursor: Any = connection.connection.cursor(**how)
    with contextlib.closing(cursor):
        cursor.execute(statement, values)
        return cursor.fetchall()


def _to_parts(row: Sequence[Any], rows: Sequence[Any]) -> Parts:
    i, sealed = row[0], row[_END]
    lines: list[Line] = []
    answers: dict[str, Answers] = {}
    sent = None
    for line in rows:
        lines.append(line[:7])
        if line[5] == "accepted":
            sent = line[6]
        name = f"answer/{line[1][: seals.MONTH_LENGTH]}"
        if name not in answers:
            answers[name] = Answers(i, [], sealed[: seals.NONCE_END])
        answers[name].lines.append((line[0], line[7], line[8] and _sum(line[8])))
    settled: tuple[Any, ...] = (*row[1:7], lines, *row[7:13], sent, *row[13:_END])
    parts: Parts = {"": Settled(*settled), **answers}
    if len(row) > _END + 2:
        digest = _sum(sealed)
        head: tuple[Any, ...] = (*row[_END + 1 : -2], digest, row[-2])
        parts[_name("head", sealed[: seals.MONTH_LENGTH])] = Head(*head)
        parts[_name("document", sealed[: seals.MONTH_LENGTH])] = Document(i, row[-1], digest)
    elif (recipient := row[-1]) is not None:
        parts[_name("recipient", recipient[: seals.MONTH_LENGTH])] = Recipient(i, _sum(recipient))
    return parts


@functools.cache
def _name(kind: str, month: bytes) -> str:
    return f"{kind}/{month.decode('ascii', 'replace')}"


def _sum(sealed: bytes) -> bytes:
    return hashlib.sha256(sealed).digest()
