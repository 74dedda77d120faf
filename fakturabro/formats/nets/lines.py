"""Bytes of any size -> records, one at a time, in flat memory; what stands around them is noted and taken away."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.nets import layout

Source = bytes | BinaryIO
LIMIT = 4_000_000_000
"""Bytes. A million payments are 162 MB."""

_BLOCK = 1 << 18
_MARGIN = 512
"""Characters that must lie ahead: more than three records with whatever stands around them."""
_BOM = b"\xef\xbb\xbf"
_NOT_LATIN = (b"\xff\xfe", b"\xfe\xff", b"N\0", b"\0N")
_END_MARKS = "\x1a\0"
_BLANK_LINES = re.compile(r"[ \t\r\n]*\n")


def recognise(data: bytes) -> bool:
    """Whether `data` begins as a transmission of Nets does (or as one that lost its first record)."""
    return re.match(rb"\s*NY\d{6}", data[:_MARGIN].removeprefix(_BOM)) is not None


class Lines:
    """Where reading stands: `text` from `at` on is not read yet."""

    def __init__(self, source: Source, found: Findings, limit: int = LIMIT) -> None:
        self._stream = io.BytesIO(source) if isinstance(source, bytes) else source
        self._found, self._limit = found, limit
        self._text, self._at, self._edge = "", 0, -1
        self._began, self._before, self._size = 0, 0, 0
        self._noted: set[str] = set()
        self._fill()
        if not self._text.strip(" \r\n\t" + _END_MARKS):
            raise payments.ReadError("empty_file", 1, 1)

    @property
    def number(self) -> int:
        """The line on which the record stands that was last given, from 1."""
        return self._before + self._text.count("\n", 0, self._began) + 1

    def transactions(self, pattern: re.Pattern[str]) -> Iterator[tuple[Any, ...]]:
        """The groups of each match, for as long as what comes next matches."""
        match = pattern.match
        while True:
            if self._at > self._edge:
                self._fill()
            text, at, edge = self._text, self._at, self._edge
            while at <= edge:
                found = match(text, at)
                if found is None:
                    return
                self._began, self._at = at, found.end()
                yield found.groups()
                at = self._at

    def next(self) -> str | None:
        """The next record: 80 characters; None at the end. Raises ReadError where a line has another length."""
        while (line := self._line()) is not None:
            plain = line.removesuffix("\r")
            if len(plain) == layout.LENGTH or (plain := self._clean(line)):
                return plain
        return None

    def coming(self) -> str:
        """Which record comes next: 30, 88 ..., "" at the end."""
        if self._at > self._edge:
            self._fill()
        return self._text[self._at + 6 : self._at + 8]

    def note(self, code: str, value: str = "", line: int | None = None) -> None:
        """What is odd, but does no harm, is said once, with the first line that has it."""
        if code not in self._noted:
            self._noted.add(code)
            self._found.add("warn", code, line=line or self.number, value=value)

    def _line(self) -> str | None:
        if self._at > self._edge:
            self._fill()
        self._began = self._at
        if self._at >= len(self._text):
            return None
        end = self._text.find("\n", self._at, self._at + _MARGIN)
        if end < 0:
            end = len(self._text)
            if end - self._at >= _MARGIN:
                raise payments.ReadError("line_length", self.number, layout.LENGTH + 1)
        self._at = end + 1
        return self._text[self._began : end]

    def _clean(self, line: str) -> str:
        """The record in a line that is not 80 characters long; "" where it holds none."""
        plain = line.rstrip(" \t\r" + _END_MARKS)
        marked = any(mark in line for mark in _END_MARKS)
        if marked or not plain:
            self.note("end_of_file_mark" if marked else "blank_line")
        if not plain:
            if blank := _BLANK_LINES.match(self._text, self._at):  # a file may have a thousand million of them
                self._at = blank.end()
            return ""
        if len(plain) <= layout.LENGTH <= len(line):
            if line[layout.LENGTH :].strip("\r" + _END_MARKS):
                self.note("trailing_blanks")
            return plain.ljust(layout.LENGTH)
        if len(plain) > layout.LENGTH and len(meant := _from_utf_8(plain)) == layout.LENGTH:
            self.note("utf_8")
            return meant
        last = self._at > len(self._text)
        code = "truncated" if last and len(plain) < layout.LENGTH else "line_length"
        raise payments.ReadError(code, self.number, min(len(plain), layout.LENGTH) + 1)

    def _fill(self) -> None:
        """Let go of what is read, and read on."""
        self._before += self._text.count("\n", 0, self._at)
        data = self._stream.read(_BLOCK)
        while data and len(data) < _MARGIN and (more := self._stream.read(_BLOCK)):
            data += more
        if not self._size:
            data = self._beginning(data)
        self._size += len(data)
        if self._size > self._limit:
            raise payments.ReadError("too_large", value=str(self._limit))
        self._text = self._text[self._at :] + data.decode("latin-1")
        self._at = self._began = 0
        self._edge = len(self._text) - _MARGIN if data else len(self._text) + _MARGIN

    def _beginning(self, data: bytes) -> bytes:
        if data.startswith(_NOT_LATIN):
            raise payments.ReadError("wrong_encoding", 1, 1)
        if data.startswith(_BOM):
            self._found.add("warn", "byte_order_mark", line=1)
        return data.removeprefix(_BOM)


def _from_utf_8(line: str) -> str:
    try:
        return line.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return line
