"""Entries of registers carried to the other system: made there, or what differs written, by the delivery protocol.

What stands there is read just before it is written, and only what differs is sent: carrying the same twice changes nothing, and
what comes back as a change of our own is the same on both sides. Only the master's changes go over; what is new goes both ways.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from data_quality.suites import registers as suite
from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, engine
from fakturabro.ledger.synchronising import carrying, pairs, verdicts
from fakturabro.mapping import mapped
from fakturabro.remote import errors
from tasks import clock, connect, retrying, runs, sending
from tasks.severa_fortnox import carried, directions, entries, first_plan, lookups, pairing, register_checks, register_words, ways
from tasks.severa_fortnox.options import SyncOptions

_PAGE = 1_000
_FRESH = dt.timedelta(minutes=1)
"""So long what was read counts as what stands."""
_TAKEN = "2000637"
"""Fortnox's word for a number that is or was another's."""


@retrying.station("Overfor registre")
async def transfer(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Carry what waits, way by way. A way that fails stops no other; its error is raised at the end.

    Where the check failed nothing is carried: what waits is not checked then.
    """
    if not lookups.current(options).is_checked:
        return batch
    failed: list[errors.RemoteError] = []
    approved = await asyncio.to_thread(first_plan.find_approved, connect.current().ledger, batch.slot.tenant)
    for way in ways.find(options):
        planned = await asyncio.to_thread(_plan, batch.slot, way, approved)
        if batch.slot.dry_run:
            batch = batch.counted(would_transfer=planned)
            continue
        try:
            await _send(batch.slot, way, options)
        except errors.CredentialError:
            raise
        except errors.RemoteError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return batch


def _plan(slot: runs.Slot, way: pairing.Way, approved: frozenset[tuple[str, str, str]] | None) -> int:
    """Plan what waits; while a first plan is carried out, only what people approved. How many there are."""
    ledger, count = connect.current().ledger, 0
    for ids in engine.chunks(carrying.find_open(ledger, slot.tenant, way.source, way.register, ["waiting"]), _PAGE):
        some = {one.row.id: one for one in entries.read(slot.tenant, way, ids)}
        goes = {i for i, one in some.items() if _goes(way, one, approved)}
        open_ = carrying.find_deliveries(ledger, slot.tenant, sorted(goes))
        plans = [deliveries.Planned(id=k, target=way.target, natural_key=some[i].natural_key) for i, k in open_.items()]
        count += len(plans)
        if not slot.dry_run:
            deliveries.plan(ledger, slot.tenant, plans, slot.run)
    return count


def _goes(way: pairing.Way, one: entries.Entry, approved: frozenset[tuple[str, str, str]] | None) -> bool:
    """What is inactive and has no partner stays; it is not made there."""
    if one.pair is None and not one.subject.is_active:
        return False
    return approved is None or (way.register, way.source, one.row.source_key) in approved


async def _send(slot: runs.Slot, way: pairing.Way, options: SyncOptions) -> None:
    if not await asyncio.to_thread(deliveries.is_planned, connect.current().ledger, slot.tenant, values.TRANSFER, way.target):
        return
    await way.prepare()
    carrier = Carrier(slot, way, options)
    try:
        await sending.send_planned(
            sending.Order(slot=slot, purpose=values.TRANSFER, target=way.target, prepare=carrier.prepare, send=carrier.send)
        )
    finally:
        await asyncio.to_thread(register_checks.record_refused, slot, carrier.refused)


class Parcel(NamedTuple):
    """An entry to carry. What is written depends on what stands there, so no bytes are kept before; the answer says what was."""

    entry: entries.Entry
    raw_id: int | None = None


