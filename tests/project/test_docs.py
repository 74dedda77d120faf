"""The documentation against the code: what a page lists must be what is there."""

from __future__ import annotations

import ast
import fnmatch
import functools
import importlib.util
import pathlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

import pydantic
import pytest
import typer.main

from console import main
from data_quality import blocking, kinds, weights
from fakturabro.mapping import field_tables
from flows import poweroffice_factoring
from tasks import installation, options
from tasks.bank import options as bank_options
from tasks.returns.options import ReturnDataOptions

ROOT = pathlib.Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs/integrations/poweroffice_factoring.md"
RETURN_DATA = ROOT / "docs/integrations/return_data.md"
PAGES = [*(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "GLOSSARY", "CHANGELOG")), *sorted(ROOT.glob("docs/**/*.md"))]
PACKAGES = ("console", "deployments", "flows", "tasks", "data_quality", "fakturabro", "sandboxes")
_OF_A_ROLE = re.compile(r"^accounts\.\w+(\[\])?\.")
_ROW = re.compile(r"^\| *`([^`]+)` *\| *(.*?) *\|", re.MULTILINE)


@functools.cache
def text(page: pathlib.Path) -> str:
    return page.read_text(encoding="utf-8")


def section(page: pathlib.Path, title: str) -> str:
    """What stands under a heading of level 2, to the next one."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no section {title!r}"
    return found[1]


def rows(page: pathlib.Path, title: str) -> dict[str, str]:
    """First cell (without back quotes) and second cell of each table row in a section."""
    return dict(_ROW.findall(section(page, title)))


# Assumptions


def assuming(folder: pathlib.Path) -> set[str]:
    files = [path for package in PACKAGES for pattern in ("*.py", "*.yaml") for path in folder.glob(f"{package}/**/{pattern}")]
    return {path.relative_to(folder).as_posix() for path in files if "Assumed:" in path.read_text(encoding="utf-8")}


def test_every_assumption_is_collected() -> None:
    named = set(re.findall(r"`(\w+/[\w/.]+\.(?:py|yaml))`", text(ROOT / "docs/assumptions.md")))
    assert named - {"tests/project/test_docs.py"} == assuming(ROOT)


def test_an_assumption_that_is_not_collected_is_seen(tmp_path: pathlib.Path) -> None:
    module = tmp_path / "fakturabro/systems/new/client.py"
    module.parent.mkdir(parents=True)
    module.write_text('"""A client.\n\nAssumed: everything.\n"""\n', encoding="utf-8")
    assert assuming(tmp_path) == {"fakturabro/systems/new/client.py"}


# Commands


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def console_commands() -> set[str]:
    return set(typer.main.get_command(main.application).commands)


def code_in(page: pathlib.Path) -> Iterator[str]:
    """Inline code and indented code blocks."""
    for line in text(page).splitlines():
        yield from [line.strip()] if line.startswith("    ") else re.findall(r"`([^`]+)`", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: pathlib.Path) -> None:
    said = [code.removeprefix(".venv/bin/") for code in code_in(page)]
    assert {code.split()[1] for code in said if re.match(r"make [a-z]", code)} <= make_targets()
    assert {code.split()[1] for code in said if re.match(r"fakturabro [a-z]", code)} <= console_commands()


def test_the_readme_names_the_two_commands_and_reading() -> None:
    said = list(code_in(ROOT / "README.md"))
    assert {"make demo", "make test", "make up", ".venv/bin/fakturabro read FILE --json"} <= set(said)


# The house


def folders() -> set[str]:
    """Top-level folders with something in them that belongs to the repository."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    found = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    kept = [path for path in found if not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)]
    return {path.name for path in kept if any(one.is_file() and "__pycache__" not in one.parts for one in path.rglob("*"))}


def test_the_map_of_the_house_is_complete() -> None:
    assert {name.strip("/") for name in rows(ROOT / "README.md", "The house")} == folders()


def test_every_package_says_what_belongs_there() -> None:
    for folder in sorted(folders() - {"docs", "tests", "tools"}):
        module = ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(module), f"{folder}/__init__.py has no docstring"


