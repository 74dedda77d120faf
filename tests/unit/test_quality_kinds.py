"""A further kind of document joins by one module in data_quality/suites, and by nothing else."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from data_quality import kinds, weights

PROJECTS = '''
"""Projects: each has a name, and ends after it begins."""

import importlib

from data_quality import kinds, suite, weights

KINDS = (
    kinds.Kind(
        name="site",
        words={"nb": kinds.Words("prosjektet", "Rett prosjektet i registeret."), "en": kinds.Words("project", "Correct it.")},
        codes={
            "missing_project_name": kinds.Code(
                weight=weights.Weight("block", ("book",)),
                said={
                    "nb": kinds.Said("Prosjekt uten navn", "{Doc} mangler {part}.", "{redo}"),
                    "en": kinds.Said("Project without a name", "The {doc} has no {part}.", "{redo}"),
                },
            ),
            "project_ends_early": kinds.Code(
                weight=weights.Weight("warn"),
                said={
                    "nb": kinds.Said("Prosjekt som slutter for tidlig", "{Doc} slutter {value}, før det begynner.", "{redo}"),
                    "en": kinds.Said("Project that ends too early", "The {doc} ends on {value}, before it begins.", "{redo}"),
                },
            ),
        },
        fields={"nb": {"ProjectName": "Prosjektnavn"}, "en": {"ProjectName": "Name of the project"}},
        parts={"nb": {"ProjectName": "prosjektnavn"}, "en": {"ProjectName": "name"}},
    ),
)


def make(register=""):
    rule_kinds = importlib.import_module("data_quality.rule_kinds")
    own = importlib.import_module("data_quality.invoice_expectations")
    early = own.ExpectDaysAfter(column_A="ends", column_B="begins", fewest=0)
    rules = (
        rule_kinds.filled("missing_project_name", "ProjectName", "name"),
        suite.Rule(code="project_ends_early", field="EndDate", expectation=early, value=suite.column("ends")),
    )
    columns = ("id", "name", "begins", "ends")
    rows = lambda one: [(one.id, one.name, one.begins, one.ends)]
    return suite.Suite(tables=(suite.Table(name="projects", columns=columns, rows=rows, rules=rules),))
'''
PROGRAM = """
import datetime as dt, json, sys, types
import data_quality.suites
data_quality.suites.__path__.append(sys.argv[1])
from data_quality import blocking, checking, kinds, messages
before = sorted({"pandas", "great_expectations"} & sys.modules.keys())
day = dt.date(2026, 11, 20)
projects = [
    types.SimpleNamespace(id=1, name="Kaien", begins=day, ends=day),
    types.SimpleNamespace(id=2, name=None, begins=day, ends=day - dt.timedelta(days=1)),
]
rules = blocking.Rules.model_validate(
    {"overrides": [{"code": "project_ends_early", "severity": "block", "holds": ["book"], "reason": "Avtalt med klienten"}]}
)
found = checking.check(projects, rules, suite="projects")
told = [
    {
        "code": one.code, "severity": one.severity, "holds": one.holds, "field": messages.field(one, language),
        "said": messages.sentence(one, language, "site"), "remedy": messages.remedy(one, language=language, kind="site"),
    }
    for one in found[2] for language in ("nb", "en")
]
whose = [kinds.whose(one.code) for one in found[2]]
print(json.dumps({"before": before, "clean": found[1], "told": told, "rules": rules.in_words(), "whose": whose}))
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Stands beside data_quality/suites, with one module in it."""
    (tmp_path / "projects.py").write_text(PROJECTS)
    return tmp_path


def run(program: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False)


def test_a_further_kind_needs_one_module_only(folder: pathlib.Path) -> None:
    done = run(PROGRAM, folder)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["before"] == [], "a kind is declared without Great Expectations"
    assert said["clean"] == []
    assert [(one["code"], one["severity"], one["holds"], one["field"], one["said"], one["remedy"]) for one in said["told"]] == [
        (
            "missing_project_name",
            "block",
            ["book"],
            "Prosjektnavn",
            "Prosjektet mangler prosjektnavn.",
            "Rett prosjektet i registeret.",
        ),
        ("missing_project_name", "block", ["book"], "Name of the project", "The project has no name.", "Correct it."),
        (
            *("project_ends_early", "block", ["book"], "EndDate"),
            *("Prosjektet slutter 19.11.2026, før det begynner.", "Rett prosjektet i registeret."),
        ),
        (
            *("project_ends_early", "block", ["book"], "EndDate"),
            *("The project ends on 19 November 2026, before it begins.", "Correct it."),
        ),
    ]
    assert said["whose"] == ["site", "site"]
    assert said["rules"] == [
        "Prosjekt som slutter for tidlig: stanser bokføring (standard: varsler, men stanser ingenting). "
        "Begrunnelse: Avtalt med klienten."
    ]


@pytest.mark.parametrize(("mine", "theirs"), [("missing_project_name", "missing_number"), ('name="site"', 'name="invoice"')])
def test_a_name_that_is_taken_is_an_error(folder: pathlib.Path, mine: str, theirs: str) -> None:
    (folder / "projects.py").write_text(PROJECTS.replace(mine, theirs))
    done = run(PROGRAM, folder)
    assert "declared more than once: " + theirs.removeprefix('name="').rstrip('"') in done.stderr


def test_the_kinds_of_now() -> None:
    assert set(kinds.read()) == {
        *("invoice", "credit_note", "customer", "payment", "remittance", "movement"),
        *("article", "project", "sales_invoice", "purchase_cost", "purchase_file"),
    }
    assert kinds.whose("missing_number") == "invoice"
    assert not kinds.codes().keys() & weights.DEFAULTS.keys()
