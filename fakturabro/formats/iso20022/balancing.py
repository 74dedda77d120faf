"""What the entries of a statement must add up to: its balances and the sums that the bank itself states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fakturabro.domain import findings, statements
from fakturabro.formats.iso20022 import values

_NOTHING = Decimal(0)


class Balancing:
    """The sums of one statement after the other, and the last number of each account, so that gaps are seen."""

    def __init__(self, found: findings.Findings) -> None:
        self._found = found
        self._sequences: dict[str, int] = {}
        self.entries = 0
        self._begin()

    def _begin(self) -> None:
        self._booked = self._net = self._credit = self._debit = _NOTHING
        self._count = self._credits = self._debits = 0

    def add(self, entry: statements.Entry, direction: str) -> None:
        """Count one entry, a held one too. What is only expected (PDNG, INFO) is in the bank's sums, not in its booked balance."""
        self.entries += 1
        self._count += 1
        self._net += entry.amount
        if entry.status == "BOOK":
            self._booked += entry.amount
        if direction == "DBIT":
            self._debits, self._debit = self._debits + 1, self._debit - entry.amount
        elif direction == "CRDT":
            self._credits, self._credit = self._credits + 1, self._credit + entry.amount

    def end(self, statement: statements.Statement, fields: dict[str, Any], place: str, line: int | None) -> None:
        """Compare with what `statement` states, and begin anew."""
        stated = {
            "count_differs": [
                (statement.stated_count, self._count),
                (values.count(fields.get("credits")), self._credits),
                (values.count(fields.get("debits")), self._debits),
            ],
            "sum_differs": [
                (statement.stated_net, self._net),
                (values.amount(fields.get("credit_sum", "")), self._credit),
                (values.amount(fields.get("debit_sum", "")), self._debit),
            ],
        }
        for code, pairs in stated.items():
            for said, counted in pairs:
                if said is not None and said != counted:
                    self._found.add("block", code, line=line, field=place, value=f"{said} <> {counted}")
        opening, closing = statement.opening, statement.closing
        if opening and closing and opening.amount + self._booked != closing.amount:
            value = f"{opening.amount} + {self._booked} <> {closing.amount}"
            self._found.add("block", "balances_differ", line=line, field=place, value=value)
        if not self._count:
            self._found.add("info", "statement_without_entries", line=line, field=place, value=statement.account.number)
        self._check_sequence(statement, place)
        self._begin()

    def _check_sequence(self, statement: statements.Statement, place: str) -> None:
        if statement.sequence is None:
            return
        before = self._sequences.get(statement.account.number)
        if before is not None and statement.sequence != before + 1:
            self._found.add("info", "sequence_gap", field=place, value=f"{before} -> {statement.sequence}")
        self._sequences[statement.account.number] = statement.sequence
