"""How long what is kept: which data keys may be destroyed, since what they seal is old enough and nothing of it is open.

docs/retention.md says why each kind is kept as long as it is; `purging` destroys.

Source: bokføringsloven § 13 (5 years and 3 years 6 months, both after the end of the accounting year).
Assumed: our copy of a sales document and what was made of it to send it are bookkeeping material (§ 13 first paragraph no. 1 to 4),
and so are payment orders, payments that came in and the files of both, movements at the factoring company and vouchers of them;
cards, recipients, counterparts' answers, decisions, debtors' objections and clients' reports are secondary (no. 5 to 8).
Of what two systems share, sales invoices, costs and their files are kept as bookkeeping material, and entries of registers as
secondary; their time counts from the month in which they were read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.ledger import documents, opened, operations, seals, states, tables
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.portal import tables as portal_tables
from fakturabro.ledger.returns import tables as return_tables

_document, _revision, _raw, _delivery, _log = tables.document, tables.revision, tables.raw, tables.delivery, tables.transfer_log
_rendition, _recipient, _renewed, _decision = tables.rendition, tables.recipient, tables.renewed, operations.decision
_objection, _file = portal_tables.objection, bank_tables.bank_file
_payment, _incoming = bank_tables.payment, bank_tables.incoming
_movement, _voucher = return_tables.movement, return_tables.return_voucher
_RECEIVED = msgspec.json.Decoder(values.Received)
BOOKKEEPING, SECONDARY = 60, 42
"""Months after the end of the accounting year."""
KINDS: Mapping[str, int] = {
    "pdf": BOOKKEEPING,
    "ehf": BOOKKEEPING,
    "entry": BOOKKEEPING,
    "write_back": BOOKKEEPING,
    "customer": SECONDARY,
    "recipient": SECONDARY,
    "link": SECONDARY,
    "email": SECONDARY,
    "letter": SECONDARY,
    "answer": SECONDARY,
    "decision": SECONDARY,
    "objection": SECONDARY,
    "report": SECONDARY,
    "document": BOOKKEEPING,
    "bank_file": BOOKKEEPING,
    "payment": BOOKKEEPING,
    "incoming_payment": BOOKKEEPING,
    "voucher": BOOKKEEPING,
    "movement": BOOKKEEPING,
    "article": SECONDARY,
    "project": SECONDARY,
    "sales_invoice": BOOKKEEPING,
    "purchase_cost": BOOKKEEPING,
    "purchase_file": BOOKKEEPING,
}
"""What the law decides, and the order of purging: a document's date is read before its own key goes."""
DATED = ("bank_file", "payment", "incoming_payment", "voucher", "movement")
"""Kinds whose documents stand beside rows that tell their dates."""
_SHARED = tuple(kind for kind in values.SYNC_KINDS if kind != "customer")
REVISED = ("document", "payment", "incoming_payment", "movement", *_SHARED)
"""Kinds that seal what documents say."""
NEVER = ("approver", "secret", "sync_plan")
"""Kinds of data keys that seal what works today, however old it is: no setting purges them."""
_YEARS = {BOOKKEEPING: "etter 5 år", SECONDARY: "etter 3,5 år"}


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A data key whose month is past. It may go from `due` on, unless something (`open`: how many documents) is still open."""

    kind: str
    month: str
    due: dt.date
    documents: int
    open: int

    def may_go(self, today: dt.date) -> bool:
        """Whether purging takes it today."""
        return self.due <= today and not self.open


def after(kind: str) -> str:
    """How old a kind gets, for people: "etter 5 år"."""
    return _YEARS.get(KINDS.get(kind, 0), "etter klientens egen innstilling")


def due(date: dt.date, months: int, year_ends: int) -> dt.date:
    """The first day on which something of this date may go: `months` after the end of its accounting year.

    `year_ends` is the accounting year's last month.

    >>> due(dt.date(2021, 3, 1), 42, 12)
    datetime.date(2025, 7, 1)
    >>> due(dt.date(2021, 7, 1), 60, 6)
    datetime.date(2027, 7, 1)
    """
    year = date.year + (date.month > year_ends)
    count = year * 12 + year_ends + months
    return dt.date(count // 12, count % 12 + 1, 1)


def find_candidates(
    ledger: opened.Ledger, tenant: str, today: dt.date, year_ends: int = 12, others: Mapping[str, int] | None = None
) -> list[Candidate]:
    """The data keys whose month is past, in the order of purging. `others` are months for kinds that the law does not decide."""
    rules = {**{kind: months for kind, months in (others or {}).items() if kind not in (*KINDS, *NEVER)}, **KINDS}
    table = tables.data_key
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(table.c.kind, table.c.month).where(table.c.tenant == tenant).order_by(table.c.month))
        keys = [(kind, month) for kind, month in rows if kind in rules]
        past = [(k, m) for k, m in keys if due(dt.date.fromisoformat(f"{m}-01"), rules[k], year_ends) <= today]
        return [
            _candidate(ledger, connection, tenant, kind, month, lambda date, k=kind: due(date, rules[k], year_ends))
            for kind, month in sorted(past, key=lambda one: list(rules).index(one[0]))
        ]


def _candidate(
    ledger: opened.Ledger, connection: sa.Connection, tenant: str, kind: str, month: str, to_due: Callable[[dt.date], dt.date]
) -> Candidate:
    open_ = count_open(connection, tenant, kind, month)
    newest = dt.date.fromisoformat(f"{month}-01")
    chosen = documents_of(tenant, kind, month)
    count, last = _newest_day(connection, tenant, chosen)
    undated = (_document.c.tenant == tenant, _document.c.kind.not_in(DATED), _document.c.id.in_(chosen))
    ids = [] if kind in DATED else list(connection.execute(sa.select(_document.c.id).where(*undated)).scalars())
    if ids and not open_:
        last = max(last, _newest_date(ledger, tenant, ids))
    return Candidate(kind=kind, month=month, due=to_due(max(newest, last)), documents=count + len(ids), open=open_)


def _newest_day(connection: sa.Connection, tenant: str, chosen: sa.Select[tuple[int]]) -> tuple[int, dt.date]:
    """How many of these are payments or movements, and the day on which the last of them was due, came in, or happened."""
    found = [
        connection.execute(
            sa.select(sa.func.count(), sa.func.max(day)).where(table.c.tenant == tenant, table.c.document_id.in_(chosen))
        )
        for table, day in ((_payment, _payment.c.due), (_incoming, _incoming.c.booked_on), (_movement, _movement.c.day))
    ]
    counts, days = zip(*(rows.one() for rows in found), strict=True)
    return sum(counts), max([dt.date.min, *(day for day in days if day)])


def _newest_date(ledger: opened.Ledger, tenant: str, ids: Sequence[int]) -> dt.date:
    """The newest date of these documents: one dated ahead belongs to a later accounting year than the month it was read in."""
    newest = dt.date.min
    for document_id in ids:
        try:
            (row,) = documents.read(ledger, tenant, [document_id])
        except seals.SealError:
            continue  # purged already, so older than whatever is asked about
        if row.kind in values.SYNC_KINDS:
            continue
        invoice = _RECEIVED.decode(row.canonical).invoice
        newest = max([newest, *(one for one in (invoice and invoice.issue_date, invoice and invoice.tax_point_date) if one)])
    return newest


def begins_with(column: sa.ColumnElement[bytes], month: str) -> sa.ColumnElement[bool]:
    return sa.func.substr(column, 1, seals.MONTH_LENGTH, type_=sa.LargeBinary) == sa.literal(month.encode(), sa.LargeBinary)


def is_sealed_as(kind: str) -> sa.ColumnElement[bool]:
    """Whether a document's revisions are sealed with keys of this kind: see documents.seal_kind."""
    alone = (*DATED, *_SHARED)
    return _document.c.kind == kind if kind in alone else _document.c.kind.not_in(("customer", *alone))


