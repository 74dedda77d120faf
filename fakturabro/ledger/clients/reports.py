"""The reports that clients were given: sealed in three forms and as content, newest first, until their key is purged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened, raws, seals, tables
from fakturabro.ledger.clients import tables as client_tables

_report = client_tables.client_report
KIND = "report"
"""The kind of the data keys that seal reports."""
Form = Literal["html", "pdf", "xlsx", "content"]
FORMS: tuple[Form, ...] = ("html", "pdf", "xlsx", "content")
OF_REGISTERS = ("similarity_report", "first_synchronisation")
"""Flows whose reports are tables to work in, and no PDF."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was made. `slot` is None for a period; `content` is the JSON of what it says. OF_REGISTERS have no `pdf`."""

    flow: str
    slot: dt.datetime | None
    period: tuple[dt.date, dt.date]
    made_at: dt.datetime
    language: str
    headline: str
    counts: Mapping[str, int]
    html: bytes
    pdf: bytes
    xlsx: bytes
    content: bytes


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A report's row, without its bytes."""

    id: int
    flow: str
    slot: dt.datetime | None
    period: tuple[dt.date, dt.date]
    made_at: dt.datetime
    language: str
    headline: str
    counts: dict[str, int]

    @property
    def forms(self) -> tuple[Form, ...]:
        """What people may have of it."""
        return ("html", "xlsx") if self.flow in OF_REGISTERS else ("html", "pdf", "xlsx")


def record(ledger: opened.Ledger, tenant: str, made: Made) -> int:
    """Seal and keep a report; its id. What is recorded again for the same slot is one more, and the newest counts."""
    key = ledger.seals.key(tenant, KIND, f"{made.made_at.astimezone(dt.UTC):%Y-%m}")
    sealed = {form: raws.seal(key, KIND, getattr(made, form)) for form in FORMS}
    with ledger.writing() as connection:
        ids = raws.record(connection, tenant, list(sealed.values()))
        kept = {f"{form}_raw_id": ids[one.sha256] for form, one in sealed.items()}
        about = {"flow": made.flow, "slot_time": made.slot, "first_day": made.period[0], "last_day": made.period[1]}
        about |= {"made_at": made.made_at, "language": made.language, "headline": made.headline, "counts": dict(made.counts)}
        statement = sa.insert(_report).values(tenant=tenant, **about, **kept).returning(_report.c.id)
        return connection.execute(statement).scalar_one()


def find_newest(ledger: opened.Ledger, tenant: str, count: int, before_id: int | None = None) -> list[Kept]:
    """At most `count` of a tenant's reports, the newest first; `before_id` continues after the last one of a page."""
    mine = [_report.c.tenant == tenant, *([] if before_id is None else [_report.c.id < before_id])]
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_report).where(*mine).order_by(_report.c.id.desc()).limit(count))
        return [_kept(row) for row in rows]


def find_before(ledger: opened.Ledger, tenant: str, flow: str, slot: dt.datetime) -> Kept | None:
    """The newest report of another slot of a flow; None when there is none. Reports of periods are none of a slot."""
    mine = (_report.c.tenant == tenant, _report.c.flow == flow, _report.c.slot_time != slot)
    with ledger.reading() as connection:
        row = connection.execute(sa.select(_report).where(*mine).order_by(_report.c.id.desc()).limit(1)).one_or_none()
        return _kept(row) if row else None


def find(ledger: opened.Ledger, tenant: str, report_id: int) -> Kept | None:
    """One of a tenant's reports; None when the tenant has none with this id."""
    with ledger.reading() as connection:
        row = connection.execute(sa.select(_report).where(_report.c.tenant == tenant, _report.c.id == report_id)).one_or_none()
        return _kept(row) if row else None


def read(ledger: opened.Ledger, tenant: str, report_id: int, form: Form) -> bytes | None:
    """A report's bytes in one form; None when the tenant has no such report, or it was purged. `find` says which."""
    column = _report.c[f"{form}_raw_id"]
    raw_id = sa.select(column).where(_report.c.tenant == tenant, _report.c.id == report_id)
    raw = tables.raw
    with ledger.reading() as connection:
        chosen = (raw.c.tenant == tenant, raw.c.kind == KIND, raw.c.id == raw_id.scalar_subquery())
        sealed = connection.execute(sa.select(raw.c.sealed).where(*chosen)).scalar_one_or_none()
        if sealed is None or len(sealed) == seals.MONTH_LENGTH:
            return None
        try:
            return ledger.seals.open(connection, tenant, KIND, bytes(sealed))
        except seals.SealError:
            return None


def _kept(row: sa.Row[tuple[object, ...]]) -> Kept:
    return Kept(
        id=row.id,
        flow=row.flow,
        slot=row.slot_time,
        period=(row.first_day, row.last_day),
        made_at=row.made_at,
        language=row.language,
        headline=row.headline,
        counts=row.counts,
    )
