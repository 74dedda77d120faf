"""Small documents of our own: what is carried, what is not, and what is refused with element and line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from fakturabro.domain import documents
from fakturabro.formats import ehf

CATEGORY = documents.TaxCategory(code="S", percent=Decimal(25))
INVOICE = documents.Invoice(
    kind="invoice",
    number="2045",
    issue_date=dt.date(2026, 11, 2),
    due_date=dt.date(2026, 11, 16),
    type_code="380",
    note="To linjer",
    currency="NOK",
    seller=documents.Party(name="Salgsselskapet AS", endpoint=documents.Identifier(value="991825827", scheme="0192")),
    buyer=documents.Party(name="Kjøperen AS", address=documents.Address(street="Storgata 8", city="Ålesund", country="NO")),
    payment_means=(documents.PaymentMeans(code="30", payment_id="00000000035", account="15032080119"),),
    tax_totals=(documents.TaxTotal(amount=Decimal("25.00"), currency="NOK"),),
    totals=documents.Totals(
        line_extension=Decimal("100.00"),
        tax_exclusive=Decimal("100.00"),
        tax_inclusive=Decimal("125.00"),
        payable=Decimal("125.00"),
    ),
    lines=(
        documents.Line(
            id="1",
            quantity=documents.Quantity(value=Decimal(2), unit="EA"),
            net_amount=Decimal("100.00"),
            allowances=(documents.AllowanceCharge(charge=False, amount=Decimal("0.00")),),
            item=documents.Item(name="Kaffe", tax_category=CATEGORY),
            price=documents.Price(amount=Decimal("50.00")),
        ),
    ),
)
XML = ehf.write(INVOICE).decode()


def changed(old: str, new: str) -> bytes:
    assert XML.count(old) >= 1
    return XML.replace(old, new, 1).encode()


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(XML.splitlines(), 1) if text in line)


def test_read_gives_back_what_was_written() -> None:
    assert ehf.read(XML.encode()) == INVOICE


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("<cac:AccountingSupplierParty>", "<cac:Signature/><cac:AccountingSupplierParty>", "Invoice/cac:Signature"),
        ("<cbc:Note>To linjer", "<cbc:Note>En</cbc:Note><cbc:Note>To linjer", "Invoice/cbc:Note[2]"),
        ("<cbc:Name>Kaffe", "<cbc:BrandName>X</cbc:BrandName><cbc:Name>Kaffe", "Invoice/cac:InvoiceLine/cac:Item/cbc:BrandName"),
        ('currencyID="NOK">50', 'currencyID="EUR">50', "Invoice/cac:InvoiceLine/cac:Price/cbc:PriceAmount/@currencyID"),
        (' currencyID="NOK">50', ">50", "Invoice/cac:InvoiceLine/cac:Price/cbc:PriceAmount/@currencyID"),
        ("<cbc:Note>", '<cbc:Note color="red">', "Invoice/cbc:Note/@color"),
        ("<cbc:ID>2045", '<cbc:ID schemeID="X">2045', "Invoice/cbc:ID/@schemeID"),
        ('unitCode="EA"', 'unitCode="EA" extra="1"', "Invoice/cac:InvoiceLine/cbc:InvoicedQuantity/@extra"),
        ("<cac:Price>", '<cac:Price id="1">', "Invoice/cac:InvoiceLine/cac:Price/@id"),
        ("<cac:Item>", "<cac:Item>løs tekst", "Invoice/cac:InvoiceLine/cac:Item/text()"),
        ("</cac:Item>", "</cac:Item>løs tekst", "Invoice/cac:InvoiceLine/text()"),
        ("To linjer", "To <b xmlns=''>linjer</b>", "Invoice/cbc:Note/b"),
        (
            "<cac:PayeeFinancialAccount>",
            "<cac:PaymentMandate/><cac:PayeeFinancialAccount>",
            "Invoice/cac:PaymentMeans/cac:PaymentMandate",
        ),
        (
            "<cac:Country>",
            "<cac:Country/><cac:Country>",
            "Invoice/cac:AccountingCustomerParty/cac:Party/cac:PostalAddress/cac:Country[1]",
        ),
        ("<cbc:IdentificationCode>", '<cbc:IdentificationCode name="Norge">', "IdentificationCode/@name"),
        ("<cac:Country>", "<cac:Country><cbc:Name>Norge</cbc:Name>", "cac:PostalAddress/cac:Country/cbc:Name"),
        ("<cbc:Name>Kjøperen AS", "<cbc:Name>En</cbc:Name><cbc:Name>Kjøperen AS", "cac:PartyName/cbc:Name[2]"),
        (
            "<cbc:Note>",
            '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/><cbc:Note>',
            "Invoice/{http://www.w3.org/2001/XInclude}include",
        ),
    ],
)
def test_what_has_no_field_is_named(old: str, new: str, path: str) -> None:
    (lost,) = ehf.read(changed(old, new)).not_carried
    assert lost.endswith(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<cbc:InvoiceTypeCode>", '<cbc:InvoiceTypeCode listID="UNCL1001" listAgencyID="6">'),
        ("<cbc:ID>S<", '<cbc:ID schemeID="UNCL5305">S<'),
        ("<cbc:ID>VAT<", '<cbc:ID schemeID="UN/ECE 5153" schemeAgencyID="6">VAT<'),
        ('schemeID="0192"', 'schemeID="0192" schemeAgencyID="82"'),
        ('unitCode="EA"', 'unitCode="EA" unitCodeListID="UNECERec20"'),
        ('currencyID="NOK">50', 'currencyID="NOK" currencyCodeListVersionID="1">50'),
        ("<cbc:Note>", '<!-- merknad --><?pi x?><cbc:Note languageID="no">'),
        ("To linjer", "To <!-- to -->linjer"),
        ("To linjer", "<![CDATA[To linjer]]>"),
        (">50.00<", "> +050.00 <"),
        (">false<", "> 0 <"),
        ("<Invoice ", '<Invoice xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" '),
    ],
)
def test_documented_changes_are_read_as_the_same_invoice(old: str, new: str) -> None:
    assert ehf.read(changed(old, new)) == INVOICE


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1E5", "1_000", "1,50", "١٢", "", " ", "0x10", "1" * 21, "--1"])
def test_bad_numbers_are_refused_with_element_and_line(value: str) -> None:
    with pytest.raises(ehf.ReadError, match=r"Invoice/cac:InvoiceLine/cac:Price/cbc:PriceAmount must be a number") as caught:
        ehf.read(changed(">50.00<", f">{value}<"))
    assert caught.value.line == line_of(">50.00<")


@pytest.mark.parametrize(
    "value", ["2026-13-01", "2026-02-29", "20261102", "2026-W45-1", "02.11.2026", "2026-11-02Z", "2026-11-02T00:00:00", ""]
)
def test_bad_dates_are_refused_with_element_and_line(value: str) -> None:
    with pytest.raises(ehf.ReadError, match=r"Invoice/cbc:IssueDate must be a date") as caught:
        ehf.read(changed("2026-11-02", value))
    assert caught.value.line == line_of("IssueDate")


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("<cbc:ID>2045</cbc:ID>", "", "Invoice/cbc:ID"),
        ("<cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode>", "", "Invoice/cbc:DocumentCurrencyCode"),
        ("<cbc:PayableAmount", "<cbc:Other", None),
        ('<cbc:PriceAmount currencyID="NOK">50.00</cbc:PriceAmount>', "", "Invoice/cac:InvoiceLine/cac:Price/cbc:PriceAmount"),
        ("<cbc:ID>VAT</cbc:ID>", "", "cac:ClassifiedTaxCategory/cac:TaxScheme/cbc:ID"),
        ('<cbc:TaxAmount currencyID="NOK">', "<cbc:TaxAmount>", "Invoice/cac:TaxTotal/cbc:TaxAmount/@currencyID"),
    ],
)
def test_missing_mandatory_elements_are_named(old: str, new: str, missing: str | None) -> None:
    with pytest.raises(ehf.ReadError, match=r"is missing|not well-formed") as caught:
        ehf.read(changed(old, new))
    assert caught.value.line
    assert missing is None or f"{missing} is missing" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"note": "vertikal\x0btab"}, "note"),
        ({"note": "null\x00"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"number": "\x1b[31m"}, "number"),
        ({"tax_totals": (documents.TaxTotal(amount=Decimal("NaN"), currency="NOK"),)}, r"tax_totals\[1\]\.amount"),
        ({"tax_totals": (documents.TaxTotal(amount=Decimal("1E+30"), currency="NOK"),)}, r"tax_totals\[1\]\.amount"),
        ({"seller": documents.Party(company_id=documents.Identifier(value="1", scheme="\x02"))}, r"seller\.company_id"),
        ({"seller": documents.Party(identifications=(documents.Identifier(value="\x02"),))}, r"seller\.identifications\[1\]"),
        ({"buyer": documents.Party(address=documents.Address(country="\x02"))}, r"buyer\.address\.country"),
        (
            {"attachments": (documents.Attachment(id=documents.Identifier(value="1"), filename="a.pdf"),)},
            r"attachments\[1\]\.filename",
        ),
        ({"kind": "credit_note"}, "due_date"),
        ({"kind": "credit_note", "due_date": None, "project_reference": "P1"}, "project_reference"),
        ({"not_carried": ("Invoice/cac:Signature",)}, "Invoice/cac:Signature"),
    ],
)
def test_what_cannot_be_written_names_the_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(ehf.WriteError, match=field):
        ehf.write(msgspec.structs.replace(INVOICE, **change))


def test_a_document_that_does_not_say_its_specification_is_not_given_one() -> None:
    silent = msgspec.structs.replace(INVOICE, customization=None, profile=None)
    assert b"CustomizationID" not in ehf.write(silent)
    assert ehf.read(ehf.write(silent)) == silent


def test_small_numbers_are_written_without_exponent() -> None:
    tiny = msgspec.structs.replace(INVOICE.lines[0], price=documents.Price(amount=Decimal("1E-8")))
    assert b">0.00000001<" in ehf.write(msgspec.structs.replace(INVOICE, lines=(tiny,)))


def test_the_list_of_what_is_not_carried_is_cut() -> None:
    assert len(ehf.read(changed("<cbc:Note>", "<cac:Signature/>" * 20_000 + "<cbc:Note>")).not_carried) == 50


def test_an_otherwise_good_invoice_with_a_document_type_is_refused() -> None:
    with pytest.raises(ehf.ReadError, match="DTD"):
        ehf.read(changed("<Invoice", '<!DOCTYPE Invoice [<!ENTITY n "To linjer">]><Invoice'))
