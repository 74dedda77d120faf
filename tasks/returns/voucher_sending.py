"""One voucher on its way to the client's PowerOffice, and what was made in an earlier run and did not arrive."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from fakturabro.ledger import deliveries, outcomes
from fakturabro.ledger.journal import recovery
from fakturabro.ledger.returns import movements, vouchers
from fakturabro.remote import errors
from fakturabro.systems.poweroffice import bank_wire, books_v2
from tasks import clock, connect, file_sending, runs
from tasks.returns import voucher_content, voucher_messages, voucher_reading

_LEFT = frozenset({"sending", "in_doubt", "accepted", "rejected"})
_MOST_DOUBTS = 1
"""After so many the same voucher is not sent once more in one piece: something in it may be what PowerOffice stumbles over."""


class Said(NamedTuple):
    """What became of a voucher: `refusal` where nothing of it is posted, `failure` where a person must know."""

    refusal: errors.Rejected | None = None
    failure: str = ""
    is_doubtful: bool = False

    @property
    def is_posted(self) -> bool:
        """Whether it stands in PowerOffice."""
        return self.refusal is None and not self.failure


async def send(slot: runs.Slot, voucher: vouchers.Voucher, delivery_ids: Sequence[int]) -> Said:
    """Post a voucher that was made, and of which all is planned. Raises what ends the sending, and sendings.StoppedError."""
    sent = await asyncio.to_thread(voucher_content.read, slot, voucher)
    client = await connect.current().poweroffice_bank()

    async def post() -> bytes:
        try:
            posted = await client.post(sent)
        except errors.AlreadyDelivered as error:
            if isinstance(error.standing, bank_wire.PostedVoucher):
                await asyncio.to_thread(voucher_reading.mark, slot, voucher, error.standing)
            raise
        await asyncio.to_thread(voucher_reading.mark, slot, voucher, posted)
        return msgspec.json.encode(posted)

    where = (slot, movements.PURPOSE, vouchers.TARGET, voucher.raw_id, delivery_ids)
    try:
        await file_sending.send_together(*where, post, final=(books_v2.DifferingError,))
    except books_v2.DifferingError as error:
        return Said(failure=str(error))
    except errors.Uncertain as error:  # doubt is settled in the next run; the others go on
        return Said(failure=str(error), is_doubtful=True)
    except errors.Rejected as error:
        return Said(refusal=error)
    return Said()


class Standing(NamedTuple):
    """What to do with a voucher that was made and did not arrive: send it as it is, or give it up, or neither.

    `divides`: what it carries goes in smaller ones.
    """

    goes: bool = False
    is_given_up: bool = False
    divides: bool = False
    why: str = ""


async def judge(slot: runs.Slot, voucher: vouchers.Voucher, carried: vouchers.Carried, *, is_as_made: bool) -> Standing:
    """What is to become of a voucher made before; what was ever in doubt is given up only where it certainly is not there."""
    if carried.states & _LEFT:
        return Standing()
    doubts, is_whole = await asyncio.to_thread(_find_times, slot, carried, "in_doubt"), carried.states == {"planned"}
    if await asyncio.to_thread(_find_times, slot, carried, "rejected"):
        return Standing(goes=is_whole, why=voucher_messages.TAKEN)
    if is_whole and (len(doubts) <= _MOST_DOUBTS if doubts else is_as_made):
        return Standing(goes=True)
    if _is_fresh(doubts):
        return Standing(goes=is_whole, why=voucher_messages.FRESH_DOUBT)
    if doubts and await voucher_reading.find(slot, voucher.reference, voucher, carried.document_ids) is not None:
        return Standing(goes=is_whole, why=voucher_messages.STANDS_AFTER_ALL)
    return Standing(is_given_up=True, divides=is_whole and bool(doubts), why=voucher_messages.NO_LONGER_RIGHT)


async def why_not_given_up(slot: runs.Slot, voucher: vouchers.Voucher, carried: vouchers.Carried) -> str:
    """Why a refused voucher must stay as it is; "" where it certainly is not there.

    One that was in doubt may be refused because it stands there, and what is read may be some minutes old. Of what PowerOffice once
    had under our reference nothing proves that it is gone.
    """
    if await asyncio.to_thread(_find_times, slot, carried, "rejected"):
        return voucher_messages.TAKEN
    doubts = await asyncio.to_thread(_find_times, slot, carried, "in_doubt")
    if _is_fresh(doubts):
        return voucher_messages.FRESH_DOUBT
    stands = doubts and await voucher_reading.find(slot, voucher.reference, voucher, carried.document_ids)
    return voucher_messages.STANDS_AFTER_ALL if stands else ""


def _is_fresh(doubts: Sequence[dt.datetime]) -> bool:
    return bool(doubts) and max(doubts) > clock.now() - recovery.ON_ITS_WAY


def _find_times(slot: runs.Slot, carried: vouchers.Carried, outcome: str) -> list[dt.datetime]:
    ledger = connect.current().ledger
    (one,) = deliveries.find(ledger, slot.tenant, carried.delivery_ids[:1])
    return outcomes.find_times(ledger, slot.tenant, one.id, one.natural_key or "", outcome)
