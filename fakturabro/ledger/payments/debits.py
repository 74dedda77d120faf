"""Which money the bank says moved for a payment. The same debit is told in several files; a second one is a payment made twice.

A movement is called "-camt.054 B1/2": its direction on our account, the message that told of it, and the bank's reference with the
place within the entry.
Assumed: messages of different kinds that tell of one day mean the same debit, those of one kind where the reference is the same.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger.payments import tables as bank_tables

if TYPE_CHECKING:
    from fakturabro.ledger.payments import progress

BESIDE = ("again", "anew", "taken_back")
"""Money that moves no payment: it left once more, or anew after it came back; or one of several debits came back."""
_payment, _event = bank_tables.payment, bank_tables.payment_event


class Movement(NamedTuple):
    """Money that moved, by the word that says so."""

    file_id: int
    level: str
    name: str
    booked_on: dt.date | None


def name(is_debit: bool, message: str, reference: str) -> str:
    """What a movement is called; `message` as "camt.054.001.08"."""
    return f"{'-' if is_debit else '+'}{message[:8]} {reference}"


def of(file_id: int, one: progress.Said) -> Movement:
    """The movement that a word tells of."""
    return Movement(file_id, one.level, one.movement, one.booked_on)


def is_debit(movement: str) -> bool:
    """Whether money left our account."""
    return movement.startswith("-")


def is_same(one: Movement, other: Movement) -> bool:
    """Whether two words of one direction tell of the same money.

    >>> day = dt.date(2026, 11, 25)
    >>> told = Movement(1, "payment", "-camt.054 B1/1", day)
    >>> [is_same(told, Movement(2, "payment", name, day)) for name in ("-camt.053 X/9", "-camt.054 B1/2", "-camt.054 B2/1")]
    [True, True, False]
    >>> is_same(told, Movement(1, "payment", "-camt.054 B1/2", day))
    False
    """
    (kind, _, reference), (other_kind, _, other_reference) = one.name.partition(" "), other.name.partition(" ")
    is_same_entry = reference.rpartition("/")[0] == other_reference.rpartition("/")[0]
    is_same_day = None in (one.booked_on, other.booked_on) or one.booked_on == other.booked_on
    if kind != other_kind or one.level != other.level:
        return is_same_entry or is_same_day
    return is_same_day and (reference == other_reference or (is_same_entry and one.file_id != other.file_id))


class Heard:
    """The movements of some payments that were told so far, the same ones once."""

    def __init__(self, connection: sa.Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant
        self._by_payment: dict[int, dict[bool, list[list[Movement]]]] = {}
        """By document and direction: each movement with all words on it."""

    def load(self, document_ids: Iterable[int]) -> None:
        """Read what was told of these before."""
        new = sorted(set(document_ids) - self._by_payment.keys())
        self._by_payment |= {one: collections.defaultdict(list) for one in new}
        for document_id, told in self._find(new) if new else ():
            self.hear(document_id, told)

    def hear(self, document_id: int, movement: Movement) -> bool:
        """Whether nothing told of that money before."""
        known = self._by_payment[document_id][is_debit(movement.name)]
        for words in known:
            if any(is_same(movement, one) for one in words):
                words.append(movement)
                return False
        known.append([movement])
        return True

    def is_paid_again(self, document_id: int) -> bool:
        """Whether it left our account more than once."""
        return len(self._by_payment[document_id][True]) > 1

    def judge(self, document_id: int, one: progress.Said, stage: str) -> str:
        """What of BESIDE a word on new money, heard already, is to a payment at `stage`; "" where it left our account once."""
        told, is_returned = self._by_payment[document_id], stage == "returned"
        left, came_back = len(told[True]), len(told[False])
        if left < 2:
            return ""
        if is_debit(one.movement):
            return "anew" if is_returned and left - came_back < 2 else "again"
        return "taken_back" if one.stage == "returned" and (is_returned or left > came_back) else ""

    def is_still_paid(self, document_id: int) -> bool:
        """Whether it left more often than it came back."""
        told = self._by_payment[document_id]
        return len(told[True]) > len(told[False])

    def _find(self, document_ids: list[int]) -> list[tuple[int, Movement]]:
        said = (_event.c.file_id, _event.c.level, _event.c.movement, _event.c.booked_on, _event.c.id)
        ours = (_event.c.tenant == self._tenant, _event.c.movement != "")
        named = sa.select(_event.c.document_id, *said).where(
            *ours, bulk.among(self._connection, _event.c.document_id, document_ids)
        )
        is_of_it = sa.or_(_event.c.level == "group", _event.c.batch_id == _payment.c.batch_id)
        about = (_payment.c.tenant == _event.c.tenant, _payment.c.message_id == _event.c.message_id, is_of_it)
        whole = sa.select(_payment.c.document_id, *said).join(_payment, sa.and_(*about))
        whole = whole.where(*ours, _event.c.document_id.is_(None), _event.c.level != "payment", _payment.c.tenant == self._tenant)
        whole = whole.where(bulk.among(self._connection, _payment.c.document_id, document_ids))
        rows = [*self._connection.execute(named), *self._connection.execute(whole)]
        return [(row[0], Movement(*row[1:5])) for row in sorted(rows, key=lambda row: row[5])]
