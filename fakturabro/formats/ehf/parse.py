"""Bytes -> an XML tree, safely: no document type declaration, nothing opened outside the bytes, no endless text."""

from __future__ import annotations

import contextlib
import re
from typing import Any, cast

from lxml import etree

from fakturabro.formats.ehf import layout, tables, values

Element = etree._Element  # pyright: ignore[reportPrivateUsage]
"""lxml has no public name for it."""

LIMIT = 20_000_000
"""Bytes. Peppol documents with attachments are rarely above 5 MB; the parser itself allows 10 MB in one element."""

_SNIFFED = 65_536


class ReadError(values.EhfError):
    """The bytes are no EHF that can be read. `line` and `column` count from 1; they are None where no place is to blame."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        place = "" if line is None else f"line {line}: " if column is None else f"line {line}, column {column}: "
        super().__init__(place + message)
        self.message, self.line, self.column = message, line, column


def recognise(data: bytes) -> bool:
    """Whether `data` begins like an EHF: its root element is a UBL 2 Invoice or CreditNote. Reads no further than that."""
    parser = etree.XMLPullParser(("start",), resolve_entities=False, no_network=True)
    with contextlib.suppress(etree.XMLSyntaxError):  # what stands before a fault still says what the file is
        parser.feed(data[:_SNIFFED])
    first = next(cast("Any", parser).read_events(), None)
    return first is not None and first[1].tag in layout.DOCUMENTS


def parse(data: bytes, limit: int = LIMIT) -> Element:
    """The root of `data`, without comments, processing instructions and indentation.

    Raises ReadError when it is too large, not well-formed, or has a document type declaration.
    """
    if len(data) > limit:
        raise ReadError(f"the file is {len(data):,} bytes and at most {limit:,} are read; send large attachments by other means")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, remove_blank_text=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = re.sub(r", line \d+, column \d+.*", "", error.msg or "no XML at all")
        raise ReadError(f"not well-formed XML: {reason}", line, column) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ReadError("a document type declaration (DTD) is not allowed in EHF: remove <!DOCTYPE ...>", 1)
    return root


def path(element: Element) -> str:
    """Where `element` stands, for people: Invoice/cac:InvoiceLine[2]/cbc:Note."""
    parent = element.getparent()
    tag = str(element.tag)
    name = tables.prefixed(tag)
    if parent is None:
        return name
    before = sum(1 for _ in element.itersiblings(tag, preceding=True))
    alone = not before and next(element.itersiblings(tag), None) is None
    return f"{path(parent)}/{name}" + ("" if alone else f"[{before + 1}]")
