"""Customers, articles and projects that Severa and Fortnox share, before they are carried over. No tenant waves a finding through.

The codes of all three stand with the article; a customer is a kind of its own already (customers).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from data_quality import kinds, register_texts_en, register_texts_nb, suite, weights

DELETED_NUMBER = "number_was_deleted"
REFUSED = "refused_by_register"
JUDGED_DIFFERENT = "judged_different"
BY_TASKS = frozenset({DELETED_NUMBER, REFUSED, JUDGED_DIFFERENT})
_HOLDS, _WARNS = weights.Weight("block", ("transfer",)), weights.Weight("warn")
_LEFT_OUT = frozenset({"terms_not_carried", "country_not_carried", "text_too_long", "text_with_refused_signs"})
"""Of one value, which is left out: the rest is carried over."""
_NB, _EN = register_texts_nb.ENTRIES, register_texts_en.ENTRIES
_CODES: Mapping[str, kinds.Code] = {
    code: kinds.Code(
        weight=_WARNS if code in _LEFT_OUT else _HOLDS,
        is_fixed=True,
        is_found_by_task=code in BY_TASKS,
        said={"nb": kinds.Said(*_NB[code]), "en": kinds.Said(*_EN[code])},
    )
    for code in _NB
}

KINDS = (
    kinds.Kind(
        name="article",
        words={
            "nb": kinds.Words("produktet", "Rett det i systemet der det står."),
            "en": kinds.Words("product", "Correct it in the system where it stands."),
        },
        codes=_CODES,
        fields={"nb": register_texts_nb.FIELDS, "en": register_texts_en.FIELDS},
    ),
    kinds.Kind(
        name="project",
        words={
            "nb": kinds.Words("prosjektet", "Rett det i Severa."),
            "en": kinds.Words("project", "Correct it in Severa."),
        },
    ),
)


def make(register: str = "") -> suite.Suite[Any]:
    """The suite; it looks at no register of ours."""
    rules: Any = importlib.import_module("data_quality.register_rules")
    return suite.Suite(tables=(rules.ENTRIES, rules.VALUES))
