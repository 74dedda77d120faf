"""Purging what is older than the law asks us to keep it: data keys are destroyed, sums and proofs stay.

Operator's guide: docs/retention.md
Schedules:        the tenant's file in deployments/
"""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import purging, runs

SECRETS = ("ledger.key",)
"""What must be there before a tenant can run."""
DEFAULT = purging.RetentionOptions()


@flow(name="Sletting etter oppbevaringstiden", flow_run_name=runs.name)
async def purge(tenant: runs.Tenant, options: purging.RetentionOptions = DEFAULT, dry_run: bool = False) -> State:
    """Destroy the keys of what is older than its retention: 5 years for bookkeeping material, 3.5 for secondary material.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Når regnskapsåret slutter, og hvor lenge annet enn regnskapsmateriale beholdes.
        dry_run: Vis hva som ville blitt slettet. Ingenting slettes.
    """
    async with runs.slot(tenant, "purge", moves=(), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        purged = await purging.purge(runs.Batch(slot), options)
        return await runs.conclude(purged)
