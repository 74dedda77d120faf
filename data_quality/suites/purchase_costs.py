"""Costs of suppliers' invoices, before they are put on a project. No tenant waves a finding through."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from data_quality import kinds, purchase_texts_en, purchase_texts_nb, suite, weights

REFUSED = "cost_unclear_in_severa"
ON_INVOICE = "cost_on_invoice"
REMOVED_IN_SEVERA = "cost_removed_in_severa"
LEFT_OUT = "picture_left_out"
UNREADABLE = "picture_unreadable"
BY_TASKS = frozenset({REFUSED, ON_INVOICE, REMOVED_IN_SEVERA, LEFT_OUT, UNREADABLE})
_HOLDS, _WARNS = weights.Weight("block", ("transfer",)), weights.Weight("warn")
_WEIGHTS: Mapping[str, weights.Weight] = {
    "purchase_not_booked": weights.Weight("info", ("transfer",)),
    "purchase_without_supplier": _WARNS,
    "cost_product_without_vat": _WARNS,
    ON_INVOICE: _WARNS,
    REMOVED_IN_SEVERA: _WARNS,
    LEFT_OUT: _WARNS,
    UNREADABLE: _WARNS,
}


def _codes(nb: Mapping[str, tuple[str, str, str]], en: Mapping[str, tuple[str, str, str]]) -> dict[str, kinds.Code]:
    return {
        code: kinds.Code(
            weight=_WEIGHTS.get(code, _HOLDS),
            is_fixed=True,
            is_found_by_task=code in BY_TASKS,
            said={"nb": kinds.Said(*nb[code]), "en": kinds.Said(*en[code])},
        )
        for code in nb
    }


KINDS = (
    kinds.Kind(
        name="purchase_cost",
        words={
            "nb": kinds.Words("prosjektkostnaden", "Rett leverandørfakturaen i Fortnox."),
            "en": kinds.Words("project cost", "Correct the supplier's invoice in Fortnox."),
        },
        codes=_codes(purchase_texts_nb.COSTS, purchase_texts_en.COSTS),
        fields={"nb": purchase_texts_nb.FIELDS, "en": purchase_texts_en.FIELDS},
    ),
    kinds.Kind(
        name="purchase_file",
        words={
            "nb": kinds.Words("bildet av leverandørfakturaen", "Legg et nytt bilde på leverandørfakturaen i Fortnox."),
            "en": kinds.Words("picture of the supplier's invoice", "Put a new picture on the supplier's invoice in Fortnox."),
        },
        codes=_codes(purchase_texts_nb.FILES, purchase_texts_en.FILES),
    ),
)


def make(register: str = "") -> suite.Suite[Any]:
    """The suite; it looks at no register."""
    return suite.Suite(tables=(importlib.import_module("data_quality.purchase_rules").COSTS,))
