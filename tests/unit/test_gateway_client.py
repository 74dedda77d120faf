"""The client's pages: who is let in, who is not and why, and what a client sees there of what is its own."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from fakturabro.gateway import application, asking, parts, security
from fakturabro.ledger import choices, links, opened, operations, purging, retention, settings, stops, tables
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import settings as client_settings
from fakturabro.ledger.clients import tables as client_tables
from fakturabro.remote import errors

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KARI, OLA = "kari@solberg.no", "ola@solberg.no"
FILE = f"clients:\n- {{name: Kari Nordmann, email: {KARI}}}\n- {{name: Ola Nordmann, email: {OLA}}}\n"
HOSTILE = '<script>alert(1)</script>=HYPERLINK("http://x")'
pytestmark = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


class Office:
    """A gateway, its clock, and the mails that it sent."""

    def __init__(self, ledger: opened.Ledger, language: parts.Language = "nb") -> None:
        self.ledger, self.now, self.mails = ledger, NOW, list[parts.Mail]()
        self.mail_fault: Exception | None = None
        self.parts = parts.Parts(
            ledger=ledger,
            key=parts.own_key(b"0" * 32),
            now=lambda: self.now,
            find_company=self._no_company,
            send_mail=self._send,
            language=language,
            refusal_seconds=0.0,
        )
        self.app = application.create(self.parts)
        self.asker = asking.Asker(ledger=ledger, base="https://portal.example", send=self.mails.append)
        for tenant in ("solberg", "fjord"):
            settings.record(ledger, tenant, f"{tenant}.yaml", FILE, NOW)

    async def _no_company(self, tenant: str, key: str) -> parts.Company:
        raise AssertionError("no company is asked for here")

    async def _send(self, mail: parts.Mail) -> None:
        if self.mail_fault:
            raise self.mail_fault
        self.mails.append(mail)

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="https://portal.example", follow_redirects=True)

    def link(self, tenant: str = "solberg", person: str = KARI) -> str:
        """The path of a new link."""
        return asking.client_link(self.asker, tenant, person, self.now).removeprefix("https://portal.example")

    def code(self) -> str:
        """The code that was mailed last."""
        return re.search(r"\b(\d{6})\b", self.mails[-1].text)[1]

    async def enter(self, browser: httpx.AsyncClient, path: str) -> httpx.Response:
        """Come in as the person would."""
        await post(browser, path, step="send")
        return await post(browser, path, step="confirm", code=self.code())

    def looks(self) -> list[tuple[str, str]]:
        with self.ledger.reading() as connection:
            return [(row.who, row.what) for row in connection.execute(sa.select(operations.look).order_by(operations.look.c.id))]


async def post(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as the page that stands at the path would."""
    shown = await browser.get(path)
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', shown.text)
    assert token, shown.text
    return await browser.post(path, data={"form_token": token[1], **fields})


@pytest.fixture
def office(ledger: opened.Ledger) -> Office:
    return Office(ledger)


def made(at: dt.datetime = NOW, **changes: Any) -> client_reports.Made:
    values: dict[str, Any] = {"flow": "invoice_intake", "slot": at, "period": (at.date(), at.date()), "made_at": at}
    values |= {"language": "nb", "headline": f"{at:%H:%M}: 42 hentet, 40 sendt, 2 venter på deg", "counts": {"held": 2}}
    values |= {"html": b"<!doctype html><style>p{color:red}</style><p>Rapport", "pdf": b"%PDF-1.7 report", "xlsx": b"PK\x03\x04"}
    return client_reports.Made(**values | {"content": b"{}"} | changes)


