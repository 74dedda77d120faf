"""The rows of the field tables of customers, projects and articles: each carries a value through the mapping that the stations use.

A way is asked whether only continuous rows count, and says what came out and what should if the row is carried.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from fakturabro.mapping import (
    fortnox_to_severa_articles,
    fortnox_to_severa_customers,
    mapped,
    severa_to_fortnox_articles,
    severa_to_fortnox_customers,
    severa_to_fortnox_projects,
)
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire

LOOKUPS = mapped.Lookups(
    units={"st", "h"},
    terms={"30", "10"},
    countries={"NO": wire.Country(guid="no", name="Norge", english_name="Norway"), "SE": wire.Country(guid="se", name="Sverige")},
    currencies={"NOK": wire.Currency(guid="nok", code="NOK"), "EUR": wire.Currency(guid="eur", code="EUR")},
)
CHOICES = severa_to_fortnox_customers.Choices()
GLN = "7300010000001"
Way = Callable[[bool], tuple[object, object]]


def severa_customer(*addresses: wire.Address, **fields: Any) -> severa_to_fortnox_customers.Source:
    return severa_to_fortnox_customers.to_source(wire.Customer(guid="c", **{"name": "Fjord AS", **fields}), list(addresses))


def to_fortnox(source: severa_to_fortnox_customers.Source, only: bool = False, **more: Any) -> mapped.Mapped:
    choices = more.pop("choices", CHOICES)
    return severa_to_fortnox_customers.to_fields(source, LOOKUPS, choices, continuous_only=only, **more)


def fortnox_customer(**fields: Any) -> fortnox_to_severa_customers.Source:
    """Fields by Fortnox' own names."""
    said = {"CustomerNumber": "10001", "Name": "Fjord AS", **fields}
    return fortnox_to_severa_customers.Source(customer=msgspec.convert(said, register_wire.Customer))


def to_severa(source: fortnox_to_severa_customers.Source, only: bool = False, **more: Any) -> mapped.Mapped:
    return fortnox_to_severa_customers.to_fields(source, LOOKUPS, CHOICES, continuous_only=only, **more)


def address(kind: str, guid: str = "", **fields: Any) -> wire.Address:
    said = {"addressline": "Gata 1", "postal_code": "5700", "city": "VOSS", "country": wire.Country(guid="no", name="Norge")}
    return wire.Address(guid=guid or kind, **{f"is_{kind}_address": True, **said, **fields})


def _both(field: str, value: Any, name: str, theirs: Any, path: str, sent: Any = None) -> tuple[Way, Way]:
    """A field of a customer, to Fortnox' `name` and back to Severa's `path`; `sent` where Severa gets a key."""
    wanted = value if sent is None else sent
    return (
        lambda only: (to_fortnox(severa_customer(**{field: value}), only).fields.get(name), theirs),
        lambda only: (to_severa(fortnox_customer(**{name: theirs}), only).fields.get(path), wanted),
    )


def _left(row: str, field: str, value: str) -> Way:
    """Fortnox has no such field: the value is said, and nothing is sent for it."""

    def way(only: bool) -> tuple[object, object]:
        made, without = to_fortnox(severa_customer(**{field: value}), only), to_fortnox(severa_customer(), only)
        return [(one.name, one.value) for one in made.not_carried if made.fields == without.fields], [(row, value)]

    return way


def _phone(only: bool) -> tuple[object, object]:
    """Severa has it on the billing address."""
    other, billing = address("postal", phone="99 99 99 99"), address("billing", phone="55 12 34 56")
    return to_fortnox(severa_customer(other, billing), only).fields.get("Phone1"), "55 12 34 56"


def _phone_back(only: bool) -> tuple[object, object]:
    made = to_severa(fortnox_customer(Phone1="55 12 34 56", City="VOSS", DeliveryCity="VOSS"), only).fields
    return {name: value for name, value in made.items() if name.endswith("phone")}, {"billing:/phone": "55 12 34 56"}


def _addresses(kind: str, *names: str) -> tuple[Way, Way]:
    """The first address of the kind, to Fortnox' names and back."""
    values = dict(zip(names, ("Gata 1", "5700", "VOSS", "NO"), strict=True))

    def there(only: bool) -> tuple[object, object]:
        second = address(kind, "second", addressline="Gamlegata 9", postal_code="9999")
        made = to_fortnox(severa_customer(wire.Address(guid="none", city="OSLO"), address(kind), second), only).fields
        return {name: made.get(name) for name in names}, values

    def back(only: bool) -> tuple[object, object]:
        steps = fortnox_to_severa_customers.to_steps(to_severa(fortnox_customer(**values), only), severa_customer())
        new = {"addressline": "Gata 1", "postal_code": "5700", "city": "VOSS", "country": wire.Ref(guid="no")}
        return [one.new for one in steps.addresses], [wire.NewAddress(**{f"is_{kind}_address": True, **new})]

    return there, back


def _customer_number(only: bool) -> tuple[object, object]:
    source = severa_customer(number=10001)
    return to_fortnox(source).fields.get("CustomerNumber") if only else severa_to_fortnox_customers.number(source), "10001"


def _customer_number_back(only: bool) -> tuple[object, object]:
    made = to_severa(fortnox_customer(), only)
    return made.fields.get("/number") if only else fortnox_to_severa_customers.to_new("10001", made).number, 10001


