"""Findings: what a check says of a document. Values, never exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

Severity = Literal["block", "warn", "info"]
WAITS_FOR_ITSELF = "credit_note_waits_for_invoice"
OURS = frozenset(
    {
        "kind_differs",
        "number_differs",
        "cannot_be_produced",
        "kid_not_possible",
        "missing_assignment_notice",
        "element_not_carried",
    }
)
"""Codes of what only operators can mend: nothing that the client does releases a document from them."""
NOT_THE_CLIENTS = OURS | {WAITS_FOR_ITSELF}
Actor = Literal["client", "operators", "nobody"]
_KEPT = 500
_CUT = 100
_MOST_HELD = 100


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One remark on one document.

    `code` is the key of the sentences in data_quality/messages; `value` is already masked where it may name a person;
    `line` is the line of the file it was read from, where there is one.
    """

    code: str
    severity: Severity
    field: str = ""
    value: str = ""
    suggestion: str = ""
    line: int | None = None
    holds: tuple[str, ...] = ()
    """Purposes (book, distribute ...) or channels ("channel:ehf") that this finding holds."""

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes among what it holds: a channel that is closed holds no document back, it takes another way."""
        return tuple(one for one in self.holds if not one.startswith("channel:"))


class Findings(list[Finding]):
    """What is odd in a file: the first 500 of each severity, and how many there were.

    `held` are the places of what is odd by itself: nothing of that is used, and the rest of the file goes on. What is wrong may be
    known at the end of a place only, so a file is read twice: the second time with what the first reading held. Of each place that
    is held one finding is kept, however many others there are: what is left out is always told.
    """

    def __init__(self, held: Iterable[str] = ()) -> None:
        super().__init__()
        self.counts: dict[Severity, int] = {"block": 0, "warn": 0, "info": 0}
        self.held = set(held)
        self._told = set[str]()

    def add(
        self,
        severity: Severity,
        code: str,
        *,
        line: int | None = None,
        field: str = "",
        value: str = "",
        holds: tuple[str, ...] = (),
    ) -> None:
        """Note one; `value` is cut after 100 characters."""
        self.counts[severity] += 1
        if self.counts[severity] <= _KEPT or not self._told.issuperset(holds):
            self.append(Finding(code=code, severity=severity, line=line, field=field, value=value[:_CUT], holds=holds))
            self._told.update(holds)

    def hold(self, place: str, code: str, *, line: int | None = None, field: str = "", value: str = "") -> None:
        """Note that nothing of `place` may be used; after 100 places nothing of the file may be."""
        if place not in self.held and len(self.held) >= _MOST_HELD:
            self.add("block", "too_many_held", line=line, field=field)
            return
        self.held.add(place)
        self.add("warn", code, line=line, field=field, value=value, holds=(place,))


def who_must_act(found: Iterable[Finding]) -> Actor:
    """Who can mend what holds a document back; nobody where a credit note waits for nothing but its invoice.

    >>> waits = Finding(code=WAITS_FOR_ITSELF, severity="info", holds=("distribute",))
    >>> channel = Finding(code="ehf_rule_broken", severity="warn", holds=("channel:ehf",))
    >>> who_must_act([waits, channel]), who_must_act([waits, Finding(code="kid_not_possible", severity="block", holds=("book",))])
    ('nobody', 'operators')
    """
    codes = {one.code for one in found if one.purposes}
    if codes == {WAITS_FOR_ITSELF}:
        return "nobody"
    return "operators" if codes and codes <= NOT_THE_CLIENTS else "client"
