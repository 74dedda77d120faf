"""Whatever stands in a document's texts, it is printed as text, inside the margins, on paper that can be printed."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal

import hypothesis
import msgspec
import pypdfium2
from hypothesis import strategies as st

from fakturabro.domain import documents, parties
from fakturabro.formats.invoice_pdf import brands, preflight, write

MM = 72 / 25.4
KEPT = {"kind", "currency"}
RENDERER = write.Renderer()
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><path fill="#b5123e" d="M0 0h90v30H0z"/></svg>'
BRAND = brands.Brand(color="#b5123e", logo=LOGO, footer_nb="Takk for at du handler hos oss")

ADDRESS = documents.Address(street="a", additional_street="b", line="c", postal_zone="d", city="e", country="f")
CATEGORY = documents.TaxCategory(code="E", percent=Decimal(0), exemption_reason="a")
CHARGE = documents.AllowanceCharge(charge=True, reason="a", amount=Decimal("999999999.99"), tax_category=CATEGORY)
PARTY = documents.Party(
    registration_name="a",
    address=ADDRESS,
    tax_registrations=(documents.TaxRegistration(company_id="a", scheme="b"),),
    contact=documents.Contact(name="a", telephone="b", email="c"),
)
LINE = documents.Line(
    id="1",
    note="a",
    quantity=documents.Quantity(value=Decimal("1234567.1234"), unit="a"),
    net_amount=Decimal("999999999.99"),
    allowances=(CHARGE, msgspec.structs.replace(CHARGE, charge=False)),
    item=documents.Item(
        name="a",
        description="b",
        sellers_id="c",
        tax_category=CATEGORY,
        properties=(documents.ItemProperty(name="a", value="b"),),
    ),
    price=documents.Price(amount=Decimal("999999.9999"), base_quantity=documents.Quantity(value=Decimal(100), unit="a")),
)
NEIGHBOUR = parties.Recipient(name="Kari Ås", customer_number="7", address=documents.Address(street="Storgata 1"))
INVOICE = documents.Invoice(
    kind="invoice",
    number="a",
    issue_date=dt.date(2026, 11, 22),
    due_date=dt.date(2026, 12, 6),
    type_code="380",
    note="a",
    currency="NOK",
    accounting_cost="a",
    buyer_reference="b",
    order_reference="c",
    project_reference="d",
    preceding=(documents.InvoiceReference(number="a"),),
    seller=PARTY,
    buyer=PARTY,
    payee=documents.Payee(name="a", company_id=documents.Identifier(value="b")),
    tax_representative=documents.TaxRepresentative(name="a"),
    delivery=documents.Delivery(party_name="a", address=ADDRESS),
    payment_means=(documents.PaymentMeans(code="30", payment_id="a", account="b", branch="c"),),
    payment_terms="a",
    allowances=(CHARGE,),
    tax_totals=(
        documents.TaxTotal(
            amount=Decimal(0),
            currency="NOK",
            subtotals=(documents.TaxSubtotal(taxable_amount=Decimal("999999999.99"), tax_amount=Decimal(0), category=CATEGORY),),
        ),
    ),
    totals=documents.Totals(line_extension=Decimal(1), tax_exclusive=Decimal(1), tax_inclusive=Decimal(1), payable=Decimal(1)),
    lines=(LINE, LINE),
)
RECIPIENT = parties.Recipient(name="a", customer_number="b", organisation_number="c", address=ADDRESS)


def spoilt(value: object, texts: list[str]) -> object:
    """`value` with every text replaced by one of `texts`, in turn."""
    if isinstance(value, str):
        texts.append(texts.pop(0))
        return texts[-1]
    if isinstance(value, tuple):
        return tuple(spoilt(part, texts) for part in value)
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if name not in KEPT]
        return msgspec.structs.replace(value, **{name: spoilt(getattr(value, name), texts) for name in names})
    return value


def outside_the_margins(pdf: bytes) -> list[str]:
    """Characters left of 18 mm, within 10 mm of the right edge, or off the top and bottom.

    A combining mark without a letter hangs out to the left and does not count.
    """
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text, height = page.get_textpage(), page.get_height()
        for i in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(i)
            inside = left >= 18 * MM and right <= 200 * MM and bottom >= 0 and top <= height
            if right > left and not inside and not unicodedata.category(text.get_text_range(i, 1)[:1] or " ").startswith("M"):
                found.append(f"{text.get_text_range(i, 1)!r} {left / MM:.1f} {right / MM:.1f} {bottom / MM:.1f}")
    return found


WORDS = st.one_of(
    st.text(max_size=400),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "So", "Zs", "Zl", "Mn"]), max_size=60),
    st.sampled_from(["#", "$", "*", "_", "@", "<", "[", "\\", "W", "Ø", "i", "日", "\n", " ", "a b ", "//", "9", "-"]).flatmap(
        lambda sign: st.integers(1, 1200).map(lambda times: sign * times)
    ),
)


@hypothesis.settings(max_examples=12, deadline=None, derandomize=True)
@hypothesis.given(st.lists(WORDS, min_size=1, max_size=7), st.sampled_from(["invoice", "credit_note"]), st.booleans())
@hypothesis.example(texts=["W" * 1000], kind="invoice", plain=True)
@hypothesis.example(texts=["W" * 1000], kind="invoice", plain=False)
@hypothesis.example(texts=["\u05a2\u0483"], kind="invoice", plain=True)
@hypothesis.example(texts=["Langt selskapsnavn " * 40, "x" * 300], kind="credit_note", plain=False)
def test_no_text_breaks_the_sheet(texts: list[str], kind: str, plain: bool) -> None:
    invoice = msgspec.structs.replace(spoilt(INVOICE, list(texts)), kind=kind)
    recipient = spoilt(RECIPIENT, list(texts))
    pdf = RENDERER.render(invoice, recipient) if plain else RENDERER.render(invoice, recipient, brand=BRAND, language="en")
    assert preflight.check(pdf) == []
    assert outside_the_margins(pdf) == []
    by_letter = RENDERER.render(invoice, NEIGHBOUR, brand=brands.Brand() if plain else BRAND)
    assert preflight.check(by_letter, recipient=NEIGHBOUR) == []
