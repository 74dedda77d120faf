"""An invoice and what the tests of its PDF read from the paper."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import msgspec
import pypdfium2

from fakturabro.domain import documents, parties

MM = 72 / 25.4
STANDARD = documents.TaxCategory(code="S", percent=Decimal(25))
EXEMPT = documents.TaxCategory(code="E", percent=Decimal(0), exemption_reason="Unntatt etter mva-loven § 3-5")
NOTICE = "Fakturaen er overdratt til Factoring Finans AS. Betaling kan med befriende virkning bare skje til oppgitt konto."
SELLER = documents.Party(
    registration_name="Nordlys Elektro AS",
    address=documents.Address(street="Storgata 12", city="TROMSØ", postal_zone="9008", country="NO"),
    tax_registrations=(
        documents.TaxRegistration(company_id="NO991825827MVA", scheme="VAT"),
        documents.TaxRegistration(company_id="Foretaksregisteret", scheme="TAX"),
    ),
)
RECIPIENT = parties.Recipient(
    name="Fjordbygg Entreprenør AS",
    customer_number="10042",
    organisation_number="923609016",
    address=documents.Address(street="Brattørkaia 17 B", city="TRONDHEIM", postal_zone="7010", country="NO"),
)


def a_line(
    name: str = "Rådgivning", *, quantity: str = "8", unit: str = "HUR", price: str = "1450", **changes: object
) -> documents.Line:
    line = documents.Line(
        id="1",
        quantity=documents.Quantity(value=Decimal(quantity), unit=unit),
        net_amount=Decimal(quantity) * Decimal(price),
        item=documents.Item(name=name, tax_category=STANDARD),
        price=documents.Price(amount=Decimal(price)),
    )
    return msgspec.structs.replace(line, **changes)


def an_invoice(*lines: documents.Line, **changes: object) -> documents.Invoice:
    lines = lines or (a_line(),)
    net = sum((line.net_amount for line in lines), Decimal(0))
    vat = net / 4
    invoice = documents.Invoice(
        kind="invoice",
        number="20451",
        issue_date=dt.date(2026, 11, 22),
        due_date=dt.date(2026, 12, 6),
        type_code="380",
        currency="NOK",
        buyer_reference="Avd. 310",
        order_reference="B-1187",
        seller=SELLER,
        buyer=documents.Party(name="Fjordbygg Entreprenør AS"),
        payee=documents.Payee(name="Factoring Finans AS", company_id=documents.Identifier(value="960000000", scheme="0192")),
        payment_means=(documents.PaymentMeans(code="30", payment_id="1000420204514", account="86011117947"),),
        payment_terms=NOTICE,
        tax_totals=(
            documents.TaxTotal(
                amount=vat,
                currency="NOK",
                subtotals=(documents.TaxSubtotal(taxable_amount=net, tax_amount=vat, category=STANDARD),),
            ),
        ),
        totals=documents.Totals(line_extension=net, tax_exclusive=net, tax_inclusive=net + vat, payable=net + vat),
        lines=lines,
    )
    return msgspec.structs.replace(invoice, **changes)


def read(pdf: bytes, page: int | None = None) -> str:
    """The text of one page or all, with ordinary blanks; values of one cell follow each other in reading order."""
    document = pypdfium2.PdfDocument(pdf)
    pages = document if page is None else [document[page]]
    text = "\n".join(sheet.get_textpage().get_text_range() for sheet in pages)
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def place_of(pdf: bytes, words: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the first place where `words` stands, in millimetres from the paper's top left."""
    page = pypdfium2.PdfDocument(pdf)[0]
    text = page.get_textpage()
    start, count = text.search(words).get_next()
    boxes = [text.get_charbox(i) for i in range(start, start + count)]
    left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, top = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return left / MM, (page.get_height() - top) / MM, right / MM, (page.get_height() - bottom) / MM
