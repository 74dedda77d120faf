"""From a document and its recipient to the bytes of a PDF/A-3b.

Source: https://typst.app/docs/reference/pdf/ and https://pypi.org/project/typst/ (0.15.2)
"""

from __future__ import annotations

import datetime as dt
import pathlib
import re
import tempfile
import unicodedata
from importlib import resources
from typing import cast

import msgspec
import typst

from fakturabro.domain import documents, parties
from fakturabro.formats.invoice_pdf import content, sheet, typography
from fakturabro.formats.invoice_pdf.messages import Language

_TEMPLATE = "invoice.typ"
_FONTS = tuple(f"files/SourceSansPro-{weight}.otf" for weight in ("Regular", "Semibold", "Bold"))
_UNKNOWN_CHARACTERS = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class RenderError(Exception):
    """A document cannot be shown as PDF; the message names its number and the reason. Other documents are not touched."""

    def __init__(self, number: str, reason: str) -> None:
        super().__init__(f"document {number} cannot be rendered as PDF: {reason}")
        self.number = number
        self.reason = reason


class Renderer:
    """A warm compiler. Costs some ten milliseconds to make and a few per page to use; not for several threads at once."""

    def __init__(self, language: Language = "nb") -> None:
        self._language: Language = language
        self._folder = _workshop()
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[self._folder.name])
        template = pathlib.Path(self._folder.name, _TEMPLATE)
        self._compiler = typst.Compiler(template, root=self._folder.name, font_paths=fonts)

    def render(self, invoice: documents.Invoice, recipient: parties.Recipient) -> bytes:
        """The same document always gives the same bytes.

        A character that no font has is shown as "□". Raises RenderError.
        """
        try:
            parts = msgspec.to_builtins(content.compose(invoice, recipient, self._language))
            data = msgspec.json.encode(typography.printable(parts, sheet.ROOM, sheet.LEAST_ROOM)).decode()
            return self._compile(data, invoice)
        except (typography.UnprintableError, typst.TypstError) as error:
            raise RenderError(invoice.number, str(error)) from error

    def _compile(self, data: str, invoice: documents.Invoice) -> bytes:
        """Where a font is missing, once more without the unknown characters and without marks that no letter took up."""
        try:
            return self._pdf(data, invoice)
        except typst.TypstError as error:
            unknown = _unknown_characters(error)
            if not unknown:
                raise
            marks = {c for c in set(data) if unicodedata.category(c).startswith("M")}
            replaced: dict[int, str | None] = {
                **dict.fromkeys(map(ord, unknown), typography.MISSING),
                **dict.fromkeys(map(ord, marks)),
            }
            return self._pdf(data.translate(replaced), invoice)

    def _pdf(self, data: str, invoice: documents.Invoice) -> bytes:
        issued = dt.datetime.combine(invoice.issue_date, dt.time(), dt.UTC)
        pdf = self._compiler.compile(format="pdf", sys_inputs={"sheet": data}, pdf_standards=["a-3b"], timestamp=issued)
        return cast("bytes", pdf)  # typst's stub allows for None and lists, which only `output` and images give


def _workshop() -> tempfile.TemporaryDirectory[str]:
    """A folder with the template and the three fonts of the layout, and nothing else that the compiler could find.

    The font package has each font twice, and which of the two is found first would be chance.
    """
    folder = tempfile.TemporaryDirectory(prefix="fakturabro-pdf-")
    for package, name in (("fakturabro.formats.invoice_pdf", _TEMPLATE), *(("font_source_sans_pro", font) for font in _FONTS)):
        source = resources.files(package).joinpath(name)
        pathlib.Path(folder.name, pathlib.PurePosixPath(name).name).write_bytes(source.read_bytes())
    return folder


def _unknown_characters(error: typst.TypstError) -> set[str]:
    """What no font has. A complaint quotes the whole cluster; the Latin letters and places to break in it are known."""
    quoted = "".join(_UNKNOWN_CHARACTERS.findall(error.diagnostic or error.message))
    return {c for c in _ESCAPED.sub(lambda code: chr(int(code[1], 16)), quoted) if c not in typography.KNOWN}
