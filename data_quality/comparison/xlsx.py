"""The report as a spreadsheet: every row of the plan, with the score of each field, to filter and to work down."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - it has none

from data_quality.comparison import content
from data_quality.comparison import texts_nb as texts
from data_quality.report import cells
from fakturabro.domain import first_plans

_COMPARED = ("organisation_number", "email", "address")
_SCORED = ("name", "number", *_COMPARED)
_SYSTEMS = (texts.SEVERA, texts.FORTNOX)


def render(report: content.Report) -> bytes:
    """The same report always gives the same bytes."""
    target = io.BytesIO()
    texts_only = {"strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
    book: Any = xlsxwriter.Workbook(target, {"in_memory": True, **texts_only, "remove_timezone": True})
    made_at = report.made_at.replace(tzinfo=None)
    book.set_properties({"title": f"{texts.TITLES[report.title]} {texts.FOR} {cells.text(report.client, 200)}", "created": made_at})
    looks = cells.Formats(book)
    _overview(book.add_worksheet(texts.OVERVIEW), report, looks)
    for action, name in texts.ACTIONS.items():
        _write(book.add_worksheet(name), content.find(report.plan, action), looks)
    _write(book.add_worksheet(texts.PERHAPS), content.find_near(report.plan), looks)
    book.close()
    return target.getvalue()


def _overview(sheet: Any, report: content.Report, looks: cells.Formats) -> None:
    columns = [(texts.REGISTER, 26), *((name, 20) for name in texts.ACTIONS.values())]
    counts = (
        (name, *(report.plan.count(register, action) for action in texts.ACTIONS)) for register, name in texts.REGISTERS.items()
    )
    cells.write_table(sheet, columns, counts, len(texts.REGISTERS), looks)
    below = len(texts.REGISTERS) + 2
    for at, said in enumerate((f"{texts.TITLES[report.title]} {texts.FOR} {report.client}", texts.FOOT), below):
        sheet.write_string(at, 0, cells.text(said))
    sheet.write_string(below + 2, 0, texts.MADE)
    cells.write(sheet, below + 2, 1, report.made_at.replace(tzinfo=None), looks)


def _write(sheet: Any, rows: Sequence[first_plans.Row], looks: cells.Formats) -> None:
    cells.write_table(sheet, list(_heads()), (tuple(_cells(row)) for row in rows), len(rows), looks)


def _heads() -> Iterator[tuple[str, int]]:
    yield texts.REGISTER, 12
    for pattern, width in ((texts.NUMBER_IN, 14), (texts.NAME_IN, 34)):
        yield from ((pattern.format(system=system), width) for system in _SYSTEMS)
    yield texts.POINTS, 12
    yield from ((f"{texts.LIKENESS}: {texts.FIELDS[name].lower()}", 12) for name in _SCORED)
    for name in _COMPARED:
        yield from ((texts.OF.format(field=texts.FIELDS[name], system=system), 26) for system in _SYSTEMS)
    yield texts.REASON, 34
    yield texts.REMEDY, 60


def _cells(row: first_plans.Row) -> Iterator[cells.Cell]:
    both = (row.severa or (row.perhaps if row.fortnox else None), row.fortnox or (row.perhaps if row.severa else None))
    kind = row.severa.kind if row.severa else ""
    yield texts.KINDS.get(kind) or texts.ONE[row.register]
    for name in ("number", "name"):
        yield from (cells.text(content.shown(one, name)) for one in both)
    yield row.scores.points if row.scores else None
    yield from (getattr(row.scores, name, None) for name in _SCORED)
    for name in _COMPARED:
        yield from (cells.text(content.shown(one, name)) for one in both)
    yield texts.REASONS[row.why]
    yield content.remedy(row)
