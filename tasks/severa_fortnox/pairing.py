"""Who is whose partner: what waits is looked for in the other system, by its number, of articles by number and name.

What a person said of two entries comes first. Who has a partner keeps it, whatever becomes of names and numbers.
"""

from __future__ import annotations

import array
import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fakturabro.domain.similarity import entries as similar
from fakturabro.domain.similarity import linking, scoring
from fakturabro.ledger import documents, engine
from fakturabro.ledger.synchronising import carrying, pairs, verdicts
from tasks import clock, connect, retrying, run_context, runs
from tasks.severa_fortnox import directions, entries, lookups, register_words, singly, ways
from tasks.severa_fortnox.options import SyncOptions

_PAGE = 500
_MOST_SEEN = 2_000
"""So many partners are looked at before anything is carried; of more, each is looked at when its turn comes."""
_GOING = ("waiting", "planned")
_UNLIKE = 45
"""Names with fewer points of 100 have no word in common that counts."""
Way = directions.Direction[Any, Any]


@retrying.station("Par registre")
async def pair(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Find partners for what waits. A dry run looks, and records nothing."""
    slot, ledger = batch.slot, connect.current().ledger
    for way in ways.find(options):
        said = await asyncio.to_thread(verdicts.find, ledger, slot.tenant, way.register)
        if not slot.dry_run:
            agreed = [_new(way, *keys, "decision") for keys, is_same in said.items() if is_same]
            clashes = await asyncio.to_thread(pairs.record, ledger, slot.tenant, slot.run, clock.now(), agreed)
            for one in clashes:
                keys = (one.new.severa_key, one.new.fortnox_key, one.standing.severa_key, one.standing.fortnox_key)
                run_context.logger().warning("%s: %s", slot.tenant, register_words.said_of_another(way.register, *keys))
        open_ = await asyncio.to_thread(find_due, slot, way)
        for ids in engine.chunks(open_, _PAGE):
            some = await asyncio.to_thread(entries.read, slot.tenant, way, ids)
            found = await _look(way, some, options, len(open_) <= _MOST_SEEN)
            links = [new for one, there in found if (new := why_partners(way, one, there, said))]
            batch = batch.counted(linked=await asyncio.to_thread(_record, slot, links))
    return batch


def find_due(slot: runs.Slot, way: Way) -> array.array[int]:
    """What waits; of what is held what one of the lists shows as changed, and once an hour all of it."""
    ledger, mine = connect.current().ledger, (slot.tenant, way.source, way.register)
    if lookups.looks_again(slot):
        return carrying.find_open(ledger, *mine, (*_GOING, "held"))
    changed, held = lookups.changed(), carrying.find_open(ledger, *mine, ["held"])
    heads = documents.find_heads(ledger, slot.tenant, held)
    again = [head.id for head in heads if (way.register, head.number) in changed]
    return array.array("q", sorted({*carrying.find_open(ledger, *mine, _GOING), *again}))


async def _look(
    way: Way, some: Sequence[entries.Entry], options: SyncOptions, sees_partners: bool
) -> list[tuple[entries.Entry, directions.Standing[Any]]]:
    """What the other system has of these; kept for the stations behind."""
    asked = lookups.current(options)
    wanted = {one.row.source_key: one for one in some if one.subject.number and not is_absent(way, one, asked)}

    async def find(key: str) -> directions.Standing[Any] | None:
        entry = wanted[key]
        if entry.pair is not None:
            return await way.fetch(way.theirs(entry.pair), entry.subject.number) if sees_partners else None
        return await way.find(entry.subject.number)

    said = await singly.read_each(find, wanted)
    asked.refused.update({(way.target, key): str(why) for key, why in said.unread.items()})
    looked = [(wanted[key], there) for key, there in said.found.items()]
    stands = [(entry, there) for entry, there in looked if there is not None]
    asked.absent.update((way.target, entry.row.source_key) for entry, there in looked if there is None and entry.pair is None)
    asked.standing.update({(way.target, entry.row.source_key): there for entry, there in stands})
    return [(entry, there) for entry, there in stands if entry.pair is None]


def is_absent(way: Way, entry: entries.Entry, asked: lookups.Lookups) -> bool:
    """Whether nothing stood there in this run: all of Fortnox was read, or it was asked for. What we tried before may stand now."""
    if entry.pair is not None or entry.past.is_tried:
        return False
    numbers = asked.whole.get(way.register) if way.source == "severa" else None
    missed = numbers is not None and entry.subject.number not in numbers
    return missed or (way.target, entry.row.source_key) in asked.absent


def why_partners(
    way: Way, entry: entries.Entry, there: directions.Standing[Any], said: Mapping[tuple[str, str], bool]
) -> pairs.New | None:
    """The pair that they are by the rule; None where they are none, or somebody said that they are not.

    What we sent and never heard of is our own, where it has our name.
    """
    new = _rule(way, entry.row.source_key, entry.subject.number, entry.subject.name, there, said)
    has_our_name = linking.plain_name(entry.subject.name) == linking.plain_name(there.name)
    return msgspec.structs.replace(new, linked_by="created") if new and entry.past.is_tried and has_our_name else new


def _rule(
    way: Way, key: str, number: str, name: str, there: directions.Standing[Any], said: Mapping[tuple[str, str], bool]
) -> pairs.New | None:
    ours = similar.Entry(key=key, number=number, name=name)
    theirs = similar.Entry(key=there.key, number=there.number, name=there.name)
    keys, why = (way.severa_key(key, there.key), way.fortnox_key(key, there.key)), linking.why_linked(way.register, ours, theirs)
    if not why or not said.get(keys, not is_unlike(way, name, there.name)):
        return None
    return _new(way, *keys, why)


def is_unlike(way: Way, name: str, other: str) -> bool:
    """Whether two customers with one number look like two: both systems give the next number, and neither knows of the other's.

    The number alone would have the master's name written over another company's. A person says whether they are the same.
    """
    if way.register != "customer":
        return False
    ours, theirs = (similar.fold(similar.Entry(key="", number="", name=one)) for one in (name, other))
    return scoring.name_score(ours, theirs) < _UNLIKE


async def link_only(slot: runs.Slot, way: Way, rows: Sequence[tuple[str, str, str]]) -> int:
    """Link what was left out before and has changed, where it has a partner by now: (source key, number, name) each. How many."""
    if slot.dry_run or not rows:
        return 0
    said = await asyncio.to_thread(verdicts.find, connect.current().ledger, slot.tenant, way.register)
    theirs = await singly.read_each(way.find, (number for _, number, _ in rows if number))
    for number, why in theirs.unread.items():  # the next change of it, or a person's answer, links it
        run_context.logger().warning("%s, %s: %s", slot.tenant, number, why)
    found = [(row, there) for row in rows if (there := theirs.found.get(row[1])) is not None]
    return await asyncio.to_thread(_record, slot, [new for row, there in found if (new := _rule(way, *row, there, said))])


def _new(way: Way, severa_key: str, fortnox_key: str, why: pairs.LinkedBy) -> pairs.New:
    return pairs.New(register=way.register, severa_key=severa_key, fortnox_key=fortnox_key, linked_by=why)


def _record(slot: runs.Slot, links: Sequence[pairs.New]) -> int:
    """How many were made; who has another partner already is found by the check."""
    if not links or slot.dry_run:
        return 0
    clashes = pairs.record(connect.current().ledger, slot.tenant, slot.run, clock.now(), links)
    return len(links) - len(clashes)