def sent(ledger: opened.Ledger, tenant: str, rows: Sequence[tuple[str, str, dt.datetime]], target: str = "ehf") -> None:
    """Lines of the transfer log: (number, outcome, time)."""
    with ledger.writing() as connection:
        for number, outcome, at in rows:
            about = {"tenant": tenant, "source": "poweroffice", "kind": "invoice", "number": number, "customer_number": "7"}
            about |= {
                "source_key": f"{number}{at}",
                "amount": 100,
                "currency": "NOK",
                "listing_hash": "",
                "state": "fetched",
                "run": "r",
            }
            document_id = connection.execute(sa.insert(tables.document).values(**about)).inserted_primary_key[0]
            delivery = {"tenant": tenant, "document_id": document_id, "purpose": "distribute", "revision_id": 1, "state": "waiting"}
            delivery |= {"amount": 100, "currency": "NOK", "run": "r"}
            delivery_id = connection.execute(sa.insert(tables.delivery).values(**delivery)).inserted_primary_key[0]
            line = {"tenant": tenant, "delivery_id": delivery_id, "at": at, "run": "r", "target": target, "natural_key": "k"}
            connection.execute(
                sa.insert(tables.transfer_log).values(**line, outcome=outcome, detail="svar fra motparten", answer=b"x")
            )


# The door


async def test_the_link_alone_shows_no_data_and_the_code_opens(office: Office) -> None:
    client_reports.record(office.ledger, "solberg", made())
    async with office.browser() as browser:
        path = office.link()
        door = await browser.get(path)
        assert "k***@solberg.no" in door.text and KARI not in door.text and "42 hentet" not in door.text
        asked = await post(browser, path, step="send")
        assert (office.mails[-1].recipient, office.code() in office.mails[-1].subject) == (KARI, False)
        assert office.code() not in asked.text
        shown = await post(browser, path, step="confirm", code=f"{office.code()[:3]} {office.code()[3:]}")
        assert "42 hentet" in shown.text and shown.history[0].status_code == 303
        cookie = shown.history[0].headers["set-cookie"]
        assert re.fullmatch(r"__Host-client-[0-9a-f]{16}=[\w-]{43}; HttpOnly; Max-Age=28800; Path=/; SameSite=lax; Secure", cookie)
        value = cookie.partition("=")[2].partition(";")[0]
    with office.ledger.reading() as connection:
        rows = connection.execute(sa.select(client_tables.client_session)).all()
        kept = str([*rows, *connection.execute(sa.select(client_tables.client_code)).all()])
    assert len(rows) == 1 and value not in kept and office.code() not in kept and path.rsplit("/", 1)[1] not in kept
    assert office.looks() == [(KARI, f"client {what}") for what in ("code mailed", "session begun", "overview")]


@pytest.mark.parametrize(
    "way", ["unknown", "expired", "revoked", "removed", "other page", "file unreadable", "too many wrong codes"]
)
async def test_dead_links_are_refused_alike_also_in_a_session_that_lived(office: Office, way: str) -> None:
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        assert (await browser.get(f"{path}/files")).status_code == 200
        if way == "unknown":
            path = f"/client/{links.make_token()}"
        elif way == "expired":
            office.now += client_access.LIVES
        elif way == "revoked":
            assert client_access.revoke(office.ledger, "solberg", KARI, "drift", NOW) == 1
        elif way == "removed":
            settings.record(office.ledger, "solberg", "s.yaml", FILE.replace(KARI, "ny@solberg.no"), NOW)
        elif way == "file unreadable":
            settings.record(office.ledger, "solberg", "s.yaml", "clients: {kari: ja}\n", NOW)
        elif way == "other page":
            path = path.replace("client", "connect")
        else:
            with office.ledger.writing() as connection:
                connection.execute(sa.update(operations.link).values(attempts=links.ATTEMPTS))
        for below in ("", "/files", "/transfers", "/transfers.csv", "/settings", "/reports/1.html"):
            refused = await browser.get(path + below)
            assert refused.status_code == 404 and "Lenken gjelder ikke" in refused.text, below


