"""Files to pages, and pages to one PDF: what is opened here may be hostile, so it runs in a process of its own (see __main__).

Of a PDF the pages are taken with what they show, and nothing that acts by itself: no scripts, actions, embedded files or films.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pypdf
from pypdf import errors, generic

from fakturabro.formats.purchase_pdf import pictures, tiff

_MOST_PAGES = 500
_ACTING = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"})
_BROKEN = (
    errors.PyPdfError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError, AssertionError, RuntimeError, OSError,
    NotImplementedError, struct.error, zlib.error,
)  # fmt: skip
"""What pypdf raises on files that are no PDF or a damaged one."""


class LeftOutError(ValueError):
    """A file cannot become pages; the message says why, in Norwegian."""


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """One PDF, how many pages it has, and (name, why) of what is not in it."""

    pdf: bytes
    pages: int
    left_out: tuple[tuple[str, str], ...] = ()


def join(parts: Sequence[tuple[str, bytes]]) -> Joined:
    """The pages of all parts (name, bytes) that can be read, in their order."""
    writer, left_out = pypdf.PdfWriter(), list[tuple[str, str]]()
    for name, data in parts:
        before = len(writer.pages)
        try:
            _append(writer, data)
        except (*_BROKEN, MemoryError) as error:
            while len(writer.pages) > before:
                writer.remove_page(before)
            left_out.append((name, _why(error)))
    pages, written = len(writer.pages), io.BytesIO()
    if pages:
        writer.write(written)
    return Joined(pdf=written.getvalue(), pages=pages, left_out=tuple(left_out))


def _why(error: BaseException) -> str:
    if isinstance(error, tiff.TiffError):
        return "TIFF-filer av dette slaget kan ikke leses"
    return str(error) if isinstance(error, LeftOutError) else "filen er skadet"


def _append(writer: pypdf.PdfWriter, data: bytes) -> None:
    if b"%PDF-" in data[:1024]:
        reader = _open(data)
    elif data[:4] in tiff.MAGIC:
        reader = _open(tiff.to_pdf(data))
    elif ending := pictures.ending(data):
        reader = _open(pictures.to_pdf(data, ending))
    else:
        raise LeftOutError("filtypen er ukjent")
    count = len(reader.pages)
    if not count:
        raise LeftOutError("filen har ingen sider")
    if len(writer.pages) + count > _MOST_PAGES:
        raise LeftOutError(f"det ville blitt mer enn {_MOST_PAGES} sider")
    for page in reader.pages:
        _still(page)
        writer.add_page(page)


def _open(data: bytes) -> pypdf.PdfReader:
    """One whose owner forbids things is opened; one that asks for a password is not."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise LeftOutError("filen krever passord")
    return reader


def _still(page: pypdf.PageObject) -> None:
    """Take away what would act, before the page is copied. What is filled into a form is an annotation, and is still shown."""
    for name in ("/AA", "/PieceInfo"):
        page.pop(name, None)
    kept, stated = generic.ArrayObject(), page.get("/Annots")
    for reference in cast("list[Any]", stated.get_object() if stated else []):
        one = cast("dict[str, Any]", reference.get_object())
        if one.get("/Subtype") in _ACTING:
            continue
        for name in ("/A", "/AA", "/FS", "/PA", "/Parent"):
            one.pop(name, None)
        kept.append(reference)
    page.pop("/Annots", None)
    if kept:
        page[generic.NameObject("/Annots")] = kept
