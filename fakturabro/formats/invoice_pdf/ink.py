"""What is really printed, and where: pages drawn by PDFium and looked at, one pixel to the point (0.35 mm).

PDFium is not made for several threads: one page at a time in a process.
"""

from __future__ import annotations

import importlib
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

MARGIN = 18.0
"""mm from the left edge that the print partner keeps for itself."""
_MM = 25.4 / 72
_PAPER = 250
"""How dark a pixel may be without being ink, of 255."""
_pdfium: Any = importlib.import_module("pypdfium2")
_internal: Any = importlib.import_module("pypdfium2.internal")
_raw: Any = importlib.import_module("pypdfium2.raw")
"""Not imported as others are: their parameters have no types, which a strict checker says of each use."""
_MOST_PIXELS = 2_000_000
_SLACK = 1.0
"""mm that a letter may reach over where its line begins."""
_lock = threading.Lock()


class Box(NamedTuple):
    """mm from the page's left and upper edge."""

    left: float
    top: float
    right: float
    bottom: float


WINDOW = Box(20.0, 47.0, 105.0, 81.0)
"""Where the recipient stands, on the first page."""
CLEAR = Box(20.0, 44.0, 105.0, 84.0)
"""Where nothing else stands: a sheet slides in its envelope."""


class SlowError(Exception):
    """A page took longer to draw than it may."""


class BrokenError(Exception):
    """PDFium cannot draw the file."""


class Spot(NamedTuple):
    """Ink on page `page`, in mm from the left and upper edge."""

    page: int
    x: float
    y: float


class Seen(NamedTuple):
    """Per page with ink in its left margin the spot farthest left; the window's text; the first spot of anything else there."""

    margin: list[Spot]
    window: str = ""
    beside: Spot | None = None


def find(pdf: bytes, seconds: float, has_window: bool) -> Seen:
    """Look at every page, at the first one's window where it `has_window`. Raises SlowError, BrokenError."""
    with _lock:
        try:
            document = _pdfium.PdfDocument(pdf)
            try:
                return _find(document, time.monotonic() + seconds, has_window)
            finally:
                document.close()
        except _pdfium.PdfiumError as error:
            raise BrokenError from error


def squeezed(text: str) -> str:
    """The letters, figures and signs of a text that every font has, in one form: what can be compared with a page."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if "!" <= sign < "\u0250" and sign != "\u00ad")


def _find(document: Any, until: float, has_window: bool) -> Seen:
    seen = Seen([])
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        try:
            whole = has_window and number == 1
            picture = _draw(page, until, page.get_width() if whole else MARGIN / _MM)
            seen.margin.extend(_leftmost(number, picture))
            if whole:
                seen = Seen(seen.margin, *_in_window(page, picture))
        finally:
            page.close()
    return seen


def _leftmost(number: int, picture: Sequence[bytes]) -> Iterator[Spot]:
    inked = [(x, y) for y, row in enumerate(picture) if (x := _first(row[: int(MARGIN / _MM)])) is not None]
    if inked:
        x, y = min(inked)
        yield Spot(number, x * _MM, y * _MM)


def _in_window(page: Any, picture: Sequence[bytes]) -> tuple[str, Spot | None]:
    """The text in the window, and ink in the clear part that is not its letters."""
    height, rows = page.get_height() * _MM, [bytearray(row) for row in picture]
    words = page.get_textpage()
    try:
        low, high = (height - WINDOW.bottom) / _MM, (height - WINDOW.top) / _MM
        text: str = words.get_text_bounded(WINDOW.left / _MM, low, WINDOW.right / _MM, high)
        for n in range(words.count_rects()):
            left, bottom, right, top = (one * _MM for one in words.get_rect(n))
            box = Box(left, height - top, right, height - bottom)
            if _is_within(box, WINDOW):
                _blank(rows, box)
    finally:
        words.close()
    for y in range(_pixel(CLEAR.top), min(_pixel(CLEAR.bottom), len(rows))):
        x = _first(rows[y][_pixel(CLEAR.left) : _pixel(CLEAR.right)])
        if x is not None:
            return text, Spot(1, CLEAR.left + x * _MM, y * _MM)
    return text, None


def _is_within(box: Box, window: Box) -> bool:
    return (
        box.left >= window.left - _SLACK
        and box.top >= window.top - _SLACK
        and box.right <= window.right + _SLACK
        and box.bottom <= window.bottom + _SLACK
    )


def _blank(rows: Sequence[bytearray], box: Box) -> None:
    first, last = max(0, _pixel(box.left) - 2), _pixel(box.right) + 3
    for row in rows[max(0, _pixel(box.top) - 2) : _pixel(box.bottom) + 3]:
        part = row[first:last]
        row[first:last] = b"\xff" * len(part)


def _first(row: bytes | bytearray) -> int | None:
    """Where the first ink of a row is."""
    if min(row, default=255) >= _PAPER:
        return None
    return next(x for x, shade in enumerate(row) if shade < _PAPER)


def _pixel(mm: float) -> int:
    return round(mm / _MM)


def _draw(page: Any, until: float, points: float) -> list[bytes]:
    """The rows of the page's left part, `points` wide, a byte per pixel. Raises SlowError."""
    width, height = round(page.get_width()), round(page.get_height())
    if width * height > _MOST_PIXELS:
        raise BrokenError
    part = min(width, int(points) + 1)
    bitmap = _pdfium.PdfBitmap.new_native(part, height, _raw.FPDFBitmap_Gray)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, part, height)
        pause = _raw.IFSDK_PAUSE()
        pause.version = 1
        _internal.set_callback(pause, "NeedToPauseNow", _timer(until))
        flags = _raw.FPDF_ANNOT | _raw.FPDF_PRINTING
        status = _raw.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, width, height, 0, flags, pause)
        _raw.FPDF_RenderPage_Close(page)
        if status != _raw.FPDF_RENDER_DONE:
            raise SlowError
        data, stride = bytes(bitmap.buffer), int(bitmap.stride)
        return [data[y * stride : y * stride + part] for y in range(height)]
    finally:
        bitmap.close()


def _timer(until: float) -> Callable[[object], bool]:
    return lambda _pause: time.monotonic() > until
