"""The report as a PDF for printing and filing: A4, PDF/A-3a and PDF/UA-1, the same content in the same order as the page.

Source: https://typst.app/docs/reference/pdf/ and https://pypi.org/project/typst/ (0.15.2)
"""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
import re
import tempfile
import threading
import unicodedata
from importlib import resources
from typing import Any, cast

import msgspec
import typst

from data_quality.report import cleaning, content, page
from fakturabro.formats.invoice_pdf import typography

_TEMPLATE = "report.typ"
_FONTS = tuple(f"files/SourceSansPro-{weight}.otf" for weight in ("Regular", "Semibold", "Bold"))
_STANDARDS: Any = ["a-3a", "ua-1"]
_ROOM = {"customer": 40.0, "name": 40.0, "lines": 50.0, "stops": 50.0, "intro": 50.0, "foot": 50.0}
_LEAST_ROOM = 30.0
"""How long a word may be (in em) before it is given places to break."""
_UNKNOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_LOCK = threading.Lock()
_Sections = dict[str, list[dict[str, dict[str, str] | None]]]


def render(report: content.Report) -> bytes:
    """The same report always gives the same bytes. A character that no font has (an emoji, say) is shown as "□"."""
    composed = msgspec.to_builtins(page.compose(report))
    safe = typography.printable(composed, _ROOM, _LEAST_ROOM)
    _keep_pictures(composed, safe)
    data = msgspec.json.encode(safe).decode()
    with _LOCK:
        try:
            return _compile(data, report)
        except typst.TypstError as error:
            unknown = _unknown(error)
            if not unknown:
                raise
            return _compile(_without(data, unknown), report)


def _keep_pictures(composed: object, safe: object) -> None:
    """The picture is markup of our own, in which nothing may be broken into lines."""
    for before, after in zip(cast("_Sections", composed)["sections"], cast("_Sections", safe)["sections"], strict=True):
        trend, copy = before["trend"], after["trend"]
        if trend and copy:
            copy["svg"] = trend["svg"].replace("system-ui, sans-serif", "Source Sans Pro")


def _compile(data: str, report: content.Report) -> bytes:
    """Through the one warm compiler: not for several threads at once."""
    made_at = report.made_at.astimezone(dt.UTC).replace(microsecond=0)
    made = _press().compiler.compile(format="pdf", sys_inputs={"page": data}, pdf_standards=_STANDARDS, timestamp=made_at)
    return cast("bytes", made)  # typst's stub allows for None and lists, which only `output` and images give


class _Press:
    """A folder with the template and the three fonts of the layout and nothing else, and a compiler that stays warm."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fakturabro-report-")
        files = ("data_quality.report", f"templates/{_TEMPLATE}"), *(("font_source_sans_pro", font) for font in _FONTS)
        for package, name in files:
            source = resources.files(package).joinpath(name)
            pathlib.Path(self._folder.name, pathlib.PurePosixPath(name).name).write_bytes(source.read_bytes())
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[self._folder.name])
        template = pathlib.Path(self._folder.name, _TEMPLATE)
        self.compiler = typst.Compiler(template, root=self._folder.name, font_paths=fonts)


@functools.cache
def _press() -> _Press:
    return _Press()


def _unknown(error: typst.TypstError) -> set[str]:
    """What no font has. A complaint quotes the whole cluster; the Latin letters and places to break in it are known."""
    quoted = "".join(_UNKNOWN.findall(error.diagnostic or error.message))
    return {c for c in _ESCAPED.sub(lambda code: chr(int(code[1], 16)), quoted) if c not in typography.KNOWN}


def _without(data: str, unknown: set[str]) -> str:
    """What no font has becomes "□"; marks that stand on letters go, since their letter may be gone too."""
    marks = {c for c in set(data) if unicodedata.category(c).startswith("M")}
    replaced: dict[int, str | None] = {
        **dict.fromkeys(map(ord, unknown), cleaning.UNREADABLE),
        **dict.fromkeys(map(ord, marks)),
    }
    return data.translate(replaced)
