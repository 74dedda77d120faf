"""Return data is switched on when PowerOffice takes postings on each account that the tenant's file names.

Offline the file shows how things will be posted. Before it is applied PowerOffice is asked; where it says no, nothing is written.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from deployments import problems, tenants
from fakturabro.domain import calendar, return_data
from fakturabro.remote import errors
from fakturabro.systems.poweroffice import books_v2
from tasks import clock, connect, kept_secrets
from tasks.returns import books as client_books
from tasks.returns import places, posting_table
from tasks.returns.options import ReturnDataOptions

_FLOW = "return_data"
_MEND = "Rett det i PowerOffice, eller velg noe annet her."
_BY_DIMENSION = {"Department": "department", "Project": "project"}


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment of return data: `line` is where its tenant stands, `lines` where each role's account does."""

    file: pathlib.Path
    name: str
    tenant: str
    line: int
    lines: Mapping[return_data.Role, int]
    options: ReturnDataOptions

    def shown(self, books: client_books.Books | None = None) -> str:
        """The posting table under the deployment's name."""
        return f"{self.name}: slik føres returdata for {self.tenant}\n{posting_table.text(self.options, books)}"


def find(file: pathlib.Path) -> list[Activation]:
    """The deployments of return data in a file that was checked before."""
    parts = tenants.load(file).get("deployments") or []
    named = [part for part in parts if str(part.get("entrypoint", "")).rpartition(".")[2] == _FLOW]
    return [_to_activation(file, part) for part in named]


async def check(asked: Sequence[Activation]) -> list[str]:
    """The posting tables with the accounts' names, having asked PowerOffice. Raises problems.TenantFileError with every fault."""
    faults, shown = list[problems.Problem](), list[str]()
    for one in asked:
        try:
            async with connect.opened_for(one.tenant):
                if missing := await _find_missing(one):  # without them the rest cannot be asked
                    faults += missing
                    continue
                books = await client_books.fetch(one.options)
        except (errors.RemoteError, kept_secrets.SecretError, connect.SettingError) as error:
            said = f"PowerOffice kunne ikke spørres om kontoene til {one.tenant}, så returdata kan ikke slås på nå. {error}"
            faults.append(problems.at(one.file, one.line, said))
            continue
        faults += _find_faults(one, books)
        shown.append(one.shown(books))
    if faults:
        raise problems.TenantFileError(faults)
    return shown


async def _find_missing(one: Activation) -> list[problems.Problem]:
    accounts = one.options.accounts.by_role.values()
    more = [right for right, name in _BY_DIMENSION.items() if any(getattr(account, name) for account in accounts)]
    found = await (await connect.current().poweroffice_v2()).find_integration([*books_v2.NEEDED_PRIVILEGES, *more])
    if not found.missing:
        return []
    said = f"Nøkkelen til {one.tenant} i PowerOffice mangler rettigheter som returdata trenger: {', '.join(found.missing)}."
    return [problems.at(one.file, one.line, said)]


def _find_faults(one: Activation, books: client_books.Books) -> Iterator[problems.Problem]:
    today = clock.now().astimezone(calendar.OSLO).date()
    for role, told in places.find_faults(books, one.options, today).items():
        for said in told:
            yield problems.at(one.file, one.lines[role], f"options.accounts.{role}: {said} {_MEND}")


def _to_activation(file: pathlib.Path, part: Any) -> Activation:
    parameters = part["parameters"]
    options = ReturnDataOptions.model_validate(tenants.plain(parameters["options"]))
    return Activation(
        file=file,
        name=str(part.get("name", "")),
        tenant=str(parameters["tenant"]),
        line=problems.line(parameters, "tenant"),
        lines={role: problems.line_at(parameters, ("options", "accounts", role, "number")) for role in options.accounts.by_role},
        options=options,
    )
