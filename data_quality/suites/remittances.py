"""Files of payments: whether one is like those that the tenant sends otherwise. An unusual one waits for a person, whole."""

from __future__ import annotations

import importlib
from typing import Any

from data_quality import kinds, payment_texts_en, payment_texts_nb, suite, weights

KINDS = (
    kinds.Kind(
        name="remittance",
        words={
            "nb": kinds.Words("filen", "Lag den på nytt i regnskapssystemet."),
            "en": kinds.Words("file", "Make it anew in the accounting system."),
        },
        codes={
            code: kinds.Code(
                weight=weights.Weight("block", ("pay",)),
                is_fixed=True,
                said={"nb": kinds.Said(*payment_texts_nb.FILES[code]), "en": kinds.Said(*payment_texts_en.FILES[code])},
            )
            for code in payment_texts_nb.FILES
        },
    ),
)


def make(register: str = "") -> suite.Suite[Any]:
    """The suite; it looks at no register."""
    return suite.Suite(tables=(importlib.import_module("data_quality.payment_rules").FILES,))
