"""What changed in Fortnox's customers and articles. Lists show little: what is to be carried is read one by one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from fakturabro.ledger.synchronising import carrying
from fakturabro.mapping import fortnox_to_severa_articles as articles_mapping
from fakturabro.mapping import fortnox_to_severa_customers as customers_mapping
from fakturabro.mapping import register_messages
from tasks import connect, runs
from tasks.severa_fortnox import articles, lookups, marks, pairing, register_words, singly, taking
from tasks.severa_fortnox.options import SyncOptions

Found = TypeVar("Found")


async def read_customers(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Customers that are new, and where Fortnox is the master also those that changed."""
    slot, calls, client = batch.slot, await connect.current().fortnox_calls(options.fortnox_tenant), await _client(options)
    since, answered = marks.since(slot, "fortnox", "customers"), None
    is_first = marks.is_first(slot, "fortnox", "customers")
    whole: set[str] | None = set() if since is None else None
    reading = _Reading(slot, "customer", client.find_customer)
    async for names in reading.pages(_customers(client, since)):
        answered, numbers = answered or calls.answered_at, list(names)
        lookups.changed().update(("customer", number) for number in numbers)
        known = await asyncio.to_thread(taking.find_known, slot, "fortnox", "customer", numbers)
        wanted = [
            number
            for number in numbers
            if number not in known.paired or number in reading.again or _changes(options.customers.master, known, number, is_first)
        ]
        found = await reading.each(wanted, known)
        rows, left = list[taking.Taken](), list[taking.Left]()
        for one in found:
            source, key = customers_mapping.Source(customer=one), f"customer/{one.customer_number}"
            is_ours = one.customer_number in known.paired or known.is_recorded(one.customer_number)
            if (why := customers_mapping.why_not(one)) and not is_ours:
                left.append(taking.Left(key, one.customer_number, register_messages.WHY_NOT[why]))
            else:
                rows.append(taking.Taken(key, one.customer_number, source, customers_mapping.content(source)))
        batch = batch.counted(entries_read=await asyncio.to_thread(_record, slot, "customer", rows, left))
        if whole is not None:
            whole.update(numbers)
    _keep_whole(options, "customer", whole)
    return reading.end(batch, "customers", answered)


async def read_articles(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """The same of articles; what stood there before and has no partner is never carried."""
    slot, calls, client = batch.slot, await connect.current().fortnox_calls(options.fortnox_tenant), await _client(options)
    since, answered = marks.since(slot, "fortnox", "articles"), None
    is_first = marks.is_first(slot, "fortnox", "articles")
    whole: set[str] | None = set() if since is None else None
    reading = _Reading(slot, "article", client.find_article)
    async for names in reading.pages(_articles(client, since)):
        answered, numbers = answered or calls.answered_at, list(names)
        lookups.changed().update(("article", number) for number in numbers)
        known = await asyncio.to_thread(taking.find_known, slot, "fortnox", "article", numbers)
        wanted = [n for n in numbers if n in reading.again or _is_wanted_article(options, known, n, is_first)]
        left = [number for number in numbers if is_first and number not in wanted and number not in known.paired]
        stood = [n for n in numbers if not is_first and known.is_skipped(n) and n not in wanted and n not in known.paired]
        changed = [(f"article/{n}", n, names[n]) for n in stood]
        batch = batch.counted(linked=await pairing.link_only(slot, articles.ToSevera(options), changed))
        sources = [articles_mapping.Source(article=one) for one in await reading.each(wanted, known)]
        skipped = [taking.Left(f"article/{number}", number, register_words.STOOD_BEFORE) for number in left]
        rows = [taking.Taken(f"article/{(no := articles_mapping.number(s))}", no, s, articles_mapping.content(s)) for s in sources]
        batch = batch.counted(entries_read=await asyncio.to_thread(_record, slot, "article", rows, skipped))
        if whole is not None:
            whole.update(numbers)
    _keep_whole(options, "article", whole)
    return reading.end(batch, "articles", answered)


async def _client(options: SyncOptions) -> lookups.Fortnox:
    return await lookups.current(options).fortnox()


def _changes(master: str, known: taking.Known, number: str, is_first: bool) -> bool:
    """Whether what has a partner is carried: when it changes in the master, not when all is read for the first time.

    A first reading that broke off is read once more: what it made there already has its partner from us.
    """
    return master == "fortnox" and (not is_first or known.is_recorded(number))


def _is_wanted_article(options: SyncOptions, known: taking.Known, number: str, is_first: bool) -> bool:
    if number in known.paired:
        return _changes(options.articles.master, known, number, is_first)
    return known.is_recorded(number) or (not is_first and not known.is_skipped(number))


def _record(slot: runs.Slot, kind: taking.Kind, rows: Sequence[taking.Taken], left: Sequence[taking.Left]) -> int:
    taking.skip(slot, "fortnox", kind, left)
    return taking.record(slot, "fortnox", kind, rows)


def _keep_whole(options: SyncOptions, register: taking.Kind, numbers: set[str] | None) -> None:
    """What is not among all that Fortnox has, need not be looked for one by one."""
    if numbers is not None:
        lookups.current(options).whole[register] = frozenset(numbers)


async def _customers(client: lookups.Fortnox, since: dt.datetime | None) -> AsyncIterator[dict[str, str]]:
    async for page in client.fetch_customers(since):
        yield dict.fromkeys((one.customer_number for one in page), "")


async def _articles(client: lookups.Fortnox, since: dt.datetime | None) -> AsyncIterator[dict[str, str]]:
    async for page in client.fetch_articles(since):
        yield {one.article_number: one.description for one in page}


class _Reading(Generic[Found]):
    """One reading of a list and of its records. One that cannot be read is noted, read again in every run, and stops no other."""

    def __init__(self, slot: runs.Slot, kind: taking.Kind, find: Callable[[str], Awaitable[Found | None]]) -> None:
        self._slot, self._find, ledger = slot, find, connect.current().ledger
        self._kind: taking.Kind = kind
        left = carrying.find_left(ledger, slot.tenant, "fortnox", kind, register_words.UNREADABLE)
        self.again = frozenset(key.partition("/")[2] for key in left)
        """The numbers of those that could not be read before."""
        self._failures, self._is_whole = list[str](), True

    async def pages(self, listed: AsyncIterator[dict[str, str]]) -> AsyncIterator[dict[str, str]]:
        """Names by number: what is listed, and then what is to be read again."""
        seen = set[str]()
        async for names in listed:
            seen.update(names)
            yield names
        if rest := sorted(self.again - seen):
            yield dict.fromkeys(rest, "")

    async def each(self, numbers: Sequence[str], known: taking.Known) -> list[Found]:
        """The records with these numbers; what is gone by now is left out."""
        said = await singly.read_each(self._find, numbers)
        title, noted = register_words.TITLES[self._kind], [number for number in said.unread if not known.is_recorded(number)]
        left = [taking.Left(f"{self._kind}/{number}", number, register_words.UNREADABLE) for number in noted]
        await asyncio.to_thread(taking.skip, self._slot, "fortnox", self._kind, left)
        self._failures += [register_words.unreadable(title, number, str(why)) for number, why in said.unread.items()]
        self._is_whole = self._is_whole and len(noted) == len(said.unread)
        return [found for found in said.found.values() if found is not None]

    def end(self, batch: runs.Batch, name: str, answered: dt.datetime | None) -> runs.Batch:
        """Say what could not be read. A change of what is carried already is listed again."""
        if self._is_whole:
            marks.read_to_end(self._slot, "fortnox", name, answered)
        for sentence in self._failures:
            batch = batch.failing(sentence)
        return batch
