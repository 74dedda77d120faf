"""What a tenant has paid before: the same payment again, and the files that it usually sends."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import stages
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _payment = tables.delivery, bank_tables.payment
KINDS = ("exact", "loose", "blank")
_SALARY_DAYS = 10
"""Salaries repeat every month or fortnight by themselves; a list that is read once more has the dates of the day after."""


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier payment with the same key.

    `kind` exact: all the same; loose: another due date or debtor account; blank: creditor account and amount, and one of the two
    has no reference.
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

    Earlier is what was recorded before it, since a day, and neither cancelled nor refused by the bank. Payments without any are
    absent. Of two that both have a reference the rest says nothing, nor of two salaries that are due more
    than ten days apart.
    """
    found: dict[int, list[Same]] = {}
    with ledger.reading() as connection:
        asked = payment_orders.select(connection, tenant, bulk.among(connection, _payment.c.document_id, document_ids))
        for kind in KINDS:
            column = _payment.c.content if kind == "exact" else _payment.c[kind]
            keys = {one.document_id: key for one in asked if (key := _key(kind, one)) is not None}
            for document_id, same in _nearest(connection, tenant, kind, column, keys, since):
                found.setdefault(document_id, []).append(same)
    return found


def _key(kind: str, one: payment_orders.Order) -> str | None:
    """The content is compared where there is a reference."""
    return (one.content if one.loose else None) if kind == "exact" else (one.loose if kind == "loose" else one.blank)


def _nearest(
    connection: sa.Connection,
    tenant: str,
    kind: str,
    column: sa.ColumnElement[str],
    keys: Mapping[int, str],
    since: dt.date,
) -> Iterable[tuple[int, Same]]:
    """In one walk over all payments with these keys, oldest first: their due dates are kept in order."""
    names = ("document_id", "end_to_end_id", "entered_on", "due", "stage", "loose", "is_salary")
    mine = (_payment.c.tenant == tenant, bulk.among(connection, column, set(keys.values())), _payment.c.entered_on >= since)
    query = sa.select(column.label("key"), *(_payment.c[name] for name in names)).where(*mine).order_by(_payment.c.document_id)
    earlier: dict[str, _Alike] = {}
    for key, document_id, number, entered_on, due, stage, loose, is_salary in connection.execute(query):
        before, what = earlier.setdefault(key, {}), (loose is not None, bool(is_salary)) if kind == "blank" else (False, False)
        if document_id in keys and (nearest := _find_nearest(before, due, *what)) is not None:
            yield document_id, nearest
        if stage not in stages.FREED:
            same = Same(kind=kind, document_id=document_id, number=number, entered_on=entered_on, due=due, stage=stage)
            bisect.insort(before.setdefault(what, []), (due, document_id, same))


_Alike = dict[tuple[bool, bool], list[tuple[dt.date, int, Same]]]
"""Earlier payments by whether they have a reference and are salaries, by due date."""


def _find_nearest(before: _Alike, due: dt.date, has_reference: bool, is_salary: bool) -> Same | None:
    """The nearest in due date among those that can be compared; the latest of two."""
    found: list[tuple[int, int, Same]] = []
    for (other_has, other_is), rows in before.items():
        at = bisect.bisect(rows, (due, math.inf))
        near = [(abs((on - due).days), -i, same) for on, i, same in rows[max(at - 1, 0) : at + 1]]
        found += (
            [] if has_reference and other_has else [one for one in near if not (is_salary and other_is) or one[0] <= _SALARY_DAYS]
        )
    return min(found, key=lambda one: one[:2])[2] if found else None


def find_history(ledger: opened.Ledger, tenant: str, currency: str, is_salary: bool, count: int = 20) -> list[Past]:
    """What was handed over of the newest files of the accounting system, newest first, in one currency, salary or the rest."""
    pay = (_delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id, _delivery.c.purpose == "pay")
    mine = (_payment.c.tenant == tenant, _payment.c.in_file.is_not(None), _payment.c.stage.in_(stages.LEFT))
    amount = _delivery.c.amount
    said = (
        sa.func.count(),
        sa.func.sum(amount),
        sa.func.max(amount),
        sa.func.sum(sa.case((_payment.c.is_new_receiver, 1), else_=0)),
    )
    query = sa.select(_payment.c.in_file, *said).join(_delivery, sa.and_(*pay)).group_by(_payment.c.in_file)
    kind = (_payment.c.is_salary == is_salary, _delivery.c.currency == currency)
    with ledger.reading() as connection:
        rows = connection.execute(query.where(*mine, *kind).order_by(_payment.c.in_file.desc()).limit(count))
        return [
            Past(file_id=i, count=n, total=int(total), largest=largest, new_receivers=int(new))
            for i, n, total, largest, new in rows
        ]
