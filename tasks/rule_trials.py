"""Trying rules before they are switched on: what the tenant's last documents would be held for, and no longer be held for."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from data_quality import blocking, trials
from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.ledger import documents
from tasks import connect, options, quality, runs
from tasks import page_messages as pages

COUNT = 500
"""How many of the tenant's newest documents a change is tried on."""


@task(name="Prøv reglene", cache_policy=NO_CACHE)
async def try_rules(slot: runs.Slot, chosen: options.FactoringOptions, proposed: blocking.Rules) -> str:
    """Check the same documents by the rules of now and by those proposed, and leave a table of what would change.

    Nothing is recorded. What only a station after the check finds (a KID that is not possible, an EHF rule) is not tried.
    """
    ledger = connect.current().ledger
    ids = documents.find_newest(ledger, slot.tenant, values.KINDS, COUNT)
    before, after = (quality.find(slot, chosen.model_copy(update={"rules": rules}), ids) for rules in (chosen.rules, proposed))
    found = trials.compare(before, after)
    heads = {head.id: head for head in documents.find_heads(ledger, slot.tenant, [one.document_id for one in found])}
    rows = [
        pages.trial_row(head.number, head.kind, money.norwegian(head.amount, head.currency), one)
        for one in found
        if (head := heads[one.document_id])
    ]
    await runs.table("rule-trial", slot.tenant, rows, pages.trial_description(len(ids), len(heads)))
    return pages.trial_description(len(ids), len(heads))
