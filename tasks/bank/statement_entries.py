"""The entries of a statement against what we know: payments that came in, payments that we sent, and what nobody told us of."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import msgspec

from fakturabro.domain import money, statements
from fakturabro.formats.iso20022 import camt
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import ages as payment_ages
from tasks import connect, runs

_NO_ENTRY = statements.Entry(amount=money.from_minor(0), currency="")
_PAGE = 2_000
_DAYS = dt.timedelta(days=5)
"""An assignment of OCR giro is one entry on the account, at most so long before or after its own date."""


class Unexplained(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that we know nothing of; `amount` in minor units, signed. `reference` is the bank's."""

    booked: dt.date | None
    amount: int
    reference: str
    code: str


class Entries:
    """The entries of one file, a page at a time; what is not explained goes into the list of its statement."""

    def __init__(self, slot: runs.Slot) -> None:
        self._slot = slot
        self._rows: list[camt.Row] = []
        self._into: list[Unexplained] = []
        self._account = ""

    def into(self, unexplained: list[Unexplained], account: str) -> None:
        """From now on the entries are of this account's statement."""
        self._into, self._account = unexplained, account

    def add(self, row: camt.Row) -> None:
        """One payment of an entry, or an entry without details; what is only expected is nobody's yet."""
        if row.entry is not None and row.entry.status == "BOOK" and not row.is_held:
            self._rows.append(row)
            if len(self._rows) >= _PAGE:
                self.flush()

    def flush(self) -> None:
        """Look at what was gathered."""
        rows, self._rows = self._rows, []
        came = [row for row in rows if row.entry is not None and camt.is_incoming(row.entry, row.part)]
        went = [row for row in rows if row.entry is not None and not camt.is_incoming(row.entry, row.part)]
        unknown = (self._find_unknown(came) if came else []) + (self._find_not_ours(went) if went else [])
        self._into += [_said(row) for row in unknown]

    def _find_not_ours(self, rows: list[camt.Row]) -> list[camt.Row]:
        """What was paid, or came back, that we sent no order for: fees, cards, payments that were made in the bank."""
        ledger, tenant = connect.current().ledger, self._slot.tenant
        names = {row.part.end_to_end_id for row in rows if row.part and row.part.end_to_end_id}
        ours = {one.end_to_end_id for one in payment_ages.find_payments(ledger, tenant, end_to_end_ids=sorted(names))}
        batches = {batch for row in rows if row.entry and any(batch := _batch(row))}
        known = {batch for batch in batches if payment_ages.find_payments(ledger, tenant, *batch)}
        return [row for row in rows if _batch(row) not in known and not (row.part and row.part.end_to_end_id in ours)]

    def _find_unknown(self, rows: list[camt.Row]) -> list[camt.Row]:
        """The credits that neither a payment of ours, nor a sum of some, explains."""
        ledger, tenant, account = connect.current().ledger, self._slot.tenant, self._account
        by_reference = incoming.find_by_references(ledger, tenant, account, [row.reference for row in rows])
        settled = sorted({row.entry.reference for row in rows if row.entry and row.entry.reference})
        known = {one.reference for one in by_reference}
        sums = {one.settlement for one in incoming.find_by_settlement(ledger, tenant, account, settled)}
        left = [row for row in rows if row.reference not in known and not (row.entry and row.entry.reference in sums)]
        days = [row.entry.booked for row in left if row.entry and row.entry.booked]
        if not days:
            return left
        found = incoming.find_settlements(ledger, tenant, account, min(days) - _DAYS, max(days) + _DAYS)
        batches = Counter(amount for _, _, _, amount in found)
        unknown: list[camt.Row] = []
        for row in left:
            amount = _said(row).amount
            if batches[amount] > 0:
                batches[amount] -= 1
            else:
                unknown.append(row)
        return unknown


def _batch(row: camt.Row) -> tuple[str, str]:
    """By what message and batch of ours an entry or its payment goes."""
    said = row.part if row.part and row.part.message_id else row.entry
    return (said.message_id, said.batch_id) if said else ("", "")


def _said(row: camt.Row) -> Unexplained:
    entry = row.entry or _NO_ENTRY
    amount = money.to_minor(row.part.amount if row.part else entry.amount)
    return Unexplained(booked=entry.booked, amount=amount, reference=row.reference, code=entry.code)
