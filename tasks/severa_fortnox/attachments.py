"""The files of a sales invoice in Severa -> attachments of the invoice in Fortnox, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fakturabro.ledger import deliveries, documents
from fakturabro.ledger.synchronising import invoice_steps, pairs
from fakturabro.remote import errors
from fakturabro.systems.fortnox import attachments as fortnox_attachments
from fakturabro.systems.severa import invoicing
from tasks import connect, retrying, runs, sending
from tasks.severa_fortnox import carried, invoice_moves, invoice_values, invoices
from tasks.severa_fortnox import invoice_messages as messages
from tasks.severa_fortnox.options import SyncOptions

_LINK = "link"
_BLOCK = 10
"""Files are in memory while they are sent."""


@retrying.station("Overfor vedlegg")
async def attach(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Attach the files of what was transferred. An invoice whose file is refused is transferred all the same."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run or not options.invoices.carried:
        return batch
    await asyncio.to_thread(invoices.begin_next, slot, options)
    await asyncio.to_thread(_plan, slot)
    if await asyncio.to_thread(deliveries.is_planned, ledger, slot.tenant, invoice_steps.ATTACH, invoice_values.ATTACHMENTS):
        sender = _Sender(slot, options)
        order = sending.Order(
            slot=slot,
            purpose=invoice_steps.ATTACH,
            target=invoice_values.ATTACHMENTS,
            prepare=sender.prepare,
            send=sender.send,
            block=_BLOCK,
        )
        await sending.send_planned(order)
    return batch


def _plan(slot: runs.Slot) -> None:
    ledger = connect.current().ledger
    waiting = deliveries.find_open(ledger, slot.tenant, invoice_steps.ATTACH, ["waiting"])
    heads = {one.id: one for one in documents.find_heads(ledger, slot.tenant, [row.document_id for row in waiting])}
    plans = [
        deliveries.Planned(id=row.id, target=invoice_values.ATTACHMENTS, natural_key=heads[row.document_id].source_key)
        for row in waiting
    ]
    deliveries.plan(ledger, slot.tenant, plans, slot.run)


class _Sender:
    """Reads files in Severa and puts them on the invoices in Fortnox; what is there already is left alone."""

    def __init__(self, slot: runs.Slot, options: SyncOptions) -> None:
        self._slot, self._options = slot, options

    def prepare(self, rows: Sequence[deliveries.Open]) -> dict[int, invoice_moves.What]:
        """By delivery; one without its pair in Fortnox stays planned."""
        keys = {row.id: row.natural_key or "" for row in rows}
        made = pairs.find(connect.current().ledger, self._slot.tenant, "invoice", severa_keys=keys.values())
        numbers = {one.severa_key: one.fortnox_key for one in made}
        return {i: invoice_moves.What(guid, numbers[guid]) for i, guid in keys.items() if guid in numbers}

    async def send(self, _: deliveries.Open, what: invoice_moves.What) -> sending.Sent:
        """All files of one invoice. Raises Rejected when the others are there and Fortnox refused some."""
        severa = invoicing.Invoicing(await connect.current().severa())
        fortnox = fortnox_attachments.Attachments(await connect.current().fortnox_calls(self._options.fortnox_tenant))
        names, refused = list[str](), list[errors.Rejected]()
        for file in await severa.fetch_files(what.guid):
            if file.file_guid is None or (file.content_type or "").lower() == _LINK:
                continue
            try:
                await fortnox.attach(what.number, file.name, await severa.fetch_content(file.file_guid))
            except errors.AlreadyDelivered:
                pass
            except errors.Rejected as error:
                refused.append(error)
                continue
            names.append(file.name)
        if refused:
            raise refused[0]
        one = carried.Carried(what="posted" if names else "same", ours=what.guid, theirs=what.number, notes=tuple(names))
        return sending.Sent(answer=carried.to_answer(one), detail=messages.attached(len(names)))
