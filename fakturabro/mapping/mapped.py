"""What comes out of a mapping between the registers of two systems, and what of it differs from what stands there already.

What cannot be taken by the other system is not among the fields: it is said beside them, and a suite finds what a person must mend.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal

import msgspec

from fakturabro.mapping import field_tables, fortnox_texts
from fakturabro.mapping import register_messages as messages
from fakturabro.systems.severa import wire

Value = str | bool | int | Decimal | dt.date | None
Fields = Mapping[str, Value]
"""By the names of the system that gets them: "VisitingCity" in Fortnox, "/notes" in Severa, "billing:/city" of an address there."""
RATES: Mapping[str, tuple[Decimal, ...]] = {
    "SE": (Decimal(25), Decimal(12), Decimal(6), Decimal(0)),
    "NO": (Decimal(25), Decimal(15), Decimal(12), Decimal(0)),
}
"""The rates of VAT in percent of the country that Fortnox' books are kept in."""


class NotCarried(msgspec.Struct, frozen=True, array_like=True):
    """A value that did not go over, or not whole; `name` as the field tables have it, `why` as a person reads it."""

    name: str
    value: str
    why: str


class Change(msgspec.Struct, frozen=True, array_like=True):
    """A field that was overwritten, as a person reads it."""

    name: str
    before: str
    after: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A value beside what the other system can take: what a suite looks at."""

    field: str
    value: str
    kind: Literal["name", "text", "unit", "terms", "currency", "country", "vat"] = "text"
    known: str | None = None
    """The same as the other system's own list has it, where there is one."""
    likeness: str = ""
    """What that list has in another case."""
    longest: int | None = None
    """How many characters there is room for; None where there is no limit, or where a text is cut."""


