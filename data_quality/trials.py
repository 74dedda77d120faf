"""Trying other rules: what would change for each document. Pure values; which documents are tried is the caller's choice.

What does not belong here: the check itself (checking), a ledger query, the table that people see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from data_quality import blocking
from fakturabro.domain import findings


class Reweighed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that stays, with another severity or other holds."""

    before: findings.Finding
    after: findings.Finding


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What other rules would change for one document; `document_id` is the ledger's."""

    document_id: int
    come: tuple[findings.Finding, ...] = ()
    go: tuple[findings.Finding, ...] = ()
    reweighed: tuple[Reweighed, ...] = ()
    holds_before: tuple[str, ...] = ()
    """Everything that the document's findings held, sorted."""
    holds_after: tuple[str, ...] = ()

    @property
    def held(self) -> tuple[str, ...]:
        """What would be held that is not held now."""
        return tuple(hold for hold in self.holds_after if hold not in self.holds_before)

    @property
    def released(self) -> tuple[str, ...]:
        """What would no longer be held."""
        return tuple(hold for hold in self.holds_before if hold not in self.holds_after)


Found = Mapping[int, Sequence[findings.Finding]]
_Key = tuple[str, str, str, int]


def compare(before: Found, after: Found) -> list[Change]:
    """A change for each document that one of the two judges otherwise, by the document's id. Raises ValueError.

    Both must have judged the same documents: one that stands on one side only would look as if everything came or went.
    """
    strangers = sorted(before.keys() ^ after.keys())
    if strangers:
        raise ValueError(
            f"{len(strangers)} documents were judged by one set of rules only, such as {strangers[0]}; try both on all"
        )
    changes = (_change(one, before[one], after[one]) for one in sorted(before))
    return [change for change in changes if change.come or change.go or change.reweighed]


def weigh_later(rules: blocking.Rules, stands: Iterable[findings.Finding]) -> list[findings.Finding]:
    """What stations after the check have found, as these rules weigh it; what they switch off is gone."""
    later = (one for one in stands if one.code in blocking.FOUND_LATER)
    weighed = (rules.finding(one.code, field=one.field, value=one.value, suggestion=one.suggestion) for one in later)
    return [one for one in weighed if one]


def find_untried(before: blocking.Rules, after: blocking.Rules) -> list[str]:
    """The codes that the two weigh otherwise, of those that no check finds: of them, only what stands now is weighed anew."""
    return [code for code in sorted(blocking.FOUND_LATER) if before.finding(code) != after.finding(code)]


def _change(document_id: int, before: Sequence[findings.Finding], after: Sequence[findings.Finding]) -> Change:
    old, new = _keyed(before), _keyed(after)
    both = [(old[key], new[key]) for key in old if key in new]
    return Change(
        document_id=document_id,
        come=tuple(finding for key, finding in new.items() if key not in old),
        go=tuple(finding for key, finding in old.items() if key not in new),
        reweighed=tuple(Reweighed(before=one, after=other) for one, other in both if _weight(one) != _weight(other)),
        holds_before=_holds(before),
        holds_after=_holds(after),
    )


def _keyed(found: Iterable[findings.Finding]) -> dict[_Key, findings.Finding]:
    """By code, field and value, and a count: the same may be found twice, as in two VAT categories."""
    keyed: dict[_Key, findings.Finding] = {}
    for finding in found:
        count = 0
        while (key := (finding.code, finding.field, finding.value, count)) in keyed:
            count += 1
        keyed[key] = finding
    return keyed


def _weight(finding: findings.Finding) -> tuple[str, frozenset[str]]:
    return finding.severity, frozenset(finding.holds)


def _holds(found: Iterable[findings.Finding]) -> tuple[str, ...]:
    return tuple(sorted({hold for finding in found for hold in finding.holds}))
