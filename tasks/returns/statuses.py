"""What became of invoices, told to PowerOffice by its v1 service: complained, completed, forfeit, or delivered anew.

Assumed: an invoice is completed when nothing is open of it and all that paid it stands in the client's books; forfeit when a loss
that the factoring company told of takes the rest, for then the claim is the client's again. Nothing follows forfeit: it is told the
night after the loss was posted, and never of one that is held.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from fakturabro.ledger import opened
from fakturabro.ledger.portal import objections
from fakturabro.ledger.returns import missing, progress
from fakturabro.ledger.returns import statuses as told_statuses
from fakturabro.remote import errors
from fakturabro.systems.poweroffice import factoring_v1, wire
from tasks import clock, connect, retrying, run_context, runs
from tasks.returns import status_messages as messages
from tasks.returns.options import ReturnDataOptions

MOST = 500
"""Statuses of a run; the rest comes in the next."""
Status = wire.FactoringInvoiceStatus


class Fact(NamedTuple):
    """What decides an invoice's status. `was`: what PowerOffice was last told of it; everything begins as delivered."""

    open: int
    lost: int = 0
    is_posted: bool = True
    is_objected: bool = False
    was: Status = Status.DELIVERED


class Wanted(NamedTuple):
    """An invoice that PowerOffice is to be told of."""

    document_id: int
    number: int
    key: uuid.UUID
    status: Status


def wanted(fact: Fact) -> Status | None:
    """What to tell now; None for nothing.

    >>> wanted(Fact(open=0)), wanted(Fact(open=0, is_posted=False)), wanted(Fact(open=5, was=Status.COMPLETED)).name
    (<FactoringInvoiceStatus.COMPLETED: 4>, None, 'DELIVERED')
    """
    status = _status(fact)
    return status if status in wire.MAY_FOLLOW.get(fact.was, ()) else None


def _status(fact: Fact) -> Status:
    """What it should stand as. What is paid and not posted yet stands as it does, unless an objection was closed."""
    if fact.lost > 0 and 0 < fact.open <= fact.lost:
        return Status.FORFEIT
    if fact.is_objected:
        return Status.COMPLAINED
    if fact.open > 0:
        return Status.DELIVERED
    if fact.is_posted:
        return Status.COMPLETED
    return Status.DELIVERED if fact.was == Status.COMPLAINED else fact.was


@retrying.station("Meld status til PowerOffice")
async def tell(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Tell PowerOffice what became of invoices that it was given back, once each; what it refuses is said once."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        return batch
    until = slot.business_date - dt.timedelta(days=1)
    found = await asyncio.to_thread(_find, ledger, slot, until)
    if not found:
        return batch
    telling = _Telling(await connect.current().poweroffice_v1())
    try:
        for one in found:
            await telling.tell(one)
    finally:
        now = clock.now()
        told_statuses.record_told(ledger, slot.tenant, telling.told, slot.run, now)
        told_statuses.record_told(ledger, slot.tenant, telling.refused, slot.run, now, refused=True)
    said = batch.failing(messages.refused(telling.reasons)) if telling.reasons else batch
    return said.counted(statuses_told=len(telling.told)) if telling.told else said


class _Telling:
    """What one run has told, by document."""

    def __init__(self, v1: factoring_v1.FactoringV1) -> None:
        self._v1 = v1
        self.told: dict[int, str] = {}
        self.refused: dict[int, str] = {}
        self.reasons: list[str] = []

    async def tell(self, one: Wanted) -> None:
        """One status. What may have arrived is asked of in the next run: it stands then, or is told again."""
        try:
            await self._v1.update_status(one.key, one.status, invoice_no=one.number, description=messages.SAID[one.status.name])
        except errors.AlreadyDelivered:
            pass
        except errors.Rejected as error:
            self.refused[one.document_id] = one.status.name
            self.reasons.append(str(error))
            return
        except errors.Uncertain:
            run_context.logger().warning("%s", messages.unsure(one.number))
            return
        self.told[one.document_id] = one.status.name


def _find(ledger: opened.Ledger, slot: runs.Slot, until: dt.date) -> list[Wanted]:
    """What is to be told, the oldest invoices first. Blocks."""
    tenant = slot.tenant
    objected = {one.document_id for one in objections.find_open(ledger, tenant) if one.document_kind == "invoice"}
    lacking = (*missing.find(ledger, tenant, until, missing.Seen()), *missing.find_untold(ledger, tenant))
    unposted = {one.invoice_id for one in lacking if one.kind == "payment" and not one.is_told_twice}
    found = list[Wanted]()
    for page in progress.find(ledger, tenant, Status.COMPLETED.name, Status.FORFEIT.name, objected, slot.run):
        found += _wanted(page, unposted, objected)
        if len(found) >= MOST:
            break
    return found[:MOST]


def _wanted(page: list[progress.Progress], unposted: set[int | None], objected: set[int]) -> Iterator[Wanted]:
    for one in page:
        is_known = one.told is not None and not one.told.refused
        fact = Fact(
            open=one.open,
            lost=one.lost,
            is_posted=one.document_id not in unposted,
            is_objected=one.document_id in objected,
            was=Status[one.told.status] if one.told and is_known else Status.DELIVERED,
        )
        status = wanted(fact)
        is_refused = one.told is not None and one.told.refused and status is not None and one.told.status == status.name
        if status is not None and not is_refused and one.number.isdecimal():
            yield Wanted(one.document_id, int(one.number), uuid.UUID(one.source_key), status)
