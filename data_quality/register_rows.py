"""From a customer, an article or a project that is to be carried over to the rows that its suite looks at: number and name, its
counterpart, and each value beside what the other system can take.

Values are compared here and never shown, but for codes and numbers: notes and names of people leave in no finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from fakturabro.domain import blanks
from fakturabro.mapping import fortnox_texts, fortnox_to_severa_customers, mapped

_LONGEST = {
    "customer": fortnox_texts.CUSTOMER["CustomerNumber"],
    "article": fortnox_texts.ARTICLE["ArticleNumber"],
    "project": fortnox_texts.PROJECT["ProjectNumber"],
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a register to check. `id` is the ledger's, unique in the batch."""

    id: int
    kind: Literal["customer", "article", "project"]
    to: Literal["severa", "fortnox"]
    number: str
    """Empty where it has none."""
    name: str
    checked: Sequence[mapped.Checked] = ()
    """Of the mapping (mapped.Mapped.checked)."""
    is_active: bool = True
    other_is_active: bool | None = None
    """Of the entry that it is paired with; None without one."""
    same_number: int = 1
    """How many on its own side have this number, itself too."""
    paired_number: str = ""
    """The number of the entry that it is paired with; empty without one."""
    other_name: str = ""
    """Of an article: the name of one on the other side that has its number and is not paired with it."""


COLUMNS = (
    *("id", "kind", "number", "name", "number_for_fortnox", "longest_number", "number_for_severa", "severas_number"),
    *("same_number", "severa_state", "fortnox_state", "compared_number", "paired_number", "article_name", "other_name"),
)
VALUE_COLUMNS = (
    *("id", "field", "longest", "text", "name", "unit", "listed_unit", "spelled_unit", "vat", "known_vat"),
    *("currency", "known_currency", "terms", "known_terms", "country", "known_country"),
)
_LISTED = ("vat", "currency", "terms", "country")


def entry_rows(one: Entry) -> Iterable[tuple[Any, ...]]:
    """The one row of an entry, in the order of COLUMNS; None is what is not there, or not looked at."""
    number = blanks.filled(one.number)
    for_severa = number if one.kind == "customer" and one.to == "severa" else None
    states = [_state(one.is_active), _state(bool(one.other_is_active))] if one.other_is_active is not None else [None, None]
    yield (
        one.id,
        one.kind,
        number,
        blanks.filled(one.name),
        number if one.to == "fortnox" else None,
        _LONGEST[one.kind],
        for_severa,
        for_severa if fortnox_to_severa_customers.is_number(one.number) else None,
        number if one.same_number > 1 else None,
        *(states if one.to == "fortnox" else reversed(states)),
        number if one.paired_number else None,
        one.paired_number or None,
        one.name if one.other_name else None,
        one.other_name or None,
    )


def value_rows(one: Entry) -> Iterable[tuple[Any, ...]]:
    """A row for each value that the mapping looked at, in the order of VALUE_COLUMNS."""
    for value in one.checked:
        yield (
            one.id,
            value.field,
            value.longest,
            value.value if value.kind == "text" else None,
            value.value if value.kind == "name" else None,
            *_unit(value),
            *(part for kind in _LISTED for part in ((value.value, value.known) if value.kind == kind else (None, None))),
        )


def _unit(value: mapped.Checked) -> tuple[str | None, str | None, str | None]:
    """The unit; the same where Fortnox has it in any case; and as Fortnox writes it."""
    if value.kind != "unit":
        return None, None, None
    there = value.known or value.likeness
    return value.value, value.value if there else None, there or value.value


def _state(is_active: bool) -> str:
    return "active" if is_active else "inactive"
