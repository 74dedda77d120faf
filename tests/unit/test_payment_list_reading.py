"""Payment lists: the same payments out of every form, what is refused cell by cell, and files that try to be something else."""

from __future__ import annotations

import datetime as dt
import io
import pathlib
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from console import read as console
from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.payment_list import layout, messages, read, sheets

HEADINGS = ["Mottaker", "Kontonummer", "Beløp", "Forfall", "KID", "Melding", "Type"]
ROWS: list[list[str]] = [
    ["Kari Ås", "86011117947", "1 234,50", "24.11.2026", "", "Lønn november", "lønn"],
    ["Blåbær AS", "1594 22 87248", "99,00", "2026-11-25", "1234567897", "", ""],
    ["Müller GmbH", "DE89370400440532013000", "10,00", "", "", "Rechnung 9", "Utland"],
]
SHEET = "xl/worksheets/sheet1.xml"
SUM = ["Sum", "", "1.343,50", "", "", "", ""]


def csv_of(rows: list[list[str]], delimiter: str = ";", encoding: str = "utf-8-sig") -> bytes:
    return "".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) + "\r\n" for row in rows).encode(
        encoding
    )


def workbook(rows: list[list[Any]], change: Callable[[Any], object] = lambda book: None, *, smaller: bool = False) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    change(book)
    file = io.BytesIO()
    book.save(file)
    stated = re.compile(rb'<dimension ref="[^"]*"')
    return repacked(file.getvalue(), SHEET, lambda xml: stated.sub(b'<dimension ref="A1:C2"', xml)) if smaller else file.getvalue()


