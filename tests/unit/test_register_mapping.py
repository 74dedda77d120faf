"""Customers, articles and projects between Severa and Fortnox: what is cut, left out, emptied, left alone; who counts."""

from __future__ import annotations

import json
import pathlib
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakturabro.mapping import (
    fortnox_texts,
    fortnox_to_severa_articles,
    fortnox_to_severa_customers,
    mapped,
    severa_to_fortnox_articles,
    severa_to_fortnox_customers,
    severa_to_fortnox_projects,
)
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire
from tests.unit import field_cases_registers as cases

STEPS = fortnox_to_severa_customers.to_steps


def why(made: mapped.Mapped) -> dict[str, str]:
    return {one.name: one.why for one in made.not_carried}


# Severa to Fortnox


def test_what_fortnox_does_not_take_is_left_out_and_said_and_a_note_is_cut() -> None:
    made = cases.to_fortnox(
        cases.severa_customer(name="Rett & Slett “Design” →", notes="å" * 1025, website="h" * 129, payment_term=17, email="a@b.no")
    )
    assert made.fields == {"Comments": "å" * 1024, "Email": "a@b.no"}
    assert why(made).keys() == {"Navn", "Notater", "Webside", "Betalingsbetingelser"}
    assert [one.value for one in made.not_carried if one.name == "Notater"] == ["å" * 1025]


def test_addresses_stand_where_the_setting_says_and_what_is_not_carried_is_said() -> None:
    choices = severa_to_fortnox_customers.Choices(billing="visiting", postal="address", visit="none")
    both = cases.address("postal", addressline="c/o Vik\r\nGata 1\nB", is_visit_address=True)
    made = cases.to_fortnox(
        cases.severa_customer(both, cases.address("billing", addressline="A\nB"), cases.address("visit")), choices=choices
    )
    assert (made.fields["Address1"], made.fields["Address2"], made.fields["VisitingAddress"]) == ("c/o Vik", "Gata 1, B", "A, B")
    assert not any(name.startswith("Delivery") for name in made.fields)
    assert why(made).keys() == {"Besøksadresse", "Faktureringsadresse"}  # not chosen, and the second visiting address


def test_only_what_was_carried_before_is_emptied_and_what_cannot_be_stays_whole() -> None:
    before = cases.severa_customer(cases.address("billing"), cases.address("postal"), notes="x", currency=wire.Named(code="EUR"))
    now = cases.severa_customer()
    assert cases.to_fortnox(now, True).fields == {"Name": "Fjord AS"}
    made = cases.to_fortnox(now, True, before=before)
    emptied = {name for name, value in made.fields.items() if value == ""}
    assert emptied == {"Comments", "DeliveryAddress1", "DeliveryZipCode", "DeliveryCity"}
    assert why(made).keys() == {"Valuta", "Faktureringsadresse", "Postadresse"}  # of the postal address its country
    too_long = cases.to_fortnox(cases.severa_customer(website="h" * 129), True, before=cases.severa_customer(website="h"))
    assert "WWW" not in too_long.fields


def test_only_what_differs_is_sent_and_both_values_are_told() -> None:
    made = cases.to_fortnox(
        cases.severa_customer(cases.address("billing"), email="Post@fjord.example", notes="a\r\nb", payment_term=30)
    )
    stands = severa_to_fortnox_customers.standing(
        cases.fortnox_customer(
            Name=" Fjord AS",
            Email="post@fjord.example",
            Comments="a\nb",
            TermsOfPayment="30",
            CountryCode="NO",
            City="VOSS",
            Phone1="1",
        ).customer
    )
    sent = mapped.differing(made.fields, stands)
    assert sent == {"Email": "Post@fjord.example", "Address1": "Gata 1", "ZipCode": "5700"}
    assert mapped.changes(made, sent, stands)[0] == mapped.Change(
        name="E-post (Email)", before="post@fjord.example", after="Post@fjord.example"
    )
    assert not mapped.differing(made.fields, {**stands, **sent})


def test_a_country_that_severa_does_not_list_is_left_out() -> None:
    stranger = cases.address("billing", country=wire.Country(guid="xx", name="Atlantis"))
    by_name = cases.address("postal", country=wire.Country(name="norway"))
    made = cases.to_fortnox(cases.severa_customer(stranger, by_name))
    assert "CountryCode" not in made.fields
    assert made.fields["DeliveryCountryCode"] == "NO"
    assert [one.known for one in made.checked if one.kind == "country"] == [None, "norway"]
    nowhere = cases.severa_customer(cases.address("visit", country=None))
    assert (len(cases.to_fortnox(nowhere).notes), len(cases.to_fortnox(nowhere, True).notes)) == (1, 0)


