"""Text that only looks like text: blanks of every Unicode kind, control and format characters, accents without a letter."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0"
"""Hangul fillers: letters by their category, nothing on paper."""
_LETTER = re.compile(rf"[^\W{INVISIBLE_LETTERS}]")
_INVISIBLE = frozenset(f"{INVISIBLE_LETTERS}\u2800\ufffc\U0001d159")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def is_blank(text: str) -> bool:
    """Whether nothing of `text` is seen on paper.

    >>> is_blank("\\u200b\\u00a0\\x00"), is_blank("\\u0301"), is_blank("-")
    (True, True, False)
    """
    return not _LETTER.search(text) and not any(map(_is_seen, text))


def filled(text: str | None) -> str | None:
    """`text` without white space around it, None when nothing of it is seen."""
    return None if not text or is_blank(text) else text.strip()


def shown(text: str) -> str:
    """`text` with every character that is not seen, or that turns the reading direction, as its code point.

    >>> shown("50\\u200b03")
    '50[U+200B]03'
    """
    plain = _UNSEEN.sub(_code_point, text)
    return "".join(map(_name, plain)) if plain and is_blank(plain) else plain


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _INVISIBLE


def _code_point(match: re.Match[str]) -> str:
    return _name(match[0])


def _name(character: str) -> str:
    return f"[U+{ord(character):04X}]"
