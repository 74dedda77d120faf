"""What both systems are asked for once in a run: their lists of units, terms, countries, currencies and statuses.

Nothing is asked for before something is to be written that needs it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fakturabro.ledger.synchronising import watermarks
from fakturabro.mapping import mapped
from fakturabro.systems.fortnox import registers as fortnox
from fakturabro.systems.severa import invoice_wire, invoicing, wire
from fakturabro.systems.severa import registers as severa
from tasks import clock, connect, runs
from tasks.severa_fortnox.options import SyncOptions

Found = TypeVar("Found")
Fortnox = fortnox.Registers


class Lookups:
    """Of one run. All raise the ladder in remote/errors.py; what failed is asked for again."""

    def __init__(self, options: SyncOptions) -> None:
        self._options, self._asking = options, asyncio.Lock()
        self._found: dict[str, Any] = {}
        self.whole: dict[str, frozenset[str]] = {}
        """All numbers of a register in Fortnox ("customer", "article"), where this run has read all of it."""
        self.is_checked = False
        """Whether what waits in the registers was checked in this run: nothing of it goes unchecked."""
        self.absent: set[tuple[str, str]] = set()
        """What the other system was asked for in this run and did not have, by target and source key."""
        self.refused: dict[tuple[str, str], str] = {}
        """Why the other system did not say whether it has something, by target and source key."""
        self.standing: dict[tuple[str, str], Any] = {}
        """What the other system was seen to have, by target and source key: directions.Standing."""

    async def severa(self) -> severa.Registers:
        """The client's registers in Severa."""
        return severa.Registers(await connect.current().severa())

    async def fortnox(self) -> fortnox.Registers:
        """The client's registers in Fortnox."""
        return fortnox.Registers(await connect.current().fortnox_calls(self._options.fortnox_tenant))

    async def units(self) -> set[str]:
        """Fortnox' codes of units."""
        return await self._once("units", (await self.fortnox()).fetch_units)

    async def terms(self) -> set[str]:
        """Fortnox' codes of terms of payment."""
        return await self._once("terms", (await self.fortnox()).fetch_terms_of_payment)

    async def countries(self) -> dict[str, wire.Country]:
        """Severa's countries by their two letters."""
        return await self._once("countries", (await self.severa()).fetch_countries)

    async def currencies(self) -> dict[str, wire.Currency]:
        """The client's currencies in Severa by code."""
        return await self._once("currencies", (await self.severa()).fetch_currencies)

    async def statuses(self) -> list[invoice_wire.InvoiceStatus]:
        """The client's invoice statuses in Severa."""
        return await self._once("statuses", invoicing.Invoicing(await connect.current().severa()).fetch_statuses)

    async def settings(self) -> wire.OrganizationSettings:
        """Which numbers Severa gives next."""
        return await self._once("settings", (await self.severa()).fetch_settings)

    async def work_types(self) -> list[wire.WorkType]:
        """All of Severa's work types."""

        async def fetch() -> list[wire.WorkType]:
            return [row async for page in (await self.severa()).fetch_work_types() for row in page]

        return await self._once("work_types", fetch)

    async def travel_types(self) -> list[wire.TravelExpenseType]:
        """All of Severa's types of travel expense."""

        async def fetch() -> list[wire.TravelExpenseType]:
            return [row async for page in (await self.severa()).fetch_travel_expense_types() for row in page]

        return await self._once("travel_types", fetch)

    async def for_customers(self) -> mapped.Lookups:
        """What customers are mapped by."""
        return mapped.Lookups(terms=await self.terms(), countries=await self.countries(), currencies=await self.currencies())

    async def for_articles(self) -> mapped.Lookups:
        """What articles are mapped by."""
        return mapped.Lookups(units=await self.units(), vat_rates=mapped.RATES[self._options.invoices.vat_country])

    async def _once(self, name: str, fetch: Callable[[], Awaitable[Found]]) -> Found:
        async with self._asking:
            if name not in self._found:
                self._found[name] = await fetch()
            return self._found[name]


_of_runs: weakref.WeakKeyDictionary[connect.Connections, Lookups] = weakref.WeakKeyDictionary()


def current(options: SyncOptions) -> Lookups:
    """What was looked up in this run so far."""
    connections = connect.current()
    if connections not in _of_runs:
        _of_runs[connections] = Lookups(options)
    return _of_runs[connections]


_AGAIN = dt.timedelta(minutes=55)
_changed: weakref.WeakKeyDictionary[connect.Connections, set[tuple[str, str]]] = weakref.WeakKeyDictionary()
_again: weakref.WeakKeyDictionary[connect.Connections, bool] = weakref.WeakKeyDictionary()


def changed() -> set[tuple[str, str]]:
    """(register, number) of what the lists of either system showed as changed in this run."""
    return _changed.setdefault(connect.current(), set())


def looks_again(slot: runs.Slot) -> bool:
    """Whether what is held is looked at once more in this run though no list shows a change: once an hour. Blocks."""
    connections = connect.current()
    if connections not in _again:
        mark = watermarks.find(connections.ledger, slot.tenant, "fakturabro", "held")
        _again[connections] = mark is None or clock.now() - mark.read_at >= _AGAIN
    return _again[connections]


def note_looked(slot: runs.Slot) -> None:
    """Note that all that is held was looked at. Blocks."""
    if looks_again(slot) and not slot.dry_run:
        ledger = connect.current().ledger
        watermarks.record(ledger, slot.tenant, slot.run, "fakturabro", "held", None, clock.now())
