"""Stopping what leaves, and letting it go again, from the Prefect UI. `fakturabro stop` and `resume` do the same.

Operator's guide: docs/watchman.md
Schedules:        none; a person starts these
"""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks import runs, stopping
from tasks.stopping import NO_RELEASE, NO_STOP, ReleaseOrder, StopOrder

SECRETS = ("ledger.key",)
"""What must be there before a tenant can run."""


@flow(name="Stans", flow_run_name=runs.name)
async def stop(tenant: runs.Tenant, order: StopOrder = NO_STOP) -> State:
    """Stop all that a tenant sends, or one purpose, channel or target; effective within one document.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        order: Hva som stanses, hvorfor, hvem som svarer for det, og når det skal vurderes på nytt.
    """
    return Completed(message=await stopping.record_stop(tenant, order))


@flow(name="Opphev stans", flow_run_name=runs.name)
async def resume(tenant: runs.Tenant, order: ReleaseOrder = NO_RELEASE) -> State:
    """End a stop. What waited goes out in the next slot.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        order: Hvilken stans som oppheves, hvorfor og av hvem.
    """
    return Completed(message=await stopping.record_release(tenant, order))
