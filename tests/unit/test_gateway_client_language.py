"""A client reads its tenant's language on every page and in every mail, whatever language the installation speaks."""

from __future__ import annotations

import collections
import datetime as dt
import html.parser
import re
from collections.abc import Iterable

import httpx
import pytest
import sqlalchemy as sa

from fakturabro.gateway import asking, connecting, messages, parts, security, texts_en, texts_nb
from fakturabro.gateway.clients import pages as client_pages
from fakturabro.gateway.clients import transfer_pages
from fakturabro.ledger import links, opened, operations, settings, stops, tables
from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import settings as client_settings
from fakturabro.ledger.portal import objections
from fakturabro.remote import errors
from tests.unit import test_gateway_client as pages
from tests.unit.test_gateway_client import KARI, NOW, Office, post

TOLD = "deployments:\n- {entrypoint: flows.poweroffice_factoring.invoice_intake, parameters: {tenant: solberg, options: %s}}\n"
ENGLISH = pages.FILE + TOLD % "{report: {language: en}}"
NORWEGIAN = pages.FILE + TOLD % "{report: {language: nb}}"
SECTIONS = {"nb": "Når vi arbeider", "en": "When we work"}
SCOPES = [name.removeprefix("scope_") for name in texts_en.TEXTS if name.startswith("scope_")]
UNUSED = {"client_now"}
"""No page shows it."""
WORD = re.compile(r"[^\W\d_]+")
on_sqlite = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in WORD.findall(re.sub(r"\{\w*\}", " ", text).lower())}


NORWEGIAN_ONLY = words(texts_nb.TEXTS.values()) - words(texts_en.TEXTS.values()) - {"no"}  # a domain's last part


def norwegian(text: str) -> set[str]:
    """What of a text is in no English sentence of ours: words, and letters that English lacks."""
    return (words([text]) & NORWEGIAN_ONLY) | set(re.findall("[æøå]", text.lower()))


class Read(html.parser.HTMLParser):
    """What a page says, to eyes and to screen readers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said = list[str]()
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value or "" for name, value in attrs if name in ("aria-label", "title", "placeholder", "alt")]


class Used(collections.UserDict[str, str]):
    """Texts that remember which were read."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.read = set[str]()
        super().__init__(texts)

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)


