"""Cells of a spreadsheet: real numbers and dates, and texts that never become formulas.

Texts are written as strings into cells of the format "text", so that editing a cell does not wake one up. One that begins like a
formula also gets an apostrophe, which a reader sees and which stays when somebody saves the sheet as CSV and opens that; plain
numbers and telephone numbers ("+47 900 00 000") do without, a spreadsheet makes nothing but a number of them.

Source: https://owasp.org/www-community/attacks/CSV_Injection and https://xlsxwriter.readthedocs.io/
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from data_quality.report import cleaning

Cell = str | int | Decimal | dt.date | dt.datetime | None
MOST_ROWS = 1_048_500
"""A little less than a sheet can have."""
LONGEST = 32_000
"""Characters of a cell, likewise."""
WIDTHS: Mapping[str, int] = {
    "kind": 11,
    "number": 14,
    "buyer": 34,
    "customer_number": 12,
    "amount": 14,
    "currency": 8,
    "since": 13,
    "holds": 30,
    "field": 24,
    "what": 50,
    "value": 26,
    "remedy": 60,
    "suggestion": 30,
    "became": 16,
    "movement": 26,
    "until": 12,
    "role": 32,
    "ours": 16,
    "theirs": 16,
    "difference": 14,
    "cause": 70,
}
"""Of columns."""
_EXACT = 10**15
"""Larger numbers (in minor units) have more digits than a spreadsheet keeps; they are written as texts."""
_FORMULA = re.compile(r"[=@]|[+-](?![\d\s.,()/-]*$)")


@functools.lru_cache(maxsize=1024)
def text(value: str, longest: int = 2000) -> str:
    """A text from outside as a cell may hold it.

    >>> text("=1+1"), text("+47 900 00 000"), text("-2+3"), text("\\t@SUM(A1)")
    ("'=1+1", '+47 900 00 000', "'-2+3", "'@SUM(A1)")
    """
    line = cleaning.line(value, longest)
    return f"'{line}" if _FORMULA.match(_first(line)) else line


def _first(line: str) -> str:
    """The line, or how it begins where its first sign is a wide or raised one, which some spreadsheets take for the plain sign."""
    return line if line[:1].isascii() else unicodedata.normalize("NFKC", line[:40])


def money(minor: int) -> Decimal | str:
    """Major units; a text where a spreadsheet would lose digits."""
    exact = Decimal(f"{minor}e-2")
    return exact if abs(minor) < _EXACT else f"{exact:f}"


class Formats:
    """How cells look; one per workbook of XlsxWriter, whose types are not published."""

    def __init__(self, book: Any) -> None:
        def plain(number: str) -> Any:
            return book.add_format({"num_format": number, "valign": "top", "text_wrap": True})

        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "num_format": "@"})
        self.title = book.add_format({"bold": True, "font_size": 14, "num_format": "@"})
        self.text, self.money, self.whole = plain("@"), plain("#,##0.00"), plain("#,##0")
        self.date, self.moment = plain("dd.mm.yyyy"), plain("dd.mm.yyyy hh:mm")


def write_table(sheet: Any, columns: Sequence[tuple[str, int]], rows: Iterable[Iterable[Cell]], count: int, looks: Formats) -> None:
    """A heading that stays and is repeated on paper, column widths and a filter; then the rows, as many as a sheet can have."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(min(count, MOST_ROWS), 1), len(columns) - 1)
    for at, (name, width) in enumerate(columns):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, looks.head)
    for down, row in enumerate(rows, 1):
        if down > MOST_ROWS:
            break
        for across, cell in enumerate(row):
            write(sheet, down, across, cell, looks)


def write(sheet: Any, row: int, column: int, cell: Cell, looks: Formats) -> None:
    """Text is written as text whatever it looks like; nothing for nothing."""
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, looks.text)
    elif isinstance(cell, dt.datetime):
        sheet.write_datetime(row, column, cell, looks.moment)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(cell, dt.time()), looks.date)
    elif isinstance(cell, Decimal):
        sheet.write_number(row, column, cell, looks.money)
    elif abs(cell) < _EXACT:
        sheet.write_number(row, column, cell, looks.whole)
    else:
        sheet.write_string(row, column, str(cell), looks.text)
