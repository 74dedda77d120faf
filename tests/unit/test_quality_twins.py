"""What makes two documents twins, and what other rules would change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, trials, twins
from fakturabro.domain import documents, findings


def line(name: str, net: str, quantity: str = "1", **fields: Any) -> documents.Line:
    return documents.Line(
        id=fields.pop("id", "1"),
        quantity=documents.Quantity(value=Decimal(quantity)),
        net_amount=Decimal(net),
        item=documents.Item(name=name, tax_category=documents.TaxCategory(code="S", percent=Decimal(25))),
        price=documents.Price(amount=Decimal(net) / Decimal(quantity)),
        **fields,
    )


def buyer(**fields: Any) -> documents.Party:
    return documents.Party(
        registration_name="Kjøper AS", address=documents.Address(street="Storgata 1", postal_zone="5003"), **fields
    )


NUMBER = documents.Identifier(value="974760673", scheme="0192")
ONE = documents.Invoice(
    kind="invoice",
    number="1001",
    issue_date=dt.date(2026, 11, 2),
    type_code="380",
    currency="NOK",
    seller=documents.Party(),
    buyer=buyer(company_id=NUMBER),
    totals=documents.Totals(
        line_extension=Decimal("100.00"), tax_exclusive=Decimal(100), tax_inclusive=Decimal(125), payable=Decimal("125.00")
    ),
    lines=(line("Vask", "60.00"), line("Såpe", "40.00", "2", id="2")),
)
Change = Callable[[documents.Invoice], documents.Invoice]


def replaced(**fields: Any) -> Change:
    return lambda one: msgspec.structs.replace(one, **fields)


SAME: dict[str, Change] = {
    "another number": replaced(number="1002"),
    "another due date": replaced(due_date=dt.date(2026, 12, 24)),
    "another note": replaced(note="Påminnelse", buyer_reference="x"),
    "another channel": replaced(type_code="393", customization=None, profile=None),
    "more decimals": replaced(totals=msgspec.structs.replace(ONE.totals, payable=Decimal("125.000"))),
    "lines in another order": replaced(lines=tuple(reversed(ONE.lines))),
    "line ids and notes": replaced(lines=(line("Vask", "60.00", id="10", note="Uke 4"), ONE.lines[1])),
    "case and blanks of a text": replaced(lines=(line(" VASK ", "60.0"), ONE.lines[1])),
    "number in the VAT id only": replaced(
        buyer=buyer(tax_registrations=(documents.TaxRegistration(company_id="NO 974 760 673 MVA", scheme="VAT"),))
    ),
    "number as endpoint only": replaced(buyer=buyer(endpoint=NUMBER)),
    "another name": replaced(buyer=msgspec.structs.replace(ONE.buyer, registration_name="KJØPER AS AVD 2")),
}
OTHER: dict[str, Change] = {
    "another day": replaced(issue_date=dt.date(2026, 11, 3)),
    "another amount": replaced(totals=msgspec.structs.replace(ONE.totals, payable=Decimal("125.01"))),
    "another currency": replaced(currency="SEK"),
    "another buyer": replaced(buyer=buyer(company_id=documents.Identifier(value="991825827", scheme="0192"))),
    "a buyer without a number": replaced(buyer=buyer()),
    "another text": replaced(lines=(line("Vask uke 5", "60.00"), ONE.lines[1])),
    "another quantity": replaced(lines=(ONE.lines[0], line("Såpe", "40.00", "4"))),
    "a line less": replaced(lines=ONE.lines[:1]),
    "a line twice": replaced(lines=(*ONE.lines, ONE.lines[0])),
    "the credit note": replaced(kind="credit_note", type_code="381"),
}


@pytest.mark.parametrize("name", SAME)
def test_a_twin_has_the_same_key(name: str) -> None:
    assert twins.twin_key(SAME[name](ONE)) == twins.twin_key(ONE)


@pytest.mark.parametrize("name", OTHER)
def test_another_claim_has_another_key(name: str) -> None:
    assert twins.twin_key(OTHER[name](ONE)) != twins.twin_key(ONE)


def test_buyers_without_numbers_are_told_apart_by_name_and_address() -> None:
    person = msgspec.structs.replace(ONE, buyer=buyer())
    elsewhere = msgspec.structs.replace(
        ONE, buyer=msgspec.structs.replace(person.buyer, address=documents.Address(street="Storgata 2", postal_zone="5003"))
    )
    named = msgspec.structs.replace(ONE, buyer=msgspec.structs.replace(person.buyer, registration_name="Andre AS"))
    keys = {twins.twin_key(one) for one in (person, elsewhere, named)}
    assert len(keys) == 3
    shouted = msgspec.structs.replace(ONE, buyer=msgspec.structs.replace(person.buyer, registration_name=" KJØPER  AS"))
    assert twins.twin_key(shouted) == twins.twin_key(person)


def test_a_key_is_short_and_stays_what_it_is() -> None:
    assert twins.twin_key(ONE) == "1650b933b7a1e35a9159200c15779880"


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "1E+999999", "1E-999999"])
def test_hostile_content_has_a_key(amount: str) -> None:
    hostile = msgspec.structs.replace(
        ONE,
        totals=msgspec.structs.replace(ONE.totals, payable=Decimal(amount)),
        lines=(msgspec.structs.replace(ONE.lines[0], net_amount=Decimal(amount), note="\ud800"),),
        buyer=documents.Party(registration_name="\ud800\x1f\x1e" * 200),
    )
    assert len(twins.twin_key(hostile)) == 32


# Trials


def found(code: str, rules: blocking.Rules | None = None, **about: str) -> findings.Finding:
    one = (rules or blocking.Rules()).finding(code, **about)
    assert one
    return one


OWN = blocking.Override(code="invalid_email", severity="block", holds=("distribute",), reason="Prøve")
STRICT = blocking.Rules(overrides=(OWN,))


def test_documents_that_are_judged_alike_are_not_told() -> None:
    same = {1: [found("no_lines")], 2: []}
    assert trials.compare(same, {2: (), 1: (found("no_lines"),)}) == []


def test_what_comes_goes_and_weighs_otherwise_is_told_per_document() -> None:
    mail, strict = found("invalid_email", value="a"), found("invalid_email", STRICT, value="a")
    lines, currency = found("no_lines"), found("unknown_currency", value="NKR")
    changes = trials.compare({3: [mail, lines], 1: [currency], 2: [mail]}, {3: [strict, lines], 1: [], 2: [mail, currency]})
    assert [one.document_id for one in changes] == [1, 2, 3]
    goes, comes, weighs = changes
    assert (goes.go, goes.come, goes.released, goes.held) == ((currency,), (), ("book", "distribute"), ())
    assert (comes.come, comes.go, comes.held) == ((currency,), (), ("book", "distribute"))
    assert weighs.reweighed == (trials.Reweighed(before=mail, after=strict),)
    assert (weighs.holds_before, weighs.holds_after, weighs.held) == (("book", "distribute"), ("book", "distribute"), ())


def test_another_value_is_another_finding_and_the_same_twice_is_counted() -> None:
    a, b = found("invalid_email", value="a"), found("invalid_email", value="b")
    (change,) = trials.compare({1: [a, a]}, {1: [a, b]})
    assert (change.come, change.go) == ((b,), (a,))


@pytest.mark.parametrize("other", [{"severity": "warn"}, {"holds": ("book",)}])
def test_severity_and_holds_count_each_by_itself(other: dict[str, Any]) -> None:
    one = found("no_lines")
    (change,) = trials.compare({1: [one]}, {1: [msgspec.structs.replace(one, **other)]})
    assert [(pair.before, pair.after) for pair in change.reweighed] == [(one, msgspec.structs.replace(one, **other))]


def test_the_order_of_holds_is_no_change() -> None:
    one = found("no_lines")
    other = msgspec.structs.replace(one, holds=tuple(reversed(one.holds)))
    assert trials.compare({1: [one]}, {1: [other]}) == []


def test_documents_of_one_side_only_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 documents were judged by one set of rules only, such as 4"):
        trials.compare({1: [], 4: []}, {1: [], 7: []})
