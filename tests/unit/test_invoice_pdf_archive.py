"""What an archive, a screen reader and an accounting system find in the PDF: PDF/A-3a, PDF/UA-1, the EHF inside."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
from decimal import Decimal
from typing import Any

import msgspec
import pypdf
import pytest

from fakturabro.domain import documents, languages
from fakturabro.formats import ehf
from fakturabro.formats.invoice_pdf import brands, preflight, write
from tests.unit.invoice_samples import RECIPIENT, a_line, an_invoice, read

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><path fill="#b5123e" d="M0 0h90v30H0z"/></svg>'
BRAND = brands.Brand(color="#b5123e", logo=LOGO, footer_nb="Vi holder lyset på")


@pytest.fixture(scope="module")
def renderer() -> write.Renderer:
    return write.Renderer()


def open_pdf(pdf: bytes) -> tuple[pypdf.PdfReader, Any]:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return reader, reader.trailer["/Root"]


def elements(part: Any) -> list[Any]:
    """Every structure element below `part`, in reading order."""
    part = part.get_object()
    inner = part.get("/K", []) if isinstance(part, dict) else []
    below = [one for child in (inner if isinstance(inner, list) else [inner]) for one in elements(child)]
    return [part, *below] if isinstance(part, dict) and "/S" in part else below


@pytest.mark.parametrize("language", ["nb", "en"])
def test_it_is_archivable_tagged_and_has_its_title_and_language(renderer: write.Renderer, language: languages.Language) -> None:
    pdf = renderer.render(an_invoice(), RECIPIENT, brand=BRAND, language=language)
    reader, root = open_pdf(pdf)
    xmp = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>3<.*pdfaid:conformance>A<", xmp, re.DOTALL)
    assert "pdfuaid:part>1<" in xmp
    assert reader.pdf_header == "%PDF-1.7"
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf's own boolean
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert preflight.check(pdf) == []
    found = elements(root["/StructTreeRoot"])
    kinds = [str(one["/S"]) for one in found]
    assert {"/Document", "/H1", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= {*kinds}
    assert [one["/Alt"] for one in found if one["/S"] == "/Figure"] == ["Logo: Nordlys Elektro AS"]
    assert "/EmbeddedFiles" not in root.get("/Names", {})


def test_the_ehf_lies_in_it_unchanged_as_an_alternative(renderer: write.Renderer) -> None:
    content = base64.b64encode(bytes(200_000)).decode()
    number = documents.Identifier(value="1")
    attachment = documents.Attachment(id=number, mime_code="image/png", filename="a.png", content_base64=content)
    data = ehf.write(an_invoice(note="Æ < & \U0001f600", attachments=(attachment,)))
    assert len(data) > 250_000
    _, root = open_pdf(renderer.render(an_invoice(), RECIPIENT, ehf=data))
    name, specification = root["/Names"]["/EmbeddedFiles"]["/Names"]
    specification = specification.get_object()
    assert (name, specification["/UF"], specification["/AFRelationship"]) == ("faktura-20451.xml",) * 2 + ("/Alternative",)
    assert specification["/EF"]["/F"].get_data() == data
    assert specification["/EF"]["/F"]["/Subtype"] == "/application/xml"
    assert root["/AF"][0].get_object() == specification


def test_a_hostile_number_makes_a_harmless_file_name(renderer: write.Renderer) -> None:
    note = an_invoice(kind="credit_note", number='../../o"\n<ø>')
    _, root = open_pdf(renderer.render(note, RECIPIENT, ehf=b"<CreditNote/>"))
    assert root["/Names"]["/EmbeddedFiles"]["/Names"][0] == "kreditnota-..-..-o-.xml"


def test_an_ehf_that_is_no_text_is_told(renderer: write.Renderer) -> None:
    with pytest.raises(write.RenderError, match="20451"):
        renderer.render(an_invoice(), RECIPIENT, ehf=b"\xff\xfe")


def test_what_is_read_aloud_comes_in_the_order_of_the_page(renderer: write.Renderer) -> None:
    text = read(renderer.render(an_invoice(note="Merknad"), RECIPIENT, brand=BRAND))
    order = ["Org.nr. NO", "Faktura", "Fjordbygg", "Fakturanummer", "Deres referanse", "Merknad", "Rådgivning", "Merverdiavgift"]
    order += ["Sum uten mva.", "Viktig om betaling", "Oppgi alltid KID", "Betales til", "KID 1000420204514", "Kontonummer"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "Vi holder lyset på" in text


@pytest.mark.parametrize("count", [19, 25, 63])
def test_the_sum_so_far_stands_where_a_page_ends_and_where_the_next_begins(renderer: write.Renderer, count: int) -> None:
    lines = tuple(a_line(f"Vare {i:03d}", quantity="1", unit="H87", price="10") for i in range(count))
    pdf, above = renderer.render(an_invoice(*lines), RECIPIENT), 0
    for page in range(preflight.pages(pdf)):
        text = read(pdf, page)
        until = above + len(re.findall(r"Vare \d{3}", text))
        expected = [f"{sum_so_far * 10},00" for sum_so_far in (above, until) if 0 < sum_so_far < count]
        assert re.findall(r"Overført ([\d ]+,\d\d)", text) == expected
        above = until
    assert above == count


def test_one_renderer_serves_all_brands_and_languages(renderer: write.Renderer) -> None:
    plain = renderer.render(an_invoice(), RECIPIENT)
    branded = renderer.render(an_invoice(), RECIPIENT, brand=BRAND, ehf=b"<Invoice/>")
    assert renderer.render(an_invoice(), RECIPIENT) == plain
    assert renderer.render(an_invoice(), RECIPIENT, brand=BRAND, ehf=b"<Invoice/>") == branded != plain
    footers = brands.Brand(footer_nb="Norsk", footer_en="English"), brands.Brand(footer_nb="Norsk")
    shown = [read(renderer.render(an_invoice(), RECIPIENT, brand=brand, language="en")) for brand in footers]
    assert "English" in shown[0] and "Norsk" not in shown[0] and "Norsk" in shown[1]


def test_an_amount_of_many_digits_keeps_inside_its_field(renderer: write.Renderer) -> None:
    line = a_line(quantity="1", price="1234567890123456.12")
    pdf = renderer.render(an_invoice(msgspec.structs.replace(line, net_amount=Decimal("1234567890123456.12"))), RECIPIENT)
    assert preflight.check(pdf) == []
    assert read(pdf).count("Å betale NOK 1 543 209 862 654 320,15") == 3


def test_dates_in_english_cannot_be_taken_for_american_ones(renderer: write.Renderer) -> None:
    invoice = an_invoice(issue_date=dt.date(2026, 3, 4), due_date=dt.date(2026, 5, 6))
    assert "Invoice date 4 Mar 2026 Due date 6 May 2026" in read(renderer.render(invoice, RECIPIENT, language="en"))
