"""AvtaleGiro: claims to be paid by standing mandate, their cancellation, and the mandates that payers gave.

What is paid comes back in OCR giro, as type 15.

Source: Nets, "AvtaleGiro system specification" v3.3 (November 2016).
Assumed: a claim is known by due date, amount and KID: a cancellation repeats them; the claim's number in its file may differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from fakturabro.domain import calendar
from fakturabro.domain.findings import Findings
from fakturabro.formats.nets import layout, values
from fakturabro.formats.nets.lines import LIMIT, Source
from fakturabro.formats.nets.read import records
from fakturabro.formats.nets.write import WriteError

NETS = "00008080"
_LINES, _WIDTH = 42, 80


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Whose file it is: the customer unit id (8 digits) and the next free number of a transmission and of an assignment (7)."""

    unit: str
    transmission: str
    assignment: str
    account: str


def claims(sender: Sender, wanted: Iterable[values.Claim]) -> values.Transmission:
    """A file of claims, numbered from 1; a due date on a day off moves to the next banking day. Raises WriteError."""
    return _transmission(sender, layout.CLAIMS, [_checked(one, {values.OWN_NOTICE, values.BANKS_NOTICE}) for one in wanted])


def cancellations(sender: Sender, sent: Iterable[values.Claim]) -> values.Transmission:
    """A file that takes claims back, which must be as they were sent; their texts are left out. Raises WriteError."""
    taken_back = [msgspec.structs.replace(one, kind=values.CANCELLATION, text=()) for one in sent]
    return _transmission(sender, layout.CANCELLATIONS, [_checked(one, {values.CANCELLATION}) for one in taken_back])


def mandates(source: Source, found: Findings, limit: int = LIMIT) -> Iterator[tuple[str, values.Mandate]]:
    """The mandates of a file, each with the account that it is for. As `read.records` in all else."""
    account = ""
    for one in records(source, found, limit):
        if isinstance(one, values.Assignment):
            account = one.account
        elif isinstance(one, values.Mandate):
            yield account, one


def _transmission(sender: Sender, kind: str, entries: Sequence[values.Claim]) -> values.Transmission:
    if not entries:
        raise WriteError("a file without claims is not sent: give at least one")
    numbered = tuple(msgspec.structs.replace(one, number=number) for number, one in enumerate(entries, 1))
    days = [one.due for one in numbered if one.due]
    assignment = values.Assignment(
        service=layout.AVTALEGIRO,
        kind=kind,
        agreement="0" * 9,
        number=sender.assignment,
        account=sender.account,
        entries=numbered,
        first=min(days),
        last=max(days),
    )
    return values.Transmission(
        transmitter=sender.unit, number=sender.transmission, recipient=NETS, assignments=(assignment,), date=min(days)
    )


def _checked(claim: values.Claim, kinds: set[str]) -> values.Claim:
    """The claim with its due date on a banking day. Raises WriteError for what Nets refuses."""
    if claim.kind not in kinds:
        raise WriteError(f"a claim of type {claim.kind} does not belong in this file: use {' or '.join(sorted(kinds))}")
    if claim.due is None or claim.amount <= 0 or not claim.kid:
        raise WriteError(f"claim with KID {claim.kid!r}: due date, KID and an amount above zero are needed")
    if claim.text and claim.kind == values.OWN_NOTICE:
        raise WriteError(f"claim with KID {claim.kid!r}: a text goes to the payer only where the bank gives notice (type 21)")
    if len(claim.text) > _LINES or any(len(line) > _WIDTH for line in claim.text):
        raise WriteError(f"claim with KID {claim.kid!r}: the text has room for {_LINES} lines of {_WIDTH} characters")
    return msgspec.structs.replace(claim, due=calendar.working_day(claim.due))
