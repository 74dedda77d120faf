"""What a print partner would send back is found before it leaves."""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys

import msgspec
import pypdf
import pytest
import typst
from pypdf import generic

from fakturabro.domain import documents, parties
from fakturabro.formats.invoice_pdf import preflight, write
from tests.unit import invoice_samples


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


@pytest.mark.parametrize(
    "mark",
    [
        "#place(dx: 12mm - 25mm, dy: 100mm, line(length: 1mm, stroke: 0.1mm + luma(90%)))",
        "#place(dx: 12mm - 25mm, dy: 100mm, text(size: 6pt)[.])",
        "#place(dx: 12mm - 25mm, dy: 100mm, image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        "<circle cx='4' cy='4' r='4'/></svg>\"), width: 20mm))",
        '#place(dx: 12mm - 25mm, dy: 100mm, rect(width: 9mm, height: 9mm, fill: rgb("#eef3f7")))',
    ],
    ids=["faint line", "full stop", "picture", "tint"],
)
def test_ink_in_the_left_margin_is_measured_on_its_page(mark: str) -> None:
    page = f"#pagebreak()\n{mark}"
    (found,) = preflight.check(a_pdf(f'paper: "a4", margin: 25mm)\nSide 1\n{page}\n#set text(size: 9pt'))
    assert re.match("Side 2 har trykk 1[23] mm fra venstre kant, 1[23][0-9] mm ned", found), found


def test_ink_right_of_the_margin_is_none_of_the_partners_business() -> None:
    assert preflight.check(a_pdf('paper: "a4", margin: (left: 18.2mm)')) == []


RENDERER = write.Renderer()
ABROAD = documents.Address(street="Sveavägen 44", city="STOCKHOLM", postal_zone="111 34", country="SE")
LONG = documents.Address(
    street="Industriområdet ved den gamle jernbanestasjonen 117 oppgang C, fjerde etasje",
    additional_street="c/o Kjøttmeierigårdens Driftsselskap og Eiendomsforvaltning AS",
    line="Bakgården, inngang fra elvesiden bak det røde skuret",
    city="LILLEHAMMER", postal_zone="2609", country="NO",
)  # fmt: skip


def rendered(recipient: parties.Recipient, **more: object) -> bytes:
    return RENDERER.render(invoice_samples.an_invoice(), recipient, **more)


def known(**changes: object) -> parties.Recipient:
    return msgspec.structs.replace(invoice_samples.RECIPIENT, **changes)


@pytest.mark.parametrize(
    "recipient",
    [
        known(),
        known(address=ABROAD),
        known(address=LONG),
        known(name="Øyvind Åsbø-Þórðarson & Sønner «Fjell» – f.i. fløte"),
        known(name="Bakeri" + "fabrikk" * 8 + " AS"),
        known(name="株式会社 Tanaka"),
        known(name="A\u0308gir e\u0301n"),
    ],
    ids=["plain", "abroad", "long", "signs", "long word", "other script", "combining"],
)
@pytest.mark.parametrize("language", ["nb", "en"])
def test_our_own_invoices_have_their_address_in_the_window(recipient: parties.Recipient, language: str) -> None:
    pdf = rendered(recipient, language=language, ehf=b"<Invoice/>")
    assert preflight.check(pdf, recipient=recipient) == []


@pytest.mark.parametrize(
    "other",
    [known(name="Fjordbygg Entreprenør"), known(address=ABROAD), known(address=None), known(name="Noen Andre AS")],
    ids=["less", "abroad", "no address", "somebody else"],
)
def test_another_address_in_the_window_is_seen(other: parties.Recipient) -> None:
    (found,) = preflight.check(rendered(known()), recipient=other)
    assert "mottakerens adresse" in found
    assert "Fjordbygg" not in found and "Noen" not in found, "no person's name in what is logged"


def stamped(pdf: bytes, content: str) -> bytes:
    """With something more on the first page, in points from the lower left corner."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    more = generic.StreamObject()
    more.set_data(content.encode())
    old = writer.pages[0]["/Contents"].get_object()
    before = [one.indirect_reference for one in old] if isinstance(old, generic.ArrayObject) else [old.indirect_reference]
    writer.pages[0][generic.NameObject("/Contents")] = generic.ArrayObject([*before, writer._add_object(more)])
    return written(writer)


@pytest.mark.parametrize(
    ("mark", "where"),
    [
        ("0.5 w 70 650 m 250 650 l S", "25 mm fra venstre kant, 67 mm ned"),
        ("0.9 g 200 700 60 8 re f", "70 mm fra venstre kant, 47 mm ned"),
        ("0 0 1 RG 295 650 m 310 650 l S", "104 mm fra venstre kant, 67 mm ned"),
        ("0.9 g 100 606 60 8 re f", "35 mm fra venstre kant, 80 mm ned"),
    ],
    ids=["line under", "tint", "over the edge", "right below"],
)
def test_anything_else_in_the_window_is_seen_with_its_place(mark: str, where: str) -> None:
    (found,) = preflight.check(stamped(rendered(known()), mark), recipient=known())
    assert found == f"Side 1 har trykk i konvoluttens vindu som ikke er adressen, {where}."
    assert preflight.check(stamped(rendered(known()), mark)) == []


def test_pdfs_made_to_exhaust_or_to_act_are_refused_in_bounded_time_and_memory() -> None:
    ran = subprocess.run([sys.executable, "-m", "tests.unit.hostile_pdfs"], capture_output=True, timeout=60, check=True)
    said = json.loads(ran.stdout)
    assert len(said) > 20
    assert {name: seconds for name, (seconds, faults) in said.items() if seconds > 6 or not faults} == {}
    assert {len(faults) for _, faults in said.values()} == {1}


def test_a_damaged_pdf_never_raises() -> None:
    chance, pdf = random.Random(5), rendered(known())  # noqa: S311 repeatable, not secret
    for _ in range(60):
        damaged = bytearray(pdf)
        for _ in range(chance.randint(1, 40)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        assert isinstance(preflight.check(bytes(damaged), recipient=known()), list)


def test_our_ehf_may_go_along_and_nothing_else() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(rendered(known(), ehf=b"<Invoice/>")))
    writer.add_attachment("mer.xml", b"<x/>")
    assert preflight.check(written(writer)) == ["PDF-en har vedlegg som ikke er EHF-en (én XML-fil); lag den på nytt uten."]
