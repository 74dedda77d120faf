"""What stands in Nets' files, as values. Amounts are whole øre; dates are None where the file has zeros."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

Level = Literal["assignment", "transmission"]
OWN_NOTICE, BANKS_NOTICE, CANCELLATION = "02", "21", "93"
REVERSALS = frozenset({"18", "20"})


class Payment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A transaction of OCR giro (items 1, 2 and 3). `kind` is its type, 10 to 21.

    `amount` has the sign of the record: a reversal (18, 20) counts in the totals as it stands, and takes money back (`moved`).
    `settlement` is one sum on the account. `payer` is an account, "" where unknown.
    """

    kind: str
    number: int
    date: dt.date | None
    settlement: str
    amount: int
    kid: str = ""
    form: str = "0000000000"
    archive: str = "000000000"
    filler: str = "0000000"
    bank_date: dt.date | None = None
    payer: str = ""
    text: str = ""

    @property
    def moved(self) -> int:
        """Øre as they stand on the account: minus for what is taken back."""
        return -abs(self.amount) if self.kind in REVERSALS else self.amount


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """A claim of AvtaleGiro. `kind`: 02 we notify the payer ourselves, 21 the bank does so with `text`, 93 a cancellation."""

    kind: str
    number: int
    due: dt.date | None
    amount: int
    kid: str
    name: str = ""
    reference: str = ""
    text: tuple[str, ...] = ()

    @property
    def moved(self) -> int:
        """Øre that are claimed, or no longer."""
        return -self.amount if self.kind == CANCELLATION else self.amount


class Mandate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A payer's standing mandate (fast betalingsoppdrag). `registration`: 0 all that there are, 1 new or changed, 2 ended."""

    number: int
    registration: str
    kid: str
    notice: bool
    """Whether the payer wants notice in writing."""
    amount = moved = 0


Entry = Payment | Claim | Mandate


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What stands between records 20 and 88. `kind` is the type of assignment, `ordinal` counts those with the same number.

    `carried` is the number of records of a service that we do not know: they are counted, and not read.
    When written, `entries` may be anything that can be walked through once.
    """

    service: str
    kind: str
    agreement: str
    number: str
    account: str
    ordinal: int = 1
    entries: Iterable[Entry] = ()
    date: dt.date | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    carried: int = 0


class Transmission(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A whole file. `date` is Nets' own, in a file of claims the earliest due date."""

    transmitter: str
    number: str
    recipient: str
    assignments: tuple[Assignment, ...] = ()
    date: dt.date | None = None


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What record 88 states of an assignment, or 89 of the whole; `total` in øre. `records` counts the first and the last too."""

    level: Level
    count: int
    records: int
    total: int
    date: dt.date | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    carried: int = 0


Record = Transmission | Assignment | Entry | Sums
"""The record level. A transmission and its assignments come before what stands in them, and empty; sums close both."""
