"""Which version of a tenant's rules has judged documents or cards, since when, and what it said: kept for whoever must prove it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.clients import tables as client_tables

_use = client_tables.rule_use


def record_use(ledger: opened.Ledger, tenant: str, fingerprint: str, content: Mapping[str, Any], run: str, at: dt.datetime) -> bool:
    """Note that these rules judge now; False when they have done so before (the first time stands).

    `fingerprint` is that of the rules and that of the register of post codes, joined by a slash; `content` says both in full.
    """
    values = {"tenant": tenant, "fingerprint": fingerprint, "first_used_at": at, "run": run, "content": dict(content)}
    statement = bulk.dialect_insert(ledger.engine, _use).values(**values).on_conflict_do_nothing().returning(_use.c.fingerprint)
    with ledger.writing() as connection:
        return connection.execute(statement).scalar_one_or_none() is not None