def repacked(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return file.getvalue()


def read_all(data: bytes) -> tuple[list[payments.PaymentOrder], Findings]:
    found = Findings()
    return list(read.orders(data, found)), found


def told(found: Findings) -> list[tuple[str, int | None, str]]:
    return [(one.code, one.line, one.field) for one in found if one.severity != "info"]


TYPED: list[list[Any]] = [
    ["Kari Ås", 86011117947, 1234.5, dt.date(2026, 11, 24), None, "Lønn november", "lønn"],
    ["Blåbær AS", "15942287248", 99, dt.datetime(2026, 11, 25), "1234567897", None, None],  # noqa: DTZ001 - a sheet has no zone
    ["Müller GmbH", "DE89370400440532013000", 10.0, None, None, "Rechnung 9", "Utland"],
]
FORMS = {
    "semicolons": csv_of([HEADINGS, *ROWS, SUM]),
    "Windows-1252": csv_of([HEADINGS, *ROWS, SUM], encoding="cp1252"),
    "UTF-16": csv_of([HEADINGS, *ROWS, SUM], "\t", "utf-16"),
    "commas": csv_of([HEADINGS, *ROWS, SUM], ","),
    "sep and a title": b"sep=|\r\n" + csv_of([["Utbetaling"], HEADINGS, *ROWS, [], SUM], "|", "utf-8"),
    "workbook": workbook([HEADINGS, *TYPED, ["Totalt:", None, 1343.5]]),
    "workbook that states a wrong size": workbook([HEADINGS, *TYPED, SUM], smaller=True),
    "workbook with a title": workbook([["Utbetaling"], [], HEADINGS, *ROWS, SUM]),
    "other headings": csv_of([["Navn", "IBAN", "beløp (NOK)", "FORFALLSDATO", "Kid", "Tekst", "type"], *ROWS, SUM]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_payments(form: str) -> None:
    assert read.recognise(FORMS[form])
    orders, found = read_all(FORMS[form])
    salary, invoice, abroad = orders
    assert (salary.kind, salary.purpose, salary.text, salary.requested) == (
        "salary",
        "SALA",
        ("Lønn november",),
        dt.date(2026, 11, 24),
    )
    assert (invoice.kind, invoice.kid, invoice.creditor.account.value) == ("domestic", "1234567897", "15942287248")
    assert (abroad.kind, abroad.requested, abroad.creditor.name) == ("foreign", None, "Müller GmbH")
    assert [one.amount for one in orders] == [Decimal("1234.50"), Decimal("99.00"), Decimal("10.00")]
    assert not told(found)
    assert orders == read_all(FORMS["semicolons"])[0]


@pytest.mark.parametrize("ending", [b"\r\n\x1a", b"\r\n\x1a\x1a\0\r\n", b"\x1a"])
def test_the_mark_with_which_old_systems_end_a_file_is_skipped(ending: bytes) -> None:
    orders, found = read_all(FORMS["semicolons"].rstrip(b"\r\n") + ending)
    assert [one.amount for one in orders] == [Decimal("1234.50"), Decimal("99.00"), Decimal("10.00")]
    assert [(one.severity, one.code) for one in found] == [("warn", "end_of_file_mark")]


BAD_CELLS: list[tuple[int, str, str, str]] = [
    (0, "", "empty_cell", "A Mottaker"),
    (0, "x" * 141, "text_too_long", "A Mottaker"),
    (1, "", "empty_cell", "B Kontonummer"),
    (1, "86011117948", "bad_account", "B Kontonummer"),
    (1, "6011117947", "bad_account", "B Kontonummer"),
    (1, "00000000000", "bad_account", "B Kontonummer"),
    (1, "DE89370400440532013001", "bad_account", "B Kontonummer"),
    (1, "1,23457E+10", "bad_text", "B Kontonummer"),
    (2, "", "bad_amount", "C Beløp"),
    (2, "1.234", "bad_amount", "C Beløp"),
    (2, "1,234.567", "bad_amount", "C Beløp"),
    (2, "1.23456", "bad_amount", "C Beløp"),
    (2, "-5,00", "bad_amount", "C Beløp"),
    (2, "1e3", "bad_amount", "C Beløp"),
    (2, "٣", "bad_amount", "C Beløp"),
    (2, "0,00", "not_payable", "C Beløp"),
    (2, "=C2*2", "formula", "C Beløp"),
    (3, "11/12/2026", "bad_date", "D Forfall"),
    (3, "31.02.2026", "bad_date", "D Forfall"),
    (4, "1234567890", "bad_kid", "E KID"),
    (4, "1234567897", "kid_and_text", "F Melding"),
    (5, "=CMD()", "formula", "F Melding"),
    (5, "a\0b", "bad_text", "F Melding"),
    (6, "gave", "bad_type", "G Type"),
    (6, "utland", "type_contradicts", "G Type"),
]


@pytest.mark.parametrize(("at", "cell", "code", "place"), BAD_CELLS)
def test_a_bad_cell_blocks_and_is_named(at: int, cell: str, code: str, place: str) -> None:
    row = [*ROWS[0][:at], cell, *ROWS[0][at + 1 :]]
    orders, found = read_all(csv_of([HEADINGS, row, *ROWS[1:]]))
    assert told(found) == [(code, 2, place)] and found.counts["block"] == 1 and len(orders) == 2
    said = messages.norwegian(code, found[0].value, 2, place)
    assert said.startswith(f"Rad 2, kolonne {place}: ") and "avvik" not in said and "{" not in said


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["Kari", 1234567890123456789, 5, None, None, "x"], "rounded_number"),
        (["Kari", 86011117947, 5, None, 1.2345678901234567e24, None], "rounded_number"),
        (["Kari", 86011117947, "=1+1", None, None, "x"], "formula"),
        (["Kari", 86011117947, True, None, None, "x"], "bad_amount"),
        (["Kari", 86011117947, 5.125, None, None, "x"], "not_payable"),
        (["Kari", 86011117947, 5, dt.datetime(2026, 11, 24, 9, 30), None, "x"], "bad_date"),  # noqa: DTZ001
        (["Kari", 86011117947, 5, 45985, None, "x"], "bad_date"),
    ],
)
def test_what_a_spreadsheet_does_to_numbers_is_refused(row: list[Any], code: str) -> None:
    orders, found = read_all(workbook([HEADINGS, row]))
    assert [one[0] for one in told(found)] == [code] and not orders


WHOLE_LISTS: list[tuple[list[list[str]], str, int | None]] = [
    ([*ROWS, ["Sum", "", "1343,51"]], "total_differs", 5),
    ([*ROWS, SUM, ROWS[0]], "rows_after_total", 6),
    ([*ROWS, ["Kari", "86011117947", "1", "234,00"]], "bad_date", 5),
    ([*ROWS, [*ROWS[1], "50"]], "too_many_cells", 5),
    ([], "no_transactions", None),
]


@pytest.mark.parametrize(("rows", "code", "line"), WHOLE_LISTS)
def test_what_only_the_whole_list_shows(rows: list[list[str]], code: str, line: int | None) -> None:
    _, found = read_all(csv_of([HEADINGS, *rows]))
    assert (code, line) in [one[:2] for one in told(found)]


