"""What a project costs in Severa: fees that are put on it once, and files that prove them.

A fee has no reference of ours. What tells it is project, day, description, cost and product, and that it is not one of those
that the caller knows as another cost's (`taken`).

Source: severa-v1.reconstructed.openapi.json (ProjectFees, DeletedProjectFees; POST /v1/projects/{projectGuid}/files describes its
multipart/related body).
Assumed: a project's list of fees leaves out those that are billed later unless it is asked for them; the name of a file is kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Collection, Sequence

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.severa import changes, invoice_wire, messages, registers, session, wire

_JSON = msgspec.json.Encoder(decimal_format="number")


class DifferingFeeError(errors.Rejected):
    """Severa made a fee otherwise than it was meant; `made` stands there, and is not made again."""

    def __init__(self, message: str, made: list[invoice_wire.ProjectFee], detail: str) -> None:
        super().__init__(message, detail=detail)
        self.made = made


class Costs:
    """One tenant's project fees and project files. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    async def fetch_fees(self, project: str) -> list[invoice_wire.ProjectFee]:
        """Every fee of a project."""
        found: dict[str, invoice_wire.ProjectFee] = {}
        for later in ("false", "true"):
            params = {"isBillablePeriodInFuture": later}
            async for page in self._calls.by_token(f"/projects/{project}/projectfees", invoice_wire.ProjectFee, params):
                found |= {row.guid: row for row in page}
        return list(found.values())

    async def fetch_fee(self, guid: str) -> invoice_wire.ProjectFee | None:
        """One fee; None where somebody has taken it away."""
        try:
            return await self._calls.fetch(f"/projectfees/{guid}", invoice_wire.ProjectFee)
        except errors.Rejected as error:
            if error.status == 404:
                return None
            raise

    def fetch_deleted_fees(self, since: dt.datetime) -> AsyncIterator[list[invoice_wire.DeletedFee]]:
        """Fees that were taken away in Severa at `since` (aware) or later."""
        stated = registers.since(since)["changedSince"]
        return self._calls.by_token("/deletedprojectfees", invoice_wire.DeletedFee, {"deletedSince": stated})

    async def find_fees(
        self,
        fee: invoice_wire.NewProjectFee,
        taken: Collection[str] = (),
        standing: Sequence[invoice_wire.ProjectFee] | None = None,
    ) -> list[invoice_wire.ProjectFee]:
        """Fees like this one that stand there and are not among those `taken` (guids), the oldest first.

        `standing`: all fees of the project, where the caller has them already.
        """
        everything = await self.fetch_fees(fee.project.guid) if standing is None else standing
        found = [one for one in everything if one.guid not in taken and _is_same(fee, one)]
        return sorted(found, key=lambda one: (one.created_date_time is None, str(one.created_date_time), one.guid))

    async def add_fee(
        self,
        fee: invoice_wire.NewProjectFee,
        taken: Collection[str] = (),
        standing: Sequence[invoice_wire.ProjectFee] | None = None,
    ) -> invoice_wire.ProjectFee:
        """Put a cost on a project. A change: settled by find_fees. Raises AlreadyDelivered with the one that stands there.

        Like ones are put there one after the other, each with those before it `taken`. Raises DifferingFeeError.
        """
        if alike := await self.find_fees(fee, taken, standing):
            raise errors.AlreadyDelivered(messages.stands_already("Prosjektkostnaden", fee.description), alike[0])
        answer = await self._calls.send("POST", "/projectfees", changes=True, content=_JSON.encode(fee))
        made = answers.decode(answer, list[invoice_wire.ProjectFee])
        if len(made) != 1 or not _is_same(fee, made[0]):
            stands = ", ".join(f"{one.unit_cost.amount if one.unit_cost else None}" for one in made)
            raise DifferingFeeError(messages.changed_amount(stands, fee.unit_cost.amount), made, stands)
        return made[0]

    async def change_fee(self, guid: str, fields: changes.Fields) -> invoice_wire.ProjectFee:
        """Change a fee that is on no invoice; see changes.py."""
        return await changes.send(self._calls, "/projectfees", guid, fields, invoice_wire.ProjectFee)

    async def fetch_files(self, project: str) -> list[invoice_wire.File]:
        """The files of a project."""
        pages = self._calls.by_row(f"/projects/{project}/files", invoice_wire.File)
        return [row async for page in pages for row in page]

    async def add_file(self, project: str, name: str, content: bytes, description: str) -> invoice_wire.File:
        """Put a PDF among a project's files. A change: settled by fetch_files. Raises AlreadyDelivered with the one named so."""
        standing = next((one for one in await self.fetch_files(project) if one.name == name), None)
        if standing:
            raise errors.AlreadyDelivered(messages.stands_already("Filen", name), standing)
        boundary, body = related({"Description": description, "Name": name}, content)
        kind = f"multipart/related; boundary={boundary}"
        answer = await self._calls.send("POST", f"/projects/{project}/files", changes=True, content=body, content_type=kind)
        for made in answers.decode(answer, list[invoice_wire.File]):
            if made.name == name:
                return made
        raise errors.Rejected(messages.not_taken(answer.where, ["name"]), detail=name)


def related(said: dict[str, str], content: bytes) -> tuple[str, bytes]:
    """Boundary and body of RFC 2387, as the vendor's example has it: what is said of the PDF, then its bytes."""
    boundary = f"fakturabro-{hashlib.sha256(content).hexdigest()[:32]}"
    first = b"Content-Type: application/json\r\n\r\n" + msgspec.json.encode(said)
    second = b"Content-Type: application/pdf\r\n\r\n" + content
    line = f"--{boundary}".encode()
    return boundary, b"\r\n".join((line, first, line, second, line + b"--", b""))


def _is_same(fee: invoice_wire.NewProjectFee, standing: invoice_wire.ProjectFee) -> bool:
    """Whether project, day, description, product, and cost with quantity and currency agree."""
    cost, product = standing.unit_cost or wire.Money(), standing.product.guid if standing.product else None
    if fee.product is not None and fee.product.guid != product:
        return False
    project, said = standing.project.guid if standing.project else None, (standing.description or "").strip()
    ours = (fee.project.guid, fee.event_date, fee.description.strip(), fee.quantity, fee.unit_cost)
    theirs = wire.Money(amount=cost.amount, currency_code=cost.currency_code)
    return ours == (project, standing.event_date, said, standing.quantity, theirs)
