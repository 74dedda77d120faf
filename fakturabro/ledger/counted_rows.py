"""A settled delivery as a certificate counts it, in parts: see proofs."""

from __future__ import annotations

import collections
import datetime as dt
import functools
import hashlib
import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import seals, tables

_AT_ONCE = 1_000
_document, _delivery, _revision, _raw, _log = tables.document, tables.delivery, tables.revision, tables.raw, tables.transfer_log
_booking, _recipient, _rendition = tables.booking, tables.recipient, tables.rendition
_FIRST = operator.itemgetter(0)
"""Rows are sorted here: the databases would carry the sealed bytes through the sorting."""


class Moment(NamedTuple):
    """When a certificate for a purpose was written: its id (0: now), and the newest line of the transfer log and bytes it saw."""

    purpose: str
    certificate_id: int
    log: int
    raw: int


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line of the transfer log, without what is purged of it; `sent` is the sha256 of the bytes that left."""

    id: int
    at: dt.datetime
    run: str
    target: str
    natural_key: str
    outcome: str
    sent: bytes | None


class Settled(msgspec.Struct, frozen=True, gc=False):
    """The part "". Here as in the other parts sums are bytes, which are base64 in JSON."""

    amount: int
    content: bytes
    currency: str
    document_id: int
    entered_in: int | None
    id: int
    made: bytes | None
    natural_key: str | None
    purpose: str
    read: bytes
    revision_id: int
    run: str
    settled_on: dt.date | None
    source_key: str
    state: str
    target: str | None
    tenant: str
    log: list[Line]
    sent: bytes | None


class Head(msgspec.Struct, frozen=True, gc=False):
    """The part "head/<month>": what the source's list says of the document."""

    amount: int
    currency: str
    customer_number: str
    kind: str
    number: str
    original_number: str | None
    source: str
    id: int
    sealed: bytes


class Document(msgspec.Struct, frozen=True, gc=False):
    """The part "document/<month>": the KID, and the sum over our sealed form of the revision."""

    id: int
    kid: str | None
    sealed: bytes


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """The part "recipient/<month>": the sum over the sealed recipient of what was distributed."""

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


def find_rows(connection: sa.Connection, tenant: str, moment: Moment, ids: Sequence[int]) -> Iterator[tuple[int, Parts]]:
    """(delivery id, parts) of these deliveries, in their order. A mark by the moment's own certificate counts as none."""
    for some in bulk.chunks(ids, _AT_ONCE):
        lines = _find_lines(connection, tenant, moment, some)
        query = (_query_booked if moment.purpose == "book" else _query_sent)(tenant, moment)
        # `|| ''`: SQLite would look for the ids among all rows of the tenant.
        mine = (_delivery.c.tenant + "" == tenant, bulk.among(connection, _delivery.c.id, some))
        for row in sorted(connection.execute(query.where(*mine)).all(), key=_FIRST):
            yield row[0], _to_parts(row, lines.get(row[0], ()))


def _query_booked(tenant: str, moment: Moment) -> sa.Select[Any]:
    """Rows of booking, with what their documents say; the KID counts from the booking on."""
    booked = (_delivery.c.state == "accepted", _booking.c.tenant == tenant, _booking.c.document_id == _delivery.c.document_id)
    joined = _joined(tenant).outerjoin(_booking, sa.and_(*booked))
    head = (*(_document.c[name] for name in _OF_HEAD), _booking.c.kid)
    return sa.select(_delivery.c.id, *_settled(moment, sa.null()), _revision.c.canonical, *head).select_from(joined)


