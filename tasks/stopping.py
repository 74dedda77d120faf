"""Stopping and resuming: the forms that the Prefect UI draws, and what the flows and the command line do with them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Annotated

import pydantic
from prefect import task
from prefect.cache_policies import NO_CACHE

from fakturabro.domain import documents
from fakturabro.ledger import applied, opened, stops
from fakturabro.ledger import messages as ledger_messages
from fakturabro.ledger.journal import messages as journal_messages
from fakturabro.ledger.journal import sendings as journal
from tasks import clock, connect, messages
from tasks.severa_fortnox import words as transfer_words

_TARGETS = (*messages.CHANNELS, "poweroffice", "poweroffice_bank", "poweroffice_books", "poweroffice_reversals", "fortnox", "bank")
_TARGETS += transfer_words.ALL_TARGETS
_SCOPE = pydantic.Field(
    title="Hva",
    description="Tomt felt: alt for klienten. Ellers et formål (book, distribute, write_back, pay, post, return_data, transfer), "
    "en kanal (ehf, link, email, letter) eller et mål (poweroffice, factoring:4711).",
)
_WHY = pydantic.Field(title="Hvorfor", description="Står på sider og attester. Må fylles ut.", min_length=1)


class StopOrder(pydantic.BaseModel, frozen=True, extra="forbid", title="Stans", str_strip_whitespace=True):
    """What is not to be sent, why, who answers for it, and when it is looked at again."""

    scope: Annotated[str, _SCOPE] = stops.WHOLE_TENANT
    why: Annotated[str, _WHY] = ""
    owner: Annotated[str, pydantic.Field(title="Eier", description="Den som svarer for stansen. Må fylles ut.", min_length=1)] = ""
    days: Annotated[
        int,
        pydantic.Field(
            title="Ny vurdering om (arbeidsdager)",
            description="Stansen blir stående til noen opphever den; vaktmannen minner om den når tiden er ute.",
            ge=1,
            le=60,
        ),
    ] = 3
    review_at: Annotated[
        pydantic.AwareDatetime | None,
        pydantic.Field(title="Ny vurdering senest", description="Et tidspunkt i stedet for antall arbeidsdager."),
    ] = None


class ReleaseOrder(pydantic.BaseModel, frozen=True, extra="forbid", title="Opphev stans", str_strip_whitespace=True):
    """Which stop ends, why, and who says so."""

    scope: Annotated[str, _SCOPE] = stops.WHOLE_TENANT
    why: Annotated[str, _WHY] = ""
    by: Annotated[str, pydantic.Field(title="Hvem", description="Den som opphever stansen. Må fylles ut.", min_length=1)] = ""


NO_STOP, NO_RELEASE = StopOrder(), ReleaseOrder()
"""Forms that nobody has filled in: refused when the run begins."""


def stop(ledger: opened.Ledger, tenant: str, order: StopOrder) -> str:
    """Record the stop; what to tell the operator. Raises StopError for what is unknown or not said."""
    scope, now = order.scope.lower(), clock.now()
    _check(ledger, tenant, scope)
    review_at = order.review_at or stops.review_time(now, order.days)
    standing, new = stops.record(ledger, tenant, scope, why=order.why, owner=order.owner, at=now, review_at=review_at)
    if not new:
        return f"{ledger_messages.STANDS_ALREADY} {standing.sentence}"
    said = {"why": standing.why, "owner": standing.owner, "at": standing.at, "review_at": standing.review_at}
    return " ".join([standing.sentence, *_note(lambda known: known.stopped(tenant, scope, **said))])


def resume(ledger: opened.Ledger, tenant: str, order: ReleaseOrder) -> str:
    """Record the release; what to tell the operator, also of stops that go on standing. Raises StopError as `stop` does."""
    scope = order.scope.lower()
    _check(ledger, tenant, scope)
    now = clock.now()
    released = stops.record_release(ledger, tenant, scope, why=order.why, by=order.by, at=now)
    said = [ledger_messages.released(tenant, scope, order.by) if released else ledger_messages.nothing_to_release(tenant, scope)]
    if released:
        told = {"why": released.release_why or "", "by": released.released_by or ""}
        said += _note(lambda known: known.released(tenant, scope, **told, at=now))
    return " ".join([*said, *(one.sentence for one in stops.find_all_standing(ledger, tenant))])


def _note(write: Callable[[journal.Journal], None]) -> list[str]:
    """Write into the send journal, which outlives a ledger that is restored; the sentence that says so when that fails."""
    try:
        write(connect.open_journal())
    except journal.JournalError as error:
        return [journal_messages.stop_not_in_journal(error)]
    return []


def _check(ledger: opened.Ledger, tenant: str, scope: str) -> None:
    agreed = {_factoring_target(deployment) for deployment in applied.find_deployments(ledger, tenant)} - {""}
    stops.check(ledger, tenant, scope, {*documents.ALL_PURPOSES, *_TARGETS, *agreed})


def _factoring_target(deployment: applied.Deployment) -> str:
    """Where this deployment books, "" when it books nowhere."""
    agreement = (deployment.parameters.get("options") or {}).get("agreement") or {}
    return f"factoring:{agreement['client_number']}" if "client_number" in agreement else ""


@task(name="Registrer stans", cache_policy=NO_CACHE)
async def record_stop(tenant: str, order: StopOrder) -> str:
    """Stop; what the run says."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        return stop(ledger, tenant, order)


@task(name="Opphev stans", cache_policy=NO_CACHE)
async def record_release(tenant: str, order: ReleaseOrder) -> str:
    """Resume; what the run says."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        return resume(ledger, tenant, order)
