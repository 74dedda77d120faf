"""By which EndToEndId a payment goes to the bank: one that was never used, so that every answer means one payment."""

from __future__ import annotations

import re

_USABLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 /?:().,'+-]{0,33}[A-Za-z0-9?:().,'+-])?")
_SAYS_NOTHING = ("NOTPROVIDED", "NOT PROVIDED")


def name_it(wanted: str, content: str, ordinal: int, names: set[str]) -> str:
    """The source's own name where it can be used and never was; otherwise one that the content and its number decide."""
    usable = _USABLE.fullmatch(wanted) and wanted.upper() not in _SAYS_NOTHING and "//" not in wanted
    name = wanted if usable and wanted not in names else f"FB{content[:24]}-{ordinal}".upper()
    names.add(name)
    return name
