"""A client opens the link from its mail in Chromium, at a desk and on a phone: code, overview, report, files, search, settings."""

from __future__ import annotations

import base64
import contextlib
import csv
import datetime as dt
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa
from axe_playwright_python import sync_playwright as axe
from playwright import sync_api as playwright

from deployments import wording
from fakturabro.gateway import asking
from fakturabro.ledger import applied, engine, opened, settings, stops, tables
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import settings as client_settings
from fakturabro.ledger.portal import objections
from sandboxes import mail

ROOT = pathlib.Path(__file__).parent.parent.parent
TENANT, KARI = "nidelven", "kari.nordmann@nidelven.example"
KEY = b"3" * 32
SHOTS = os.environ.get("FAKTURABRO_TEST_SHOTS", "")
"""A folder for screenshots, for people."""


class House:
    """A ledger with a client in it, a mail server, and the gateway as a process of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.post = mail.Mail()
        self.post.start()
        (folder / "secrets").mkdir()
        for name, value in {"ledger.key": base64.b64encode(KEY).decode(), **_poweroffice()}.items():
            (folder / "secrets" / name).write_text(value)
            (folder / "secrets" / name).chmod(0o600)
        url = f"sqlite:///{folder / 'ledger.db'}"
        made = engine.connect(url)
        engine.migrate(made)
        made.dispose()
        self.ledger = opened.open_ledger(url, KEY)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        said = {"HOME": folder, "SECRETS": folder / "secrets", "GATEWAY_PORT": port, "GATEWAY_URL": self.url}
        said |= {"SMTP_PORT": self.post.port, "MAIL_SENDER": "drift@factoring.example", "MAIL_DOMAIN": "factoring.example"}
        environment = {**os.environ, **{f"FAKTURABRO_{name}": str(value) for name, value in said.items()}, "PYTHONPATH": str(ROOT)}
        command = "from console import gateway; from tasks import asking; gateway.serve(asking.GatewaySettings())"
        self.log = folder / "gateway.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-c", command], env=environment, cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/ready", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        pytest.fail(self.log.read_text())

    def link(self) -> str:
        asker = asking.Asker(ledger=self.ledger, base=self.url, send=lambda _: None)
        return asking.client_link(asker, TENANT, KARI, dt.datetime.now(dt.UTC))

    def code(self) -> str:
        """The code in the mail that came last."""
        message = self.post.state.messages[-1]
        assert message.recipients == (KARI,)
        found = re.search(r"\b(\d{6})\b", message.parsed().get_content())
        assert found
        return found[1]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=40)
        self.ledger.close()
        self.post.stop()


def _poweroffice() -> dict[str, str]:
    return {"poweroffice.application_key": "a" * 36, "poweroffice.subscription_key": "s" * 32}


def fill(ledger: opened.Ledger) -> None:
    """What a client has after some days: reports, a log, settings and a stop."""
    now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    known = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    people = f"clients:\n  - {{name: Kari Nordmann, email: {KARI}, tenant: {TENANT}}}\n"
    approvers = "approvers:\n- {name: Anne Berg, email: anne.berg@nidelven.example}\n"
    settings.record(ledger, TENANT, "prefect.yaml", known.replace("clients:\n", people, 1) + approvers, now)
    client_settings.record(ledger, TENANT, wording.describe(applied.find_deployments(ledger, TENANT)), now)
    stops.record(ledger, TENANT, "letter", why="trykkeriet er stengt", owner="drift", at=now)
    for days in range(7, -1, -1):
        at = now - dt.timedelta(days=days)
        html = (
            f"<!doctype html><html lang=nb><title>Rapport</title><style>h1{{color:rgb(11, 92, 173)}}</style><h1>Rapport {days}</h1>"
        )
        html += "<script>document.title='kjørte'</script><img src=x onerror=\"document.title='kjørte'\">"
        headline = "08:00: 42 hentet, 40 sendt, 2 venter på deg (kr 18 450)"
        report = client_reports.Made(
            flow="invoice_intake",
            slot=at,
            period=(at.date(), at.date()),
            made_at=at,
            language="nb",
            headline=headline,
            counts={"held": 2},
            html=html.encode(),
            pdf=b"%PDF-1.7\nklientens",
            xlsx=b"PK\x03\x04klientens",
            content=b"{}",
        )
        client_reports.record(ledger, TENANT, report)
    outcomes, targets = ("accepted", "accepted", "rejected", "in_doubt", "planned"), ("ehf", "email", "letter", "factoring:4711")
    with ledger.writing() as connection:
        for number in range(60):
            about = {"tenant": TENANT, "source": "poweroffice", "kind": "invoice", "number": str(10_001 + number), "run": "r"}
            about |= {"source_key": str(number), "amount": 922500, "currency": "NOK", "listing_hash": "", "state": "fetched"}
            document_id = connection.execute(sa.insert(tables.document).values(**about, customer_number="7")).inserted_primary_key[
                0
            ]
            target = targets[number % 4]
            delivery = {
                "tenant": TENANT,
                "document_id": document_id,
                "revision_id": 1,
                "state": "waiting",
                "run": "r",
                "amount": 922500,
            }
            delivery |= {"purpose": "book" if target.startswith("factoring") else "distribute", "currency": "NOK"}
            delivery_id = connection.execute(sa.insert(tables.delivery).values(**delivery)).inserted_primary_key[0]
            line = {
                "tenant": TENANT,
                "delivery_id": delivery_id,
                "run": "r",
                "target": target,
                "natural_key": "k",
                "detail": "svar",
            }
            at = now - dt.timedelta(hours=60 - number)
            connection.execute(sa.insert(tables.transfer_log).values(**line, at=at, outcome=outcomes[number % 5]))
    objections.record(ledger, None, TENANT, document_id, "paid", "Betalt 20. november,\nse kontoutskriften.", now)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    fill(made.ledger)
    yield made
    made.stop()


def look(page: playwright.Page, name: str, width: int) -> None:
    """What every page must be: without faults for who cannot see it, no wider than the screen. A picture, if asked for."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("width", [1280, 390])
