"""Payments of the ledger -> a file to the bank: their batches, and the name that the file goes by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from fakturabro.domain import batching, payments
from fakturabro.formats.iso20022 import characters

_LONGEST = 28
"""Of a file's name: "-12" for the next file of the same payments and "-3" for a batch still fit into 35 characters."""


def to_stem(source_message_id: str, sha256: bytes) -> str:
    """The name of the files that come of one of the source's: its own where it is usable, otherwise one that its content decides.

    >>> to_stem("LØNN 11", bytes(32)), to_stem("REM-2026-11-23", bytes(32))
    ('FB0000000000000000', 'REM-2026-11-23')
    """
    is_usable = len(source_message_id) <= _LONGEST and characters.is_identifier(source_message_id)
    return source_message_id if is_usable else f"FB{sha256.hex()[:16].upper()}"


def to_message_id(stem: str, used: int) -> str:
    """The name of the next file, when `used` have gone by the stem.

    >>> to_message_id("REM1", 0), to_message_id("REM1", 1)
    ('REM1', 'REM1-2')
    """
    return f"{stem}-{used + 1}" if used else stem


def to_remittance(
    message_id: str, created_at: dt.datetime, initiator: payments.Party, instructions: Iterable[payments.Instruction]
) -> payments.Remittance:
    """One batch for each account, debtor, service, purpose, day and kind; their order, and that within each, is kept.

    The day of each is `requested` of its order. Raises batching.BatchingError when there is none.
    """
    found: dict[tuple[payments.Party, payments.Account, str, str], list[payments.PaymentOrder]] = {}
    for one in instructions:
        found.setdefault((one.debtor, one.account, one.service, one.category), []).append(one.order)
    batches: list[payments.Batch] = []
    for (debtor, account, service, category), orders in found.items():
        for batch in batching.to_batches(message_id, debtor, account, orders):
            kept = {"service": service or batch.service, "category": category or batch.category}
            batches.append(msgspec.structs.replace(batch, batch_id=f"{message_id}-{len(batches) + 1}", **kept))
    return payments.Remittance(message_id=message_id, created_at=created_at, initiator=initiator, batches=tuple(batches))
