"""Trying rules before they are switched on: what the tenant's last documents would be held for, and no longer be held for."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from data_quality import blocking, trials
from fakturabro.domain import calendar, money
from fakturabro.domain import documents as values
from fakturabro.ledger import documents, findings
from tasks import connect, options, runs
from tasks import page_messages as pages
from tasks.checks import quality

COUNT = 500
"""How many of the tenant's newest documents a change is tried on."""


@task(name="Test reglene", cache_policy=NO_CACHE)
async def try_rules(slot: runs.Slot, chosen: options.FactoringOptions, proposed: blocking.Rules) -> str:
    """Check the same documents by the rules of now and by those proposed, and leave a table of what would change.

    Nothing is recorded. Dates are looked at from the day of the document's first certificate, cards as they are now. What only a
    station after the check finds is not tried anew: what stands of it is weighed by both. The table says all of this.
    """
    ledger = connect.current().ledger
    ids = documents.find_newest(ledger, slot.tenant, values.KINDS, COUNT)
    before, after = (_judge(slot, chosen.model_copy(update={"rules": rules}), ids) for rules in (chosen.rules, proposed))
    found = trials.compare(before, after)
    heads = {head.id: head for head in documents.find_heads(ledger, slot.tenant, [one.document_id for one in found])}
    rows = [
        pages.trial_row(head.number, head.kind, money.norwegian(head.amount, head.currency), one)
        for one in found
        if (head := heads[one.document_id])
    ]
    said = pages.trial_description(len(ids), len(heads), trials.find_untried(chosen.rules, proposed))
    await runs.table("rule-trial", slot.tenant, rows, said)
    return said


def _judge(slot: runs.Slot, chosen: options.FactoringOptions, ids: Sequence[int]) -> trials.Found:
    ledger, tenant = connect.current().ledger, slot.tenant
    days = {i: at.astimezone(calendar.OSLO).date() for i, at in documents.find_certified(ledger, tenant, ids).items()}
    stands = findings.read(ledger, tenant, ids)
    found = quality.find(slot, chosen, ids, days)
    return {i: [*found[i], *trials.weigh_later(chosen.rules, stands.get(i, ()))] for i in ids}
