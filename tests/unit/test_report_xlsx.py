"""The spreadsheet: real numbers and dates, every row, and no text that is a formula, here or in a CSV made of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import pathlib
import re
import tempfile
import zipfile
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.workbook import workbook

from data_quality.report import cells, returned_texts_nb, texts_nb, xlsx
from tests.unit import report_samples as samples

SHEETS = [
    *("Oversikt", "Holdt tilbake", "Advarsler", "Kundekort", "Frigitt", "Hos oss"),
    *("Returdata", "Avstemming", "Trend", "Attest"),
]


def read(data: bytes) -> workbook.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def rows(book: workbook.Workbook, sheet: str) -> list[dict[str, object]]:
    head, *rest = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rest]


@pytest.fixture(scope="module")
def whole() -> workbook.Workbook:
    return read(xlsx.render(samples.everything()))


def test_sheets_headings_filters_and_widths(whole: workbook.Workbook) -> None:
    assert whole.sheetnames == SHEETS
    for name in SHEETS[1:]:
        sheet = whole[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{sheet.cell(sheet.max_row, sheet.max_column).coordinate}"
        assert sheet.print_title_rows == "$1:$1"
        assert all(dimension.width >= 8 for dimension in sheet.column_dimensions.values())


def test_numbers_and_dates_are_real(whole: workbook.Workbook) -> None:
    first = rows(whole, "Holdt tilbake")[0]
    assert first["Beløp"] == 12875.5
    assert first["Holdt tilbake siden"] == dt.datetime(2026, 11, 20)  # noqa: DTZ001 - a spreadsheet's dates have no zone
    assert first["Dokumentnr."] == "20451"
    assert first["Forslag (vi fyller aldri inn noe)"] == "7010 TRONDHEIM"
    cell = whole["Holdt tilbake"]["E2"]
    assert (cell.number_format, cell.data_type) == ("#,##0.00", "n")
    assert whole["Holdt tilbake"]["G2"].number_format == "dd.mm.yyyy"
    facts = {str(name): value for name, value in whole["Oversikt"].iter_rows(min_row=4, max_col=2, values_only=True)}
    assert facts["Venter på deg, NOK"] == 21600
    assert facts["Venter på deg, EUR"] == 980
    assert facts["Neste kjøring"] == dt.datetime(2026, 11, 23, 10, 30)  # noqa: DTZ001 - likewise
    assert (facts["Hentet"], facts["Sendt"], facts["Venter på deg, antall"]) == (42, 40, 4)


def test_several_problems_stand_one_under_the_other(whole: workbook.Workbook) -> None:
    last = rows(whole, "Holdt tilbake")[-1]
    assert last["Felt"] == "Postadresse\nE-post for faktura"
    assert last["Nå står det"] == "\nfaktura@kystservise,no"


def test_the_other_sheets_have_all_rows(whole: workbook.Workbook) -> None:
    counts = {name: len(rows(whole, name)) for name in SHEETS[1:]}
    assert counts == dict(zip(SHEETS[1:], (4, 1, 2, 3, 1, 3, 9, 30, 4), strict=True))
    assert rows(whole, "Hos oss")[0]["Dette gjør vi"] == "Vi avklarer avslaget med factoringselskapet."
    compared = rows(whole, "Avstemming")
    assert [row["Differanse"] for row in compared if row["Skal være"] is not None] == [-11541.67, 0, 10050, 0]
    assert (
        sum(float(str(row["Differanse"])) for row in compared if row["Skal være"] is None and row["Avstemt"] == "Kundereskontro")
        == 10050
    )
    attest = rows(whole, "Attest")
    assert (attest[0]["Gjelder"], attest[0]["Hentet"], attest[0]["Utgående"]) == ("Antall", 42, 4)
    assert (attest[1]["Gjelder"], attest[1]["Hentet"], attest[1]["Utgående"]) == ("Beløp", 420550.5, 21575.5)
    assert [row["Hva skjedde"] for row in rows(whole, "Frigitt")] == ["sendt", "på vei ut", "kansellert"]


def test_the_trend_has_charts_over_its_rows() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx.render(samples.everything()))) as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 2
    assert "Trend!$D$2:$D$31" in charts[0]
    assert "Trend!$B$2:$B$31" in charts[1] and "Trend!$C$2:$C$31" in charts[1]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("text", samples.HOSTILE)
def test_no_text_is_a_formula_and_the_file_opens(text: str, many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if many:
        monkeypatch.setattr(xlsx, "_MANY_ROWS", 0)
    data = xlsx.render(samples.everywhere(text))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            root = ElementTree.fromstring(archive.read(name))
            assert not [node for node in root.iter() if node.tag.rpartition("}")[2] == "f" and "chart" not in name], name
    values = [cell for sheet in read(data) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert values
    for cell in values:
        assert cell.data_type == "s"
        assert cell.number_format == "@" or cell.row < 4
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", str(cell.value))


@pytest.mark.parametrize("text", samples.HOSTILE)
def test_as_csv_no_cell_begins_like_a_formula(text: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    for sheet in read(xlsx.render(samples.everywhere(text))):
        writer.writerows(sheet.iter_rows(values_only=True))
    for row in csv.reader(io.StringIO(written.getvalue())):
        for cell in row:
            assert not re.match(r"[=@\t\r＝＠]|[+-](?=.*[^\d\s.,()/-])", cell), cell


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("\u202e=1+1", "'=1+1"),
        ("  \t=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("+47 900 00 000", "+47 900 00 000"),
        ("-1 250,50", "-1 250,50"),
        ("'=1+1", "'=1+1"),
        ("Åse = Ola", "Åse = Ola"),
    ],
)
def test_the_apostrophe_stands_only_where_a_formula_could_begin(given: str, shown: str) -> None:
    assert cells.text(given) == shown


def test_what_looks_like_an_escape_of_the_format_comes_back_as_it_was() -> None:
    book = read(xlsx.render(samples.report(samples.item(buyer="_x0041_ & <b>"))))
    assert rows(book, "Holdt tilbake")[0]["Kunde"] in ("_x0041_ & <b>", "_x005F_x0041_ & <b>")  # openpyxl unescapes by version


def test_amounts_with_too_many_digits_are_texts_with_every_digit() -> None:
    assert cells.money(10**15 - 1) == Decimal("9999999999999.99")
    assert cells.money(-(10**30)) == f"-1{'0' * 28}.00"
    book = read(xlsx.render(samples.report(samples.item(minor=10**30 + 1), fetched=10**40)))
    assert rows(book, "Holdt tilbake")[0]["Beløp"] == f"1{'0' * 28}.01"


def test_many_problems_with_long_texts_fit_a_cell() -> None:
    faults = tuple(samples.problem(what=f"{at}" + "lang " * 300) for at in range(60))
    book = read(xlsx.render(samples.report(samples.item(problems=faults))))
    assert 30_000 < len(str(rows(book, "Holdt tilbake")[0]["Hva er galt"])) <= 32_767


@pytest.mark.parametrize("many", [False, True])
def test_the_same_report_is_the_same_bytes(many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if many:
        monkeypatch.setattr(xlsx, "_MANY_ROWS", 0)
    first = xlsx.render(samples.everything())
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert "2026-11-23T08:04:00Z" in archive.read("docProps/core.xml").decode()
    assert xlsx.render(samples.everything()) == first
    assert read(first)["Holdt tilbake"]["C2"].value == "Fjordbygg Entreprenør AS"


def test_the_spreadsheet_has_every_row_of_very_many() -> None:
    many = tuple(samples.item(str(at), at, customer_number=str(at)) for at in range(6_000))
    book = openpyxl.load_workbook(io.BytesIO(xlsx.render(samples.report(*many))), read_only=True)
    numbers = [row[1] for row in book["Holdt tilbake"].iter_rows(min_row=2, values_only=True)]
    assert numbers == [item.number for item in many]


def test_rows_on_disk_lie_in_a_folder_of_ones_own_and_nothing_is_left(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "_MANY_ROWS", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned, others = tmp_path / "fakturabro-report-dead", tmp_path / "fakturabro-report-alive"
    for folder in (abandoned, others):
        folder.mkdir()
        (folder / "rows").write_text("Ola Nordmann")
    os.utime(abandoned, (0, 0))
    seen: set[tuple[pathlib.Path, int]] = set()
    write = cells.write

    def look(*args: Any) -> None:
        seen.update((path.parent, path.parent.stat().st_mode & 0o777) for path in tmp_path.rglob("*") if path.is_file())
        write(*args)

    monkeypatch.setattr(cells, "write", look)
    xlsx.render(samples.everything())
    ((made, mode),) = [(folder, mode) for folder, mode in seen if folder != others]
    assert made.parent == tmp_path and mode == 0o700
    assert list(tmp_path.iterdir()) == [others]


def test_more_rows_than_a_sheet_has_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_ROWS", 2)
    book = read(xlsx.render(samples.report(*(samples.item(str(at)) for at in range(3)))))
    assert len(rows(book, "Holdt tilbake")) == 2
    assert "Arket har plass til 2 rader; de siste er utelatt." in [row[1] for row in book["Oversikt"].iter_rows(values_only=True)]


def test_english_and_an_empty_report() -> None:
    book = read(xlsx.render(samples.report(language="en")))
    assert book.sheetnames[:3] == ["Overview", "Held", "Warnings"]
    assert book["Overview"]["A1"].value == "08:00: 42 fetched, 40 sent, nothing is waiting for you"
    assert rows(book, "Held") == []


def test_every_column_has_a_heading() -> None:
    for columns in xlsx._COLUMNS.values():
        assert {f"column_{name}" for name in columns} <= {*texts_nb.TEXTS, *returned_texts_nb.TEXTS}
