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
            address=documents.Address(street="{part} " + "x" * 5_000, city="\u202eolsO", postal_zone="0150"),
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
