"""What a print partner demands of a PDF: A4 portrait, embedded fonts, no encryption, PDF 1.0 to 1.7.

The left margin of 18 mm, where the partner prints its bar code, is a matter of the layout (invoice.typ).

Source: https://github.com/difi/begrep-SikkerDigitalPost (utskrift/brev.textile) and github.com/digipost/printability-validator
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, cast

import pypdf
from pypdf import errors, generic

_A4 = (210.0, 297.0)
_TOLERANCE = 10.0
_MM = 25.4 / 72
_UNREADABLE = "Filen er ikke en lesbar PDF; lag den på nytt."
_BROKEN = (errors.PyPdfError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What pypdf raises on files that are no PDF or a damaged one."""


class UnreadableError(ValueError):
    """The bytes are no PDF that can be opened without a password: make the document again."""


def check(pdf: bytes) -> list[str]:
    """What stands against printing `pdf`, in Norwegian; empty when nothing does."""
    try:
        return list(_faults(_open(pdf)))
    except UnreadableError as error:
        return [str(error)]
    except _BROKEN:
        return [_UNREADABLE]


def pages(pdf: bytes) -> int:
    """The number of pages. Raises UnreadableError."""
    return len(_open(pdf).pages)


def _open(pdf: bytes) -> pypdf.PdfReader:
    """A reader that has found its pages."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        if not reader.is_encrypted:
            len(reader.pages)
    except _BROKEN as error:
        raise UnreadableError(_UNREADABLE) from error
    if reader.is_encrypted:
        raise UnreadableError("PDF-en er kryptert eller passordbeskyttet; lag den på nytt uten kryptering.")
    return reader


def _faults(reader: pypdf.PdfReader) -> Iterator[str]:
    if not reader.pages:
        yield "PDF-en har ingen sider."
    if (version := _version(reader)) > (1, 7):
        yield f"PDF-en er versjon {version[0]}.{version[1]}; trykkeriet tar imot 1.0 til 1.7."
    for number, page in enumerate(reader.pages, 1):
        width, height = _size(page)
        if abs(width - _A4[0]) > _TOLERANCE or abs(height - _A4[1]) > _TOLERANCE:
            yield f"Side {number} er {width:.0f} x {height:.0f} mm; trykkeriet krever stående A4 (210 x 297 mm)."
        for name in sorted({name for name, embedded in _fonts(page) if not embedded}):
            yield f"Side {number} bruker skriften {name}, som ikke ligger i PDF-en."


def _version(reader: pypdf.PdfReader) -> tuple[int, int]:
    """The higher of the file's header and its catalogue, which may each state one."""
    stated = [reader.pdf_header.removeprefix("%PDF-"), str(_dictionary(reader.trailer["/Root"]).get("/Version", "")).lstrip("/")]
    return max((int(text[0]), int(text[2])) for text in stated if len(text) >= 3 and text[0].isdigit() and text[2].isdigit())


def _size(page: pypdf.PageObject) -> tuple[float, float]:
    """Width and height in millimetres, as the page is shown."""
    width, height = float(page.cropbox.width) * _MM, float(page.cropbox.height) * _MM
    return (height, width) if page.rotation % 180 else (width, height)


def _fonts(page: pypdf.PageObject) -> Iterator[tuple[str, bool]]:
    """Name of each font that a page uses, also inside its form objects, and whether it is embedded."""
    waiting, seen = [_dictionary(page.get("/Resources"))], set[int]()
    while waiting:
        resources = waiting.pop()
        for font in _dictionary(resources.get("/Font")).values():
            yield _embedded(_dictionary(font))
        for form in _dictionary(resources.get("/XObject")).values():
            inner = _dictionary(_dictionary(form).get("/Resources"))
            if inner and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)


def _embedded(font: dict[str, Any]) -> tuple[str, bool]:
    """A composite font carries its file in its descendant; a Type 3 font is drawn in the PDF itself."""
    name = str(font.get("/BaseFont", "uten navn")).lstrip("/")
    if font.get("/Subtype") == "/Type3":
        return name, True
    descendants = cast("list[object]", _resolved(font.get("/DescendantFonts")) or [])
    descriptor = _dictionary(_dictionary(descendants[0] if descendants else font).get("/FontDescriptor"))
    return name, any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _dictionary(value: object) -> dict[str, Any]:
    found = _resolved(value)
    return cast("dict[str, Any]", found) if isinstance(found, generic.DictionaryObject) else {}


def _resolved(value: object) -> object:
    return value.get_object() if isinstance(value, generic.PdfObject) else value
