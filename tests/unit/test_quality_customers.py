"""The suite for customer cards finds what the next document to the customer would meet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, checking, messages
from data_quality.suites import customers, sales_documents
from fakturabro.domain import documents, parties

ADDRESS = documents.Address(street="Storgata 1", city="Bergen", postal_zone="5003", country="NO")
GOOD = parties.Card(number="10", name="Kjøper AS", organisation_number="974760673", email="post@firma.no", address=ADDRESS)
CARDS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "good": ({}, []),
    "no name": ({"name": " \u200b"}, [("missing_buyer_name", "Name", "")]),
    "no address": ({"address": None}, [("missing_postal_address", "MailAddress", "")]),
    "placeholder": (
        {"address": documents.Address(street="Ukjent", city="Bergen", postal_zone="5003")},
        [("placeholder_postal_address", "MailAddress.AddressLine1", "Ukjent")],
    ),
    "another place": (
        {"address": documents.Address(street="Storgata 1", city="Oslo", postal_zone="9008")},
        [("post_code_of_another_place", "MailAddress.City", "9008 Oslo")],
    ),
    "country": (
        {"address": documents.Address(street="Storgatan 1", city="Malmö", postal_zone="211 34", country="SWE")},
        [("unknown_country", "MailAddress.CountryCode", "SWE")],
    ),
    "number": ({"organisation_number": "974 760 674"}, [("wrong_organisation_number", "OrganizationNumber", "974760674")]),
    "EHF": (
        {"organisation_number": "", "delivery_type": "EHF"},
        [("ehf_without_organisation_number", "OrganizationNumber", "")],
    ),
    "person": ({"organisation_number": "", "is_person": True}, []),
    "invoice e-mail": ({"invoice_email": "a@gmial.com; b@firma.no"}, [("email_domain_typo", "InvoiceEmailAddress", "a@gmial.com")]),
    "general e-mail": ({"email": "post@firma"}, [("invalid_email", "InvoiceEmailAddress", "post@firma")]),
    "general e-mail that is not used": ({"email": "post@firma", "invoice_email": "post@firma.no"}, []),
}


def cards() -> list[checking.CardSubject]:
    changed = (msgspec.structs.replace(GOOD, **changes) for changes, _ in CARDS.values())
    return [checking.CardSubject(id=id_, card=card) for id_, card in enumerate(changed)]


def test_each_fault_of_a_card_is_found_and_nothing_else() -> None:
    found = checking.check(cards(), blocking.Rules(), suite="customers")
    said = {name: [(one.code, one.field, one.value) for one in found[id_]] for id_, name in enumerate(CARDS)}
    assert said == {name: expected for name, (_, expected) in CARDS.items()}


def test_a_card_is_judged_as_the_buyer_of_a_document_would_be() -> None:
    nothing = Decimal(0)
    invoices = (
        checking.Subject(
            id=subject.id,
            invoice=documents.Invoice(
                kind="invoice",
                number="1",
                issue_date=dt.date(2026, 11, 2),
                type_code="380",
                currency="NOK",
                seller=documents.Party(),
                buyer=documents.Party(),
                totals=documents.Totals(line_extension=nothing, tax_exclusive=nothing, tax_inclusive=nothing, payable=nothing),
                lines=(),
            ),
            recipient=parties.Recipient(
                name=subject.card.name,
                customer_number="10",
                address=subject.card.address,
                emails=parties.emails(subject.card.invoice_email or subject.card.email),
            ),
            card=subject.card,
        )
        for subject in cards()
    )
    of_cards = checking.check(cards(), blocking.Rules(), suite="customers")
    codes = {rule.code for rule in customers.make().tables[0].rules}
    of_documents = checking.check(invoices, blocking.Rules())
    assert {id_: [one for one in some if one.code in codes] for id_, some in of_documents.items()} == {
        id_: list(some) for id_, some in of_cards.items()
    }


def test_rules_for_cards_and_documents_are_the_same_ones() -> None:
    (of_documents, _), (of_cards,) = sales_documents.make().tables, customers.make().tables
    assert len(of_cards.rules) >= 15
    assert {id(rule) for rule in of_cards.rules if rule.field != "MailAddress" and "MailAddress" not in rule.field} <= {
        id(rule) for rule in of_documents.rules
    }


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_card_is_not_called_an_invoice_that_exists(language: messages.Language) -> None:
    found = checking.check(cards(), blocking.Rules(), suite="customers")
    for one in (one for some in found.values() for one in some):
        said = messages.sentence(one, language, "customer") + messages.remedy(one, language=language, kind="customer")
        assert not {"fakturaen", "kreditnotaen", "Krediter"} & set(said.replace(",", " ").replace(".", " ").split()), said
