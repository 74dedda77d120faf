"""The debtor's pages: what a link alone shows, what the right code opens, what a wrong one costs, and what is told of it."""

from __future__ import annotations

import datetime as dt
import logging
import re
import string
from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from fakturabro.gateway import application, parts, security
from fakturabro.gateway.portal import texts_en as portal_texts_en
from fakturabro.gateway.portal import texts_nb as portal_texts_nb
from fakturabro.ledger import engine as engines
from fakturabro.ledger import opened
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import objections
from fakturabro.ledger.portal import tables as portal_tables
from tests.unit import portal_samples as samples
from tests.unit.portal_samples import CLIENT, EHF, NOW, PDF

pytestmark = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
SECRETS_OF_AN_INVOICE = ("10023", "12 345", "12 345", "8601", "1002300007", "Factoring Finans", "07.12.2026")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Gate:
    """A gateway and its clock."""

    def __init__(self, ledger: opened.Ledger) -> None:
        self.ledger, self.now = ledger, NOW
        self.parts = parts.Parts(
            ledger=ledger,
            key=parts.own_key(b"0" * 32),
            now=lambda: self.now,
            find_company=lambda *_: 1 / 0,
            send_mail=lambda *_: 1 / 0,
            portal_key=samples.KEY,
            refusal_seconds=0.0,
        )
        self.app = application.create(self.parts)

    def browser(self, **options: object) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://portal.example", follow_redirects=True)

    def rows(self) -> list[tuple[object, ...]]:
        """Everything that a debtor's page could change."""
        tables = (portal_tables.portal_link, portal_tables.opening, portal_tables.portal_session, portal_tables.objection)
        with self.ledger.reading() as connection:
            return [tuple(row) for table in (*tables, portal_tables.portal_miss) for row in connection.execute(sa.select(table))]

    def openings(self) -> int:
        with self.ledger.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(portal_tables.opening)).scalar_one()


@pytest.fixture
def gate(ledger: opened.Ledger) -> Gate:
    return Gate(ledger)


@pytest.fixture
async def browser(gate: Gate) -> AsyncIterator[httpx.AsyncClient]:
    async with gate.browser() as opened_one:
        yield opened_one


