"""The words of the mails to debtors: what each says, in which language, and that nothing in the data becomes markup."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from fakturabro.systems.mail import invoice_mails, letters, texts_en, texts_nb

FACTS = invoice_mails.Facts(
    kind="invoice",
    number="20451",
    client="Blåbær & Sønn AS",
    organisation_number="NO991825827MVA",
    amount=1_845_000,
    currency="NOK",
    due_date=dt.date(2026, 12, 7),
    account="15062533119",
    kid="00020451700037",
    payee="Factoring Finans AS",
    notice="Fordringen er overdratt til Factoring Finans AS.",
    contact="post@blaabaer.example",
)
CREDIT = msgspec.structs.replace(FACTS, kind="credit_note", number="20452", credits="20451")
LINK = invoice_mails.Link(
    url="https://portal.example/f/Zk3vJ0yq8mT1xW5bR7nL2cD4fG6hS9aKpQeUiOyBtEw",
    code="K7QM-3XPD",
    valid_until=dt.date(2027, 1, 6),
    letter_after=4,
)


class _Words(HTMLParser):
    """What a person reads of a page, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.tags, self.links = list[str](), set[str](), set[str]()
        self.feed(re.sub(r"<style>.*?</style>|<!--.*?-->", "", html, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "background")}

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return _plain(" ".join(self.words))


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("facts", [FACTS, CREDIT], ids=["invoice", "credit note"])
@pytest.mark.parametrize("link", [LINK, msgspec.structs.replace(LINK, reissued=True), None], ids=["link", "reissued", "attached"])
@pytest.mark.parametrize("language", ["nb", "en"])
def test_text_and_html_say_the_same(
    language: invoice_mails.Language, link: invoice_mails.Link | None, facts: invoice_mails.Facts
) -> None:
    texts = invoice_mails.compose(language, facts, link)
    read = _Words(texts.html)
    paragraphs = [
        line for line in texts.text.splitlines() if line and line not in ("Hei,", "Hello,", "Vennlig hilsen", "Kind regards")
    ]
    for line in paragraphs:
        for said in re.split(r": |(?<=[.?]) (?=[A-ZÅ])", line):
            assert _plain(said) in read.text, said
    assert read.links == ({LINK.url} if link else set())
    assert not read.tags & {"img", "script", "form", "link", "iframe"}
    assert f'<html lang="{language}"' in texts.html
    assert ("K7QM-3XPD" in texts.text) is (link is not None)
    assert facts.number in texts.subject
    assert "\n\n\n" not in texts.text


def test_a_link_mail_says_all_that_is_needed_to_open_and_to_pay() -> None:
    said = _plain(invoice_mails.compose("nb", FACTS, LINK).text)
    for needed in (
        "Blåbær & Sønn AS",
        "Org.nr. 991 825 827",
        "Å betale: kr 18 450,00",
        "Forfaller 7. desember 2026",
        "Konto: 1506.25.33119",
        "KID: 00020451700037",
        "Betalingsmottaker: Factoring Finans AS",
        FACTS.notice,
        f"Åpne fakturaen: {LINK.url}",
        "Koden din: K7QM-3XPD",
        "ikke åpnet innen 4 dager, sender vi den som brev",
        "velg «Noe er feil med fakturaen»",
        "til og med 6. januar 2027",
    ):
        assert needed in said, needed


@pytest.mark.parametrize(
    ("language", "days", "working", "said"),
    [
        ("nb", 1, False, "innen 1 dag,"),
        ("nb", 3, True, "innen 3 virkedager,"),
        ("en", 1, True, "within 1 working day,"),
        ("en", 4, False, "within 4 days,"),
    ],
)
def test_days_are_counted_as_people_say_them(language: invoice_mails.Language, days: int, working: bool, said: str) -> None:
    link = msgspec.structs.replace(LINK, letter_after=days, working_days=working)
    assert said in _plain(invoice_mails.compose(language, FACTS, link).text)


