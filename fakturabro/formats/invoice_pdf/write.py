"""From a document and its recipient to the bytes of a PDF/A-3b."""

from __future__ import annotations

import datetime as dt

import msgspec
import typst

from fakturabro.domain import documents, parties
from fakturabro.formats.invoice_pdf import content, press, sheet, typography
from fakturabro.formats.invoice_pdf.messages import Language


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
        self._press = press.Press("fakturabro.formats.invoice_pdf", "invoice.typ", ["a-3b"])

    def render(self, invoice: documents.Invoice, recipient: parties.Recipient) -> bytes:
        """The same document always gives the same bytes.

        A character that no font has is shown as "□". Raises RenderError.
        """
        issued = dt.datetime.combine(invoice.issue_date, dt.time(), dt.UTC)
        try:
            parts = msgspec.to_builtins(content.compose(invoice, recipient, self._language))
            data = msgspec.json.encode(typography.printable(parts, sheet.ROOM, sheet.LEAST_ROOM)).decode()
            return self._press.compile("sheet", data, issued)
        except (typography.UnprintableError, typst.TypstError) as error:
            raise RenderError(invoice.number, str(error)) from error
