"""The ledger's copy of each tenant's file: core, gateway and watchman read this one, not the file and not Prefect."""

from __future__ import annotations

import datetime as dt
import hashlib

import sqlalchemy as sa

from fakturabro.ledger import opened, tables

_settings = tables.settings


def record(ledger: opened.Ledger, tenant: str, file: str, content: str, at: dt.datetime) -> bool:
    """Store a version of a tenant's file; False when it is the one that stands there already."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    with ledger.writing() as connection:
        newest = sa.select(_settings.c.hash).where(_settings.c.tenant == tenant).order_by(_settings.c.id.desc()).limit(1)
        if connection.execute(newest).scalar_one_or_none() == digest:
            return False
        values = {"tenant": tenant, "hash": digest, "file": file, "content": content, "applied_at": at}
        connection.execute(sa.insert(_settings).values(**values))
        return True


def read(ledger: opened.Ledger, tenant: str) -> str | None:
    """The newest version of a tenant's file; None when none was ever applied."""
    with ledger.reading() as connection:
        newest = sa.select(_settings.c.content).where(_settings.c.tenant == tenant).order_by(_settings.c.id.desc()).limit(1)
        return connection.execute(newest).scalar_one_or_none()
