"""Sales invoices from Severa to Fortnox: every row of the field table, and what is odd, through the mapping and the suite."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, checking, sales_invoice_rules
from fakturabro.ledger import documents
from fakturabro.mapping import carried_invoices, field_tables
from fakturabro.mapping import severa_to_fortnox_invoices as mapping
from fakturabro.systems.severa import invoice_wire, wire
from tasks.severa_fortnox import invoice_subjects
from tests.unit import field_cases_invoices as cases

ROWS = [(table, one.severa, one.fortnox) for table in ("invoices", "invoice_rows") for one in field_tables.TABLES[table]]
NORWEGIAN = msgspec.structs.replace(cases.SETTINGS, vat_rates={Decimal(25), Decimal(15), Decimal(12), Decimal(0)})
WITH_ACCOUNT = msgspec.structs.replace(NORWEGIAN, account=3010)
REMARKS = msgspec.structs.replace(cases.SETTINGS, free_texts="remarks")
RATED = msgspec.structs.replace(cases.SETTINGS, rates={"NOK": Decimal("0.98")})
UNNUMBERED = msgspec.structs.replace(cases.SETTINGS, severa_numbers=False)
EURO: dict[str, Any] = {"currency": wire.Named(code="EUR")}
CREDIT: dict[str, Any] = {"is_credit_note": True, "reimburse_invoice": wire.Named(guid="gone", number=77)}


@pytest.mark.parametrize("key", ROWS, ids=[" -> ".join(key[1:]) for key in ROWS])
def test_every_row_of_the_field_table_carries_its_value(key: tuple[str, str, str]) -> None:
    found, expected = cases.CASES[key]()
    assert found == expected
    assert expected is not None


def subject(place: int, source: carried_invoices.Source, settings: carried_invoices.Settings, **more: Any) -> Any:
    """What the suite looks at, of an invoice to a Fortnox that has the units "st" and "Tim"."""
    named: dict[str, Any] = {"kind": "sales_invoice", "source_key": "f1e2", "number": "", "customer_number": "10001"}
    kept: dict[str, Any] = {"original_number": None, "amount": 0, "currency": "SEK", "hash": b"", "canonical": b""}
    row = documents.Recorded(id=place, revision_id=place, **named, **kept)
    stated: dict[str, Any] = {"on_its_way": {}, "locked_until": None, "units": {"st", "Tim"}}
    return invoice_subjects.to_subject(row, source, cases.KNOWN, settings, **stated | more)


def many(count: int) -> carried_invoices.Source:
    return cases.source(*(cases.row(guid=str(place), price=Decimal(100)) for place in range(count)))


source, row = cases.source, cases.row
NOTHING = msgspec.structs.replace(
    source(total_excluding_tax=wire.Money(amount=Decimal(0)), total_tax=wire.Money(amount=Decimal(0))), rows=()
)
LATE = msgspec.structs.replace(cases.SETTINGS, first_number=1004)
TAKES_OERE = msgspec.structs.replace(cases.SETTINGS, accepts_vat_rounding=True)
ROUNDED = source(row(quantity=Decimal(1)), row(quantity=Decimal(1)), total_tax=wire.Money(amount=Decimal("50.05")))
THIRD = row(quantity=Decimal("0.333333"), price=Decimal("10.01"))
ODD: dict[str, tuple[carried_invoices.Source, carried_invoices.Settings, dict[str, Any], dict[str, str]]] = {
    "all is well": (source(), cases.SETTINGS, {}, {}),
    "many decimals, and the sums agree": (source(THIRD), cases.SETTINGS, {}, {}),
    "500 rows": (many(500), cases.SETTINGS, {}, {}),
    "500 rows and a text": (
        msgspec.structs.replace(many(500), invoice=msgspec.structs.replace(many(500).invoice, free_text1=cases.text("Over"))),
        cases.SETTINGS,
        {},
        {"invoice_too_many_rows": "501"},
    ),
    "no rows": (NOTHING, cases.SETTINGS, {}, {"invoice_without_rows": "0"}),
    "half percents": (source(row(vat_rate=Decimal("12.5"))), cases.SETTINGS, {}, {"invoice_row_odd_vat": "12.5"}),
    "no rate": (source(row(vat_rate=None)), cases.SETTINGS, {}, {"invoice_row_without_vat": ""}),
    "nothing is a rate": (source(row(vat_rate=Decimal(0))), cases.SETTINGS, {}, {}),
    "Norwegian rate in Sweden": (source(row(vat_rate=Decimal(15))), cases.SETTINGS, {}, {"invoice_row_odd_vat": "15"}),
    "Norwegian rate without account": (source(row(vat_rate=Decimal(15))), NORWEGIAN, {}, {"invoice_row_vat_needs_account": "15"}),
    "Norwegian rate": (source(row(vat_rate=Decimal(15))), WITH_ACCOUNT, {}, {}),
    "Swedish food in Norway": (source(row(vat_rate=Decimal(6))), WITH_ACCOUNT, {}, {"invoice_row_odd_vat": "6"}),
    "rate of one": (source(**EURO, currency_rate=Decimal(1)), RATED, {}, {"invoice_without_rate": "EUR"}),
    "rate in other money": (source(home="NOK", **EURO, currency_rate=Decimal(11)), RATED, {}, {"invoice_without_rate": "EUR"}),
    "rate of the settings": (source(home="NOK", currency=wire.Named(code="NOK"), currency_rate=Decimal(1)), RATED, {}, {}),
    "unit in another case": (source(row(measurement_unit="tim")), cases.SETTINGS, {}, {"invoice_row_unit_missing": "tim"}),
    "several articles": (source(row(code=["200", "201"])), cases.SETTINGS, {}, {"invoice_row_article_missing": "200, 201"}),
    "several articles on an account": (source(row(code=["200", "201"])), WITH_ACCOUNT, {}, {}),
    "no article at all": (source(row(code=[])), cases.SETTINGS, {}, {}),
    "project nowhere": (source(projects=("x",)), cases.SETTINGS, {}, {"invoice_row_project_missing": "x"}),
    "two projects": (source(projects=("p", "q")), cases.SETTINGS, {}, {"invoice_row_several_projects": "p, q"}),
    "customer nowhere": (
        source(billing_customer=wire.Named(guid="x")),
        cases.SETTINGS,
        {},
        {"invoice_customer_missing": "10001"},
    ),
    "no number": (source(number=None), cases.SETTINGS, {}, {"invoice_without_number": ""}),
    "Fortnox numbers": (source(number=None), UNNUMBERED, {}, {}),
    "refused sign": (source(row(description="Skilt →")), cases.SETTINGS, {}, {"invoice_signs_refused": "Rad 1: →"}),
    "long remarks": (source(notes="x" * 1025), cases.SETTINGS, {}, {"invoice_text_too_long": "Fakturatekst (1025 > 1024)"}),
    "long together": (
        source(notes="x" * 1000, free_text1=cases.text("y" * 30)),
        REMARKS,
        {},
        {"invoice_text_too_long": "Fakturatekst (1031 > 1024)"},
    ),
    "long description": (source(row(description="ord " * 200)), cases.SETTINGS, {}, {}),
    "sum of another rounding": (
        source(THIRD, total_excluding_tax=wire.Money(amount=Decimal("3.33")), total_tax=wire.Money(amount=Decimal("0.84"))),
        cases.SETTINGS,
        {},
        {"invoice_sum_differs": "3.33"},
    ),
    "VAT that is rounded by row or by rate": (ROUNDED, cases.SETTINGS, {}, {"invoice_vat_differs": "50.05"}),
    "the same, and the client takes it": (ROUNDED, TAKES_OERE, {}, {}),
    "an øre too much": (
        msgspec.structs.replace(
            ROUNDED, invoice=msgspec.structs.replace(ROUNDED.invoice, total_tax=wire.Money(amount=Decimal("50.09")))
        ),
        TAKES_OERE,
        {},
        {"invoice_vat_differs": "50.09"},
    ),
    "other VAT": (source(total_tax=wire.Money(amount=Decimal("62.55"))), cases.SETTINGS, {}, {"invoice_vat_differs": "62.55"}),
    "credit note with a plus": (
        source(**CREDIT),
        cases.SETTINGS,
        {},
        {"invoice_credit_sign": "312.81", "invoice_original_unknown": "77"},
    ),
    "part of an invoice credited": (
        source(row(quantity=Decimal("-0.5")), is_credit_note=True, reimburse_invoice=wire.Named(guid="old")),
        cases.SETTINGS,
        {},
        {},
    ),
    "credited before its invoice": (
        source(row(quantity=Decimal(-1)), **CREDIT),
        cases.SETTINGS,
        {"on_its_way": {"gone": "77"}},
        {"invoice_waits_for_original": "77"},
    ),
    "locked": (source(), cases.SETTINGS, {"locked_until": cases.DAY}, {"invoice_in_locked_period": "2026-11-20"}),
    "the day after": (source(), cases.SETTINGS, {"locked_until": cases.DAY - dt.timedelta(days=1)}, {}),
    "before the first that is carried": (source(number=1003), LATE, {}, {"invoice_before_first": "1003"}),
    "the first that is carried": (source(number=1004), LATE, {}, {}),
    "no date": (source(date=None), cases.SETTINGS, {}, {"invoice_without_date": ""}),
    "no customer": (source(billing_customer=None), cases.SETTINGS, {}, {"invoice_without_customer": ""}),
    "no currency": (source(currency=None), cases.SETTINGS, {}, {"invoice_without_currency": ""}),
    "no price": (
        source(row(unit_price=None)),
        cases.SETTINGS,
        {},
        {"invoice_row_without_amount": ""},
    ),
    "no due date": (source(due_date=None), cases.SETTINGS, {}, {"invoice_without_due_date": ""}),
    "too many digits": (
        source(row(price=Decimal("1.123456789012"), quantity=Decimal(0))),
        cases.SETTINGS,
        {},
        {"invoice_row_too_long_amount": "1.123456789012"},
    ),
    "units are not looked at yet": (source(row(measurement_unit="tim")), cases.SETTINGS, {"units": None}, {}),
}


def test_what_fortnox_would_refuse_or_make_otherwise_is_found() -> None:
    subjects = [subject(place, given, settings, **more) for place, (given, settings, more, _) in enumerate(ODD.values())]
    judged = checking.check(subjects, blocking.Rules(), suite="sales_invoices")
    found = {name: {one.code: one.value for one in judged[place]} for place, name in enumerate(ODD)}
    assert found == {name: expected for name, (*_, expected) in ODD.items()}
    (unit,) = judged[list(ODD).index("unit in another case")]
    assert unit.suggestion == "Tim"


def test_each_code_of_the_suite_is_broken_by_one_of_these() -> None:
    tables = (sales_invoice_rules.INVOICES, sales_invoice_rules.ROWS, sales_invoice_rules.TEXTS)
    codes = {rule.code for table in tables for rule in table.rules}
    shown = {code for *_, found in ODD.values() for code in found}
    assert codes == shown


def test_a_long_text_goes_on_in_rows_below_and_a_part_is_credited_by_minus() -> None:
    text = "ord " * 200
    made = mapping.to_invoice(source(row(description=text)), cases.KNOWN, cases.SETTINGS)
    first, *others = made.new.invoice_rows
    assert " ".join(one.description or "" for one in made.new.invoice_rows) == text.strip()
    assert all(len(one.description or "") <= 255 for one in made.new.invoice_rows)
    assert (first.price, {(one.price, one.delivered_quantity, one.vat) for one in others}) == (
        Decimal("100.10"),
        {(None, None, None)},
    )
    part = source(row(quantity=Decimal("-0.5")), is_credit_note=True, reimburse_invoice=wire.Named(guid="old"))
    made = mapping.to_invoice(part, cases.KNOWN, cases.SETTINGS)
    assert (made.new.credit_invoice_reference, made.new.invoice_rows[0].delivered_quantity) == ("900", "-0.5")
    assert (made.net, made.vat) == (Decimal("-50.05"), Decimal("-12.51"))


def test_what_is_said_otherwise_stands_in_the_log() -> None:
    other: dict[str, Any] = {"currency": wire.Named(code="NOK"), "language": wire.Named(code="nb-NO"), "payment_term": 45}
    made = mapping.to_invoice(
        source(row(code=["1", "2"]), projects=("p", "q"), home="NOK", **other),
        cases.KNOWN,
        msgspec.structs.replace(RATED, account=3010),
    )
    assert (made.new.language, made.new.terms_of_payment, made.new.currency_rate) == ("SV", None, Decimal("0.98"))
    assert (made.new.invoice_rows[0].account_number, made.new.invoice_rows[0].project) == (3010, None)
    assert {(one.name, one.value) for one in made.not_carried} == {
        *(("language", "nb-no"), ("paymentTerm", "45"), ("code", "1, 2"), ("project", "p, q")),
    }
    assert made.notes == ("Kursen 0.98 for NOK er tatt fra oppsettet.",)


def test_number_and_status_that_we_wrote_ourselves_are_no_change() -> None:
    was = source(number=None, status=invoice_wire.InvoiceStatus(guid="a"))
    now = source(number=3001, status=invoice_wire.InvoiceStatus(guid="b"), payment_date=cases.DAY)
    content = carried_invoices.content
    assert content(was, severa_numbers=False) == content(now, severa_numbers=False)
    assert content(was, severa_numbers=True) != content(now, severa_numbers=True)
    assert content(source(row(vat_rate=Decimal(25))), severa_numbers=True) == content(
        source(row(vat_rate=Decimal("25.00"))), severa_numbers=True
    )
