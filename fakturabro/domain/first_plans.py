"""What a first synchronisation does: which records are linked, made in the other system, left alone, or must be decided on.

One plan for all three cases (a register stands in one system only; one has more than the other; both have their own): what
stands on one side only is made on the other, whichever system is the master.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from fakturabro.domain.similarity import comparing, entries, scoring

Action = Literal["decide", "link", "to_fortnox", "to_severa", "leave"]
Why = Literal[
    "alike",
    "unlike",
    "number",
    "two_properties",
    "decision",
    "only_in_severa",
    "only_in_fortnox",
    "inactive",
    "internal",
    "prospect",
    "no_number",
    "not_numeric",
    "number_taken",
    "number_twice",
    "existed_before",
    "switched_off",
    "never_to_severa",
]
Key = tuple[entries.Register, str, str]
"""(register, "severa" or "fortnox", the document's source key)."""


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a plan. `perhaps` is who it may be the same as, but is not taken for; `scores` are of the two."""

    register: entries.Register
    action: Action
    why: Why
    severa: entries.Entry | None = None
    fortnox: entries.Entry | None = None
    perhaps: entries.Entry | None = None
    scores: scoring.Scores | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it is about, on both sides."""
        found: list[Key] = []
        if self.severa:
            found.append((self.register, "severa", self.severa.key))
        if self.fortnox:
            found.append((self.register, "fortnox", f"{self.register}/{self.fortnox.key}"))
        return tuple(found)

    @property
    def deed(self) -> tuple[str, ...]:
        """What is done with what: two rows with the same are the same, whatever the records are called."""
        return (self.register, self.action, self.severa.key if self.severa else "", self.fortnox.key if self.fortnox else "")

    @property
    def is_open(self) -> bool:
        """Whether a person must decide before anything is carried. A doubtful article is only left alone meanwhile."""
        return self.action == "decide" and self.register == "customer"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All rows: registers in the order in which they are carried."""

    rows: tuple[Row, ...]

    @property
    def is_decided(self) -> bool:
        return not any(row.is_open for row in self.rows)

    def count(self, register: entries.Register, action: Action) -> int:
        return sum(row.register == register and row.action == action for row in self.rows)

    def find_moving(self) -> frozenset[Key]:
        """What may be written or made when this plan is carried out."""
        links = (key for row in self.rows if row.action == "link" for key in row.keys)
        return self.find_making().union(links)

    def find_making(self) -> frozenset[Key]:
        """What is made on the other side."""
        return frozenset(key for row in self.rows if row.action in ("to_fortnox", "to_severa") for key in row.keys)


def make(compared: Sequence[comparing.Comparison], *, projects_carried: bool) -> Plan:
    """The plan of registers that were compared."""
    return Plan(rows=tuple(row for one in compared for row in _Making(one, projects_carried).rows()))


class _Making:
    """The plan of one register."""

    def __init__(self, compared: comparing.Comparison, projects_carried: bool) -> None:
        self._compared = compared
        self._register: entries.Register = compared.register
        self._is_carried = compared.register != "project" or projects_carried
        pairs = compared.pairs
        self._severa = Counter(one.number for one in (*compared.severa_only, *(pair.severa for pair in pairs)))
        self._fortnox = Counter(one.number for one in (*compared.fortnox_only, *(pair.fortnox for pair in pairs)))

    def rows(self) -> Iterator[Row]:
        for pair in self._compared.pairs:
            yield from self._pair(pair)
        yield from (self._from_severa(one) for one in self._compared.severa_only)
        yield from (self._from_fortnox(one) for one in self._compared.fortnox_only)

    def _pair(self, pair: comparing.Pair) -> Iterator[Row]:
        is_internal = self._register == "customer" and pair.severa.why_not == "internal"
        if pair.linked and (is_internal or not self._is_carried):
            yield self._of(pair, "leave", "internal" if is_internal else "switched_off")
        elif pair.is_doubtful and self._asks(pair):
            yield self._of(pair, "decide", "unlike" if pair.linked else "alike")
        elif pair.linked:
            yield self._of(pair, "link", pair.linked)
        else:
            yield from (self._from_severa(pair.severa, pair), self._from_fortnox(pair.fortnox, pair))

    def _asks(self, pair: comparing.Pair) -> bool:
        """Projects are the same by their numbers and by nothing else; what is inactive on both sides needs no answer."""
        return self._register != "project" and not (pair.severa.why_not and pair.fortnox.why_not)

    def _of(self, pair: comparing.Pair, action: Action, why: Why) -> Row:
        return Row(register=self._register, action=action, why=why, severa=pair.severa, fortnox=pair.fortnox, scores=pair.scores)

    def _from_severa(self, one: entries.Entry, pair: comparing.Pair | None = None) -> Row:
        why = self._why_left(one, self._severa, self._fortnox)
        return Row(
            register=self._register,
            action="leave" if why else "to_fortnox",
            why=why or "only_in_severa",
            severa=one,
            perhaps=pair.fortnox if pair else None,
            scores=pair.scores if pair else None,
        )

    def _from_fortnox(self, one: entries.Entry, pair: comparing.Pair | None = None) -> Row:
        why = self._why_left(one, self._fortnox, self._severa)
        if self._register == "project":
            why = "never_to_severa"
        elif not why and not (one.number.isascii() and one.number.isdigit()):
            why = "not_numeric"
        return Row(
            register=self._register,
            action="leave" if why else "to_severa",
            why=why or "only_in_fortnox",
            fortnox=one,
            perhaps=pair.severa if pair else None,
            scores=pair.scores if pair else None,
        )

    def _why_left(self, one: entries.Entry, own: Counter[str], others: Counter[str]) -> Why | None:
        """Why a record is not made on the other side, None when it is."""
        if not self._is_carried:
            return "switched_off"
        if self._register == "article":
            return "existed_before"
        if one.why_not:
            return msgspec.convert(one.why_not, Why)
        if not one.number:
            return "no_number"
        if own[one.number] > 1:
            return "number_twice"
        return "number_taken" if others[one.number] else None