class Lookups(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The lists of both systems: Fortnox' codes of units and terms, its rates of VAT; Severa's countries and currencies by code."""

    units: Collection[str] = ()
    terms: Collection[str] = ()
    vat_rates: Collection[Decimal] = RATES["SE"]
    countries: Mapping[str, wire.Country] = {}
    currencies: Mapping[str, wire.Currency] = {}

    @functools.cached_property
    def _codes(self) -> Mapping[str, str]:
        """A country's code by its key and by its names."""
        names = ((name, code) for code, one in self.countries.items() for name in (one.guid, one.name, one.english_name))
        return {name.casefold(): code for name, code in names if name}

    def country_code(self, country: wire.Country) -> str | None:
        """The two letters of a country that Severa names by key or name; None for one that it does not list."""
        stated = (country.code2, country.guid, country.name, country.english_name)
        found = (self._codes.get(one.casefold()) for one in stated[1:] if one)
        return stated[0] or next((code for code in found if code), None)


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` is what the other system shall say; `stated` are all that the source says something of, taken or not."""

    fields: dict[str, Value]
    titles: dict[str, str]
    """Per field its name in the field tables."""
    shown: dict[str, str]
    """Per field that is a key what the key means."""
    stated: frozenset[str]
    not_carried: tuple[NotCarried, ...]
    notes: tuple[str, ...]
    checked: tuple[Checked, ...]


class Draft:
    """Fields as they are put together. Of a row of the table that is not continuous, nothing is put where only those count."""

    def __init__(self, table: str, *, continuous_only: bool) -> None:
        self._table, self._continuous_only = table, continuous_only
        self._fields: dict[str, Value] = {}
        self._titles: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._stated: set[str] = set()
        self._not_carried: list[NotCarried] = []
        self._notes: list[str] = []
        self._checked: list[Checked] = []

    def carries(self, row: str) -> bool:
        """Whether the row of the table is carried now."""
        return not self._continuous_only or field_tables.is_continuous(self._table, row)

    @property
    def is_new(self) -> bool:
        """Whether the thing is to be made."""
        return not self._continuous_only

    def has(self, start: str) -> bool:
        """Whether a field whose name starts like this was put."""
        return any(name.startswith(start) for name in self._fields)

    def put(self, row: str, name: str, value: Value, shown: str = "") -> None:
        """The field shall say `value`; one that says nothing is left out."""
        if value is None or value == "" or not self.carries(row):
            return
        self._stated.add(name)
        self._fields[name], self._titles[name] = value, row
        if shown:
            self._shown[name] = shown

    def text(self, row: str, name: str, value: str | None, longest: int | None = None, *, cuts: bool = False) -> None:
        """A text for Fortnox. One that it does not take is left out; one that is too long is cut, if that is allowed."""
        text = plain(value)
        if not text or not self.carries(row):
            return
        refused, too_long = fortnox_texts.refused(text), longest is not None and len(text) > longest
        kind = "name" if row == field_tables.NAME else "text"
        self.check(Checked(field=row, value=text, kind=kind, longest=None if cuts else longest))
        if refused:
            self.leave(row, name, text, messages.REFUSED_SIGNS.format(signs=refused))
        elif longest is not None and too_long and not cuts:
            self.leave(row, name, text, messages.TOO_LONG.format(longest=longest))
        elif longest is not None and too_long:
            self.put(row, name, fortnox_texts.cut(text, longest))
            self.leave(row, name, text, messages.CUT.format(longest=longest))
        else:
            self.put(row, name, text)

    def listed(self, row: str, name: str, checked: Checked, value: Value, shown: str = "") -> None:
        """A value that the other system must have in a list of its own; one that it has not is left out."""
        if not self.carries(row):
            return
        self.check(checked)
        if checked.known is None:
            self.leave(row, name, checked.value, messages.NOT_LISTED[checked.kind])
        else:
            self.put(row, name, value, shown)

    def check(self, checked: Checked) -> None:
        """Let the suite look at it."""
        self._checked.append(checked)

    def leave(self, row: str, name: str, value: str | None, why: str) -> None:
        """The field `name` (empty: there is none) does not get the value, or not whole."""
        if value and self.carries(row):
            self._stated.add(name)
            self._not_carried.append(NotCarried(name=row, value=value, why=why))

    def note(self, text: str) -> None:
        """Say something in the transfer log."""
        self._notes.append(text)

    def mapped(self, before: Mapped | None = None, empty: Value = "", kept: Collection[str] = ()) -> Mapped:
        """What came out. What `before` had and nothing is said of now is emptied (`empty`), but for `kept`, which cannot be."""
        last = before.fields if before else {}
        for name in sorted(last.keys() - self._stated):
            title = before.titles[name] if before else ""
            if _is_one_of(name, kept):
                self._not_carried.append(NotCarried(name=title, value="", why=messages.NOT_EMPTIED))
            elif not isinstance(last[name], bool):
                self._fields[name], self._titles[name] = empty, title
        return Mapped(
            fields=self._fields,
            titles=self._titles,
            shown=self._shown,
            stated=frozenset(self._stated),
            not_carried=tuple(self._not_carried),
            notes=tuple(self._notes),
            checked=tuple(self._checked),
        )


def find(wanted: str, listed: Iterable[str]) -> str | None:
    """What a list has exactly as it is wanted."""
    return wanted if wanted in frozenset(listed) else None


def plain(text: str | None) -> str:
    """A text without blanks around it, and with one kind of line breaks."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def differing(fields: Fields, standing: Fields, longest: Mapping[str, int] | None = None) -> dict[str, Value]:
    """What of `fields` does not stand there yet. A text that the other side had cut to `longest` does not differ for that."""
    return {name: value for name, value in fields.items() if not _is_same(value, standing.get(name), (longest or {}).get(name))}


def changes(mapped: Mapped, sent: Iterable[str], standing: Fields) -> tuple[Change, ...]:
    """What was overwritten by the fields that were sent, as a person reads it."""
    return tuple(
        Change(
            name=f"{mapped.titles.get(name, name)} ({name})",
            before=_said(standing.get(f"{name.removesuffix('/guid')}/shown", standing.get(name))),
            after=mapped.shown.get(name) or _said(mapped.fields.get(name)),
        )
        for name in sent
    )


def _is_one_of(name: str, kept: Collection[str]) -> bool:
    return name.partition(":")[2] in kept or name in kept


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return messages.YES if value else messages.NO
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "" if value is None else str(value)


def _is_same(value: Value, standing: Value, longest: int | None) -> bool:
    if isinstance(value, bool) or isinstance(standing, bool):
        return value is standing
    if isinstance(value, int | Decimal):
        try:
            return Decimal(str(standing)) == value
        except InvalidOperation:
            return False
    one, other = plain(_said(value)), plain(_said(standing))
    return one == (fortnox_texts.cut(other, longest) if longest else other)
