"""The page: well formed, nothing from outside, hostile texts stay texts."""

from __future__ import annotations

import itertools
import re
from html import parser

import pytest

from data_quality.report import html
from tests.unit import report_samples as samples

_VOID = {"meta", "link"}
_FETCHES = {"src", "srcset", "action", "data", "poster", "background", "formaction", "xlink:href", "style"}


class Reader(parser.HTMLParser):
    """The text of a page, its elements, and whether they nest."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))


@pytest.fixture(scope="module")
def whole() -> Reader:
    return Reader(html.render(samples.everything()))


def test_it_says_everything_and_nests(whole: Reader) -> None:
    assert whole.open == []
    for said in (
        "08:00: 42 hentet, 40 sendt, 4 venter på deg (kr 21 600 og EUR 980)",
        "Rettes det før 10:30 i dag, går det ut da.",
        "Fjordbygg Entreprenør AS Kundenr. 10042 kr 16 025,50",
        "Faktura 20451, kr 12 875,50, holdt tilbake siden fredag 20. november",
        "Forslag7010 TRONDHEIM Kontroller det selv: vi fyller aldri inn noe for deg.",
        "Faktura 20440, Hålogaland Maskin AS, kr 42 100,00: sendt",
        "Utsending av brev er stanset siden 09:12",
        "Siste 30 dager",
        "Dette gjør viVi avklarer avslaget med factoringselskapet.",
        "Regler: versjon 4, gjelder fra 2. november 2026",
    ):
        assert said in whole.text, said


def test_nothing_is_fetched_and_nothing_runs(whole: Reader) -> None:
    tags = {tag for tag, _ in whole.elements}
    assert not tags & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "a",
        "base",
        "video",
        "audio",
        "use",
        "image",
        "foreignobject",
    }
    for tag, attributes in whole.elements:
        assert not _FETCHES & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "data:,") == "data:,"
    assert not re.search(r"url\(|@import|@font-face", html.render(samples.everything()).decode())


def test_headings_go_down_one_step_at_a_time(whole: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in whole.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("text", samples.HOSTILE)
def test_a_hostile_text_stays_a_text_wherever_it_stands(text: str) -> None:
    usual = Reader(html.render(samples.everything()))
    read = Reader(html.render(samples.everywhere(text)))
    assert read.open == []
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in usual.elements}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", read.text)
    assert "<script" not in html.render(samples.everywhere(text)).decode().lower()


def test_the_text_of_a_hostile_name_is_shown_as_it_is() -> None:
    assert "<script>alert(1)</script>" in Reader(html.render(samples.everywhere("<script>alert(1)</script>"))).text
    assert "Ola & «Kari»" in Reader(html.render(samples.report(samples.item(buyer="Ola & «Kari»")))).text


def test_a_name_that_runs_the_other_way_stands_apart() -> None:
    page = html.render(samples.report(samples.item(buyer="مؤسسة النور"))).decode()
    assert "<bdi>مؤسسة النور</bdi>" in page


def test_a_hundred_thousand_held_documents_are_a_page_that_a_phone_can_open() -> None:
    many = tuple(samples.item(str(at), 100, customer_number=str(at), buyer=f"Kunde {at}") for at in range(100_000))
    data = html.render(samples.report(*many))
    assert len(data) < 200_000
    text = Reader(data).text
    assert "100 000 venter på deg (kr 100 000)" in text
    assert "99 900 til (kr 99 900) står i regnearket, som har alt." in text


def test_english() -> None:
    read = Reader(html.render(samples.everything("en")))
    assert ("html", {"lang": "en"}) in read.elements
    assert "08:00: 42 fetched, 40 sent, 4 waiting for you (NOK 21,600 and EUR 980)" in read.text
    assert "What is put right before 10:30 today goes out then." in read.text


def test_the_same_report_is_the_same_page() -> None:
    assert html.render(samples.everything()) == html.render(samples.everything())
