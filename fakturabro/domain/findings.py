"""Findings: what a check says of a document. Values, never exceptions."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["block", "warn", "info"]
Purpose = Literal["book", "distribute", "write_back"]


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One remark on one document.

    `code` is the key of the sentences in data_quality/messages; `value` is already masked where it may name a person;
    `line` is the line of the file it was read from, where there is one.
    """

    code: str
    severity: Severity
    field: str = ""
    value: str = ""
    suggestion: str = ""
    line: int | None = None
    holds: tuple[str, ...] = ()
    """Purposes (book, distribute ...) or channels ("channel:ehf") that this finding holds."""
