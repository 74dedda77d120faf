"""The page of accounting systems against the table in code, the options, and the vendors' documents."""

from __future__ import annotations

import pathlib
import re
import typing

import pytest

from tasks.accounting import api as accounting_api
from tasks.accounting import systems as accounting_systems
from tasks.bank import options as bank_options
from tests.contract import checked

ROOT = pathlib.Path(__file__).parent.parent.parent
DIRECT = {one.option: one for one in accounting_systems.SYSTEMS if one.option != "file"}


def test_the_page_is_what_the_table_says() -> None:
    page = ROOT / "docs/integrations/accounting_systems.md"
    assert page.read_text(encoding="utf-8") == accounting_systems.page(), f"run the command in {accounting_systems.__file__}"


def test_every_system_of_the_options_stands_there() -> None:
    field = bank_options.AccountingOptions.model_fields["system"]
    assert {"file", *DIRECT} == set(typing.get_args(field.annotation))
    assert set(accounting_api.TARGETS) == set(DIRECT)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("system", "file"), [("poweroffice", "poweroffice-go-v2.openapi.yaml"), ("fortnox", "fortnox-v3.openapi.json")]
)
def test_what_is_possible_and_what_is_not_is_what_the_vendor_says(system: str, file: str, shared: pathlib.Path) -> None:
    document = checked.load(shared / "specs" / file)
    offered = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    said = DIRECT[system].ways
    assert {call for way in said for call in way.calls} <= offered
    assert not [one for one in offered for way in said for lacking in way.lacks if re.search(lacking, one)]
