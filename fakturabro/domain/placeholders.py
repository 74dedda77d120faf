"""What stands in a postal address that nobody lives at: "Ukjent", "-", "0000".

What does not belong here: what is blank (blanks), and whether a code and a place fit each other (data_quality/postcodes).
"""

from __future__ import annotations

import re

from fakturabro.domain import blanks

_SIGNS = rf"[\W_{blanks.INVISIBLE_LETTERS}]+"
_NAMED = r"(?:(?:gate|post|faktura)?adresse|poststed|sted|bopel|bosted)"
_LACKING = (
    r"(?:ukjen[td]|mangl[ea]r|uoppgi(?:tt|eve)|uoppgjeve|hemmelig|sperret|fortrolig|skjult"
    r"|ikkje\s+(?:oppgitt|oppgjeve|registrert|kjend)|ikke\s+(?:oppgitt|registrert|kjent|utfylt))"
)
TEXT = (
    rf"(?i)^(?:(?:0+|9999)\s+)?(?:{_SIGNS}|0+|x+|(?:gate|post)?adresse|poststed"
    rf"|(?:{_NAMED}\s*)?(?:er\s+)?{_LACKING}|{_LACKING}\s+{_NAMED}|ingen|(?:ing(?:en|a)|uten|utan)\s+(?:(?:fast|kjent)\s+)?{_NAMED}"
    r"|unknown(?:\s+address)?|no\s+address|n/a|n\.\s?a|none|null|tb[ad])\.?$"
)
"""An address line or a place, whole: "Nullvegen 1" is an address."""
NO_CODE = rf"(?!(?:{_SIGNS}|0+|9999|x+)$).*"
"""A Norwegian post code that is none. Outside Norway "0000" and "-" are how a card without post codes is filled in."""
_TEXT, _NO_CODE = re.compile(TEXT), re.compile(NO_CODE)


def is_text(text: str) -> bool:
    """Whether an address line or a place is a placeholder.

    >>> is_text("Ukjent"), is_text("-"), is_text("Ukjentveien 3")
    (True, True, False)
    """
    return _TEXT.search(text) is not None


def is_code(text: str) -> bool:
    """Whether a Norwegian post code is a placeholder.

    >>> is_code("0000"), is_code("0155")
    (True, False)
    """
    return _NO_CODE.fullmatch(text) is None
