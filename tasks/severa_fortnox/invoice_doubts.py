"""Settling doubt about sales invoices: Fortnox is asked for our reference, Severa for the invoice's status.

What is not there goes again when it cannot be on its way any more. Attachments are looked for again when they are sent, so they
simply go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

from fakturabro.ledger import deliveries, documents
from fakturabro.mapping import carried_invoices
from fakturabro.remote import errors
from fakturabro.systems.fortnox import invoice_wire, invoicing
from fakturabro.systems.severa import invoicing as severa_invoicing
from tasks import connect, runs, settling, verdicts
from tasks.severa_fortnox import carried, invoice_moves, invoice_sending, invoice_values
from tasks.severa_fortnox import invoice_messages as messages
from tasks.severa_fortnox.options import SyncOptions


def readers(options: SyncOptions) -> Mapping[str, settling.ReadBack]:
    """By the target."""
    one = _Reader(options)
    return {
        invoice_values.INVOICES: one.read_invoices,
        invoice_values.STATUSES: one.read_statuses,
        invoice_values.ATTACHMENTS: one.read_attachments,
    }


class _Reader:
    """Reads back for one client."""

    def __init__(self, options: SyncOptions) -> None:
        self._options = options

    async def read_invoices(self, slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
        """What stands in Fortnox under each reference; its pair is recorded before the delivery is accepted."""
        kept = await asyncio.to_thread(invoice_sending.read_kept, slot, rows)
        fortnox = invoicing.Invoicing(await connect.current().fortnox_calls(self._options.fortnox_tenant))
        found = {row.id: await self._read_invoice(slot, fortnox, row, kept.get(row.id)) for row in rows}
        return {row.id: found[row.id] for row in rows if not await asyncio.to_thread(verdicts.may_arrive, slot, row, found[row.id])}

    async def _read_invoice(
        self, slot: runs.Slot, fortnox: invoicing.Invoicing, row: deliveries.Open, kept: invoice_sending.Kept | None
    ) -> verdicts.Verdict:
        guid = row.natural_key or ""
        standing = await fortnox.find_invoices(guid)
        if not standing:
            return verdicts.ABSENT
        numbers = [one.document_number for one in standing]
        if len(numbers) > 1:
            return verdicts.Verdict(outcome="rejected", detail=messages.several(numbers))
        made = await fortnox.fetch_invoice(numbers[0])
        try:
            if kept is None:
                await asyncio.to_thread(self._require_sums, slot, row, made)
            else:
                invoice_sending.require_as_meant(kept, made)
            await asyncio.to_thread(invoice_sending.record_pair, slot, guid, made.document_number)
        except errors.Rejected as error:
            return verdicts.Verdict(outcome="rejected", detail=str(error))
        said = carried.Carried(what="posted", ours=guid, theirs=made.document_number)
        answer = invoice_sending.to_answer(kept, made, "posted") if kept else carried.to_answer(said)
        return verdicts.Verdict(outcome="accepted", answer=answer, detail=messages.made(made.document_number))

    def _require_sums(self, slot: runs.Slot, row: deliveries.Open, made: invoice_wire.Invoice) -> None:
        """A ledger that lost what was sent has the invoice as Severa had it. Raises Rejected where the sums are others."""
        source = invoice_values.read(documents.read_revision(connect.current().ledger, slot.tenant, row.revision_id))
        one, margin = source.invoice, carried_invoices.vat_margin(source, invoice_values.to_settings(self._options))
        net, vat = (money.amount if money and money.amount else Decimal(0) for money in (one.total_excluding_tax, one.total_tax))
        unlike = [
            ("valuta", made.currency, carried_invoices.currency(one)),
            ("sum uten mva", made.net, net),
            ("mva", vat if made.total_vat is not None and abs(made.total_vat - vat) <= margin else made.total_vat, vat),
            ("sum med mva før øreavrunding", invoicing.unrounded(made), net + (made.total_vat or 0)),
        ]
        if differing := [part for part in unlike if part[1] != part[2]]:
            raise errors.Rejected(messages.otherwise(made.document_number, differing), detail=made.document_number)

    async def read_statuses(self, slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
        """Which status each invoice has in Severa now."""
        severa = severa_invoicing.Invoicing(await connect.current().severa())
        found: dict[int, verdicts.Verdict] = {}
        for row in rows:
            purpose, _, guid = (row.natural_key or "").partition("/")
            statuses = await invoice_moves.find_statuses(self._options, purpose)
            found[row.id] = await self._read_status(severa, guid, statuses)
        return found

    async def _read_status(
        self, severa: severa_invoicing.Invoicing, guid: str, statuses: invoice_moves.Statuses
    ) -> verdicts.Verdict:
        try:
            one = await severa.fetch_invoice(guid)
        except errors.Rejected as error:
            if error.status != 404:
                raise
            return verdicts.Verdict(outcome="rejected", detail=str(error))
        status, name = one.status.guid if one.status else "", (one.status.name if one.status else None) or ""
        if status not in {statuses.to.guid, *statuses.after} or invoice_moves.lacks_number(one, self._options):
            return verdicts.ABSENT
        said = carried.Carried(what="moved", ours=str(one.number or ""), theirs=guid)
        return verdicts.Verdict(outcome="accepted", answer=carried.to_answer(said), detail=messages.moved(name))

    async def read_attachments(self, slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
        """Each goes again: a file that is there is known by its bytes."""
        return {row.id: verdicts.ABSENT for row in rows}
