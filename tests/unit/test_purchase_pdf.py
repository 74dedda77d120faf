"""Pictures of supplier invoices as one PDF: what is a picture becomes a page, what acts is taken away, what is hostile left out."""

from __future__ import annotations

import io
import struct
import zlib

import pypdf
import pypdfium2
import pytest
from pypdf import generic

from fakturabro.formats.purchase_pdf import write
from tests.unit import hostile_pdfs

Name, Text = generic.NameObject, generic.TextStringObject


def _pdf(*, acts: bool = False, user: str = "", owner: str | None = None) -> bytes:
    writer, written = pypdf.PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(595, 842)
    if acts:
        script = generic.DictionaryObject({Name("/S"): Name("/JavaScript"), Name("/JS"): Text("app.alert(1)")})
        box = generic.ArrayObject([generic.NumberObject(one) for one in (0, 0, 9, 9)])
        for kind in ("/Link", "/FileAttachment"):
            said = {Name("/Type"): Name("/Annot"), Name("/Subtype"): Name(kind), Name("/Rect"): box, Name("/A"): script}
            annotations = page.setdefault(Name("/Annots"), generic.ArrayObject())
            annotations.append(writer._add_object(generic.DictionaryObject(said)))
        page[Name("/AA")] = generic.DictionaryObject({Name("/O"): script})
        writer.add_attachment("virus.exe", b"MZ")
    if user or owner:
        writer.encrypt(user, owner)
    writer.write(written)
    return written.getvalue()


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def _tiff(order: str, compression: int, strips: list[bytes], photometric: int, bits: int, **tags: int) -> bytes:
    """64 by 20 of two strips; `bits` for each of three colours, or 1 for black and white."""
    data, mark = b"\0" * 8, b"II*\0" if order == "<" else b"MM\0*"
    offsets: list[int] = []
    for strip in strips:
        offsets.append(len(data))
        data += strip
    places = []
    for values in (offsets, [len(one) for one in strips]):
        places.append(len(data))
        data += struct.pack(f"{order}{len(values)}I", *values)
    samples = 1 if bits == 1 else 3
    known = {256: 64, 257: 20, 258: bits, 259: compression, 262: photometric, 277: samples, 278: 10}
    known |= {int(name[1:]): value for name, value in tags.items()}
    entries = [(tag, 3, 1, struct.pack(f"{order}HH", value, 0)) for tag, value in known.items()]
    entries += [(tag, 4, len(strips), struct.pack(f"{order}I", place)) for tag, place in zip((273, 279), places, strict=True)]
    at = len(data)
    data += struct.pack(f"{order}H", len(entries))
    data += b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in sorted(entries)) + b"\0\0\0\0"
    return mark + struct.pack(f"{order}I", at) + data[8:]


BLUE, RED = b"\0\0\xff" * 64 * 10, b"\xff\0\0" * 64 * 10
RED_PICTURE = _png(40, 40, (b"\0" + b"\xff\0\0\xff" * 40) * 40)
COLOURED = _tiff("<", 8, [zlib.compress(BLUE), zlib.compress(RED)], 2, 8)
# 64 black pixels a row in group 4: each row is one horizontal run, then vertical ones
STRIPED = _tiff(">", 1, [b"\xff" * 8 * 10, b"\0" * 8 * 10], 1, 1)


def _colours(pdf: bytes, page: int) -> list[tuple[int, ...]]:
    """Red, green and blue above and below the middle of a page."""
    drawn = pypdfium2.PdfDocument(pdf)[page].render(scale=1, rev_byteorder=True)
    return [tuple(drawn.to_numpy()[drawn.height * part // 8, drawn.width // 2][:3].tolist()) for part in (3, 5)]


def test_each_kind_becomes_pages_in_their_order_and_nothing_acts() -> None:
    locked = _pdf(user="hemmelig")
    parts = [("a.pdf", _pdf(acts=True)), ("b.png", RED_PICTURE), ("låst.pdf", locked), ("c.tif", COLOURED), ("d.tif", STRIPED)]
    parts += [
        ("eier.pdf", _pdf(owner="x")),
        ("kuttet.pdf", b"%PDF-1.7 cut off"),
        ("e.docx", b"PK\3\4"),
        ("f.jpg", b"\xff\xd8\xff\0"),
    ]
    joined = write.merge(parts)
    assert joined.pages == len(pypdf.PdfReader(io.BytesIO(joined.pdf)).pages) == 5
    assert dict(joined.left_out) == {
        "låst.pdf": "filen krever passord",
        "kuttet.pdf": "filen er skadet",
        "e.docx": "filtypen er ukjent",
        "f.jpg": "filen er skadet",
    }
    red, blue, white, black = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
    assert [_colours(joined.pdf, page) for page in range(1, 4)] == [[red, red], [blue, red], [white, black]]
    assert not [word for word in (b"alert", b"JavaScript", b"virus", b"FileAttachment", b"/Encrypt") if word in joined.pdf]
    with pytest.raises(write.UnreadableError, match=r"låst\.pdf: filen krever passord"):
        write.merge([("låst.pdf", locked)])


def test_what_would_exhaust_its_reader_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "_SECONDS", 5.0)
    bomb = _png(40_000, 40_000, b"\0" * 10_000_000)
    hostile = [("bombe.png", bomb), *((f"{make.__name__}.pdf", make()) for make in (hostile_pdfs.loop, hostile_pdfs.deep))]
    joined = write.merge([("god.pdf", _pdf()), *hostile, ("rund.tif", COLOURED[:4] + struct.pack("<I", 8) + b"\0" * 40)])
    assert joined.pages >= 1
    assert {"bombe.png", "rund.tif"} <= dict(joined.left_out).keys()
    assert "god.pdf" not in dict(joined.left_out)
