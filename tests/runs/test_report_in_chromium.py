"""The report of real runs as a client reads it in Chromium, at a desk and on a phone, with a check for barriers."""

from __future__ import annotations

import asyncio
import os
import pathlib
from typing import Any

import msgspec
import pytest
from axe_playwright_python import sync_playwright as axe
from playwright import sync_api

from data_quality.report import content, wording
from fakturabro.gateway import security
from fakturabro.ledger.clients import reports as client_reports
from flows import data_quality
from tasks import connect

from .conftest import plain

CHROMIUM = pathlib.Path("/usr/bin/chromium")
ADDRESS = "https://report.example/"
EHF, HELD = 5002, 5024
SHOTS = os.environ.get("FAKTURABRO_TEST_SHOTS", "")
"""A folder for screenshots, for people."""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")


async def run(site: Any) -> None:
    """A night and two slots: the first holds, one card is mended, the second releases. One faulty card has no document yet."""
    idle = site.invoice(EHF).customer_number
    invoices = site.boxes.poweroffice.state.clients[site.client["client_key"]].invoices.values()
    site.keep_only(*(one.number for one in invoices if one.customer_number != idle))
    site.card(idle)["MailAddress"] = {"AddressLine1": "Ukjent", "ZipCode": "0000", "City": "-", "CountryCode": "NO"}
    address = {"AddressLine1": "Storgata 14", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}
    with plain():
        await data_quality.register_check("nidelven")
    await site.intake()
    site.card(site.invoice(HELD).customer_number)["MailAddress"] = address
    await site.intake()


def newest() -> tuple[client_reports.Kept, content.Report, bytes]:
    """The report of the second slot: its row, what it says, and its page."""
    ledger = connect.open_ledger()
    try:
        kept = client_reports.find_newest(ledger, "nidelven", 1)[0]
        said, page = (client_reports.read(ledger, "nidelven", kept.id, form) for form in ("content", "html"))
        return kept, msgspec.json.decode(said or b"", type=content.Report), page or b""
    finally:
        ledger.close()


def words(locator: sync_api.Locator) -> str:
    return " ".join(locator.inner_text().replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_report_of_a_real_run_reads_well_at_a_desk_and_on_a_phone(site: Any) -> None:
    asyncio.run(run(site))
    kept, said, page = newest()
    assert said.held and said.released and said.cards and said.trend and said.certificates, "a report with everything in it"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (1280, 390):
            _look(browser, width, kept, said, page)
        browser.close()


def _look(browser: sync_api.Browser, width: int, kept: client_reports.Kept, said: content.Report, body: bytes) -> None:
    asked: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800}, locale="nb-NO")

    def answer(route: sync_api.Route) -> None:
        asked.append(route.request.url)
        policy = "; ".join(one for one in security.OF_REPORT["Content-Security-Policy"].split("; ") if one != "sandbox")
        route.fulfill(status=200, headers={"Content-Type": "text/html", "Content-Security-Policy": policy}, body=body)

    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.route("**/*", answer)
    page.goto(ADDRESS)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/real-report-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width, "nothing reaches over the edge"
    heading = words(page.get_by_role("heading", level=1))
    assert heading == kept.headline.replace("\N{NO-BREAK SPACE}", " ") and f"{len(said.held)} venter på deg (kr" in heading
    assert said.client in words(page.locator("body"))
    assert words(page.locator(".deadline")) == wording.deadline(said).replace("\N{NO-BREAK SPACE}", " ")
    held = page.get_by_role("region", name="Venter på deg")
    for item in said.held:
        assert f" {item.number}" in words(held)
    for item in said.released:
        assert item.number in words(page.get_by_role("region", name="Frigitt siden sist"))
    cards = page.get_by_role("region", name="Kundekort som vil stanse neste faktura")
    assert cards.get_by_role("article").count() == min(len(said.cards), 100)
    assert "Regnestykket går opp." in words(page.get_by_role("region", name="Attest"))
    page.get_by_text("Tallene bak bildet").click()
    assert page.get_by_role("row").count() == 31
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()
    assert set(asked) == {ADDRESS} and not complaints
    page.close()
