"""A tenant's own rules: what they change, and what they may not."""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil

import pydantic
import pytest

from data_quality import blocking, rule_messages, suites

REASON = "Avtalt med klienten"


def rules(code: str, severity: str, holds: list[str] | None = None) -> blocking.Rules:
    return blocking.Rules.model_validate({"overrides": [{"code": code, "severity": severity, "holds": holds, "reason": REASON}]})


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
        ({"code": "missing_number", "severity": "warn", "reason": None}, "reason"),
        ({"code": "missing_number", "severity": "warn", "reason": "x" * 301}, "at most 300"),
        *(({"code": code, "severity": "warn"}, "cannot be overridden") for code in sorted(blocking.FIXED)),
    ],
)
def test_a_wrong_override_is_refused_and_named(override: dict[str, object], says: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=says):
        blocking.Rules.model_validate({"overrides": [{"reason": REASON, **override}]})


def test_rules_stored_before_reasons_were_asked_for_are_read_and_say_nothing_of_one() -> None:
    stored = blocking.Rules.model_validate({"overrides": [{"code": "no_lines", "severity": "off"}]})
    assert blocking.Rules.model_validate_json(stored.model_dump_json()) == stored
    assert stored.in_words() == ["Bilag uten linjer: er slått av (standard: stanser bokføring og utsending)."]
    assert stored.in_words("en") == ["Document without lines: is switched off (default: stops booking and sending)."]


def test_two_overrides_of_one_code_are_refused() -> None:
    override = {"code": "no_lines", "severity": "warn", "reason": REASON}
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


# Versions


CONTENT = {2: "e1dc5e4e508d2daa", 3: "206c3194d687b91f", 4: "8a2b8d69f7c65984", 5: "c2d323782e1a00ad", 6: "3fb6042e61fa2d17"}
"""What each version of the rules was made of, as `content` says it now."""


def content() -> str:
    """A hash over every finding's weight and every rule of the suites: what it is called, and what it expects of which columns."""
    rules = [
        (name, table.name, rule.code, rule.field, rule.expectation.expectation_type, rule.expectation.configuration.kwargs)
        for name in [one.name for one in pkgutil.iter_modules(suites.__path__)]
        for table in importlib.import_module(f"{suites.__name__}.{name}").make().tables
        for rule in table.rules
    ]
    said = json.dumps([rules, blocking.DEFAULTS, sorted(blocking.FIXED)], default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def test_rules_that_changed_have_a_new_version() -> None:
    said = content()
    assert CONTENT.get(blocking.VERSION) == said, (
        f"the rules are not those of version {blocking.VERSION}: raise weights.VERSION, say in weights.CHANGES what changed, "
        f"and put {said!r} here"
    )


def test_every_version_says_what_it_changed() -> None:
    assert list(blocking.CHANGES) == list(range(1, blocking.VERSION + 1))
    assert all(text.endswith(".") for text in blocking.CHANGES.values())


def test_a_fingerprint_is_that_of_what_the_rules_do() -> None:
    one, other = rules("missing_due_date", "block"), rules("no_lines", "warn")
    both = [blocking.Rules(overrides=(*a.overrides, *b.overrides)) for a, b in ((one, other), (other, one))]
    assert both[0].fingerprint() == both[1].fingerprint()
    prints = {some.fingerprint() for some in (blocking.Rules(), one, other, both[0], rules("missing_due_date", "off"))}
    assert len(prints) == 5
    assert rules("missing_due_date", "block", ["distribute", "book"]).fingerprint() == one.fingerprint()
    reworded = blocking.Override(code="missing_due_date", severity="block", reason="Sagt med andre ord")
    assert blocking.Rules(overrides=(reworded,)).fingerprint() == one.fingerprint()


def test_a_fingerprint_changes_with_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = blocking.Rules().fingerprint()
    monkeypatch.setattr(blocking, "VERSION", blocking.VERSION + 1)
    assert blocking.Rules().fingerprint() != before


@pytest.mark.parametrize(
    ("code", "severity", "holds", "nb", "en"),
    [
        (
            "missing_postal_address",
            "warn",
            None,
            "Kunde uten postadresse: varsler, men stanser ingenting (standard: stanser utsending). "
            "Begrunnelse: Avtalt med klienten.",
            "Customer without a postal address: warns, but stops nothing (default: stops sending). Reason: Avtalt med klienten.",
        ),
        (
            "missing_due_date",
            "block",
            ["book", "distribute", "channel:ehf"],
            "Bilag uten forfallsdato: stanser bokføring, utsending og EHF (standard: varsler, men stanser ingenting). Begrunnelse: "
            "Avtalt med klienten.",
            "Document without a due date: stops booking, sending and EHF (default: warns, but stops nothing). Reason: Avtalt med "
            "klienten.",
        ),
        (
            "ehf_rule_broken",
            "warn",
            ["channel:ehf"],
            "Brudd på reglene for EHF: varsler, og holder tilbake EHF (standard: stanser utsending). "
            "Begrunnelse: Avtalt med klienten.",
            "Rule of EHF broken: warns, and holds back EHF (default: stops sending). Reason: Avtalt med klienten.",
        ),
        (
            "no_lines",
            "off",
            None,
            "Bilag uten linjer: er slått av (standard: stanser bokføring og utsending). Begrunnelse: Avtalt med klienten.",
            "Document without lines: is switched off (default: stops booking and sending). Reason: Avtalt med klienten.",
        ),
    ],
)
def test_a_rule_of_ones_own_is_said_in_words(code: str, severity: str, holds: list[str] | None, nb: str, en: str) -> None:
    own = rules(code, severity, holds)
    assert own.in_words() == [nb]
    assert own.in_words("en") == [en]


def test_rules_are_said_in_the_order_of_the_defaults_and_braces_stay() -> None:
    first, second = ("missing_number", "Sagt av {name} %s"), ("no_lines", "Avtalt")
    own = tuple(blocking.Override(code=code, severity="warn", reason=reason) for code, reason in (second, first))
    said = blocking.Rules(overrides=own).in_words()
    assert [line.split(":")[0] for line in said] == ["Bilag uten nummer", "Bilag uten linjer"]
    assert "Sagt av {name} %s" in said[0]
    assert blocking.Rules().in_words() == []


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_rule_has_a_name_and_no_two_the_same(language: rule_messages.Language) -> None:
    names = rule_messages.NAMES[language]
    assert names.keys() == blocking.DEFAULTS.keys()
    assert len(set(names.values())) == len(names)
    assert not [name for name in names.values() if name.endswith(".") or not name[0].isupper()]
