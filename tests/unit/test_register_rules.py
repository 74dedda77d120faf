"""The suite of customers, articles and projects: each rule broken, and each only just kept; in one batch, since a check costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from data_quality import blocking, checking, kinds, messages, register_rows
from data_quality.suites import registers
from fakturabro.mapping import severa_to_fortnox_articles
from tests.unit import field_cases_registers as cases

CASES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("entry_without_number", {"number": " "}, {"number": "1"}),
    ("entry_without_name", {"name": "\u200b"}, {"name": "-"}),
    ("number_too_long", {"kind": "project", "number": "1" * 21}, {"kind": "project", "number": "1" * 20}),
    ("number_with_refused_signs", {"kind": "article", "number": "A→"}, {"kind": "article", "number": "Å/1"}),
    ("number_not_for_severa", {"to": "severa", "number": "0101"}, {"to": "severa", "number": "101"}),
    ("number_not_for_severa", {"to": "severa", "number": "K-17"}, {"to": "severa", "kind": "article", "number": "K-17"}),
    ("number_twice", {"same_number": 2}, {"same_number": 1}),
    ("number_changed", {"paired_number": "101"}, {"paired_number": "100"}),
    ("inactive_on_one_side", {"other_is_active": False}, {"other_is_active": True}),
    (
        "inactive_on_one_side",
        {"to": "severa", "is_active": False, "other_is_active": True},
        {"is_active": False, "other_is_active": False},
    ),
    ("article_name_differs", {"kind": "article", "other_name": "Trykk"}, {"kind": "article", "other_name": "Fjord AS"}),
)
MAPPED: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("name_too_long", {"name": "å" * 1025}, {"name": "å" * 1024}),
    ("name_with_refused_signs", {"name": "Skilt →"}, {"name": "Skilt – “Å”"}),
    ("terms_not_carried", {"payment_term": 17}, {"payment_term": 30}),
    ("text_too_long", {"website": "w" * 129}, {"website": "w" * 128}),
    ("text_with_refused_signs", {"notes": "→"}, {"notes": "x" * 2000}),
)
ARTICLES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("unit_not_in_fortnox", {"measurement_unit": "d"}, {"measurement_unit": "st"}),
    ("unit_in_another_case", {"measurement_unit": "St"}, {"measurement_unit": ""}),
    ("vat_rate_not_in_fortnox", {"vat_rate": Decimal(15)}, {"vat_rate": Decimal(0)}),
)


def entries() -> tuple[dict[int, str], list[register_rows.Entry]]:
    """What each is expected to be told, by id, and the entries."""
    expected: dict[int, str] = {}
    made: list[register_rows.Entry] = []

    def add(code: str, **fields: Any) -> None:
        expected[len(made)] = code
        said = {"kind": "customer", "to": "fortnox", "number": "100", "name": "Fjord AS", **fields}
        made.append(register_rows.Entry(id=len(made), **said))

    for code, broken, kept in CASES:
        add(code, **broken)
        add("", **kept)
    for code, *both in MAPPED:
        for fields, told in zip(both, (code, ""), strict=True):
            add(told, checked=cases.to_fortnox(cases.severa_customer(**fields)).checked)
    for code, *both in ARTICLES:
        for fields, told in zip(both, (code, ""), strict=True):
            source = cases.severa_article(**fields)
            made_of = severa_to_fortnox_articles.to_fields(source, cases.LOOKUPS, continuous_only=False)
            add(told, kind="article", checked=made_of.checked)
    for code, fields in (
        ("currency_not_in_severa", {"Currency": "USD"}),
        ("country_not_carried", {"City": "X", "CountryCode": "QQ"}),
    ):
        add(code, to="severa", checked=cases.to_severa(cases.fortnox_customer(**fields)).checked)
    return expected, made


def test_every_rule_tells_what_breaks_it_and_nothing_else() -> None:
    expected, made = entries()
    found = checking.check(made, blocking.Rules(), suite="registers")
    assert {id_: " ".join(one.code for one in some) for id_, some in found.items()} == expected
    told = {code for code in expected.values() if code}
    assert told == kinds.read()["article"].codes.keys() - registers.BY_TASKS
    one = {finding.code: finding for some in found.values() for finding in some}
    assert messages.sentence(one["unit_in_another_case"], kind="article") == (
        "Enheten heter «St» i Severa og «st» i Fortnox. Store og små bokstaver må være like."
    )
    assert messages.sentence(one["text_too_long"], "en", "customer").startswith(
        "Fortnox has room for 128 characters in the field “Web page”"
    )
    assert messages.sentence(one["inactive_on_one_side"], kind="customer") == "Den er aktiv i Severa, men inaktiv i Fortnox."


def test_what_can_be_left_out_only_warns_and_no_tenant_waves_the_rest_through() -> None:
    left_out = {"terms_not_carried", "country_not_carried", "text_too_long", "text_with_refused_signs"}
    codes = kinds.read()["article"].codes.keys()
    assert {code for code in codes if blocking.DEFAULTS[code] == ("warn", ())} == left_out
    assert {code for code in codes if blocking.DEFAULTS[code] == ("block", ("transfer",))} == codes - left_out
    assert codes <= blocking.FIXED
