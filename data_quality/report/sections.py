"""What the page and the PDF are put together from: sections of finished texts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from data_quality.report import cases, content, wording

MOST_CASES = 100
"""How many customer cards, documents or lines a section shows."""


class Trend(msgspec.Struct, frozen=True):
    """The picture, what it shows in words, and its figures."""

    svg: str
    alternative: str
    table_title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Table(msgspec.Struct, frozen=True):
    """The first cell of a row names it, the others are figures."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and what stands under it; most of it is empty in most sections."""

    key: str
    title: str
    intro: str = ""
    cases: tuple[cases.Case, ...] = ()
    remedy: str = ""
    """What the line is called that says what to do; with us it is what we do."""
    table_intro: str = ""
    table: Table | None = None
    lines: tuple[str, ...] = ()
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headings of a lower level with their sentences."""
    trend: Trend | None = None
    more: str = ""


def more(left: Sequence[content.Item | content.Released], language: content.Language) -> str:
    """That so many are not shown."""
    return wording.say("more", language, count=wording.integer(len(left), language), sum=wording.in_brackets(left, language))
