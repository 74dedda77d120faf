"""What a debtor can read on the PDF, and where it stands on the paper."""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
import sys
from decimal import Decimal

import msgspec
import pypdfium2
import pytest

from data_quality import countries
from fakturabro.domain import documents, languages, parties
from fakturabro.formats.invoice_pdf import messages, preflight, typography, write
from tests.unit.invoice_samples import EXEMPT, MM, NOTICE, RECIPIENT, SELLER, STANDARD, a_line, an_invoice, place_of, read


@pytest.fixture(scope="module")
def renderer() -> write.Renderer:
    return write.Renderer()


def test_an_invoice_shows_parties_references_figures_and_payment(renderer: write.Renderer) -> None:
    text = read(renderer.render(an_invoice(note="Takk for oppdraget, Åse!"), RECIPIENT))
    for shown in (
        "Nordlys Elektro AS",
        "Storgata 12, 9008 TROMSØ",
        "Org.nr. NO 991 825 827 MVA · Foretaksregisteret",
        "Fjordbygg Entreprenør AS Brattørkaia 17 B 7010 TRONDHEIM",
        "Fakturanummer 20451",
        "Fakturadato 22.11.2026",
        "Forfallsdato 06.12.2026",
        "Kundenummer 10042",
        "Deres referanse Avd. 310",
        "Bestillingsnummer B-1187",
        "Deres org.nr. 923 609 016",
        "Takk for oppdraget, Åse!",
        "Rådgivning 8 timer 1 450,00 25 % 11 600,00",
        "25 % 11 600,00 2 900,00",
        "Sum uten mva. 11 600,00 Mva. 2 900,00 Sum med mva. 14 500,00",
        "Å betale NOK 14 500,00",
        NOTICE,
        "Org.nr. 960 000 000",
        "Kontonummer 8601.11.17947",
        "KID 1000420204514",
        "Side 1 av 1",
    ):
        assert shown in text, shown
    assert "Betales til Factoring Finans AS Org.nr. 960 000 000 Betales av Fjordbygg Entreprenør AS" in text
    assert "Oppgi alltid KID når du betaler" in text
    assert "IBAN" not in text
    assert "Valuta" not in text


def test_the_same_document_gives_the_same_bytes_also_in_another_process(renderer: write.Renderer) -> None:
    invoice = an_invoice(a_line("Bjørk 😀"))
    first = renderer.render(invoice, RECIPIENT)
    renderer.render(an_invoice(a_line("日本"), number="9"), RECIPIENT)
    assert renderer.render(invoice, RECIPIENT) == first
    program = (
        "import sys, hashlib, msgspec; from fakturabro.domain import documents, parties;"
        "from fakturabro.formats.invoice_pdf import write;"
        "invoice, recipient = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=tuple[documents.Invoice, parties.Recipient]);"
        "print(hashlib.sha256(write.Renderer().render(invoice, recipient)).hexdigest())"
    )
    packed = msgspec.msgpack.encode((invoice, RECIPIENT))
    elsewhere = subprocess.run([sys.executable, "-c", program], input=packed, capture_output=True, check=True)
    assert elsewhere.stdout.decode().strip() == hashlib.sha256(first).hexdigest()


def test_metadata_names_the_document_and_dates_it_by_its_issue_date(renderer: write.Renderer) -> None:
    pdf = renderer.render(an_invoice(), RECIPIENT)
    metadata = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    assert metadata["Title"] == "Faktura 20451 fra Nordlys Elektro AS"
    assert metadata["Author"] == "Nordlys Elektro AS"
    assert metadata["CreationDate"].startswith("D:20261122")


def test_the_address_stands_alone_in_the_window_of_a_c5_envelope(renderer: write.Renderer) -> None:
    pdf = renderer.render(an_invoice(note="Merknad " * 50), RECIPIENT)
    left, top, _, _ = place_of(pdf, "Fjordbygg Entreprenør AS")
    _, _, right, bottom = place_of(pdf, "7010 TRONDHEIM")
    assert left == pytest.approx(20, abs=0.8)
    assert 45 <= top <= 50
    assert right <= 105
    assert bottom <= 80
    page = pypdfium2.PdfDocument(pdf)[0]
    window = page.get_textpage().get_text_bounded(20 * MM, page.get_height() - 84 * MM, 105 * MM, page.get_height() - 45 * MM)
    assert window.split("\r\n") == ["Fjordbygg Entreprenør AS", "Brattørkaia 17 B", "7010 TRONDHEIM"]


def test_a_longer_name_than_the_window_is_set_smaller_and_stays_inside(renderer: write.Renderer) -> None:
    name = "Institutt for lange selskapsnavn og virksomhetsbetegnelser i næringslivet " * 3
    pdf = renderer.render(an_invoice(), msgspec.structs.replace(RECIPIENT, name=name))
    assert place_of(pdf, "7010 TRONDHEIM")[3] <= 82
    assert place_of(pdf, "Institutt for lange")[0] == pytest.approx(20, abs=0.8)


