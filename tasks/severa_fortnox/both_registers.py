"""Both systems' registers as they stand now, read whole and compared. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeVar

from fakturabro.domain import first_plans
from fakturabro.domain.similarity import comparing, entries
from fakturabro.ledger.synchronising import pairs, remembered, verdicts
from fakturabro.mapping import registers_to_entries as mapping
from fakturabro.mapping import severa_to_fortnox_customers as customers
from fakturabro.systems.fortnox import registers as fortnox
from fakturabro.systems.severa import invoicing, wire
from fakturabro.systems.severa import registers as severa
from tasks import connect, runs
from tasks.severa_fortnox.options import SyncOptions

_Row = TypeVar("_Row")
REGISTERS: tuple[entries.Register, ...] = ("customer", "article", "project")


@dataclasses.dataclass(frozen=True)
class Looked:
    """Whose registers they are, and what a first synchronisation would do with them now."""

    client: str
    plan: first_plans.Plan


async def look(slot: runs.Slot, options: SyncOptions) -> Looked:
    """Read and compare. Raises the ladder; a list that was not read to its end raises too."""
    ours, theirs = await _read_severa(slot, options), await _read_fortnox(options)
    client = (await severa.Registers(await connect.current().severa()).fetch_organization()).name or slot.tenant
    compared = [await asyncio.to_thread(_compare, slot, register, ours[register], theirs[register]) for register in REGISTERS]
    return Looked(client, first_plans.make(compared, projects_carried=options.projects.carried))


def _compare(
    slot: runs.Slot, register: entries.Register, ours: Sequence[entries.Entry], theirs: Sequence[entries.Entry]
) -> comparing.Comparison:
    """What is a pair already stays one, whatever it is called today."""
    ledger = connect.current().ledger
    known = {(one.severa_key, one.fortnox_key): True for one in pairs.find_all(ledger, slot.tenant, register)}
    return comparing.compare(register, ours, theirs, {**verdicts.find(ledger, slot.tenant, register), **known})


async def _read_severa(slot: runs.Slot, options: SyncOptions) -> Mapping[entries.Register, list[entries.Entry]]:
    client = severa.Registers(await connect.current().severa())
    projects = await _all(client.fetch_projects())
    known = await _all(client.fetch_customers())
    billing: dict[str, wire.Address] = {}
    for one in await _all(client.fetch_addresses()):
        if one.is_billing_address and one.customer and one.customer.guid:
            billing.setdefault(one.customer.guid, one)
    counting = await _find_counting(slot, options, known, projects)
    articles = [mapping.from_severa_article("product", one) for one in await _all(client.fetch_products())]
    articles += [mapping.from_severa_article("work_type", one) for one in await _all(client.fetch_work_types())]
    articles += [mapping.from_severa_article("travel_type", one) for one in await _all(client.fetch_travel_expense_types())]
    return {
        "customer": [mapping.from_severa_customer(one, billing.get(one.guid), counting[one.guid]) for one in known],
        "article": articles,
        "project": [mapping.from_severa_project(one) for one in projects],
    }


async def _find_counting(
    slot: runs.Slot, options: SyncOptions, known: Sequence[wire.Customer], projects: Sequence[wire.Project]
) -> dict[str, str]:
    """Why each customer does not count, "" where it does. Invoices are read only where they decide it."""
    working = {one.customer.guid for one in projects if one.customer and not one.is_closed and not one.is_internal}
    invoiced = set[str | None]()
    if not options.customers.transfer_all:
        pages = invoicing.Invoicing(await connect.current().severa()).fetch_invoices()
        invoiced = {who.guid async for page in pages for one in page for who in (one.customer, one.billing_customer) if who}
    ledger = connect.current().ledger
    kept = await asyncio.to_thread(remembered.find, ledger, slot.tenant, [one.guid for one in known])
    return {
        one.guid: customers.why_not(
            one,
            has_project=one.guid in working,
            has_invoice=one.guid in invoiced,
            is_remembered=one.guid in kept,
            transfer_all=options.customers.transfer_all,
        )
        for one in known
    }


async def _read_fortnox(options: SyncOptions) -> Mapping[entries.Register, list[entries.Entry]]:
    client = fortnox.Registers(await connect.current().fortnox_calls(options.fortnox_tenant))
    inactive = await client.fetch_inactive_customers()
    known = await _all(client.fetch_customers())
    projects = await _all(client.fetch_projects()) if options.projects.carried else []
    return {
        "customer": [mapping.from_fortnox_customer(one, is_inactive=one.customer_number in inactive) for one in known],
        "article": [mapping.from_fortnox_article(one) for one in await _all(client.fetch_articles())],
        "project": [mapping.from_fortnox_project(one) for one in projects],
    }


async def _all(pages: AsyncIterator[list[_Row]]) -> list[_Row]:
    return [row async for page in pages for row in page]
