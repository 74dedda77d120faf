"""Customers that once were such as are carried: they are carried from then on, whatever becomes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.synchronising import tables as sync_tables

_remembered = sync_tables.remembered_customer


def record(ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime, why: Mapping[str, str]) -> None:
    """Remember customers, with what made them count, by source key in Severa. Whoever is remembered stays as he is."""
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"remembered/{tenant}")
        known = _find(connection, tenant, why)
        stamp = bulk.stored(connection, at)
        rows = [(tenant, key, reason, stamp, run) for key, reason in why.items() if key not in known]
        bulk.insert(connection, _remembered, ("tenant", "severa_key", "why", "at", "run"), rows)


def find(ledger: opened.Ledger, tenant: str, severa_keys: Iterable[str]) -> set[str]:
    """Those of these customers that are remembered."""
    with ledger.reading() as connection:
        return _find(connection, tenant, severa_keys)


def _find(connection: sa.Connection, tenant: str, severa_keys: Iterable[str]) -> set[str]:
    mine = (_remembered.c.tenant == tenant, bulk.among(connection, _remembered.c.severa_key, severa_keys))
    return set(connection.execute(sa.select(_remembered.c.severa_key).where(*mine)).scalars())
