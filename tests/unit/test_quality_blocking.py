"""A tenant's own rules: what they change, and what they may not."""

from __future__ import annotations

import pydantic
import pytest

from data_quality import blocking


def rules(code: str, severity: str, holds: list[str] | None = None) -> blocking.Rules:
    return blocking.Rules.model_validate({"overrides": [{"code": code, "severity": severity, "holds": holds}]})


@pytest.mark.parametrize(
    ("severity", "holds", "expected"),
    [
        ("warn", None, ("warn", ())),
        ("info", None, ("info", ())),
        ("block", None, ("block", ("distribute",))),
        ("block", ["book"], ("block", ("book",))),
        ("warn", ["channel:ehf"], ("warn", ("channel:ehf",))),
    ],
)
def test_an_override_decides_severity_and_holds(
    severity: str, holds: list[str] | None, expected: tuple[str, tuple[str, ...]]
) -> None:
    finding = rules("missing_postal_address", severity, holds).finding("missing_postal_address", field="MailAddress")
    assert finding
    assert (finding.severity, finding.holds) == expected


def test_a_warning_raised_to_block_holds_everything() -> None:
    finding = rules("missing_due_date", "block").finding("missing_due_date")
    assert finding
    assert finding.holds == ("book", "distribute")


def test_off_means_no_finding_and_only_that_one() -> None:
    off = rules("missing_due_date", "off")
    assert off.finding("missing_due_date") is None
    assert off.finding("no_lines") == blocking.Rules().finding("no_lines")


def test_a_finding_carries_what_it_is_about() -> None:
    finding = blocking.Rules().finding("unreadable_document", line=7, field="ID", value="x", suggestion="y")
    assert finding
    assert (finding.line, finding.field, finding.value, finding.suggestion) == (7, "ID", "x", "y")


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ({"code": "mising_number", "severity": "warn"}, "mising_number"),
        ({"code": "missing_number", "severity": "error"}, "severity"),
        ({"code": "missing_number", "severity": "block", "holds": ["write_back"]}, "holds"),
        ({"code": "missing_number", "severity": "block", "holds": []}, "holds nothing"),
        ({"code": "missing_number", "severity": "off", "holds": ["book"]}, "switched off"),
        ({"code": "missing_number", "severity": "warn", "hold": []}, "hold"),
        ({"code": "missing_number"}, "severity"),
        *(({"code": code, "severity": "warn"}, "cannot be overridden") for code in sorted(blocking.FIXED)),
    ],
)
def test_a_wrong_override_is_refused_and_named(override: dict[str, object], says: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=says):
        blocking.Rules.model_validate({"overrides": [override]})


def test_two_overrides_of_one_code_are_refused() -> None:
    override = {"code": "no_lines", "severity": "warn"}
    with pytest.raises(pydantic.ValidationError, match="more than once: no_lines"):
        blocking.Rules.model_validate({"overrides": [override, override]})


def test_an_unknown_code_is_no_finding() -> None:
    with pytest.raises(KeyError, match="no_such_code"):
        blocking.Rules().finding("no_such_code")


def test_rules_travel_as_json() -> None:
    own = rules("missing_due_date", "block", ["book"])
    assert blocking.Rules.model_validate_json(own.model_dump_json()) == own


def test_the_form_speaks_norwegian_and_lists_the_codes() -> None:
    schema = blocking.Rules.model_json_schema()
    override = schema["$defs"]["Override"]["properties"]
    assert override["code"]["enum"] == sorted(blocking.DEFAULTS.keys() - blocking.FIXED)
    fields = [*override.values(), *schema["properties"].values()]
    assert all(field["title"] and field["description"] for field in fields)


def test_a_postal_address_holds_distribution_on_every_channel_but_not_booking() -> None:
    for code in ("missing_postal_address", "incomplete_postal_address", "placeholder_postal_address"):
        assert blocking.DEFAULTS[code] == ("block", ("distribute",))
