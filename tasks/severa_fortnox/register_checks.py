"""Every entry that waits is checked in every run: what holds it is said, and it goes by itself when that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data_quality import blocking, checking, register_rows
from data_quality.suites import registers as suite
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.ledger import engine, findings
from fakturabro.ledger.synchronising import anew, carrying, verdicts
from tasks import connect, retrying, runs
from tasks.severa_fortnox import directions, entries, lookups, pairing, register_words, ways
from tasks.severa_fortnox.options import SyncOptions

STATION, REFUSED = "registers", "registers_refused"
_PAGE = 1_000
_RULES = blocking.Rules()
"""No tenant has rules of its own for these."""


@retrying.station("Kontroller registre")
async def check(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Hold what the other system would refuse or misread, release what it would take."""
    slot, ledger = batch.slot, connect.current().ledger
    if not slot.dry_run:
        await asyncio.to_thread(anew.begin, ledger, slot.tenant, slot.run)
    pages: list[tuple[pairing.Way, list[int]]] = []
    for way in ways.find(options):
        open_ = await asyncio.to_thread(pairing.find_due, slot, way)
        if open_:
            await way.prepare()
        for ids in engine.chunks(open_, _PAGE):
            pages.append((way, ids))
            if sum(len(some) for _, some in pages) >= _PAGE:
                await asyncio.to_thread(_check, slot, options, pages)
                pages = []
    if pages:
        await asyncio.to_thread(_check, slot, options, pages)
    await asyncio.to_thread(lookups.note_looked, slot)
    lookups.current(options).is_checked = True
    return batch


def _check(slot: runs.Slot, options: SyncOptions, pages: Sequence[tuple[pairing.Way, Sequence[int]]]) -> None:
    """Ask the suite once for all of these: a call costs as much for one as for a thousand."""
    looked = [_Page(slot, way, options, ids) for way, ids in pages]
    said = checking.check([subject for page in looked for subject in page.subjects()], _RULES, "registers")
    for page in looked:
        page.record(said)


class _Page:
    """Some entries of one way on their way through the suite."""

    def __init__(self, slot: runs.Slot, way: pairing.Way, options: SyncOptions, ids: Sequence[int]) -> None:
        self._slot, self._way, self._ledger = slot, way, connect.current().ledger
        self._entries, seen = entries.read(slot.tenant, way, ids), lookups.current(options).standing
        self._why_refused = lookups.current(options).refused
        self._there = {one.row.id: seen.get((way.target, one.row.source_key)) for one in self._entries}

    def subjects(self) -> Iterator[register_rows.Entry]:
        """What the suite looks at."""
        numbers = sorted({one.subject.number for one in self._entries} - {""})
        alike = carrying.count_numbers(self._ledger, self._slot.tenant, self._way.source, self._way.register, numbers)
        for one in self._entries:
            yield _to_row(self._way, one, self._there[one.row.id], alike.get(one.subject.number, 1))

    def record(self, said: Mapping[int, Sequence[found_values.Finding]]) -> None:
        """Hold and release by what was found."""
        judged = verdicts.find(self._ledger, self._slot.tenant, self._way.register)
        found = {
            one.row.id: [
                *said[one.row.id],
                *_what_no_suite_sees(self._way, one, self._there[one.row.id], judged),
                *self._refused(one),
            ]
            for one in self._entries
        }
        findings.record(self._ledger, self._slot.tenant, REFUSED, dict.fromkeys(found, ()), (), self._slot.run)
        purposes = values.purposes_of(self._way.register)
        findings.record(self._ledger, self._slot.tenant, STATION, found, purposes, self._slot.run)

    def _refused(self, one: entries.Entry) -> Iterator[found_values.Finding]:
        """The other system did not say which it has."""
        if why := self._why_refused.get((self._way.target, one.row.source_key)):
            yield from _finding(suite.REFUSED, why[:300].rstrip("."))


def _to_row(way: pairing.Way, one: entries.Entry, there: directions.Standing[Any] | None, same_number: int) -> register_rows.Entry:
    pair = one.pair
    numbers = there.number if there else pair.fortnox_key if pair and way.source == "severa" else ""
    return register_rows.Entry(
        id=one.row.id,
        kind=way.register,
        to="fortnox" if way.source == "severa" else "severa",
        number=one.subject.number,
        name=one.subject.name,
        checked=one.to_mapped(way, there).checked,
        is_active=one.subject.is_active,
        other_is_active=there.is_active if there and pair else None,
        same_number=same_number,
        paired_number=numbers if pair and pair.linked_by != "decision" else "",
        other_name=there.name if there and not pair and way.register == "article" else "",
    )


def _what_no_suite_sees(
    way: pairing.Way, one: entries.Entry, there: directions.Standing[Any] | None, said: Mapping[tuple[str, str], bool]
) -> Iterator[found_values.Finding]:
    """What stands under the number is another one, as a person says or since it has a partner."""
    if one.pair is not None or there is None or way.register == "article":
        return
    keys = (way.severa_key(one.row.source_key, there.key), way.fortnox_key(one.row.source_key, there.key))
    if said.get(keys) is False:
        yield from _finding(suite.JUDGED_DIFFERENT, one.subject.number)
    elif pairing.is_unlike(way, one.subject.name, there.name):
        yield from _finding(suite.REFUSED, register_words.unlike(way.target, one.subject.number))
    elif there.number == one.subject.number:
        yield from _finding(suite.REFUSED, register_words.taken_by_another(way.target, one.subject.number).rstrip("."))


def _finding(code: str, value: str) -> Iterator[found_values.Finding]:
    if (one := _RULES.finding(code, value=value)) is not None:
        yield one


def record_refused(slot: runs.Slot, refused: Mapping[int, tuple[str, str]]) -> None:
    """Say of documents why the other system refused them: (code, its words) by document. Blocks."""
    found = {i: tuple(_finding(code, words[:300].rstrip("."))) for i, (code, words) in refused.items()}
    findings.record(connect.current().ledger, slot.tenant, REFUSED, found, (), slot.run)
