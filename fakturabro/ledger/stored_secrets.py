"""Secrets that people gave us on a page: sealed, replaced as a whole, read by `tasks/connect.py` and by no page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from fakturabro.ledger import opened, operations, seals, tables

_secret, _token = operations.secret, tables.token
POWEROFFICE_CLIENT_KEY = "poweroffice_client_key"
_KIND = "secret"


def key(ledger: opened.Ledger, tenant: str, now: dt.datetime) -> seals.Key:
    """The key that a tenant's secrets are sealed with now. Ask for it outside of a transaction."""
    return ledger.seals.key(tenant, _KIND, f"{now.astimezone(dt.UTC):%Y-%m}")


def read(ledger: opened.Ledger, tenant: str, name: str) -> str | None:
    """The secret of this name; None when nobody gave us one."""
    with ledger.reading() as connection:
        return open_in(ledger, connection, tenant, name)


def open_in(ledger: opened.Ledger, connection: sa.Connection, tenant: str, name: str) -> str | None:
    """The same as read, inside a transaction."""
    sealed = connection.execute(sa.select(_secret.c.sealed).where(*_is(tenant, name))).scalar_one_or_none()
    return None if sealed is None else ledger.seals.open(connection, tenant, _KIND, sealed).decode()


def record(
    connection: sa.Connection, sealing: seals.Key, tenant: str, name: str, value: str, now: dt.datetime, person: str
) -> None:
    """Keep a secret in place of the one before; `sealing` comes from `key`."""
    forget(connection, tenant, [name])
    values = {"tenant": tenant, "name": name, "sealed": sealing.seal(value.encode()), "set_at": now, "set_by": person}
    connection.execute(sa.insert(_secret).values(**values))


def forget(connection: sa.Connection, tenant: str, names: Sequence[str]) -> None:
    """Delete these secrets, where they are."""
    connection.execute(sa.delete(_secret).where(_secret.c.tenant == tenant, _secret.c.name.in_(names)))


def forget_older(ledger: opened.Ledger, name: str, cutoff: dt.datetime) -> None:
    """Delete what all tenants' people gave us under this name before `cutoff`."""
    with ledger.writing() as connection:
        connection.execute(sa.delete(_secret).where(_secret.c.name == name, _secret.c.set_at < cutoff))


def forget_tokens(connection: sa.Connection, tenant: str, systems: Sequence[str]) -> None:
    """Delete the access tokens that were fetched with a key that counts no more."""
    connection.execute(sa.delete(_token).where(_token.c.tenant == tenant, _token.c.system.in_(systems)))


def _is(tenant: str, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_secret.c.tenant == tenant, _secret.c.name == name)
