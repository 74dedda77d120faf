"""The report as a spreadsheet: every row of it, with real numbers and dates and a chart that the spreadsheet draws.

What does not belong here: what a cell may hold (cells).
"""

from __future__ import annotations

import contextlib
import io
import pathlib
import shutil
import tempfile
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - it has none

from data_quality.report import cases, cells, cleaning, content, returned, wording
from data_quality.report.cells import Cell, money, text

_MANY_ROWS = 5_000
"""From here on rows go to a file as they come, instead of into memory."""
_FOLDER, _ABANDONED_AFTER = "fakturabro-report-", 3_600
"""How a folder for such files is named, and after how many seconds without a change nobody writes there any more."""
_PROBLEMS = ("field", "what", "value", "remedy", "suggestion")
_FIGURES = (*wording.LEFT, *wording.RIGHT)
_SERIES: Mapping[str, tuple[int, Mapping[str, object]]] = {
    "fetched": (1, {"line": {"color": "#1C2126"}}),
    "sent": (2, {"line": {"color": "#0B5CAD", "dash_type": "dash"}}),
    "held": (3, {"fill": {"color": "#4D5660"}}),
}
"""Column of the trend's sheet, and how the chart shows it."""
_DOCUMENT = ("kind", "number", "buyer", "customer_number", "amount", "currency")
_COLUMNS: Mapping[str, Sequence[str]] = {
    "held": (*_DOCUMENT, "since", "holds", *_PROBLEMS),
    "warnings": (*_DOCUMENT, *_PROBLEMS),
    "cards": ("buyer", "customer_number", "holds", *_PROBLEMS),
    "waits_on_us": (*_DOCUMENT, "since", *_PROBLEMS),
    "released": ("kind", "number", "buyer", "amount", "currency", "became"),
    "returns": ("movement", "number", "customer_number", "amount", "currency", *_PROBLEMS),
    "reconciliation": ("until", "role", "currency", "ours", "theirs", "difference", "cause"),
}


def render(report: content.Report) -> bytes:
    """The same report always gives the same bytes."""
    rows = len(report.held) + len(report.warnings) + len(report.cards) + len(report.waits_on_us) + len(report.released)
    if rows <= _MANY_ROWS:
        return _render(report, None)
    with _private_folder() as folder:
        return _render(report, folder)


def _render(report: content.Report, folder: str | None) -> bytes:
    target = io.BytesIO()
    book = _Book(target, report, folder)
    book.overview()
    book.items("held", report.held)
    book.items("warnings", report.warnings)
    book.items("cards", report.cards)
    book.released()
    book.items("waits_on_us", report.waits_on_us)
    if report.returns:
        book.items("returns", [*report.returns.held, *report.returns.overpaid])
        book.reconciliation(report.returns)
    book.trend()
    book.certificates()
    book.close()
    return target.getvalue()


@contextlib.contextmanager
def _private_folder() -> Generator[str]:
    """Where rows may lie in clear text for the moment: nobody else's, and gone afterwards.

    What a process left that was killed meanwhile goes with the next report.
    """
    for left in pathlib.Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with contextlib.suppress(OSError):  # another's, or gone meanwhile
            if left.lstat().st_mtime < time.time() - _ABANDONED_AFTER:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
        yield folder


