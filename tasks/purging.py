"""Purging what is older than the law asks us to keep it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import pydantic
from prefect import task
from prefect.cache_policies import NO_CACHE

from fakturabro.ledger import purging, retention
from tasks import connect, run_context, runs, upkeep_messages


class RetentionOptions(pydantic.BaseModel, frozen=True, extra="forbid", title="Oppbevaring"):
    """How long what is kept. What the law decides (5 and 3.5 years) is no setting."""

    accounting_year_ends: Annotated[
        int, pydantic.Field(title="Regnskapsåret slutter i måned", description="12 betyr kalenderåret.", ge=1, le=12)
    ] = 12
    other_kinds: Annotated[
        dict[str, Annotated[int, pydantic.Field(ge=1)]],
        pydantic.Field(
            title="Annet",
            description="Måneder etter regnskapsårets slutt for slag som loven ikke bestemmer, for eksempel token. "
            "Det som ikke står her, beholdes.",
        ),
    ] = {}

    @pydantic.field_validator("other_kinds")
    @classmethod
    def _are_free(cls, kinds: dict[str, int]) -> dict[str, int]:
        for kind in kinds:
            if kind in retention.KINDS:
                raise ValueError(f"{kind} er bestemt av bokføringsloven og kan ikke settes")
            if kind in retention.NEVER:
                raise ValueError(f"{kind} er i bruk så lenge det står, og slettes ikke")
        return kinds


@task(name="Slett etter oppbevaringstiden", cache_policy=NO_CACHE)
async def purge(batch: runs.Batch, options: RetentionOptions) -> runs.Batch:
    """Destroy the data keys of months that are past; what something is still open of stays, and says so."""
    slot, ledger = batch.slot, connect.current().ledger
    today, year_ends = slot.business_date, options.accounting_year_ends
    rows: list[tuple[str, str, int, dt.date, str]] = []
    purged = kept = 0
    for one in retention.find_candidates(ledger, slot.tenant, today, year_ends, options.other_kinds):
        goes = one.may_go(today) and (slot.dry_run or purging.purge(ledger, slot.tenant, one))
        still_open = one.open or (0 if goes or not one.may_go(today) else one.documents)
        purged, kept = purged + goes, kept + bool(still_open)
        rows.append((one.kind, one.month, one.documents, one.due, upkeep_messages.purge_outcome(still_open, goes, slot.dry_run)))
    if not slot.dry_run:
        purging.clear_skipped(ledger, slot.tenant, today, year_ends)
        purging.sweep(ledger)
    page = upkeep_messages.purge_page(slot.tenant, rows)
    run_context.logger().info("%s", page)
    await runs.markdown("purge", slot.tenant, page)
    return batch.counted(**{"would_purge" if slot.dry_run else "purged": purged, "kept_open": kept})
