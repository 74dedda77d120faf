"""Severa and Fortnox: registers, sales invoices, purchase costs; before go-live the similarity report and the first plan.

Operator's guide: docs/integrations/severa_fortnox.md
Schedules:        the tenant's file in deployments/ (the sandbox tenants': prefect.yaml)
"""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from fakturabro.domain import documents
from tasks import runs
from tasks.severa_fortnox import (
    access,
    attachments,
    cost_checks,
    cost_intake,
    costs,
    digests,
    doubts,
    first_plan,
    following,
    invoice_checks,
    invoice_intake,
    invoices,
    lists,
    pairing,
    pictures,
    register_checks,
    registers,
    similarity,
    transfers,
)
from tasks.severa_fortnox.options import SyncOptions

SECRETS = (
    "ledger.key",
    "{tenant}.severa_client_id",
    "{tenant}.severa_client_secret",
    "fortnox.client_id",
    "fortnox.client_secret",
)
"""What must be there before a tenant can run."""


@flow(name="Severa og Fortnox: synkronisering", flow_run_name=runs.name)
async def synchronise(tenant: runs.Tenant, options: SyncOptions, dry_run: bool = False) -> State:
    """Carry what is new or changed since last time: customers, products and projects, then sales invoices, then purchase costs.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Hovedsystemer, fakturastatuser og hva som overføres for denne klienten.
        dry_run: Vis hva som ville skjedd. Ingenting skrives, verken i Severa eller i Fortnox.
    """
    async with runs.slot(tenant, "severa_fortnox", moves=documents.SYNC_PURPOSES, dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await doubts.settle(runs.Batch(slot), options)
        probed = await access.probe(settled, options)
        started = await first_plan.require(probed)
        listed = await lists.fetch(started, options)
        paired = await pairing.pair(listed, options)
        checked = await register_checks.check(paired, options)
        carried = await registers.transfer(checked, options)
        taken = await invoice_intake.fetch(carried, options)
        judged = await invoice_checks.check(taken, options)
        made = await invoices.transfer(judged, options)
        attached = await attachments.attach(made, options)
        moved = await invoices.mark_transferred(attached, options)
        followed = await following.report(moved, options)
        gathered = await cost_intake.fetch(followed, options)
        weighed = await cost_checks.check(gathered, options)
        posted = await costs.transfer(weighed, options)
        pictured = await pictures.attach(posted, options)
        logged = await transfers.leave(pictured)
        told = await digests.tell(logged, options)
        return await runs.conclude(told)


@flow(name="Severa og Fortnox: likhetsrapport", flow_run_name=runs.name)
async def similarity_report(tenant: runs.Tenant, options: SyncOptions) -> State:
    """Compare the registers of both systems before go-live: what is linked, what is alike, what only one of them has.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: De samme som for synkroniseringen.
    """
    async with runs.slot(tenant, "similarity_report", moves=(), dry_run=False) as slot:
        if slot.declined:
            return runs.decline(slot)
        probed = await access.probe(runs.Batch(slot), options)
        reported = await similarity.report(probed, options)
        return await runs.conclude(reported)


@flow(name="Severa og Fortnox: første synkronisering", flow_run_name=runs.name)
async def first_synchronisation(tenant: runs.Tenant, options: SyncOptions) -> State:
    """Make one plan of what is linked and made where. The run after an approver has said yes to it carries it out.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: De samme som for synkroniseringen.
    """
    async with runs.slot(tenant, "first_synchronisation", moves=(documents.TRANSFER,), dry_run=False) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await doubts.settle(runs.Batch(slot), options)
        probed = await access.probe(settled, options)
        planned = await first_plan.propose(probed, options)
        listed = await lists.fetch(planned, options)
        paired = await pairing.pair(listed, options)
        checked = await register_checks.check(paired, options)
        carried = await registers.transfer(checked, options)
        finished = await first_plan.finish(carried, options)
        logged = await transfers.leave(finished)
        told = await digests.tell(logged, options)
        return await runs.conclude(told)
