"""What `fakturabro read` says of a file. A bank's format brings its count; findings and errors become sentences here."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from decimal import Decimal
from typing import BinaryIO

import msgspec

from fakturabro.domain import findings, payments


class FileFinding(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    severity: str
    line: int | None
    message: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. `totals` are by currency: what is payable, with a minus on credit notes; of accounts what moved."""

    format: str
    documents: int
    totals: dict[str, Decimal]
    findings: list[FileFinding]


SNIFFED = 65_536
"""Bytes of a file by which it is known."""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How a format is known by the beginning of its content, and how it is summed up from an open file of any size."""

    recognise: Callable[[bytes], object]
    sum_up: Callable[[BinaryIO, pathlib.Path | None], Summary]


Counted = tuple[int, dict[str, Decimal]]
_SEVERITIES = {"block": "fatal", "warn": "warning", "info": "information"}


def of_bank_file(name: str, norwegian: Callable[[str, str], str], count: Callable[[findings.Findings], Counted]) -> Summary:
    """The summary of a file that `count` reads: how many documents, which totals. What cannot be read on is its one finding."""
    found = findings.Findings()
    try:
        documents, totals = count(found)
    except payments.ReadError as error:
        said = FileFinding(code=error.code, severity="fatal", line=error.line, message=norwegian(error.code, error.value))
        return Summary(format=name, documents=0, totals={}, findings=[said])
    said_of = [
        FileFinding(
            code=one.code,
            severity=_SEVERITIES[one.severity],
            line=one.line,
            message=(f"{one.field}: " if one.field else "") + norwegian(one.code, one.value),
        )
        for one in found
    ]
    return Summary(format=name, documents=documents, totals=totals, findings=said_of)
