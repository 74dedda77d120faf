"""What a tenant has paid before: the same payment again, and the files that it usually sends."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.payments import stages
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _payment, _event = tables.delivery, bank_tables.payment, bank_tables.payment_event
KINDS = ("exact", "loose", "plain", "blank")
_PAYS = sa.and_(
    _delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id, _delivery.c.purpose == "pay"
)
_SAID = (
    sa.func.count(),
    sa.func.sum(_delivery.c.amount),
    sa.func.max(_delivery.c.amount),
    sa.func.sum(sa.case((_payment.c.is_new_receiver, 1), else_=0)),
)
"""What is told of payments together: see Past."""
_SALARY_DAYS = 10
"""Salaries repeat every month or fortnight by themselves; a list that is read once more has the dates of the day after."""


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier payment with the same key.

    `kind` exact: all the same; loose: another due date or debtor account; plain: the reference is written in another way, too;
    blank: creditor account and amount, and the references cannot be compared, for one is missing, or one is a KID and one an
    invoice number.
    """

    kind: str
    document_id: int
    number: str
    entered_on: dt.date
    due: dt.date
    stage: str


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A file of payments that went to the bank. `total` and `largest` are minor units."""

    file_id: int
    count: int
    total: int
    largest: int
    new_receivers: int


def find_same(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int], since: dt.date) -> dict[int, list[Same]]:
    """For each of these payments and each kind of key, the earlier payment with the same key that is nearest in due date.

    Earlier is what was recorded before it, since a day, and neither cancelled nor refused by the bank; one that the bank took after
    all, having refused it, is met as `loose`. Payments without any are absent. Of two that both have a KID, or both an invoice
    number, the rest says nothing, nor of two salaries that are due more than ten days apart.
    """
    found: dict[int, list[Same]] = {}
    with ledger.reading() as connection:
        these = (_payment.c.tenant == tenant, bulk.among(connection, _payment.c.document_id, document_ids))
        columns = (_payment.c[name] for name in ("document_id", "content", "loose", "plain", "blank"))
        asked = connection.execute(sa.select(*columns).where(*these)).all()
        for kind in KINDS:
            column = _payment.c.content if kind == "exact" else _payment.c[kind]
            keys = {one.document_id: key for one in asked if (key := _key(kind, one)) is not None}
            for document_id, same in _nearest(connection, tenant, kind, column, keys, since):
                if kind != "plain" or all(one.kind != "loose" for one in found.get(document_id, ())):
                    found.setdefault(document_id, []).append(same)
    return found


def _key(kind: str, one: sa.Row[Any]) -> str | None:
    """The content is compared where there is a reference."""
    return (one.content if one.loose else None) if kind == "exact" else getattr(one, kind)


def _nearest(
    connection: sa.Connection,
    tenant: str,
    kind: str,
    column: sa.ColumnElement[str],
    keys: Mapping[int, str],
    since: dt.date,
) -> Iterable[tuple[int, Same]]:
    """In one walk over all payments with these keys, oldest first: their due dates are kept in order."""
    names = ("document_id", "end_to_end_id", "entered_on", "due", "stage", "loose", "reference_kind", "is_salary")
    mine = (_payment.c.tenant == tenant, bulk.among(connection, column, set(keys.values())), _payment.c.entered_on >= since)
    told = sa.select(column.label("key"), _taken_after_all(), *(_payment.c[name] for name in names))
    query = told.where(*mine).order_by(_payment.c.document_id)
    earlier: dict[str, _Alike] = {}
    for key, is_taken, document_id, number, entered_on, due, stage, loose, reference, is_salary in connection.execute(query):
        said = (reference or _UNKNOWN) if loose is not None else ""
        before, what = earlier.setdefault(key, {}), (said, bool(is_salary)) if kind == "blank" else ("", False)
        if document_id in keys and (nearest := _find_nearest(before, due, *what)) is not None:
            yield document_id, nearest
        if stage not in stages.FREED or (is_taken and kind != "exact"):
            same = Same(kind=kind, document_id=document_id, number=number, entered_on=entered_on, due=due, stage=stage)
            bisect.insort(before.setdefault(what, []), (due, document_id, same))


def _taken_after_all() -> sa.ColumnElement[bool]:
    """Whether the bank said of a payment that it refused that it is paying it: nobody knows."""
    named = sa.and_(_event.c.document_id.is_(None), _event.c.message_id == _payment.c.message_id)
    of_it = (_event.c.tenant == _payment.c.tenant, sa.or_(_event.c.document_id == _payment.c.document_id, named))
    said = sa.exists().where(*of_it, _event.c.stage.in_(stages.TAKEN), _event.c.outcome.contains("contradicts"))
    return sa.and_(_payment.c.stage == "rejected", said)


_UNKNOWN = "unknown"
"""A reference of which it was not recorded what it is (before migration 0008)."""
_Alike = dict[tuple[str, bool], list[tuple[dt.date, int, Same]]]
"""Earlier payments by what their reference is and whether they are salaries, by due date."""


def _find_nearest(before: _Alike, due: dt.date, reference: str, is_salary: bool) -> Same | None:
    """The nearest in due date among those whose references do not already tell them apart; the latest of two."""
    found: list[tuple[int, int, Same]] = []
    for (other, other_is), rows in before.items():
        if reference and other and (reference == other or _UNKNOWN in (reference, other)):
            continue
        at = bisect.bisect(rows, (due, math.inf))
        near = [(abs((on - due).days), -i, same) for on, i, same in rows[max(at - 1, 0) : at + 1]]
        found += [one for one in near if not (is_salary and other_is) or one[0] <= _SALARY_DAYS]
    return min(found, key=lambda one: one[:2])[2] if found else None


def find_history(ledger: opened.Ledger, tenant: str, currency: str, is_salary: bool, count: int = 20) -> list[Past]:
    """What was handed over of the newest files of the accounting system, newest first, in one currency, salary or the rest."""
    query = sa.select(_payment.c.in_file, *_SAID).join(_delivery, _PAYS).group_by(_payment.c.in_file)
    mine = (_payment.c.tenant == tenant, _payment.c.in_file.is_not(None), _payment.c.stage.in_(stages.LEFT))
    kind = (_payment.c.is_salary == is_salary, _delivery.c.currency == currency)
    with ledger.reading() as connection:
        rows = connection.execute(query.where(*mine, *kind).order_by(_payment.c.in_file.desc()).limit(count))
        return [
            Past(file_id=i, count=n, total=int(total), largest=largest, new_receivers=int(new))
            for i, n, total, largest, new in rows
        ]


def find_going(ledger: opened.Ledger, tenant: str, file_id: int) -> dict[tuple[str, bool], Past]:
    """What goes of a file of the accounting system, without what is cancelled, by currency and whether it is salary."""
    kind = (_delivery.c.currency, _payment.c.is_salary)
    mine = (_payment.c.tenant == tenant, _payment.c.in_file == file_id, _delivery.c.state != "cancelled")
    query = sa.select(*kind, *_SAID).select_from(_payment).join(_delivery, _PAYS).where(*mine).group_by(*kind)
    with ledger.reading() as connection:
        return {
            (currency, bool(is_salary)): Past(file_id=file_id, count=n, total=int(total), largest=largest, new_receivers=int(new))
            for currency, is_salary, n, total, largest, new in connection.execute(query)
        }
