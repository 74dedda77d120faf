"""A debtor goes from the e-mail to the downloaded invoice in Chromium: at a desk, on a phone, by keyboard, without JavaScript."""

from __future__ import annotations

import base64
import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest
from playwright import sync_api as playwright

from fakturabro.ledger.portal import objections
from fakturabro.systems.mail import invoice_mails
from tests.e2e.test_gateway_client import House, look
from tests.unit import portal_samples as samples


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKTURABRO_SECRET_PORTAL_KEY", base64.b64encode(samples.KEY).decode())
        made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def mail(house: House, number: str) -> tuple[samples.Mailed, str]:
    """A document that went by link, and the HTML of its e-mail."""
    mailed = samples.mail(house.ledger, number, now=dt.datetime.now(dt.UTC))
    face = samples.face(number=number)
    shared = {name: getattr(face, name) for name in ("kind", "number", "organisation_number", "amount", "currency", "due_date")}
    facts = invoice_mails.Facts(client=face.client_name, account=face.account, kid=face.kid, payee=face.payee, **shared)
    link = invoice_mails.Link(url=house.url + mailed.path, code=mailed.code, letter_after=4)
    return mailed, invoice_mails.compose("nb", facts, link).html


def open_from_mail(page: playwright.Page, html: str, url: str) -> None:
    """Click what an e-mail's reader clicks."""
    page.set_content(html)
    page.locator(f'a[href^="{url}/f/"]').first.click()


def stands(page: playwright.Page, heading: str) -> None:
    """Wait for the page with this heading."""
    playwright.expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.mark.parametrize(("width", "script"), [(1280, True), (390, True), (390, False)])
def test_from_the_email_to_the_invoice_and_an_objection(
    house: House, chromium: playwright.Browser, width: int, script: bool
) -> None:
    number = f"{width}{script:d}"
    mailed, html = mail(house, number)
    context = chromium.new_context(viewport={"width": width, "height": 844}, locale="nb-NO", java_script_enabled=script)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda one: said.append(one.text))

    def seen(name: str) -> None:
        if script:
            look(page, f"portal-{name}", width)

    open_from_mail(page, html, house.url)
    stands(page, f"Faktura fra {samples.CLIENT}")
    seen("1-door")
    page.get_by_label("Kode").fill(samples.wrong(mailed.code))
    page.get_by_role("button", name="Åpne").click()
    playwright.expect(page.get_by_role("alert")).to_contain_text("Koden stemmer ikke")
    seen("2-wrong")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(samples.grouped(mailed).lower())
    page.keyboard.press("Enter")
    stands(page, f"Faktura {number}")
    (cookie,) = context.cookies()
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    seen("3-invoice")
    for name, ending, content in (("PDF", "pdf", samples.PDF + number.encode()), ("EHF", "xml", samples.EHF)):
        with page.expect_download() as file:
            page.get_by_role("link", name=name).click()
        assert file.value.suggested_filename == f"Faktura-{number}.{ending}"
        assert pathlib.Path(file.value.path()).read_bytes() == content
    page.get_by_role("link", name="Noe er feil med fakturaen").click()
    seen("4-objection")
    page.get_by_label("Jeg har allerede betalt").check()
    page.get_by_label("Fortell kort").fill("Betalt 20. november.")
    page.get_by_role("button", name="Send innsigelsen").click()
    stands(page, "Takk, vi har fått beskjeden")
    seen("5-done")
    page.get_by_role("link", name="Til fakturaen").click()
    page.get_by_role("link", name="English").click()
    stands(page, f"Invoice {number}")
    page.emulate_media(media="print")
    playwright.expect(page.get_by_text("1002300007")).to_be_visible()
    playwright.expect(page.get_by_role("link", name="PDF")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="End the session").click()
    page.goto(house.url + mailed.path)
    assert page.get_by_label("Kode").is_visible() and not context.cookies()
    (kept,) = [one for one in objections.find_open(house.ledger, samples.TENANT) if one.number == number]
    assert (kept.kind, kept.text) == ("paid", "Betalt 20. november.")
    noted = (house.log.parent / "journal" / "000001.jsonl").read_text()
    assert noted.count(mailed.natural_key) == 1, "what was opened survives a restored ledger"
    assert [text for text in said if "403" not in text] == []
    context.close()


def test_wrong_codes_lock_the_link_and_say_until_when(house: House, chromium: playwright.Browser) -> None:
    mailed, _ = mail(house, "7001")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="nb-NO")
    page = context.new_page()
    page.goto(house.url + mailed.path)
    for _ in range(5):
        page.get_by_label("Kode").fill(samples.wrong(mailed.code))
        with page.expect_navigation():
            page.get_by_role("button", name="Åpne").click()
    page.get_by_label("Kode").fill(mailed.code)
    page.get_by_role("button", name="Åpne").click()
    stands(page, "Vent litt")
    look(page, "portal-6-locked", 390)
    page.get_by_role("button", name="Be om ny e-post").click()
    stands(page, "Vi har tatt imot ønsket")
    context.close()
    log = house.log.read_text()
    assert "POST f/" in log and mailed.token not in log and mailed.code not in log and samples.TENANT not in log
