"""The factoring system's movement lists for `fakturabro read`, with what would be held and what the balance changes by."""

from __future__ import annotations

import pathlib
from typing import BinaryIO

from console import summaries
from fakturabro.domain import findings, money, payments, return_data
from fakturabro.formats.movement_list import layout, messages, records
from fakturabro.formats.movement_list import read as movement_list


def _sum_up_movement_list(source: BinaryIO, _: pathlib.Path | None) -> summaries.Summary:
    """The rows that are movements, and the sum of their amounts as the row of totals states it."""

    def count(found: findings.Findings) -> summaries.Counted:
        moved = list(movement_list.movements(source, found))
        postable = [one for one in moved if not _check(one, found)]
        totals = payments.totals((one.currency, one.amount) for one in moved)
        for currency in [] if found.counts["block"] else sorted(totals):
            change = money.to_minor(return_data.balance_of(postable, currency))
            found.add("info", "balance_moves", value=money.norwegian(change, currency))
        return len(moved), totals

    return summaries.of_bank_file("movement list", messages.norwegian, count)


def _check(one: return_data.Movement, found: findings.Findings) -> bool:
    """Whether a movement would be held by the standard table; why is added to `found`."""
    faults = return_data.check(one)
    for fault in faults:
        kind = layout.kind_of(fault.value)
        said = layout.KINDS[kind] if kind else " / ".join(part for part in (fault.value, fault.suggestion) if part)
        found.add("warn", fault.code, field=f"Bevegelse {one.id}", value=said)
    return bool(faults)


FORMATS = (summaries.Format(recognise=records.recognise, sum_up=_sum_up_movement_list),)