async def test_who_is_removed_is_out_at_once_and_others_stay(office: Office) -> None:
    async with office.browser() as kari, office.browser() as ola:
        paths = {KARI: office.link(), OLA: office.link(person=OLA)}
        await office.enter(kari, paths[KARI])
        await office.enter(ola, paths[OLA])
        client_access.revoke(office.ledger, "solberg", KARI, "drift", NOW)
        assert (await kari.get(f"{paths[KARI]}/files")).status_code == 404
        assert "Rapporter og filer" in (await ola.get(f"{paths[OLA]}/files")).text
    with office.ledger.reading() as connection:
        (logged,) = connection.execute(sa.select(operations.choice).where(operations.choice.c.name == client_access.CLIENT_ACCESS))
    assert (logged.tenant, logged.value, logged.by) == ("solberg", f"revoked {KARI}", "drift")


async def test_wrong_codes_are_counted_and_five_in_a_row_kill_the_link(office: Office) -> None:
    async with office.browser() as browser:
        path = office.link()
        await post(browser, path, step="send")
        wrong = "000000" if office.code() != "000000" else "111111"
        for left in (4, 3, 2, 1):
            refused = await post(browser, path, step="confirm", code=wrong)
            assert refused.status_code == 403 and f"Du har {left} forsøk igjen" in refused.text
        assert "Lenken kan ikke brukes mer" in (await post(browser, path, step="confirm", code=wrong)).text
        assert (await browser.get(path)).status_code == 404
        other = office.link()
        for number in range(5):
            await post(browser, other, step="send")
            await post(browser, other, step="confirm", code=wrong if number < 4 else office.code())
        assert (await browser.get(f"{other}/files")).status_code == 200
    with office.ledger.reading() as connection:
        found = connection.execute(sa.select(operations.link.c.attempts).where(operations.link.c.hash == links.digest(other[8:])))
        assert found.scalar_one() == 0, "the right code forgives"


async def test_ten_wrong_codes_lock_the_person_over_all_links(office: Office) -> None:
    async with office.browser() as browser:
        for path in (office.link(), office.link(), office.link()):
            await post(browser, path, step="send")
            wrong = "000000" if office.code() != "000000" else "111111"
            answers = [await post(browser, path, step="confirm", code=code) for code in [wrong] * 4 + [office.code()]]
            if path.endswith(answers[-1].url.path.rpartition("/")[2]) and answers[-1].status_code == 429:
                break
    assert "Vent en time" in answers[-1].text and answers[-1].status_code == 429


@pytest.mark.parametrize("way", ["replayed", "expired", "replaced", "of another link", "none was sent", "no digits"])
async def test_a_code_opens_once_within_ten_minutes_and_only_the_newest_of_its_link(office: Office, way: str) -> None:
    async with office.browser() as browser, office.browser() as second:
        path, status = office.link(), 403
        code = "123456"
        if way != "none was sent":
            await post(browser, path, step="send")
            code = office.code()
        if way == "replayed":
            await post(second, path, step="confirm", code=code)
        elif way == "expired":
            office.now += client_access.CODE_LIVES
        elif way == "replaced":
            await post(browser, path, step="send")
            if office.code() == code:
                pytest.skip("one in a million")
        elif way == "of another link":
            path = office.link()
            await post(browser, path, step="send")
            if office.code() == code:
                pytest.skip("one in a million")
        elif way == "no digits":
            code, status = "١٢٣٤٥٦", 422
        refused = await post(browser, path, step="confirm", code=code)
        assert refused.status_code == status and "<form" in refused.text
        assert "Dine sider" in (await browser.get(f"{path}/files")).text, "still at the door"


async def test_a_code_stays_good_when_another_link_of_the_person_gets_one(office: Office) -> None:
    async with office.browser() as browser:
        path, other = office.link(), office.link()
        await post(browser, path, step="send")
        code = office.code()
        await post(browser, other, step="send")
        assert "Nyeste rapporter" in (await post(browser, path, step="confirm", code=code)).text


