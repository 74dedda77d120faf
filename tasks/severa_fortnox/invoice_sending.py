"""A sales invoice -> an invoice in Fortnox: made once, held against what was meant, its pair recorded before it counts as carried.

What is sent is kept before it leaves, so that a doubt is settled by what was meant then, whatever the settings say now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import msgspec

from fakturabro.ledger import deliveries, details, documents, raws
from fakturabro.ledger.synchronising import invoice_steps, pairs
from fakturabro.mapping import carried_invoices, mapped
from fakturabro.mapping import severa_to_fortnox_invoices as mapping
from fakturabro.remote import errors
from fakturabro.systems.fortnox import invoice_wire, invoicing
from fakturabro.systems.severa import invoicing as severa_invoicing
from tasks import clock, connect, runs, sending
from tasks.severa_fortnox import carried, invoice_values
from tasks.severa_fortnox import invoice_messages as messages
from tasks.severa_fortnox.options import SyncOptions

FORMAT = "fortnox_invoice"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent of an invoice, as it is kept."""

    new: invoice_wire.NewInvoice
    net: Decimal
    vat: Decimal
    vat_margin: Decimal = Decimal(0)
    not_carried: tuple[mapped.NotCarried, ...] = ()
    notes: tuple[str, ...] = ()


_KEPT = msgspec.json.Decoder(Kept)


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What leaves, the id of its kept bytes, and what Severa's list said of the invoice."""

    kept: Kept
    raw_id: int | None
    listing_hash: str


class WithdrawnError(errors.Rejected):
    """The invoice is not to go, or not as it was read; `status` of it in Severa, "" where it was only changed."""

    def __init__(self, message: str, status_name: str) -> None:
        super().__init__(message)
        self.status_name = status_name


class Sender:
    """Makes and sends the invoices of one run."""

    def __init__(
        self,
        slot: runs.Slot,
        options: SyncOptions,
        severa: severa_invoicing.Invoicing,
        fortnox: invoicing.Invoicing,
        units: Collection[str],
        terms: Collection[str],
    ) -> None:
        self._slot, self._options, self._severa, self._fortnox = slot, options, severa, fortnox
        self._units, self._terms, self._settings = units, terms, invoice_values.to_settings(options)

    def prepare(self, rows: Sequence[deliveries.Open]) -> dict[int, Payload]:
        """What a block consists of, kept before any of it leaves. Blocks."""
        ledger, tenant = connect.current().ledger, self._slot.tenant
        read = {one.id: one for one in documents.read(ledger, tenant, [row.document_id for row in rows])}
        sources = {i: invoice_values.read(one.canonical) for i, one in read.items()}
        known = invoice_values.find_known(ledger, tenant, sources.values(), self._units, self._terms)
        made = {row.id: self._make(sources[row.document_id], known) for row in rows if row.document_id in sources}
        raw_ids = self._keep({row.revision_id: made[row.id] for row in rows if row.id in made})
        return {
            row.id: Payload(
                kept=made[row.id],
                raw_id=raw_ids[row.revision_id],
                listing_hash=invoice_values.listing_hash(
                    sources[row.document_id].invoice, severa_numbers=self._settings.severa_numbers
                ),
            )
            for row in rows
            if row.id in made
        }

    def _make(self, source: carried_invoices.Source, known: carried_invoices.Known) -> Kept:
        one = mapping.to_invoice(source, known, self._settings)
        sums = {"net": one.net, "vat": one.vat, "vat_margin": one.vat_margin}
        return Kept(new=one.new, **sums, not_carried=one.not_carried, notes=one.notes)

    def _keep(self, made: Mapping[int, Kept]) -> dict[int, int]:
        ledger, tenant = connect.current().ledger, self._slot.tenant
        key = ledger.seals.key(tenant, documents.seal_kind(invoice_steps.KIND), self._slot.month)
        rows = [
            details.Rendition(
                revision_id=i, format=FORMAT, data=raws.seal(key, invoice_steps.KIND, msgspec.json.encode(one)), rules=None
            )
            for i, one in made.items()
        ]
        return dict(zip(made, details.record_renditions(ledger, tenant, rows), strict=True))

    async def send(self, row: deliveries.Open, what: Payload) -> sending.Sent:
        """One invoice."""
        await self._require_unchanged(what)
        kept, did = what.kept, "posted"
        try:
            made = await self._fortnox.add_invoice(kept.new, kept.net, kept.vat, kept.vat_margin)
        except errors.AlreadyDelivered as error:
            if not isinstance(error.standing, invoice_wire.Invoice):
                raise
            made, did = error.standing, "same"
        else:
            made = await self._yield_to_older(made) if kept.new.document_number is None else made
        require_as_meant(kept, made)
        await asyncio.to_thread(record_pair, self._slot, kept.new.external_invoice_reference1, made.document_number)
        answer = to_answer(kept, made, "posted" if did == "posted" else "same")
        return sending.Sent(answer=answer, detail=messages.made(made.document_number))

    async def _yield_to_older(self, made: invoice_wire.Invoice) -> invoice_wire.Invoice:
        """Of two that were made at the same time by runs that did not know of each other the older counts; ours is cancelled.

        Raises Rejected where it cannot be cancelled. Where Severa numbers, Fortnox does not take the number twice.
        """
        standing = await self._fortnox.find_invoices(made.external_invoice_reference1 or "")
        older = invoicing.oldest([*standing, made])
        if older == made.document_number:
            return made
        try:
            await self._fortnox.cancel(made.document_number)
        except errors.Rejected:
            raise errors.Rejected(messages.several([older, made.document_number]), detail=made.document_number) from None
        return await self._fortnox.fetch_invoice(older)

    async def _require_unchanged(self, what: Payload) -> None:
        """Nothing is sent of what a person took back, or changed, since it was checked. Raises WithdrawnError."""
        try:
            one = await self._severa.fetch_invoice(what.kept.new.external_invoice_reference1)
        except errors.Rejected as error:
            if error.status != 404:
                raise
            raise WithdrawnError(messages.withdrawn(messages.DELETED), messages.DELETED) from None
        name = (one.status.name if one.status else None) or messages.NO_STATUS
        if name != self._options.invoices.from_status:
            raise WithdrawnError(messages.withdrawn(name), name)
        now = invoice_values.listing_hash(one, severa_numbers=self._settings.severa_numbers)
        if not invoice_values.is_same_content(what.listing_hash, now):
            raise WithdrawnError(messages.changed(), "")


