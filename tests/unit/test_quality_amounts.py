"""What is said of amounts that do not agree: one slip once, no figure that contradicts another, and none that is a mere guess."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from data_quality import blocking, checking, messages
from fakturabro.domain import documents, findings, parties
from fakturabro.formats import ehf
from sandboxes.seed import clients as seed

SEED = {
    (one.number, client.name): one
    for client in seed.companies(base_date=dt.date(2026, 11, 20)).clients.values()
    for one in client.invoices.values()
}
TOTALS_OFF, VAT_OFF, THREE_DECIMALS = 5032, 5033, 5044
SUM = "LegalMonetaryTotal"


def seeded(number: int) -> checking.Subject:
    """A document of the seed's first client, with the total that its list states."""
    one = next(one for (found, _), one in SEED.items() if found == number)
    return checking.Subject(
        id=number,
        invoice=ehf.read(one.document()),
        recipient=parties.Recipient(
            name="Kunde", customer_number="1", address=documents.Address(street="Storgata 1", postal_zone="0155", city="Oslo")
        ),
        source_total=one.total,
    )


def told(subject: checking.Subject, *own: blocking.Override) -> list[findings.Finding]:
    (found,) = checking.check([subject], blocking.Rules(overrides=own)).values()
    return [one for one in found if one.code not in ("wrong_account", "missing_account")]


def said(found: list[findings.Finding]) -> list[str]:
    return [messages.sentence(one).replace("\N{NO-BREAK SPACE}", " ") for one in found]


def test_a_wrong_total_is_told_once() -> None:
    found = told(seeded(TOTALS_OFF))
    assert said(found) == [
        "Beløpene på fakturaen stemmer ikke: beløp å betale er oppgitt til 6 974,03, men blir 6 874,03 når de andre beløpene "
        "regnes sammen."
    ]


def test_the_sum_of_vat_is_calculated_from_rates_that_are_right() -> None:
    found = told(seeded(VAT_OFF))
    assert said(found) == [
        f"Merverdiavgiften på fakturaen stemmer ikke: {what} er oppgitt til {stated}, men blir {right} regnet ut fra de andre "
        "beløpene."
        for what, stated, right in (
            ("sum mva.", "5 462,09", "5 457,09"),
            ("mva. for en sats", "78,96", "73,96"),
            ("mva. for en sats", "5 388,13", "5 383,13"),
        )
    ]


def test_decimals_that_nobody_may_write_are_told_and_no_sum_of_them() -> None:
    found = told(seeded(THREE_DECIMALS))
    assert said(found) == ["Fakturaen har et beløp som ikke er et tall med høyst to desimaler: 21 431,934."]


@pytest.mark.parametrize("number", [TOTALS_OFF, VAT_OFF, THREE_DECIMALS])
def test_which_of_two_amounts_is_wrong_is_no_suggestion(number: int) -> None:
    found = told(seeded(number))
    assert [messages.suggestion(one, language) for one in found for language in ("nb", "en")] == [""] * len(found) * 2


@pytest.mark.parametrize("severity", ["warn", "off"])
def test_what_is_explained_by_less_than_it_holds_is_told_all_the_same(severity: str) -> None:
    loose = blocking.Override.model_validate({"code": "too_many_decimals", "severity": severity, "reason": "Bare i denne prøven"})
    found = told(seeded(THREE_DECIMALS), loose)
    assert {one.code for one in found if "book" in one.holds} >= {"sum_of_lines_differs", "totals_do_not_add_up"}


SLIPS = {
    # the amount that is wrong: the field that is told, and what it comes to
    "line_extension": (f"{SUM}.LineExtensionAmount", "1000.00"),
    "tax_exclusive": (f"{SUM}.TaxExclusiveAmount", "1000.00"),
    "tax_inclusive": (f"{SUM}.TaxInclusiveAmount", "1250.00"),
    "payable": (f"{SUM}.PayableAmount", "1250.00"),
}


def right() -> checking.Subject:
    """1000.00 and VAT of 250.00 of it."""
    category = documents.TaxCategory(code="S", percent=Decimal(25))
    subtotal = documents.TaxSubtotal(taxable_amount=Decimal("1000.00"), tax_amount=Decimal("250.00"), category=category)
    line = documents.Line(
        id="1",
        quantity=documents.Quantity(value=Decimal(1)),
        net_amount=Decimal("1000.00"),
        item=documents.Item(name="Vare", tax_category=category),
        price=documents.Price(amount=Decimal("1000.00")),
    )
    amounts = {"line_extension": 1000, "tax_exclusive": 1000, "tax_inclusive": 1250, "payable": 1250}
    good = seeded(TOTALS_OFF)
    invoice = msgspec.structs.replace(
        good.invoice,
        lines=(line,),
        allowances=(),
        totals=documents.Totals(**{name: Decimal(amount).quantize(Decimal("0.01")) for name, amount in amounts.items()}),
        tax_totals=(documents.TaxTotal(amount=Decimal("250.00"), currency=good.invoice.currency, subtotals=(subtotal,)),),
    )
    return msgspec.structs.replace(good, invoice=invoice, source_total=Decimal("1250.00"))


@pytest.mark.parametrize("wrong", SLIPS)
def test_one_slip_is_told_once_with_what_the_others_come_to(wrong: str) -> None:
    good = right()
    assert told(good) == []
    totals = msgspec.structs.replace(good.invoice.totals, **{wrong: getattr(good.invoice.totals, wrong) + 100})
    found = told(msgspec.structs.replace(good, invoice=msgspec.structs.replace(good.invoice, totals=totals)))
    assert [(one.field, one.suggestion) for one in found] == [SLIPS[wrong]]


def test_a_slip_in_the_sum_of_vat_is_told_once() -> None:
    good = right()
    total = msgspec.structs.replace(good.invoice.tax_totals[0], amount=Decimal("350.00"))
    found = told(msgspec.structs.replace(good, invoice=msgspec.structs.replace(good.invoice, tax_totals=(total,))))
    assert [(one.field, one.suggestion) for one in found] == [("TaxTotal.TaxAmount", "250.00")]
