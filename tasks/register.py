"""The customer register: all cards of a tenant, read and checked at night, so that one is mended before an invoice meets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from data_quality import blocking, checking
from fakturabro.domain import findings as found_values
from fakturabro.domain import parties
from fakturabro.ledger import documents, engine, findings, recording
from fakturabro.mapping import poweroffice_to_documents as mapping
from tasks import connect, installation, retrying, runs

_CARD = msgspec.json.Decoder(parties.Card)
STATION = "register"
_CHUNK = 10_000


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A card to check, by its id in the ledger."""

    id: int
    card: parties.Card


@retrying.station("Kontroller kunderegisteret")
async def check_register(batch: runs.Batch, rules: blocking.Rules) -> runs.Batch:
    """Read and check every card that is in use. What a card that is gone or archived was told, is told no more."""
    slot, ledger = batch.slot, connect.current().ledger
    client = await connect.current().poweroffice_v2()
    key = ledger.seals.key(slot.tenant, "customer", slot.month)
    standing = set(findings.find_documents(ledger, slot.tenant, STATION))
    count = wrong = 0
    async for page in client.fetch_all_customers():
        cards = [mapping.to_fetched_card(one, key) for one in page if one.number is not None and not one.is_archived]
        recording.record_fetched(ledger, slot.tenant, mapping.SOURCE, slot.run, (), cards)
        known = documents.find_known(ledger, slot.tenant, mapping.SOURCE, [card.source_key for card in cards])
        for ids in engine.chunks([one.id for one in known.values()], _CHUNK):
            found = checking.check(_read(slot, ids), rules, suite="customers", post_codes=installation.current().post_codes)
            _record(slot, found)
            count, wrong = count + len(ids), wrong + sum(any(one.severity != "info" for one in some) for some in found.values())
            standing.difference_update(ids)
    _record(slot, dict.fromkeys(standing, ()))
    return batch.counted(cards=count, wrong_cards=wrong)


def _read(slot: runs.Slot, ids: list[int]) -> Iterator[Subject]:
    for row in documents.read(connect.current().ledger, slot.tenant, ids):
        yield Subject(id=row.id, card=_CARD.decode(row.canonical))


def _record(slot: runs.Slot, found: Mapping[int, tuple[found_values.Finding, ...]]) -> None:
    if not slot.dry_run:
        findings.record(connect.current().ledger, slot.tenant, STATION, found, (), slot.run)
