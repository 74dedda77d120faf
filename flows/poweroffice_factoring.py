"""PowerOffice Go to Factoring Finans: intake, distribution, writeback, return data.

Operator's guides: docs/integrations/poweroffice_factoring.md, docs/integrations/return_data.md
Schedules:        the tenant's file in deployments/ (the sandbox tenants': prefect.yaml)
"""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import factoring, poweroffice, poweroffice_writeback, runs, settling
from tasks.checks import quality, series
from tasks.debtors import bounces, changes, distribution, fallback, links, objections
from tasks.options import FactoringOptions
from tasks.reports import reports as client_reports
from tasks.returns import checks as return_checks
from tasks.returns import closing as return_closing
from tasks.returns import doubts as return_doubts
from tasks.returns import intake as return_intake
from tasks.returns import reconciling as return_reconciling
from tasks.returns import statuses as return_statuses
from tasks.returns import undoing as return_undoing
from tasks.returns import vouchers as return_vouchers
from tasks.returns.options import ReturnDataOptions
from tasks.selections import NEW, Selection

SECRETS = (
    "ledger.key",
    "portal.key",
    "poweroffice.application_key",
    "poweroffice.subscription_key",
    "{tenant}.poweroffice_client_key",
    "factoring.key",
    "access_point.key",
)
"""What must be there before a tenant can run."""


@flow(name="PowerOffice: fakturainntak", flow_run_name=runs.name)
async def invoice_intake(
    tenant: runs.Tenant, options: FactoringOptions, selection: Selection = NEW, dry_run: bool = False
) -> State:
    """Take in new invoices and credit notes, hold the faulty ones, book and send the rest.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Factoringavtale, kanaler og kvalitetsregler for denne klienten.
        selection: Hva som skal tas inn. Standard er alt nytt siden sist.
        dry_run: Vis hva som ville skjedd. Ingenting sendes og ingenting bokføres.
    """
    async with runs.slot(tenant, "invoice_intake", moves=("book", "distribute"), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await settling.settle(runs.Batch(slot))
        returned = await bounces.read_bounces(settled)
        fetched = await poweroffice.fetch_available_invoices(returned, selection)
        followed = await series.follow_series(fetched)
        judged = await changes.judge(followed, options, selection)
        carded = await poweroffice.fetch_customer_cards(judged)
        checked = await quality.check(carded, options)
        booked = await factoring.book(checked, options)
        planned = await distribution.choose_channels(booked, options)
        delivered = await distribution.deliver(planned, options)
        linked = await links.mail_anew(delivered, options)
        reported = await factoring.report_channels(linked)
        objected = await objections.tell(reported)
        asked = await settling.ask_people(objected)
        told = await client_reports.report(asked, options)
        return await runs.conclude(told)


@flow(name="Brev etter lenke", flow_run_name=runs.name)
async def letter_fallback(
    tenant: runs.Tenant, options: FactoringOptions, release_brake: bool = False, dry_run: bool = False
) -> State:
    """Send a letter for each link that its debtor did not open in time, or whose e-mail came back.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Når brevet går, og hvordan det trykkes.
        release_brake: Slipp bremsen. Send brev selv om få har åpnet eller mange e-poster er i retur. Se først om siden virker.
        dry_run: Vis hva som ville skjedd. Ingenting sendes.
    """
    async with runs.slot(tenant, "letter_fallback", moves=("letter",), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await settling.settle(runs.Batch(slot))
        returned = await bounces.read_bounces(settled)
        received = await fallback.read_receipts(returned)
        linked = await links.mail_anew(received, options)
        chosen = await fallback.choose_letters(linked, options, release_brake)
        sent = await fallback.send_letters(chosen, options)
        reported = await factoring.report_channels(sent)
        told = await objections.tell(reported)
        return await runs.conclude(told)


@flow(name="PowerOffice: tilbakeskriving", flow_run_name=runs.name)
async def writeback(tenant: runs.Tenant, selection: Selection = NEW, dry_run: bool = False) -> State:
    """Write KID and PDF copy back to PowerOffice for everything that has reached its debtor.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        selection: Hva som skal skrives tilbake. Standard er alt som er nådd frem.
        dry_run: Vis hva som ville skjedd. Ingenting skrives.
    """
    async with runs.slot(tenant, "writeback", moves=("write_back",), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await settling.settle(runs.Batch(slot))
        written = await poweroffice_writeback.give_back(settled, selection)
        return await runs.conclude(written)


@flow(name="PowerOffice: returdata", flow_run_name=runs.name)
async def return_data(tenant: runs.Tenant, options: ReturnDataOptions, undo: str = "", dry_run: bool = False) -> State:
    """Book in the client's PowerOffice what happened at the factoring company, and compare the books to the øre.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Kontoer, bokføringsregler og hvor bevegelsene kommer fra.
        undo: Bilagsnummer i PowerOffice som skal tilbakeføres og føres på nytt. En godkjenner må si ja.
        dry_run: Vis hva som ville skjedd. Ingenting hentes, og ingenting bokføres.
    """
    async with runs.slot(tenant, "return_data", moves=("return_data",), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await return_doubts.settle(runs.Batch(slot))
        taken = await return_intake.take(settled, options)
        closed = await return_closing.close_days(taken, options)
        asked = await return_undoing.ask_people(closed, options, undo)
        undone = await return_undoing.reverse(asked)
        checked = await return_checks.check(undone, options)
        posted = await return_vouchers.post(checked, options)
        compared = await return_reconciling.compare(posted, options)
        told = await return_statuses.tell(compared, options)
        reported = await client_reports.report(told, options)
        return await runs.conclude(reported)