class Carrier:
    """Carries the entries of one way. `refused`: why the other system said no, by document."""

    def __init__(self, slot: runs.Slot, way: pairing.Way, options: SyncOptions) -> None:
        self._slot, self._way, self._asked = slot, way, lookups.current(options)
        self.refused: dict[int, tuple[str, str]] = {}

    def prepare(self, rows: Sequence[deliveries.Open]) -> Mapping[int, Parcel]:
        """What the ledger knows of a block of entries, with the partners of now."""
        found = {one.row.id: one for one in entries.read(self._slot.tenant, self._way, [row.document_id for row in rows])}
        return {row.id: Parcel(found[row.document_id]) for row in rows}

    async def send(self, row: deliveries.Open, parcel: Parcel) -> sending.Sent:
        """Make one, or write what differs."""
        try:
            done = await self._carry(parcel.entry)
        except errors.Rejected as error:
            words = error.detail or str(error)
            is_taken, number = _TAKEN in words, parcel.entry.subject.number
            self.refused[row.document_id] = (suite.DELETED_NUMBER, number) if is_taken else (suite.REFUSED, words)
            raise
        return sending.Sent(answer=carried.to_answer(done))

    async def _carry(self, entry: entries.Entry) -> carried.Carried:
        way, pair = self._way, entry.pair
        if pair is None:
            return await self._make(entry)
        there = self._seen(entry) or await way.fetch(way.theirs(pair), entry.subject.number)
        if there is None:
            raise errors.Rejected(register_words.gone(way.target, pair.fortnox_key))
        return await self._update(entry, there)

    async def _update(self, entry: entries.Entry, there: directions.Standing[Any]) -> carried.Carried:
        """What has a partner."""
        way = self._way
        if not way.is_master and not entry.is_half_made:
            return self._said("linked", entry, there, notes=(register_words.LINKED,))
        if entry.subject.is_active != there.is_active:
            raise errors.Rejected(register_words.inactive_there(entry.subject.number, way.target))
        if not there.is_active:
            return self._said("same", entry, there, notes=(register_words.BOTH_INACTIVE,))
        return await self._write(entry, there, "created" if entry.is_half_made else "changed")

    def _seen(self, entry: entries.Entry) -> directions.Standing[Any] | None:
        """What a station before saw there, if that was a moment ago."""
        there = self._asked.standing.pop((self._way.target, entry.row.source_key), None)
        return there if there is not None and clock.now() - there.read_at <= _FRESH else None

    async def _make(self, entry: entries.Entry) -> carried.Carried:
        """What stands there after all is linked, as the station before would have."""
        way, number = self._way, entry.subject.number
        fields = entry.to_mapped(way)
        try:
            there = await way.make(number, fields, is_absent=pairing.is_absent(way, entry, self._asked))
        except errors.Rejected as error:
            if _TAKEN not in (error.detail or "") or (standing := await way.find(number)) is None:
                raise
            return await self._link(entry, standing)
        except errors.AlreadyDelivered:
            if (standing := await way.find(number)) is None:
                raise errors.Uncertain(register_words.gone(way.target, number)) from None
            return await self._link(entry, standing)
        await self._pair(entry, there, "created")
        return await self._write(entry, there, "created")

    async def _link(self, entry: entries.Entry, there: directions.Standing[Any]) -> carried.Carried:
        said = await asyncio.to_thread(verdicts.find, connect.current().ledger, self._slot.tenant, self._way.register)
        new = pairing.why_partners(self._way, entry, there, said)
        if new is None:
            raise errors.Rejected(register_words.another_name(entry.subject.number, self._way.target))
        pair = await self._pair(entry, there, new.linked_by)
        return await self._update(dataclasses.replace(entry, pair=pair), there)

    async def _pair(self, entry: entries.Entry, there: directions.Standing[Any], why: pairs.LinkedBy) -> pairs.New:
        way, key = self._way, entry.row.source_key
        new = pairs.New(
            register=way.register,
            severa_key=way.severa_key(key, there.key),
            fortnox_key=way.fortnox_key(key, there.key),
            linked_by=why,
        )
        ledger, slot = connect.current().ledger, self._slot
        if await asyncio.to_thread(pairs.record, ledger, slot.tenant, slot.run, clock.now(), [new]):
            raise errors.Rejected(register_words.taken_by_another(way.target, entry.subject.number))
        return new

    async def _write(self, entry: entries.Entry, there: directions.Standing[Any], what: carried.What) -> carried.Carried:
        fields = entry.to_mapped(self._way, there)
        differing = self._way.differing(fields, there)
        if differing:
            await self._way.change(there, fields)
        changes = mapped.changes(fields, differing, there.values) if what == "changed" else ()
        return self._said(what if differing or what == "created" else "same", entry, there, fields, changes)

    def _said(
        self,
        what: carried.What,
        entry: entries.Entry,
        there: directions.Standing[Any],
        fields: mapped.Mapped | None = None,
        changes: Sequence[mapped.Change] = (),
        notes: tuple[str, ...] = (),
    ) -> carried.Carried:
        return carried.Carried(
            what=what,
            ours=entry.subject.number or entry.row.source_key,
            theirs=there.number or there.key,
            fields=tuple(changes),
            not_carried=fields.not_carried if fields else (),
            notes=(*notes, *(fields.notes if fields else ())),
        )