def test_the_test_folders_are_those_that_contributing_lists() -> None:
    listed = {name.removeprefix("tests/").strip("/") for name in rows(ROOT / "CONTRIBUTING.md", "Tests")}
    there = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert there <= listed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: pathlib.Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text(page)):
        assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_decisions_are_numbered_and_formed_alike() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert text(page).startswith(f"# {page.name[:4]} "), page.name
        assert re.findall(r"^## (.*)", text(page), re.MULTILINE) == ["Context", "Decision", "Consequences"], page.name
        assert len(text(page).splitlines()) <= 30, page.name


# The operator's guide


def test_every_step_of_the_flow_is_explained_by_its_name_in_the_ui() -> None:
    reached = files_of("flows.poweroffice_factoring")
    tasks = [path for path in reached if path.parts[0] == "tasks" and path.parts[1] != "payments"]  # shared sentences lead there
    names = {
        name
        for path in tasks
        for name in re.findall(r"@(?:task\(name=|retrying\.station\()\"([^\"]+)\"", (ROOT / path).read_text(encoding="utf-8"))
    }
    said = [set(rows(page, "What each step does")) for page in (GUIDE, RETURN_DATA)]
    assert set.union(*said) == names
    assert set.intersection(*said) == {"Lag klientrapport", "Konkluder"}


def test_the_flows_are_named_as_in_the_ui() -> None:
    flows = {
        poweroffice_factoring.invoice_intake.name,
        poweroffice_factoring.letter_fallback.name,
        poweroffice_factoring.writeback.name,
    }
    assert set(rows(GUIDE, "What runs when")) == flows
    assert set(rows(RETURN_DATA, "What runs when")) == {poweroffice_factoring.return_data.name}


def test_findings_are_those_of_the_code() -> None:
    said = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \| (fixed)? *\|$", section(GUIDE, "Findings"), re.MULTILINE)
    known = [
        (code, weight.severity, ", ".join(weight.holds) or "-", "fixed" if code in blocking.FIXED else "")
        for code, weight in weights.DEFAULTS.items()
    ]
    assert said == known


@pytest.mark.parametrize(
    ("page", "title", "of"),
    [
        ("bank", "Guards", ("payment", "remittance")),
        ("return_data", "What is held", ("movement",)),
        ("severa_fortnox", "What is held", ("article", "sales_invoice", "purchase_cost", "purchase_file")),
    ],
)
def test_findings_of_single_kinds_are_those_of_the_code(page: str, title: str, of: tuple[str, ...]) -> None:
    said = re.findall(r"^\| `(\w+)` \| (\w+) \|", section(ROOT / f"docs/integrations/{page}.md", title), re.MULTILINE)
    known = [(code, one.weight.severity) for name in of for code, one in kinds.read()[name].codes.items()]
    assert sorted(said) == sorted(known)


def test_field_tables_are_those_of_the_code() -> None:
    said = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in section(ROOT / "docs/integrations/severa_fortnox.md", "Field tables").splitlines()
        if row.startswith("|") and not row.startswith(("| in Severa", "|---"))
    ]
    known = [
        [row.severa, row.fortnox, "x" if row.continuous else "", row.to_fortnox or "-", row.to_severa or "-", row.why]
        for table in ("customers", "projects", "articles", "invoices", "invoice_rows", "costs")
        for row in field_tables.TABLES[table]
    ]
    assert said == known


def test_settings_of_the_installation_are_those_of_the_code() -> None:
    fields = installation.Installation.model_fields
    known = {
        f"FAKTURABRO_{name.upper()}": "-" if field.default in ("", None) else f"`{field.default}`" for name, field in fields.items()
    }
    said = {
        name: default for name, default in rows(GUIDE, "Settings of the installation").items() if name.startswith("FAKTURABRO_")
    }
    assert said == known


def test_secrets_are_those_that_the_flow_needs() -> None:
    said = {name for name in rows(GUIDE, "Settings of the installation") if not name.startswith("FAKTURABRO_")}
    assert said == {*poweroffice_factoring.SECRETS, "smtp.password"}


def settings(model: type[pydantic.BaseModel], before: str = "") -> Iterator[tuple[str, str]]:
    """(key, default) of every leaf, as the tenant's file nests them."""
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        inner = [one for one in getattr(kind, "__args__", ()) if isinstance(one, type) and issubclass(one, pydantic.BaseModel)]
        if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
            yield from settings(kind, f"{before}{name}.")
        elif inner:
            yield from settings(inner[0], f"{before}{name}[].")
        else:
            yield f"{before}{name}", "required" if field.is_required() else f"`{field.default!r}`"


