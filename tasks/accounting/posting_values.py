"""What all ways into an accounting system's books have in common: what has moved, what is posted of it, what keeps it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from fakturabro.domain import payments, statements
from fakturabro.ledger import deliveries
from fakturabro.ledger.incoming import payments as incoming
from tasks import sending, verdicts


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A payment of ours that has ended, on the bank's own day, and the accounting system's id of the invoice that it was for."""

    document_id: int
    stage: str
    day: dt.date
    key: str
    end_to_end_id: str
    one: payments.Instruction


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that came in; `given` is (customer number, invoice number, amount) of what it settles as far as we know."""

    row: incoming.Incoming
    one: statements.IncomingPayment
    given: tuple[tuple[str, str, int], ...] = ()


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """What is posted of a document. `what` None: the accounting system has no place for it, and it is concluded as it is.

    A natural key that ends in "/" is a stem: it gets a number when its turn among its likes comes.
    """

    natural_key: str
    what: Any
    kept: bytes = b""
    raw_id: int | None = None


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for where a posting is in doubt: the bank's account and day, and the amount as it stands there."""

    account: str
    day: dt.date
    amount: Decimal
    currency: str


class Made(msgspec.Struct, kw_only=True):
    """Postings by document, and sentences on what cannot be posted now."""

    postings: dict[int, Posting] = msgspec.field(default_factory=dict[int, Posting])
    in_suspense: set[int] = msgspec.field(default_factory=set[int])
    """Documents whose money goes where nobody's is."""
    faults: list[str] = msgspec.field(default_factory=list[str])
    by_hand: dict[str, list[Received]] = msgspec.field(default_factory=dict[str, list["Received"]])
    """What only a person can post, by why."""

    def leave(self, why: str, one: Received) -> None:
        """Leave one to a person."""
        self.by_hand.setdefault(why, []).append(one)


class Poster(Protocol):
    """One accounting system in one run."""

    async def to_pay(self, told: Sequence[Told]) -> Made:
        """What is posted of payments of ours."""
        ...

    async def to_receive(self, rows: Sequence[Received]) -> Made:
        """What is posted of payments that came in."""
        ...

    async def send(self, row: deliveries.Open, posting: Posting) -> sending.Sent:
        """Post one. Raises the ladder."""
        ...

    async def find(self, row: deliveries.Open, wanted: Stands) -> verdicts.Verdict:
        """What stands under the natural key of one."""
        ...
