"""What a print partner would send back is found before it leaves."""

from __future__ import annotations

import io

import pypdf
import pytest
import typst
from pypdf import generic

from fakturabro.formats.invoice_pdf import preflight


def a_pdf(setting: str = 'paper: "a4"', standard: str = "1.7") -> bytes:
    pdf = typst.compile(f"#set page({setting})\nHei".encode(), format="pdf", pdf_standards=standard)
    assert isinstance(pdf, bytes)
    return pdf


def written(writer: pypdf.PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_an_a4_page_with_its_fonts_passes() -> None:
    assert preflight.check(a_pdf()) == []
    assert preflight.pages(a_pdf()) == 1


@pytest.mark.parametrize("setting", ['paper: "us-letter"', 'paper: "a4", flipped: true', 'paper: "a5"'])
def test_other_papers_are_named_with_page_and_size(setting: str) -> None:
    (found,) = preflight.check(a_pdf(setting))
    assert found.startswith("Side 1 er ")
    assert "stående A4" in found


def test_a_turned_page_counts_as_it_is_shown() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(a_pdf()))
    writer.pages[0].rotate(90)
    assert "297 x 210 mm" in preflight.check(written(writer))[0]


def test_an_encrypted_pdf_is_refused() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(a_pdf()))
    writer.encrypt("", owner_password="eier", algorithm="RC4-128")
    assert "kryptert" in preflight.check(written(writer))[0]
    with pytest.raises(preflight.UnreadableError, match="kryptert"):
        preflight.pages(written(writer))


def test_a_newer_version_is_refused_in_header_and_catalogue() -> None:
    assert "versjon 2.0" in preflight.check(a_pdf(standard="2.0"))[0]
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(a_pdf()))
    writer.root_object[generic.NameObject("/Version")] = generic.NameObject("/2.0")
    assert "versjon 2.0" in preflight.check(written(writer))[0]


def test_a_font_that_is_not_embedded_is_named_also_inside_a_form() -> None:
    helvetica = generic.DictionaryObject(
        {
            generic.NameObject("/Type"): generic.NameObject("/Font"),
            generic.NameObject("/Subtype"): generic.NameObject("/Type1"),
            generic.NameObject("/BaseFont"): generic.NameObject("/Helvetica"),
        }
    )
    resources = generic.DictionaryObject(
        {generic.NameObject("/Font"): generic.DictionaryObject({generic.NameObject("/F1"): helvetica})}
    )
    form = generic.StreamObject()
    form[generic.NameObject("/Subtype")] = generic.NameObject("/Form")
    form[generic.NameObject("/Resources")] = resources
    for outer in (resources, generic.DictionaryObject({generic.NameObject("/XObject"): generic.DictionaryObject()})):
        writer = pypdf.PdfWriter()
        page = writer.add_blank_page(595, 842)
        page[generic.NameObject("/Resources")] = outer
        if "/XObject" in outer:
            outer["/XObject"][generic.NameObject("/X1")] = writer._add_object(form)
        assert preflight.check(written(writer)) == ["Side 1 bruker skriften Helvetica, som ikke ligger i PDF-en."]


def test_a_pdf_without_pages_is_refused() -> None:
    assert preflight.check(written(pypdf.PdfWriter())) == ["PDF-en har ingen sider."]


@pytest.mark.parametrize("junk", [b"", b"hei", b"%PDF-1.7\nhei", b"<html></html>"])
def test_what_is_no_pdf_is_refused(junk: bytes) -> None:
    assert preflight.check(junk) == ["Filen er ikke en lesbar PDF; lag den på nytt."]
    with pytest.raises(preflight.UnreadableError, match="lag den på nytt"):
        preflight.pages(junk)


def test_a_pdf_cut_short_never_passes() -> None:
    pdf = a_pdf()
    assert all(preflight.check(pdf[: len(pdf) * part // 10]) for part in range(10))
