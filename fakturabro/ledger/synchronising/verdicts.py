"""Whether two entries of the registers are the same: what people said, so that nobody is asked twice."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.synchronising import pairs
from fakturabro.ledger.synchronising import tables as sync_tables

_verdict = sync_tables.pair_verdict
_KEY = ("tenant", "register", "severa_key", "fortnox_key")


def record(
    ledger: opened.Ledger,
    tenant: str,
    register: pairs.Register,
    severa_key: str,
    fortnox_key: str,
    *,
    same: bool,
    by: str,
    at: dt.datetime,
) -> None:
    """Note what a person said of two entries; the last word counts."""
    with ledger.writing() as connection:
        stand(connection, tenant, register, severa_key, fortnox_key, same=same, by=by, at=at)


def stand(
    connection: sa.Connection,
    tenant: str,
    register: pairs.Register,
    severa_key: str,
    fortnox_key: str,
    *,
    same: bool,
    by: str,
    at: dt.datetime,
) -> None:
    """The same inside a transaction, e.g. a decision's."""
    key = dict(zip(_KEY, (tenant, register, severa_key, fortnox_key), strict=True))
    said = {"same": same, "by": by, "at": at}
    insert = bulk.dialect_insert(connection, _verdict).values(**key, **said)
    connection.execute(insert.on_conflict_do_update(index_elements=_KEY, set_=said))


def find(ledger: opened.Ledger, tenant: str, register: pairs.Register) -> dict[tuple[str, str], bool]:
    """What was said, by (key in Severa, number in Fortnox)."""
    mine = (_verdict.c.tenant == tenant, _verdict.c.register == register)
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_verdict.c.severa_key, _verdict.c.fortnox_key, _verdict.c.same).where(*mine))
        return {(severa, fortnox): same for severa, fortnox, same in rows}
