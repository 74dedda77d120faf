"""A tenant's logo, SVG or PNG: small, harmless, and drawn by the compiler that will draw it on each document.

Source: https://www.w3.org/TR/SVG2/ and https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import pathlib
import re
import struct
import tempfile

import typst
from lxml import etree

from fakturabro.formats.invoice_pdf import press

Element = etree._Element  # pyright: ignore[reportPrivateUsage]
"""lxml has no public name for it."""
LARGEST = 128 * 1024
"""In bytes; the logo lies in every PDF."""
_MOST_PIXELS = 2_000_000
_MOST_SHAPES = 5_000
_PAGE = '#set document(title: "a", date: datetime(year: 2026, month: 1, day: 1))\n#image("logo{ending}", alt: "a")'
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = ("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "clipPath")
_KNOWN = frozenset((*_DRAWN, "linearGradient", "radialGradient", "stop", "title", "desc", "metadata", "style"))
_ELSEWHERE = re.compile(r"@import|\burl\s*\((?!\s*['\"]?\s*#)", re.IGNORECASE)


class LogoError(ValueError):
    """The file is no logo that can stand on an invoice; the message says why and what to do, in Norwegian."""


def check(data: bytes) -> str:
    """The file's ending, ".svg" or ".png". Raises LogoError for what is too large, active, refers elsewhere or cannot be drawn."""
    if len(data) > LARGEST:
        raise LogoError(f"Logoen er på {len(data) // 1024} kB; høyst {LARGEST // 1024} kB går. Lagre den mindre, helst som SVG.")
    ending = ".png" if data.startswith(_PNG) else ".svg"
    if ending == ".png":
        _check_png(data)
    else:
        _check_svg(data)
    _check_drawn(data, ending)
    return ending


def _check_png(data: bytes) -> None:
    width, height = struct.unpack(">II", data[16:24].ljust(8, b"\0"))
    if not 0 < width * height <= _MOST_PIXELS:
        raise LogoError(f"Logoen er {width} x {height} punkter; høyst {_MOST_PIXELS // 1_000_000} millioner går. Lagre den mindre.")


def _check_svg(data: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise LogoError(f"Logoen er verken PNG eller lesbar SVG ({error.msg}). Eksporter den på nytt.") from error
    if root.tag != f"{_SVG}svg":
        raise LogoError("Logoen er verken PNG eller SVG. Eksporter den som en av dem.")
    if root.getroottree().docinfo.doctype:
        raise LogoError("SVG-en har en DOCTYPE. Eksporter den som vanlig SVG, uten DOCTYPE og entiteter.")
    for element in root.iter(etree.Element):
        _check_element(element)
    try:
        drawn = _shapes(root, {one.get("id", ""): one for one in root.iter(etree.Element)}, {})
    except RecursionError:
        drawn = _MOST_SHAPES + 1
    if drawn > _MOST_SHAPES:
        raise LogoError(f"SVG-en tegner mer enn {_MOST_SHAPES} former, eller viser til seg selv. Forenkle den.")


def _check_element(element: Element) -> None:
    name = str(element.tag)
    if name.startswith(_SVG) and (plain := name.removeprefix(_SVG)) not in _KNOWN:
        hint = "Gjør teksten om til kurver." if plain in ("text", "tspan") else "Eksporter den som enkle former uten det."
        raise LogoError(f"SVG-en har <{plain}>, som ikke går i en logo. {hint}")
    for key, value in element.attrib.items():
        attribute = etree.QName(key).localname.lower()
        if attribute.startswith("on") or (attribute == "href" and not value.startswith("#")) or _ELSEWHERE.search(value):
            raise LogoError(f"SVG-en viser ut av seg selv eller har skript ({attribute}). Eksporter den uten.")
    if _ELSEWHERE.search(element.text or ""):
        raise LogoError("SVG-ens stiler viser ut av seg selv. Eksporter den uten.")


def _shapes(element: Element, named: dict[str, Element], counted: dict[Element, int]) -> int:
    """How many shapes are drawn when every <use> has been followed; one that leads round in a ring counts as too many."""
    if element not in counted:
        counted[element] = _MOST_SHAPES + 1  # while it is being counted
        inner = [*element.iterchildren(etree.Element)]
        href = next((value for key, value in element.attrib.items() if etree.QName(key).localname == "href"), "")
        inner += [named[href[1:]]] if href[1:] in named and element.tag == f"{_SVG}use" else []
        counted[element] = 1 + sum(_shapes(one, named, counted) for one in inner)
    return counted[element]


def _check_drawn(data: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory(prefix="fakturabro-logo-") as folder:
        page = pathlib.Path(folder, "page.typ")
        page.with_name(f"logo{ending}").write_bytes(data)
        page.write_text(_PAGE.format(ending=ending), encoding="utf-8")
        try:
            typst.compile(page, root=page.parent, format="pdf", ignore_system_fonts=True, pdf_standards=press.STANDARDS)
        except typst.TypstError as error:
            raise LogoError(f"Logoen kan ikke tegnes ({error}). Eksporter den på nytt.") from error
