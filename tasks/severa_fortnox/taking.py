"""Entries of registers recorded as documents: new ones wait to be carried, changed ones wait again. Blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from fakturabro.domain import documents as values
from fakturabro.ledger import documents, raws, recording
from fakturabro.ledger.synchronising import carrying, pairs
from tasks import connect, runs
from tasks.severa_fortnox import lookups, marks

Kind = pairs.Register


class Taken(NamedTuple):
    """An entry: `source` is kept, `content` tells whether it changed, `listing` what its list said of it then."""

    key: str
    number: str
    source: msgspec.Struct
    content: bytes
    listing: str = ""


def record(slot: runs.Slot, system: marks.System, kind: Kind, rows: Sequence[Taken]) -> int:
    """Record entries; what stands there with the same content is left as it is. How many were new."""
    lookups.changed().update((kind, row.number) for row in rows)
    if not rows or slot.dry_run:
        return 0
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, kind, slot.month)
    fetched: list[documents.Fetched] = []
    for row in rows:
        canonical = msgspec.json.encode(row.source)
        fetched.append(
            documents.Fetched(
                source_key=row.key,
                kind=kind,
                number=row.number,
                customer_number=row.number if kind == "customer" else "",
                amount=0,
                currency=values.NO_CURRENCY,
                listing_hash=row.listing,
                hash=hashlib.sha256(row.content).digest(),
                canonical=key.seal(canonical),
                raw=raws.seal(key, kind, canonical),
            )
        )
    return recording.record_fetched(ledger, slot.tenant, system, slot.run, values.purposes_of(kind), fetched)


class Left(NamedTuple):
    """An entry that is not carried, and why; `listing` as of what is."""

    key: str
    number: str
    why: str
    listing: str = ""


def skip(slot: runs.Slot, system: marks.System, kind: Kind, rows: Sequence[Left]) -> int:
    """Record what is not carried, once; of what is left out already, what the list says now. How many were new."""
    if not rows or slot.dry_run:
        return 0
    skipped = [
        documents.Skipped(
            source_key=row.key,
            kind=kind,
            number=row.number,
            customer_number=row.number if kind == "customer" else "",
            amount=0,
            currency=values.NO_CURRENCY,
            reason=row.why,
            listing_hash=row.listing,
        )
        for row in rows
    ]
    ledger = connect.current().ledger
    carrying.restate(ledger, slot.tenant, system, {row.key: (row.why, row.listing) for row in rows})
    return recording.record_skipped(ledger, slot.tenant, system, slot.run, skipped)


class Known(NamedTuple):
    """What the ledger knows of a page of a list."""

    documents: dict[str, documents.Known]
    paired: frozenset[str]
    """Those keys that have a partner, as the list has them."""

    def is_new(self, key: str, listing: str) -> bool:
        """Whether its list says something else of it than when it was recorded."""
        return key not in self.documents or self.documents[key].listing_hash != listing

    def is_recorded(self, key: str) -> bool:
        """Whether it was recorded to be carried."""
        return key in self.documents and not self.is_skipped(key)

    def is_skipped(self, key: str) -> bool:
        """Whether it was left out before."""
        return key in self.documents and self.documents[key].state == "skipped"


def find_known(slot: runs.Slot, system: marks.System, register: pairs.Register, keys: Sequence[str]) -> Known:
    """By source key in Severa; in Fortnox by number, which the source key ends with."""
    ledger = connect.current().ledger
    if system == "severa":
        found = documents.find_known(ledger, slot.tenant, system, keys)
        partners = {one.severa_key for one in pairs.find(ledger, slot.tenant, register, severa_keys=keys)}
        return Known(found, frozenset(partners))
    found = documents.find_known(ledger, slot.tenant, system, [f"{register}/{key}" for key in keys])
    partners = {one.fortnox_key for one in pairs.find(ledger, slot.tenant, register, fortnox_keys=keys)}
    return Known({key.partition("/")[2]: one for key, one in found.items()}, frozenset(partners))
