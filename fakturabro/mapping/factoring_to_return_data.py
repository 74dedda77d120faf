"""The factoring system's movements as its interface tells them -> movements of return data."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from fakturabro.domain import return_data
from fakturabro.systems.factoring import wire

_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_LONGEST = 140


def to_movement(told: wire.Movement) -> return_data.Movement:
    """Field by field; the id as a text, as a list has it, and the text on one line. Raises return_data.AmountError.

    >>> import datetime as dt, decimal
    >>> day, amount = dt.date(2026, 11, 24), decimal.Decimal("12.5")
    >>> to_movement(wire.Movement(id=7, kind="payout", date=day, amount=amount, currency="NOK")).amount
    Decimal('12.50')
    """
    text = _UNPRINTED.sub(" ", told.text).strip()[:_LONGEST]
    fields: dict[str, Any] = {**msgspec.structs.asdict(told), "id": str(told.id), "text": text}
    return return_data.Movement(**fields)
