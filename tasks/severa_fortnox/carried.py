"""What a delivery between the two systems did: kept sealed as its answer, and read by the transfer log.

An answer is kept with the delivery (`deliveries.Sent.answer`), so the log says the same after any crash, and is purged with it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from fakturabro.mapping import mapped

What = Literal["created", "changed", "same", "linked", "posted", "moved"]
"""same: both sides said the same already. posted: an invoice, a cost or a file. moved: an invoice has another status."""


Change = mapped.Change
NotCarried = mapped.NotCarried


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`ours` is the key in the system that it came from, `theirs` in the one that has it now. `fields` are in that one's names."""

    what: What
    ours: str
    theirs: str
    fields: tuple[Change, ...] = ()
    not_carried: tuple[NotCarried, ...] = ()
    notes: tuple[str, ...] = ()


def to_answer(one: Carried) -> bytes:
    """The answer that is sealed with the delivery."""
    return msgspec.json.encode(one)


def read(answer: bytes | None) -> Carried | None:
    """What an answer says; None for one that is none of ours."""
    if not answer:
        return None
    try:
        return msgspec.json.decode(answer, type=Carried)
    except msgspec.DecodeError:
        return None
