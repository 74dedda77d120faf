"""Sales invoices in the status that is carried -> documents, each with its rows and their projects.

What Severa's list tells of is read when it comes (lists.fetch, before the list's mark moves). What waits is read again right before
it is checked; what is held, when the list tells of it and once a day, since a row may change without its invoice.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence

from data_quality import blocking
from data_quality.suites import sales_invoices as suite
from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, documents, engine, findings, recording
from fakturabro.ledger.journal import claims
from fakturabro.ledger.synchronising import invoice_steps, pairs, watermarks
from fakturabro.mapping import carried_invoices
from fakturabro.remote import errors
from fakturabro.systems.severa import invoice_wire, invoicing
from tasks import clock, connect, retrying, runs
from tasks.severa_fortnox import invoice_messages as messages
from tasks.severa_fortnox import invoice_values, lookups, register_words, singly
from tasks.severa_fortnox.options import SyncOptions

STATION, AFTER = "sales_invoice_intake", "sales_invoice_after"
_HELD = "held_invoices"
_PAGE = 100
_MAY_CHANGE = ("waiting", "held", "planned", "rejected")
_fresh: weakref.WeakKeyDictionary[connect.Connections, set[str]] = weakref.WeakKeyDictionary()
"""What was read in this run."""


async def take_page(batch: runs.Batch, options: SyncOptions, page: Sequence[invoice_wire.Invoice]) -> tuple[runs.Batch, bool]:
    """Take in what a page of Severa's list tells, and whether all of it could be read. It may be given again. Raises the ladder."""
    if batch.slot.dry_run or not options.invoices.carried:
        return batch, True
    one = _Intake(batch, options)
    await one.take_page(page)
    return one.batch, one.is_whole


