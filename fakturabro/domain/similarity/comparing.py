"""Two registers compared: who is linked by the rule, who is alike, and who stands alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from fakturabro.domain.similarity import candidates, entries, linking, scoring

_KEPT = 3
"""Pairs of a record that are remembered while the others are scored."""
_SHARED_BY = 4
"""A domain of e-mail that so many records of a register have, tells none of them."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that the rule links, or that are alike. `linked` says which rule, "" where none does."""

    severa: entries.Entry
    fortnox: entries.Entry
    scores: scoring.Scores
    linked: linking.Why = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should say if the two are the same: alike without a link, or linked without being alike."""
        if self.linked == "decision":
            return False
        return self.scores.points < scoring.UNLIKE if self.linked else self.scores.points >= scoring.LIKELY


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs, the likest first; what no pair has, in the order that it was given."""

    register: entries.Register
    pairs: tuple[Pair, ...]
    severa_only: tuple[entries.Entry, ...]
    fortnox_only: tuple[entries.Entry, ...]


class _Scored(msgspec.Struct, frozen=True):
    ours: int
    theirs: int
    scores: scoring.Scores


_Linked = tuple[_Scored, linking.Why]


def compare(
    register: entries.Register,
    severa: Sequence[entries.Entry],
    fortnox: Sequence[entries.Entry],
    verdicts: Mapping[tuple[str, str], bool],
) -> Comparison:
    """Compare two registers; `verdicts` are what people decided, by both keys (Severa's first).

    Each record is in at most one pair that is alike, besides the one that the rule links it in where that looks wrong.
    """
    both = _Both(register, severa, fortnox)
    links: list[_Linked] = [
        (both.score_keys(*keys), why) for keys, why in linking.find_links(register, severa, fortnox, verdicts).items()
    ]
    sure = [one for one, why in links if why == "decision" or one.scores.points >= scoring.UNLIKE]
    alike = both.assign(sure, {keys for keys, is_same in verdicts.items() if not is_same})
    pairs = [
        Pair(severa=severa[one.ours], fortnox=fortnox[one.theirs], scores=one.scores, linked=why) for one, why in [*links, *alike]
    ]
    in_pairs = {one.severa.key for one in pairs}, {one.fortnox.key for one in pairs}
    return Comparison(
        register=register,
        pairs=tuple(sorted(pairs, key=lambda one: (-one.scores.points, one.severa.number, one.severa.key, one.fortnox.key))),
        severa_only=tuple(one for one in severa if one.key not in in_pairs[0]),
        fortnox_only=tuple(one for one in fortnox if one.key not in in_pairs[1]),
    )


class _Both:
    """Both registers, folded."""

    def __init__(self, register: entries.Register, severa: Sequence[entries.Entry], fortnox: Sequence[entries.Entry]) -> None:
        self._register: entries.Register = register
        self._ours, self._theirs = [entries.fold(one) for one in severa], [entries.fold(one) for one in fortnox]
        self._shared = _shared_domains(self._ours) | _shared_domains(self._theirs)
        self._at = [{one.key: place for place, one in enumerate(listed)} for listed in (severa, fortnox)]

    def score_keys(self, ours: str, theirs: str) -> _Scored:
        """Two records by their keys."""
        return self._score(self._at[0][ours], self._at[1][theirs])

    def assign(self, sure: Sequence[_Scored], refused: Collection[tuple[str, str]]) -> Iterator[_Linked]:
        """The likest pairs, each record in one of them; none of what is `sure`, nor of what people refused."""
        taken = {one.ours for one in sure}, {one.theirs for one in sure}
        for one in sorted(self._find_alike(), key=lambda one: (-one.scores.points, -one.scores.name, one.ours, one.theirs)):
            keys = self._ours[one.ours].key, self._theirs[one.theirs].key
            if one.ours not in taken[0] and one.theirs not in taken[1] and keys not in refused:
                taken[0].add(one.ours)
                taken[1].add(one.theirs)
                yield one, ""

    def _find_alike(self) -> Iterator[_Scored]:
        """The few likest of each record, as far as they may be the same."""
        index = candidates.Index(self._theirs)
        for place, one in enumerate(self._ours):
            scored = [self._score(place, other) for other in index.find(one)]
            likely = [each for each in scored if each.scores.points >= scoring.POSSIBLE]
            yield from sorted(likely, key=lambda each: -each.scores.points)[:_KEPT]

    def _score(self, ours: int, theirs: int) -> _Scored:
        return _Scored(ours, theirs, scoring.score(self._register, self._ours[ours], self._theirs[theirs], self._shared))


def _shared_domains(listed: Sequence[entries.Folded]) -> frozenset[str]:
    counted = Counter(one.domain for one in listed)
    return frozenset(domain for domain, count in counted.items() if count >= _SHARED_BY)
