"""What a suite is made of: tables that are filled from subjects, and rules that are expectations on a table's columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

Subject = TypeVar("Subject")
Row = Mapping[str, Any]
"""The columns that an expectation looked at, of one row that it did not like."""


def blank(_: Row) -> str:
    """Nothing to show."""
    return ""


def column(name: str) -> Callable[[Row], str]:
    """Show the column `name` as it stands, nothing when it is empty. Amounts stay plain: "1250.50"."""
    return lambda row: "" if row[name] is None else str(row[name])


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation, the code of the finding when a row breaks it, and the field in the words of the source."""

    code: str
    field: str
    expectation: Expectation
    value: Callable[[Row], str] = blank
    suggestion: Callable[[Row], str] = blank
    silenced_by: tuple[str, ...] = ()
    """Codes that say it already when they were found before about the same field, the whole it is a part of, or the same value."""
    explained_by: tuple[str, ...] = ()
    """Codes of which this is a mere consequence, whatever field they were found in before; what holds more is told all the same."""


class Table(msgspec.Struct, Generic[Subject], frozen=True, kw_only=True):
    """Rows of domain values, `id` first. `may_be_empty` where a subject need not have a row."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Subject], Iterable[tuple[Any, ...]]]
    rules: tuple[Rule, ...]
    may_be_empty: bool = False


class Suite(msgspec.Struct, Generic[Subject], frozen=True, kw_only=True):
    """All that is checked of one kind of subject. The order of tables and rules is the order of the findings."""

    tables: tuple[Table[Subject], ...]
