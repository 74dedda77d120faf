"""Pairs: what stands in Severa and in Fortnox and is the same. A pair is made once and keeps its partners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import choices, opened
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.synchronising import tables as sync_tables

_pair = sync_tables.pair
Register = Literal["customer", "article", "project", "invoice"]
LinkedBy = Literal["number", "two_properties", "decision", "created"]


class New(msgspec.Struct, frozen=True, kw_only=True):
    """Two that are one: the document's source key in Severa ("GUID", of articles "product/GUID"), and the number in Fortnox."""

    register: Register
    severa_key: str
    fortnox_key: str
    linked_by: LinkedBy


class Pair(New, frozen=True, kw_only=True):
    made_at: dt.datetime
    run: str


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that was not made, and what stands in its way: one of the two has another partner."""

    new: New
    standing: New


def record(ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime, rows: Sequence[New]) -> list[Clash]:
    """Record pairs; those that stand already are left as they are. What clashes is told, and nothing is overwritten."""
    clashes, made = list[Clash](), list[New]()
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"pair/{tenant}")
        registers: dict[Register, None] = dict.fromkeys(row.register for row in rows)
        for register in registers:
            mine = [row for row in rows if row.register == register]
            standing = _find(connection, tenant, register, [row.severa_key for row in mine], [row.fortnox_key for row in mine])
            by_severa: dict[str, New] = {one.severa_key: one for one in standing}
            by_fortnox: dict[str, New] = {one.fortnox_key: one for one in standing}
            for row in mine:
                others = [one for one in (by_severa.get(row.severa_key), by_fortnox.get(row.fortnox_key)) if one]
                if wrong := next((one for one in others if not _is_same(one, row)), None):
                    clashes.append(Clash(new=row, standing=wrong))
                elif not others:
                    by_severa[row.severa_key] = by_fortnox[row.fortnox_key] = row
                    made.append(row)
        columns = ("id", "tenant", "register", "severa_key", "fortnox_key", "linked_by", "made_at", "run")
        stamp, ids = bulk.stored(connection, at), bulk.reserve_ids(connection, _pair, len(made))
        values = [
            (i, tenant, one.register, one.severa_key, one.fortnox_key, one.linked_by, stamp, run)
            for i, one in zip(ids, made, strict=True)
        ]
        bulk.insert(connection, _pair, columns, values)
    return clashes


def _is_same(one: New, other: New) -> bool:
    return (one.severa_key, one.fortnox_key) == (other.severa_key, other.fortnox_key)


def find(
    ledger: opened.Ledger, tenant: str, register: Register, severa_keys: Iterable[str] = (), fortnox_keys: Iterable[str] = ()
) -> list[Pair]:
    """The pairs that one of these keys belongs to, by the order in which they were made."""
    with ledger.reading() as connection:
        return _find(connection, tenant, register, severa_keys, fortnox_keys)


def is_any(ledger: opened.Ledger, tenant: str, register: Register) -> bool:
    """Whether a register has a pair."""
    mine = sa.select(_pair.c.id).where(_pair.c.tenant == tenant, _pair.c.register == register)
    with ledger.reading() as connection:
        return connection.execute(mine.limit(1)).first() is not None


def find_all(ledger: opened.Ledger, tenant: str, register: Register) -> list[Pair]:
    """All pairs of a register, by the order in which they were made."""
    with ledger.reading() as connection:
        return _read(connection, tenant, register, sa.true())


def _find(
    connection: sa.Connection, tenant: str, register: Register, severa_keys: Iterable[str], fortnox_keys: Iterable[str]
) -> list[Pair]:
    keys = ((_pair.c.severa_key, severa_keys), (_pair.c.fortnox_key, fortnox_keys))
    mine = (_pair.c.tenant == tenant, _pair.c.register == register)
    by_key = [sa.select(_pair.c.id).where(*mine, bulk.among(connection, column, of)) for column, of in keys]
    return _read(connection, tenant, register, _pair.c.id.in_(sa.union(*by_key)))


def _read(connection: sa.Connection, tenant: str, register: Register, which: sa.ColumnElement[bool]) -> list[Pair]:
    columns = [_pair.c[name] for name in Pair.__struct_fields__]
    mine = (_pair.c.tenant == tenant, _pair.c.register == register, which)
    rows = connection.execute(sa.select(*columns).where(*mine).order_by(_pair.c.id)).mappings()
    return [Pair(**row) for row in rows]


def sever(ledger: opened.Ledger, tenant: str, one: New, why: str, by: str, at: dt.datetime) -> bool:
    """Take a pair apart, because the other side has it no longer; who said so and why is kept. False where it does not stand."""
    same = (_pair.c.severa_key == one.severa_key, _pair.c.fortnox_key == one.fortnox_key)
    with ledger.writing() as connection:
        mine = (_pair.c.tenant == tenant, _pair.c.register == one.register, *same)
        if connection.execute(sa.delete(_pair).where(*mine)).rowcount == 0:
            return False
        said = f"{one.register} {one.severa_key} {one.fortnox_key}: {why}"
        choices.record(connection, tenant, choices.PAIR_SEVERED, said, at, by)
    return True
