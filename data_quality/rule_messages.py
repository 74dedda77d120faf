"""The words about rules: what each is called, and a tenant's own rule as a sentence. For settings pages and operators' tables.

What does not belong here: the sentences about a finding (messages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from data_quality import kinds, names_en, names_nb, weights

Language = Literal["nb", "en"]
NAMES: Mapping[Language, Mapping[str, str]] = {
    "nb": {**names_nb.NAMES, **{code: one.said["nb"].name for code, one in kinds.codes().items()}},
    "en": {**names_en.NAMES, **{code: one.said["en"].name for code, one in kinds.codes().items()}},
}
"""Per code a short name without a full stop."""
_WORDS: Mapping[Language, Mapping[str, str]] = {"nb": names_nb.WORDS, "en": names_en.WORDS}


def override(code: str, own: weights.Weight | None, default: weights.Weight, reason: str, language: Language = "nb") -> str:
    """A tenant's own rule as a sentence; `own` is None when it is switched off. Raises KeyError for an unknown code.

    A rule from before reasons were asked for has none, and the sentence says nothing of it.
    """
    words, why = _WORDS[language], reason.strip().rstrip(".")
    said = words["override"].format(name=NAMES[language][code], does=_does(own, language), default=_does(default, language))
    return said + (words["reason"].format(reason=why) if why else "")


def _does(weight: weights.Weight | None, language: Language) -> str:
    """What a finding of this weight does: "varsler og holder tilbake utsending"."""
    words = _WORDS[language]
    if weight is None:
        return words["off"]
    if not weight.holds:
        return words[f"{weight.severity} holds nothing"]
    return words[weight.severity].format(_listed([words[hold] for hold in weight.holds], words["and"]))


def _listed(parts: Sequence[str], joining: str) -> str:
    return f"{', '.join(parts[:-1])} {joining} {parts[-1]}" if len(parts) > 1 else parts[0]
