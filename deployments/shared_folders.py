"""Two tenants never take files from one folder, nor return data of one client number: a copied file with the old paths or the old
number would pay, or post, what is another client's."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping, Sequence

import pydantic

from deployments import problems, tenants
from fakturabro.ledger import applied, opened
from tasks.bank import folders
from tasks.bank import options as bank_options
from tasks.returns import options as return_options

_RETURN_DATA, _CLIENT = ".return_data", "klientnummer/"


def check(ledger: opened.Ledger, files: Mapping[pathlib.Path, Sequence[tenants.Deployment]]) -> None:
    """Raises problems.TenantFileError where a file takes what is another tenant's, applied before or in these files.

    Also where a tenant would get return data of another client number than its invoices are booked under.
    """
    stated = {
        (file, tenant): applied.read(tenant, file.read_text(encoding="utf-8"))
        for file, deployments in files.items()
        for tenant in sorted({one.tenant for one in deployments})
    }
    changed = {tenant for _, tenant in stated}
    owners: dict[str, str] = {}
    for tenant in applied.find_tenants(ledger):
        if tenant not in changed:
            owners |= dict.fromkeys(_taken_from(applied.find_deployments(ledger, tenant)), tenant)
    faults: list[problems.Problem] = []
    for (file, tenant), some in stated.items():
        for place in sorted(set(_taken_from(some))):
            if owners.setdefault(place, tenant) != tenant:
                faults.append(problems.at(file, _line_of(file, tenant, place), _said(tenant, place, owners[place])))
        for number in sorted(_told_of(some) - booked if (booked := set(_booked_under(some))) else ()):
            said = f"{tenant} henter returdata for klientnummer {number}, men fakturaene føres på {', '.join(sorted(booked))}. "
            faults.append(problems.at(file, _line_of(file, tenant, _CLIENT + number), said + "Rett det som er feil."))
    if faults:
        raise problems.TenantFileError(faults)


def _taken_from(deployments: Sequence[applied.Deployment]) -> Iterator[str]:
    for one in deployments:
        options = one.parameters.get("options")
        try:
            if one.entrypoint.startswith("flows.bank."):
                yield from folders.taken_from(bank_options.BankOptions.model_validate(options))
            elif one.entrypoint.endswith(_RETURN_DATA):
                returned = return_options.ReturnDataOptions.model_validate(options)
                yield _CLIENT + returned.client_number
                yield from [returned.folder.take_from] if returned.folder else []
        except pydantic.ValidationError:  # what was applied by an older version; a new file was checked before
            continue


def _told_of(deployments: Sequence[applied.Deployment]) -> set[str]:
    return {one.removeprefix(_CLIENT) for one in _taken_from(deployments) if one.startswith(_CLIENT)}


def _booked_under(deployments: Sequence[applied.Deployment]) -> Iterator[str]:
    """The client numbers at the factoring company that invoices are booked under."""
    for one in deployments:
        agreement = (one.parameters.get("options") or {}).get("agreement") or {}
        yield from [str(agreement["client_number"])] if agreement.get("client_number") else []


def _said(tenant: str, place: str, owner: str) -> str:
    if place.startswith(_CLIENT):
        number = place.removeprefix(_CLIENT)
        said = f"{tenant} henter returdata for klientnummer {number}, men det gjør {owner} også."
        return f"{said} Hver klient må ha sitt eget nummer hos factoringselskapet."
    return f"{tenant} henter filer fra {place}, men det gjør {owner} også. Hver klient må ha sin egen mappe."


def _line_of(file: pathlib.Path, tenant: str, place: str) -> int:
    if place.startswith(_CLIENT):
        named = [one for one in tenants.load(file)["deployments"] if one["entrypoint"].endswith(_RETURN_DATA)]
        mine = next(one for one in named if one["parameters"].get("tenant") == tenant)
        return problems.line_at(mine, ("parameters", "options", "client_number"))
    path = place.partition(":")[2] or place
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if path in line), 1)
