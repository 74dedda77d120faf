"""Supplier invoices that changed in Fortnox: each row that has a project becomes a document, and so do the pictures of the invoice.

A row has no key in Fortnox. It keeps the number that it got when it was first seen, by what it says (mapping.match); what is gone
is a new revision that says so. Nothing is asked for but the list where nothing changed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.ledger import documents, engine, raws, recording
from fakturabro.ledger.synchronising import costs as noted
from fakturabro.mapping import fortnox_to_severa_costs as mapping
from fakturabro.systems.fortnox import purchase_wire, purchasing, wire
from tasks import connect, retrying, runs
from tasks.severa_fortnox import marks, register_words, singly
from tasks.severa_fortnox.options import SyncOptions

SOURCE = "fortnox"
SEEN = "supplierinvoices/changed"
"""When one was last recorded: what was checked before that is checked again."""
_AT_ONCE = 25
"""Invoices that are read and recorded together."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a project gets of an invoice's pictures: their ids in Fortnox' archive with their names, in order."""

    given_number: str
    project: str
    description: str
    files: tuple[tuple[str, str], ...]


class _Read(NamedTuple):
    """A supplier invoice as Fortnox has it now."""

    purchase: purchase_wire.Purchase
    vouchers: list[purchase_wire.Voucher]
    files: list[purchase_wire.FileConnection]

    @property
    def number(self) -> str:
        return self.purchase.given_number


@retrying.station("Hent leverandorfakturaer")
async def fetch(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Record the costs of what changed. What cannot be read is asked for again in the next run."""
    if not options.purchases.carried:
        return batch
    calls = await connect.current().fortnox_calls(options.fortnox_tenant)
    client, slot = purchasing.Purchasing(calls), batch.slot
    asked_at: dt.datetime | None = None
    is_whole = True
    async for page in client.fetch_changed(marks.since(slot, "fortnox", _list(options))):
        asked_at = asked_at or calls.answered_at
        for some in engine.chunks(_wanted(page, options.purchases.since), _AT_ONCE):
            read, failures = await _fetch(client, some, with_files=options.purchases.images)
            marks.read_to_end(slot, "fortnox", SEEN, None)
            new = 0 if slot.dry_run else await asyncio.to_thread(_record, slot, read)
            seen = sum(len(mapping.to_sources(one.purchase, one.vouchers)) for one in read)
            batch = batch.counted(**({"would_transfer": seen} if slot.dry_run else {"costs_read": new}))
            for sentence in failures:
                batch, is_whole = batch.failing(sentence), False
    if is_whole:
        marks.read_to_end(slot, "fortnox", _list(options), asked_at)
    return batch


def _list(options: SyncOptions) -> str:
    """The list by what is taken from it: all of it is read anew when that is more than before."""
    return f"supplierinvoices/{options.purchases.since}/{'pictures' if options.purchases.images else 'costs'}"


def _wanted(page: Sequence[wire.Listed], since: dt.date) -> list[wire.Listed]:
    """Those that the tenant's first day lets in; which have no date, a finding says."""
    return [row for row in page if row.invoice_date is None or row.invoice_date >= since]


async def _fetch(client: purchasing.Purchasing, rows: Sequence[wire.Listed], *, with_files: bool) -> tuple[list[_Read], list[str]]:
    """What could be read, and sentences about the others. Raises what ends a station."""

    async def read(number: str) -> _Read:
        purchase = await client.fetch_purchase(number)
        keys = [] if purchase.cancelled else mapping.vouchers_of(purchase)
        vouchers = [await client.fetch_voucher(key) for key in keys]
        has_costs = with_files and any(mapping.to_sources(purchase, vouchers))
        return _Read(purchase, vouchers, await client.fetch_files(number) if has_costs else [])

    said = await singly.read_each(read, (row.given_number for row in rows))
    failures = [register_words.unreadable("Leverandørfaktura", number, str(why)) for number, why in said.unread.items()]
    return [one for one in said.found.values() if one], failures


def _record(slot: runs.Slot, read: Sequence[_Read]) -> int:
    """How many were new. Repeating it after a crash records nothing twice."""
    ledger, tenant = connect.current().ledger, slot.tenant
    known = noted.find_rows(ledger, tenant, [one.number for one in read])
    stands = {row.document_id for rows in known.values() for row in rows if row.state != "cancelled"}
    opened = {one.id: decode(one.canonical) for one in documents.read(ledger, tenant, sorted(stands))}
    rows: list[documents.Fetched] = []
    for one in read:
        places = {_place(row.source_key): opened.get(row.document_id) for row in known.get(one.number, ())}
        matched = mapping.match(
            {place: source for place, source in places.items() if source is not None},
            mapping.to_sources(one.purchase, one.vouchers),
            max(places, default=0) + 1,
        )
        rows += _to_costs(slot, one, matched)
        rows += _to_pictures(slot, one, matched)
    return recording.record_fetched(ledger, tenant, SOURCE, slot.run, values.purposes_of(noted.KIND), rows)


def _place(source_key: str) -> int:
    return int(source_key.rpartition("/")[2])


def decode(canonical: bytes) -> mapping.Source:
    """A cost as it was recorded."""
    return msgspec.json.decode(canonical, type=mapping.Source)


def _to_costs(slot: runs.Slot, read: _Read, matched: Mapping[int, mapping.Source]) -> Iterator[documents.Fetched]:
    key = connect.current().ledger.seals.key(slot.tenant, noted.KIND, slot.month)
    raw = raws.seal(key, noted.KIND, msgspec.json.encode((read.purchase, read.vouchers)))
    for place, source in sorted(matched.items()):
        yield documents.Fetched(
            source_key=f"cost/{read.number}/{place}",
            kind=noted.KIND,
            number=source.invoice_number,
            customer_number=source.supplier_number,
            original_number=read.number,
            amount=money.to_minor(source.counts),
            currency=mapping.KRONOR,
            listing_hash="",
            hash=hashlib.sha256(mapping.content(source)).digest(),
            canonical=key.seal(msgspec.json.encode(source)),
            raw=raw,
        )


def digest(files: Iterable[tuple[str, str]]) -> bytes:
    """What tells one set of pictures from another."""
    return hashlib.sha256(msgspec.json.encode(sorted(files))).digest()


def _to_pictures(slot: runs.Slot, read: _Read, matched: Mapping[int, mapping.Source]) -> Iterator[documents.Fetched]:
    """One for each project that bears a cost; other pictures are another document."""
    files = tuple((file.file_id, file.name or "") for file in read.files)
    key = connect.current().ledger.seals.key(slot.tenant, noted.FILE, slot.month)
    projects = {source.project: source for source in matched.values() if not source.is_removed} if files else {}
    for project, source in projects.items():
        picture = Picture(given_number=read.number, project=project, description=mapping.to_description(source), files=files)
        content = msgspec.json.encode(picture)
        hash_ = digest(files)
        yield documents.Fetched(
            source_key=f"file/{read.number}/{project}/{hash_.hex()[:12]}",
            kind=noted.FILE,
            number=source.invoice_number,
            customer_number=source.supplier_number,
            original_number=read.number,
            amount=0,
            currency=money.NO_CURRENCY,
            listing_hash="",
            hash=hash_,
            canonical=key.seal(content),
            raw=raws.seal(key, noted.FILE, content),
        )