async def post(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as the page that stands at the path would."""
    shown = await browser.get(path)
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', shown.text)
    assert token, shown.text
    return await browser.post(path, data={"form_token": token[1], **fields})


async def enter(browser: httpx.AsyncClient, mailed: samples.Mailed, code: str = "") -> httpx.Response:
    return await post(browser, mailed.path, step="open", code=code or mailed.code)


# The door


async def test_the_link_alone_names_the_client_and_nothing_of_the_claim(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed, before = samples.mail(gate.ledger), gate.rows()
    before = gate.rows()
    for method in ("GET", "HEAD", "GET"):
        shown = await browser.request(method, mailed.path)
        assert shown.status_code == 200
    assert f"Faktura fra {CLIENT}" in shown.text
    assert not [said for said in SECRETS_OF_AN_INVOICE if said in shown.text]
    assert gate.rows() == before, "to fetch a link is nothing"
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "noindex" in shown.headers["x-robots-tag"] and "set-cookie" not in shown.headers
    assert "'unsafe-inline'" not in shown.headers["content-security-policy"]
    assert not re.search(r"<script|<style|style=|https?://|onclick", shown.text)


async def test_the_right_code_opens_figures_and_files(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger)
    shown = await enter(browser, mailed, f" {samples.grouped(mailed).lower()} ")
    for said in (CLIENT, "991 825 827", "Faktura 10023", "kr 12 345,00", "07.12.2026", "8601.11.17947", "1002300007"):
        assert said.replace(" ", "\u00a0") in shown.text or said in shown.text, said
    assert "Factoring Finans AS" in shown.text and gate.openings() == 1
    cookie = shown.history[0].headers["set-cookie"]
    assert re.fullmatch(r"__Host-f-[0-9a-f]{16}=[\w-]{43}; HttpOnly; Max-Age=1800; Path=/; SameSite=lax; Secure", cookie)
    pdf, ehf = await browser.get(f"{mailed.path}/pdf"), await browser.get(f"{mailed.path}/ehf")
    assert (pdf.content, pdf.headers["content-type"]) == (PDF + b"10023", "application/pdf")
    assert pdf.headers["content-disposition"] == 'attachment; filename="Faktura-10023.pdf"'
    assert (ehf.content, ehf.headers["content-type"]) == (EHF, "application/xml")
    assert ehf.headers["content-disposition"] == 'attachment; filename="Faktura-10023.xml"'
    left = await post(browser, mailed.path, step="leave")
    assert "Økten er lukket" in left.text
    assert "Kode" in (await browser.get(f"{mailed.path}/pdf")).text


async def test_a_credit_note_without_ehf_in_english(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger, "10024", kind="credit_note", language="en", ehf=b"", due_date=None)
    shown = await enter(browser, mailed)
    assert "Credit note 10024" in shown.text and "nothing to pay" in shown.text and '<html lang="en">' in shown.text
    assert "Account" not in shown.text and "/ehf" not in shown.text
    assert (await browser.get(f"{mailed.path}/ehf")).status_code == 410
    in_norwegian = await browser.get(f"{mailed.path}?lang=nb")
    assert "Kreditnota 10024" in in_norwegian.text and f"{mailed.path}/pdf?lang=nb" in in_norwegian.text
    named = (await browser.get(f"{mailed.path}/pdf?lang=nb")).headers["content-disposition"]
    assert named == 'attachment; filename="Kreditnota-10024.pdf"'


async def test_a_session_opens_its_own_link_only_and_ends_by_itself(gate: Gate, browser: httpx.AsyncClient) -> None:
    mine, other = samples.mail(gate.ledger), samples.mail(gate.ledger, "10099")
    shown = await enter(browser, mine)
    (value,) = [cookie.value for cookie in browser.cookies.jar]
    stolen = {"cookie": f"__Host-f-{portal_keys.token_hash(other.token)[:16]}={value}"}
    elsewhere = await browser.get(f"{other.path}/pdf", headers=stolen)
    assert "Kode" in elsewhere.text and PDF not in elsewhere.content
    gate.now += dt.timedelta(minutes=31)
    assert "10023" in shown.text and "10023" not in (await browser.get(mine.path)).text


# Wrong codes


async def test_a_wrong_code_and_an_unknown_link_get_the_same_page_after_the_same_work(
    gate: Gate, browser: httpx.AsyncClient
) -> None:
    mailed, nobodys = samples.mail(gate.ledger), f"/f/{'A' * 43}"
    said, work = list[str](), list[list[str]]()
    statements = list[str]()
    event.listen(gate.ledger.engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement.split()[0]))
    for path in (mailed.path, nobodys):
        shown = await browser.get(path)
        token = re.search(r'value="([0-9a-f]{64})"', shown.text)[1]
        statements.clear()
        answer = await browser.post(path, data={"form_token": token, "step": "open", "code": samples.wrong(mailed.code)})
        assert answer.status_code == 403
        said.append(answer.text.replace(token, ""))
        work.append([one for one in statements if one not in ("SELECT", "BEGIN")])
    assert said[0] == said[1] and CLIENT not in said[0] and "Koden stemmer ikke" in said[0]
    assert [len(one) for one in work] == [1, 1], work
    assert gate.openings() == 0


async def test_five_wrong_codes_lock_and_say_until_when(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger)
    for _ in range(5):
        assert (await enter(browser, mailed, samples.wrong(mailed.code))).status_code == 403
    shown = await browser.get(mailed.path)
    assert shown.status_code == 429 and "Prøv igjen kl. 09:15" in shown.text
    token = security.form_token(gate.parts.key, portal_keys.token_hash(mailed.token))
    right = await browser.post(mailed.path, data={"form_token": token, "step": "open", "code": mailed.code})
    assert right.status_code == 429 and gate.openings() == 0
    gate.now += dt.timedelta(minutes=16)
    assert "Faktura 10023" in (await enter(browser, mailed)).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"closed_at": NOW, "closed_why": portal_closing.GUESSED}, "Be om ny e-post"),
        ({"closed_at": NOW, "closed_why": portal_closing.REISSUED}, "nyeste e-posten"),
        ({"expires_at": NOW}, "Be om ny e-post"),
    ],
)
async def test_a_link_that_is_over_says_whom_to_ask(
    gate: Gate, browser: httpx.AsyncClient, change: dict[str, object], words: str
) -> None:
    mailed = samples.mail(gate.ledger)
    with gate.ledger.writing() as connection:
        connection.execute(sa.update(portal_tables.portal_link).values(**change))
    shown = await browser.get(mailed.path)
    assert shown.status_code == 410 and f"kontakt med {CLIENT}" in shown.text and words in shown.text
    assert ("Be om ny e-post" in shown.text) == (change.get("closed_why") != portal_closing.REISSUED)
    assert not [said for said in SECRETS_OF_AN_INVOICE if said in shown.text]


@pytest.mark.parametrize("code", ["", "\x00" * 8, "😀" * 8, "A" * 10_000, "K7M2-XW9", "' or 1=1 --"])
async def test_what_is_no_code_counts_nothing(gate: Gate, browser: httpx.AsyncClient, code: str) -> None:
    mailed = samples.mail(gate.ledger)
    before = gate.rows()
    answer = await enter(browser, mailed, code or " ")
    assert answer.status_code == 422 and "åtte bokstaver og tall" in answer.text and gate.rows() == before


@pytest.mark.parametrize("token", ["x", "A" * 42, "A" * 44, "%00" * 43, "%F0%9F%98%80", "A" * 5_000, '"><script>'])
async def test_an_odd_token_is_a_link_that_nobody_knows(gate: Gate, browser: httpx.AsyncClient, token: str) -> None:
    shown = await browser.get(f"/f/{token}")
    assert shown.status_code == 200 and "Åpne fakturaen" in shown.text and "<script" not in shown.text
    assert (await browser.get(f"/f/{token}/pdf")).status_code == 404
    assert (await post(browser, f"/f/{token}", step="open", code="K7M2XW9P")).status_code == 403


async def test_an_address_that_tries_too_often_waits(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger)
    shown = await browser.get(f"/f/{'A' * 43}")
    token = re.search(r'value="([0-9a-f]{64})"', shown.text)[1]
    for _ in range(20):
        await browser.post(f"/f/{'A' * 43}", data={"form_token": token, "step": "open", "code": "K7M2XW9P"})
    assert (await enter(browser, mailed)).status_code == 429 and gate.openings() == 0
    assert (await browser.get(mailed.path)).status_code == 200, "scanners are not what is counted"


async def test_a_forged_form_opens_nothing(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger)
    form = {"step": "open", "code": mailed.code}
    assert (await browser.post(mailed.path, data=form | {"form_token": "0" * 64})).status_code == 403
    token = security.form_token(gate.parts.key, portal_keys.token_hash(mailed.token))
    foreign = {"sec-fetch-site": "cross-site"}
    assert (await browser.post(mailed.path, data=form | {"form_token": token}, headers=foreign)).status_code == 403
    assert (await browser.post(mailed.path, json=form)).status_code == 415
    assert gate.openings() == 0


async def test_the_log_tells_links_apart_and_gives_none_away(
    gate: Gate, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    mailed = samples.mail(gate.ledger)
    with caplog.at_level(logging.INFO, "fakturabro.gateway"):
        await enter(browser, mailed)
    assert f"POST f/{portal_keys.token_hash(mailed.token)[:12]} 303" in caplog.text
    assert mailed.token not in caplog.text and mailed.code not in caplog.text and "solberg" not in caplog.text


# A lost code


async def test_a_new_email_is_wished_once_an_hour_and_the_answer_is_the_same_for_nobodys_link(
    gate: Gate, browser: httpx.AsyncClient
) -> None:
    mailed, said = samples.mail(gate.ledger), list[str]()
    for path in (mailed.path, mailed.path, f"/f/{'A' * 43}"):
        said.append((await post(browser, path, step="again")).text)
    strip = [re.sub(r"[0-9a-f]{64}", "", one) for one in said]
    assert strip[0] == strip[1] == strip[2] and "@" not in said[0] and CLIENT not in said[0]
    wished = sa.select(portal_tables.portal_link.c.natural_key).where(portal_tables.portal_link.c.wished_at.is_not(None))
    with gate.ledger.reading() as connection:
        assert connection.execute(wished).scalars().all() == [mailed.natural_key]
    assert "Faktura 10023" in (await enter(browser, mailed)).text, "until then the link works"


# What is wrong with the invoice


async def test_an_objection_is_taken_added_to_and_bounded(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger)
    at = f"{mailed.path}/objection"
    assert "Kode" in (await browser.get(at)).text, "only behind the code"
    await enter(browser, mailed)
    assert (await post(browser, at, reason="", words="x")).status_code == 422
    assert (await post(browser, at, reason="other", words="")).status_code == 422
    kept = await post(browser, at, reason="paid", words="x" * 2_001)
    assert kept.status_code == 422 and "x" * 2_001 in kept.text and re.search(r'value="paid" required checked', kept.text)
    done = await post(browser, at, reason="wrong_amount", words=f"Timene stemmer ikke\r\n{HOSTILE}")
    assert "Takk" in done.text and f"Både {CLIENT} og Factoring Finans AS" in done.text
    assert "Du sa fra 23.11.2026" in (await browser.get(at)).text
    (first,) = objections.find_open(gate.ledger, samples.TENANT)
    assert (first.kind, first.number) == ("wrong_amount", "10023") and HOSTILE in first.text
    for minute in range(1, objections.MOST):
        gate.now = NOW + dt.timedelta(seconds=minute)
        assert (await post(browser, at, reason="paid", words="")).status_code == 200
    assert (await post(browser, at, reason="paid", words="")).status_code == 429
    assert len(objections.find_open(gate.ledger, samples.TENANT)) == objections.MOST


async def test_hostile_names_are_text(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger, HOSTILE, client_name=HOSTILE, payee=HOSTILE, kid=HOSTILE, reply_to=HOSTILE)
    shown = [await browser.get(mailed.path), await enter(browser, mailed), await browser.get(f"{mailed.path}/objection")]
    assert all("<script>" not in one.text and "<img" not in one.text and one.status_code == 200 for one in shown)
    named = (await browser.get(f"{mailed.path}/pdf")).headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9-]+\.pdf"', named)


# When something is missing


async def test_what_was_purged_says_so(gate: Gate, browser: httpx.AsyncClient) -> None:
    mailed = samples.mail(gate.ledger)
    await enter(browser, mailed)
    with gate.ledger.writing() as connection:
        gate.ledger.seals.destroy(connection, samples.TENANT, "document", f"{NOW:%Y-%m}")
    for path in (mailed.path, f"{mailed.path}/pdf", f"{mailed.path}/objection"):
        gone = await browser.get(path)
        assert gone.status_code == 410 and "slettet" in gone.text


async def test_without_a_key_there_is_no_page_and_an_old_ledger_says_later(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    mailed = samples.mail(gate.ledger)
    bare = Gate(gate.ledger)
    object.__setattr__(bare.parts, "portal_key", b"")
    bare.app = application.create(bare.parts)
    async with bare.browser() as one:
        assert (await one.get(mailed.path)).status_code == 404
    engines.migrate_back(gate.ledger.engine, "0005")
    async with Gate(gate.ledger).browser() as one:
        later = await one.get(mailed.path)
        assert later.status_code == 503 and "virker fortsatt" in later.text


def test_both_languages_have_the_same_sentences_with_the_same_fields(ledger: opened.Ledger) -> None:
    assert list(portal_texts_nb.TEXTS) == list(portal_texts_en.TEXTS)

    def fields(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    assert {name for name, text in portal_texts_nb.TEXTS.items() if fields(text) != fields(portal_texts_en.TEXTS[name])} == set()
    assert {name for name in objections.KINDS if f"reason_{name}" not in portal_texts_nb.TEXTS} == set()
