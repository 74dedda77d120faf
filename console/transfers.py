"""The transfer log of Severa and Fortnox as a file: `fakturabro transfers`. It holds names and addresses."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import itertools
import pathlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import typer
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - it has none

from data_quality.report import cells
from fakturabro.domain import calendar
from fakturabro.ledger.synchronising import transfers
from tasks import connect, kept_secrets
from tasks.severa_fortnox import transfer_words as words
from tasks.severa_fortnox import transfers as log

_WIDTH = 24
_Row = tuple[str, ...]
_FORMULAS = {"strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False, "constant_memory": True}


def export(tenant: str, path: pathlib.Path, since: dt.datetime | None, until: dt.datetime | None) -> int:
    """Write the log of these days (Norwegian time, `until` counts in) to a file; the exit code."""
    if path.suffix.lower() not in _WRITERS:
        sys.stderr.write(f"{words.unknown_ending(str(path))}\n")
        return 2
    try:
        ledger = connect.open_ledger()
    except kept_secrets.SecretError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with contextlib.closing(ledger):
        last = until and _oslo(until) + dt.timedelta(days=1)
        pages = transfers.find_in_pages(ledger, tenant, since=since and _oslo(since), until=last)
        rows = (tuple(cells.text(value) for value in row) for page in pages for entry in page for row in log.to_rows(entry))
        path.touch()
        path.chmod(0o600)
        _WRITERS[path.suffix.lower()](path, counted := _Counted(rows))
    typer.echo(words.written(counted.count, str(path)) if counted.count else words.nothing(tenant))
    return 0


def _oslo(day: dt.datetime) -> dt.datetime:
    return day.replace(tzinfo=calendar.OSLO)


def _write_csv(path: pathlib.Path, rows: Iterable[_Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(itertools.chain([words.COLUMNS], rows))


def _write_xlsx(path: pathlib.Path, rows: Iterable[_Row]) -> None:
    book: Any = xlsxwriter.Workbook(str(path), {**_FORMULAS, "tmpdir": str(path.parent)})
    columns = [(name, _WIDTH) for name in words.COLUMNS]
    cells.write_table(book.add_worksheet(words.SHEET), columns, rows, cells.MOST_ROWS, cells.Formats(book))
    book.close()


class _Counted:
    """Rows, and how many of them were taken."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[_Row]:
        for row in self._rows:
            self.count += 1
            yield row


_WRITERS = {".csv": _write_csv, ".xlsx": _write_xlsx}
