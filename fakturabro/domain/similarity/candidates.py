"""Which records of the other register are worth scoring: those that share something rare with a record.

An index of one register by keys: numbers, e-mail, rare words and parts of words, names with one letter left out (so that a slip of
the pen falls together with what was meant), addresses. A key that many share says nothing and is passed over. There is never a
matrix.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from fakturabro.domain.similarity import entries

_COMMON = 60
"""A key that more records have than this leads nowhere."""
MOST = 40
"""Candidates of a record that are scored because they share most with it, and at most so many that share what tells much."""
_TELLING = frozenset(("number", "organisation_number", "email", "without", "house"))
_Key = tuple[str, str]


class Index:
    """One register by what its records share; places are those of the list that was given."""

    def __init__(self, listed: Sequence[entries.Folded]) -> None:
        places: defaultdict[_Key, list[int]] = defaultdict(list)
        for place, one in enumerate(listed):
            for key in keys(one):
                found = places[key]
                if len(found) <= _COMMON:
                    found.append(place)
        self._places = {key: found for key, found in places.items() if len(found) <= _COMMON}

    def find(self, one: entries.Folded) -> list[int]:
        """Places of those that may be the same: those that share what tells much, then those that share most."""
        told, shared = dict[int, None](), Counter[int]()
        for key in keys(one):
            found = self._places.get(key, ())
            if key[0] in _TELLING:
                told.update(dict.fromkeys(found))
            shared.update(found)
        told.update(dict.fromkeys(place for place, _ in shared.most_common(MOST)))
        return list(told)[: 2 * MOST]


def keys(one: entries.Folded) -> Iterator[_Key]:
    """What a record can be found by; each key once."""
    for name in ("number", "organisation_number", "email", "domain"):
        if value := getattr(one, name):
            yield name, value
    yield from {("without", text) for text in _without_one(one.sorted.replace(" ", ""))}
    yield "without", one.joined
    words = set(one.words)
    yield from (("word", word) for word in words)
    yield from {("part", word[at : at + 4]) for word in words for at in range(len(word) - 3)}
    if one.postal_code:
        yield from {("near", f"{one.postal_code} {word[:3]}") for word in words}
        yield from (("house", f"{one.postal_code} {number}") for number in one.house)


def _without_one(text: str) -> Iterator[str]:
    """The text, and each way to leave out one letter of it."""
    yield text
    if len(text) > 3:
        yield from (text[:at] + text[at + 1 :] for at in range(len(text)))