@retrying.station("Les salgsfakturaer")
async def fetch(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Read once more what is to be checked now."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run or not options.invoices.carried:
        return batch
    mark = watermarks.find(ledger, slot.tenant, "severa", _HELD)
    is_daily = mark is None or mark.read_at.date() < clock.now().date()
    states = ("waiting", "planned", "held") if is_daily else ("waiting", "planned")
    open_ = await asyncio.to_thread(invoice_steps.find_open, ledger, slot.tenant, states)
    for ids in engine.chunks(open_, _PAGE):
        one = _Intake(batch, options)
        await one.read_again(ids)
        batch = one.batch
    if is_daily and open_:
        watermarks.record(ledger, slot.tenant, slot.run, "severa", _HELD, None, clock.now())
    return batch


class _Intake:
    """Some invoices on their way into the ledger."""

    def __init__(self, batch: runs.Batch, options: SyncOptions) -> None:
        self._slot, self._options = batch.slot, options
        self._ledger, self._numbers = connect.current().ledger, options.invoices.number_master == "severa"
        self._read = _fresh.setdefault(connect.current(), set())
        self.batch, self.is_whole = batch, True

    async def take_page(self, page: Sequence[invoice_wire.Invoice]) -> None:
        known = documents.find_known(self._ledger, self._slot.tenant, invoice_values.SOURCE, [one.guid for one in page])
        ids = [one.id for one in known.values()]
        states = deliveries.find_states(self._ledger, self._slot.tenant, values.TRANSFER, ids)
        with self._ledger.reading() as connection:  # what left before a backup was put back has another status by now
            claimed = set(claims.find_source_keys(connection, self._slot.tenant, values.TRANSFER, invoice_values.SOURCE))
        new = [one for one in page if (self._is_wanted(one) or one.guid in claimed) and one.guid not in known]
        stood = [(one, known[one.guid], states.get(known[one.guid].id, "")) for one in page if one.guid in known]
        changed = [one for one, before, state in stood if state in _MAY_CHANGE and self._differs(one, before)]
        await self._record([*new, *(one for one in changed if self._is_wanted(one))])
        self._note_withdrawn(
            {before.id: self._status(one) for one, before, state in stood if state in _MAY_CHANGE and one in changed}
        )
        self._note_changed([(one, before) for one, before, state in stood if state == "accepted"])
        self.batch = self.batch.counted(sales_invoices=len(new))

    async def read_again(self, ids: Sequence[int]) -> None:
        """Read these documents' invoices as they stand in Severa now."""
        heads = documents.find_heads(self._ledger, self._slot.tenant, ids)
        ids_by_guid = {head.source_key: head.id for head in heads if head.source_key not in self._read}
        read = await singly.read_each(self._find, ids_by_guid)
        self._note_unread(read.unread, {head.source_key: head.number for head in heads})
        await self._record([one for one in read.found.values() if one and self._is_wanted(one)])
        self._note_withdrawn({ids_by_guid[guid]: self._status(one) for guid, one in read.found.items()})

    async def _find(self, guid: str) -> invoice_wire.Invoice | None:
        try:
            return await (await self._severa()).fetch_invoice(guid)
        except errors.Rejected as error:
            if error.status != 404:
                raise
            return None

    async def _record(self, some: Sequence[invoice_wire.Invoice]) -> None:
        by_guid = {one.guid: one for one in some}
        read = await singly.read_each(lambda guid: self._to_source(by_guid[guid]), by_guid)
        self._note_unread(read.unread, {one.guid: str(one.number or "") for one in some})
        sources = [source for source in read.found.values() if source is not None]
        rows = [invoice_values.to_fetched(self._slot, source, severa_numbers=self._numbers) for source in sources]
        if rows:
            where = (self._ledger, self._slot.tenant, invoice_values.SOURCE, self._slot.run)
            purposes = values.purposes_of(invoice_steps.KIND)
            await asyncio.to_thread(recording.record_fetched, *where, purposes, rows)
        self._read.update(row.source_key for row in rows)

    async def _to_source(self, one: invoice_wire.Invoice) -> carried_invoices.Source | None:
        """With its rows; None where it was deleted meanwhile."""
        severa = await self._severa()
        try:
            rows = await severa.fetch_rows(one.guid)
            projects = await severa.fetch_row_projects(one, rows)
        except errors.Rejected as error:
            if error.status != 404:
                raise
            return None
        by_row = {guid: tuple(sorted(guids)) for guid, guids in projects.items()}
        return carried_invoices.Source(invoice=one, rows=tuple(rows), row_projects=by_row, home_currency=await self._home(one))

    def _note_unread(self, unread: Mapping[str, errors.RemoteError], numbers: Mapping[str, str]) -> None:
        """Say what could not be read now; the list is read again for it."""
        self.is_whole = self.is_whole and not unread
        for guid, why in unread.items():
            self.batch = self.batch.failing(register_words.unreadable("Faktura", numbers[guid] or guid, str(why)))

    async def _home(self, one: invoice_wire.Invoice) -> str:
        """What the invoice's rate is in; not asked for where there is none."""
        if one.currency_rate is None or one.currency_rate == 1:
            return ""
        currencies = await lookups.current(self._options).currencies()
        return next((code for code, known in currencies.items() if known.is_organization_currency), "")

    async def _severa(self) -> invoicing.Invoicing:
        return invoicing.Invoicing(await connect.current().severa())

    def _is_wanted(self, one: invoice_wire.Invoice) -> bool:
        return one.status is not None and one.status.name == self._options.invoices.from_status

    def _status(self, one: invoice_wire.Invoice | None) -> str:
        """Why it is not to be carried; "" where it is."""
        if one is None:
            return messages.DELETED
        return "" if self._is_wanted(one) else (one.status.name if one.status else None) or messages.NO_STATUS

    def _differs(self, one: invoice_wire.Invoice, before: documents.Known) -> bool:
        return before.listing_hash != invoice_values.listing_hash(one, severa_numbers=self._numbers)

    def _note_withdrawn(self, why: Mapping[int, str]) -> None:
        """Hold what a person took back, release what came again."""
        rules = blocking.Rules()
        said = {i: rules.finding(suite.WITHDRAWN, field="status", value=status) if status else None for i, status in why.items()}
        self._record_findings(STATION, {i: [one] if one else [] for i, one in said.items()}, [values.TRANSFER])

    def _note_changed(self, stood: Iterable[tuple[invoice_wire.Invoice, documents.Known]]) -> None:
        """What was changed or moved back since Fortnox has it; what is as it was again is told of no more."""
        stood = list(stood)
        marked = deliveries.find_states(self._ledger, self._slot.tenant, invoice_steps.MARK, [before.id for _, before in stood])
        differing = {
            one.guid: before.id
            for one, before in stood
            if (self._is_wanted(one) and marked.get(before.id) == "accepted")
            or not invoice_values.is_same_content(
                before.listing_hash, invoice_values.listing_hash(one, severa_numbers=self._numbers)
            )
        }
        told = set(findings.find_documents(self._ledger, self._slot.tenant, AFTER))
        same = {before.id for _, before in stood} & told - set(differing.values())
        there = pairs.find(self._ledger, self._slot.tenant, "invoice", severa_keys=differing)
        numbers = {one.severa_key: one.fortnox_key for one in there}
        rules, found = blocking.Rules(), dict[int, list[findings.findings.Finding]]({i: [] for i in same})
        for guid, document_id in differing.items():
            one = rules.finding(suite.CHANGED, value=numbers.get(guid, ""))
            found[document_id] = [one] if one else []
        self._record_findings(AFTER, found, ())

    def _record_findings(
        self, station: str, found: Mapping[int, Sequence[findings.findings.Finding]], purposes: Collection[str]
    ) -> None:
        if found:
            findings.record(self._ledger, self._slot.tenant, station, found, list(purposes), self._slot.run)
