"""Entries of a register as the ledger knows them: what they say, their partner, and what was carried of them before. Blocks."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Any

from fakturabro.ledger import documents, seals
from fakturabro.ledger.synchronising import carrying, pairs
from fakturabro.mapping import mapped
from tasks import connect
from tasks.severa_fortnox import directions


@dataclasses.dataclass(frozen=True)
class Entry:
    """`before` is what the other system was told last, None where it was told nothing."""

    row: documents.Recorded
    subject: directions.Subject[Any]
    pair: pairs.New | None
    past: carrying.Past
    before: Any

    @property
    def is_half_made(self) -> bool:
        """Whether we made its partner and perhaps not all of it."""
        made = self.pair is not None and self.pair.linked_by == "created"
        return made and self.past.is_tried and self.past.carried is None

    @property
    def natural_key(self) -> str:
        """What its delivery is known by."""
        return f"{self.subject.number}@{self.row.hash.hex()[:12]}"

    def to_mapped(
        self, direction: directions.Direction[Any, Any], standing: directions.Standing[Any] | None = None
    ) -> mapped.Mapped:
        """What the other system shall say: all when it is made, what is kept in step afterwards."""
        continuous_only = self.pair is not None and not self.is_half_made
        return direction.to_mapped(self.subject.source, continuous_only=continuous_only, before=self.before, standing=standing)


def read(tenant: str, direction: directions.Direction[Any, Any], document_ids: Sequence[int]) -> list[Entry]:
    """These documents, by id."""
    ledger = connect.current().ledger
    rows = list(documents.read(ledger, tenant, document_ids))
    past = carrying.find_past(ledger, tenant, [row.id for row in rows])
    ours = {row.source_key: row for row in rows}
    if direction.source == "severa":
        found = {one.severa_key: one for one in pairs.find(ledger, tenant, direction.register, severa_keys=ours)}
    else:
        keys = {key.partition("/")[2]: key for key in ours}
        found = {keys[one.fortnox_key]: one for one in pairs.find(ledger, tenant, direction.register, fortnox_keys=keys)}
    return [_entry(tenant, direction, row, found.get(row.source_key), past.get(row.id, carrying.Past())) for row in rows]


def _entry(
    tenant: str,
    direction: directions.Direction[Any, Any],
    row: documents.Recorded,
    pair: pairs.New | None,
    past: carrying.Past,
) -> Entry:
    before = None
    if past.carried is not None:
        with contextlib.suppress(seals.SealError):  # purged: what it had is not known any more, so nothing is emptied
            before = direction.read(documents.read_revision(connect.current().ledger, tenant, past.carried)).source
    return Entry(row, direction.read(row.canonical), pair, past, before)
