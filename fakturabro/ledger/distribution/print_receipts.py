"""What the print partner says of letters after it has them: recorded once per state, and what is left for a person to see to.

A letter counts as accepted when it was handed over; a receipt never moves a delivery.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, operations, tables

_receipt, _delivery, _document, _log = operations.print_receipt, tables.delivery, tables.document, tables.transfer_log
_claim = operations.claim
_AT_ONCE = 1_000
FAULTS = ("rejected", "undeliverable")
State = Literal["accepted", "printed", "posted", "rejected", "undeliverable"]


class Job(msgspec.Struct, frozen=True):
    """Whose a print job is; without `delivery_id` only the journal knows it: its document has not come in again."""

    tenant: str
    delivery_id: int | None
    document_id: int | None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One state of one letter; `at` by the partner's clock."""

    delivery_id: int
    job_id: str
    state: State
    at: dt.datetime
    detail: str = ""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that a person should see to; `state` and `at` are None where no receipt came."""

    delivery_id: int
    document_id: int
    number: str
    kind: str
    job_id: str
    state: State | None = None
    at: dt.datetime | None = None
    detail: str = ""


def find_jobs(ledger: opened.Ledger, job_ids: Iterable[str]) -> dict[str, Job]:
    """Whose these jobs are, of any tenant; those that nobody ever handed over are left out."""
    found: dict[str, Job] = {}
    asked = list(job_ids)
    of_log = sa.and_(_delivery.c.tenant == _log.c.tenant, _delivery.c.id == _log.c.delivery_id)
    document = sa.select(_delivery.c.document_id).where(of_log).scalar_subquery()
    with ledger.reading() as connection:
        queries = (
            (_delivery.c.natural_key, _delivery.c.tenant, _delivery.c.id, _delivery.c.document_id, tables.LETTER),
            (_claim.c.natural_key, _claim.c.tenant, sa.null(), sa.null(), _claim.c.target == "letter"),
            (_log.c.natural_key, _log.c.tenant, _log.c.delivery_id, document, _log.c.target == "letter"),
        )
        for key, tenant, delivery_id, document_id, is_letter in queries:
            if left := [one for one in asked if one not in found]:
                query = sa.select(key, tenant, delivery_id, document_id).where(is_letter, bulk.among(connection, key, left))
                found |= {job_id: Job(*whose) for job_id, *whose in connection.execute(query)}
    return found


def record(ledger: opened.Ledger, tenant: str, receipts: Sequence[Receipt], now: dt.datetime) -> list[Receipt]:
    """Note what was said; what had not been said before, in its order. Saying it again changes nothing."""
    new: set[tuple[int, str, str]] = set()
    with ledger.writing() as connection:
        for some in bulk.chunks(receipts, _AT_ONCE):
            rows = [{"tenant": tenant, "recorded_at": now, **msgspec.structs.asdict(one)} for one in some]
            statement = bulk.dialect_insert(connection, _receipt).values(rows).on_conflict_do_nothing()
            said = connection.execute(statement.returning(_receipt.c.delivery_id, _receipt.c.job_id, _receipt.c.state))
            new |= {(delivery_id, job_id, state) for delivery_id, job_id, state in said}
    first: dict[tuple[int, str, str], Receipt] = {}
    for one in receipts:
        first.setdefault((one.delivery_id, one.job_id, one.state), one)
    return [one for key, one in first.items() if key in new]


def find_rejected(ledger: opened.Ledger, tenant: str) -> list[Letter]:
    """Letters that were rejected or came back, that nobody has closed and that were not printed or posted later."""
    later = _receipt.alias("later")
    mended = sa.exists().where(
        later.c.tenant == _receipt.c.tenant,
        later.c.delivery_id == _receipt.c.delivery_id,
        later.c.job_id == _receipt.c.job_id,
        later.c.at > _receipt.c.at,
        later.c.state.in_(("printed", "posted")),
    )
    query = (
        sa.select(*_OF_DOCUMENT, _receipt.c.job_id, _receipt.c.state, _receipt.c.at, _receipt.c.detail)
        .join(_delivery, sa.and_(_delivery.c.tenant == _receipt.c.tenant, _delivery.c.id == _receipt.c.delivery_id))
        .join(_document, sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id))
        .where(_receipt.c.tenant == tenant, _receipt.c.state.in_(FAULTS), _receipt.c.closed_at.is_(None), ~mended)
        .order_by(_receipt.c.at, _receipt.c.id)
    )
    return _letters(ledger, query)


def find_unreceipted(ledger: opened.Ledger, tenant: str, first: dt.date, last: dt.date) -> list[Letter]:
    """Letters that were handed over from `first` to `last`, both included, of which the partner has said nothing at all."""
    said = sa.exists().where(
        _receipt.c.tenant == _delivery.c.tenant,
        _receipt.c.delivery_id == _delivery.c.id,
        _receipt.c.job_id == _delivery.c.natural_key,
    )
    query = (
        sa.select(*_OF_DOCUMENT, _delivery.c.natural_key.label("job_id"))
        .join(_document, sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id))
        .where(_delivery.c.tenant == tenant, tables.LETTER, _delivery.c.state == "accepted")
        .where(_delivery.c.settled_on.between(first, last), ~said)
        .order_by(_delivery.c.id)
    )
    return _letters(ledger, query)


def close(ledger: opened.Ledger, tenant: str, delivery_id: int, by: str, why: str, now: dt.datetime) -> bool:
    """Somebody has seen to a letter that was rejected or came back; False when nothing was left to see to."""
    mine = (_receipt.c.tenant == tenant, _receipt.c.delivery_id == delivery_id, _receipt.c.state.in_(FAULTS))
    closed = sa.update(_receipt).where(*mine, _receipt.c.closed_at.is_(None))
    with ledger.writing() as connection:
        return connection.execute(closed.values(closed_at=now, closed_by=by, closed_why=why)).rowcount > 0


_OF_DOCUMENT = (_delivery.c.id.label("delivery_id"), _delivery.c.document_id, _document.c.number, _document.c.kind)


def _letters(ledger: opened.Ledger, query: sa.Select[tuple[object, ...]]) -> list[Letter]:
    with ledger.reading() as connection:
        return [msgspec.convert(row, Letter) for row in connection.execute(query).mappings()]