@pytest.mark.parametrize(
    ("fields", "facts", "expected"),
    [
        ({}, {}, "prospect"),
        ({}, {"has_project": True}, ""),
        ({}, {"has_invoice": True}, ""),
        ({}, {"is_remembered": True}, ""),
        ({}, {"transfer_all": True}, ""),
        ({"is_active": False}, {"transfer_all": True, "has_project": True}, "inactive"),
        ({"is_internal": True}, {"transfer_all": True, "is_remembered": True}, "internal"),
    ],
)
def test_who_counts(fields: dict[str, Any], facts: dict[str, bool], expected: str) -> None:
    customer = wire.Customer(guid="c", name="n", **fields)
    asked = {"has_project": False, "has_invoice": False, "is_remembered": False, "transfer_all": False, **facts}
    assert severa_to_fortnox_customers.why_not(customer, **asked) == expected


def test_content_changes_with_what_is_carried_and_not_with_when_it_was_changed() -> None:
    def content(**fields: Any) -> bytes:
        return severa_to_fortnox_customers.content(cases.severa_customer(cases.address("billing"), **fields))

    times = msgspec.convert({"guid": "c", "name": "Fjord AS", "lastUpdatedDateTime": "2026-11-01T10:00:00Z"}, wire.Customer)
    later = severa_to_fortnox_customers.to_source(times, [cases.address("billing")])
    assert severa_to_fortnox_customers.content(later) == content() != content(notes="x")
    assert content() != severa_to_fortnox_customers.content(cases.severa_customer(cases.address("billing", city="OSLO")))


# Fortnox to Severa


def test_a_customer_is_made_with_its_addresses_and_the_same_again_is_nothing() -> None:
    made = cases.to_severa(
        cases.fortnox_customer(
            Currency="EUR",
            TermsOfPayment="30",
            Address1="A",
            Address2="B",
            Phone1="1",
            DeliveryCity="OSLO",
            VisitingCountryCode="SE",
        )
    )
    new = fortnox_to_severa_customers.to_new("10001", made)
    assert (new.name, new.currency, new.payment_term) == ("Fjord AS", wire.Ref(guid="eur"), 30)
    customer = wire.Customer(
        guid="c", name=new.name, number=new.number, currency=wire.Named(guid="eur", code="EUR"), payment_term=30
    )
    steps = STEPS(made, severa_to_fortnox_customers.Source(customer=customer))
    billing = wire.NewAddress(addressline="A\nB", phone="1", is_billing_address=True)
    assert (steps.customer, [one.new for one in steps.addresses]) == (
        {},
        [billing, wire.NewAddress(city="OSLO", is_postal_address=True)],
    )
    first = wire.Address(guid="1", addressline="A\nB", phone="1", is_billing_address=True)
    only_first = severa_to_fortnox_customers.Source(customer=customer, addresses=(first,))
    assert [one.kind for one in STEPS(made, only_first).addresses] == ["postal"]  # after a crash in between
    both = (first, wire.Address(guid="2", city="OSLO", is_postal_address=True))
    assert STEPS(made, severa_to_fortnox_customers.Source(customer=customer, addresses=both)).addresses == ()


def test_an_address_of_two_kinds_is_parted_only_where_they_come_to_differ() -> None:
    shared = wire.Address(guid="1", city="VOSS", is_billing_address=True, is_postal_address=True)
    stands = cases.severa_customer(shared)

    def steps(billing: str, postal: str) -> list[tuple[str, dict[str, Any], wire.NewAddress | None]]:
        made = cases.to_severa(cases.fortnox_customer(City=billing, DeliveryCity=postal))
        return [(one.guid, one.fields, one.new) for one in STEPS(made, stands).addresses]

    parted = [("1", {"/isPostalAddress": False}, None), ("", {}, wire.NewAddress(city="BERGEN", is_postal_address=True))]
    assert steps("VOSS", "VOSS") == []
    assert steps("OSLO", "OSLO") == [("1", {"/city": "OSLO"}, None)]
    assert steps("VOSS", "BERGEN") == parted
    assert steps("OSLO", "BERGEN") == [("1", {"/city": "OSLO"}, None), *parted]


def test_what_fortnox_had_cut_is_no_change_in_severa() -> None:
    stands = cases.severa_customer(notes="x" * 2000, name="Gammel AS")
    made = cases.to_severa(cases.fortnox_customer(Comments="x" * 1024), True)
    assert STEPS(made, stands).customer == {"/name": "Fjord AS"}
    made = cases.to_severa(cases.fortnox_customer(Comments="y" * 1024), True)
    assert "/notes" in STEPS(made, stands).customer


def test_terms_and_currency_that_severa_cannot_say_and_a_telephone_without_an_address() -> None:
    made = cases.to_severa(cases.fortnox_customer(Currency="USD", TermsOfPayment="30K", Phone1="1", GLN=""), True)
    assert made.fields == {"/name": "Fjord AS"}
    assert why(made).keys() == {"Valuta", "Betalingsbetingelser", "Telefon"}
    with pytest.raises(ValueError, match="K-17"):
        fortnox_to_severa_customers.to_new("K-17", made)


def test_what_fortnox_emptied_is_emptied_in_severa_but_not_what_severa_says_better() -> None:
    before = cases.fortnox_customer(Comments="x", GLN=cases.GLN, DeliveryCity="OSLO", DeliveryCountryCode="SE")
    made = cases.to_severa(cases.fortnox_customer(), True, before=before)
    assert made.fields == {"/name": "Fjord AS", "/notes": None, "postal:/city": None}


