"""The rule by which records of two systems are the same: the number, of articles the number and the name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from fakturabro.domain.similarity import entries

Why = Literal["", "number", "two_properties", "decision"]


def why_linked(register: entries.Register, ours: entries.Entry, theirs: entries.Entry) -> Why:
    """Which rule links two records, "" for none. Numbers are the same only sign by sign: "0101" is not "101".

    >>> one, other = entries.Entry(key="1", number="200", name="Rapport "), entries.Entry(key="2", number="200", name="rapport")
    >>> why_linked("article", one, other), why_linked("customer", one, other)
    ('two_properties', 'number')
    """
    if not ours.number or ours.number != theirs.number:
        return ""
    if register != "article":
        return "number"
    return "two_properties" if plain_name(ours.name) == plain_name(theirs.name) else ""


def plain_name(name: str) -> str:
    """A name as the rule compares it: without case and surplus blanks."""
    return " ".join(name.casefold().split())


def find_links(
    register: entries.Register,
    severa: Sequence[entries.Entry],
    fortnox: Sequence[entries.Entry],
    verdicts: Mapping[tuple[str, str], bool],
) -> dict[tuple[str, str], Why]:
    """Who is linked with whom and why, by both keys. What people decided comes first; a number that stands twice links nothing."""
    known = {one.key for one in severa}, {one.key for one in fortnox}
    links: dict[tuple[str, str], Why] = {}
    bound: tuple[set[str], set[str]] = set(), set()
    for pair in (pair for pair, is_same in verdicts.items() if is_same):
        if all(key in of and key not in taken for key, of, taken in zip(pair, known, bound, strict=True)):
            links[pair] = "decision"
            bound[0].add(pair[0])
            bound[1].add(pair[1])
    ours = _by_identity(register, [one for one in severa if one.key not in bound[0]])
    theirs = _by_identity(register, [one for one in fortnox if one.key not in bound[1]])
    for identity, found in ours.items():
        others = theirs.get(identity, [])
        if len(found) == len(others) == 1 and verdicts.get((found[0].key, others[0].key), True):
            links[found[0].key, others[0].key] = why_linked(register, found[0], others[0])
    return links


def _by_identity(register: entries.Register, listed: Sequence[entries.Entry]) -> dict[tuple[str, str], list[entries.Entry]]:
    found: dict[tuple[str, str], list[entries.Entry]] = {}
    for one in listed:
        if one.number:
            found.setdefault((one.number, plain_name(one.name) if register == "article" else ""), []).append(one)
    return found