CUSTOMERS: Mapping[str, tuple[Way, ...]] = {
    "Navn": _both("name", "Fjord Bygg AS", "Name", "Fjord Bygg AS", "/name"),
    "Nummer": (_customer_number, _customer_number_back),
    "Notater": _both("notes", "Ring først\nså skriv", "Comments", "Ring først\nså skriv", "/notes"),
    "E-post": _both("email", "post@fjord.example", "Email", "post@fjord.example", "/email"),
    "Telefon": (_phone, _phone_back),
    "Webside": _both("website", "https://fjord.example", "WWW", "https://fjord.example", "/website"),
    "Mva-nummer": _both("vat_number", "NO915442552MVA", "VATNumber", "NO915442552MVA", "/vatNumber"),
    "Kvk-nummer": (_left("Kvk-nummer", "kvk_number", "12345678"),),
    "Valuta": _both("currency", wire.Named(guid="eur", code="EUR"), "Currency", "EUR", "/currency/guid", "eur"),
    "Betalingsbetingelser": _both("payment_term", 10, "TermsOfPayment", "10", "/paymentTerm"),
    "Efaktura adresse": (
        *_both("e_invoice_address", GLN, "GLN", GLN, "/eInvoiceAddress"),
        _left("Efaktura adresse", "e_invoice_address", "0037:12345678"),
    ),
    "Efaktura operatør": (_left("Efaktura operatør", "e_invoice_operator", "BASWARE"),),
    "Faktureringsadresse": _addresses("billing", "Address1", "ZipCode", "City", "CountryCode"),
    "Postadresse": _addresses("postal", "DeliveryAddress1", "DeliveryZipCode", "DeliveryCity", "DeliveryCountryCode"),
    "Besøksadresse": _addresses("visit", "VisitingAddress", "VisitingZipCode", "VisitingCity", "VisitingCountryCode"),
}


def _project(row: str, name: str, value: Any, fields: Mapping[str, Any]) -> Way:
    def way(only: bool) -> tuple[object, object]:
        source = severa_to_fortnox_projects.Source(project=wire.Project(guid="p", **{"name": "Voss", "number": 501, **fields}))
        made = severa_to_fortnox_projects.to_fields(source, closes=row.startswith("isClosed"), continuous_only=only).fields
        number = {} if only else {"ProjectNumber": severa_to_fortnox_projects.number(source)}
        return {**made, **number}.get(name), value

    return way


PROJECTS: Mapping[str, tuple[Way, ...]] = {
    row: (_project(row, name, value, fields),)
    for row, name, value, fields in (
        ("Navn", "Description", "Byggeledelse", {"name": "Byggeledelse"}),
        ("Nummer", "ProjectNumber", "501", {}),
        ("isClosed / false", "Status", "ONGOING", {"is_closed": False}),
        ("isClosed / true", "Status", "COMPLETED", {"is_closed": True}),
        ("Beskrivelse", "Comments", "Rammeavtale", {"description": "Rammeavtale"}),
        ("Prosjekt startdato", "StartDate", dt.date(2026, 11, 2), {"start_date": dt.date(2026, 11, 2)}),
    )
}


def severa_article(kind: type[Any] = wire.Product, **fields: Any) -> severa_to_fortnox_articles.Source:
    return severa_to_fortnox_articles.to_source(kind(guid="a", **{"name": "Rapport", "code": "200", **fields}))


def fortnox_article(**fields: Any) -> fortnox_to_severa_articles.Source:
    said = {"ArticleNumber": "200", "Description": "Rapport", **fields}
    return fortnox_to_severa_articles.Source(article=msgspec.convert(said, register_wire.Article))


def _articles(field: str, value: Any, name: str, path: str) -> tuple[Way, ...]:
    """A product, and back; of a work type, which has neither unit nor VAT, that it is said."""

    def there(kind: type[Any]) -> Way:
        source = severa_article(kind, **{field: value})
        return lambda only: (
            severa_to_fortnox_articles.to_fields(source, LOOKUPS, continuous_only=only).fields.get(name),
            value,
        )

    def back(kind: severa_to_fortnox_articles.Kind) -> Way:
        source = fortnox_article(**{name: value})
        return lambda only: (fortnox_to_severa_articles.to_fields(source, kind, continuous_only=only).fields.get(path), value)

    def left(only: bool) -> tuple[object, object]:
        made = fortnox_to_severa_articles.to_fields(fortnox_article(**{name: value}), "work_type", continuous_only=only)
        return [one.value for one in made.not_carried if path not in made.fields], [str(value)]

    ways = (there(wire.Product), there(wire.TravelExpenseType), back("product"), back("travel_type"))
    has_it = field in {one.name for one in msgspec.structs.fields(wire.WorkType)}
    return (*ways, *((there(wire.WorkType), back("work_type")) if has_it else (left,)))


def _article_number(kind: type[Any]) -> Way:
    def way(only: bool) -> tuple[object, object]:
        source = severa_article(kind)
        made = severa_to_fortnox_articles.to_fields(source, LOOKUPS, continuous_only=only)
        return made.fields.get("ArticleNumber") if only else severa_to_fortnox_articles.number(source), "200"

    return way


def _article_number_back(only: bool) -> tuple[object, object]:
    made = fortnox_to_severa_articles.to_fields(fortnox_article(), "product", continuous_only=only)
    return made.fields.get("/code") if only else fortnox_to_severa_articles.to_new("200", made).code, "200"


ARTICLES: Mapping[str, tuple[Way, ...]] = {
    "Navn": _articles("name", "Fagrapport", "Description", "/name"),
    "Nummer": (*map(_article_number, (wire.Product, wire.WorkType, wire.TravelExpenseType)), _article_number_back),
    "isActive": _articles("is_active", False, "Active", "/isActive"),
    "Enhet": _articles("measurement_unit", "st", "Unit", "/measurementUnit"),
    "MVA": _articles("vat_rate", Decimal(12), "VAT", "/vatRate"),
}
CASES: Mapping[str, Mapping[str, tuple[Way, ...]]] = {"customers": CUSTOMERS, "projects": PROJECTS, "articles": ARTICLES}
