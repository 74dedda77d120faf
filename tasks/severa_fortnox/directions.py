"""One way that entries of a register go: how they are read, mapped, looked for, made and changed. See ways.

Nothing here writes in the ledger. All that asks a system raises the ladder in remote/errors.py.
"""

from __future__ import annotations

import abc
import datetime as dt
from collections.abc import Awaitable
from typing import ClassVar, Generic, NamedTuple, TypeVar

from fakturabro.domain.similarity import entries as similar
from fakturabro.ledger.synchronising import pairs
from fakturabro.mapping import mapped
from fakturabro.remote import errors
from fakturabro.systems.fortnox import registers as fortnox
from tasks.severa_fortnox import lookups, marks
from tasks.severa_fortnox.options import SyncOptions

Source = TypeVar("Source")
Thing = TypeVar("Thing")


class Subject(NamedTuple, Generic[Source]):
    """An entry as its own system has it."""

    number: str
    name: str
    is_active: bool
    source: Source


class Standing(NamedTuple, Generic[Thing]):
    """What the other system has: `key` as pairs know it, `values` by the names that it is written by; `read_at` by our clock."""

    key: str
    number: str
    name: str
    is_active: bool
    values: mapped.Fields
    thing: Thing
    read_at: dt.datetime


class Direction(abc.ABC, Generic[Source, Thing]):
    """From `source` to the other system, whose deliveries have this target."""

    register: ClassVar[similar.Register]
    source: ClassVar[marks.System]
    target: ClassVar[str]

    def __init__(self, options: SyncOptions) -> None:
        self.options = options
        self.asked = lookups.current(options)
        self.lists = mapped.Lookups()

    @property
    def is_master(self) -> bool:
        """Whether changes go this way; what is new does in any case."""
        return self.options.master_of(self.register) == self.source

    async def prepare(self) -> None:
        """Ask for the lists that entries are mapped by."""

    @abc.abstractmethod
    def read(self, canonical: bytes) -> Subject[Source]:
        """An entry as the ledger keeps it."""

    @abc.abstractmethod
    def to_mapped(
        self, source: Source, *, continuous_only: bool, before: Source | None = None, standing: Standing[Thing] | None = None
    ) -> mapped.Mapped:
        """What the other system shall say of it. `before` is what was carried last."""

    @abc.abstractmethod
    async def find(self, number: str) -> Standing[Thing] | None:
        """What the other system has under this number."""

    async def fetch(self, key: str, number: str) -> Standing[Thing] | None:
        """What it has under the key of a pair; `number` is the one that both had. None where it is gone."""
        return await self.find(key)

    @abc.abstractmethod
    async def make(self, number: str, fields: mapped.Mapped, *, is_absent: bool) -> Standing[Thing]:
        """Make it there. Raises AlreadyDelivered where something stands.

        `is_absent`: its whole register was read in this run. It counts in Fortnox only, which takes no number twice.
        """

    @abc.abstractmethod
    async def change(self, standing: Standing[Thing], fields: mapped.Mapped) -> None:
        """Write what differs from what stands. It may be said again, once what stands was read again."""

    def differing(self, fields: mapped.Mapped, standing: Standing[Thing]) -> dict[str, mapped.Value]:
        """What of the fields does not stand there."""
        return mapped.differing(fields.fields, standing.values)

    def severa_key(self, source_key: str, theirs: str) -> str:
        """The key in Severa of a pair of the document with this source key."""
        return source_key if self.source == "severa" else theirs

    def fortnox_key(self, source_key: str, theirs: str) -> str:
        """The number in Fortnox of such a pair."""
        return theirs if self.source == "severa" else source_key.partition("/")[2]

    def theirs(self, pair: pairs.New) -> str:
        """The key that the other system has of a pair."""
        return pair.fortnox_key if self.source == "severa" else pair.severa_key


def for_fortnox(fields: mapped.Fields) -> fortnox.Fields:
    """Fields as Fortnox' client takes them: what is emptied there is an empty text."""
    return {name: "" if value is None else value for name, value in fields.items()}


async def unless_gone(fetching: Awaitable[Source]) -> Source | None:
    """What is fetched by its key; None where it is not there."""
    try:
        return await fetching
    except errors.Rejected as error:
        if error.status != 404:
            raise
        return None
