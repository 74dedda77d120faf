"""Severa and Fortnox are switched on when both have what the tenant's file asks for: asked before the file is applied."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import msgspec

from deployments import problems, tenants
from fakturabro.ledger.synchronising import pairs
from fakturabro.remote import errors
from tasks import connect, kept_secrets
from tasks.severa_fortnox import access
from tasks.severa_fortnox.options import SyncOptions

_FLOW = "synchronise"


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that carries between Severa and Fortnox; `parameters` know their lines."""

    file: pathlib.Path
    tenant: str
    parameters: Any
    options: SyncOptions


def find(file: pathlib.Path) -> list[Connected]:
    """The deployments of a file that was checked before."""
    parts = tenants.load(file).get("deployments") or []
    named = [part["parameters"] for part in parts if str(part.get("entrypoint", "")).rpartition(".")[2] == _FLOW]
    return [
        Connected(
            file=file,
            tenant=str(parameters["tenant"]),
            parameters=parameters,
            options=SyncOptions.model_validate(tenants.plain(parameters["options"])),
        )
        for parameters in named
    ]


async def check(asked: Sequence[Connected]) -> None:
    """Ask both systems of each. Raises problems.TenantFileError with everything that is missing."""
    faults = [fault for one in asked for fault in await _find_faults(one)]
    if faults:
        raise problems.TenantFileError(faults)


async def _find_faults(one: Connected) -> list[problems.Problem]:
    try:
        async with connect.opened_for(one.tenant) as connections:
            is_first = one.options.invoices.carried and not pairs.is_any(connections.ledger, one.tenant, "invoice")
            lacks = await access.find_lacks(one.options, is_first)
    except (errors.RemoteError, kept_secrets.SecretError, connect.SettingError) as error:
        said = f"Severa og Fortnox kunne ikke spørres for {one.tenant}, så synkroniseringen kan ikke slås på nå. {error}"
        return [problems.at(one.file, problems.line(one.parameters, "tenant"), said)]
    return [
        problems.at(
            one.file, problems.line_at(one.parameters, ("options", *lack.field)), f"options.{'.'.join(lack.field)}: {lack.sentence}"
        )
        for lack in lacks
    ]
