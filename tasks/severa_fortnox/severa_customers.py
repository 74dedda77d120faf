"""Severa's customers with their addresses: who changed, whose addresses did, and who has come to count.

A customer counts from the day on which it has an active project or an invoice: severa_lists reads both before. Addresses have a
list of their own, in no order; which is the first of its kind is asked of the customer where it matters.
"""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from fakturabro.ledger.synchronising import carrying, remembered
from fakturabro.mapping import register_messages
from fakturabro.mapping import severa_to_fortnox_customers as customers_mapping
from fakturabro.systems.severa import registers, wire
from tasks import connect, runs
from tasks.severa_fortnox import directions, lookups, marks, register_words, severa_lists, singly, taking
from tasks.severa_fortnox.options import SyncOptions

Found = TypeVar("Found")


async def read(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Customers that changed, whose addresses did, and who have come to count. Of those linked before, what changes."""
    reading = _Customers(batch.slot, options, await lookups.current(options).severa())
    batch = batch.counted(entries_read=await reading.read())
    for sentence in reading.failures:
        batch = batch.failing(sentence)
    return batch


class _Customers:
    """One reading of Severa's customers."""

    def __init__(self, slot: runs.Slot, options: SyncOptions, client: registers.Registers) -> None:
        self._slot, self._options, self._client = slot, options, client
        self._is_master = options.customers.master == "severa"
        self._read_for = "all" if options.customers.transfer_all else ""
        self._since = marks.since(slot, "severa", "customers", self._read_for)
        self._is_first = marks.is_first(slot, "severa", "customers")
        self._addresses: dict[str, list[wire.Address]] = collections.defaultdict(list)
        self._count, self._is_whole = 0, True
        self.failures = list[str]()
        """Sentences about those that could not be read."""

    async def read(self) -> int:
        """How many were recorded. The marks move when all is that will not be asked for again anyway."""
        asked = marks.since(self._slot, "severa", "addresses") if self._since else None
        calls, listed = await connect.current().severa(), set[str]()
        changed, seen = marks.Seen(calls), marks.Seen(calls)
        async for page in self._client.fetch_addresses(asked):
            changed.take(page)
            for one in page:
                if one.customer and one.customer.guid:
                    self._addresses[one.customer.guid].append(one)
        async for page in self._client.fetch_customers(self._since):
            seen.take(page)
            await self._take(page)
            listed.update(one.guid for one in page)
        others = await asyncio.to_thread(self._find_others, listed)
        for start in range(0, len(others), 100):
            found = await self._each(self._fetch, dict.fromkeys(others[start : start + 100], ""))
            gone = [taking.Left(guid, "", register_words.DELETED) for guid, one in found.items() if one is None]
            await asyncio.to_thread(taking.skip, self._slot, "severa", "customer", gone)
            await self._take([one for one in found.values() if one])
        if self._is_whole:
            marks.read_to_end(self._slot, "severa", "addresses", changed.until)
            marks.read_to_end(self._slot, "severa", "customers", seen.until, self._read_for)
        return self._count

    async def _fetch(self, guid: str) -> wire.Customer | None:
        return await directions.unless_gone(self._client.fetch_customer(guid))

    async def _each(self, read: Callable[[str], Awaitable[Found | None]], numbers: Mapping[str, str]) -> dict[str, Found | None]:
        """What is read of each of these, given with their numbers. What cannot be is noted and asked for again."""
        said = await singly.read_each(read, numbers)
        known = await asyncio.to_thread(taking.find_known, self._slot, "severa", "customer", list(said.unread))
        left = [taking.Left(guid, numbers[guid], register_words.UNREADABLE) for guid in said.unread if not known.is_recorded(guid)]
        await asyncio.to_thread(taking.skip, self._slot, "severa", "customer", left)
        self.failures += [register_words.unreadable("Kunde", numbers[k] or k, str(why)) for k, why in said.unread.items()]
        self._is_whole = self._is_whole and len(left) == len(said.unread)
        return said.found

    def _find_others(self, seen: set[str]) -> list[str]:
        """Those whose addresses changed, where that matters, and those that count by now and were none of ours before."""
        if self._since is None or self._slot.dry_run:
            return []
        moved = sorted(self._addresses.keys() - seen)
        known = taking.find_known(self._slot, "severa", "customer", moved)
        recorded = {guid for guid in known.documents if not known.is_skipped(guid)}
        of_ours = [guid for guid in moved if guid in recorded or (guid in known.paired and self._is_master)]
        new = [guid for guid in of_ours if self._is_new(guid, None, known)]
        ledger = connect.current().ledger
        unrecorded = carrying.find_unrecorded(ledger, self._slot.tenant, "severa", register_words.PROSPECT)
        unread = carrying.find_left(ledger, self._slot.tenant, "severa", "customer", register_words.UNREADABLE)
        return list(dict.fromkeys([*new, *unrecorded, *(guid for guid in unread if guid not in seen)]))

    async def _take(self, page: Sequence[wire.Customer]) -> None:
        wanted = {one.guid: one for one in await asyncio.to_thread(self._choose, page)}
        listed = await self._each(self._addresses_of, {guid: _number(one) for guid, one in wanted.items()})
        rows = [self._to_taken(wanted[guid], addresses or []) for guid, addresses in listed.items()]
        self._count += await asyncio.to_thread(taking.record, self._slot, "severa", "customer", rows)

    def _choose(self, page: Sequence[wire.Customer]) -> list[wire.Customer]:
        keys = [one.guid for one in page]
        known = taking.find_known(self._slot, "severa", "customer", keys)
        counting = remembered.find(connect.current().ledger, self._slot.tenant, keys)
        wanted, left = list[wire.Customer](), list[taking.Left]()
        for one in page:
            why = customers_mapping.why_not(
                one,
                has_project=False,
                has_invoice=False,
                is_remembered=one.guid in counting,
                transfer_all=self._options.customers.transfer_all,
            )
            number, listing = _number(one), _listing(one, self._addresses.get(one.guid, ()))
            if self._is_new(one.guid, one, known):
                lookups.changed().add(("customer", number))
            if one.guid in known.paired:
                is_before = self._is_first and not known.is_recorded(one.guid)
                is_wanted = self._is_master and not is_before and why != "internal"
                left += [taking.Left(one.guid, number, register_words.LINKED_BEFORE, listing)] if is_before else []
            else:
                is_wanted = not why or (one.guid in known.documents and not known.is_skipped(one.guid))
                left += [] if is_wanted else [taking.Left(one.guid, number, register_messages.WHY_NOT[why], listing)]
            wanted += [one] if is_wanted and self._is_new(one.guid, one, known) else []
        taking.skip(self._slot, "severa", "customer", left)
        return wanted

    def _is_new(self, guid: str, one: wire.Customer | None, known: taking.Known) -> bool:
        """Whether the lists say more of it than what is recorded: they show the newest change again and again."""
        document = known.documents.get(guid)
        if document is None or (document.state == "skipped" and guid not in known.paired):
            return True
        changed, moved = _read_listing(document.listing_hash)
        listed = [when for address in self._addresses.get(guid, ()) if (when := address.changed_at)]
        return (one is not None and one.changed_at != changed) or any(moved is None or when > moved for when in listed)

    async def _addresses_of(self, guid: str) -> list[wire.Address]:
        """All of them; in the order that Severa shows where that matters."""
        listed = self._addresses.get(guid, [])
        kinds = collections.Counter(kind for one in listed for kind in customers_mapping.ROWS if customers_mapping.is_of(one, kind))
        if self._since is None and all(count == 1 for count in kinds.values()):
            return listed
        return await self._client.fetch_customer_addresses(guid)

    def _to_taken(self, one: wire.Customer, addresses: list[wire.Address]) -> taking.Taken:
        source = customers_mapping.to_source(one, addresses)
        number, content = customers_mapping.number(source), customers_mapping.content(source)
        return taking.Taken(one.guid, number, source, content, _listing(one, addresses))


def _number(one: wire.Customer) -> str:
    return "" if one.number is None else str(one.number)


def _listing(one: wire.Customer, addresses: Sequence[wire.Address]) -> str:
    """When it changed, and when its addresses did."""
    return f"{severa_lists.text(one.changed_at)}/{severa_lists.text(marks.later(None, addresses))}"


def _read_listing(text: str) -> tuple[dt.datetime | None, dt.datetime | None]:
    changed, _, moved = text.partition("/")
    return (dt.datetime.fromisoformat(changed) if changed else None, dt.datetime.fromisoformat(moved) if moved else None)