def test_a_client_comes_in_and_finds_everything(house: House, chromium: playwright.Browser, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, locale="nb-NO")
    page = context.new_page()
    said = list[str]()
    page.on("console", lambda one: said.append(one.text))
    page.goto(house.link())
    look(page, "1-door", width)
    assert KARI not in page.content()
    page.get_by_role("button", name="Send meg en kode").click()
    look(page, "2-code", width)
    page.get_by_label("Kode fra e-posten").fill("000000" if house.code() != "000000" else "111111")
    page.get_by_role("button", name="Gå inn").click()
    assert page.get_by_role("alert").inner_text().startswith("Koden er feil")
    look(page, "3-wrong-code", width)
    page.get_by_label("Kode fra e-posten").fill(house.code())
    page.get_by_role("button", name="Gå inn").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Oversikt"
    (cookie,) = context.cookies()
    assert (cookie["name"][:14], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == ("__Host-client-", True, True, "Lax")
    look(page, "4-overview", width)
    assert page.get_by_text("Vi har stanset utsending som brev").is_visible()
    _read_report(page)
    page.get_by_role("link", name="Rapporter og filer", exact=True).click()
    look(page, "5-files", width)
    with page.expect_download() as pdf:
        page.get_by_role("link", name=re.compile("^PDF")).first.click()
    assert re.fullmatch(r"fakturabro-nidelven-\d{4}-\d\d-\d\d-\d{4}\.pdf", pdf.value.suggested_filename)
    assert pathlib.Path(pdf.value.path()).read_bytes() == b"%PDF-1.7\nklientens"
    _search(page, width)
    page.get_by_role("link", name="Innsigelser").click()
    look(page, "6-objections", width)
    assert page.get_by_text("Jeg har allerede betalt").is_visible()
    page.get_by_role("link", name="Innstillinger").click()
    look(page, "7-settings", width)
    assert page.get_by_text("Arbeidsdager kl. 08:00 og 10:30").is_visible()
    assert page.get_by_text("anne.berg@nidelven.example").is_visible()
    page.get_by_role("button", name="Logg ut").click()
    look(page, "8-left", width)
    page.go_back()
    page.reload()
    assert page.get_by_role("button", name="Send meg en kode").is_visible()
    assert not context.cookies()
    kinds = {next((kind for kind in ("403", "Blocked script", "img-src") if kind in text), text) for text in said}
    assert kinds == {"403", "Blocked script", "img-src"}, said  # the wrong code, and what the report may not do
    context.close()


def _read_report(page: playwright.Page) -> None:
    """The stored page with its own style, and nothing of it that runs."""
    page.get_by_role("link", name=re.compile("^Åpne rapporten")).first.click()
    heading = page.get_by_role("heading", level=1)
    assert heading.inner_text() == "Rapport 0" and page.title() == "Rapport"
    assert heading.evaluate("one => getComputedStyle(one).color") == "rgb(11, 92, 173)"
    page.go_back()


def _search(page: playwright.Page, width: int) -> None:
    """The log, its second page, a document in it, and the file of what is shown."""
    page.get_by_role("link", name="Sendt", exact=True).first.click()
    look(page, "6-transfers", width)
    assert page.get_by_role("row").count() == 51
    page.get_by_role("link", name="Eldre").click()
    assert page.get_by_role("row").count() == 11
    page.get_by_label("Nummer").fill("10023")
    page.get_by_role("button", name="Vis").click()
    look(page, "6-found", width)
    assert page.get_by_role("row").count() == 2
    with page.expect_download() as file:
        page.get_by_role("link", name="Last ned som CSV").click()
    text = pathlib.Path(file.value.path()).read_text(encoding="utf-8-sig")
    assert [row[2] for row in csv.reader(text.splitlines(), delimiter=";")] == ["Nummer", "10023"]


def test_the_log_holds_neither_token_nor_code_nor_address(house: House, chromium: playwright.Browser) -> None:
    context = chromium.new_context()
    page, address = context.new_page(), house.link()
    page.goto(address)
    page.get_by_role("button", name="Send meg en kode").click()
    page.get_by_label("Kode fra e-posten").fill(house.code())
    page.get_by_role("button", name="Gå inn").click()
    page.goto(f"{address}/transfers?number=10023")
    (cookie,) = context.cookies()
    context.close()
    log = house.log.read_text()
    assert "GET client 200" in log and "POST client 303" in log
    for secret in (address.rsplit("/", 1)[1], house.code(), KARI, cookie["value"], "10023"):
        assert secret not in log
