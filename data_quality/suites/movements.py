"""Movements at the factoring company, before they are posted in the client's books. No tenant waves a finding through."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from data_quality import kinds, movement_texts_en, movement_texts_nb, suite, weights

_HOLDS, _WARNS = weights.Weight("block", ("return_data",)), weights.Weight("warn")
BY_ITSELF = (
    *("kind_without_posting", "names_no_buyer", "no_amount", "vat_incomplete", "vat_not_expected", "bad_vat_rate", "vat_differs"),
)
"""Found by fakturabro.domain.return_data.check: what is wrong whatever PowerOffice says."""
REFUSED = "refused_by_poweroffice"
TOLD_OTHERWISE = "told_otherwise"
OVERPAID = "overpaid"
BY_RECONCILIATION = ("reversed_by_hand", "paid_by_hand", "matched_otherwise", "open_differs", OVERPAID)
"""Said of what was posted, and of invoices, when the books are compared."""
_BY_TASKS: Mapping[str, weights.Weight] = {
    **dict.fromkeys(BY_ITSELF, _HOLDS),
    REFUSED: _HOLDS,
    **dict.fromkeys((TOLD_OTHERWISE, *BY_RECONCILIATION), _WARNS),
}
_WARNING = frozenset({"dated_ahead", "credited_meanwhile"})
_BY_SUITE: Mapping[str, weights.Weight] = {
    code: _WARNS if code in _WARNING else _HOLDS for code in movement_texts_nb.MOVEMENTS if code not in _BY_TASKS
}

KINDS = (
    kinds.Kind(
        name="movement",
        words={
            "nb": kinds.Words("bevegelsen", "Be factoringselskapet ta den tilbake og melde den på nytt."),
            "en": kinds.Words("movement", "Ask the factoring company to take it back and to tell it anew."),
        },
        codes={
            code: kinds.Code(
                weight=weight,
                is_fixed=True,
                is_found_by_task=code in _BY_TASKS,
                said={"nb": kinds.Said(*movement_texts_nb.MOVEMENTS[code]), "en": kinds.Said(*movement_texts_en.MOVEMENTS[code])},
            )
            for code, weight in {**_BY_TASKS, **_BY_SUITE}.items()
        },
        fields={"nb": movement_texts_nb.FIELDS, "en": movement_texts_en.FIELDS},
    ),
)


def make(register: str = "") -> suite.Suite[Any]:
    """The suite; it looks at no register."""
    rules: Any = importlib.import_module("data_quality.movement_rules")
    return suite.Suite(tables=(rules.MOVEMENTS, rules.PLACES))
