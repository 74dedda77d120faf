"""What banks say of one payment within an entry (TxDtls), and of the payments of an entry together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from fakturabro.domain import statements
from fakturabro.formats.iso20022 import values

_NOT_PROVIDED = "NOTPROVIDED"
_NAMES_NOTHING = frozenset({_NOT_PROVIDED, "NOTPROVIDE", "NONREF", "NOREF", "NONE"})
"""What banks write in a field that must not be empty."""


def to_part(fields: dict[str, Any], entry: statements.Entry, amount: Decimal, currency: str) -> statements.Part:
    """The payment of `amount`, signed by its own direction or the entry's."""
    get = fields.get
    direction, end_to_end_id = get("direction"), get("end_to_end_id", "")
    kids, numbers = get("kids", ()), get("numbers", ())
    return statements.Part(
        amount=-amount if (direction == "DBIT" if direction else entry.amount < 0) else amount,
        currency=currency,
        kid=kids[0] if kids else "",
        text="\n".join(get("texts") or get("additional") or ()) or get("text", ""),
        message_id=get("message_id", ""),
        batch_id=get("batch_id", ""),
        instruction_id=get("instruction_id", ""),
        end_to_end_id="" if end_to_end_id == _NOT_PROVIDED else end_to_end_id,
        reference=get("reference", ""),
        payer_name=get("payer_name", ""),
        payer_account=values.account(fields, "payer"),
        payee_name=get("payee_name", ""),
        payee_account=values.account(fields, "payee"),
        references=(*kids[1:], *numbers) if numbers or len(kids) > 1 else (),
        return_reason=get("return_reason", ""),
        stated=stated(fields),
    )


def stated(fields: dict[str, Any]) -> tuple[str, ...]:
    """What the bank says that was ordered, and what it calls the payment's own amount.

    >>> stated({"ordered": "100", "ordered_currency": "EUR", "detail": "1170.00", "detail_currency": "NOK"})
    ('100 EUR', '1170.00 NOK')
    """
    found = (name for name in ("ordered", "detail", "amount") if values.amount(fields.get(name, "")) is not None)
    return tuple(dict.fromkeys(f"{fields[name]} {fields[name + '_currency']}" for name in found))


def known_by(part: statements.Part | None) -> statements.Part | None:
    """A payment without what one file states of its origin and another leaves out."""
    return msgspec.structs.replace(part, stated=()) if part and part.stated else part


def stated_parts(fields: dict[str, Any]) -> int | None:
    """Of how many payments the bank says that an entry is."""
    counts = [values.count(text) for text in fields.get("stated_parts", ())]
    return None if not counts or None in counts else sum(filter(None, counts))


def name(reference: str) -> str:
    """The bank's reference; empty where it names nothing: NOTPROVIDED, or noughts only."""
    plain = "".join(sign for sign in reference.upper() if sign.isalnum())
    return "" if plain in _NAMES_NOTHING or not plain.strip("0X") else reference
