"""Documents that no reader should let through, and sentences that no finding may break: none stops another document's check."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from data_quality import blocking, checking, messages
from fakturabro.domain import documents, parties

AMOUNTS = ("NaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "9" * 80, "0E+5")


def subject(id_: int, amount: str) -> checking.Subject:
    value = Decimal(amount)
    category = documents.TaxCategory(code="S", percent=Decimal(25))
    subtotal = documents.TaxSubtotal(taxable_amount=value, tax_amount=value, category=category)
    return checking.Subject(
        id=id_,
        invoice=documents.Invoice(
            kind="invoice",
            number="=1+1 <b>{value}</b>",
            issue_date=dt.date(2026, 1, 2),
            due_date=dt.date(2026, 1, 3),
            type_code="380",
            currency="NOK",
            seller=documents.Party(),
            buyer=documents.Party(),
            payment_means=(documents.PaymentMeans(code="30", account="86011117947"),),
            tax_totals=(documents.TaxTotal(amount=value, currency="NOK", subtotals=(subtotal,)),),
            totals=documents.Totals(line_extension=value, tax_exclusive=value, tax_inclusive=value, payable=value),
            lines=(),
        ),
        recipient=parties.Recipient(
            name="A",
            customer_number="1",
            address=documents.Address(street="{part} " + "x" * 5_000, city="\u202eolsO", postal_zone="0150", country="SE"),
        ),
        source_total=value,
    )


def test_an_impossible_amount_is_a_finding_on_its_own_document() -> None:
    sane = msgspec.structs.replace(subject(99, "0"), source_total=None)
    found = checking.check([*(subject(id_, amount) for id_, amount in enumerate(AMOUNTS)), sane], blocking.Rules())
    assert {finding.code for finding in found[99]} == {"no_lines", "zero_payable"}
    for id_, amount in enumerate(AMOUNTS):
        assert any("book" in finding.holds for finding in found[id_]), amount
        codes = {finding.code for finding in found[id_]}
        assert codes & {"too_many_decimals", "sum_of_lines_differs", "vat_does_not_add_up"}, (amount, codes)


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://ond.example","Klikk")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202eSA drogejF\u202c",
    "\u200fFjord\u200e",
    "N" * 200,
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{FIRE}",
    "Fjord\x00AS",
    "a\ud800b",
    "{0} {value} %s \\",
    "." * 300,
    "a." * 300,
    "Z\u0301\u0327" * 100,
)
BLANK = (
    *("", " ", "\t\n", "\u00a0", "\u2003", "\u3000", "\u200b", "\u200d\ufeff", "\u2060"),
    *("\x00", "\u0301\u0308", "\u3164", "\u2800", "\u202e"),
)


def everywhere(id_: int, text: str) -> checking.Subject:
    """Every text of a document that comes from outside."""
    plain = subject(id_, "1000.00")
    party = documents.Party(
        registration_name=text,
        company_id=documents.Identifier(value=text, scheme="0192"),
        tax_registrations=(documents.TaxRegistration(company_id=f"NO{text}", scheme="VAT"),),
    )
    means = (documents.PaymentMeans(code="30", account=text),)
    category = documents.TaxCategory(code=text, exemption_reason=text)
    subtotal = documents.TaxSubtotal(taxable_amount=Decimal(1000), tax_amount=Decimal(0), category=category)
    tax = (documents.TaxTotal(amount=Decimal(0), currency=text, subtotals=(subtotal,)),)
    where = documents.Address(street=text, city=text, postal_zone=text, country=text)
    return checking.Subject(
        id=id_,
        invoice=msgspec.structs.replace(
            plain.invoice, number=text, currency=text, seller=party, buyer=party, payment_means=means, tax_totals=tax
        ),
        recipient=parties.Recipient(name=text, customer_number=text, address=where, emails=(text,)),
        card=parties.Card(number=text, name=text, organisation_number=text, delivery_type=text, address=where),
        same_number=text,
        twin=text,
    )


def test_hostile_texts_raise_nothing_and_are_shown_without_what_cannot_be_seen() -> None:
    found = checking.check([everywhere(id_, text) for id_, text in enumerate(HOSTILE)], blocking.Rules())
    for id_, text in enumerate(HOSTILE):
        assert {"unknown_country", "invalid_email", "wrong_account"} <= {one.code for one in found[id_]}, text
        for one in found[id_]:
            assert len(one.value) <= 200
            assert not set("\u202e\u202c\u200f\u200e\u200d\x00") & set(one.value + one.suggestion), text
            for kind in ("invoice", "credit_note", "customer"):
                assert messages.sentence(one, kind=kind)


@pytest.mark.parametrize("field", ["name", "number", "street", "city", "postal_zone", "account"])
def test_what_is_blank_passes_nowhere_as_filled(field: str) -> None:
    expected = {
        "name": {"missing_buyer_name"},
        "number": {"missing_number"},
        "account": {"missing_account"},
        "street": {"incomplete_postal_address", "placeholder_postal_address"},
        "city": {"incomplete_postal_address", "placeholder_postal_address"},
        "postal_zone": {"incomplete_postal_address", "placeholder_postal_address"},
    }[field]
    found = checking.check([_blank(id_, field, text) for id_, text in enumerate(BLANK)], blocking.Rules())
    for id_, text in enumerate(BLANK):
        assert {one.code for one in found[id_]} & expected, ascii(text)


def _blank(id_: int, field: str, text: str) -> checking.Subject:
    whole = subject(id_, "1000.00")
    where = documents.Address(street="Storgata 1", city="Bergen", postal_zone="5003")
    if field in ("street", "city", "postal_zone"):
        where = msgspec.structs.replace(where, **{field: text})
    means = (documents.PaymentMeans(code="30", account=text if field == "account" else "86011117947"),)
    return msgspec.structs.replace(
        whole,
        invoice=msgspec.structs.replace(whole.invoice, number=text if field == "number" else "1", payment_means=means),
        recipient=parties.Recipient(name=text if field == "name" else "A", customer_number="1", address=where),
    )


def test_hostile_cards_raise_nothing() -> None:
    where = [documents.Address(street=text, city=text, postal_zone=text, country=text) for text in (*HOSTILE, *BLANK)]
    cards = [
        checking.CardSubject(id=id_, card=parties.Card(number="1", name=text, invoice_email=text, address=address))
        for id_, (text, address) in enumerate(zip((*HOSTILE, *BLANK), where, strict=True))
    ]
    found = checking.check(cards, blocking.Rules(), suite="customers")
    for id_ in range(len(HOSTILE), len(cards)):
        assert {"missing_buyer_name"} < {one.code for one in found[id_]}


def test_a_value_is_cut_to_a_readable_length() -> None:
    bad = subject(1, "1E-999999")
    long = msgspec.structs.replace(bad, same_number="9" * 5_000)
    for finding in checking.check([long], blocking.Rules())[1]:
        assert len(finding.value) <= 200


@pytest.mark.parametrize("language", ["nb", "en"])
def test_braces_in_values_and_names_stay_what_they_are(language: messages.Language) -> None:
    finding = blocking.Rules().finding("placeholder_postal_address", field="MailAddress.City", value="{part} {0} {")
    assert finding
    assert "{part} {0} {" in messages.sentence(finding, language)
    assert "{card} %s" in messages.remedy(finding, buyer="{card} %s", language=language)
