"""Data quality beside the slots: the nightly check of the register, reports of any period, trials of rules, counts per rule.

Operator's guide: docs/data_quality.md
Schedules:        the tenant's file in deployments/; reports and trials are started by a person
"""

from __future__ import annotations

import datetime as dt

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from data_quality import blocking
from tasks import runs
from tasks.checks import register, rule_counts, rule_trials
from tasks.debtors import ehf_trials
from tasks.options import FactoringOptions
from tasks.reports import reports as client_reports

SECRETS = ("ledger.key",)
"""What must be there before a tenant can run."""
DEFAULT_RULES = blocking.Rules()


@flow(name="Kunderegister: nattlig kontroll", flow_run_name=runs.name)
async def register_check(tenant: runs.Tenant, rules: blocking.Rules = DEFAULT_RULES, dry_run: bool = False) -> State:
    """Read and check all customer cards, so that addresses are mended before an invoice meets them.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        rules: Klientens egne regler, de samme som for fakturainntaket.
        dry_run: Vis hvor mange kort som er feil. Ingenting noteres.
    """
    async with runs.slot(tenant, "register_check", moves=(), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        checked = await register.check_register(runs.Batch(slot), rules)
        return await runs.conclude(checked)


@flow(name="Klientrapport", flow_run_name=runs.name)
async def client_report(
    tenant: runs.Tenant, options: FactoringOptions, first: dt.date | None = None, last: dt.date | None = None, send: bool = False
) -> State:
    """Make the client's report of any period, and send it where that is wanted.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Som for fakturainntaket; språk, vedlegg og regler tas herfra.
        first: Første dag i perioden. Tomt: 30 dager før den siste.
        last: Siste dag i perioden. Tomt: i dag.
        send: Send e-post med lenke til klientens kontaktpersoner. Ellers ligger rapporten bare på klientsidene.
    """
    return Completed(message=await client_reports.report_period(tenant, first, last, options, send))


@flow(name="Prøv regler", flow_run_name=runs.name)
async def try_rules(tenant: runs.Tenant, options: FactoringOptions, rules: blocking.Rules = DEFAULT_RULES) -> State:
    """Show what other rules would change for the tenant's last 500 documents. Nothing is switched on.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Som for fakturainntaket; reglene her er de som gjelder nå.
        rules: Reglene som skal prøves.
    """
    async with runs.slot(tenant, "try_rules", moves=(), dry_run=True) as slot:
        return Completed(message=await rule_trials.try_rules(slot, options, rules))


@flow(name="Prøv EHF-regler", flow_run_name=runs.name)
async def try_ehf_rules(tenant: runs.Tenant, options: FactoringOptions, folder: ehf_trials.Folder = "neste") -> State:
    """Show what other official EHF rules say of the tenant's last 500 documents. Nothing is switched on.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Som for fakturainntaket; avtalen tas herfra.
        folder: Navnet på mappen med reglene som skal prøves. Den ligger i ehf-rules under FAKTURABRO_HOME hos arbeideren.
    """
    async with runs.slot(tenant, "try_ehf_rules", moves=(), dry_run=True) as slot:
        return Completed(message=await ehf_trials.try_rules(slot, options, folder))


@flow(name="Funn per regel")
async def rule_overview() -> State:
    """Leave a page per rule with counts over all tenants."""
    return Completed(message=f"{await rule_counts.count_findings()} regler har funn nå.")