@pytest.mark.parametrize("count", [1, 40, 200])
def test_long_invoices_repeat_the_table_head_and_number_their_pages(renderer: write.Renderer, count: int) -> None:
    lines = tuple(a_line(f"Vare {i:03d}", quantity="2", unit="H87", price="10") for i in range(count))
    pdf = renderer.render(an_invoice(*lines), RECIPIENT)
    pages = preflight.pages(pdf)
    assert (pages > 1) == (count > 1)
    assert f"Side {pages} av {pages}" in read(pdf, pages - 1)
    assert all(f"Vare {i:03d} 2 stk" in read(pdf) for i in (0, count // 2, count - 1))
    for page in range(pages):
        text = read(pdf, page)
        assert "Vare" not in text or "Beskrivelse Antall Pris Mva. Beløp" in text
        assert ("1000420204514" in text) == (page == pages - 1)


def test_a_credit_note_names_its_invoice_and_asks_for_no_payment(renderer: write.Renderer) -> None:
    preceding = documents.InvoiceReference(number="20399", issue_date=dt.date(2026, 11, 1))
    note = an_invoice(kind="credit_note", type_code="381", number="20460", due_date=None, preceding=(preceding,))
    text = read(renderer.render(note, RECIPIENT))
    assert "Kreditnotanummer 20460" in text
    assert "Gjelder faktura 20399 av 01.11.2026" in text
    assert "Kreditert beløp NOK 14 500,00" in text
    assert "Denne kreditnotaen skal ikke betales. Beløpet trekkes fra faktura 20399." in text
    assert "Fakturaene våre er overdratt til Factoring Finans AS, som fører kreditten." in text
    for absent in (NOTICE, "Å betale", "Forfallsdato", "KID", "8601.11.17947", "Betales til"):
        assert absent not in text


def test_a_negative_invoice_stands_in_the_debtors_favour(renderer: write.Renderer) -> None:
    invoice = an_invoice(a_line(quantity="-2", unit="H87", price="100"))
    text = read(renderer.render(invoice, RECIPIENT))
    assert "Til gode NOK 250,00" in text
    assert "−2 stk" in text
    assert "8601.11.17947" not in text


def test_another_currency_shows_its_code_vat_in_kroner_iban_and_bic_in_english(renderer: write.Renderer) -> None:
    invoice = an_invoice(currency="EUR")
    own = msgspec.structs.replace(invoice.tax_totals[0], currency="EUR")
    kroner = documents.TaxTotal(amount=Decimal("33205.00"), currency="NOK")
    means = msgspec.structs.replace(invoice.payment_means[0], account="NO9386011117947", branch="DNBANOKK")
    invoice = msgspec.structs.replace(invoice, tax_totals=(own, kroner), payment_means=(means,))
    abroad = documents.Address(street="Kungsgatan 4", city="STOCKHOLM", postal_zone="111 43", country="SE")
    text = read(renderer.render(invoice, msgspec.structs.replace(RECIPIENT, address=abroad), language="en"))
    for shown in (
        "Invoice number 20451",
        "Currency EUR",
        "111 43 STOCKHOLM SWEDEN",
        "8 hours",
        "Due date 6 Dec 2026",
        "1,450.00 25 % 11,600.00",
        "Amount due EUR 14,500.00",
        "Of which VAT in NOK 33,205.00",
        "Payment reference 1000420204514 Amount due EUR 14,500.00 IBAN NO93 8601 1117 947 BIC/SWIFT DNBANOKK",
        "Page 1 of 1",
    ):
        assert shown in text, shown
    assert "KID" not in text
    assert "8601.11.17947" not in text


def test_only_the_first_payment_means_is_ever_shown(renderer: write.Renderer) -> None:
    first = an_invoice().payment_means[0]
    source = documents.PaymentMeans(code="30", payment_id="999999999", account="15030012345", branch="NDEANOKK")
    text = read(renderer.render(an_invoice(payment_means=(first, source)), RECIPIENT))
    assert "8601.11.17947" in text
    for hidden in ("999999999", "1503", "NDEANOKK"):
        assert hidden not in text


def test_without_a_kid_the_debtor_is_told_how_to_mark_the_payment(renderer: write.Renderer) -> None:
    means = documents.PaymentMeans(code="30", account="86011117947")
    text = read(renderer.render(an_invoice(payment_means=(means,)), RECIPIENT))
    assert "Merk betalingen med" in text
    assert "KID" not in text


def test_the_longest_kid_and_an_e_mail_address_can_be_copied_from_the_pdf(renderer: write.Renderer) -> None:
    means = documents.PaymentMeans(code="30", payment_id="1234567890123456789012345", account="86011117947")
    seller = msgspec.structs.replace(SELLER, contact=documents.Contact(email="kundemottak@nordlys-elektro.no"))
    pdf = renderer.render(an_invoice(payment_means=(means,), seller=seller), RECIPIENT)
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert text.count("1234567890123456789012345") == 1
    assert "kundemottak@nordlys-elektro.no" in text


def test_discounts_charges_rates_prepayment_and_rounding_have_their_lines(renderer: write.Renderer) -> None:
    discount = documents.AllowanceCharge(charge=False, reason="Avtale", multiplier=Decimal(10), amount=Decimal("145.00"))
    fee = documents.AllowanceCharge(charge=True, reason="Miljøgebyr", amount=Decimal("12.50"))
    per = documents.Price(amount=Decimal("1450"), base_quantity=documents.Quantity(value=Decimal(100), unit="EA"))
    line = a_line("Skruer", quantity="100", unit="EA", allowances=(discount, fee), price=per.amount.__str__())
    line = msgspec.structs.replace(line, price=per, net_amount=Decimal("1317.50"))
    course = msgspec.structs.replace(a_line("Kurs"), item=documents.Item(name="Kurs", tax_category=EXEMPT))
    freight = documents.AllowanceCharge(charge=True, reason="Frakt", amount=Decimal("350"), tax_category=STANDARD)
    subtotal = documents.TaxSubtotal(taxable_amount=Decimal("11600"), tax_amount=Decimal(0), category=EXEMPT)
    invoice = an_invoice(line, course, allowances=(freight,))
    tax = msgspec.structs.replace(invoice.tax_totals[0], subtotals=(*invoice.tax_totals[0].subtotals, subtotal))
    totals = msgspec.structs.replace(invoice.totals, prepaid=Decimal("100"), rounding=Decimal("-0.38"))
    text = read(renderer.render(msgspec.structs.replace(invoice, tax_totals=(tax,), totals=totals), RECIPIENT))
    for shown in (
        "Antall Pris Rabatt Mva. Beløp",
        "10 %",
        "per 100 stk",
        "Rabatt: Avtale 10 %",
        "Tillegg: Miljøgebyr 12,50",
        "Tillegg: Frakt (mva. 25 %) 350,00",
        "0 % unntatt",
        "Unntatt etter mva-loven § 3-5",
        "Forhåndsbetalt −100,00",
        "Øreavrunding −0,38",
    ):
        assert shown in text, shown


def test_a_recipient_without_address_is_shown_by_name(renderer: write.Renderer) -> None:
    recipient = parties.Recipient(name="Kari Ås", customer_number="7", organisation_number="01010112345")
    text = read(renderer.render(an_invoice(), recipient))
    assert "Kari Ås" in text
    assert "010101" not in text


def test_markup_is_plain_text(renderer: write.Renderer) -> None:
    marked = r"#let x = $a$ *b* _c_ @d <e> [f] \ // # = - + https://x.no `raw` #sys.inputs"
    pdf = renderer.render(an_invoice(a_line(marked), note=marked, payment_terms=marked), RECIPIENT)
    assert read(pdf).count(marked) == 3


@pytest.mark.parametrize(
    "odd", ["\x00", "\x1b", "\ufffe", "\ud800", "\u202e", "\u200d", "😀", "日本", "e\u0301", "\ue000", "\u2028"]
)
def test_characters_that_no_font_has_cost_no_other_character(renderer: write.Renderer, odd: str) -> None:
    pdf = renderer.render(an_invoice(a_line(f"Før{odd}Etter")), RECIPIENT)
    text = read(pdf)
    assert "Før" in text
    assert "Etter" in text
    assert preflight.check(pdf) == []


def test_every_latin_letter_has_its_glyph(renderer: write.Renderer) -> None:
    letters = [chr(code) for code in range(0x21, 0x250) if chr(code).isprintable()]
    text = read(renderer.render(an_invoice(note=" ".join(letters)), RECIPIENT))
    assert typography.MISSING not in text


def test_the_letters_around_an_unknown_mark_stay(renderer: write.Renderer) -> None:
    text = read(renderer.render(an_invoice(a_line('"a\u0656" og "a" \u4e2d'), note="W" * 40 + "ɐ\u0656"), RECIPIENT))
    assert '"a" og "a" □' in text
    assert "W" * 40 in text


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_country_is_written_out_and_svalbard_is_at_home(language: languages.Language) -> None:
    abroad = countries.CODES - {"NO", "SJ"}
    assert [code for code in sorted(abroad) if messages.country(code, language) == code] == []
    assert (messages.country("HU", "nb"), messages.country("SJ", language)) == ("UNGARN", "")
    longyearbyen = documents.Address(city="LONGYEARBYEN", postal_zone="9170", country="SJ")
    assert not languages.is_abroad(msgspec.structs.replace(RECIPIENT, address=longyearbyen))


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "1E+40", "1E-90"])
def test_a_figure_that_cannot_be_shown_names_document_and_reason(renderer: write.Renderer, figure: str) -> None:
    line = msgspec.structs.replace(a_line(), net_amount=Decimal(figure))
    totals = msgspec.structs.replace(an_invoice().totals, payable=Decimal(figure))
    for changed in ({"lines": (line,)}, {"totals": totals}):
        with pytest.raises(write.RenderError, match=r"document 20451 .*mend it in the source") as raised:
            renderer.render(msgspec.structs.replace(an_invoice(), **changed), RECIPIENT)
        assert raised.value.number == "20451"
    assert renderer.render(an_invoice(), RECIPIENT)
