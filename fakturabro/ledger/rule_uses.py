"""Which version of a tenant's rules has judged documents, since when, and what it said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from fakturabro.ledger import client_tables, opened

_use = client_tables.rule_use


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the rules, by its fingerprint, and the run that used it first."""

    fingerprint: str
    first_used_at: dt.datetime
    run: str
    content: dict[str, Any]


def record_use(ledger: opened.Ledger, tenant: str, fingerprint: str, content: Mapping[str, Any], run: str, at: dt.datetime) -> bool:
    """Note that these rules judge now; False when they have done so before (the first time stands)."""
    dialect = sqlite if ledger.engine.dialect.name == "sqlite" else postgresql
    values = {"tenant": tenant, "fingerprint": fingerprint, "first_used_at": at, "run": run, "content": dict(content)}
    statement = dialect.insert(_use).values(**values).on_conflict_do_nothing().returning(_use.c.fingerprint)
    with ledger.writing() as connection:
        return connection.execute(statement).scalar_one_or_none() is not None


def find_uses(ledger: opened.Ledger, tenant: str) -> list[Use]:
    """All versions that were ever used, the newest first."""
    query = sa.select(_use).where(_use.c.tenant == tenant).order_by(_use.c.first_used_at.desc(), _use.c.fingerprint)
    with ledger.reading() as connection:
        return [
            Use(fingerprint=row.fingerprint, first_used_at=row.first_used_at, run=row.run, content=row.content)
            for row in connection.execute(query)
        ]
