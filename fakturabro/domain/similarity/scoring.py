"""How alike two records are: a score for each field that both have, and points for all of it.

Points begin at 50. A field that agrees adds, one that disagrees takes away, by how much each says: the same organisation number
nearly proves it, another one nearly disproves it, while systems often number the same customer differently.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from rapidfuzz import fuzz

from fakturabro.domain.similarity import entries

LIKELY, POSSIBLE, UNLIKE = 75, 60, 45
"""Points from which a pair is taken for the same, may be, and below which one that the rule links looks wrong."""
_SHARED = frozenset(
    (
        "gmail.com",
        "hotmail.com",
        "hotmail.no",
        "hotmail.se",
        "outlook.com",
        "live.no",
        "live.com",
        "live.se",
        "msn.com",
        "yahoo.com",
    )
    + ("yahoo.no", "icloud.com", "me.com", "online.no", "telia.com", "broadpark.no", "getmail.no", "start.no", "ebilag.com")
)
"""Domains of e-mail that say nothing of who has it."""
_ALIKE = 70
"""From here on two words are the same word, written otherwise."""


class _Weight(NamedTuple):
    """What a field adds at scores of `low` and less and of 100; a line between."""

    low: float
    least: float
    most: float

    def of(self, score: float) -> float:
        part = (max(score, self.low) - self.low) / (100 - self.low)
        return self.least + part * (self.most - self.least)


_NAME = _Weight(60, -30, 40)
_CUSTOMERS: Mapping[str, _Weight] = {
    "number": _Weight(0, -3, 15),
    "organisation_number": _Weight(0, -50, 45),
    "email": _Weight(0, -5, 20),
    "address": _Weight(50, -10, 20),
}
_OTHERS: Mapping[str, _Weight] = {"number": _Weight(0, -15, 40)}


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """0 to 100 for each field, None where one of the two does not have it; `points` for all of them."""

    points: int
    name: int
    number: int | None = None
    organisation_number: int | None = None
    email: int | None = None
    address: int | None = None


def score(register: entries.Register, ours: entries.Folded, theirs: entries.Folded, shared: Collection[str] = ()) -> Scores:
    """How alike two records are. `shared` are further domains that several customers have."""
    name = name_score(ours, theirs)
    number = None if not ours.number or not theirs.number else 100 * (ours.number == theirs.number)
    if register != "customer":
        found = Scores(points=0, name=round(name), number=number)
        return msgspec.structs.replace(found, points=_points(found, name, _OTHERS))
    found = Scores(
        points=0,
        name=round(name),
        number=number,
        organisation_number=_organisation(ours.organisation_number, theirs.organisation_number),
        email=_email(ours, theirs, shared),
        address=_address(ours, theirs),
    )
    return msgspec.structs.replace(found, points=_points(found, name, _CUSTOMERS))


def _points(found: Scores, name: float, weights: Mapping[str, _Weight]) -> int:
    """What the fields add up to. Above LIKELY the line is stretched so that 100 is where all that both have is the same."""
    points, most = 50 + _NAME.of(name), 50 + _NAME.most
    for field, weight in weights.items():
        value: int | None = getattr(found, field)
        if value is not None:
            points, most = points + weight.of(value), most + weight.most
    if points > LIKELY:
        points = LIKELY + (100 - LIKELY) * (points - LIKELY) / (most - LIKELY)
    return round(max(points, 0))


def name_score(ours: entries.Folded, theirs: entries.Folded) -> float:
    """0 to 100 for two names. A word that only one of them has, and another number in them, tell companies of a group apart."""
    if ours.sorted == theirs.sorted or ours.joined == theirs.joined:
        return 100.0
    joined = fuzz.ratio(ours.joined, theirs.joined)
    sorted_ = fuzz.ratio(ours.sorted, theirs.sorted)
    best = max(joined, sorted_)
    if best < _ALIKE or ours.digits != theirs.digits:
        return min(best, 65.0)
    if joined >= 95 or (_has_all(ours.words, theirs.words) and _has_all(theirs.words, ours.words)):
        return best
    return min(best, 75.0)


def _has_all(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether each word has its like among the others; an initial has it in a word that it begins."""
    return all(
        any(word == one or fuzz.ratio(word, one) >= _ALIKE or (len(word) == 1 and one.startswith(word)) for one in others)
        for word in words
    )


def _organisation(ours: str, theirs: str) -> int | None:
    """One wrong digit, or two that changed places, is neither the same number nor another."""
    if not ours or not theirs:
        return None
    if ours == theirs:
        return 100
    wrong = [at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other]
    is_slip = len(ours) == len(theirs) and (len(wrong) == 1 or (len(wrong) == 2 and sorted(ours) == sorted(theirs)))
    return 60 if is_slip else 0


def _email(ours: entries.Folded, theirs: entries.Folded, shared: Collection[str]) -> int | None:
    if not ours.email or not theirs.email:
        return None
    if ours.email == theirs.email:
        return 100
    if fuzz.ratio(ours.email, theirs.email) >= 93:
        return 80
    return 60 if ours.domain == theirs.domain and ours.domain not in _SHARED and ours.domain not in shared else 0


def _address(ours: entries.Folded, theirs: entries.Folded) -> int | None:
    """The street counts for most of it; another house number is another house."""
    if not ours.street or not theirs.street:
        return None
    street = fuzz.ratio(ours.street, theirs.street)
    if ours.house and theirs.house and ours.house != theirs.house:
        street = min(street, 50.0)
    if not ours.postal_code or not theirs.postal_code:
        return round(street)
    return round(0.75 * street + 25 * (ours.postal_code == theirs.postal_code))
