"""The transfer log: as rows of an exported file, and as a page that each run leaves.

The file has every value that was overwritten, as it was and as it is. The page says which fields, for pages are kept unsealed.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

from fakturabro.domain import calendar
from fakturabro.ledger import opened
from fakturabro.ledger.synchronising import transfers
from tasks import connect, retrying, runs
from tasks.severa_fortnox import carried
from tasks.severa_fortnox import transfer_words as words

_SHOWN = 1_000


@retrying.station("Vis overforingslogg", ends=True)
async def leave(batch: runs.Batch) -> runs.Batch:
    """Leave what this run carried as a table in the Prefect UI; none where it carried nothing."""
    rows = await asyncio.to_thread(_find_page, connect.current().ledger, batch.slot)
    said = words.page_is_cut(_SHOWN) if len(rows) > _SHOWN else words.PAGE_DESCRIPTION
    if rows:
        await runs.table("transfers", batch.slot.tenant, rows[:_SHOWN], said)
    return batch


def _find_page(ledger: opened.Ledger, slot: runs.Slot) -> list[dict[str, str]]:
    pages = transfers.find_in_pages(ledger, slot.tenant, run=slot.run, size=_SHOWN)
    entries = itertools.islice(itertools.chain.from_iterable(pages), _SHOWN + 1)
    return [_shown(entry) for entry in entries]


def _shown(entry: transfers.Entry) -> dict[str, str]:
    one = carried.read(entry.answer)
    return {
        "Type": words.KINDS[entry.kind],
        "Nummer": entry.number,
        "Hva": _what(entry, one),
        "Til": _target(entry),
        "Utfall": words.OUTCOMES.get(entry.outcome, entry.outcome),
        "Felt": ", ".join(change.name for change in one.fields) if one else "",
        "Ikke overført": ", ".join(dict.fromkeys(lack.name for lack in one.not_carried)) if one else "",
    }


def to_rows(entry: transfers.Entry) -> Iterator[tuple[str, ...]]:
    """The rows of one entry, with words.COLUMNS: one for each field, for each value that was not carried and for each note."""
    one = carried.read(entry.answer)
    head = (
        f"{entry.at.astimezone(calendar.OSLO):%Y-%m-%d %H:%M:%S}",
        words.KINDS[entry.kind],
        entry.number,
        _what(entry, one),
        words.SYSTEMS.get(entry.source, entry.source),
        _target(entry),
        one.theirs if one else "",
        words.OUTCOMES.get(entry.outcome, entry.outcome),
    )
    fields = [(change.name, change.before, change.after, "", "", "", "") for change in one.fields] if one else []
    lacks = [("", "", "", lack.name, lack.value, lack.why, "") for lack in one.not_carried] if one else []
    notes = [("", "", "", "", "", "", note) for note in (*(one.notes if one else ()), entry.detail) if note]
    for row in [*fields, *lacks, *notes] or [("",) * 7]:
        yield (*head, *row, entry.run)


def _what(entry: transfers.Entry, one: carried.Carried | None) -> str:
    return words.WHAT[one.what] if one else words.PURPOSES.get(entry.purpose, entry.purpose)


def _target(entry: transfers.Entry) -> str:
    return words.SYSTEMS.get(entry.target.partition("_")[0], entry.target)
