"""Two tenants never take files from one folder: a copied file with the old paths would pay another client's payments again."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping, Sequence

import pydantic

from deployments import problems, tenants
from fakturabro.ledger import applied, opened
from tasks.bank import folders
from tasks.bank import options as bank_options


def check(ledger: opened.Ledger, files: Mapping[pathlib.Path, Sequence[tenants.Deployment]]) -> None:
    """Raises problems.TenantFileError where a file takes from a folder of another tenant, applied before or in these files."""
    stated = {
        (file, tenant): set(_taken_from(applied.read(tenant, file.read_text(encoding="utf-8"))))
        for file, deployments in files.items()
        for tenant in sorted({one.tenant for one in deployments})
    }
    changed = {tenant for _, tenant in stated}
    owners: dict[str, str] = {}
    for tenant in applied.find_tenants(ledger):
        if tenant not in changed:
            owners |= dict.fromkeys(_taken_from(applied.find_deployments(ledger, tenant)), tenant)
    faults: list[problems.Problem] = []
    for (file, tenant), places in stated.items():
        for place in sorted(places):
            if owners.setdefault(place, tenant) != tenant:
                said = f"{tenant} henter filer fra {place}, men det gjør {owners[place]} også. Hver klient må ha sin egen mappe."
                faults.append(problems.at(file, _line_of(file, place), said))
    if faults:
        raise problems.TenantFileError(faults)


def _taken_from(deployments: Sequence[applied.Deployment]) -> Iterator[str]:
    for one in deployments:
        if one.entrypoint.startswith("flows.bank."):
            try:
                yield from folders.taken_from(bank_options.BankOptions.model_validate(one.parameters.get("options")))
            except pydantic.ValidationError:  # what was applied by an older version; a new file was checked before
                continue


def _line_of(file: pathlib.Path, place: str) -> int:
    path = place.partition(":")[2] or place
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if path in line), 1)
