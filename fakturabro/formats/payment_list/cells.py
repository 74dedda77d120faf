"""One row of a payment list: its cells by column, with an error that names the column of the one that cannot be used."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from openpyxl.utils import get_column_letter

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.payment_list import layout, sheets, values


class CellError(ValueError):
    """What is wrong in one cell. `code` is a key of messages, `place` the column as people see it: "C Beløp"."""

    def __init__(self, code: str, place: str = "", value: object = "") -> None:
        super().__init__(f"{place}: {code}")
        self.code, self.place, self.value = code, place, "" if value is None else str(value)


class Headings:
    """Which column stands where. Raises ReadError when one stands twice; those that nobody knows are reported."""

    def __init__(self, number: int, cells: list[object], found: Findings) -> None:
        self._columns: dict[str, tuple[int, layout.Column]] = {}
        if any(layout.plain(cell) == layout.plain(layout.ANSWER) for cell in cells):
            raise payments.ReadError("is_an_answer", number)
        for at, column in sheets.headings(cells).items():
            if column.field in self._columns:
                raise payments.ReadError("repeated_heading", number, at + 1, column.heading)
            self._columns[column.field] = at, column
        filled = [at for at, cell in enumerate(cells) if cell not in (None, "")]
        self.width = filled[-1] + 1 if filled else 0
        for at in filled:
            if not layout.find(cells[at]):
                found.add("info", "unknown_column", line=number, field=get_column_letter(at + 1), value=str(cells[at]))

    def at(self, field: str) -> int | None:
        return self._columns[field][0] if field in self._columns else None

    def place(self, field: str) -> str:
        """Letter and heading."""
        at, column = self._columns[field]
        return f"{get_column_letter(at + 1)} {column.heading}"

    def longest(self, field: str) -> int:
        return self._columns[field][1].longest


class Cells:
    """The cells of one row. Everything raises CellError for what is not trusted; a column that is not there is empty."""

    def __init__(self, headings: Headings, cells: list[object]) -> None:
        self._headings, self._cells = headings, cells

    @property
    def first(self) -> object:
        """What stands first, None in an empty row."""
        return next((cell for cell in self._cells if cell not in (None, "")), None)

    def check_width(self) -> None:
        """Cells beyond the headings: a comma within an amount has parted it, or somebody wrote beside the table."""
        if any(cell not in (None, "") for cell in self._cells[self._headings.width :]):
            raise CellError("too_many_cells", get_column_letter(self._headings.width + 1))

    def error(self, code: str, field: str, value: object = "") -> CellError:
        """For what the cell says."""
        return CellError(code, self._headings.place(field), value)

    def text(self, field: str) -> str:
        cell = self._get(field)
        found = values.text(cell)
        if found is None:
            raise self.error("rounded_number" if isinstance(cell, (int, float)) else "bad_text", field, cell)
        if found and len(found) > self._headings.longest(field):
            raise self.error("text_too_long", field, found)
        return found

    def amount(self) -> Decimal:
        cell = self._get("amount")
        found = values.amount(cell)
        if found is None:
            raise self.error("bad_amount", "amount", cell)
        return found

    def date(self, field: str) -> dt.date | None:
        cell = self._get(field)
        found = values.date(cell)
        if found is None and cell not in (None, ""):
            raise self.error("bad_date", field, cell)
        return found

    def _get(self, field: str) -> object:
        at = self._headings.at(field)
        cell = None if at is None or at >= len(self._cells) else self._cells[at]
        if isinstance(cell, sheets.Formula):
            raise self.error("formula", field, cell)
        return cell