def carried(tenant: str) -> sa.Select[tuple[int]]:
    """The customers that two systems share; all others are cards, which have no purposes."""
    mine = (_document.c.tenant == tenant, _document.c.kind == "customer", _document.c.state == "fetched")
    has_one = sa.exists().where(_delivery.c.tenant == _document.c.tenant, _delivery.c.document_id == _document.c.id)
    return sa.select(_document.c.id).where(*mine, has_one)


def documents_of(tenant: str, kind: str, month: str) -> sa.Select[tuple[int]]:
    """The ids of the documents that a data key has to do with."""
    of_raw = sa.select(_raw.c.id).where(_raw.c.tenant == tenant, _raw.c.kind == kind, _raw.c.month == month)
    of_delivery = sa.select(_delivery.c.document_id).where(_delivery.c.tenant == tenant)
    logged = sa.select(_log.c.delivery_id).where(_log.c.tenant == tenant)
    of_revision = sa.select(_revision.c.document_id).where(_revision.c.tenant == tenant)
    if kind == "customer":
        cards = of_revision.where(begins_with(_revision.c.canonical, month))
        card = sa.select(_document.c.source_key).where(
            _document.c.tenant == tenant, _document.c.kind == kind, _document.c.id.in_(cards)
        )
        mine = (_document.c.tenant == tenant, _document.c.kind != kind, _document.c.state == "fetched")
        of_card = sa.select(_document.c.id).where(*mine, _document.c.customer_number.in_(card))
        return sa.select(sa.union(of_card, carried(tenant).where(_document.c.id.in_(cards))).subquery().c.id)
    if kind in REVISED:
        sealed = of_revision.where(begins_with(_revision.c.canonical, month))
        return sa.select(_document.c.id).where(_document.c.tenant == tenant, is_sealed_as(kind), _document.c.id.in_(sealed))
    if kind == "recipient":
        settled = sa.select(_recipient.c.document_id).where(_recipient.c.tenant == tenant, begins_with(_recipient.c.sealed, month))
        before = sa.select(_renewed.c.document_id).where(_renewed.c.tenant == tenant, begins_with(_renewed.c.recipient, month))
        return sa.select(sa.union(settled, before).subquery().c.document_id)
    if kind == "answer":
        answered = logged.where(sa.or_(begins_with(_log.c.answer, month), in_month(_log.c.at, month)))
        return of_delivery.where(_delivery.c.id.in_(answered)).distinct()
    if kind in ("decision", "objection"):
        return _asked_about(tenant, month) if kind == "decision" else _objected_to(tenant, month)
    left = of_delivery.where(_delivery.c.id.in_(logged.where(_log.c.sent_raw_id.in_(of_raw))))
    if kind == "bank_file":
        file = sa.select(_file.c.id).where(_file.c.tenant == tenant, _file.c.raw_id.in_(of_raw))
        left = sa.select(_payment.c.document_id).where(_payment.c.tenant == tenant, _payment.c.out_file.in_(file))
        came = of_revision.where(_revision.c.raw_id.in_(of_raw))
    elif kind == "voucher":
        said = sa.select(_voucher.c.id).where(_voucher.c.tenant == tenant, _voucher.c.raw_id.in_(of_raw))
        came = sa.select(_movement.c.document_id).where(_movement.c.tenant == tenant, _movement.c.voucher_id.in_(said))
    else:
        made = sa.select(_rendition.c.revision_id).where(_rendition.c.tenant == tenant, _rendition.c.raw_id.in_(of_raw))
        came = of_revision.where(_revision.c.id.in_(made))
    return sa.select(sa.union(came, left).subquery().c.document_id)


