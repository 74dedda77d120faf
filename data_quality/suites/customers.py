"""The suite for customer cards: what would hold or mark the next document to this customer, found before there is one.

The rules are those for the buyer of a document (recipient_rules), on the card as it stands.
"""

from __future__ import annotations

import functools

from data_quality import checking, recipient_rows, recipient_rules, suite


def _rows(subject: checking.CardSubject) -> tuple[tuple[int | str | None, ...], ...]:
    return ((subject.id, *recipient_rows.of_card(subject.card)),)


@functools.cache
def make(register: str = "") -> suite.Suite[checking.CardSubject]:
    """The suite with the register of post codes in the file `register`; empty: the shipped one."""
    cards = suite.Table(
        name="customer cards",
        columns=("id", *recipient_rows.COLUMNS),
        rows=_rows,
        rules=(
            *recipient_rules.NAME,
            *recipient_rules.address(register),
            *recipient_rules.ORGANISATION_NUMBER,
            *recipient_rules.EMAILS,
        ),
    )
    return suite.Suite(tables=(cards,))
