"""What changed in Severa's invoices, projects, products, work types and travel expense types; severa_customers reads the customers.

Invoices and projects come first: a customer counts from the day on which it has one of them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from fakturabro.ledger.synchronising import remembered, watermarks
from fakturabro.mapping import severa_to_fortnox_articles as articles_mapping
from fakturabro.mapping import severa_to_fortnox_projects as projects_mapping
from fakturabro.systems.severa import invoicing, wire
from tasks import clock, connect, runs
from tasks.severa_fortnox import articles, invoice_intake, lookups, marks, pairing, register_words, taking
from tasks.severa_fortnox.options import SyncOptions

_AT_ONCE = 8
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
Found = TypeVar("Found")
_Article = wire.Product | wire.WorkType | wire.TravelExpenseType
_Fetch = Callable[[dt.datetime | None], AsyncIterator[Sequence[_Article]]]


async def read_invoices(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Invoices, for who is invoiced and for what is to be carried. Their list is read here only."""
    slot, calls = batch.slot, await connect.current().severa()
    read_for = options.invoices.from_status if options.invoices.carried else ""
    seen, since, is_whole = marks.Seen(calls), marks.since(slot, "severa", "invoices", read_for), True
    async for page in invoicing.Invoicing(calls).fetch_invoices(changed_since=since):
        seen.take(page)
        owners = {guid for one in page for who in (one.customer, one.billing_customer) if who and (guid := who.guid)}
        await asyncio.to_thread(_remember, slot, owners, register_words.HAS_INVOICE)
        if options.invoices.carried:
            batch, all_read = await invoice_intake.take_page(batch, options, page)
            is_whole = is_whole and all_read
    if is_whole:
        marks.read_to_end(slot, "severa", "invoices", seen.until, read_for)
    return batch


async def read_projects(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Projects, for whose customers they are and to be carried themselves. Of those that are linked already, what changes."""
    slot, client = batch.slot, await lookups.current(options).severa()
    read_for = "carried" if options.projects.carried else ""
    seen, since = await _seen(), marks.since(slot, "severa", "projects", read_for)
    is_first = marks.is_first(slot, "severa", "projects")
    async for page in client.fetch_projects(since):
        seen.take(page)
        active = [one.customer for one in page if not one.is_closed and not one.is_internal]
        await asyncio.to_thread(_remember, slot, {one.guid for one in active if one and one.guid}, register_words.HAS_PROJECT)
        if options.projects.carried:
            batch = batch.counted(entries_read=await asyncio.to_thread(_record_projects, slot, page, is_first))
    marks.read_to_end(slot, "severa", "projects", seen.until, read_for)
    return batch


def _record_projects(slot: runs.Slot, page: Sequence[wire.Project], is_first: bool) -> int:
    known = taking.find_known(slot, "severa", "project", [one.guid for one in page])
    rows, left = list[taking.Taken](), list[taking.Left]()
    for source in map(_to_project, page):
        key, number, listing = source.project.guid, projects_mapping.number(source), text(source.project.changed_at)
        if is_first and key in known.paired and not known.is_recorded(key):
            left.append(taking.Left(key, number, register_words.LINKED_BEFORE, listing))
        elif known.is_new(key, listing):
            rows.append(taking.Taken(key, number, source, projects_mapping.content(source), listing))
    taking.skip(slot, "severa", "project", left)
    return taking.record(slot, "severa", "project", rows)


def _to_project(one: wire.Project) -> projects_mapping.Source:
    return projects_mapping.Source(project=one)


async def read_articles(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Products, and of the other two the list that was read longest ago: both are short and seldom change."""
    client = await lookups.current(options).severa()
    batch = await _read_articles(batch, options, "products", client.fetch_products)
    read = watermarks.find_all(connect.current().ledger, batch.slot.tenant, "severa")
    at = {name: read[name].read_at if name in read else _NEVER for name in ("worktypes", "travelexpensetypes")}
    first = [name for name, when in at.items() if when == _NEVER] or [min(at, key=lambda name: at[name])]
    if "worktypes" in first:
        batch = await _read_articles(batch, options, "worktypes", client.fetch_work_types)
    if "travelexpensetypes" in first:
        batch = await _read_articles(batch, options, "travelexpensetypes", client.fetch_travel_expense_types)
    return batch


async def _read_articles(batch: runs.Batch, options: SyncOptions, name: str, fetch: _Fetch) -> runs.Batch:
    slot = batch.slot
    seen, since = await _seen(), marks.since(slot, "severa", name)
    is_first = marks.is_first(slot, "severa", name)
    async for page in fetch(since):
        seen.take(page)
        things = {articles_mapping.to_source(one): text(one.changed_at) for one in page}
        changed = await asyncio.to_thread(_find_left_and_changed, slot, things)
        way = articles.ToFortnox(options)
        batch = batch.counted(linked=await pairing.link_only(slot, way, [] if is_first else changed))
        batch = batch.counted(entries_read=await asyncio.to_thread(_record_articles, slot, options, things, is_first))
    marks.read_to_end(slot, "severa", name, seen.until)
    return batch


def _find_left_and_changed(slot: runs.Slot, things: Mapping[articles_mapping.Source, str]) -> list[tuple[str, str, str]]:
    """What was left out and has changed since: it may have got the name or the number of its partner."""
    known = taking.find_known(slot, "severa", "article", [articles.severa_key(one) for one in things])
    listed = {articles.severa_key(one): (one, listing) for one, listing in things.items()}
    left = {key: found for key, found in listed.items() if known.is_skipped(key) and key not in known.paired}
    return [(key, one.code, one.name) for key, (one, at) in left.items() if known.documents[key].listing_hash != at]


def _record_articles(slot: runs.Slot, options: SyncOptions, things: Mapping[articles_mapping.Source, str], is_first: bool) -> int:
    """What stood there before and has no partner is never carried; what has one, when it changes in the master."""
    known = taking.find_known(slot, "severa", "article", [articles.severa_key(one) for one in things])
    is_master, rows, left = options.articles.master == "severa", list[taking.Taken](), list[taking.Left]()
    for one, listing in things.items():
        key = articles.severa_key(one)
        if known.is_new(key, listing):
            lookups.changed().add(("article", one.code))
        if key in known.paired:
            goes = is_master and (not is_first or known.is_recorded(key))
            is_wanted, why = goes and known.is_new(key, listing), register_words.LINKED_BEFORE
        else:
            is_wanted, why = not known.is_skipped(key) and (not is_first or key in known.documents), register_words.STOOD_BEFORE
        left += [taking.Left(key, one.code, why, listing)] if not is_wanted and (is_first or known.is_skipped(key)) else []
        rows += [taking.Taken(key, one.code, one, articles_mapping.content(one), listing)] if is_wanted else []
    taking.skip(slot, "severa", "article", left)
    return taking.record(slot, "severa", "article", rows)


def _remember(slot: runs.Slot, customers: Iterable[str], why: str) -> None:
    if not slot.dry_run:
        ledger = connect.current().ledger
        remembered.record(ledger, slot.tenant, slot.run, clock.now(), dict.fromkeys(sorted(customers), why))


async def _seen() -> marks.Seen:
    return marks.Seen(await connect.current().severa())


def text(when: dt.datetime | None) -> str:
    return when.isoformat() if when else ""
