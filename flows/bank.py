"""Payments out and in through the bank: remittance and what the bank answers, incoming payments, statements.

Operator's guide: docs/integrations/bank.md
Schedules:        the tenant's file in deployments/ (the sandbox tenants': prefect.yaml)
"""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import runs
from tasks.accounting import book_back, payables
from tasks.bank import folders as connect_bank
from tasks.bank import notices
from tasks.bank import returns as bank_answers
from tasks.bank import settling as bank_settling
from tasks.bank import statements as bank_statements
from tasks.bank.options import BankOptions
from tasks.incoming import files as incoming_files
from tasks.incoming import incidents, matching, suspense
from tasks.incoming import posting as incoming_posting
from tasks.payments import files as remittance_files
from tasks.payments import following as payment_following
from tasks.payments import guards as payment_guards
from tasks.payments import intake as remittance_intake
from tasks.payments import proofs as payment_proofs

SECRETS = ("ledger.key",)
"""What must be there before a tenant can run."""
secrets_of = connect_bank.secrets_of
"""What a tenant's options ask for beside it."""


@flow(name="Bank: betalinger", flow_run_name=runs.name)
async def remittance(tenant: runs.Tenant, options: BankOptions, dry_run: bool = False) -> State:
    """Take in payments from the accounting system, hold what is odd, and hand the rest over to the bank.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Bank, kontoer, regnskap og vakter for denne klienten.
        dry_run: Vis hva som ville skjedd. Ingenting tas inn, og ingenting går til banken.
    """
    async with runs.slot(tenant, "remittance", moves=("pay",), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await bank_settling.settle(runs.Batch(slot), options)
        taken = await remittance_intake.take_files(settled, options)
        fetched = await payables.fetch(taken, options)
        guarded = await payment_guards.check(fetched, options)
        asked = await remittance_files.ask_people(guarded, options)
        made = await remittance_files.make(asked, options)
        handed_over = await remittance_files.hand_over(made, options)
        followed = await payment_following.follow(handed_over, options)
        return await runs.conclude(followed)


@flow(name="Bank: svar på betalinger", flow_run_name=runs.name)
async def bank_returns(tenant: runs.Tenant, options: BankOptions, dry_run: bool = False) -> State:
    """Read what the bank answers on payments, tell the accounting system what became of them, and say what is overdue.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Bank, kontoer, regnskap og frister for denne klienten.
        dry_run: Vis hva som ville skjedd. Ingenting leses, og ingenting meldes tilbake.
    """
    async with runs.slot(tenant, "bank_returns", moves=("book_back", "correction"), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await bank_settling.settle(runs.Batch(slot), options)
        answered = await bank_answers.take_files(settled, options)
        proven = await payment_proofs.settle(answered, options)
        told = await book_back.tell(proven, options)
        reminded = await notices.remind(told)
        followed = await payment_following.follow(reminded, options)
        return await runs.conclude(followed)


@flow(name="Bank: innbetalinger", flow_run_name=runs.name)
async def incoming_payments(tenant: runs.Tenant, options: BankOptions, dry_run: bool = False) -> State:
    """Take in payments that the bank tells of, find what they settle, and post each once.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Bank, kontoer, KID-avtaler og hvor innbetalinger posteres.
        dry_run: Vis hva som ville skjedd. Ingenting tas inn, og ingenting posteres.
    """
    async with runs.slot(tenant, "incoming_payments", moves=("post",), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await bank_settling.settle(runs.Batch(slot), options)
        taken = await incoming_files.take_files(settled, options)
        read = await bank_statements.take_files(taken, options)
        cleared = await incidents.settle_incidents(read, options)
        placed = await suspense.settle_suspense(cleared, options)
        matched = await matching.match(placed, options)
        posted = await incoming_posting.post(matched, options)
        told = await incoming_posting.tell(posted, options)
        asked = await suspense.ask_people(told, options)
        return await runs.conclude(await notices.remind(asked))


@flow(name="Bank: kontoutskrifter", flow_run_name=runs.name)
async def statements(tenant: runs.Tenant, options: BankOptions, dry_run: bool = False) -> State:
    """Read account statements: do the balances lead on, what is proven, what moved that nobody knows.

    Where only they tell of incoming payments, the flow of these reads them.

    Args:
        tenant: Klientens nøkkel, slik filen i deployments/ heter.
        options: Bank, kontoer og hvor filene videresendes.
        dry_run: Vis hva som ville skjedd. Ingenting leses.
    """
    async with runs.slot(tenant, "statements", moves=(), dry_run=dry_run) as slot:
        if slot.declined:
            return runs.decline(slot)
        settled = await bank_settling.settle(runs.Batch(slot), options)
        read = await bank_statements.take_files(settled, options)
        return await runs.conclude(await notices.remind(read))
