"""TIFF as scanners and fax machines write it, to a PDF with a page for each picture: the packed strips are taken over as they are.

Source: TIFF 6.0 (Adobe, 1992); ISO 32000-1 tables 5 (filters), 11 (CCITTFaxDecode) and 89 (image dictionaries).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import pypdf
from pypdf import generic

MAGIC = (b"II*\x00", b"MM\x00*")
_SIZES = {1: "B", 3: "H", 4: "I", 7: "B"}
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_FILTERS = {1: None, 2: "/CCITTFaxDecode", 3: "/CCITTFaxDecode", 4: "/CCITTFaxDecode", 5: "/LZWDecode", 7: "/DCTDecode"} | {
    8: "/FlateDecode",
    32946: "/FlateDecode",
    32773: "/RunLengthDecode",
}
_A4 = (595.0, 842.0)
_MOST_PAGES = 500
_Tags = dict[int, list[int]]
(
    _WIDTH,
    _HEIGHT,
    _BITS,
    _COMPRESSION,
    _PHOTOMETRIC,
    _FILL_ORDER,
    _OFFSETS,
    _SAMPLES,
    _ROWS,
    _COUNTS,
    _PLANAR,
    _T4,
    _PREDICTOR,
    _TABLES,
) = (*(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 317, 347),)


class TiffError(ValueError):
    """A kind of TIFF that is not read here; the message names it."""


def to_pdf(data: bytes) -> bytes:
    """A PDF with the pictures of a TIFF. Raises TiffError, and struct.error, LookupError where it is damaged."""
    writer = pypdf.PdfWriter()
    for tags in _directories(data):
        _draw(writer, data, tags)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _directories(data: bytes) -> Iterator[_Tags]:
    order, seen = "<" if data.startswith(b"II") else ">", set[int]()
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    while at:
        if at in seen or len(seen) >= _MOST_PAGES:
            raise TiffError("the list of pictures goes in circles")
        seen.add(at)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        entries = (struct.unpack_from(f"{order}HHI", data, at + 2 + 12 * n) + (at + 10 + 12 * n,) for n in range(count))
        yield {tag: _values(data, order, kind, number, where) for tag, kind, number, where in entries if kind in _SIZES}
        (at,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)


def _values(data: bytes, order: str, kind: int, number: int, where: int) -> list[int]:
    if number > 100_000:
        raise TiffError("a tag of more than 100 000 values")
    form = f"{order}{number}{_SIZES[kind]}"
    if struct.calcsize(form) > 4:
        (where,) = struct.unpack_from(f"{order}I", data, where)
    return list(struct.unpack_from(form, data, where))


def _draw(writer: pypdf.PdfWriter, data: bytes, tags: _Tags) -> None:
    width, height, bits = tags[_WIDTH][0], tags[_HEIGHT][0], tags.get(_BITS, [1])
    samples, compression = tags.get(_SAMPLES, [1])[0], tags.get(_COMPRESSION, [1])[0]
    if compression not in _FILTERS or samples not in (1, 3) or set(bits) - {1, 8}:
        raise TiffError(f"compression {compression}, {samples} samples of {bits} bits")
    if tags.get(_PLANAR, [1])[0] != 1 or tags.get(_PHOTOMETRIC, [0])[0] not in (0, 1, 2, 6):
        raise TiffError("planes or colours")
    scale = min(_A4[0] / width, _A4[1] / height)
    page = writer.add_blank_page(width * scale, height * scale)
    rows, drawn, images = tags.get(_ROWS, [height])[0], list[str](), generic.DictionaryObject()
    for number, (offset, length) in enumerate(zip(tags[_OFFSETS], tags[_COUNTS], strict=True)):
        tall = min(rows, height - number * rows)
        if tall <= 0 or offset + length > len(data):
            raise TiffError("a strip lies outside")
        image = _image(tags, data[offset : offset + length], (width, tall))
        images[generic.NameObject(f"/I{number}")] = writer._add_object(image)  # pyright: ignore[reportPrivateUsage]
        bottom = (height - number * rows - tall) * scale
        drawn.append(f"q {width * scale:.3f} 0 0 {tall * scale:.3f} 0 {bottom:.3f} cm /I{number} Do Q")
    content = generic.StreamObject()
    content.set_data("\n".join(drawn).encode())
    page[generic.NameObject("/Contents")] = writer._add_object(content)  # pyright: ignore[reportPrivateUsage]
    page[generic.NameObject("/Resources")] = generic.DictionaryObject({generic.NameObject("/XObject"): images})


def _image(tags: _Tags, packed: bytes, size: tuple[int, int]) -> generic.StreamObject:
    """A strip as an image, unpacked by whoever shows the PDF."""
    samples, bits, photometric = tags.get(_SAMPLES, [1])[0], tags.get(_BITS, [1])[0], tags.get(_PHOTOMETRIC, [0])[0]
    compression = tags.get(_COMPRESSION, [1])[0]
    name, number = generic.NameObject, generic.NumberObject
    if tags.get(_FILL_ORDER, [1])[0] == 2:
        packed = packed.translate(_REVERSED)
    if compression == 7 and _TABLES in tags:
        packed = bytes(tags[_TABLES])[:-2] + packed[2:]
    image = generic.StreamObject()
    image._data = packed  # pyright: ignore[reportPrivateUsage]
    image[name("/Type")], image[name("/Subtype")] = name("/XObject"), name("/Image")
    image[name("/Width")], image[name("/Height")] = number(size[0]), number(size[1])
    image[name("/BitsPerComponent")] = number(bits)
    image[name("/ColorSpace")] = name("/DeviceRGB" if samples == 3 else "/DeviceGray")
    is_fax = compression in (2, 3, 4)
    if photometric == 0 and not is_fax:
        image[name("/Decode")] = generic.ArrayObject([number(1), number(0)])
    if filter_ := _FILTERS[compression]:
        image[name("/Filter")] = name(filter_)
    asked = dict[str, generic.PdfObject]()
    if is_fax:
        two_dimensional = compression == 3 and bool(tags.get(_T4, [0])[0] & 1)
        asked = {
            "/K": number(-1 if compression == 4 else int(two_dimensional)),
            "/Columns": number(size[0]),
            "/Rows": number(size[1]),
        }
        asked |= {
            "/BlackIs1": generic.BooleanObject(photometric == 1),
            "/EncodedByteAlign": generic.BooleanObject(compression == 2),
        }
    elif compression in (5, 8, 32946) and tags.get(_PREDICTOR, [1])[0] == 2:
        asked = {
            "/Predictor": number(2),
            "/Colors": number(samples),
            "/Columns": number(size[0]),
            "/BitsPerComponent": number(bits),
        }
    elif compression == 7 and photometric == 2:
        asked = {"/ColorTransform": number(0)}
    if asked:
        image[name("/DecodeParms")] = generic.DictionaryObject({name(key): value for key, value in asked.items()})
    return image
