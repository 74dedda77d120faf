"""The delivery protocol, one for all targets: `sending` is committed before a byte leaves, the answer is recorded.

Targets that can be read back get a block of documents at a time; the others one by one, so that a crash leaves one doubt.
"""

from __future__ import annotations

import asyncio
import collections
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from fakturabro.ledger import deliveries, engine
from fakturabro.remote import errors
from tasks import clock, connect, messages, runs

_WIDTH = 8
"""Requests on their way at the same time."""
BLOCK = 200
_ENDING = (errors.Unavailable, errors.Throttled, errors.CredentialError)
"""What is no answer on one document: the rest is not tried in this attempt."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a counterpart answered, and which bytes it was sent (an id in the ledger's raw table)."""

    answer: bytes = b""
    sent_raw_id: int | None = None
    detail: str = ""


Payload = TypeVar("Payload")
Prepare = Callable[[Sequence[deliveries.Open]], Mapping[int, Payload]]
"""What is sent for each delivery of a block, by delivery id, read before the block is reserved. What is absent stays planned."""
Send = Callable[[deliveries.Open, Payload], Awaitable[Sent]]
Fallback = Callable[[deliveries.Open, errors.Rejected], deliveries.Planned | None]
"""Where a document goes instead when a target refused it; None when a person must act."""
_Outcome = tuple[deliveries.Answer, errors.RemoteError | None, deliveries.Planned | None]


async def send_planned(
    slot: runs.Slot,
    purpose: str,
    target: str,
    prepare: Prepare[Payload],
    send: Send[Payload],
    *,
    block: int = BLOCK,
    ending: tuple[type[errors.RemoteError], ...] = _ENDING,
    fallback: Fallback | None = None,
) -> collections.Counter[str]:
    """Send everything planned for a target; how many ended in which state.

    Unavailable, Throttled and CredentialError put a document back to planned; those in `ending` are raised after its block.
    Uncertain is in_doubt and is never sent again by itself. A refusal is rejected, or planned for the fallback's target.
    """
    ledger = connect.current().ledger
    counts: collections.Counter[str] = collections.Counter()
    for chunk in engine.chunks(deliveries.find_open(ledger, slot.tenant, purpose, ["planned"], target), block):
        payloads = prepare(chunk)
        rows = [row for row in chunk if row.id in payloads]
        deliveries.reserve(ledger, slot.tenant, [row.id for row in rows], slot.run)
        gate = asyncio.Semaphore(_WIDTH)
        outcomes = await asyncio.gather(
            *(_send_one(slot, row, target, functools.partial(send, row, payloads[row.id]), fallback, gate) for row in rows)
        )
        answers = [answer for answer, _, _ in outcomes]
        deliveries.record_answers(ledger, slot.tenant, answers, slot.run, clock.now(), slot.business_date)
        deliveries.plan_anew(ledger, slot.tenant, [anew for _, _, anew in outcomes if anew], slot.run)
        counts.update(answer.outcome for answer in answers)
        _report(slot, outcomes)
        over = next((error for _, error, _ in outcomes if isinstance(error, ending)), None)
        if over is not None:
            raise over
    return counts


async def side_by_side(requests: Sequence[Callable[[], Awaitable[object]]]) -> list[errors.RemoteError | None]:
    """Make these requests, a few at the same time; what each of them met, None where it went well."""
    gate = asyncio.Semaphore(_WIDTH)

    async def one(request: Callable[[], Awaitable[object]]) -> errors.RemoteError | None:
        async with gate:
            try:
                await request()
            except errors.RemoteError as error:
                return error
        return None

    return await asyncio.gather(*map(one, requests))


async def _send_one(
    slot: runs.Slot,
    row: deliveries.Open,
    target: str,
    send: Callable[[], Awaitable[Sent]],
    fallback: Fallback | None,
    gate: asyncio.Semaphore,
) -> _Outcome:
    try:
        async with gate:
            sent = await send()
        return _answer(slot, row, target, "accepted", sent), None, None
    except errors.AlreadyDelivered as error:
        return _answer(slot, row, target, "accepted", Sent(detail=str(error))), error, None
    except errors.Rejected as error:
        anew = fallback(row, error) if fallback else None
        outcome = "planned" if anew else "rejected"
        return _answer(slot, row, target, outcome, Sent(detail=str(error))), error, anew
    except errors.Uncertain as error:
        return _answer(slot, row, target, "in_doubt", Sent(detail=str(error))), error, None
    except _ENDING as error:
        return _answer(slot, row, target, "planned", Sent(detail=str(error))), error, None
    except Exception as error:  # whatever it was, it may have left: this document is in doubt, the others are not
        unknown = errors.Uncertain(messages.unexpected(type(error).__name__))
        return _answer(slot, row, target, "in_doubt", Sent(detail=str(unknown))), unknown, None


def _answer(slot: runs.Slot, row: deliveries.Open, target: str, outcome: str, sent: Sent) -> deliveries.Answer:
    key = connect.current().ledger.seals.key(slot.tenant, "answer", slot.month)
    return deliveries.Answer(
        delivery_id=row.id,
        target=target,
        natural_key=row.natural_key or "",
        outcome=outcome,
        detail=sent.detail,
        sent_raw_id=sent.sent_raw_id,
        answer=key.seal(sent.answer) if sent.answer else None,
    )


def _report(slot: runs.Slot, outcomes: list[_Outcome]) -> None:
    for answer, error, _ in outcomes:
        if error is not None and answer.outcome != "accepted":
            runs.logger().warning("%s, %s: %s", slot.tenant, answer.natural_key, error)