def _asked_about(tenant: str, month: str) -> sa.Select[tuple[int]]:
    asked = sa.select(_decision.c.subject).where(_decision.c.tenant == tenant, begins_with(_decision.c.question, month))
    mine = (_delivery.c.tenant == tenant, sa.cast(_delivery.c.id, sa.Text).in_(asked))
    return sa.select(_delivery.c.document_id).where(*mine).distinct()


def _objected_to(tenant: str, month: str) -> sa.Select[tuple[int]]:
    of_month = (_objection.c.tenant == tenant, begins_with(_objection.c.sealed, month))
    said = sa.select(_objection.c.source, _objection.c.source_key).where(*of_month)
    mine = (_document.c.tenant == tenant, sa.tuple_(_document.c.source, _document.c.source_key).in_(said))
    return sa.select(_document.c.id).where(*mine)


def in_month(column: sa.ColumnElement[dt.datetime], month: str) -> sa.ColumnElement[bool]:
    first = dt.datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    return sa.and_(column >= first, column < (first + dt.timedelta(days=32)).replace(day=1))


def count_open(connection: sa.Connection, tenant: str, kind: str, month: str) -> int:
    """How many of a data key's documents are not settled for every purpose, and how many of its questions are not answered."""
    unsettled = sa.select(sa.func.count(sa.distinct(_delivery.c.document_id))).where(
        _delivery.c.tenant == tenant,
        _delivery.c.state.in_(states.OPEN),
        _delivery.c.document_id.in_(documents_of(tenant, kind, month)),
    )
    asked = sa.select(sa.func.count()).where(
        _decision.c.tenant == tenant, operations.OPEN, begins_with(_decision.c.question, month)
    )
    found = connection.execute(unsettled).scalar_one()
    return found + (connection.execute(asked).scalar_one() if kind == "decision" else 0)
