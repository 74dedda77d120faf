"""The gateway's pages behind a real uvicorn on a free port, and what a stranger, a bot and a forger get there."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import html
import logging
import re
import socket
import statistics
import string
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa
import uvicorn

from fakturabro.gateway import application, connecting, parts, security, texts_en, texts_nb
from fakturabro.ledger import approvers, choices, decisions, links, opened, operations, settings, stored_secrets, tables
from fakturabro.remote import errors

pytestmark = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KARI, OLA = "kari@solberg.no", "ola@solberg.no"
FILE = f"approvers:\n- {{name: Kari Nordmann, email: {KARI}}}\n- {{name: Ola Nordmann, email: {OLA}}}\n"
SECRETS = {KARI: b"k" * 20, OLA: b"o" * 20}
QUESTION = {"kind": "invoice", "number": "10023", "buyer": "Blåbær AS", "purpose": "distribute", "target": "email"} | {
    "sent_to": "post@example.no",
    "sent_at": NOW.isoformat(),
    "natural_key": "<a@b>",
    "said": "",
}
KEY = "a1b2c3d4-0000-4000-8000-000000000001"


class Site:
    """A gateway that is served, a browser, and the vendor's answer."""

    def __init__(
        self, ledger: opened.Ledger, proxies: tuple[str, ...] = (), language: parts.Language = "nb", now: dt.datetime = NOW
    ) -> None:
        self.ledger, self.now = ledger, now
        self.company: parts.Company | Exception = parts.Company(name="Solberg AS", organisation_number="991825827")
        self.asked: list[tuple[str, str]] = []
        given = parts.Parts(
            ledger=ledger,
            key=parts.own_key(b"0" * 32),
            now=lambda: self.now,
            find_company=self.find_company,
            send_mail=self.send_mail,
            language=language,
            proxies=proxies,
            refusal_seconds=0.05,
        )
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application.create(given), access_log=False, log_config=None, proxy_headers=False, server_header=False, ws="none"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve([self.socket])), daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.browser = httpx.Client(base_url=self.url, trust_env=False)

    def stop(self) -> None:
        self.browser.close()
        self.server.should_exit = True
        self.thread.join(timeout=10)
        self.socket.close()

    async def find_company(self, tenant: str, key: str) -> parts.Company:
        self.asked.append((tenant, key))
        if isinstance(self.company, Exception):
            raise self.company
        return self.company

    async def send_mail(self, mail: parts.Mail) -> None:
        raise AssertionError("these pages mail nothing")

    def link(self, page: str, subject: str, person: str = KARI, tenant: str = "solberg", hours: int = 1) -> str:
        """The path of a fresh link."""
        token, until = links.make_token(), self.now + dt.timedelta(hours=hours)
        links.record(self.ledger, token, tenant=tenant, page=page, subject=subject, person=person, expires_at=until)
        return f"/{page}/{token}"

    def approval(self, person: str = KARI, question: dict[str, str] = QUESTION, caused_by: str = "run-1") -> str:
        """A link to a decision that needs no delivery: on a new approver."""
        settings.record(self.ledger, "solberg", "solberg.yaml", FILE, NOW)
        for email, secret in SECRETS.items():
            sealed = approvers.seal(self.ledger, "solberg", secret, NOW)
            with self.ledger.writing() as connection:
                approvers.record(connection, sealed, "solberg", email, 0, NOW)
        decision_id = decisions.ask(self.ledger, "solberg", "in_doubt", "77", question, caused_by, NOW)
        return self.link("approvals", str(decision_id), person)

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        """Fill in the form that stands at a path, and send it."""
        shown = self.browser.get(path)
        assert shown.status_code == 200, shown.text
        return self.browser.post(path, data={"form_token": form_token(shown), **fields}, headers=headers)

    def rows(self) -> list[object]:
        """Everything that a page could change, except the count of attempts."""
        found: list[object] = []
        with self.ledger.reading() as connection:
            for table in (operations.decision, operations.secret, operations.choice, operations.approver, tables.transfer_log):
                found += map(tuple, connection.execute(sa.select(table)).all())
            found += map(tuple, connection.execute(sa.select(operations.link)).all())
        return found


