"""The customer register: all cards of a tenant, read and checked at night, so that one is mended before an invoice meets it.

What it said of a card is looked at again in each slot, since the client mends cards by day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from data_quality import blocking, checking
from fakturabro.domain import findings as found_values
from fakturabro.domain import parties
from fakturabro.ledger import documents, engine, findings, opened, recording
from fakturabro.ledger.clients import news as client_news
from fakturabro.mapping import poweroffice_to_documents as mapping
from fakturabro.systems.poweroffice import wire
from tasks import connect, installation, retrying, runs, upkeep_messages
from tasks.checks import quality

_CARD = msgspec.json.Decoder(parties.Card)
STATION = "register"
_KIND = "customer"
_CHUNK = 10_000
_MOST = 10_000_000


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A card to check, by its id in the ledger; by its place in the register where nothing is recorded."""

    id: int
    card: parties.Card


_Subjects = Callable[[runs.Slot, Sequence[wire.Customer]], Iterable[Iterable[Subject]]]


@retrying.station("Kontroller kunderegisteret")
async def check_register(batch: runs.Batch, rules: blocking.Rules) -> runs.Batch:
    """Read and check every card that is in use. What a card that is gone or archived was told, is told no more.

    A register with no cards, or with fewer than half of those that the ledger knows, was not read whole: then the run fails and
    nothing is forgotten. A dry run records nothing.
    """
    slot, ledger = batch.slot, connect.current().ledger
    client = await connect.current().poweroffice_v2()
    known = len(documents.find_newest(ledger, slot.tenant, (_KIND,), _MOST))
    standing = set(findings.find_documents(ledger, slot.tenant, STATION))
    subjects_of: _Subjects = _look if slot.dry_run else _record
    if not slot.dry_run:
        quality.record_rules(slot, rules)
    read = count = wrong = 0
    async for page in client.fetch_all_customers():
        read += len(page)
        in_use = [one for one in page if one.number is not None and not one.is_archived]
        for subjects in subjects_of(slot, in_use):
            found = checking.check(subjects, rules, suite="customers", post_codes=installation.current().post_codes)
            _note(slot, found)
            count, wrong = count + len(found), wrong + sum(any(one.severity != "info" for one in some) for some in found.values())
            standing.difference_update(found)
    counted = batch.counted(cards=count, wrong_cards=wrong)
    if not read or read * 2 < known:
        return counted.failing(upkeep_messages.register_not_whole(read, known))
    _note(slot, dict.fromkeys(standing, ()))
    return counted


def _look(_slot: runs.Slot, cards: Sequence[wire.Customer]) -> Iterator[list[Subject]]:
    """The cards as the source has them."""
    if cards:
        yield [Subject(id=place, card=mapping.to_card(one)) for place, one in enumerate(cards)]


def _record(slot: runs.Slot, cards: Sequence[wire.Customer]) -> Iterator[Iterator[Subject]]:
    """The cards as the ledger has them, after they are recorded."""
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, _KIND, slot.month)
    rows = [mapping.to_fetched_card(one, key) for one in cards]
    recording.record_fetched(ledger, slot.tenant, mapping.SOURCE, slot.run, (), rows)
    known = documents.find_known(ledger, slot.tenant, mapping.SOURCE, [row.source_key for row in rows])
    for ids in engine.chunks([one.id for one in known.values()], _CHUNK):
        yield _read(ledger, slot.tenant, ids)


def _read(ledger: opened.Ledger, tenant: str, ids: Sequence[int]) -> Iterator[Subject]:
    return (Subject(id=row.id, card=_CARD.decode(row.canonical)) for row in documents.read(ledger, tenant, ids))


def judge_again(slot: runs.Slot, rules: blocking.Rules) -> None:
    """Check anew, as the ledger has them now, the cards that would hold the next invoice. Blocks.

    The intake has read the cards of all that waited, so that what was mended since the night is no longer foretold.
    """
    ledger = connect.current().ledger
    for ids in engine.chunks(client_news.find_holding(ledger, slot.tenant, STATION), _CHUNK):
        quality.record_rules(slot, rules)
        codes = installation.current().post_codes
        _note(slot, checking.check(_read(ledger, slot.tenant, ids), rules, suite="customers", post_codes=codes))


def _note(slot: runs.Slot, found: Mapping[int, Sequence[found_values.Finding]]) -> None:
    if not slot.dry_run:
        findings.record(connect.current().ledger, slot.tenant, STATION, found, (), slot.run)