def test_where_no_letter_follows_none_is_spoken_of() -> None:
    silent = msgspec.structs.replace(LINK, letter_after=None)
    assert "brev i posten" not in invoice_mails.compose("nb", FACTS, silent).text
    assert "brev i posten" in invoice_mails.compose("nb", FACTS, LINK).text


def test_a_foreign_buyer_reads_foreign_figures() -> None:
    facts = msgspec.structs.replace(FACTS, currency="EUR", account="NO9386011117947", kid="")
    said = _plain(invoice_mails.compose("en", facts).text)
    assert "Amount due: EUR 18,450.00 Due 7 December 2026 Account: NO93 8601 1117 947 Payee" in said


@pytest.mark.parametrize("facts", [CREDIT, msgspec.structs.replace(FACTS, amount=0)])
def test_where_nothing_is_owed_no_account_is_named(facts: invoice_mails.Facts) -> None:
    texts = invoice_mails.compose("nb", facts, LINK)
    for form in (texts.text, texts.html):
        assert not any(word in form for word in ("1506", FACTS.kid, FACTS.payee, FACTS.notice, "Betaling<"))


def test_nothing_in_the_data_becomes_markup() -> None:
    evil = '"><script>alert(1)</script><img src=//x.example/p.gif>&copy; {{ 7 * 7 }} {client}'
    facts = msgspec.structs.replace(FACTS, client=evil, notice=evil, payee=evil, kid=evil, number=evil, contact=evil)
    texts = invoice_mails.compose("nb", facts, msgspec.structs.replace(LINK, url=f"https://x.example/{evil}"))
    read = _Words(texts.html)
    assert not read.tags & {"img", "script"}
    assert _plain(evil) in read.text


def test_both_languages_have_the_same_texts() -> None:
    assert texts_nb.TEXTS.keys() == texts_en.TEXTS.keys()
    fields = re.compile(r"\{(\w+)\}")
    for key, text in texts_nb.TEXTS.items():
        assert sorted(fields.findall(text)) == sorted(fields.findall(texts_en.TEXTS[key])), key


def test_link_and_code_stand_in_no_repr() -> None:
    said = f"{LINK!r}{invoice_mails.compose('nb', FACTS, LINK)!r}"
    assert "K7QM" not in said
    assert "Zk3v" not in said


def built(**changed: Any) -> letters.Ready:
    texts = invoice_mails.compose("nb", FACTS, LINK)
    values: dict[str, Any] = {
        "message_id": "<nidelven.abc@post.example>",
        "date": dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC),
        "client_name": FACTS.client,
        "sender": "faktura@post.example",
        "reply_to": FACTS.contact,
        "recipients": ["kari@kunde.example"],
        "attachments": [letters.Attachment(file_name="a.pdf", content_type="application/pdf", content=b"%PDF" * 99)],
    }
    return letters.to_bytes(letters.build(**values | msgspec.to_builtins(texts) | changed))


def test_the_same_mail_is_the_same_bytes() -> None:
    assert built() == built()
    assert built().content != built(message_id="<nidelven.abd@post.example>").content


def test_the_message_is_built_as_mail_programs_and_signers_want_it() -> None:
    content = built().content
    message: Any = email.message_from_bytes(content, policy=email.policy.default)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    signed = ("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
    assert [len(message.get_all(name)) for name in signed] == [1] * len(signed)
    assert message[letters.ID_HEADER] == message["Message-ID"]
    assert (message["List-Unsubscribe"], message["Auto-Submitted"]) == (None, "auto-generated")
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert (
        message.get_body(("html",)).get_content().replace("\r\n", "\n").strip()
        == invoice_mails.compose("nb", FACTS, LINK).html.strip()
    )


def test_the_page_holds_on_a_narrow_screen_and_for_a_screen_reader() -> None:
    long = msgspec.structs.replace(FACTS, client="Interkommunalt renovasjonsselskap for Ytre Namdalskysten " * 2, kid="1" * 25)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_content(invoice_mails.compose("nb", long, LINK).html)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert Axe().run(page).response["violations"] == []
        browser.close()