def test_references_are_their_own_or_the_contents() -> None:
    first, again = read_all(csv_of([HEADINGS, ROWS[0], ROWS[1], ROWS[0]])), read_all(csv_of([HEADINGS, ROWS[1], ROWS[0], ROWS[0]]))
    names = [one.end_to_end_id for one in first[0]]
    assert told(first[1]) == [("repeated_row", 4, "")] and len(set(names)) == 3
    assert set(names) == {one.end_to_end_id for one in again[0]} and max(map(len, names)) <= 35
    own = [[*row, reference] for row, reference in zip(ROWS, ("a", "b", "a"), strict=True)]
    orders, found = read_all(csv_of([[*HEADINGS, "Referanse"], *own]))
    assert [one.end_to_end_id for one in orders] == ["a", "b"] and told(found) == [("repeated_reference", 4, "H Referanse")]


BOOK = workbook([HEADINGS, *ROWS])
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b" \r\n", "empty_file"),
    "another table": (b"a;b;c\n1;2;3\n", "no_headings"),
    "another workbook": (workbook([["a", "b"]]), "no_headings"),
    "heading twice": (csv_of([[*HEADINGS, "Beløp"], *ROWS]), "repeated_heading"),
    "two lists": (workbook([HEADINGS], lambda book: book.create_sheet("To").append(HEADINGS)), "several_sheets"),
    "password or .xls": (b"\xd0\xcf\x11\xe0" + bytes(600), "old_workbook"),
    "truncated workbook": (BOOK[: len(BOOK) // 2], "bad_workbook"),
    "damaged sheet": (repacked(BOOK, SHEET, lambda xml: xml[: len(xml) // 2]), "bad_workbook"),
    "entity bomb": (repacked(BOOK, SHEET, lambda xml: xml.replace(b"<worksheet", BOMB + b"<worksheet", 1)), "doctype"),
    "a row far below": (repacked(BOOK, SHEET, lambda xml: xml.replace(b'<row r="4"', b'<row r="99999999999"')), "too_many_rows"),
    "a cell far right": (repacked(BOOK, SHEET, lambda xml: xml.replace(b'r="A3"', b'r="XFD3"')), "too_wide"),
    "macros": (repacked(BOOK, "xl/vbaProject.bin", lambda _: b"x"), "macros"),
    "open quote": (csv_of([HEADINGS]) + b'"' + b"x" * 200_000, "bad_csv"),
    "mixed encodings": (csv_of([HEADINGS, *ROWS * 4_000]) + b"K\xe5re;86011117947;1\r\n", "bad_encoding"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_list_is_refused_with_its_reason(name: str) -> None:
    data, code = UNREADABLE[name]
    with pytest.raises(payments.ReadError) as caught:
        read_all(data)
    assert caught.value.code == code and "avvik" not in messages.norwegian(code, caught.value.value)


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(payments.ReadError, match="too_large"):
        read_all(repacked(BOOK, "xl/media/x.bin", lambda _: bytes(1_000_001)))


def test_what_people_do_not_see_blocks() -> None:
    def hide(book: Any) -> None:
        book.create_sheet("Gammel").append(HEADINGS)
        book["Gammel"].sheet_state = "veryHidden"
        book.worksheets[0].row_dimensions[3].hidden = True

    orders, found = read_all(workbook([HEADINGS, *ROWS], hide))
    assert [(one.code, one.value) for one in found if one.severity == "block"] == [
        ("hidden_rows", "sheet1.xml"),
        ("hidden_sheet", "Gammel"),
    ]
    assert len(orders) == 3


def test_20_000_rows_in_flat_memory() -> None:
    table = csv_of([HEADINGS, *([f"Ansatt {n}", "86011117947", f"{n},50", "", "", "Lønn", "lønn"] for n in range(1, 20_001))])
    tracemalloc.start()
    try:
        count = sum(1 for _ in zip(range(5_000), read.orders(io.BytesIO(table), Findings()), strict=False))
        assert count == 5_000 and tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert sum(one.amount for one in read.orders(io.BytesIO(table), Findings())) == Decimal("200010000") + 10_000


def test_the_guide_shows_the_columns_of_the_code() -> None:
    page = (pathlib.Path(__file__).parents[2] / "docs/integrations/bank.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| ([^|]+) \| (required)? *\| ([^|]+) \| (\d+) \| ([^|]*) \|$", page, re.MULTILINE)
    known = [
        (one.heading, "required" if one.is_required else "", one.meaning, str(one.longest), ", ".join(one.aliases))
        for one in layout.COLUMNS
    ]
    assert [(a, b, c, d, e.strip()) for a, b, c, d, e in said] == known


@pytest.mark.parametrize("form", ["semicolons", "workbook"])
def test_fakturabro_read_knows_a_list_by_its_content(form: str) -> None:
    said = console.read(io.BytesIO(FORMS[form]), None)
    assert (said.format, said.documents, said.totals, said.findings) == ("payment list", 3, {"NOK": Decimal("1343.50")}, [])
