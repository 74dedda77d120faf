"""What the report shows of a plan: sections, and of each record the fields that both systems have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from data_quality.comparison import texts_nb as texts
from fakturabro.domain import first_plans
from fakturabro.domain.similarity import entries

MOST = 100
"""Rows of a section on the page. The spreadsheet has all."""
_FIELDS = ("number", "name", "organisation_number", "email", "address")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`made_at` in the client's own time; "plan" is what an approver reads before the first synchronisation."""

    title: Literal["similarity", "plan"]
    client: str
    made_at: dt.datetime
    plan: first_plans.Plan


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of two records, and how alike it is in words."""

    name: str
    severa: str
    fortnox: str
    likeness: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that may be the same, named as Severa names them."""

    title: str
    about: str
    points: int
    fields: tuple[Field, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Records of which the same is to be said: (number, name, which system or kind)."""

    title: str
    remedy: str
    lines: tuple[tuple[str, str, str], ...]
    more: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    severa: str
    fortnox: str
    points: int
    reason: str


def to_fields(row: first_plans.Row) -> Iterator[Field]:
    """What is compared of a row's two records."""
    ours, theirs = row.severa or row.perhaps, row.fortnox or row.perhaps
    for name in _FIELDS:
        said = (shown(ours, name), shown(theirs, name))
        if any(said):
            score: int | None = getattr(row.scores, name, None)
            yield Field(name=texts.FIELDS[name], severa=said[0], fortnox=said[1], likeness="" if score is None else f"{score} %")


def shown(one: entries.Entry | None, name: str) -> str:
    """A field as it is read; the address on one line."""
    if one is None:
        return ""
    if name == "address":
        place = " ".join(part for part in (one.postal_code, one.city) if part)
        return ", ".join(part for part in (one.address, place) if part)
    return str(getattr(one, name))


def remedy(row: first_plans.Row) -> str:
    """What to change where, or to answer."""
    is_named_otherwise = row.register == "article" and row.scores is not None and row.scores.number == 100 and not row.is_open
    if is_named_otherwise and row.action != "link":
        return texts.SAME_NUMBER_OTHER_NAME
    return texts.REMEDIES.get(row.why, "")


def find(plan: first_plans.Plan, action: first_plans.Action) -> list[first_plans.Row]:
    """The rows of a section, in the order in which they are read."""
    rows = [row for row in plan.rows if row.action == action]
    if action == "link":
        return sorted(rows, key=lambda row: row.scores.points if row.scores else 0)
    return rows


def find_near(plan: first_plans.Plan) -> list[first_plans.Row]:
    """What may be the same as something else, each pair once, the likest first."""
    near = [row for row in plan.rows if row.perhaps and row.severa]
    return sorted(near, key=lambda row: -(row.scores.points if row.scores else 0))


def to_case(row: first_plans.Row) -> Case:
    named = row.severa or row.fortnox
    about = _about(row, texts.PERHAPS if row.perhaps else texts.REASONS[row.why])
    points = row.scores.points if row.scores else 0
    return Case(title=named.name if named else "", about=about, points=points, fields=tuple(to_fields(row)))


def to_remedies(rows: Sequence[first_plans.Row]) -> dict[str, str]:
    """What to do or to answer, once for each reason."""
    return {texts.REASONS[row.why]: remedy(row) for row in rows}


def _about(row: first_plans.Row, reason: str) -> str:
    return f"{texts.ONE[row.register]}: {reason[:1].lower()}{reason[1:]}"


def to_groups(rows: Sequence[first_plans.Row]) -> Iterator[Group]:
    """Rows by register and reason, in the order in which they come."""
    found: dict[tuple[entries.Register, first_plans.Why], list[first_plans.Row]] = {}
    for row in rows:
        found.setdefault((row.register, row.why), []).append(row)
    for (register, why), of_group in found.items():
        title = f"{texts.REGISTERS[register]}: {texts.REASONS[why][:1].lower()}{texts.REASONS[why][1:]}"
        lines = tuple(_line(row) for row in of_group[:MOST])
        yield Group(
            title=f"{title} ({texts.grouped(len(of_group))})",
            remedy=texts.REMEDIES.get(why, ""),
            lines=lines,
            more=more(len(of_group)),
        )


def _line(row: first_plans.Row) -> tuple[str, str, str]:
    one = row.severa or row.fortnox
    assert one  # noqa: S101 a row is about one of them at least
    system = texts.SEVERA if row.severa and not row.fortnox else texts.FORTNOX if not row.severa else ""
    kind = texts.KINDS.get(one.kind, "")
    return one.number, one.name, ", ".join(part for part in (kind, system) if part)


def to_link(row: first_plans.Row) -> Link:
    both = [f"{one.number} {one.name}" if one else "" for one in (row.severa, row.fortnox)]
    return Link(severa=both[0], fortnox=both[1], points=row.scores.points if row.scores else 0, reason=texts.REASONS[row.why])


def more(count: int) -> str:
    """What the page leaves to the spreadsheet; "" where it has all."""
    return texts.MORE.format(count=texts.grouped(count - MOST)) if count > MOST else ""


def overview(plan: first_plans.Plan) -> list[tuple[str, list[str]]]:
    """How many of each register, by action."""
    return [
        (name, [texts.grouped(plan.count(register, action)) for action in texts.ACTIONS])
        for register, name in texts.REGISTERS.items()
    ]


def deadline(plan: first_plans.Plan) -> str:
    """What stands in the way."""
    count = sum(row.is_open for row in plan.rows)
    if not count:
        return texts.DECIDED
    return texts.OPEN_ONE if count == 1 else texts.OPEN_SOME.format(count=texts.grouped(count))