def form_token(shown: httpx.Response) -> str:
    return re.search(r'name="form_token" value="([0-9a-f]{64})"', shown.text)[1]


def code(person: str = KARI, at: dt.datetime = NOW) -> str:
    return approvers.code(SECRETS[person], int(at.timestamp()) // 30)


@pytest.fixture
def site(ledger: opened.Ledger) -> Iterator[Site]:
    made = Site(ledger)
    yield made
    made.stop()


# Strangers


def test_unknown_used_and_expired_links_get_one_answer_after_one_time(site: Site) -> None:
    used = site.link("connect", "solberg")
    with site.ledger.writing() as connection:
        connection.execute(sa.update(operations.link).values(used_at=NOW))
    dead = [f"/connect/{links.make_token()}", used, site.link("connect", "solberg", hours=-1), "/connect/" + "æ" * 5000]
    dead += [site.link("connect", "solberg").replace("connect", "approvals")]
    answers, seconds = [], []
    for path in dead:
        began = time.perf_counter()
        answers.append(site.browser.get(path))
        seconds.append(time.perf_counter() - began)
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert "Lenken gjelder ikke" in answers[0].text
    assert min(seconds) >= 0.05 and max(seconds) - min(seconds) < 0.1, statistics.mean(seconds)


def test_who_tries_links_has_to_wait_and_others_do_not(site: Site) -> None:
    statuses = [site.browser.get(f"/connect/{number}").status_code for number in range(21)]
    assert (statuses[:20], statuses[20]) == ([404] * 20, 429)
    assert site.browser.get(site.link("connect", "solberg")).status_code == 429
    assert site.browser.get("/health").status_code == 200


def test_addresses_that_are_forgotten_and_addresses_of_one_household(ledger: opened.Ledger) -> None:
    now = [0.0]
    limit = security.AttemptLimit(lambda: now[0], count=2, seconds=60, addresses=3)
    for last in (1, 2):
        limit.record(f"2001:db8::{last}")
    assert limit.is_reached("2001:db8::ffff") and not limit.is_reached("2001:db8:0:1::1")
    now[0] = 61
    assert not limit.is_reached("2001:db8::1")
    for last in range(10):
        limit.record(f"192.0.2.{last}")
    assert len(limit._failures) == 3


def test_a_forwarded_address_from_a_stranger_is_not_believed(site: Site) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    answer = site.browser.get("/health", headers=forged)
    assert "strict-transport-security" not in answer.headers
    for number in range(20):
        site.browser.get(f"/connect/{number}", headers={"X-Forwarded-For": f"203.0.113.{number}"})
    assert site.browser.get("/connect/x", headers={"X-Forwarded-For": "203.0.113.77"}).status_code == 429


def test_a_configured_proxy_is_believed_for_the_address_it_saw(ledger: opened.Ledger) -> None:
    site = Site(ledger, proxies=("127.0.0.0/8",))
    try:
        answer = site.browser.get("/health", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"})
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        for number in range(20):
            seen = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
            site.browser.get(f"/connect/{number}", headers=seen)
        assert site.browser.get("/connect/x", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}).status_code == 429
        assert site.browser.get("/connect/x", headers={"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}).status_code == 404
    finally:
        site.stop()


@pytest.mark.parametrize("path", ["/", "/approvals/", "/approvals", "/connect/a/b", "/../etc/passwd", "/gateway.css/x", "/docs"])
def test_what_is_not_there_looks_like_a_dead_link(site: Site, path: str) -> None:
    answer = site.browser.get(path)
    assert answer.status_code == 404 and "Lenken gjelder ikke" in answer.text


@pytest.mark.parametrize("path", ["/health", "/connect/x", "/gateway.css", "/nothing"])
def test_every_answer_carries_the_strict_headers(site: Site, path: str) -> None:
    answer = site.browser.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; form-action 'self'")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    wanted = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
    assert wanted.items() <= dict(answer.headers).items()
    assert not {"server", "set-cookie", "access-control-allow-origin"} & set(answer.headers)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(site: Site, method: str) -> None:
    assert site.browser.request(method, site.link("connect", "solberg")).status_code == 405


# Forms


def test_a_form_without_our_token_changes_nothing(site: Site) -> None:
    path, other = site.approval(), site.approval(OLA)
    foreign = form_token(site.browser.get(other))
    before = site.rows()
    for token in ("", "0" * 64, foreign, "é"):
        fields = {"form_token": token, "answer": "planned", "why": "forfalsket", "code": code()}
        assert site.browser.post(path, data=fields).status_code == 403
    own = form_token(site.browser.get(path))
    fields = {"form_token": own, "answer": "planned", "why": "forfalsket", "code": code()}
    assert site.browser.post(path, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert site.browser.post(path, json=fields).status_code == 415
    assert site.browser.post(path, files={"why": b"x"}, data=fields).status_code == 415
    assert site.browser.post(path + "?" + "answer=planned", data={"form_token": own}).status_code == 422
    assert site.rows() == before


def test_a_body_of_ten_megabytes_is_not_read(site: Site) -> None:
    path = site.approval()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    for framing in ("Content-Length: 10000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection(site.socket.getsockname(), timeout=5) as one:
            one.sendall((head + framing).encode())
            if "chunked" in framing:
                one.sendall(b"4001\r\n" + b"a" * 0x4001 + b"\r\n")
            assert one.recv(100).startswith(b"HTTP/1.1 413"), framing
            one.settimeout(2)
            while one.recv(65536):
                pass


@pytest.mark.parametrize(
    "body", [b"why=%ff%fe", b"\xff\xfe", b"&".join(b"a=%d" % n for n in range(50)), b"form_token=%00", b"", b"%", b"=&=&="]
)
def test_forms_that_are_none_are_refused(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = site.browser.post(site.approval(), content=body, headers=headers)
    assert answer.status_code in (400, 403) and "Ingenting er lagret" in answer.text


def test_a_body_that_never_comes_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_BODY_SECONDS", 0.2)
    head = "HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nwhy="
    with socket.create_connection(site.socket.getsockname(), timeout=5) as one:
        one.sendall(f"POST {site.approval()} {head}".encode())
        assert one.recv(100).startswith(b"HTTP/1.1 408")


# Approvals


def test_looking_changes_nothing_however_often_and_by_whomever(site: Site) -> None:
    paths = [site.approval(), site.link("enrol", KARI), site.link("connect", "solberg")]
    before = site.rows()
    for path in paths:
        for method in ("GET", "HEAD", "GET"):
            bot = {"User-Agent": "SkypeUriPreview Preview/0.5", "Sec-Fetch-Site": "cross-site"}
            assert site.browser.request(method, path, headers=bot).status_code == 200
    assert site.rows() == before
    shown = site.browser.get(paths[0]).text
    assert "Ble faktura 10023 til Blåbær AS mottatt av e-posttjeneren?" in shown
    assert "23.11.2026 09:00" in shown and "post@example.no" in shown and "&lt;a@b&gt;" in shown


def test_each_look_at_a_question_is_noted_with_person_and_document(site: Site) -> None:
    path = site.approval()
    for _ in range(2):
        site.browser.get(path)
    site.browser.get(f"{path}x")
    look = operations.look
    with site.ledger.reading() as connection:
        seen = connection.execute(sa.select(look.c.tenant, look.c.who, look.c.what, look.c.at)).all()
    assert seen == [("solberg", KARI, "approvals in_doubt 10023", NOW)] * 2


def test_markup_in_what_debtors_and_approvers_write_stays_text(site: Site) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x>{{7*7}}{number}"
    path = site.approval(question=dict.fromkeys(QUESTION, evil) | {"kind": "invoice", "purpose": "book", "sent_at": ""})
    shown = site.post(path, answer="planned", why=evil, code="12").text
    assert "<script" not in shown and "<img" not in shown and "49" not in re.sub(r"[0-9a-f]{64}", "", shown)
    assert html.escape(evil, quote=False).split('"')[0] in shown


def test_the_forms_faults_are_named_and_what_was_written_is_kept(site: Site) -> None:
    path = site.approval()
    good = {"answer": "accepted", "why": "Sett i loggen", "code": "000000"}
    for spoilt, said in [
        ({"answer": "rejected"}, "Velg ett av svarene."),
        ({"answer": "granted"}, "Velg ett av svarene."),
        ({"why": "   x  "}, "begrunnelse på 5"),
        ({"why": "x" * 1001}, "begrunnelse på 5"),
        ({"code": "12345"}, "Koden har seks sifre."),
        ({"code": "١٢٣٤٥٦"}, "Koden har seks sifre."),
    ]:
        answer = site.post(path, **(good | spoilt))
        assert answer.status_code == 422 and said in answer.text
    shown = site.post(path, **good)
    assert shown.status_code == 403 and "Du har 4 forsøk igjen." in shown.text
    assert "Sett i loggen</textarea>" in shown.text and 'value="accepted" required checked' in shown.text
    assert "000000" not in shown.text


def test_after_five_wrong_codes_the_link_is_dead(site: Site) -> None:
    path = site.approval()
    for _ in range(4):
        site.post(path, answer="accepted", why="gjettet", code="000000")
    last = site.post(path, answer="accepted", why="gjettet", code="000000")
    assert "Lenken kan ikke brukes mer" in last.text
    assert site.browser.get(path).status_code == 404


def test_an_answer_is_given_once_and_the_other_approver_is_told(site: Site) -> None:
    path, other = site.approval(KARI), site.approval(OLA)
    token = form_token(site.browser.get(other))
    spaced = f"{code()[:3]} {code()[3:]}"
    answer = site.post(path, answer="accepted", why="Sett i loggen", code=spaced)
    assert "Saken er allerede avklart" in answer.text, "delivery 77 does not exist, so it is in no doubt"
    assert site.browser.get(path).status_code == 404
    late = site.browser.post(other, data={"form_token": token, "answer": "planned", "why": "ikke der", "code": code(OLA)})
    assert late.status_code == 409 and "Saken er allerede avklart" in late.text


def test_whoever_comes_second_is_told_that_it_is_decided_and_what_was_withdrawn_is_not(site: Site) -> None:
    site.approval()
    for candidate, said in (("ny@solberg.no", "Noen har allerede svart"), ("annen@solberg.no", "Saken er allerede avklart")):
        question = {"candidate": candidate, "tenant": "solberg"}
        asked = str(decisions.ask(site.ledger, "solberg", decisions.APPROVER, candidate, question, "drift", NOW))
        other = site.link("approvals", asked, OLA)
        if candidate == "ny@solberg.no":
            site.post(site.link("approvals", asked), answer="granted", why="kjenner til det", code=code())
        decisions.withdraw_unlisted(site.ledger, "solberg", "run-2", NOW)
        shown = site.browser.get(other)
        assert (shown.status_code, said in shown.text) == (409, True)


def test_one_who_may_not_decide_gets_no_form(site: Site) -> None:
    shown = site.browser.get(site.approval(caused_by="Kari Nordmann"))
    assert shown.status_code == 403 and "En annen må avgjøre dette" in shown.text and "<form" not in shown.text
    left = site.link("approvals", "1", "sluttet@solberg.no")
    assert "Du står ikke som godkjenner" in site.browser.get(left).text


def test_pages_in_english(ledger: opened.Ledger) -> None:
    site = Site(ledger, language="en")
    try:
        shown = site.browser.get(site.approval()).text
        assert '<html lang="en">' in shown and "Did the mail server receive invoice 10023 to Blåbær AS?" in shown
    finally:
        site.stop()


def test_both_languages_say_the_same_things(ledger: opened.Ledger) -> None:
    assert list(texts_nb.TEXTS) == list(texts_en.TEXTS)
    for name, text in texts_nb.TEXTS.items():
        fields = [{field for _, field, _, _ in string.Formatter().parse(one) if field} for one in (text, texts_en.TEXTS[name])]
        assert fields[0] == fields[1], name


# Enrolment


def enrolled_secret(shown: httpx.Response) -> bytes:
    return base64.b32decode(re.search(r'class="secret">([A-Z2-7 ]+)<', shown.text)[1].replace(" ", ""))


def test_an_approver_enrols_and_the_first_code_is_used(site: Site) -> None:
    settings.record(site.ledger, "solberg", "solberg.yaml", FILE, NOW)
    path = site.link("enrol", KARI)
    assert "secret" not in site.browser.get(path).text
    shown = site.post(path, step="show")
    secret = enrolled_secret(shown)
    assert len(secret) == 20
    assert f"otpauth://totp/Fakturabro:{KARI}%20%28solberg%29?secret={base64.b32encode(secret).decode()}" in shown.text
    step = int(NOW.timestamp()) // 30
    assert site.post(path, step="confirm", code="000000").status_code == 403
    assert enrolled_secret(site.post(path, step="show")) == secret
    assert "Kodegeneratoren er satt opp" in site.post(path, step="confirm", code=approvers.code(secret, step)).text
    assert site.browser.get(path).status_code == 404
    with site.ledger.writing() as connection:
        assert approvers.use_code(site.ledger, connection, "solberg", KARI, approvers.code(secret, step), NOW) == "wrong"
        later = NOW + dt.timedelta(seconds=30)
        assert approvers.use_code(site.ledger, connection, "solberg", KARI, approvers.code(secret, step + 1), later) == "right"
    with site.ledger.reading() as connection:
        assert secret not in connection.execute(sa.select(operations.approver.c.totp)).scalar_one()


def test_who_left_the_file_is_forgotten_once_somebody_else_was_let_in(site: Site) -> None:
    site.approval()
    settings.record(site.ledger, "solberg", "solberg.yaml", "approvers:\n- {name: Ny, email: ny@solberg.no}\n", NOW)
    question = {"candidate": "ny@solberg.no", "tenant": "solberg"}
    asked = decisions.ask(site.ledger, "solberg", decisions.APPROVER, "ny@solberg.no", question, "drift", NOW)
    path = site.link("approvals", str(asked), OLA)
    assert "<form" in site.browser.get(path).text
    enrolment = site.link("enrol", "ny@solberg.no", "ny@solberg.no")
    secret = enrolled_secret(site.post(enrolment, step="show"))
    assert site.post(enrolment, step="confirm", code="000000").status_code == 403
    assert approvers.find_enrolled(site.ledger, "solberg") == [KARI, OLA]
    site.post(enrolment, step="confirm", code=approvers.code(secret, int(NOW.timestamp()) // 30))
    assert approvers.find_enrolled(site.ledger, "solberg") == ["ny@solberg.no"]
    assert site.browser.get(path).status_code == 403


def test_every_link_has_a_secret_of_its_own_and_strangers_get_none(site: Site) -> None:
    settings.record(site.ledger, "solberg", "solberg.yaml", FILE, NOW)
    secrets = {enrolled_secret(site.post(site.link("enrol", KARI), step="show")) for _ in range(3)}
    assert len(secrets) == 3
    assert site.browser.get(site.link("enrol", "stranger@x.no", "stranger@x.no")).status_code == 403


# Connect


def test_a_client_connects_and_the_key_is_never_shown_again(site: Site) -> None:
    path = site.link("connect", "solberg", "post@solberg.no")
    with site.ledger.writing() as connection:
        stale = {"tenant": "solberg", "system": "poweroffice-v2", "sealed": b"x", "expires_at": NOW}
        connection.execute(sa.insert(tables.token).values(**stale))
    shown = site.post(path, step="test", key=f"  {KEY}\r\n", alternative="alternativ 2")
    assert "Solberg AS" in shown.text and "991825827" in shown.text and KEY not in shown.text
    assert site.asked == [("solberg", KEY)]
    assert stored_secrets.read(site.ledger, "solberg", "poweroffice_client_key") is None
    number = re.search(r'name="number" value="(\w+)"', shown.text)[1]
    done = site.post(path, step="confirm", number=number)
    assert "PowerOffice er koblet til" in done.text and KEY not in done.text
    assert stored_secrets.read(site.ledger, "solberg", "poweroffice_client_key") == KEY
    assert stored_secrets.read(site.ledger, "fjord", "poweroffice_client_key") is None
    assert stored_secrets.read(site.ledger, "solberg", connecting.TESTED) is None
    assert choices.read(site.ledger, "solberg", choices.EMAIL_ALTERNATIVE) == "alternativ 2"
    assert choices.read(site.ledger, "solberg", choices.POWEROFFICE_COMPANY) == "Solberg AS (991825827)"
    assert site.browser.get(path).status_code == 404
    with site.ledger.reading() as connection:
        assert KEY not in str(site.rows()) and connection.execute(sa.select(tables.token)).all() == []


@pytest.mark.parametrize(
    ("vendor", "status", "said"),
    [
        (errors.CredentialError("nei"), 422, "PowerOffice godtok ikke nøkkelen"),
        (errors.Unavailable("borte"), 503, "Lenken virker fortsatt"),
        (errors.Throttled("rolig"), 503, "Lenken virker fortsatt"),
        (errors.Rejected("nei"), 503, "Lenken virker fortsatt"),
        (
            parts.Company(name="Solberg AS", organisation_number="", missing=("Customer",)),
            422,
            "mangler disse rettighetene: Customer",
        ),
    ],
)
def test_a_key_that_cannot_be_used_is_not_kept(site: Site, vendor: parts.Company | Exception, status: int, said: str) -> None:
    path = site.link("connect", "solberg")
    site.company = vendor
    answer = site.post(path, step="test", key=KEY, alternative="alternativ 2")
    assert answer.status_code == status and said in answer.text and KEY not in answer.text
    assert 'value="alternativ 2" checked' in answer.text
    with site.ledger.reading() as connection:
        assert connection.execute(sa.select(operations.secret)).all() == []
    site.company = parts.Company(name="Solberg AS", organisation_number="")
    assert "Kan ikke leses" in site.post(path, step="test", key=KEY, alternative="alternativ 1").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", ""), ("key", "short"), ("key", "two words here"), ("key", "k" * 201)]
    + [("key", "nøkkelnøkkel"), ("alternative", "alternativ 3"), ("alternative", "")],
)
def test_a_key_that_is_none_is_not_tried(site: Site, field: str, value: str) -> None:
    fields = {"key": KEY, "alternative": "alternativ 1"} | {field: value}
    assert site.post(site.link("connect", "solberg"), step="test", **fields).status_code == 422
    assert site.asked == []


def test_wrong_keys_spend_the_link_and_an_absent_vendor_does_not(site: Site) -> None:
    path = site.link("connect", "solberg")
    site.company = errors.Unavailable("borte")
    for _ in range(6):
        assert site.post(path, step="test", key=KEY, alternative="alternativ 1").status_code == 503
    site.company = errors.CredentialError("nei")
    statuses = [site.post(path, step="test", key=KEY, alternative="alternativ 1").status_code for _ in range(5)]
    assert statuses == [422] * 4 + [403]
    assert site.browser.get(path).status_code == 404


def test_only_the_test_that_was_shown_can_be_confirmed(site: Site) -> None:
    path = site.link("connect", "solberg")
    shown = [site.post(path, step="test", key=key, alternative="alternativ 1").text for key in (KEY, KEY.replace("a1", "b2"))]
    first, second = (re.search(r'name="number" value="(\w+)"', one)[1] for one in shown)
    for number in (first, "", "x"):
        assert site.post(path, step="confirm", number=number).status_code == 409
    other = site.link("connect", "solberg")
    assert site.post(other, step="confirm", number=second).status_code == 409
    site.now += dt.timedelta(minutes=31)
    assert site.post(path, step="confirm", number=second).status_code == 409
    site.now = NOW
    site.post(path, step="again")
    assert site.post(path, step="confirm", number=second).status_code == 409
    assert stored_secrets.read(site.ledger, "solberg", "poweroffice_client_key") is None


@pytest.mark.parametrize(("minutes", "kept"), [(29, True), (31, False)])
def test_a_key_that_nobody_confirmed_is_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch, minutes: int, kept: bool) -> None:
    monkeypatch.setattr(connecting, "_FORGET_EVERY", 0.02)
    site.post(site.link("connect", "solberg"), step="test", key=KEY, alternative="alternativ 1")
    sealing = stored_secrets.key(site.ledger, "fjord", NOW)
    with site.ledger.writing() as connection:
        stored_secrets.record(connection, sealing, "fjord", stored_secrets.POWEROFFICE_CLIENT_KEY, KEY, NOW, "x@y.no")
    later = Site(site.ledger, now=NOW + dt.timedelta(minutes=minutes))
    try:
        time.sleep(0.3)
        assert (stored_secrets.read(site.ledger, "solberg", connecting.TESTED) is not None) == kept
        assert stored_secrets.read(site.ledger, "fjord", stored_secrets.POWEROFFICE_CLIENT_KEY) == KEY
        later.now = NOW + dt.timedelta(minutes=31)
        time.sleep(0.3)
        assert stored_secrets.read(site.ledger, "solberg", connecting.TESTED) is None, "also while it runs"
    finally:
        later.stop()


# Health and failures


def test_a_ledger_of_another_schema_is_not_ready_and_no_page_is_shown(site: Site) -> None:
    path = site.approval()
    with site.ledger.writing() as connection:
        connection.exec_driver_sql("create table kept as select * from alembic_version")
        connection.exec_driver_sql("update alembic_version set version_num = 'm0001'")
    assert "fakturabro migrate" in site.browser.get("/ready").text
    shown = site.browser.get(path)
    assert (shown.status_code, "<form" in shown.text) == (503, False)
    with site.ledger.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = (select version_num from kept)")
    assert "<form" in site.browser.get(path).text


def test_ready_says_whether_the_ledger_can_be_written(site: Site) -> None:
    assert (site.browser.get("/health").text, site.browser.get("/ready").status_code) == ("ok\n", 200)
    with site.ledger.writing() as connection:
        connection.exec_driver_sql("alter table link rename to gone")
    fresh = Site(site.ledger)
    try:
        assert fresh.browser.get("/ready").status_code == 503
        assert fresh.browser.get("/health").status_code == 200
        assert site.browser.get("/ready").status_code == 200, "asked again within five seconds"
    finally:
        fresh.stop()


def test_ready_does_not_wait_for_a_ledger_that_is_locked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_READY_WITHIN", 0.2)
    with site.ledger.writing():
        assert site.browser.get("/ready").status_code == 503


def test_an_error_of_ours_says_nothing_to_the_visitor_and_no_value_to_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.company = RuntimeError(f"secret {KEY}")
    path = site.link("connect", "solberg")
    with caplog.at_level(logging.INFO):
        answer = site.post(path, step="test", key=KEY, alternative="alternativ 1")
    assert answer.status_code == 500 and "Noe gikk galt hos oss" in answer.text and "RuntimeError" not in answer.text
    ours: list[str] = []
    for _ in range(100):  # the line is written after the answer has left
        ours = [record.getMessage() for record in caplog.records if record.name.startswith("fakturabro")]
        if any("connect: RuntimeError at" in line for line in ours):
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"no line names the error: {ours}")
    assert "POST connect 500" in ours
    assert KEY not in str(ours) and path.split("/")[2] not in str(ours)
