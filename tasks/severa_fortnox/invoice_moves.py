"""The next status of sales invoices in Severa: transferred, sent, paid. A status that a person gave an invoice stays.

What does not go is held with the reason, and tried again in every run, a few at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from data_quality import blocking
from data_quality.suites import sales_invoices as suite
from fakturabro.domain import identity
from fakturabro.ledger import deliveries, documents, findings
from fakturabro.ledger.synchronising import invoice_steps, pairs
from fakturabro.remote import errors
from fakturabro.systems.fortnox import invoicing as fortnox_invoicing
from fakturabro.systems.severa import changes, invoice_wire, invoicing
from fakturabro.systems.severa import messages as severa_messages
from tasks import connect, runs, sending
from tasks.severa_fortnox import carried, invoice_checks, invoice_values, lookups
from tasks.severa_fortnox import invoice_messages as messages
from tasks.severa_fortnox.options import SyncOptions

_STEPS = (invoice_steps.MARK, invoice_steps.SENT, invoice_steps.PAID)


class NotPaidError(errors.Rejected):
    """A payment was taken back in Fortnox: the invoice waits until it is paid."""


class Statuses(NamedTuple):
    """A step's status in Severa, those that an invoice may have before, those that come after it, and the read-only ones."""

    to: invoice_wire.InvoiceStatus
    before: frozenset[str]
    after: frozenset[str]
    read_only: frozenset[str]


class What(NamedTuple):
    """An invoice that gets its next status, and its number in Fortnox."""

    guid: str
    number: str
    raw_id: int | None = None


async def move(slot: runs.Slot, options: SyncOptions, purpose: str) -> None:
    """Give every invoice that waits for `purpose` its status. Raises what ends a sending, and Rejected for an unknown status."""
    ledger, refused = connect.current().ledger, dict[int, errors.Rejected]()
    await asyncio.to_thread(invoice_checks.release_some, slot, _station(purpose), purpose)
    await asyncio.to_thread(_plan, slot, purpose)
    if not await asyncio.to_thread(deliveries.is_planned, ledger, slot.tenant, purpose, invoice_values.STATUSES):
        return

    def put_back(row: deliveries.Open, _: What, error: errors.Rejected) -> deliveries.Planned | None:
        """Only of what is deleted nothing is tried again."""
        if error.status == 404:
            return None
        if not isinstance(error, NotPaidError):
            refused[row.document_id] = error
        return deliveries.Planned(id=row.id, target=row.target or "", natural_key=row.natural_key or "")

    mover = _Mover(slot, options, purpose, await find_statuses(options, purpose))
    order = sending.Order(
        slot=slot,
        purpose=purpose,
        target=invoice_values.STATUSES,
        prepare=mover.prepare,
        send=mover.send,
        fallback=put_back,
    )
    try:
        await sending.send_planned(order)
    finally:
        await asyncio.to_thread(_hold, slot, purpose, refused)


def _station(purpose: str) -> str:
    """One invoice may be held in several steps."""
    return f"sales_invoice_{purpose}"


def _hold(slot: runs.Slot, purpose: str, refused: Mapping[int, errors.Rejected]) -> None:
    """Hold what did not get its status, with the reason. Blocks."""
    words = {i: identity.mask_identity_numbers(str(error).rstrip(".")) for i, error in refused.items()}
    said = {i: blocking.Rules().finding(suite.NOT_MOVED, field="status", value=why) for i, why in words.items()}
    found = {i: [msgspec.structs.replace(one, holds=(purpose,))] if one else [] for i, one in said.items()}
    if found:
        findings.record(connect.current().ledger, slot.tenant, _station(purpose), found, [purpose], slot.run)


async def find_statuses(options: SyncOptions, purpose: str) -> Statuses:
    """Raises Rejected for a status that does not stand in Severa once."""
    wanted, found = options.invoices, await lookups.current(options).statuses()
    names = {
        "": wanted.from_status,
        invoice_steps.MARK: wanted.transferred_status,
        invoice_steps.SENT: wanted.sent_status,
        invoice_steps.PAID: wanted.paid_status,
    }
    by_step = {step: _named(found, name) for step, name in names.items() if name}
    order = ["", *_STEPS]
    place = order.index(purpose)
    before = [""] if purpose == invoice_steps.MARK else order[1:place]
    return Statuses(
        to=by_step[purpose],
        before=frozenset(by_step[step].guid for step in before if step in by_step),
        after=frozenset(by_step[step].guid for step in order[place + 1 :] if step in by_step),
        read_only=frozenset(one.guid for one in found if one.is_read_only),
    )


def _named(found: Sequence[invoice_wire.InvoiceStatus], name: str) -> invoice_wire.InvoiceStatus:
    active = [one for one in found if one.name == name and one.is_active]
    if len(active) != 1:
        raise errors.Rejected(messages.no_such_status(name))
    return active[0]


def natural_key(purpose: str, guid: str) -> str:
    """One invoice gets several statuses, each under a key of its own."""
    return f"{purpose}/{guid}"