async def test_codes_are_few_and_one_whose_mail_failed_does_not_count(office: Office) -> None:
    async with office.browser() as browser:
        path = office.link()
        office.mail_fault = errors.Unavailable("borte")
        for _ in range(7):
            assert (await post(browser, path, step="send")).status_code == 503
        office.mail_fault = None
        statuses = [(await post(browser, path, step="send")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        statuses = [(await post(browser, office.link(), step="send")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429], "ten an hour over all links"
        office.now += dt.timedelta(hours=1)
        assert (await post(browser, path, step="send")).status_code == 200
    assert len(office.mails) == 11


async def test_a_session_ends_when_idle_and_after_eight_hours_and_when_left(office: Office) -> None:
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        for _ in range(8):
            office.now += dt.timedelta(minutes=59)
            assert "Nyeste rapporter" in (await browser.get(path)).text
        office.now += dt.timedelta(minutes=8)
        assert "Send meg en kode" in (await browser.get(path)).text, "eight hours"
        await office.enter(browser, path)
        office.now += dt.timedelta(minutes=60)
        assert "Send meg en kode" in (await browser.get(path)).text, "an hour idle"
        await office.enter(browser, path)
        kept = dict(browser.cookies)
        assert "Du er logget ut" in (await post(browser, path, step="leave")).text
        assert not browser.cookies
        browser.cookies.update(kept)
        assert "Send meg en kode" in (await browser.get(path)).text, "the server has forgotten it too"


async def test_a_session_is_good_on_its_own_link_only(office: Office) -> None:
    async with office.browser() as browser:
        first, same, foreign = office.link(), office.link(), office.link(tenant="fjord")
        await office.enter(browser, first)
        (value,) = dict(browser.cookies).values()
        for path in (same, foreign):
            name = f"__Host-client-{links.digest(path.removeprefix('/client/'))[:16]}"
            shown = await browser.get(f"{path}/files", headers={"Cookie": f"{name}={value}"})
            assert "Send meg en kode" in shown.text
        forged = {"Cookie": "; ".join(f"{name}={links.make_token()}" for name in dict(browser.cookies))}
        browser.cookies.clear()
        assert "Send meg en kode" in (await browser.get(f"{first}/files", headers=forged)).text


async def test_a_session_holds_in_another_process(office: Office) -> None:
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        other = Office(office.ledger)
        async with other.browser() as elsewhere:
            elsewhere.cookies.update(browser.cookies)
            assert "Nyeste rapporter" in (await elsewhere.get(path)).text


async def test_forged_forms_mail_no_code_and_let_nobody_in(office: Office) -> None:
    async with office.browser() as browser:
        path, other = office.link(), office.link(person=OLA)
        token = re.search(r'value="([0-9a-f]{64})"', (await browser.get(path)).text)[1]
        for said in ("", "0" * 64, re.search(r'value="([0-9a-f]{64})"', (await browser.get(other)).text)[1]):
            assert (await browser.post(path, data={"form_token": said, "step": "send"})).status_code == 403
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert (await browser.post(path, data={"form_token": token, "step": "send"}, headers=foreign)).status_code == 403
        assert (await browser.post(f"{path}/files", data={"form_token": token})).status_code == 405
        assert office.mails == []
        await office.enter(browser, path)
        assert (await browser.post(path, data={"step": "leave"})).status_code == 403
        assert (await browser.get(f"{path}/files")).status_code == 200


def test_old_links_are_few(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client_access.LIVES.days * 24 <= client_access._LINKS, "as many as the mails promise, with a slot an hour"
    monkeypatch.setattr(client_access, "_LINKS", 20)
    paths = []
    for _ in range(client_access._LINKS + 5):
        office.now += dt.timedelta(seconds=1)
        paths.append(office.link())
    kept = [links.find(office.ledger, "client", path[8:], office.now) is not None for path in paths]
    assert kept == [False] * 5 + [True] * client_access._LINKS
    office.now += client_access.LIVES
    office.link()
    with office.ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(operations.link)).scalar_one() == 1


def test_only_who_is_listed_gets_a_link(office: Office) -> None:
    with pytest.raises(LookupError):
        office.link(person="fremmed@solberg.no")
    assert asking.invite_reader(office.asker, "solberg", "fremmed@solberg.no", "drift", NOW) == "not_listed"
    assert asking.invite_reader(office.asker, "solberg", f" {KARI.upper()} ", "drift", NOW) == "invited"
    (mail,) = office.mails
    assert mail.recipient == KARI and "https://portal.example/client/" in mail.text
    assert choices.read(office.ledger, "solberg", client_access.CLIENT_ACCESS) == f"invited {KARI}"


# The pages


async def test_a_report_is_shown_as_it_was_stored_and_its_files_are_downloads(office: Office) -> None:
    report = made(html=b"<!doctype html><p>Til <b>deg</b>")
    number = client_reports.record(office.ledger, "solberg", report)
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        page = await browser.get(f"{path}/reports/{number}.html")
        assert page.content == report.html and page.headers["content-type"] == "text/html; charset=utf-8"
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:") and policy.endswith("sandbox")
        assert "script" not in policy and page.headers["x-frame-options"] == "DENY"
        for form, kind in (("pdf", "application/pdf"), ("xlsx", "application/vnd.openxmlformats")):
            file = await browser.get(f"{path}/reports/{number}.{form}")
            assert file.content == getattr(report, form) and file.headers["content-type"].startswith(kind)
            named = f'attachment; filename="fakturabro-solberg-2026-11-23-0900.{form}"'
            assert file.headers["content-disposition"] == named
            assert file.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
            assert file.headers["cache-control"] == "no-store"
        other = await browser.get(f"{path}/settings")
        assert "style-src 'self'" in other.headers["content-security-policy"]
    assert office.looks()[-4:-1] == [(KARI, f"client report {number} {form}") for form in ("html", "pdf", "xlsx")]


@pytest.mark.parametrize(
    "name",
    ["../../settings", "..%2f..%2fetc%2fpasswd", "%2e%2e%2fsettings", "1.html%00.pdf", "1.exe", "1.content", "-1.html", "1.5.html"]
    + ["9" * 40 + ".html", "999999999999999999.html", "1.html%0d%0aSet-Cookie:%20x=1", "١.html", ".html", "1.HTML", "%00"],
)
async def test_what_is_no_report_is_not_there(office: Office, name: str) -> None:
    client_reports.record(office.ledger, "solberg", made())
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        answer = await browser.get(httpx.URL(f"https://portal.example{path}/reports/{name}"))
        assert answer.status_code == 404 or str(answer.url).endswith("/settings")
        assert "Rapport" not in answer.headers.get("content-disposition", "") and "set-cookie" not in answer.headers


async def test_another_tenants_report_is_not_there(office: Office) -> None:
    foreign = client_reports.record(office.ledger, "fjord", made(headline="fjords egen"))
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        for form in ("html", "pdf", "xlsx"):
            assert (await browser.get(f"{path}/reports/{foreign}.{form}")).status_code == 404
        for below in ("", "/files", f"/files?before={foreign + 1}"):
            assert "fjords egen" not in (await browser.get(path + below)).text


async def test_a_report_of_registers_has_no_pdf_and_none_is_offered(office: Office) -> None:
    number = client_reports.record(office.ledger, "solberg", made(flow="similarity_report", slot=None, pdf=b""))
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        listed = (await browser.get(f"{path}/files")).text
        assert f"{number}.xlsx" in listed and ".pdf" not in listed
        found = [(await browser.get(f"{path}/reports/{number}.{form}")).status_code for form in ("html", "pdf", "xlsx")]
        assert found == [200, 404, 200]


async def test_a_purged_report_says_so(office: Office) -> None:
    number = client_reports.record(office.ledger, "solberg", made(dt.datetime(2021, 11, 22, 7, tzinfo=dt.UTC)))
    (candidate,) = retention.find_candidates(office.ledger, "solberg", dt.date(2025, 7, 1))
    assert (candidate.kind, candidate.due) == ("report", dt.date(2025, 7, 1))
    assert retention.find_candidates(office.ledger, "solberg", dt.date(2025, 6, 30)) == []
    assert purging.purge(office.ledger, "solberg", candidate)
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        for form in ("html", "pdf", "xlsx"):
            gone = await browser.get(f"{path}/reports/{number}.{form}")
            assert gone.status_code == 410 and "Rapporten er slettet" in gone.text


async def test_reports_are_listed_in_pages_and_texts_are_no_markup(office: Office) -> None:
    for number in range(65):
        client_reports.record(
            office.ledger, "solberg", made(NOW + dt.timedelta(minutes=number), headline=f"{HOSTILE} nr. {number}.")
        )
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        seen, page = list[str](), await browser.get(f"{path}/files")
        while True:
            assert "<script" not in page.text and "&lt;script&gt;" in page.text
            seen += re.findall(r" nr\. (\d+)\.", page.text)
            older = re.search(r'href="(/[^"]+\?before=\d+)"', page.text)
            if not older:
                break
            page = await browser.get(older[1])
    assert seen == [str(number) for number in reversed(range(65))]


async def test_the_overview_says_what_waits_and_what_is_stopped_but_not_who_stopped_it(office: Office) -> None:
    stops.record(office.ledger, "solberg", "ehf", why="internt om kunden", owner="per.drift", at=NOW)
    sent(office.ledger, "solberg", [("1", "planned", NOW), ("2", "planned", NOW), ("3", "planned", NOW)])
    with office.ledger.writing() as connection:
        connection.execute(sa.update(tables.delivery).values(state="held", amount=922550))
        common = {
            "tenant": "solberg",
            "severity": "block",
            "field": "",
            "value": "",
            "suggestion": "",
            "station": "check",
            "run": "r",
        }
        codes = ["missing_postal_address", "missing_postal_address", "credit_note_waits_for_invoice"]
        for document_id, code in enumerate(codes, start=1):
            values = {"document_id": document_id, "code": code, "holds": ["distribute"]}
            connection.execute(sa.insert(tables.finding).values(**common, **values))
    async with office.browser() as browser:
        path = office.link()
        shown = (await office.enter(browser, path)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 dokumenter venter på deg (kr 18 451)" in shown
    assert "Vi har stanset utsending som EHF siden 23.11.2026 kl. 09:00." in shown
    assert "per.drift" not in shown and "internt" not in shown and "Det er ikke laget noen rapport ennå." in shown


async def test_the_transfer_log_is_the_tenants_own_without_answers(office: Office) -> None:
    sent(office.ledger, "solberg", [("10023", "accepted", NOW), ("10024", "in_doubt", NOW + dt.timedelta(hours=1))])
    sent(office.ledger, "fjord", [("77001", "accepted", NOW)])
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        shown = (await browser.get(f"{path}/transfers")).text
        assert shown.index("10024") < shown.index("10023") and "77001" not in shown and "motparten" not in shown
        for word in ("Faktura", "EHF", "Mottatt", "Usikkert, vi undersøker", "Utsending til kunden", "23.11.2026 kl. 09:00"):
            assert word in shown
        assert "77001" not in (await browser.get(f"{path}/transfers?number=77001")).text.replace('value="77001"', "")
        found = (await browser.get(f"{path}/transfers?number=10023")).text
        assert "Mottatt" in found and "10024" not in found
        before = (await browser.get(f"{path}/transfers?last=2026-11-22")).text
        assert "Ingenting å vise" in before
    assert (KARI, "client transfers 77001") in office.looks()


async def test_days_of_a_search_are_norwegian_days(office: Office) -> None:
    late = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)  # 00:30 on the 23rd
    sent(office.ledger, "solberg", [("1", "accepted", late), ("2", "accepted", late + dt.timedelta(days=1))])
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        shown = await browser.get(f"{path}/transfers?first=2026-11-23&last=2026-11-23")
        assert re.findall(r"</span> (\d)</td>", shown.text) == ["1"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=i+dag", "ÅÅÅÅ-MM-DD"),
        ("last=2026-13-01", "ÅÅÅÅ-MM-DD"),
        ("first=0001-01-01", "ÅÅÅÅ-MM-DD"),
        ("first=9999-12-31", "ÅÅÅÅ-MM-DD"),
        ("first=2026-11-24&last=2026-11-23", "Fra-datoen er etter"),
        ("number=" + "1" * 61, "høyst 60 tegn"),
    ],
)
async def test_a_search_that_is_none_is_told(office: Office, query: str, said: str) -> None:
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        shown = await browser.get(f"{path}/transfers?{query}")
        assert shown.status_code == 422 and said in shown.text
        assert (await browser.get(f"{path}/transfers.csv?{query}")).text.count("\n") == 1


@pytest.mark.parametrize("query", ["number=%00", "number=%27+or+1=1--", "before=x", "before=-1", "before=999", "number=%25", "x=1"])
async def test_hostile_searches_find_nothing_of_others(office: Office, query: str) -> None:
    sent(office.ledger, "fjord", [("77001", "accepted", NOW)])
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        shown = await browser.get(f"{path}/transfers?{query}")
        assert shown.status_code == 200 and "77001" not in shown.text


async def test_the_transfer_log_goes_on_in_pages_and_the_file_has_all_of_it(office: Office) -> None:
    numbers = [str(20000 + number) for number in range(120)]
    sent(office.ledger, "solberg", [(number, "accepted", NOW) for number in numbers])  # one time: the id decides
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        seen, page = list[str](), await browser.get(f"{path}/transfers?first=2026-11-01")
        while True:
            seen += re.findall(r"</span> (20\d{3})</td>", page.text)
            older = re.search(r'href="(/[^"]+before=\d+)"', page.text)
            if not older:
                break
            page = await browser.get(older[1].replace("&amp;", "&"))
        assert seen == numbers[::-1]
        file = await browser.get(f"{path}/transfers.csv?first=2026-11-01")
    assert file.headers["content-disposition"] == 'attachment; filename="fakturabro-solberg-sendt-2026-11-23.csv"'
    assert [row[2] for row in csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";")] == [
        "Nummer",
        *numbers[::-1],
    ]


async def test_a_csv_holds_no_formula(office: Office) -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", '";=1', "|calc", HOSTILE]
    sent(office.ledger, "solberg", [(number, "accepted", NOW) for number in evil], target="=cmd|x")
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        content = (await browser.get(f"{path}/transfers.csv")).content.decode("utf-8-sig")
        shown = (await browser.get(f"{path}/transfers")).text
    rows = list(csv.reader(io.StringIO(content), delimiter=";"))
    assert {len(row) for row in rows} == {6} and len(rows) == 11
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "|")), cell
    assert "<script" not in shown and "<script>alert" in content


