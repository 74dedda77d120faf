"""Payments to be made -> batches as banks take them: one account, one day and one kind in each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from fakturabro.domain import payments


class BatchingError(ValueError):
    """A payment has no date, so no batch can take it; give it one at the source."""


def to_batches(
    message_id: str, debtor: payments.Party, account: payments.Account, orders: Iterable[payments.PaymentOrder]
) -> tuple[payments.Batch, ...]:
    """Batches by day, then domestic, salary and abroad; named message-1, message-2 ... The order within a batch is kept.

    The same payments always give the same batches. Raises BatchingError.
    """
    found: dict[tuple[dt.date, payments.PaymentKind], list[payments.PaymentOrder]] = {}
    for one in orders:
        if one.requested is None:
            raise BatchingError(f"payment {one.end_to_end_id} has no date; give it the day on which it shall be paid")
        found.setdefault((one.requested, one.kind), []).append(one)
    kinds: tuple[payments.PaymentKind, ...] = ("domestic", "salary", "foreign")
    return tuple(
        payments.Batch(
            batch_id=f"{message_id}-{number}",
            debtor=debtor,
            account=account,
            execution_date=day,
            payments=tuple(found[day, kind]),
            category=payments.SALARY if kind == "salary" else "",
            service="" if kind == "foreign" else "NURG",
        )
        for number, (day, kind) in enumerate(sorted(found, key=lambda key: (key[0], kinds.index(key[1]))), 1)
    )
