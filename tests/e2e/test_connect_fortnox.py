"""A client connects its Fortnox in Chromium, against the sandbox's own consent page, and disconnects it; what strangers get."""

from __future__ import annotations

import asyncio
import datetime as dt
import pathlib
import re
import socket
import string
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from typing import NoReturn
from urllib import parse

import httpx
import pytest
import uvicorn
from playwright import sync_api as playwright

from console import fortnox_connecting as vendor
from console.watching import alarms, checks
from fakturabro.gateway import application, fortnox_connecting, fortnox_texts_en, fortnox_texts_nb, parts
from fakturabro.ledger import choices, consents, engine, links, opened, settings, stored_secrets, tokens
from fakturabro.remote import errors, http
from fakturabro.systems.fortnox import oauth
from fakturabro.systems.fortnox import tokens as fortnox_tokens
from sandboxes import fortnox, serving
from sandboxes.seed import hardanger, vanern
from tasks import installation

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
FILE = "deployments:\n- parameters: {tenant: vanern, options: {organisation_number: '16559123-4561'}}\n"


class House:
    """A gateway, a ledger, and Fortnox."""

    def __init__(self, folder: pathlib.Path, box: fortnox.Fortnox, fortnox_url: str) -> None:
        self.box, self.now, self.fortnox_url = box, NOW, fortnox_url
        hardanger.fill(box, NOW.date())
        self.company = vanern.fill_fortnox(box, NOW.date())
        url = f"sqlite:///{folder / 'ledger.db'}"
        made = engine.connect(url)
        engine.migrate(made)
        made.dispose()
        self.ledger = opened.open_ledger(url, b"4" * 32)
        settings.record(self.ledger, "vanern", "vanern.yaml", FILE, NOW)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.secrets = {"fortnox.client_id": box.client_id, "fortnox.client_secret": box.client_secret}
        self._server = uvicorn.Server(uvicorn.Config(application.create(self._parts()), log_config=None, ws="none"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def _parts(self) -> parts.Parts:
        async def nothing(*_: object) -> NoReturn:
            raise AssertionError

        return parts.Parts(
            ledger=self.ledger,
            key=parts.own_key(b"4" * 32),
            now=lambda: self.now,
            find_company=nothing,
            send_mail=nothing,
            fortnox=vendor.door(self.url, self.secrets.__getitem__),
            refusal_seconds=0.0,
        )

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
        self.ledger.close()

    def link(self) -> str:
        token = links.make_token()
        known = {"tenant": "vanern", "page": fortnox_connecting.PAGE, "subject": "vanern", "person": "eva@vanern.example"}
        links.record(self.ledger, token, expires_at=self.now + dt.timedelta(days=14), **known)
        return f"{self.url}/{fortnox_connecting.PAGE}/{token}"

    def held(self) -> str | None:
        return stored_secrets.read(self.ledger, "vanern", consents.HELD)

    def renew(self) -> fortnox_tokens.Token:
        """As a run does; in a thread of its own, since the browser's loop runs in this one."""
        with futures.ThreadPoolExecutor(1) as beside:
            return beside.submit(asyncio.run, self._renew()).result()

    async def _renew(self) -> fortnox_tokens.Token:
        kept = consents.find(self.ledger, "vanern")
        keys = fortnox_tokens.Keys(
            client_id=self.box.client_id, client_secret=self.box.client_secret, refresh_token=kept.refresh_token if kept else "-"
        )
        async with http.Remote(http.Limits(attempts=1)) as remote:
            return await fortnox_tokens.TokenSource(
                remote,
                url=f"{self.fortnox_url}/oauth-v1/token",
                keys=keys,
                tenant="vanern",
                budget=None,
                store=tokens.TokenStore(self.ledger, "vanern", fortnox_tokens.Token, lambda: self.now),
                store_key="fortnox",
                clock=lambda: self.now,
            ).current()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[fortnox.Fortnox, str]]:
    box = fortnox.Fortnox()
    servers = serving.Servers({"fortnox": box.app})
    servers.start()
    yield box, servers.url("fortnox")
    servers.stop()


@pytest.fixture
def house(served: tuple[fortnox.Fortnox, str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    box, url = served
    monkeypatch.setenv("FAKTURABRO_FORTNOX", f"{url}/3")
    monkeypatch.setenv("FAKTURABRO_FORTNOX_TOKENS", f"{url}/oauth-v1/token")
    installation.current.cache_clear()
    made = House(tmp_path, box, url)
    yield made
    made.stop()
    installation.current.cache_clear()


@pytest.fixture(scope="module")
def browser(chromium: playwright.Browser) -> Iterator[playwright.Page]:
    page = chromium.new_page(locale="nb-NO")
    page.set_default_timeout(10_000)
    yield page
    page.close()


def consent(page: playwright.Page, address: str, company: str) -> None:
    """From the mail's link to Fortnox and back."""
    page.goto(address)
    page.get_by_role("link", name="Fortsett til Fortnox").click()
    page.get_by_label("Företag").select_option(label=company)
    page.get_by_role("button", name="Godkänn").click()


def test_a_client_connects_its_company_and_disconnects_it(house: House, browser: playwright.Page) -> None:
    address = house.link()
    consent(browser, address, vanern.NAME)
    assert browser.url == address  # neither code nor state stays in the address
    assert browser.locator("dd").all_inner_texts() == [vanern.NAME, vanern.ORGANISATION_NUMBER, vanern.TENANT_ID]
    assert consents.find(house.ledger, "vanern") is None
    browser.get_by_role("button", name="Ja, koble til").click()
    playwright.expect(browser.locator("h1")).to_have_text("Fortnox er koblet til")
    assert httpx.get(address, trust_env=False).status_code == 404
    kept = consents.find(house.ledger, "vanern")
    assert kept is not None
    assert kept.refresh_token == house.company.refresh_token
    assert kept.refresh_token not in repr(kept)
    assert choices.read(house.ledger, "vanern", choices.FORTNOX_COMPANY) == "Vänern Teknik AB (559123-4561)"
    assert house.renew().value in house.box.consents.accesses
    browser.goto(house.link())
    playwright.expect(browser.locator("dd").first).to_have_text(vanern.NAME)
    browser.get_by_role("button", name="Koble fra Fortnox").click()
    playwright.expect(browser.locator("h1")).to_have_text("Fortnox er koblet fra")
    assert (house.company.refresh_token, consents.find(house.ledger, "vanern")) == ("", None)
    with pytest.raises(errors.CredentialError, match=r"Samtykket fra vanern gjelder ikke lenger.*Koble til Fortnox på nytt"):
        house.renew()


def test_another_company_is_refused_and_its_consent_taken_back(house: House, browser: playwright.Page) -> None:
    consent(browser, house.link(), hardanger.NAME)
    playwright.expect(browser.locator("[role=alert]")).to_contain_text("516412-3456, men avtalen gjelder 16559123-4561")
    assert house.box.companies[hardanger.TENANT_ID].refresh_token == ""
    assert (house.held(), consents.find(house.ledger, "vanern")) == (None, None)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]


class Visitor:
    """Somebody with a cookie jar, who follows the page's link and answers in Fortnox."""

    def __init__(self, house: House, scope: str = "") -> None:
        self.house, self.address = house, house.link()
        self.jar = httpx.Client(trust_env=False)
        shown = self.jar.get(self.address).text
        asked = dict(parse.parse_qsl(found(r'href="[^"?]+\?([^"]+)"', shown).replace("&amp;", "&")))
        asked["scope"] = scope or asked["scope"]
        where = f"{house.fortnox_url}/oauth-v1/auth?{parse.urlencode(asked)}"
        self.back = httpx.post(where, data={"company": vanern.TENANT_ID, "answer": "yes"}, trust_env=False).headers["location"]

    def form(self, **fields: str) -> httpx.Response:
        token = found(r'name="form_token" value="(\w+)"', self.jar.get(self.address).text)
        return self.jar.post(self.address, data={"form_token": token, **fields})


def test_what_came_back_counts_once_in_the_browser_that_went(house: House) -> None:
    one, other = Visitor(house), Visitor(house)
    strange = [httpx.get(one.back, trust_env=False), other.jar.get(one.back)]  # no cookie; another's consent in my browser
    strange.append(one.jar.get(re.sub(r"state=\w+", "state=" + "0" * 64, one.back)))
    assert [(answer.status_code, "Vi kjenner ikke igjen" in answer.text) for answer in strange] == [(403, True)] * 3
    assert house.held() is None
    again = one.jar.get(re.sub(r"code=\w+", "code=stolen", one.back))
    assert (again.status_code, "Begynn på nytt" in again.text) == (422, True)
    assert (other.jar.get(other.back).status_code, other.jar.get(other.back).status_code) == (303, 403)
    assert other.form(step="confirm", number="of another visit").status_code == 409
    house.now += dt.timedelta(minutes=31)
    assert "Vänern" not in other.jar.get(other.address).text


def test_a_refused_or_narrow_consent_is_said_and_nothing_kept(house: House) -> None:
    one = Visitor(house)
    denied = one.jar.get(re.sub(r"code=\w+", "error=access_denied", one.back))
    assert (denied.status_code, "ga ikke tilgang" in denied.text) == (422, True)
    narrow = Visitor(house, scope=" ".join(set(oauth.SCOPES) - {"project", "inbox"}))
    answer = narrow.jar.get(narrow.back)
    assert (answer.status_code, "uten disse rettighetene: inbox, project" in answer.text) == (422, True)
    assert (house.held(), house.company.refresh_token) == (None, "")


def test_the_end_of_a_consent_is_foretold(house: House) -> None:
    one = Visitor(house)
    one.jar.get(one.back)
    number = found(r'name="number" value="(\w+)"', one.jar.get(one.address).text)
    assert one.form(step="confirm", number=number).status_code == 200
    assert consents.lives_until(house.ledger, "vanern") == NOW + dt.timedelta(days=31)
    house.now += dt.timedelta(days=3)
    house.renew()
    ends = consents.lives_until(house.ledger, "vanern")
    assert ends is not None
    assert ends == house.now + dt.timedelta(days=31)
    assert consents.warning(house.ledger, "vanern", ends - dt.timedelta(days=7, seconds=1)) is None
    assert consents.warning(house.ledger, "vanern", ends - dt.timedelta(days=7)) == ends
    watch = alarms.Watch(ledger=house.ledger, now=ends - dt.timedelta(days=6))
    assert [alarm.code for alarm in checks.fortnox(watch, "vanern")] == ["fortnox.expiring"]


def test_both_languages_say_the_same() -> None:
    assert list(fortnox_texts_nb.TEXTS) == list(fortnox_texts_en.TEXTS)
    for name, text in fortnox_texts_nb.TEXTS.items():
        fields = [{field for _, field, _, _ in string.Formatter().parse(one)} for one in (text, fortnox_texts_en.TEXTS[name])]
        assert fields[0] == fields[1], name
