"""Texts from outside as every form of the report may show them: one line, no control or direction characters, bounded.

What does not belong here: escaping (jinja2 does it), which fonts there are (pdf), what a spreadsheet takes for a formula (xlsx).
"""

from __future__ import annotations

import re
import unicodedata

UNREADABLE = "\N{WHITE SQUARE}"
"""Stands for a character that is none: half a pair, private, unassigned."""
_LONGEST = 400
_UNUSUAL = re.compile(r"[^\x20-\x7e\xa0-\xac\xae-\u024f\u2012-\u2015\u2018-\u2026\u20ac\u2212]")
_HEAPS_OF_MARKS = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")
_BLANKS = re.compile(r"[ \u00a0]{2,}")
_JOINERS = frozenset("\u200c\u200d")
_EMPTY = frozenset("\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0")
"""Letters and symbols that nobody sees."""


def line(text: str, longest: int = _LONGEST) -> str:
    """A text on one line; "…" for what comes after `longest` characters.

    >>> line("Ola\\x00 \\u202eNordmann\\r\\n=1+1 \\ud83d")
    'Ola Nordmann =1+1 □'
    """
    is_plain = len(text) <= longest and not _UNUSUAL.search(text)
    folded = text if is_plain else _plain(text[: 8 * longest])
    folded = _BLANKS.sub(" ", folded).strip(" \u00a0\u200c\u200d")
    return folded if len(folded) <= longest else folded[: longest - 1] + "…"


def _plain(text: str) -> str:
    folded = _HEAPS_OF_MARKS.sub(r"\1", text)
    return _UNUSUAL.sub(_replacement, unicodedata.normalize("NFC", folded))


def _replacement(found: re.Match[str]) -> str:
    character = found[0]
    if character.isspace() or character in _EMPTY:
        return " "
    category = unicodedata.category(character)
    if character in _JOINERS:
        return character
    if category in ("Cc", "Cf"):
        return ""
    return UNREADABLE if category in ("Cs", "Co", "Cn") else character
