"""The record level of payment lists: rows of cells out of CSV and XLSX, with the number that the row has on the screen.

Memory does not grow with the rows; a workbook's shared texts are held.

Source: RFC 4180; ECMA-376 as openpyxl reads it.
Assumed: CSV that is not UTF-8 is Windows-1252, as Norwegian Excel writes it.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import openpyxl

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.payment_list import layout

Source = bytes | BinaryIO
Row = tuple[int, list[object]]
"""Number and cells: str, int, float, datetime, bool, None, or Formula."""

_SNIFFED = 262_144
_HEADING_WITHIN = 20
_LARGEST_UNPACKED = 250_000_000
_MOST_ROWS = 1_048_576
_MOST_PARTS = 1_000
_OLD = b"\xd0\xcf\x11\xe0"
_END_MARKS = ("\x1a", "\0")
_HIDDEN = re.compile(rb"<row [^>]*\bhidden=\"(?:1|true)\"")
_FAR = re.compile(rb"<c [^>]*\br=\"[A-Z]{3}")
"""A cell beyond column ZZ: openpyxl fills the whole row up to it."""


class Formula(str):
    """A cell whose value somebody's spreadsheet reckons out."""

    __slots__ = ()


def rows(source: Source, found: Findings) -> Iterator[Row]:
    """All rows from the headings on. A stream must be able to seek. Raises ReadError for what is no payment list."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    head = stream.read(_SNIFFED)
    stream.seek(-len(head), io.SEEK_CUR)
    if head.startswith(_OLD):
        raise payments.ReadError("old_workbook", 1, 1)
    if not head.strip():
        raise payments.ReadError("empty_file", 1, 1)
    return _from_workbook(stream, found) if head.startswith(b"PK") else _from_text(stream, head, found)


def headings(cells: list[object]) -> dict[int, layout.Column]:
    """Position -> column, when the row has all the headings that a list must have; otherwise nothing."""
    known = {at: column for at, cell in enumerate(cells) if (column := layout.find(cell))}
    return known if {column.field for column in layout.REQUIRED} <= {column.field for column in known.values()} else {}


def _from_text(stream: BinaryIO, head: bytes, found: Findings) -> Iterator[Row]:
    encoding = _encoding(head)
    text = io.TextIOWrapper(cast("BinaryIO", _Unclosed(stream)), encoding, newline="")
    delimiter, skipped = _delimiter(head.decode(encoding, "replace"))
    if not delimiter:
        raise payments.ReadError("no_headings", 1, 1)
    number = 0
    try:
        reader = csv.reader(_lines(text, found), delimiter=delimiter, strict=True)
        for cells in reader:
            number += 1
            if number > skipped:
                yield number, [Formula(one) if one.startswith("=") else " ".join(one.split()) for one in cells]
    except csv.Error as error:
        raise payments.ReadError("bad_csv", number + 1, value=str(error)) from None
    except UnicodeDecodeError:
        raise payments.ReadError("bad_encoding", number + 1) from None


def _lines(text: io.TextIOWrapper, found: Findings) -> Iterator[str]:
    """Lines without the mark with which old systems end a file."""
    for number, line in enumerate(text, 1):
        if is_marked := line.rstrip("\r\n").endswith(_END_MARKS):
            found.add("warn", "end_of_file_mark", line=number)
        yield line.rstrip("\r\n" + "".join(_END_MARKS)) if is_marked else line


class _Unclosed(io.BufferedReader):
    """A stream that stays open when the text around it is gone."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(cast("io.RawIOBase", stream))

    def close(self) -> None:
        if not self.closed:
            self.detach()


def _encoding(head: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(head: str) -> tuple[str, int]:
    """The sign that parts the headings, and how many rows stand above them; empty where there are no headings."""
    lines = head.splitlines()[:_HEADING_WITHIN]
    if lines and re.fullmatch(r"sep=.", lines[0], re.IGNORECASE):
        lines[0] = ""
    for skipped, line in enumerate(lines):
        for delimiter in ";\t,|":
            try:
                cells: list[object] = [*next(csv.reader([line], delimiter=delimiter), "")]
            except csv.Error:
                continue
            if headings(cells):
                return delimiter, skipped
    return "", 0


def _from_workbook(stream: BinaryIO, found: Findings) -> Iterator[Row]:
    _check_package(stream, found)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the file makes it stumble on
        raise payments.ReadError("bad_workbook", value=type(error).__name__) from None
    try:
        yield from _sheet_rows(_chosen(book, found))
    finally:
        book.close()


def _check_package(stream: BinaryIO, found: Findings) -> None:
    """What openpyxl does not look at: size unpacked, document types, macros, and rows that nobody sees."""
    try:
        with zipfile.ZipFile(stream) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > _LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
                raise payments.ReadError("too_large")
            for part in parts:
                if part.filename.endswith("vbaProject.bin"):
                    raise payments.ReadError("macros")
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(package, part, found)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise payments.ReadError("bad_workbook", value=type(error).__name__) from None
    stream.seek(0)


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, found: Findings) -> None:
    before, is_sheet, is_hidden = b"", part.filename.startswith("xl/worksheets/"), False
    with package.open(part) as file:
        while block := file.read(1_048_576):
            if b"<!DOCTYPE" in before + block:
                raise payments.ReadError("doctype", value=part.filename)
            if is_sheet and _FAR.search(before + block):
                raise payments.ReadError("too_wide")
            is_hidden = is_hidden or (is_sheet and _HIDDEN.search(before + block) is not None)
            before = block[-200:]
    if is_hidden:
        found.add("block", "hidden_rows", value=part.filename.rpartition("/")[2])


def _chosen(book: Any, found: Findings) -> Any:
    """The one sheet that is a payment list and can be seen."""
    lists: list[Any] = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file states of its size decides how much openpyxl would read
        if not any(headings(cells) for _, cells in zip(range(_HEADING_WITHIN), _cells(sheet), strict=False)):
            continue
        if sheet.sheet_state == "visible":
            lists.append(sheet)
        else:
            found.add("block", "hidden_sheet", value=sheet.title)
    if len(lists) > 1:
        raise payments.ReadError("several_sheets", value=", ".join(sheet.title for sheet in lists))
    if not lists:
        raise payments.ReadError("no_headings", 1, 1)
    return lists[0]


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    is_in_list = False
    for number, cells in enumerate(_cells(sheet), 1):
        if number > _MOST_ROWS:
            raise payments.ReadError("too_many_rows", number, value=str(_MOST_ROWS))
        is_in_list = is_in_list or bool(headings(cells))
        if is_in_list:
            yield number, cells


def _cells(sheet: Any) -> Iterator[list[object]]:
    try:
        for row in sheet.iter_rows():
            yield [_cell(one) for one in row]
    except payments.ReadError:
        raise
    except Exception as error:
        raise payments.ReadError("bad_workbook", value=type(error).__name__) from None


def _cell(cell: Any) -> object:
    value = cell.value
    if cell.data_type == "f":
        return Formula(value)
    if isinstance(value, str):
        return " ".join(value.split())
    return value if isinstance(value, (int, float, dt.datetime, dt.date, bool)) else None