def _query_sent(tenant: str, moment: Moment) -> sa.Select[Any]:
    """Rows of the other purposes, with the recipient and with what was made of the document in the format that was sent."""
    made, accepted = _raw.alias(), _delivery.c.state == "accepted"
    sent_as = sa.case((_delivery.c.target == "ehf", "ehf"), else_="pdf")
    of_revision = (_rendition.c.revision_id == _delivery.c.revision_id, _rendition.c.format == sent_as)
    reached = (_recipient.c.tenant == tenant, _recipient.c.document_id == _delivery.c.document_id)
    joined = (
        _joined(tenant)
        .outerjoin(_recipient, sa.and_(_delivery.c.purpose == "distribute", accepted, *reached))
        .outerjoin(_rendition, sa.and_(accepted, _rendition.c.tenant == tenant, *of_revision, _rendition.c.raw_id <= moment.raw))
        .outerjoin(made, sa.and_(made.c.tenant == tenant, made.c.id == _rendition.c.raw_id))
    )
    salt = sa.func.substr(_revision.c.canonical, 1, seals.NONCE_END, type_=sa.LargeBinary)
    return sa.select(_delivery.c.id, *_settled(moment, made.c.sha256), salt, _recipient.c.sealed).select_from(joined)


def _joined(tenant: str) -> sa.Join:
    return (
        sa.join(_delivery, _document, sa.and_(_document.c.tenant == tenant, _document.c.id == _delivery.c.document_id))
        .join(_revision, sa.and_(_revision.c.tenant == tenant, _revision.c.id == _delivery.c.revision_id))
        .join(_raw, sa.and_(_raw.c.tenant == tenant, _raw.c.id == _revision.c.raw_id))
    )


def _settled(moment: Moment, made: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
    found: dict[str, sa.ColumnElement[Any]] = {
        "content": _revision.c.hash,
        "entered_in": sa.func.nullif(_delivery.c.entered_in, moment.certificate_id),
        "made": made,
        "read": _raw.c.sha256,
        "source_key": _document.c.source_key,
    }
    return [found[name] if name in found else _delivery.c[name] for name in _OF_SETTLED]


_OF_SETTLED, _OF_HEAD = Settled.__struct_fields__[:-2], Head.__struct_fields__[:-2]
_END = 1 + len(_OF_SETTLED)


def _find_lines(connection: sa.Connection, tenant: str, moment: Moment, ids: Sequence[int]) -> dict[int, list[Any]]:
    columns = (_log.c.id, _log.c.at, _log.c.run, _log.c.target, _log.c.natural_key, _log.c.outcome)
    found = sa.select(*columns, _raw.c.sha256, _log.c.detail, _log.c.answer, _log.c.delivery_id).select_from(
        sa.outerjoin(_log, _raw, sa.and_(_raw.c.tenant == tenant, _raw.c.id == _log.c.sent_raw_id))
    )
    mine = (_log.c.tenant == tenant, _log.c.id <= moment.log, bulk.among(connection, _log.c.delivery_id, ids))
    lines: dict[int, list[Any]] = collections.defaultdict(list)
    for row in sorted(connection.execute(found.where(*mine)).all(), key=_FIRST):
        lines[row[-1]].append(row)
    return lines


def _to_parts(row: Sequence[Any], rows: Sequence[Any]) -> Parts:
    i, (sealed, *said) = row[0], row[_END:]
    lines = [Line(*one[:7]) for one in rows]
    sent = next((line.sent for line in reversed(lines) if line.outcome == "accepted"), None)
    parts: Parts = {"": Settled(*row[1:_END], log=lines, sent=sent)}
    if len(said) > 1:
        head, document = _names(sealed[: seals.MONTH_LENGTH])
        digest = _sum(sealed)
        parts[head], parts[document] = Head(*said[:-1], id=i, sealed=digest), Document(i, said[-1], digest)
    elif said[0] is not None:
        parts[f"recipient/{_month(said[0])}"] = Recipient(i, _sum(said[0]))
    for line in rows:
        name = f"answer/{line[1].isoformat()[: seals.MONTH_LENGTH]}"
        texts = parts.setdefault(name, Answers(i, [], sealed[: seals.NONCE_END]))
        assert isinstance(texts, Answers)  # noqa: S101 - the name says so
        texts.lines.append((line[0], line[7], line[8] and _sum(line[8])))
    return parts


@functools.cache
def _names(month: bytes) -> tuple[str, str]:
    return f"head/{_month(month)}", f"document/{_month(month)}"


def _sum(sealed: bytes) -> bytes:
    return hashlib.sha256(sealed).digest()


def _month(sealed: bytes) -> str:
    return bytes(sealed[: seals.MONTH_LENGTH]).decode("ascii", "replace")
