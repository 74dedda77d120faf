"""The report of two registers: all of it in the spreadsheet, the first of it on the page, and hostile names in neither."""

from __future__ import annotations

import datetime as dt
import io
import pathlib

import openpyxl
import pytest
from axe_playwright_python import sync_playwright as axe
from playwright import sync_api

from data_quality.comparison import content, html, texts_nb, xlsx
from fakturabro.domain import first_plans
from fakturabro.domain.similarity import comparing, entries

CHROMIUM = pathlib.Path("/usr/bin/chromium")
HOSTILE = "<script>alert(1)</script>\u202e{{ 7 * 7 }}"


def entry(key: str, name: str, **fields: str) -> entries.Entry:
    return entries.Entry(key=key, **{"number": key, "name": name, **fields})


@pytest.fixture(scope="module")
def report() -> content.Report:
    """Something of every section, 150 of one, and texts that mean harm."""
    severa = [entry("1", HOSTILE)]
    severa += [entry(f"{number}", f"Kunde {number} AS", email=f"k{number}@kunde{number}.example") for number in range(1000, 1150)]
    severa += [entry("2", "Fjord AS"), entry("3", "Tind AS"), entry("4", "Hav Bygg og Maskin AS")]
    severa.append(entry("5", "Passiv AS", why_not="inactive"))
    fortnox = [entry("2", "Fjord"), entry("33", "AS Tind"), entry("4", "Rørlegger Hansen"), entry("AB1", "=HYPERLINK(1)")]
    fortnox.append(entry("34", "Kunde 1001 Avdeling Vest AS", email="k1001@kunde1001.example"))
    articles = comparing.compare("article", [entry("9", "Bok", kind="product")], [entry("9", "Boka", kind="")], {})
    plan = first_plans.make([comparing.compare("customer", severa, fortnox, {}), articles], projects_carried=True)
    made_at = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    return content.Report(title="plan", client="Voss & <Sønn> AS", made_at=made_at, plan=plan)


def test_the_spreadsheet_has_every_row_and_no_formula(report: content.Report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.render(report)))
    rows = [row for name in texts_nb.ACTIONS.values() for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert len(rows) == len(report.plan.rows) > 150
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "'=HYPERLINK(1)" in {cell.value for cell in cells} and {cell.data_type for cell in cells} <= {"s", "n", "d"}
    (unlike,) = [row for row in rows if row[1] == row[2] == "4"]
    assert unlike[3:5] == ("Hav Bygg og Maskin AS", "Rørlegger Hansen") and unlike[-2] == "Samme nummer, men ser ulike ut"


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
def test_the_page_reads_well_at_a_desk_and_on_a_phone(report: content.Report, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(html.render(report))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (1280, 390):
            page = browser.new_page(viewport={"width": width, "height": 800}, locale="nb-NO")
            complaints: list[str] = []
            page.on("console", lambda message, said=complaints: said.append(message.text))
            page.goto(file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") == width
            text = page.inner_text("body").replace("\N{NO-BREAK SPACE}", " ")
            for said in (
                "1 kunde kobles",
                "2 par må avgjøres",
                "til står i regnearket",
                "Samme nummer, men ser ulike ut",
                "Passiv AS",
            ):
                assert said.casefold() in text.replace("Én", "1").casefold(), said
            assert "<script>alert(1)</script>{{ 7 * 7 }}" in text and "Voss & <Sønn> AS" in text
            found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
            assert found.violations_count == 0 and not complaints, found.generate_report()
        browser.close()
