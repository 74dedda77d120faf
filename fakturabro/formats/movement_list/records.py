"""The record level of movement lists: the cells of each row by field, with the number that the row has on the screen.

Source: RFC 4180.
Assumed: a list that is not UTF-8 is Windows-1252.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from openpyxl.utils import get_column_letter

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.movement_list import layout

Source = bytes | BinaryIO

DELIMITER = ";"
LARGEST = 32_000_000
"""Bytes."""
MOST_ROWS = 250_000
_UTF8_WITHIN = re.compile(rb"\xc3[\x80-\xbf]")


class Headings:
    """Which field stands in which column. Raises ReadError when one is missing or stands twice; unknown ones are reported."""

    def __init__(self, cells: list[str], found: Findings) -> None:
        self._at: dict[str, int] = {}
        self.width = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
        for at, cell in enumerate(cells):
            column = layout.find(cell)
            if column is None and cell:
                found.add("info", "unknown_column", line=1, field=get_column_letter(at + 1), value=cell)
            elif column and column.field in self._at:
                raise payments.ReadError("repeated_heading", 1, at + 1, column.heading)
            elif column:
                self._at[column.field] = at
        missing = [one.heading for one in layout.COLUMNS if one.is_required and one.field not in self._at]
        if missing:
            raise payments.ReadError("no_headings", 1, 1, ", ".join(missing))

    def at(self, field: str) -> int | None:
        return self._at.get(field)


class Record:
    """One row. A cell that is not there is empty; blanks around and within cells are one blank."""

    def __init__(self, number: int, cells: list[str], headings: Headings) -> None:
        self.number, self._cells, self._headings = number, cells, headings

    def __getitem__(self, field: str) -> str:
        at = self._headings.at(field)
        return "" if at is None or at >= len(self._cells) else self._cells[at]

    @property
    def is_empty(self) -> bool:
        return not any(self._cells)

    @property
    def beside(self) -> str:
        """The letter of the first column beyond the headings, when something stands there."""
        return get_column_letter(self._headings.width + 1) if any(self._cells[self._headings.width :]) else ""

    def place(self, column: layout.Column) -> str:
        """The column as people see it: "E Beløp"."""
        at = self._headings.at(column.field)
        return column.heading if at is None else f"{get_column_letter(at + 1)} {column.heading}"


def recognise(head: bytes) -> bool:
    """Whether a file that begins like this has the headings of a movement list."""
    first = head.partition(b"\n")[0]
    try:
        for cells in csv.reader([_text(first, Findings()).strip()], delimiter=DELIMITER):
            return bool(Headings(_cells(cells), Findings()))
    except (payments.ReadError, csv.Error):
        pass
    return False


def records(source: Source, found: Findings) -> Iterator[Record]:
    """The rows below the headings. Raises ReadError for what is no movement list or cannot be read on."""
    data = source if isinstance(source, bytes) else source.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise payments.ReadError("too_large", value=str(LARGEST // 1_000_000))
    if not data.strip():
        raise payments.ReadError("empty_file", 1, 1)
    reader = csv.reader(io.StringIO(_text(data, found), newline=""), delimiter=DELIMITER, strict=True)
    number, headings = 0, None
    try:
        for number, cells in enumerate(reader, 1):
            if number > MOST_ROWS:
                raise payments.ReadError("too_many_rows", number, value=str(MOST_ROWS))
            if headings is None:
                headings = Headings(_cells(cells), found)
            else:
                yield Record(number, _cells(cells), headings)
    except csv.Error as error:
        raise payments.ReadError("bad_csv", number + 1, value=str(error)) from None


def _cells(cells: list[str]) -> list[str]:
    return [" ".join(one.split()) for one in cells]


def _text(data: bytes, found: Findings) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    found.add("info", "windows_1252", line=line)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise payments.ReadError("bad_encoding", line) from None
    if _UTF8_WITHIN.search(data):
        raise payments.ReadError("bad_encoding", line)
    return text
