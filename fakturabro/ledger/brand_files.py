"""The logos that tenants' settings name: `fakturabro apply` keeps them, every worker finds them here."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.ledger import opened
from fakturabro.ledger.clients import tables as client_tables

_files = client_tables.brand_file


class MissingFileError(Exception):
    """The settings name a file that was never applied: apply the tenant's file again, with the logo beside it."""


def record(ledger: opened.Ledger, tenant: str, name: str, content: bytes, at: dt.datetime) -> None:
    """Keep a file in place of what had its name before."""
    with ledger.writing() as connection:
        connection.execute(sa.delete(_files).where(_files.c.tenant == tenant, _files.c.name == name))
        connection.execute(sa.insert(_files).values(tenant=tenant, name=name, content=content, applied_at=at))


def read(ledger: opened.Ledger, tenant: str, name: str) -> bytes:
    """The file's bytes; none for the empty name. Raises MissingFileError."""
    if not name:
        return b""
    with ledger.reading() as connection:
        found = connection.execute(sa.select(_files.c.content).where(_files.c.tenant == tenant, _files.c.name == name))
        content = found.scalar_one_or_none()
    if content is None:
        raise MissingFileError(f"{tenant}: the ledger does not have {name}, which the settings name: apply the tenant's file again")
    return bytes(content)
