"""Which file names are what: globs for each kind, as each bank has its own. They select; what a file is, its content decides."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import Literal

import msgspec

BankKind = Literal["remittance", "payment_list", "status", "debits", "credits", "statement", "ocr_giro", "mandates", "telepay"]
"""pain.001, a table, pain.002, camt.054 out, camt.054 in, camt.053, OCR giro, AvtaleGiro's FBO file, Telepay's return file."""
Kind = Literal[BankKind, "movement_list"]
"""And what a factoring system exports."""


class Pattern(msgspec.Struct, frozen=True):
    """Names of one kind: "P.*.P002.*.XML". Case does not matter; "*", "?" and "[abc]" as in a shell."""

    kind: Kind
    glob: str


def find(name: str, patterns: Iterable[Pattern]) -> Kind | None:
    """The kind by the first pattern that fits; None for what is none of ours.

    >>> find("p.991825827.001.p002.1.xml", [Pattern("status", "P.*.P002.*"), Pattern("remittance", "*.xml")])
    'status'
    """
    plain = name.casefold()
    return next((one.kind for one in patterns if fnmatch.fnmatchcase(plain, one.glob.casefold())), None)
