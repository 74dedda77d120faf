"""What the ledger's copy of a tenant's file says: its deployments and their schedules, in every version that was applied."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import sqlalchemy as sa
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fakturabro.ledger import opened, tables

_settings = tables.settings


class AppliedError(Exception):
    """The ledger's copy of a tenant's file cannot be read; it was not written by `fakturabro apply`."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule; `cron` is None when it goes by an interval or a rule."""

    cron: str | None = None
    timezone: str | None = None
    day_or: bool = True
    active: bool = True
    max_scheduled_runs: int | None = None


class _Pool(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One flow for one tenant."""

    name: str
    entrypoint: str
    parameters: dict[str, Any]
    work_pool: _Pool = _Pool()
    schedules: list[Schedule] | None = None

    @property
    def flow(self) -> str:
        """The flow as its slots name it, e.g. "invoice_intake"."""
        return self.entrypoint.rpartition(".")[2]

    @property
    def active_schedules(self) -> list[Schedule]:
        """What is to make it run."""
        return [schedule for schedule in self.schedules or () if schedule.active]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    deployments: list[Deployment]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's deployments, as they were applied at one time."""

    applied_at: dt.datetime
    deployments: list[Deployment]


def find_tenants(ledger: opened.Ledger) -> list[str]:
    """Every tenant of the installation whose file was applied."""
    with ledger.reading() as connection:
        return sorted(connection.execute(sa.select(_settings.c.tenant).distinct()).scalars())


def find_versions(ledger: opened.Ledger, tenant: str, since: dt.datetime) -> list[Version]:
    """The versions that were in force at some time since `since`, oldest first. Raises AppliedError."""
    mine = _settings.c.tenant == tenant
    before = sa.select(sa.func.max(_settings.c.id)).where(mine, _settings.c.applied_at <= since).scalar_subquery()
    with ledger.reading() as connection:
        query = sa.select(_settings.c.applied_at, _settings.c.content).where(mine, _settings.c.id >= sa.func.coalesce(before, 0))
        rows = connection.execute(query.order_by(_settings.c.id)).all()
    return [Version(applied_at=applied_at, deployments=read(tenant, content)) for applied_at, content in rows]


def find_deployments(ledger: opened.Ledger, tenant: str) -> list[Deployment]:
    """The tenant's deployments as they were last applied; none for an unknown tenant. Raises AppliedError."""
    with ledger.reading() as connection:
        query = sa.select(_settings.c.content).where(_settings.c.tenant == tenant).order_by(_settings.c.id.desc()).limit(1)
        content = connection.execute(query).scalar_one_or_none()
    return read(tenant, content) if content else []


def read(tenant: str, content: str) -> list[Deployment]:
    """The tenant's deployments in the text of a file; it may hold others' too. Raises AppliedError."""
    yaml: Any = YAML(typ="safe")
    try:
        file = msgspec.convert(yaml.load(content), _File)
    except (YAMLError, ValueError) as error:
        raise AppliedError(f"the ledger's copy of the file of {tenant} cannot be read ({error}): apply the file again") from error
    return [deployment for deployment in file.deployments if deployment.parameters.get("tenant") == tenant]
