"""A warm compiler for one template: text to the bytes of a PDF, whatever characters are in it.

Source: https://typst.app/docs/reference/pdf/ and https://pypi.org/project/typst/ (0.15.2)
"""

from __future__ import annotations

import datetime as dt
import hashlib
import pathlib
import re
import tempfile
import unicodedata
from importlib import resources
from typing import Any, cast

import typst

from fakturabro.formats.invoice_pdf import typography

_FONTS = tuple(f"files/SourceSansPro-{weight}.otf" for weight in ("Light", "Regular", "Semibold", "Bold"))
STANDARDS: Any = ["a-3a", "ua-1"]
"""For archives and for screen readers. (typst's stub takes one standard only.)"""
_PNG = b"\x89"
_UNKNOWN_CHARACTERS = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class Press:
    """Costs some ten milliseconds to make and a few per page to use; not for several threads at once."""

    def __init__(self, package: str, template: str) -> None:
        self._folder = workshop(package, template)
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[self._folder.name])
        self._compiler = typst.Compiler(_place(self._folder, template), root=self._folder.name, font_paths=fonts)

    def compile(self, name: str, data: str, at: dt.datetime, **further: str) -> bytes:
        """The PDF of `data`, which the template reads under `name`; the same data and time always give the same bytes.

        `further` inputs are no text to be set: the template takes them as they are.

        A character that no font has is shown as "□", and marks that no letter took up go. Raises typst.TypstError.
        """
        try:
            return self._compile({**further, name: data}, at)
        except typst.TypstError as error:
            unknown = _unknown_characters(error)
            if not unknown:
                raise
            return self._compile({**further, name: _without(data, unknown)}, at)

    def keep(self, picture: bytes) -> str:
        """The name under which the template finds an SVG or PNG, written beside it once."""
        place = _place(self._folder, f"{hashlib.sha256(picture).hexdigest()}.{'png' if picture[:1] == _PNG else 'svg'}")
        if not place.exists():
            place.write_bytes(picture)
        return place.name

    def _compile(self, inputs: dict[str, str], at: dt.datetime) -> bytes:
        made = self._compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=at)
        return cast("bytes", made)  # typst's stub allows for None and lists, which only `output` and images give


def workshop(package: str, template: str) -> tempfile.TemporaryDirectory[str]:
    """A folder with the template and the fonts of the layout, and nothing else that a compiler could find.

    The font package has each font twice, and which of the two is found first would be chance.
    """
    folder = tempfile.TemporaryDirectory(prefix="fakturabro-pdf-")
    for owner, name in ((package, template), *(("font_source_sans_pro", font) for font in _FONTS)):
        _place(folder, name).write_bytes(resources.files(owner).joinpath(name).read_bytes())
    return folder


def _place(folder: tempfile.TemporaryDirectory[str], name: str) -> pathlib.Path:
    return pathlib.Path(folder.name, pathlib.PurePosixPath(name).name)


def _unknown_characters(error: typst.TypstError) -> set[str]:
    """What no font has. A complaint quotes the whole cluster; the Latin letters and places to break in it are known."""
    quoted = "".join(_UNKNOWN_CHARACTERS.findall(error.diagnostic or error.message))
    return {c for c in _ESCAPED.sub(lambda code: chr(int(code[1], 16)), quoted) if c not in typography.KNOWN}


def _without(data: str, unknown: set[str]) -> str:
    marks = {c for c in set(data) if unicodedata.category(c).startswith("M")}
    replaced: dict[int, str | None] = {**dict.fromkeys(map(ord, unknown), typography.MISSING), **dict.fromkeys(map(ord, marks))}
    return data.translate(replaced)
