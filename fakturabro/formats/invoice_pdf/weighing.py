"""What a PDF costs to draw, found without drawing it, so that a file made to exhaust whoever opens it is refused first.

The weight of a page is the bytes of its content; of what it draws from there (forms, pictures, patterns) once per drawing, all the
way down; and of a picture a sixteenth of its pixels. It is an upper bound: every drawing counts as the heaviest thing that could be
drawn there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, cast

import pypdf
from pypdf import generic

MOST = 5_000_000
"""Weight of a whole file; an invoice of three pages has some 50,000, a picture of 8 megapixels 500,000."""
_DEEPEST = 12
_DRAWINGS = re.compile(rb"\bDo\b")
_PAGE = 595.0 * 842.0


class TooHeavyError(ValueError):
    """The file would take too much to draw, or draws itself."""


def weigh(reader: pypdf.PdfReader) -> int:
    """The weight of all pages. Raises TooHeavyError, and what pypdf raises on a damaged file."""
    scale = _Scale()
    for page in reader.pages:
        content = page.get_contents()
        scale.add(scale.drawn(content.get_data() if content is not None else b"", page.get("/Resources"), 0))
        for note in cast("list[object]", resolved(page.get("/Annots")) or []):
            scale.add(sum(scale.weight(form, 1) for form in _appearances(dictionary(note).get("/AP"))))
    return scale.total


class _Scale:
    """Weighs each thing once."""

    def __init__(self) -> None:
        self.total, self._known, self._open = 0, dict[int, int](), set[int]()

    def add(self, weight: int) -> None:
        self.total += weight
        if self.total > MOST:
            raise TooHeavyError

    def drawn(self, content: bytes, resources: object, depth: int) -> int:
        """What it costs to draw this content with these resources, looked at to its last form."""
        if len(content) > MOST or depth > _DEEPEST:
            raise TooHeavyError
        found = dictionary(resources)
        forms = max((self.weight(one, depth + 1) for one in dictionary(found.get("/XObject")).values()), default=0)
        weight = len(content) + len(_DRAWINGS.findall(content)) * forms
        for pattern in dictionary(found.get("/Pattern")).values():
            weight += _tiles(dictionary(pattern)) * self.weight(pattern, depth + 1)
        for font in dictionary(found.get("/Font")).values():
            for glyph in dictionary(dictionary(font).get("/CharProcs")).values():
                weight += len(content) * self.weight(glyph, depth + 1)
        for state in dictionary(found.get("/ExtGState")).values():
            weight += self.weight(dictionary(dictionary(state).get("/SMask")).get("/G"), depth + 1)
        if weight > MOST:
            raise TooHeavyError
        return weight

    def weight(self, thing: object, depth: int) -> int:
        """A form or a picture."""
        stream = resolved(thing)
        if not isinstance(stream, generic.StreamObject):
            return 0
        if id(stream) in self._open:
            raise TooHeavyError
        if id(stream) not in self._known:
            self._open.add(id(stream))
            self._known[id(stream)] = self._fresh(stream, depth)
            self._open.discard(id(stream))
        return self._known[id(stream)]

    def _fresh(self, stream: generic.StreamObject, depth: int) -> int:
        if stream.get("/Subtype") == "/Image":
            pixels = max(0, _number(stream.get("/Width"))) * max(0, _number(stream.get("/Height")))
            return int(pixels) // 16 + self.weight(stream.get("/SMask"), depth + 1)
        return self.drawn(stream.get_data(), stream.get("/Resources"), depth)


def _appearances(value: object) -> Iterator[object]:
    """The forms of an annotation, by state or not."""
    for one in dictionary(value).values():
        found = resolved(one)
        yield from [found] if isinstance(found, generic.StreamObject) else dictionary(found).values()


def _tiles(pattern: dict[str, Any]) -> int:
    """How many times a tiling pattern is drawn to fill a page."""
    if "/XStep" not in pattern:
        return 1
    matrix = [_number(one) for one in cast("list[object]", resolved(pattern.get("/Matrix")) or [])]
    scale = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) if len(matrix) == 6 else 1.0
    area = abs(_number(pattern.get("/XStep")) * _number(pattern.get("/YStep"))) * scale
    return min(MOST, math.ceil(_PAGE / area)) if area else MOST


def _number(value: object) -> float:
    found = resolved(value)
    return float(found) if isinstance(found, int | float) else 0.0


def dictionary(value: object) -> dict[str, Any]:
    """A dictionary or a stream, wherever it lies; an empty one for anything else."""
    found = resolved(value)
    return cast("dict[str, Any]", found) if isinstance(found, generic.DictionaryObject) else {}


def resolved(value: object) -> object:
    """What an indirect reference leads to."""
    return value.get_object() if isinstance(value, generic.PdfObject) else value
