"""Payments to be made. No tenant waves a finding through by a rule of its own: limits are settings, the rest people decide.

What holds a payment is one of three: REFUSED for ever, for a person to DECIDE, or a fault that only the source can mend.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from data_quality import kinds, payment_texts_en, payment_texts_nb, suite, weights

REFUSED = "same_payment_before"
"""The very same payment again: it never goes."""
CHANGED_ACCOUNT = "creditor_account_changed"
DECIDE = frozenset(
    {
        CHANGED_ACCOUNT,
        "payment_with_another_date",
        "payment_without_reference_again",
        "due_date_long_past",
        "due_date_too_far_ahead",
    }
)
"""What a person may let go, having looked."""
BY_SOURCE = "not_payable_at_source"
"""Said by the task that reads the accounting system's own list; goes when the list says otherwise."""
BY_SETTINGS = "debtor_account_not_ours"
"""Goes when the account is added to the tenant's file."""
_HOLDS, _WARNS = weights.Weight("block", ("pay",)), weights.Weight("warn")
_WEIGHTS: Mapping[str, weights.Weight] = {
    REFUSED: _HOLDS,
    "payment_with_another_date": _HOLDS,
    "payment_without_reference_again": _HOLDS,
    BY_SETTINGS: _HOLDS,
    BY_SOURCE: _HOLDS,
    "wrong_creditor_account": _HOLDS,
    CHANGED_ACCOUNT: _HOLDS,
    "creditor_account_is_ours": _WARNS,
    "creditor_without_name": _HOLDS,
    "payment_in_unknown_currency": _HOLDS,
    "amount_not_payable": _HOLDS,
    "wrong_payment_kid": _HOLDS,
    "kid_and_message": _HOLDS,
    "refused_by_banks": _HOLDS,
    "due_date_long_past": _HOLDS,
    "due_date_past": _WARNS,
    "due_date_on_day_off": _WARNS,
    "due_date_too_far_ahead": _HOLDS,
}
ELSEWHERE = frozenset({REFUSED, BY_SETTINGS, BY_SOURCE})
BROKEN = frozenset(code for code, weight in _WEIGHTS.items() if weight == _HOLDS) - DECIDE - ELSEWHERE
"""What only the source can mend: it comes again in a new file."""

KINDS = (
    kinds.Kind(
        name="payment",
        words={
            "nb": kinds.Words("betalingen", "Rett den i regnskapssystemet og send den i en ny fil."),
            "en": kinds.Words("payment", "Correct it in the accounting system and send it in a new file."),
        },
        codes={
            code: kinds.Code(
                weight=weight,
                is_fixed=True,
                is_found_by_task=code == BY_SOURCE,
                said={"nb": kinds.Said(*payment_texts_nb.PAYMENTS[code]), "en": kinds.Said(*payment_texts_en.PAYMENTS[code])},
            )
            for code, weight in _WEIGHTS.items()
        },
        fields={"nb": payment_texts_nb.FIELDS, "en": payment_texts_en.FIELDS},
    ),
)


def make(register: str = "") -> suite.Suite[Any]:
    """The suite; it looks at no register."""
    return suite.Suite(tables=(importlib.import_module("data_quality.payment_rules").PAYMENTS,))
