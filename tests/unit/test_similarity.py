"""Who is likely the same, who is linked by the rule, and what a first synchronisation makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import similarity as material
from fakturabro.domain import first_plans
from fakturabro.domain.similarity import comparing, entries, linking, scoring

FIELDS = ("number", "organisation_number", "email", "address", "postal_code")
BAKKE = ("101", "915442552", "post@bakke.example", "Storgata 14", "5700")


def entry(key: str, name: str, *fields: str, **more: Any) -> entries.Entry:
    return entries.Entry(key=key, name=name, **{"number": "", **dict(zip(FIELDS, fields, strict=False)), **more})


def points(ours: entries.Entry, theirs: entries.Entry, register: entries.Register = "customer") -> int:
    return scoring.score(register, entries.fold(ours), entries.fold(theirs)).points


@pytest.mark.parametrize(
    ("name", "fields", "is_likely"),
    [
        ("AS Bakke Bygg", ("9",), True),
        ("Bygg Bakke A/S", ("9",), True),
        ("BAKKEBYGG", ("9",), True),
        ("Bake Bygg", ("9", "", "", "Storgt. 14", "5700"), True),
        ("Bakke Bygg", ("9", "NO 915 442 552 MVA"), True),
        ("Bakke Bygg", ("9", "915442525"), True),  # two digits that changed places
        ("Bakke Bygg", ("9", "812345675"), False),  # a namesake
        ("Bakke Bygg Bergen AS", ("9", "812345675", "post@bakke.example", "Torget 2", "5014"), False),  # a branch
        ("Bakke Eiendom AS", ("9", "812345675", "post@bakke.example", "Storgata 14", "5700"), False),  # in the same house
        ("Bakke Bygg 2 AS", ("9",), False),
        ("Rør og Varme AS", ("9", "", "", "Storgata 14", "5700"), False),
    ],
)
def test_people_write_the_same_customer_in_many_ways_and_different_ones_alike(
    name: str, fields: tuple[str, ...], is_likely: bool
) -> None:
    ours, theirs = entry("s", "Bakke Bygg AS", *BAKKE), entry("f", name, *fields)
    found = comparing.compare("customer", [ours], [theirs], {}).pairs
    assert (points(ours, theirs) >= scoring.LIKELY) is is_likely
    assert [one.scores.points for one in found if one.is_doubtful] == ([points(ours, theirs)] if is_likely else [])


def test_a_hundred_points_are_for_those_only_whose_fields_are_all_the_same() -> None:
    ours = entry("s", "Bakke Bygg AS", *BAKKE)
    assert points(ours, entry("f", "Bakke Bygg", *BAKKE)) == 100
    assert scoring.LIKELY < points(ours, entry("f", "Bakke Bygg AS", "102", *BAKKE[1:])) < 100


@pytest.mark.parametrize(
    ("register", "theirs", "verdicts", "expected"),
    [
        ("customer", [entry("101", "Helt Annet AS", "101")], {}, {("s", "101"): "number"}),
        ("customer", [entry("0101", "Bakke Bygg AS", "0101")], {}, {}),
        ("customer", [entry("101", "Bakke Bygg AS", "101")], {("s", "101"): False}, {}),
        ("customer", [entry("9", "Bakke", "9"), entry("101", "Bakke", "101")], {("s", "9"): True}, {("s", "9"): "decision"}),
        ("customer", [entry("9", "B", "9"), entry("8", "C", "8")], {("s", "9"): True, ("s", "8"): True}, {("s", "9"): "decision"}),
        ("article", [entry("101", " bakke  BYGG as", "101")], {}, {("s", "101"): "two_properties"}),
        ("article", [entry("101", "Bakke Bygg", "101")], {}, {}),
    ],
)
def test_the_rule_links_by_the_number_and_articles_by_name_too(
    register: entries.Register, theirs: list[entries.Entry], verdicts: dict[tuple[str, str], bool], expected: dict[Any, str]
) -> None:
    assert linking.find_links(register, [entry("s", "Bakke Bygg AS", "101")], theirs, verdicts) == expected


def test_most_that_is_the_same_is_found_and_little_else() -> None:
    """A tenth of the benchmark's registers; a register is as likely to be the shorter one."""
    severa, fortnox = material.registers(2_000, 1_400, 300)
    for ours, theirs in ((severa, fortnox), (fortnox, severa)):
        pairs = [one for one in comparing.compare("customer", ours, theirs, {}).pairs if one.scores.points >= scoring.LIKELY]
        right = sum(one.severa.key[1:] == one.fortnox.key[1:] for one in pairs)
        assert right / 1_400 >= 0.98 and right / len(pairs) >= 0.95


def plan(
    register: entries.Register, severa: list[entries.Entry], fortnox: list[entries.Entry], **more: bool
) -> list[tuple[str, ...]]:
    made = first_plans.make([comparing.compare(register, severa, fortnox, {})], **{"projects_carried": True, **more})
    return [(row.action, row.why, *(one.key for one in (row.severa, row.fortnox) if one)) for row in made.rows]


def test_a_plan_makes_what_is_missing_and_says_of_everything_else_why_not() -> None:
    severa = [
        entry("a", "Fjord AS", "1"),
        entry("b", "Tind AS", "2"),
        entry("c", "Tind Bygg AS", "2"),
        entry("d", "Uten AS"),
        entry("e", "Hav AS", "3", why_not="inactive"),
        entry("g", "Internt", "7", why_not="internal"),
        entry("h", "Rørlegger Hansen AS", "9"),
    ]
    fortnox = [
        entry("2", "Tind", "2"),
        entry("5", "Vik AB", "5"),
        entry("AB12", "Butiken", "AB12"),
        entry("٣", "Siffer", "٣"),
        entry("7", "Internt", "7"),
        entry("9", "Kafé Solberg AB", "9"),
    ]
    assert sorted(plan("customer", severa, fortnox)) == sorted(
        [
            ("to_fortnox", "only_in_severa", "a"),
            ("decide", "alike", "b", "2"),  # two have its number: the name decides, and a person
            ("leave", "number_twice", "c"),
            ("leave", "no_number", "d"),
            ("leave", "inactive", "e"),
            ("leave", "internal", "g", "7"),
            ("decide", "unlike", "h", "9"),
            ("to_severa", "only_in_fortnox", "5"),
            ("leave", "not_numeric", "AB12"),
            ("leave", "not_numeric", "٣"),
        ]
    )
    assert plan("customer", [], [entry("5", "Vik AB", "5")]) == [("to_severa", "only_in_fortnox", "5")]
    assert plan("project", [entry("p", "Nytt", "1")], [entry("2", "Gammalt", "2")]) == [
        ("to_fortnox", "only_in_severa", "p"),
        ("leave", "never_to_severa", "2"),
    ]
    assert plan("project", [entry("p", "Nytt", "1")], [entry("1", "Nytt", "1")], projects_carried=False) == [
        ("leave", "switched_off", "p", "1")
    ]