# Articles and projects


def test_a_unit_must_be_there_as_it_is_written_and_a_rate_among_fortnox_own() -> None:
    source = cases.severa_article(measurement_unit="St", vat_rate=Decimal(15))
    made = severa_to_fortnox_articles.to_fields(source, cases.LOOKUPS, continuous_only=True)
    assert made.fields == {}
    assert [(one.value, one.known, one.likeness) for one in made.checked] == [("St", None, "st"), ("15", None, "")]
    norwegian = msgspec.structs.replace(cases.LOOKUPS, vat_rates=mapped.RATES["NO"])
    assert severa_to_fortnox_articles.to_fields(source, norwegian, continuous_only=True).fields == {"VAT": Decimal(15)}


def test_a_unit_and_a_rate_that_are_no_more_stay_in_fortnox() -> None:
    before, now = cases.severa_article(measurement_unit="st", vat_rate=Decimal(25)), cases.severa_article()
    made = severa_to_fortnox_articles.to_fields(now, cases.LOOKUPS, continuous_only=True, before=before)
    assert (made.fields, why(made).keys()) == ({}, {"Enhet", "MVA"})


def test_an_inactive_article_becomes_an_inactive_product() -> None:
    made = fortnox_to_severa_articles.to_fields(
        cases.fortnox_article(Active=False, VAT=0, Unit="st"), "product", continuous_only=False
    )
    new = fortnox_to_severa_articles.to_new("200", made)
    assert new == wire.NewProduct(name="Rapport", code="200", is_active=False, measurement_unit="st", vat_rate=Decimal(0))


@pytest.mark.parametrize(("type_", "expected"), [(wire.WorkType, "SERVICE"), (wire.Product, "STOCK")])
def test_services_are_services(type_: type[Any], expected: str) -> None:
    made = severa_to_fortnox_articles.to_fields(cases.severa_article(type_), cases.LOOKUPS, continuous_only=False)
    assert made.fields["Type"] == expected


def project(**fields: Any) -> severa_to_fortnox_projects.Source:
    return severa_to_fortnox_projects.Source(project=wire.Project(guid="p", **fields))


def test_names_that_are_the_same_when_cut_stay_apart_and_the_cut_is_said() -> None:
    long = "Omlegging av fakturaflyt og reskontro for kommunene i Sunnhordland"
    made = [
        severa_to_fortnox_projects.to_fields(project(name=long + end, number=number), closes=False, continuous_only=False)
        for end, number in (("", 502), (" II", 503))
    ]
    names = [str(one.fields["Description"]) for one in made]
    assert len(set(names)) == 2
    assert all(len(name) <= 50 and name.endswith(end) for name, end in zip(names, ("~502", "~503"), strict=True))
    assert [one.value for one in made[0].not_carried] == [long]
    exact = severa_to_fortnox_projects.to_fields(project(name="x" * 50, number=1), closes=False, continuous_only=False)
    assert (exact.fields["Description"], exact.not_carried) == ("x" * 50, ())


@pytest.mark.parametrize(
    ("is_closed", "closes", "continuous_only", "expected"),
    [
        (True, False, True, None),
        (False, False, True, None),
        (False, False, False, "ONGOING"),
        (True, False, False, None),
        (True, True, True, "COMPLETED"),
        (False, True, True, "ONGOING"),
    ],
)
def test_a_status_is_carried_as_the_setting_says(
    is_closed: bool, closes: bool, continuous_only: bool, expected: str | None
) -> None:
    source = project(name="Voss", number=501, is_closed=is_closed)
    made = severa_to_fortnox_projects.to_fields(source, closes=closes, continuous_only=continuous_only)
    assert made.fields.get("Status") == expected
    assert bool(made.not_carried) is (is_closed and not closes)


# Against Fortnox' document


@pytest.mark.contract
def test_lengths_are_those_of_the_document(shared: pathlib.Path) -> None:
    document = json.loads((shared / "specs" / "fortnox-v3.openapi.json").read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    ours = {
        "fortnox_Customer": fortnox_texts.CUSTOMER,
        "fortnox_Article": fortnox_texts.ARTICLE,
        "fortnox_Project": fortnox_texts.PROJECT,
    }
    for name, lengths in ours.items():
        fields = schemas[name]["properties"]
        assert {field: fields[field]["maxLength"] for field in lengths} == lengths


def test_every_field_that_is_sent_to_fortnox_can_be_read_back() -> None:
    known = {one.encode_name for one in msgspec.structs.fields(register_wire.Customer)}
    whole = cases.severa_customer(
        *(cases.address(kind, addressline="A\nB", phone="1") for kind in ("billing", "postal", "visit")),
        **{"notes": "x", "email": "a@b.no", "website": "w", "vat_number": "1", "payment_term": 30, "e_invoice_address": cases.GLN},
        currency=wire.Named(code="EUR"),
    )
    choices = severa_to_fortnox_customers.Choices(email_to_invoice=True)
    assert cases.to_fortnox(whole, choices=choices).fields.keys() <= known
