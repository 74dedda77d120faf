"""The record level of Telepay: 320 characters each, in lines of 80, in lines of 320, or unbroken; with what is odd about them.

Memory does not grow with the file. Where records stand unbroken, the line in errors is the number of the record.

Source: see layout.
Assumed: a file in UTF-8 was converted after the bank made it: what counts is characters, not bytes.
"""

from __future__ import annotations

import codecs
import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.telepay import layout

Source = bytes | BinaryIO
_SNIFFED = 1_048_576
_LINE = 80
_LONGEST = 1_000
_NEEDED_OF_LAST = layout.RECORDS["99"]["records"].end
"""The blanks at the end of a file are often lost."""
_BEGINS = re.compile(rb"\s{0,200}AH[0-9 ][0-9 ]{2}TB[A-Z]{2}.{31}BETFOR[0-9]{2}", re.DOTALL)
_EMPTY = " \r\n\x1a\x00"


class Record(NamedTuple):
    """One record: `kind` is the nn of BETFORnn, `line` its first line, counted from 1, `width` how long those lines are."""

    kind: str
    line: int
    text: str
    width: int = _LINE

    def get(self, name: str) -> str:
        """What stands in a field, without the blanks around it; empty where this kind has no such field."""
        field = self._field(name)
        return self.text[field.start : field.end].strip() if field else ""

    def number(self, name: str) -> int:
        """The digits in a field, 0 for an empty one. Raises ReadError with line and column."""
        text, field = self.get(name), self._field(name)
        if field and text and not (text.isascii() and text.isdigit()):
            start = field.start
            raise payments.ReadError("no_number", self.line + start // self.width, start % self.width + 1, text)
        return int(text or 0)

    def date(self, name: str) -> dt.date | None:
        """A date YYMMDD; None where there is none, as in 000000.

        >>> Record("21", 1, "150810".rjust(86).ljust(320)).date("pay_date")
        datetime.date(2015, 8, 10)
        """
        text = self.get(name)
        try:
            return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:])) if len(text) == 6 else None
        except ValueError:
            return None

    def _field(self, name: str) -> layout.Field | None:
        return layout.RECORDS.get(self.kind, {}).get(name) or layout.HEADER.get(name)


def recognise(data: bytes) -> bool:
    """Whether `data` begins as Telepay does, input or return, whatever the file is called."""
    return _BEGINS.match(data.removeprefix(codecs.BOM_UTF8)) is not None


def records(source: Source, found: Findings) -> Iterator[Record]:
    """The records in their order. Raises ReadError for what is no record; what is odd is added to `found`."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    head = stream.read(_SNIFFED)
    if not head.strip(_EMPTY.encode()):
        raise payments.ReadError("empty_file", 1, 1)
    text = io.TextIOWrapper(cast("BinaryIO", io.BufferedReader(_Rest(head, stream))), _encoding(head, found), newline="\n")
    try:
        yield from _checked(_unbroken(text) if _is_unbroken(head) else _in_lines(text, found), found)
    except UnicodeDecodeError:
        raise payments.ReadError("bad_encoding") from None
    finally:
        text.detach()


class _Rest(io.RawIOBase):
    """What was looked at, then the rest; the stream itself is not closed."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = io.BytesIO(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override] - what BufferedReader gives
        data = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _encoding(head: bytes, found: Findings) -> str:
    if head.startswith(codecs.BOM_UTF8):
        found.add("info", "utf8", line=1)
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise payments.ReadError("bad_encoding", 1, 1, "UTF-16")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        is_utf8 = not head.isascii() and bool(decoder.decode(head))
    except UnicodeDecodeError:
        is_utf8 = False
    if is_utf8:
        found.add("info", "utf8", line=1)
    return "utf-8" if is_utf8 else "iso-8859-1"


def _is_unbroken(head: bytes) -> bool:
    return b"\n" not in head.lstrip()[: layout.LENGTH + 20].rstrip(b"\r\n\x1a ")


def _unbroken(text: io.TextIOWrapper) -> Iterator[tuple[int, int, str]]:
    number, left = 0, text.read(layout.LENGTH).lstrip(_EMPTY)
    left += text.read(layout.LENGTH - len(left))
    while left.strip(_EMPTY):
        number += 1
        yield number, layout.LENGTH, left.rstrip(_EMPTY) if len(left) < layout.LENGTH else left
        left = text.read(layout.LENGTH)


def _in_lines(text: io.TextIOWrapper, found: Findings) -> Iterator[tuple[int, int, str]]:
    """Records put together from their lines; an empty line within a record is one whose blanks were cut off."""
    width, parts, first = 0, list[str](), 1
    odd: dict[str, int] = {}
    for number, line in _lines(text):
        if not parts and not line.strip():
            odd.setdefault("blank_line", number)
            continue
        width = width or (_LINE if len(line.rstrip()) <= _LINE else layout.LENGTH)
        first = first if parts else number
        parts.append(_fitted(line, width, number, odd))
        if len(parts) * width == layout.LENGTH:
            yield first, width, "".join(parts)
            parts = []
    for code, number in odd.items():
        found.add("info", code, line=number)
    if parts:
        yield first, width, "".join(parts)


def _fitted(line: str, width: int, number: int, odd: dict[str, int]) -> str:
    if len(line.rstrip()) > width:
        raise payments.ReadError("line_too_long", number, width + 1, line[width : width + 20])
    if len(line) != width:
        odd.setdefault("short_line" if len(line) < width else "long_line", number)
    return line[:width].ljust(width)


def _lines(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    """Lines without their end, which is LF or CRLF, and without ^Z."""
    number = 0
    while line := text.readline(_LONGEST):
        number += 1
        if len(line) == _LONGEST and not line.endswith("\n"):
            raise payments.ReadError("line_too_long", number, _LINE + 1)
        yield number, line.rstrip("\r\n\x1a\x00")


def _checked(parts: Iterator[tuple[int, int, str]], found: Findings) -> Iterator[Record]:
    had_spaces = False
    for line, width, text in parts:
        if "\xa0" in text and not had_spaces:
            had_spaces = True
            found.add("info", "no_break_spaces", line=line)
        plain = text.replace("\xa0", " ")
        if not plain.startswith("AH"):
            raise payments.ReadError("no_record", line, 1, plain[:8])
        if len(plain) < (_NEEDED_OF_LAST if plain[40:48] == "BETFOR99" else layout.LENGTH):
            found.add("block", "truncated", line=line, value=plain[40:48])
            return
        if plain[40:46] != "BETFOR" or not plain[46:48].isdigit():
            raise payments.ReadError("no_record", line, 41, plain[40:48])
        yield Record(plain[46:48], line, plain.ljust(layout.LENGTH), width)
