"""Sales invoices that wait or are held, held against what Fortnox has: what it would refuse, or make otherwise, is held.

Fortnox is asked only when an invoice is otherwise fit to go. What it refused before is tried again in every run, a few at a time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import weakref
from collections.abc import Collection, Mapping, Sequence

from data_quality import blocking, checking
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.ledger import deliveries, documents, engine, findings
from fakturabro.ledger.synchronising import invoice_steps
from fakturabro.mapping import carried_invoices
from fakturabro.systems.fortnox import registers
from tasks import clock, connect, retrying, runs
from tasks.severa_fortnox import invoice_subjects, invoice_values, lookups
from tasks.severa_fortnox.options import SyncOptions

STATION, REFUSALS = "sales_invoice_check", "sales_invoice_refusals"
SUITE = "sales_invoices"
_PAGE, _TRIED_AGAIN = 500, 12
_OPEN = ("waiting", "held", "planned")
_FOUND = Mapping[int, Sequence[found_values.Finding]]
_checked: weakref.WeakKeyDictionary[connect.Connections, set[int]] = weakref.WeakKeyDictionary()


@retrying.station("Kontroller salgsfakturaer", gates=True)
async def check(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Hold what cannot go, release what can. A dry run leaves all as it is."""
    if batch.slot.dry_run or not options.invoices.carried:
        return batch
    await asyncio.to_thread(release_some, batch.slot, REFUSALS, values.TRANSFER)
    await check_open(batch.slot, options)
    return batch


async def check_open(slot: runs.Slot, options: SyncOptions) -> None:
    """Check all that is open; what is fit then may be sent in this run."""
    ids = await asyncio.to_thread(invoice_steps.find_open, connect.current().ledger, slot.tenant, _OPEN)
    for some in engine.chunks(ids, _PAGE):
        await _check(slot, options, some)


def find_checked() -> frozenset[int]:
    """The invoices that were checked in this run."""
    return frozenset(_checked.get(connect.current(), ()))


def release_some(slot: runs.Slot, station: str, purpose: str) -> None:
    """Let what a system refused be tried again, by what `station` said of it; other ones are the first every hour. Blocks."""
    ledger = connect.current().ledger
    ids = findings.find_documents(ledger, slot.tenant, station)
    turn = int(clock.now().timestamp()) // 3600 * _TRIED_AGAIN % max(len(ids), 1)
    if some := (ids[turn:] + ids[:turn])[:_TRIED_AGAIN]:
        findings.record(ledger, slot.tenant, station, dict.fromkeys(some, ()), [purpose], slot.run)


async def _check(slot: runs.Slot, options: SyncOptions, ids: Sequence[int]) -> None:
    page = await asyncio.to_thread(_Page, slot, options, ids)
    found = await asyncio.to_thread(page.find, None, None)
    fit = [i for i, said in found.items() if not any(one.holds for one in said)]
    if fit:
        asked = lookups.current(options)
        units, locked = await asked.units(), await _fetch_locked_until(await asked.fortnox())
        found = {**found, **await asyncio.to_thread(page.find, units, locked, fit)}
    ledger = connect.current().ledger
    await asyncio.to_thread(findings.record, ledger, slot.tenant, STATION, found, [values.TRANSFER], slot.run)
    _checked.setdefault(connect.current(), set()).update(ids)


async def _fetch_locked_until(fortnox: registers.Registers) -> dt.date | None:
    return await fortnox.fetch_locked_until()


class _Page:
    """Some invoices on their way through the suite."""

    def __init__(self, slot: runs.Slot, options: SyncOptions, ids: Sequence[int]) -> None:
        self._settings, ledger = invoice_values.to_settings(options), connect.current().ledger
        read = documents.read(ledger, slot.tenant, ids)
        self._rows = {row.id: (row, invoice_values.read(row.canonical)) for row in read}
        sources = [source for _, source in self._rows.values()]
        self._known = invoice_values.find_known(ledger, slot.tenant, sources)
        self._on_its_way = _find_on_its_way(slot, {carried_invoices.credited(one.invoice) for one in sources} - {""})

    def find(self, units: Collection[str] | None, locked_until: dt.date | None, among: Collection[int] | None = None) -> _FOUND:
        """What the suite says, by document; of those in `among`, or of all."""
        some = [
            invoice_subjects.to_subject(
                row,
                source,
                self._known,
                self._settings,
                on_its_way=self._on_its_way,
                locked_until=locked_until,
                units=units,
            )
            for i, (row, source) in self._rows.items()
            if among is None or i in among
        ]
        return checking.check(some, blocking.Rules(), suite=SUITE) if some else {}


def _find_on_its_way(slot: runs.Slot, originals: set[str]) -> dict[str, str]:
    """Invoices that are credited, ours, and not in Fortnox yet: their numbers by GUID."""
    ledger = connect.current().ledger
    known = documents.find_known(ledger, slot.tenant, invoice_values.SOURCE, sorted(originals))
    states = deliveries.find_states(ledger, slot.tenant, values.TRANSFER, [one.id for one in known.values()])
    waiting = {one.id: guid for guid, one in known.items() if states.get(one.id) != "accepted"}
    heads = documents.find_heads(ledger, slot.tenant, sorted(waiting))
    return {head.source_key: head.number or head.source_key for head in heads}
