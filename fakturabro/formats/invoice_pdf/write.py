"""From a document and its recipient to the bytes of a PDF/A-3a that people with a screen reader can read too (PDF/UA-1).

Source: https://typst.app/docs/reference/pdf/ (standards, attachments)
Assumed: the compiler keeps the standards that it says it keeps; veraPDF could not be asked.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import typst

from fakturabro.domain import documents, parties
from fakturabro.formats.invoice_pdf import brands, content, press, sheet, typography
from fakturabro.formats.invoice_pdf.messages import Language

_NEUTRAL = brands.Brand()


class RenderError(Exception):
    """A document cannot be shown as PDF; the message names its number and the reason. Other documents are not touched."""

    def __init__(self, number: str, reason: str) -> None:
        super().__init__(f"document {number} cannot be rendered as PDF: {reason}")
        self.number = number
        self.reason = reason


class Renderer:
    """A warm compiler for all brands and languages. Ten milliseconds to make, some per page; not for several threads at once."""

    def __init__(self) -> None:
        self._press = press.Press("fakturabro.formats.invoice_pdf", "invoice.typ")

    def render(
        self,
        invoice: documents.Invoice,
        recipient: parties.Recipient,
        *,
        brand: brands.Brand = _NEUTRAL,
        language: Language = "nb",
        ehf: bytes | None = None,
    ) -> bytes:
        """The same document always gives the same bytes; `ehf` lies in them unchanged, as an alternative of what is shown.

        A character that no font has is shown as "□". Raises RenderError.
        """
        issued = dt.datetime.combine(invoice.issue_date, dt.time(), dt.UTC)
        try:
            logo = self._press.keep(brand.logo) if brand.logo else ""
            attached = (ehf or b"").decode()
            parts = msgspec.to_builtins(content.compose(invoice, recipient, language, brand, logo=logo, ehf=bool(attached)))
            data = msgspec.json.encode(typography.printable(parts, sheet.ROOM, sheet.LEAST_ROOM)).decode()
            return self._press.compile("sheet", data, issued, ehf=attached)
        except (typography.UnprintableError, UnicodeDecodeError, typst.TypstError) as error:
            raise RenderError(invoice.number, str(error)) from error
        except ArithmeticError as error:
            raise RenderError(invoice.number, "it states a sum that is no number; mend it in the source") from error