def test_settings_of_a_tenant_are_those_of_the_code() -> None:
    assert rows(GUIDE, "Settings of a tenant") == dict(settings(options.FactoringOptions))
    of_return_data = {re.sub(_OF_A_ROLE, "accounts.ROLE.", key): default for key, default in settings(ReturnDataOptions)}
    assert rows(RETURN_DATA, "Settings of a tenant") == of_return_data


@pytest.mark.parametrize("model", [options.FactoringOptions, bank_options.BankOptions, ReturnDataOptions])
def test_every_setting_has_its_own_title_in_the_form(model: type[pydantic.BaseModel]) -> None:
    """A model with the title of its field takes it from the field: Prefect's form shows the English name then."""
    drawn = model.model_json_schema()
    shown = [
        (name, key, one) for name, part in {"": drawn, **drawn["$defs"]}.items() for key, one in part.get("properties", {}).items()
    ]
    assert len(shown) > 20
    assert [f"{name}.{key}" for name, key, one in shown if "title" not in one] == []


# The list of files


def source(module: str) -> pathlib.Path | None:
    """The file of one of our modules, relative to the root."""
    path = pathlib.Path(*module.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if (ROOT / one).is_file()), None)


def imported(path: pathlib.Path) -> Iterator[str]:
    """Modules that a file names in import statements and in importlib.import_module."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "import_module":
            yield from dynamic(node.args[0])


def dynamic(argument: ast.expr) -> Iterator[str]:
    """The module that a literal names; for f"package.{name}" all modules of the package."""
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    elif isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        package = str(argument.values[0].value).rstrip(".")
        yield from (f"{package}.{path.stem}" for path in (ROOT / package.replace(".", "/")).glob("*.py"))


@functools.cache
def files_of(start: str) -> frozenset[pathlib.Path]:
    """The file of a module, all of ours that it leads to, and what else lies in those packages (contracts, layouts, migrations)."""
    reached: set[pathlib.Path] = set()
    waiting = [start]
    while waiting:
        module = waiting.pop()
        path = source(module) if module.split(".")[0] in PACKAGES else None
        if path and path not in reached:
            reached.add(path)
            waiting += [*imported(path), *(module[:i] for i, sign in enumerate(module) if sign == ".")]
    return frozenset(reached.union(*(others(folder) for folder in {path.parent for path in reached})))


def others(folder: pathlib.Path) -> set[pathlib.Path]:
    beside = [path for path in (ROOT / folder).iterdir() if path.is_file() and path.suffix not in (".py", ".pyc")]
    plain = [path for path in (ROOT / folder).iterdir() if path.is_dir() and not (path / "__init__.py").exists()]
    below = [path for one in plain for path in one.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(ROOT) for path in [*beside, *below]}


def listing(paths: Iterable[pathlib.Path]) -> str:
    """The list as the guide has it: a line per folder."""
    by_folder: dict[str, list[str]] = {}
    for path in sorted(paths):
        by_folder.setdefault(path.parent.as_posix(), []).append(path.name)
    return "\n".join(f"- `{folder}/`: {', '.join(names)}" for folder, names in by_folder.items())


def test_the_guide_lists_the_files_of_the_integration() -> None:
    right = listing(files_of("flows.poweroffice_factoring"))
    said = "\n".join(re.findall(r"^- `.*", section(GUIDE, "Files of this integration"), re.MULTILINE))
    assert said == right, f"put this into {GUIDE.name}:\n{right}"


def test_the_list_of_files_reaches_what_is_imported_late() -> None:
    found = {path.as_posix() for path in files_of("flows.poweroffice_factoring")}
    late = {"data_quality/validation.py", "data_quality/sales_rules.py", "fakturabro/ledger/migrations/env.py"}
    assert late | {"fakturabro/formats/invoice_pdf/invoice.typ", "fakturabro/systems/factoring/contract.openapi.yaml"} <= found
    assert not [path for path in found if path.startswith(("sandboxes/", "console/", "deployments/"))]


def test_the_packages_are_those_that_are_built() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]["find"][
        "include"
    ]
    assert {pattern.rstrip("*") for pattern in built} == set(PACKAGES)
    for package in PACKAGES:
        assert importlib.util.find_spec(package), package