def _plan(slot: runs.Slot, purpose: str) -> None:
    """Plan what waits; a later status waits until the invoice counts as transferred in Severa."""
    ledger = connect.current().ledger
    waiting = deliveries.find_open(ledger, slot.tenant, purpose, ["waiting"])
    ids = [row.document_id for row in waiting]
    heads = {one.id: one for one in documents.find_heads(ledger, slot.tenant, ids)}
    if purpose != invoice_steps.MARK:
        marked = deliveries.find_states(ledger, slot.tenant, invoice_steps.MARK, ids)
        waiting = [row for row in waiting if marked.get(row.document_id) == "accepted"]
    plans = [
        deliveries.Planned(
            id=row.id, target=invoice_values.STATUSES, natural_key=natural_key(purpose, heads[row.document_id].source_key)
        )
        for row in waiting
    ]
    deliveries.plan(ledger, slot.tenant, plans, slot.run)


class _Mover:
    """Gives invoices one status."""

    def __init__(self, slot: runs.Slot, options: SyncOptions, purpose: str, statuses: Statuses) -> None:
        self._slot, self._options, self._purpose, self._statuses = slot, options, purpose, statuses

    def prepare(self, rows: Sequence[deliveries.Open]) -> dict[int, What]:
        """By delivery; one without its pair in Fortnox stays planned."""
        ledger, tenant = connect.current().ledger, self._slot.tenant
        heads = {one.id: one.source_key for one in documents.find_heads(ledger, tenant, [row.document_id for row in rows])}
        made = pairs.find(ledger, tenant, "invoice", severa_keys=heads.values())
        numbers = {one.severa_key: one.fortnox_key for one in made}
        guids = {row.id: heads[row.document_id] for row in rows}
        return {i: What(guid, numbers[guid]) for i, guid in guids.items() if guid in numbers}

    async def send(self, _: deliveries.Open, what: What) -> sending.Sent:
        """One invoice, read right before."""
        severa = invoicing.Invoicing(await connect.current().severa())
        standing, to = await severa.fetch_invoice(what.guid), self._statuses.to
        status = standing.status.guid if standing.status else ""
        if status in {to.guid, *self._statuses.after}:
            await self._write_number(severa, standing, what)
            return self._said(what, "same", standing, ())
        if status not in self._statuses.before:
            name = (standing.status.name if standing.status else None) or ""
            raise errors.Rejected(severa_messages.moved_meanwhile(standing.number, name), detail=name)
        not_carried = await self._write(severa, standing, what, is_read_only=status in self._statuses.read_only)
        return self._said(what, "moved", standing, not_carried)

    async def _write(
        self, severa: invoicing.Invoicing, standing: invoice_wire.Invoice, what: What, *, is_read_only: bool
    ) -> tuple[carried.NotCarried, ...]:
        """The number first: the status may give one of Severa's own."""
        fields: dict[str, changes.Value] = {"/status/guid": self._statuses.to.guid}
        not_carried: tuple[carried.NotCarried, ...] = ()
        await self._write_number(severa, standing, what)
        if self._purpose == invoice_steps.PAID:
            day = await self._fetch_payment_date(what)
            if is_read_only:
                not_carried = (carried.NotCarried("paymentDate", day, messages.PAYMENT_DATE_LOCKED),)
            else:
                fields = {"/paymentDate": day, **fields}
        await severa.change(what.guid, fields)
        return not_carried

    async def _write_number(self, severa: invoicing.Invoicing, standing: invoice_wire.Invoice, what: What) -> None:
        """Where Fortnox numbers and it has none yet. Raises Rejected where it has another."""
        if self._purpose == invoice_steps.MARK and lacks_number(standing, self._options):
            await severa.change(what.guid, {"/number": int(what.number)})
        else:
            require_number(standing, what.number, self._options)

    async def _fetch_payment_date(self, what: What) -> str:
        """When it was paid, by Fortnox. Raises NotPaidError where that was taken back."""
        fortnox = fortnox_invoicing.Invoicing(await connect.current().fortnox_calls(self._options.fortnox_tenant))
        day = (await fortnox.fetch_invoice(what.number)).final_pay_date
        if not day:
            raise NotPaidError(messages.not_paid_after_all(what.number))
        return day

    def _said(
        self, what: What, did: carried.What, before: invoice_wire.Invoice, not_carried: tuple[carried.NotCarried, ...]
    ) -> sending.Sent:
        name, was = self._statuses.to.name or "", (before.status.name if before.status else None) or ""
        change = () if did == "same" else (carried.Change("status", was, name),)
        one = carried.Carried(what=did, ours=what.number, theirs=what.guid, fields=change, not_carried=not_carried)
        return sending.Sent(answer=carried.to_answer(one), detail=messages.moved(name))


def lacks_number(standing: invoice_wire.Invoice, options: SyncOptions) -> bool:
    """Whether Fortnox' number is still to be written."""
    return standing.number is None and options.invoices.number_master == "fortnox"


def require_number(standing: invoice_wire.Invoice, ours: str, options: SyncOptions) -> None:
    """Raises Rejected where the invoice has another number in Severa than in Fortnox."""
    if standing.number is None and options.invoices.number_master == "severa":
        return
    if str(standing.number) != ours:
        raise errors.Rejected(messages.another_number(standing.number or 0, ours), detail=ours)
