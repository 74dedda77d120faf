"""A person decides on a stopped day and on a payment without KID, on the approvals page in Chromium: on a phone, by keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python import sync_playwright as axe
from playwright import sync_api

from fakturabro.gateway import application, parts
from fakturabro.ledger import approvers, links, opened, operations
from sandboxes import serving
from tasks import clock, connect
from tests.runs import banked, creditor
from tests.runs.creditor import kid_of, payment

CHROMIUM = pathlib.Path("/usr/bin/chromium")
SHOTS = os.environ.get("FAKTURABRO_TEST_SHOTS", "")
"""A folder for screenshots, for people."""
FRIDAY, TUESDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 24)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[creditor.Creditor]:
    made = creditor.Creditor(tmp_path, monkeypatch)
    with banked.approver(monkeypatch):
        yield made
    made.close()


@contextlib.contextmanager
def gateway(ledger: opened.Ledger) -> Iterator[str]:
    """The address of the gateway on this ledger."""

    async def nobody(*_: object) -> Any:
        raise AssertionError("nobody is asked or mailed here")

    def now() -> dt.datetime:
        return clock.now()  # of the moment, since the test sets it

    own = parts.Parts(ledger=ledger, key=parts.own_key(b"1" * 32), now=now, find_company=nobody, send_mail=nobody)
    servers = serving.Servers({"gateway": application.create(own)})
    servers.start()
    yield servers.url("gateway")
    servers.stop()


async def take_in(site: creditor.Creditor) -> None:
    """Friday comes again on Tuesday, and with it somebody who pays invoice 15 with a wrong KID."""
    site.owe(*((i, 10_000) for i in range(1, 15)), (15, 77_700))
    for name, on, archive in (("OCR1.DAT", FRIDAY, 0), ("OCR2.DAT", TUESDAY, 500_000)):
        await site.take_file(name, [payment(i, kid_of(i), 10_000, date=on, archive=archive + i) for i in range(1, 13)])
    await site.take_file("OCR3.DAT", [payment(900, kid_of(15)[:-1] + str((int(kid_of(15)[-1]) + 1) % 10), 77_700)])


def open_question(site: creditor.Creditor, ledger: opened.Ledger, kind: str) -> str:
    """The path that a mail's link leads to."""
    table, token = operations.decision, links.make_token()
    with ledger.reading() as connection:
        decision_id = connection.execute(sa.select(table.c.id).where(table.c.kind == kind, operations.OPEN)).scalar_one()
    of = {"tenant": creditor.TENANT, "page": "approvals", "subject": str(decision_id), "person": banked.ANNE}
    links.record(ledger, token, **of, expires_at=site.now + dt.timedelta(hours=1))
    return f"/approvals/{token}"


def decide(page: sync_api.Page, label: str) -> None:
    """Choose an answer, say why, give the code, all by keyboard."""
    page.get_by_role("radio", name=label).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Banken er ringt, og kontoen er sett.")
    page.keyboard.press("Tab")
    page.keyboard.type(approvers.code(banked._SECRET, int(clock.now().timestamp()) // 30))
    page.keyboard.press("Enter")
    sync_api.expect(page.get_by_role("heading", level=1)).to_have_text("Svaret er lagret")


def test_a_stopped_day_and_a_wrong_kid_are_decided_from_the_page(site: creditor.Creditor) -> None:
    asyncio.run(take_in(site))
    with contextlib.closing(connect.open_ledger()) as ledger, gateway(ledger) as url, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for kind, label, seen in (
            ("incident", "Nei, det som er gjentatt, er feil", ("12 innbetalinger på kr 1 200,00", "12 fra 20.11.2026")),
            ("suspense", "Faktura 15", ("kr 777,00", "Faktura 15, kunde 10", "kontrollsifferet i KID er rettet")),
        ):
            page = browser.new_page(viewport={"width": 390, "height": 844}, locale="nb-NO")
            page.goto(url + open_question(site, ledger, kind))
            shown = page.inner_text("main").replace("\N{NO-BREAK SPACE}", " ")
            assert [text for text in seen if text not in shown] == []
            assert axe.Axe().run(page).violations_count == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/approvals-{kind}.png", full_page=True)
            decide(page, label)
            site.at(site.now + dt.timedelta(minutes=1))
        browser.close()
    asyncio.run(site.take())
    assert site.standings() == {"matched": 13, "stopped": 12}
    assert set(site.open_at_company()) == {"13", "14"}
