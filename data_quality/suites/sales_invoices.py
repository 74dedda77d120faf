"""Sales invoices in Severa, before Fortnox gets them. No tenant waves a finding through."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from data_quality import kinds, sales_invoice_texts_en, sales_invoice_texts_nb, suite, weights

_HOLDS, _WARNS, _WAITS = weights.Weight("block", ("transfer",)), weights.Weight("warn"), weights.Weight("info", ("transfer",))
REFUSED, WITHDRAWN = "invoice_refused", "invoice_withdrawn"
CHANGED, CANCELLED, NOT_MOVED = "invoice_changed_after_transfer", "invoice_cancelled_in_fortnox", "invoice_not_moved"
_HOLDS_STATUS = weights.Weight("block", ("mark_transferred",))
_BY_TASKS: Mapping[str, weights.Weight] = {
    **{REFUSED: _HOLDS, WITHDRAWN: _WAITS, CHANGED: _WARNS, CANCELLED: _WARNS},
    NOT_MOVED: _HOLDS_STATUS,
}
_OTHERS: Mapping[str, weights.Weight] = {
    **_BY_TASKS,
    "invoice_waits_for_original": _WAITS,
    "invoice_original_unknown": _WARNS,
    "invoice_row_several_projects": _WARNS,
}

KINDS = (
    kinds.Kind(
        name="sales_invoice",
        words={
            "nb": kinds.Words("fakturaen", "Rett fakturaen i Severa. Den overføres ved neste kjøring."),
            "en": kinds.Words("the invoice", "Correct the invoice in Severa. It goes in the next run."),
        },
        codes={
            code: kinds.Code(
                weight=_OTHERS.get(code, _HOLDS),
                is_fixed=True,
                is_found_by_task=code in _BY_TASKS,
                said={"nb": kinds.Said(*said), "en": kinds.Said(*sales_invoice_texts_en.SALES_INVOICES[code])},
            )
            for code, said in sales_invoice_texts_nb.SALES_INVOICES.items()
        },
        fields={"nb": sales_invoice_texts_nb.FIELDS, "en": sales_invoice_texts_en.FIELDS},
    ),
)


def make(register: str = "") -> suite.Suite[Any]:
    """The suite; it looks at no register."""
    rules: Any = importlib.import_module("data_quality.sales_invoice_rules")
    return suite.Suite(tables=(rules.INVOICES, rules.ROWS, rules.TEXTS))
