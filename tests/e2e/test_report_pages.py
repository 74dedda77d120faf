"""The report as a client reads it: in a browser under the strictest policy, on a desk and on a phone, on paper, and by ear."""

from __future__ import annotations

import io
import pathlib
from collections.abc import Callable, Iterator

import pypdf
import pypdfium2
import pytest
from axe_playwright_python import sync_playwright as axe
from playwright import sync_api

from data_quality.report import content, html
from tests.unit import report_samples as samples

CHROMIUM = pathlib.Path("/usr/bin/chromium")
ADDRESS = "https://report.example/"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
Opened = Callable[..., sync_api.Page]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")


@pytest.fixture
def opened(chromium: sync_api.Browser) -> Iterator[Opened]:
    """Opens a report at a width; nothing but the page itself may be asked for, and nothing may be complained of."""
    asked: list[str] = []
    complaints: list[str] = []
    context = chromium.new_context(locale="nb-NO", java_script_enabled=True)

    def answer(route: sync_api.Route, body: bytes) -> None:
        asked.append(route.request.url)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        route.fulfill(status=200, headers=headers, body=body)

    def open_at(report: content.Report, width: int, scheme: str = "light") -> sync_api.Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        body = html.render(report)
        page.route("**/*", lambda route: answer(route, body))
        page.goto(ADDRESS)
        return page

    yield open_at
    context.close()
    assert set(asked) == {ADDRESS}
    assert not complaints


def text(locator: sync_api.Locator) -> str:
    return " ".join(locator.inner_text().replace("\N{NO-BREAK SPACE}", " ").split())


def width(page: sync_api.Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("wide", [1280, 360])
def test_a_client_sees_at_once_what_to_do(opened: Opened, wide: int) -> None:
    page = opened(samples.everything(), wide)
    assert width(page) == wide
    heading, deadline = page.get_by_role("heading", level=1), page.locator(".deadline")
    assert text(heading) == "08:00: 42 hentet, 40 sendt, 4 venter på deg (kr 21 600 og EUR 980), 3 bevegelser er ikke ført"
    assert text(deadline) == "Rettes det før 10:30 i dag, går det ut da."
    for shown in (heading, deadline, page.get_by_text("Utsending av brev er stanset")):
        box = shown.bounding_box()
        assert box and box["y"] + box["height"] < 800
    first = page.get_by_role("region", name="Venter på deg").get_by_role("article").first
    assert "Fjordbygg Entreprenør AS" in text(first.get_by_role("heading", level=3))
    assert "Kundenr. 10042 kr 16 025,50" in text(first)
    assert "Faktura 20451, kr 12 875,50, holdt tilbake siden fredag 20. november" in text(first)
    assert text(first.locator(".suggestion")) == "Forslag 7010 TRONDHEIM Kontroller det selv: vi fyller aldri inn noe for deg."
    assert "Utsendingen venter." in text(first)


@pytest.mark.parametrize("wide", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_barriers(opened: Opened, wide: int, scheme: str) -> None:
    for report in (samples.everything(), samples.everything("en"), samples.report()):
        page = opened(report, wide, scheme)
        for details in page.locator("details").all():
            details.locator("summary").click()
        found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
        assert found.violations_count == 0, found.generate_report()
        assert found.response["passes"]


def test_the_check_for_barriers_finds_one(opened: Opened) -> None:
    page = opened(samples.everything(), 1280)
    page.locator("h2").first.evaluate("node => { node.style.color = '#ccc'; node.innerHTML = ''; }")
    assert axe.Axe().run(page).violations_count > 0


def test_figures_behind_the_picture_are_a_table(opened: Opened) -> None:
    page = opened(samples.everything(), 360)
    label = page.get_by_role("img").get_attribute("aria-label") or ""
    assert label.startswith("Søylene viser hvor mange dokumenter som var holdt tilbake")
    page.get_by_text("Tallene bak bildet").click()
    rows = page.locator("details").get_by_role("row")
    assert rows.count() == 31
    assert text(rows.first) == "Dato Hentet Sendt Holdt tilbake"
    assert width(page) == 360


@pytest.mark.parametrize("hostile", samples.HOSTILE)
def test_hostile_texts_run_nothing_and_fit_a_phone(opened: Opened, hostile: str) -> None:
    page = opened(samples.everywhere(hostile), 360)
    assert width(page) == 360
    assert page.locator("script").count() == 0
    assert "42 hentet" in text(page.get_by_role("heading", level=1))


def test_a_name_that_runs_the_other_way_does_not_turn_its_neighbours(opened: Opened) -> None:
    page = opened(samples.report(samples.item(buyer="\u202eمؤسسة 12 النور", number="20451")), 360)
    first = page.get_by_role("article").first
    assert "Faktura 20451" in text(first)
    heading = first.get_by_role("heading", level=3).bounding_box()
    assert heading and heading["x"] < 60


def test_on_paper_no_card_is_cut_and_the_colours_are_light(opened: Opened) -> None:
    fault = samples.problem
    many = [samples.item(str(at), 5000 - at, customer_number=str(at), problems=(fault(),)) for at in range(12)]
    page = opened(samples.report(*many), 1280, "dark")
    pdf = page.pdf(prefer_css_page_size=True)
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(sheets) > 3
    for sheet in sheets:
        assert sheet.count("Kundenr.") == sheet.count("Utsendingen venter.") == sheet.count("TRONDHEIM")
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=0.5)
    assert bytes(image.buffer)[:3] == b"\xff\xff\xff"


def test_without_anything_to_do_it_says_so(opened: Opened) -> None:
    page = opened(samples.report(), 360)
    assert text(page.get_by_role("heading", level=1)) == "08:00: 42 hentet, 40 sendt, ingenting venter på deg"
    assert page.get_by_text("Du trenger ikke gjøre noe.").is_visible()