class Walk:
    """One visit to all pages of a client; `said` is what each of them said, `languages` what each says it speaks."""

    def __init__(self, office: Office, browser: httpx.AsyncClient) -> None:
        self.office, self.browser = office, browser
        self.said, self.languages = dict[str, str](), set[str]()

    def note(self, name: str, answer: httpx.Response, status: int = 200) -> httpx.Response:
        assert answer.status_code == status, (name, answer.status_code)
        self.languages |= set(re.findall('<html lang="(..)">', answer.text))
        self.said[name] = " ".join(Read(answer.text).said) + answer.headers.get("content-disposition", "")
        return answer

    async def get(self, path: str, status: int = 200) -> httpx.Response:
        return self.note(path[50:] or "overview", await self.browser.get(path), status)

    async def at_the_door(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office, path = self.office, self.office.link()
        await self.get(path)
        self.note("foreign form", await self.browser.post(path, data={"step": "send"}), 403)
        office.mail_fault = errors.Unavailable("away")
        self.note("mail away", await post(self.browser, path, step="send"), 503)
        office.mail_fault = None
        for _ in range(5):
            self.note("code", await post(self.browser, path, step="send"))
        self.note("too many", await post(self.browser, path, step="send"), 429)
        self.note("no code", await post(self.browser, path, step="confirm", code="x"), 422)
        wrong = "000000" if office.code() != "000000" else "111111"
        for _ in range(4):
            self.note("wrong", await post(self.browser, path, step="confirm", code=wrong), 403)
        self.note("spent", await post(self.browser, path, step="confirm", code=wrong), 403)
        with monkeypatch.context() as patch:
            patch.setattr("fakturabro.ledger.clients.access.use_code", lambda *_: pages.client_access.Entry(outcome="locked"))
            self.note("locked", await post(self.browser, office.link(), step="confirm", code=wrong), 429)
            patch.setattr("fakturabro.ledger.clients.access.make_code", lambda *_: 1 / 0)
            self.note("failed", await post(self.browser, office.link(), step="send"), 500)

    async def inside(self, monkeypatch: pytest.MonkeyPatch) -> None:
        office, path = self.office, self.office.link()
        await office.enter(self.browser, path)
        for below in ("", "/files", "/transfers", "/transfers.csv", "/objections", "/settings"):
            await self.get(path + below)
        gone = fill(office.ledger, monkeypatch)
        self.note("one waits", await self.browser.get(path))
        hold(office.ledger, 2)
        self.note("some wait", await self.browser.get(path))
        for below in ("/files", "/transfers", "/settings"):
            self.note(f"filled {below}", await self.browser.get(path + below))
        for document_id, kind in enumerate(objections.KINDS, 1):
            objections.record(office.ledger, None, "solberg", document_id, kind, "10023", NOW)
        self.note("objections", await self.browser.get(f"{path}/objections"))
        for name, status, note in (("no note", 422, "x"), ("closed", 200, "12345"), ("closed before", 200, "12345")):
            self.note(name, await post(self.browser, f"{path}/objections", id="1", note=note), status)
        self.note("gone", await self.browser.get(f"{path}/reports/{gone}.pdf"), 410)
        self.note("no report", await self.browser.get(f"{path}/reports/999.pdf"), 404)
        for query in ("first=x", "first=2026-11-24&last=2026-11-23", f"number={'1' * 61}"):
            await self.get(f"{path}/transfers?{query}", 422)
        self.said["file"] = (await self.browser.get(f"{path}/transfers.csv")).content.decode("utf-8-sig")
        monkeypatch.setattr(transfer_pages, "_ON_A_PAGE", 50)
        self.note("all transfers", await self.browser.get(f"{path}/transfers"))
        self.note("left", await post(self.browser, path, step="leave"))

    def mails(self) -> None:
        assert asking.invite_reader(self.office.asker, "solberg", KARI, "drift", NOW) == "invited"
        assert {one.recipient for one in self.office.mails} == {KARI}
        self.said |= {f"mail {number}": f"{one.subject} {one.text}" for number, one in enumerate(self.office.mails)}
        for name in self.said:
            self.said[name] = re.sub(r"https://\S+", "", self.said[name])  # a token may be any letters


def fill(ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> int:
    """Every kind of line, stop, report and setting; the id of a report that was purged."""
    at = iter(range(100))
    for outcome in ("accepted", "rejected", "in_doubt", "planned", "bounced", "reissued"):
        for target in ("ehf", "link", "email", "letter", "factoring:4711", "poweroffice"):
            pages.sent(ledger, "solberg", [(f"100{next(at)}", outcome, NOW + dt.timedelta(seconds=next(at)))], target)
    with ledger.writing() as connection:
        connection.execute(sa.update(tables.document).where(tables.document.c.id % 2 == 0).values(kind="credit_note"))
        for number, purpose in enumerate(("book", "write_back")):
            connection.execute(sa.update(tables.delivery).where(tables.delivery.c.id % 3 == number).values(purpose=purpose))
    hold(ledger, 1)
    for scope in SCOPES:
        stops.record(ledger, "solberg", scope, why="internt", owner="drift", at=NOW)
    gone = 0
    for minute in range(9):
        gone = client_reports.record(ledger, "solberg", pages.made(NOW + dt.timedelta(minutes=minute), headline="3"))
    monkeypatch.setattr(client_reports, "read", lambda *_: None)
    sections = {name: [client_settings.Section(title=title, rows=[])] for name, title in SECTIONS.items()}
    client_settings.record(ledger, "solberg", sections, NOW)
    for module, name in ((client_pages, "_ON_A_PAGE"), (transfer_pages, "_ON_A_PAGE"), (transfer_pages, "_IN_A_FILE")):
        monkeypatch.setattr(module, name, 3)
    return gone


def hold(ledger: opened.Ledger, document_id: int) -> None:
    common = {"tenant": "solberg", "severity": "block", "field": "", "value": "", "suggestion": "", "station": "check", "run": "r"}
    with ledger.writing() as connection:
        mine = tables.delivery.c.document_id == document_id
        connection.execute(sa.update(tables.delivery).where(mine).values(state="held", amount=922500, currency="EUR"))
        values = {"document_id": document_id, "code": "missing_postal_address", "holds": ["distribute"]}
        connection.execute(sa.insert(tables.finding).values(**common, **values))


async def walk(ledger: opened.Ledger, installation: parts.Language, file: str, monkeypatch: pytest.MonkeyPatch) -> Walk:
    office = Office(ledger, installation)
    settings.record(ledger, "solberg", "s.yaml", file, NOW)
    monkeypatch.setattr(security.AttemptLimit, "is_reached", lambda *_: False)
    async with office.browser() as browser:
        one = Walk(office, browser)
        await one.at_the_door(monkeypatch)
        await one.inside(monkeypatch)
    one.mails()
    return one


@on_sqlite
async def test_an_english_client_reads_no_norwegian_on_any_page_or_in_any_mail(
    ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, foreign = Used(texts_en.TEXTS), Used(texts_nb.TEXTS)
    monkeypatch.setattr(messages, "_TEXTS", {"en": used, "nb": foreign})
    seen = await walk(ledger, "nb", ENGLISH, monkeypatch)
    assert {name: found for name, text in seen.said.items() if (found := norwegian(text))} == {}
    assert seen.languages == {"en"} and foreign.read == set()
    shown = {name for name in texts_en.TEXTS if name.startswith(("client_", "scope_"))} - UNUSED
    assert shown - used.read == set(), "the walk went by every page"
    assert "When we work" in seen.said["filled /settings"]


@on_sqlite
async def test_the_same_walk_finds_norwegian_everywhere_for_a_norwegian_client(
    ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await walk(ledger, "en", NORWEGIAN, monkeypatch)
    assert [name for name, text in seen.said.items() if not norwegian(text)] == []
    assert seen.languages == {"nb"}


@on_sqlite
async def test_a_new_language_is_spoken_at_the_next_click(ledger: opened.Ledger) -> None:
    office = Office(ledger)
    async with office.browser() as browser:
        path = office.link()
        assert "Nyeste rapporter" in (await office.enter(browser, path)).text
        settings.record(ledger, "solberg", "s.yaml", ENGLISH, NOW)
        assert "Newest reports" in (await browser.get(path)).text
        other = office.link(tenant="fjord")
        assert "Dine sider" in (await browser.get(other)).text, "only this tenant's"
        settings.record(ledger, "solberg", "s.yaml", pages.FILE, NOW)
        assert "Nyeste rapporter" in (await browser.get(path)).text


@on_sqlite
async def test_what_is_no_clients_page_and_unknown_links_speak_the_installations_language(ledger: opened.Ledger) -> None:
    office = Office(ledger)
    settings.record(ledger, "solberg", "s.yaml", ENGLISH, NOW)
    asking.invite_client(office.asker, "solberg", "post@solberg.no", NOW)
    assert "Koble PowerOffice Go" in office.mails[-1].subject
    async with office.browser() as browser:
        found = re.search(rf"/{connecting.PAGE}/\S+", office.mails[-1].text)
        assert found and "Lim inn" not in texts_en.TEXTS["connect_text"] and "lim den inn" in (await browser.get(found[0])).text
        dead = office.link()
        with ledger.writing() as connection:
            connection.execute(sa.update(operations.link).where(operations.link.c.page == "client").values(expires_at=NOW))
        unknown, died = await browser.get(f"/client/{links.make_token()}"), await browser.get(f"{dead}/files")
        assert (unknown.status_code, died.status_code) == (404, 404)
        assert '<html lang="nb">' in unknown.text and texts_nb.TEXTS["dead_link_text"] in unknown.text
        assert '<html lang="en">' in died.text and texts_en.TEXTS["dead_link_text"] in died.text
        as_another_page = await browser.get(dead.replace("client", "connect"))
        assert '<html lang="nb">' in as_another_page.text


MANY = "\n".join(f"- {{parameters: {{tenant: t{number}}}}}" for number in range(3))
INTAKE = "{entrypoint: flows.poweroffice_factoring.invoice_intake, parameters: {tenant: solberg, options: %s}}"
OTHER = "{entrypoint: flows.data_quality.report, parameters: {tenant: solberg, options: %s}}"


@pytest.mark.parametrize(
    ("file", "language"),
    [
        (ENGLISH, "en"),
        (NORWEGIAN, "nb"),
        (f"deployments:\n{MANY}\n- {INTAKE}\n" % "{report: {language: en}}", "en"),
        (ENGLISH.replace("solberg, options", "fjord, options"), "nb"),
        (f"deployments:\n- {OTHER}\n- {INTAKE}\n" % ("{report: {language: nb}}", "{report: {language: en}}"), "en"),
        (f"deployments:\n- {OTHER}\n- {INTAKE}\n" % ("{report: {language: en}}", "{agreement: {}}"), "nb"),
        (f"deployments:\n- {{parameters: {{tenant: solberg}}}}\n- {OTHER}\n" % "{report: {language: en}}", "en"),
        ("x: &o {report: {language: en}}\n" + TOLD % "*o", "en"),
        ("x: &o {report: {language: en}}\n" + TOLD % "{<<: *o, rules: {}}", "en"),
        *[(TOLD % f"{{report: {{language: {odd}}}}}", "nb") for odd in ("EN", "sv", "1", "null", "[en]", "{en: en}", "!!int x")],
        *[(TOLD % odd, "nb") for odd in ("null", "[1]", "x", "{report: en}", "{report: [en]}", "{[a]: 1}", "{report: !!binary _}")],
        (TOLD.replace("solberg", "[solberg]") % "{}", "nb"),
        *[(odd, "nb") for odd in ("", "null", "[]", "x", "deployments: 1", "deployments: {a: 1}", "deployments: [1, null, []]")],
        *[(odd, "nb") for odd in ("deployments: [", "\x00", "a: &a [*a]", "&a {deployments: [*a]}", "x: *none", "[" * 5000)],
        *[(odd, "nb") for odd in ("x: !!timestamp x", "x: !!python/object:os.system {}", "--- 1\n--- 2", "%YAML 9.9\n--- 1")],
        *[(ENGLISH + f"y: {odd}\n", "nb") for odd in ("!!timestamp x", "!!bool x", "!!float x", "{{a: 1}: 2}", "2026-13-99")],
    ],
)
@on_sqlite
def test_the_files_language_and_whatever_is_odd_is_norwegian(ledger: opened.Ledger, file: str, language: str) -> None:
    assert clients.language(ledger, "solberg") == "nb", "no file"
    settings.record(ledger, "solberg", "s.yaml", file, NOW)
    assert clients.language(ledger, "solberg") == language
    assert clients.language(ledger, "solberg") == language, "also from the cache"
    assert clients.is_listed(ledger, "solberg", KARI) == ("Kari" in file and "y: " not in file), "and nothing is raised"