class _Book:
    """The workbook under way, top to bottom, one sheet after the other. With a `folder` the rows go to files in it."""

    def __init__(self, target: io.BytesIO, report: content.Report, folder: str | None) -> None:
        self._report = report
        self._language: content.Language = report.language
        memory = {"constant_memory": folder is not None, "in_memory": folder is None, "tmpdir": folder}
        texts = {"strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
        self._book: Any = xlsxwriter.Workbook(target, {**memory, **texts, "remove_timezone": True})
        title = wording.say("title", self._language, client=cleaning.line(report.client, 200), when=wording.when(report))
        self._book.set_properties({"title": title, "created": report.made_at.replace(tzinfo=None)})
        self._looks = cells.Formats(self._book)

    def close(self) -> None:
        """Put the file together."""
        self._book.close()

    def overview(self) -> None:
        """What the first lines of the page say, as figures."""
        sheet = self._book.add_worksheet(self._say("sheet_overview"))
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 60)
        sheet.write_string(0, 0, wording.first_line(self._report), self._looks.title)
        sheet.write_string(1, 0, wording.deadline(self._report) or self._say("calm"))
        for at, (name, value) in enumerate(self._facts(), 3):
            sheet.write_string(at, 0, name, self._looks.text)
            cells.write(sheet, at, 1, value, self._looks)

    def items(self, key: str, items: Sequence[content.Item]) -> None:
        """One row per document or card. Several problems stand one under the other in their cells."""
        rows = (self._item(item, _COLUMNS[key]) for item in items)
        self._sheet(key, self._heads(key), rows, len(items))

    def released(self) -> None:
        """What waited last time and does not any more."""
        released = self._report.released
        rows = (
            (
                self._say(f"kind_{one.kind}"),
                text(one.number),
                text(one.buyer),
                *_amount(one.amount),
                self._say(f"became_{one.became}"),
            )
            for one in released
        )
        self._sheet("released", self._heads("released"), rows, len(released))

    def reconciliation(self, returns: content.Returns) -> None:
        """A row for each sum, and below it one for each cause with its part of the difference."""
        rows = list(returned.cells_of(returns, self._language))
        self._sheet("reconciliation", self._heads("reconciliation"), rows, len(rows))

    def trend(self) -> None:
        """The figures of the picture, and a chart that the spreadsheet draws."""
        days = sorted(self._report.trend, key=lambda one: one.date)
        rows = ((one.date, one.fetched, one.sent, one.held) for one in days)
        names = [self._say(key) for key in ("date", "trend_fetched", "trend_sent", "trend_held_short")]
        sheet = self._sheet("trend", [(name, 14) for name in names], rows, len(days))
        if not days:
            return
        self._chart(sheet, "F2", "column", ("held",), len(days))
        self._chart(sheet, "F18", "line", ("fetched", "sent"), len(days))

    def _chart(self, sheet: Any, place: str, kind: str, series: Sequence[str], last: int) -> None:
        """A chart over rows 1 to `last` of the trend."""
        name = self._say("sheet_trend")
        chart = self._book.add_chart({"type": kind})
        for each in series:
            column, looks = _SERIES[each]
            places = {"categories": [name, 1, 0, last, 0], "values": [name, 1, column, last, column]}
            chart.add_series({"name": [name, 0, column], **places, **looks})
        title = self._say("trend_held" if kind == "column" else "trend_flow")
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_x_axis({"date_axis": True, "num_format": "d.m."})
        chart.set_y_axis({"num_format": "#,##0", "min": 0})
        chart.set_legend({"none": True} if kind == "column" else {"position": "bottom"})
        sheet.insert_chart(place, chart, {"description": title})

    def certificates(self) -> None:
        """Two rows per certificate: counts and amounts, every term in a column of its own."""
        terms = [wording.term(name, self._language).capitalize() for name in _FIGURES]
        names = [self._say(f"column_{key}") for key in ("purpose", "currency", "measure")]
        names += [*terms, self._say("column_closing"), self._say("column_adds_up"), self._say("column_hash")]
        rows = [row for line in self._report.certificates for row in self._certificate(line)]
        self._sheet("certificate", [(name, 15) for name in names], rows, len(rows))

    def _facts(self) -> Iterable[tuple[str, Cell]]:
        report = self._report
        yield self._say("label_client"), text(report.client)
        if report.slot:
            yield self._say("label_slot"), wording.local(report.slot, report).replace(tzinfo=None)
        yield self._say("label_first_day"), report.period[0]
        yield self._say("label_last_day"), report.period[1]
        yield self._say("trend_fetched"), report.fetched
        yield self._say("trend_sent"), report.sent
        yield self._say("label_held"), len(report.held)
        for total in wording.sums(report.held):
            yield self._say("label_held_sum", currency=cleaning.line(total.currency, 20)), money(total.minor)
        yield self._say("label_credit_notes"), report.waiting_credit_notes
        if report.returns:
            yield self._say("label_returns_held"), len(report.returns.held)
        if report.next_slot:
            yield self._say("label_next"), wording.local(report.next_slot, report).replace(tzinfo=None)
        yield from ((self._say("label_stop"), text(stop)) for stop in report.stops)
        yield self._say("label_made"), report.made_at.replace(tzinfo=None)
        yield self._say("rules"), text(report.rules)
        yield self._say("suggestion"), self._say("suggestion_note")
        yield "'", self._say("apostrophe_note")
        if len(report.held) > cells.MOST_ROWS:
            yield self._say("sheet_held"), self._say("too_many_rows", count=wording.integer(cells.MOST_ROWS, self._language))

    def _item(self, item: content.Item, columns: Sequence[str]) -> Iterable[Cell]:
        amount, currency = _amount(item.amount)
        row: dict[str, Cell] = {
            "kind": self._say(f"kind_{item.kind}"),
            "number": "" if item.kind == "customer" else text(item.number),
            "buyer": text(item.buyer),
            "movement": text(item.buyer),
            "customer_number": text(item.customer_number),
            "amount": amount,
            "currency": currency,
            "since": item.since,
            "holds": cases.waits(item, self._language),
        }
        for name in _PROBLEMS:
            row[name] = "\n".join(text(getattr(problem, name)) for problem in item.problems)[: cells.LONGEST].rstrip("\n")
        return [row[name] for name in columns]

    def _certificate(self, line: content.CertificateLine) -> Iterable[tuple[Cell, ...]]:
        for name, figures in (("count_word", line.count), ("column_amount", line.amount)):
            numbers: list[Cell] = [figures.get(each, 0) for each in _FIGURES]
            numbers.append(sum(figures.get(each, 0) for each in ("waiting", "held", "in_doubt")))
            if figures is line.amount:
                numbers = [money(number) for number in numbers if isinstance(number, int)]
            purpose = wording.purpose(line, self._language)
            verdict = self._say("yes" if line.adds_up else "no")
            yield text(purpose), text(line.currency), self._say(name), *numbers, verdict, text(line.hash)

    def _heads(self, key: str) -> list[tuple[str, int]]:
        ours = {"remedy": "our_remedy"} if key == "waits_on_us" else {}
        return [(self._say(ours.get(name, f"column_{name}")), cells.WIDTHS[name]) for name in _COLUMNS[key]]

    def _sheet(self, key: str, columns: Sequence[tuple[str, int]], rows: Iterable[Iterable[Cell]], count: int) -> Any:
        sheet = self._book.add_worksheet(self._say(f"sheet_{key}"))
        cells.write_table(sheet, columns, rows, count, self._looks)
        return sheet

    def _say(self, key: str, **values: object) -> str:
        return wording.say(key, self._language, **values)


def _amount(amount: content.Amount | None) -> tuple[Cell, Cell]:
    return (money(amount.minor), text(amount.currency)) if amount else (None, None)