async def test_the_settings_are_told_in_words_with_people(office: Office) -> None:
    rows = [client_settings.Row("Fakturaer", HOSTILE)]
    told = {"nb": [client_settings.Section(title="Når vi arbeider", rows=rows)]}
    file = FILE + "approvers:\n- {name: Anne, email: anne@solberg.no}\n"
    settings.record(office.ledger, "solberg", "s.yaml", file, NOW)
    async with office.browser() as browser:
        path = office.link()
        await office.enter(browser, path)
        assert "neste gang vi oppdaterer dem" in (await browser.get(f"{path}/settings")).text
        client_settings.record(office.ledger, "solberg", told, NOW)
        shown = (await browser.get(f"{path}/settings")).text
    assert "Når vi arbeider" in shown and "&lt;script&gt;" in shown and "<script" not in shown
    assert shown.index("Hvem som kan se") < shown.index("Ola Nordmann") < shown.index("anne@solberg.no")


@pytest.mark.parametrize(
    "name", ['a"b\r\nSet-Cookie: x=1.pdf', "../../x.pdf", "æøå .pdf", "x" * 500 + ".pdf", ";filename=evil.exe.pdf"]
)
def test_a_files_name_is_safe(ledger: opened.Ledger, name: str) -> None:
    (value,) = security.attached(name).values()
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9-]{0,100}\.pdf"', value)
