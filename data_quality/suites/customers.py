"""Customer cards: what would hold or mark the next document to this customer, found before there is one.

The rules are those for the buyer of a document (recipient_rules), on the card as it stands.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

from data_quality import kinds, recipient_rows, suite

if TYPE_CHECKING:
    from data_quality import checking

KINDS = (
    kinds.Kind(
        name="customer",
        words={
            "nb": kinds.Words("neste faktura", "Rett opplysningen før neste faktura lages."),
            "en": kinds.Words("next invoice", "Correct it before the next invoice is made."),
        },
    ),
)


def _rows(subject: checking.CardSubject) -> tuple[tuple[int | str | None, ...], ...]:
    return ((subject.id, *recipient_rows.of_card(subject.card)),)


@functools.cache
def make(register: str = "") -> suite.Suite[checking.CardSubject]:
    """The suite with the register of post codes in the file `register`; empty: the shipped one."""
    rules: Any = importlib.import_module("data_quality.recipient_rules")
    cards = suite.Table(
        name="customer cards",
        columns=("id", *recipient_rows.COLUMNS),
        rows=_rows,
        rules=(*rules.NAME, *rules.address(register), *rules.ORGANISATION_NUMBER, *rules.EMAILS),
    )
    return suite.Suite(tables=(cards,))
