"""The PDF: the same words as the page, tagged, the same bytes each time, and no text that breaks it."""

from __future__ import annotations

import io
import re

import msgspec
import pypdf
import pypdfium2
import pytest

from data_quality.report import page, pdf
from tests.unit import report_samples as samples


def read(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    text = "\n".join(sheet.get_textpage().get_text_range() for sheet in document)
    return re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\ufffe", ""))


@pytest.fixture(scope="module")
def whole() -> bytes:
    return pdf.render(samples.everything())


def test_it_says_what_the_page_says_in_the_same_order(whole: bytes) -> None:
    composed, text = page.compose(samples.everything()), read(whole)
    said = [composed.first_line, composed.deadline, *composed.stops]
    for section in composed.sections:
        said += [section.title, section.intro]
        for case in section.cases:
            said += [case.buyer, case.total, *(fault.what for fault in case.faults), *(fault.remedy for fault in case.faults)]
        said += [*section.lines, *(sentence for _, sentences in section.parts for sentence in sentences)]
    said += composed.foot
    packed = re.sub(r"[\s-]", "", text)
    for one in said:
        assert re.sub(r"[\s-]", "", one) in packed, one
    places = [text.index(title) for title in ("08:00: 42", *(section.title for section in composed.sections[1:]))]
    assert places == sorted(places)


def test_it_is_tagged_titled_and_in_its_language(whole: bytes) -> None:
    root = pypdf.PdfReader(io.BytesIO(whole)).trailer["/Root"]
    assert root["/Lang"] == "nb"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part>3<", metadata) and re.search(r"pdfaid:conformance>A<", metadata)
    assert re.search(r"pdfuaid:part>1<", metadata)
    assert "Rapport for Nordlys Elektro AS" in metadata
    kinds = set(tags(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/H3", "/H4", "/Table", "/TH", "/Figure"} <= kinds


def tags(node: object) -> list[str]:
    found = node.get_object() if isinstance(node, pypdf.generic.PdfObject) else node
    if isinstance(found, pypdf.generic.ArrayObject):
        return [name for child in found for name in tags(child)]
    if not isinstance(found, pypdf.generic.DictionaryObject):
        return []
    return [*([str(found["/S"])] if "/S" in found else []), *tags(found.get("/K"))]


def test_pages_are_numbered_a4_and_their_fonts_embedded(whole: bytes) -> None:
    document = pypdfium2.PdfDocument(whole)
    for at, sheet in enumerate(document, 1):
        assert [round(side * 25.4 / 72) for side in sheet.get_size()] == [210, 297]
        assert f"Side {at} av {len(document)}" in sheet.get_textpage().get_text_range()


def test_the_same_report_is_the_same_bytes_and_another_is_not(whole: bytes) -> None:
    other = pdf.render(samples.report(samples.item(buyer="En annen")))
    assert pdf.render(samples.everything()) == whole != other


@pytest.mark.parametrize("text", samples.HOSTILE)
def test_a_hostile_text_neither_breaks_the_pdf_nor_runs_as_markup(text: str) -> None:
    said = read(pdf.render(samples.everywhere(text)))
    assert "Side 1 av" in said and "08:00: 42 hentet" in said
    assert not re.search(r"[\x00-\x08\u202a-\u202e\u2066-\u2069]", said)


def test_what_no_font_has_is_a_square_and_everything_else_stays() -> None:
    said = read(pdf.render(samples.report(samples.item(buyer="Blomst 😀 漢字 Привет Åse ελ"))))
    assert "Blomst □ □□ Привет Åse ελ" in said
    assert "Postadressen er ikke fullstendig" in said


def test_markup_of_the_layout_is_text() -> None:
    said = read(pdf.render(samples.report(samples.item(buyer="#sys.inputs *fet* $x$ = Tittel"))))
    assert "#sys.inputs *fet* $x$ = Tittel" in said


def test_a_long_word_stays_on_the_paper() -> None:
    made = pdf.render(samples.everywhere("N" * 200))
    for sheet in pypdfium2.PdfDocument(made):
        text = sheet.get_textpage()
        right = max(text.get_charbox(at)[2] for at in range(text.count_chars()))
        assert right <= (210 - 17) / 25.4 * 72


def test_a_hundred_thousand_held_documents_are_a_pdf_that_can_be_read() -> None:
    many = tuple(samples.item(str(at), 100, customer_number=str(at), buyer=f"Kunde {at}") for at in range(100_000))
    made = pdf.render(samples.report(*many))
    assert len(pypdfium2.PdfDocument(made)) < 60
    assert "99 900 til (kr 99 900) står i regnearket, som har alt." in read(made)


def test_an_empty_report_says_that_nothing_waits() -> None:
    said = read(pdf.render(msgspec.structs.replace(samples.report(), client="", rules="")))
    assert "ingenting venter på deg" in said and "Du trenger ikke gjøre noe." in said