def require_as_meant(kept: Kept, standing: invoice_wire.Invoice) -> None:
    """Raises Rejected where an invoice that stands in Fortnox is another than was meant."""
    if unlike := [*invoicing.differences(kept.new, standing, kept.net, kept.vat, kept.vat_margin)]:
        raise errors.Rejected(messages.otherwise(standing.document_number, unlike), detail=standing.document_number)


def record_pair(slot: runs.Slot, guid: str, number: str) -> None:
    """Note which invoice in Fortnox it is. Raises Rejected where one of the two has another partner. Blocks."""
    new = pairs.New(register="invoice", severa_key=guid, fortnox_key=number, linked_by="created")
    if clashes := pairs.record(connect.current().ledger, slot.tenant, slot.run, clock.now(), [new]):
        raise errors.Rejected(messages.several([number, *(one.standing.fortnox_key for one in clashes)]), detail=number)


def to_answer(kept: Kept, made: invoice_wire.Invoice, what: carried.What) -> bytes:
    """What the transfer log says of it."""
    rounded = (messages.rounded_vat(made.total_vat, kept.vat),) if made.total_vat != kept.vat else ()
    one = carried.Carried(
        what=what,
        ours=kept.new.external_invoice_reference1,
        theirs=made.document_number,
        not_carried=kept.not_carried,
        notes=(*kept.notes, *rounded),
    )
    return carried.to_answer(one)


def read_kept(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, Kept]:
    """What was to be sent of these deliveries, by delivery. Blocks."""
    ids = [row.revision_id for row in rows]
    found = details.read_renditions(connect.current().ledger, slot.tenant, FORMAT, ids)
    return {row.id: _KEPT.decode(found[row.revision_id][1]) for row in rows if row.revision_id in found}
