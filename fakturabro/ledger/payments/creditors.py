"""On which accounts creditors were paid: a changed account is known. Only keyed hashes, and accounts as people may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import bank_accounts, calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.payments import guard_keys
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import tables as bank_tables

_account = bank_tables.creditor_account


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An account on which a creditor was paid."""

    creditor: str
    receiver: str
    masked: str
    first_seen: dt.date
    last_seen: dt.date
    times: int


def find(ledger: opened.Ledger, tenant: str, creditors: Iterable[str]) -> dict[str, list[Seen]]:
    """The accounts on which these creditors (guard_keys) were paid, the latest first."""
    found: dict[str, list[Seen]] = {}
    with ledger.reading() as connection:
        mine = (_account.c.tenant == tenant, bulk.among(connection, _account.c.creditor, creditors))
        query = sa.select(*(_account.c[name] for name in Seen.__struct_fields__)).where(*mine)
        for row in connection.execute(query.order_by(_account.c.last_seen.desc(), _account.c.receiver)).mappings():
            found.setdefault(row["creditor"], []).append(Seen(**row))
    return found


def find_split(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> list[int]:
    """Of those of these payments whose creditor has more than one account among them, one payment for each account."""
    payment, first = bank_tables.payment, sa.func.min(bank_tables.payment.c.document_id)
    with ledger.reading() as connection:
        mine = (payment.c.tenant == tenant, bulk.among(connection, payment.c.document_id, document_ids))
        several = sa.select(payment.c.creditor).where(*mine).group_by(payment.c.creditor)
        several = several.having(sa.func.count(sa.distinct(payment.c.receiver)) > 1)
        query = sa.select(first).where(*mine, payment.c.creditor.in_(several)).group_by(payment.c.creditor, payment.c.receiver)
        return list(connection.execute(query.order_by(first)).scalars())


def record(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int], at: dt.datetime) -> None:
    """Note on which accounts the creditors of these payments were paid. Called once for a payment, when it was handed over."""
    keys, seen = guard_keys.Keys(ledger, tenant), dict[tuple[str, str], tuple[str, int]]()
    for order, one in payment_orders.read(ledger, tenant, document_ids):
        masked = bank_accounts.masked(one.order.creditor.account.number)
        for key in ((creditor, order.receiver) for creditor in keys.creditors(one.order.creditor)):
            seen[key] = (masked, seen.get(key, ("", 0))[1] + 1)
    statement = (
        "insert into creditor_account (tenant, creditor, receiver, masked, first_seen, last_seen, times)"
        " values ({}, {}, {}, {}, {}, {}, {}) on conflict (tenant, creditor, receiver) do update"
        " set last_seen = excluded.last_seen, times = creditor_account.times + excluded.times"
    )
    day = at.astimezone(calendar.OSLO).date().isoformat()
    with ledger.writing() as connection:
        rows = [(tenant, *key, masked, day, day, times) for key, (masked, times) in sorted(seen.items())]
        bulk.update(connection, statement, rows)
