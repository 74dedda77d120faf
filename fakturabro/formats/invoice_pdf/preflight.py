"""What a print partner demands of a PDF, measured before it leaves: A4 portrait, a left margin without ink, embedded fonts, PDF 1.0
to 1.7, no encryption, the address in the envelope's window and nothing else there.

A file that runs code, carries files other than our EHF, or is made to exhaust whoever opens it is refused before it is drawn.
Takes some 10 ms a page, at most some seconds whatever the file is; one thread at a time draws.

Source: https://github.com/difi/begrep-SikkerDigitalPost (utskrift/brev.textile) and github.com/digipost/printability-validator
Assumed: the window of a C5 envelope, 20 to 105 mm from the left and 47 to 81 mm from the top; at most 40 pages go into one.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any, cast

import pypdf
from pypdf import errors

from fakturabro.domain import parties
from fakturabro.formats.invoice_pdf import content, contraband, ink, sheet, typography, weighing

_A4 = (210.0, 297.0)
_TOLERANCE = 10.0
_MM = 25.4 / 72
_LARGEST, _MOST_PAGES, _MOST_FAULTS, _SECONDS = 10_000_000, 40, 20, 3.0
_UNREADABLE = "Filen er ikke en lesbar PDF; lag den på nytt."
_BROKEN = (
    errors.PyPdfError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError, AssertionError, RuntimeError, OSError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What pypdf raises on files that are no PDF or a damaged one."""


class UnreadableError(ValueError):
    """The bytes are no PDF that can be opened without a password: make the document again."""


def check(pdf: bytes, *, recipient: parties.Recipient | None = None) -> list[str]:
    """What stands against printing `pdf`, in Norwegian with page and measure; empty when nothing does.

    With `recipient`, the first page's window must show exactly this recipient, in Norwegian or English.
    """
    if len(pdf) > _LARGEST:
        return [f"PDF-en er {len(pdf) / 1_000_000:.0f} MB; trykkeriet tar imot {_LARGEST // 1_000_000} MB."]
    try:
        reader = _open(pdf)
        if refused := _count(reader) or list(contraband.find(reader)) or _weigh(reader) or list(_paper(reader)):
            return refused[:_MOST_FAULTS]
        return [*_faults(reader), *_ink(pdf, recipient)][:_MOST_FAULTS]
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
        reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
        if not reader.is_encrypted:
            len(reader.pages)
    except _BROKEN as error:
        raise UnreadableError(_UNREADABLE) from error
    if reader.is_encrypted:
        raise UnreadableError("PDF-en er kryptert eller passordbeskyttet; lag den på nytt uten kryptering.")
    return reader


def _count(reader: pypdf.PdfReader) -> list[str]:
    if not reader.pages:
        return ["PDF-en har ingen sider."]
    if len(reader.pages) > _MOST_PAGES:
        return [f"PDF-en har {len(reader.pages)} sider; det går høyst {_MOST_PAGES} i en konvolutt."]
    return []


def _weigh(reader: pypdf.PdfReader) -> list[str]:
    try:
        weighing.weigh(reader)
    except weighing.TooHeavyError:
        return ["PDF-en er for tung å tegne, eller tegner seg selv; lag den på nytt."]
    return []


def _ink(pdf: bytes, recipient: parties.Recipient | None) -> Iterator[str]:
    """What stands where nothing may, and what is lacking in the window."""
    try:
        seen = ink.find(pdf, _SECONDS, recipient is not None)
    except ink.SlowError:
        yield "PDF-en tar for lang tid å tegne; lag den på nytt."
        return
    except ink.BrokenError:
        yield _UNREADABLE
        return
    for spot in seen.margin:
        yield (
            f"Side {spot.page} har trykk {spot.x:.0f} mm fra venstre kant, {spot.y:.0f} mm ned; "
            f"trykkeriet krever {ink.MARGIN:.0f} mm uten trykk."
        )
    if recipient is not None and ink.squeezed(seen.window) not in _addresses(recipient):
        yield "Side 1: i konvoluttens vindu (20–105 mm fra venstre, 47–81 mm ned) står ikke mottakerens adresse, hel og alene."
    if seen.beside is not None:
        at = f"{seen.beside.x:.0f} mm fra venstre kant, {seen.beside.y:.0f} mm ned"
        yield f"Side 1 har trykk i konvoluttens vindu som ikke er adressen, {at}."


def _addresses(recipient: parties.Recipient) -> set[str]:
    """What may stand in the window, in each language."""
    windows = [list(content.to_window(recipient, language)) for language in ("nb", "en")]
    set_ = [cast("list[str]", typography.printable(lines, {}, sheet.ROOM["recipient"])) for lines in windows]
    return {ink.squeezed("".join(lines)) for lines in set_}


def _paper(reader: pypdf.PdfReader) -> Iterator[str]:
    for number, page in enumerate(reader.pages, 1):
        width, height = _size(page)
        if abs(width - _A4[0]) > _TOLERANCE or abs(height - _A4[1]) > _TOLERANCE:
            yield f"Side {number} er {width:.0f} x {height:.0f} mm; trykkeriet krever stående A4 (210 x 297 mm)."


def _faults(reader: pypdf.PdfReader) -> Iterator[str]:
    if (version := _version(reader)) > (1, 7):
        yield f"PDF-en er versjon {version[0]}.{version[1]}; trykkeriet tar imot 1.0 til 1.7."
    for number, page in enumerate(reader.pages, 1):
        for name in sorted({name for name, embedded in _fonts(page) if not embedded}):
            yield f"Side {number} bruker skriften {name}, som ikke ligger i PDF-en."


def _version(reader: pypdf.PdfReader) -> tuple[int, int]:
    """The higher of the file's header and its catalogue, which may each state one."""
    root = weighing.dictionary(reader.trailer["/Root"])
    stated = [reader.pdf_header.removeprefix("%PDF-"), str(root.get("/Version", "")).lstrip("/")]
    return max((int(text[0]), int(text[2])) for text in stated if len(text) >= 3 and text[0].isdigit() and text[2].isdigit())


def _size(page: pypdf.PageObject) -> tuple[float, float]:
    """Width and height in millimetres, as the page is shown."""
    width, height = float(page.cropbox.width) * _MM, float(page.cropbox.height) * _MM
    return (height, width) if page.rotation % 180 else (width, height)


def _fonts(page: pypdf.PageObject) -> Iterator[tuple[str, bool]]:
    """Name of each font that a page uses, also inside its form objects, and whether it is embedded."""
    waiting, seen = [weighing.dictionary(page.get("/Resources"))], set[int]()
    while waiting:
        resources = waiting.pop()
        for font in weighing.dictionary(resources.get("/Font")).values():
            yield _embedded(weighing.dictionary(font))
        for form in weighing.dictionary(resources.get("/XObject")).values():
            inner = weighing.dictionary(weighing.dictionary(form).get("/Resources"))
            if inner and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)


def _embedded(font: dict[str, Any]) -> tuple[str, bool]:
    """A composite font carries its file in its descendant; a Type 3 font is drawn in the PDF itself."""
    name = str(font.get("/BaseFont", "uten navn")).lstrip("/")
    if font.get("/Subtype") == "/Type3":
        return name, True
    descendants = cast("list[object]", weighing.resolved(font.get("/DescendantFonts")) or [])
    descriptor = weighing.dictionary(weighing.dictionary(descendants[0] if descendants else font).get("/FontDescriptor"))
    return name, any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
