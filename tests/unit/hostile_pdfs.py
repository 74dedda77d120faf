"""PDFs made to exhaust whoever opens them, or to do something on their own. `python -m tests.unit.hostile_pdfs` checks each under a
limit on memory, and prints a JSON object: per name the seconds it took and what was said."""

from __future__ import annotations

import io
import json
import resource
import sys
import time
import zlib
from collections.abc import Callable, Iterator

import pypdf
from pypdf import generic

from fakturabro.formats.invoice_pdf import preflight

Name, Number = generic.NameObject, generic.NumberObject
_MEMORY = 1_500_000_000


def _written(writer: pypdf.PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _stream(data: bytes, **entries: generic.PdfObject) -> generic.StreamObject:
    """Packed in several layers where it is much, so that the file is small."""
    stream = generic.StreamObject()
    layers = 2 if len(data) > 1_000_000 else 1
    for _ in range(layers):
        data = zlib.compress(data, 1)
    stream._data = data
    stream[Name("/Filter")] = generic.ArrayObject([Name("/FlateDecode")] * layers)
    stream.update({Name(f"/{key}"): value for key, value in entries.items()})
    return stream


def _with(content: bytes, xobjects: dict[str, generic.PdfObject] | None = None, writer: pypdf.PdfWriter | None = None) -> bytes:
    writer = writer or pypdf.PdfWriter()
    page = writer.add_blank_page(595, 842)
    page[Name("/Contents")] = writer._add_object(_stream(content))
    drawn = generic.DictionaryObject({Name(f"/{key}"): value for key, value in (xobjects or {}).items()})
    page[Name("/Resources")] = generic.DictionaryObject({Name("/XObject"): drawn})
    return _written(writer)


def _form(data: bytes, inner: dict[str, generic.PdfObject] | None = None) -> generic.StreamObject:
    drawn = generic.DictionaryObject({Name(f"/{key}"): value for key, value in (inner or {}).items()})
    resources = generic.DictionaryObject({Name("/XObject"): drawn})
    box = generic.ArrayObject([Number(one) for one in (0, 0, 595, 842)])
    return _stream(data, Subtype=Name("/Form"), BBox=box, Resources=resources)


def laughs() -> bytes:
    """Forms that draw forms, ten times ten times ..."""
    writer = pypdf.PdfWriter()
    inner = writer._add_object(_form(b"0 0 10 10 re f\n"))
    for _ in range(9):
        inner = writer._add_object(_form(b"/A Do\n" * 10, {"A": inner}))
    return _with(b"/A Do\n" * 10, {"A": inner}, writer)


def loop() -> bytes:
    writer = pypdf.PdfWriter()
    form = _form(b"/A Do")
    reference = writer._add_object(form)
    form["/Resources"]["/XObject"][Name("/A")] = reference
    return _with(b"/A Do", {"A": reference}, writer)


def deep() -> bytes:
    writer = pypdf.PdfWriter()
    inner = writer._add_object(_form(b"0 0 10 10 re f"))
    for _ in range(3_000):
        inner = writer._add_object(_form(b"/A Do", {"A": inner}))
    return _with(b"/A Do", {"A": inner}, writer)


def picture() -> bytes:
    image = _stream(
        b"\x00" * 60_000_000,
        Subtype=Name("/Image"),
        Width=Number(60_000),
        Height=Number(60_000),
        BitsPerComponent=Number(8),
        ColorSpace=Name("/DeviceGray"),
    )
    writer = pypdf.PdfWriter()
    return _with(b"595 0 0 842 0 0 cm /A Do", {"A": writer._add_object(image)}, writer)


def many_pictures() -> bytes:
    image = _stream(
        b"\x00" * 9_000_000, Subtype=Name("/Image"), Width=Number(3_000), Height=Number(3_000), BitsPerComponent=Number(8),
        ColorSpace=Name("/DeviceGray"),
    )  # fmt: skip
    writer = pypdf.PdfWriter()
    return _with(b"/A Do\n" * 20_000, {"A": writer._add_object(image)}, writer)


def tiles() -> bytes:
    pattern = _stream(
        b"0 0 1 1 re f\n" * 200,
        PatternType=Number(1),
        PaintType=Number(1),
        TilingType=Number(1),
        BBox=generic.ArrayObject([Number(one) for one in (0, 0, 1, 1)]),
        XStep=generic.FloatObject("0.01"),
        YStep=generic.FloatObject("0.01"),
        Resources=generic.DictionaryObject(),
    )
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(595, 842)
    page[Name("/Contents")] = writer._add_object(_stream(b"/Pattern cs /P scn 0 0 595 842 re f"))
    patterns = generic.DictionaryObject({Name("/P"): writer._add_object(pattern)})
    page[Name("/Resources")] = generic.DictionaryObject({Name("/Pattern"): patterns})
    return _written(writer)


def pages() -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(41):
        writer.add_blank_page(595, 842)
    return _written(writer)


def tree_loop() -> bytes:
    """The pages' tree has itself for a branch."""
    writer = pypdf.PdfWriter()
    tree = writer.root_object["/Pages"]
    tree[Name("/Kids")] = generic.ArrayObject([writer.root_object.raw_get("/Pages")])
    tree[Name("/Count")] = Number(1)
    return _written(writer)


def _acting(change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    change(writer)
    return _written(writer)


def _note(writer: pypdf.PdfWriter, subtype: str, action: str) -> None:
    act = generic.DictionaryObject({Name("/S"): Name(action), Name("/JS"): generic.TextStringObject("app.alert(1)")})
    box = generic.ArrayObject([Number(one) for one in (0, 0, 9, 9)])
    note = generic.DictionaryObject({Name("/Subtype"): Name(subtype), Name("/Rect"): box, Name("/A"): act})
    writer.pages[0][Name("/Annots")] = generic.ArrayObject([note])


def _open_with_code(writer: pypdf.PdfWriter) -> None:
    code = generic.DictionaryObject({Name("/S"): Name("/JavaScript"), Name("/JS"): generic.TextStringObject("app.alert(1)")})
    writer.root_object[Name("/OpenAction")] = code


def _form_to_fill_in(writer: pypdf.PdfWriter) -> None:
    form = generic.DictionaryObject({Name("/Fields"): generic.ArrayObject([generic.DictionaryObject()])})
    writer.root_object[Name("/AcroForm")] = form


def all_of_them() -> Iterator[tuple[str, bytes]]:
    for make in (laughs, loop, deep, picture, many_pictures, tiles, pages, tree_loop):
        yield make.__name__, make()
    yield "much content", _with(b"0 0 1 1 re f\n" * 600_000)
    yield "slow curves", _with(b"0 0 m " + b"9 9 500 9 1 800 c " * 250_000 + b" S")
    yield "slow letters", _with(b"BT /F1 900 Tf " + b"(" + b"W" * 4_900_000 + b") Tj ET")
    yield "large file", b"%PDF-1.7\n" + bytes(11_000_000)
    yield "large page", _acting(lambda writer: writer.add_blank_page(1e9, 1e9))
    yield (
        "many objects",
        b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n1\nendobj\n" % n for n in range(1, 150_000)) + b"trailer <</Root 1 0 R>>",
    )
    yield "code", _acting(_open_with_code)
    yield "code in a link", _acting(lambda writer: _note(writer, "/Link", "/JavaScript"))
    yield "a program in a link", _acting(lambda writer: _note(writer, "/Link", "/Launch"))
    yield "film", _acting(lambda writer: _note(writer, "/Screen", "/GoTo"))
    yield "form", _acting(_form_to_fill_in)
    yield "program", _acting(lambda writer: writer.add_attachment("faktura.exe", b"MZ"))
    yield "xml by name only", _acting(lambda writer: writer.add_attachment("faktura.xml", b"MZ"))
    yield "two files", _acting(lambda writer: [writer.add_attachment(f"{n}.xml", b"<x/>") for n in "ab"])


def main() -> None:
    made = list(all_of_them())
    preflight.check(made[0][1])
    preflight._SECONDS = 1.0
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    said: dict[str, tuple[float, list[str]]] = {}
    for name, pdf in made:
        start = time.process_time()
        faults = preflight.check(pdf)
        said[name] = (time.process_time() - start, faults)
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
