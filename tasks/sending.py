"""The delivery protocol, one for all targets: the journal and `sending` are committed before a byte leaves, the answer is recorded.

Targets that can be read back get a block of documents at a time, and the next block is reserved while one is sent; the others one
by one, so that a crash leaves one doubt. A stop counts from the next document on.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from fakturabro.domain import documents
from fakturabro.ledger import deliveries, engine, sendings, slots
from fakturabro.remote import errors, http
from tasks import clock, connect, endings, messages, run_context, runs


class LackingError(Exception):
    """Something is planned and nothing is there to be sent of it; the message says how much."""


WIDTH = 8
"""Requests on their way at the same time."""
BLOCK = 130
"""One is sent, one begins, one is reserved: a crash leaves at most three of them to be read back."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a counterpart answered, and which bytes it was sent (an id in the ledger's raw table; the protocol knows it itself)."""

    answer: bytes = b""
    sent_raw_id: int | None = None
    detail: str = ""


class Kept(Protocol):
    """What every payload has: the id of the kept bytes that leave, None when nothing can be sent."""

    @property
    def raw_id(self) -> int | None: ...


Payload = TypeVar("Payload", bound=Kept)
Prepare = Callable[[Sequence[deliveries.Open]], Mapping[int, Payload]]
"""What is sent for each delivery of a block, by delivery id, read before the block is reserved. What is absent stays planned."""
Send = Callable[[deliveries.Open, Payload], Awaitable[Sent]]
Fallback = Callable[[deliveries.Open, Payload, errors.Rejected], deliveries.Planned | None]
"""Where a document goes instead when a target refused it; None when a person must act."""
_LEADS_TO = (
    (errors.AlreadyDelivered, "accepted"),
    (errors.Rejected, "rejected"),
    (errors.Uncertain, "in_doubt"),
    ((sendings.StoppedError, *endings.ENDING), "planned"),
)
_Outcome = tuple[deliveries.Answer, errors.RemoteError | None, deliveries.Planned | None]


@dataclasses.dataclass(frozen=True)
class _Reserved(Generic[Payload]):
    """A block that may leave: its line in the journal, and what is sent of each delivery."""

    line: str
    payloads: Sequence[tuple[deliveries.Open, Payload]]
    lacking: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order(Generic[Payload]):
    """What is to be sent where, and how."""

    slot: runs.Slot
    purpose: str
    target: str
    prepare: Prepare[Payload]
    send: Send[Payload]
    block: int = BLOCK
    ending: tuple[type[errors.RemoteError], ...] = endings.ENDING
    fallback: Fallback[Payload] | None = None


async def send_planned(order: Order[Payload]) -> collections.Counter[str]:
    """Send everything planned for a target; how many ended in which state.

    Unavailable, Throttled and CredentialError put a document back to planned; those in `ending` are raised after its block.
    Uncertain is in_doubt: it is read back before it is ever sent again. A refusal is rejected, or planned for another target.
    What is stopped stays planned. Raises recovery.LockedError (the ledger is older than the journal), slots.LostError (another run
    has taken over), and at the end LackingError when `prepare` had nothing to send of something.
    """
    sender = _Sender(order)
    with contextlib.suppress(sendings.StoppedError):
        async with contextlib.aclosing(_reserved_blocks(order)) as blocks, sender:
            async for reserved in blocks:
                await sender.send(reserved)
    if sender.counts["lacking"]:
        raise LackingError(messages.lacking(order.target, sender.counts["lacking"]))
    return sender.counts


class _Sender(Generic[Payload]):
    """Sends block after block: the next begins where the one before has nothing left to begin, and answers are recorded behind.

    Of a target that cannot be read back, a block is recorded before the next one leaves. After a block with an error that ends the
    sending nothing more begins; the error is raised when all that was on its way is recorded.
    """

    def __init__(self, order: Order[Payload]) -> None:
        self._order, self._gate, slot = order, asyncio.Semaphore(WIDTH), order.slot
        self._watch = sendings.Watch(connect.current().ledger, slot.tenant, order.purpose, order.target, slot.flow, slot.run)
        self._going: asyncio.Task[None] | None = None
        self._over: errors.RemoteError | None = None
        self.counts: collections.Counter[str] = collections.Counter()

    async def __aenter__(self) -> _Sender[Payload]:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._going is not None:
            await self._going
        if self._over is not None:
            raise self._over

    async def send(self, reserved: _Reserved[Payload]) -> None:
        """Begin to send a block, when the one before the last is recorded. Raises what ends the sending."""
        before = self._going
        self._going = asyncio.create_task(self._send(reserved, before))
        if self._order.block == 1:
            await self._going
        elif before is not None:
            await before
        if self._over is not None:
            raise self._over

    async def _send(self, reserved: _Reserved[Payload], before: asyncio.Task[None] | None) -> None:
        outcomes = await self._send_block(reserved)
        self._over = self._over or endings.find_end([error for _, error, _ in outcomes], self._order.ending)
        if before is not None:
            await before
        if outcomes:
            await asyncio.to_thread(_record, self._order.slot, reserved.line, outcomes)
        self.counts.update(said.outcome for said, _, _ in outcomes)
        self.counts["lacking"] += reserved.lacking

    async def _send_block(self, reserved: _Reserved[Payload]) -> list[_Outcome]:
        if not reserved.payloads:
            return []
        ledger, journal, slot = connect.current().ledger, connect.current().journal, self._order.slot
        ids = [row.id for row, _ in reserved.payloads]
        await asyncio.to_thread(sendings.leave, ledger, journal, slot.tenant, reserved.line, ids, slot.run, clock.now())
        met = await asyncio.gather(*(self._send_one(row, payload) for row, payload in reserved.payloads), return_exceptions=True)
        for one in met:
            if isinstance(one, BaseException):
                raise one
        outcomes = [one for one in met if not isinstance(one, BaseException)]
        for said, error, _ in outcomes:
            if error is not None and said.outcome != "accepted":
                run_context.logger().warning("%s, %s: %s", slot.tenant, said.natural_key, error)
        return outcomes

    async def _send_one(self, row: deliveries.Open, payload: Payload) -> _Outcome:
        order = self._order
        http.BEFORE_A_CHANGE.set(lambda: self._watch.refuse_stopped(clock.now()))

        async def send() -> Sent:
            async with self._gate:
                self._watch.refuse_stopped(clock.now())
                if self._over is not None:
                    raise sendings.StoppedError(str(self._over))
                return await order.send(row, payload)

        outcome, said, error = await attempt(send)
        anew = order.fallback(row, payload, error) if isinstance(error, errors.Rejected) and order.fallback else None
        if outcome == "planned" or anew:
            return answer(order.slot, row, "planned", Sent(detail=said.detail)), error, anew
        return answer(order.slot, row, outcome, msgspec.structs.replace(said, sent_raw_id=payload.raw_id)), error, None


async def attempt(send: Callable[[], Awaitable[Sent]]) -> tuple[str, Sent, errors.RemoteError | None]:
    """The state that a sending leads to, what was said, and the error that it met. Raises slots.LostError only."""
    try:
        return "accepted", await send(), None
    except slots.LostError:
        raise
    except Exception as error:
        outcome = next((state for kind, state in _LEADS_TO if isinstance(error, kind)), None)
        # whatever an unknown one was, it may have left: this document is in doubt, the others are not
        met = error if outcome else errors.Uncertain(messages.unexpected(type(error).__name__))
        return outcome or "in_doubt", Sent(detail=str(met)), met if isinstance(met, errors.RemoteError) else None


def _record(slot: runs.Slot, line: str, outcomes: Sequence[_Outcome]) -> None:
    ledger, journal = connect.current().ledger, connect.current().journal
    answers = [said for said, _, _ in outcomes]
    sendings.record_answers(ledger, journal, slot.tenant, line, answers, slot.run, clock.now(), slot.business_date)
    deliveries.plan_anew(ledger, slot.tenant, [anew for _, _, anew in outcomes if anew], slot.run)


async def _reserved_blocks(order: Order[Payload]) -> AsyncGenerator[_Reserved[Payload]]:
    """Block after block; where the target can be read back, the next is reserved while one is sent."""
    ledger = connect.current().ledger
    planned = deliveries.find_open_in_pages(ledger, order.slot.tenant, order.purpose, ["planned"], order.target)
    chunks = iter(engine.chunks(itertools.chain.from_iterable(planned), order.block))
    reserved = await asyncio.to_thread(_reserve, order, next(chunks, None))
    while reserved is not None:
        ahead = asyncio.create_task(asyncio.to_thread(_reserve, order, next(chunks, None))) if order.block > 1 else None
        try:
            yield reserved
        except BaseException:
            if ahead is not None:
                await _give_up(order, ahead)
            raise
        reserved = await (ahead if ahead is not None else asyncio.to_thread(_reserve, order, next(chunks, None)))


async def _give_up(order: Order[Payload], ahead: asyncio.Task[_Reserved[Payload] | None]) -> None:
    """Put back what was reserved ahead and will not leave now."""
    (found,) = await asyncio.gather(ahead, return_exceptions=True)
    if isinstance(found, _Reserved):
        ids = [row.id for row, _ in found.payloads]
        with contextlib.suppress(deliveries.MoveError):  # a run that took over has put them in doubt
            ledger, slot = connect.current().ledger, order.slot
            await asyncio.to_thread(deliveries.move, ledger, slot.tenant, ids, "sending", "planned", slot.run)


def _reserve(order: Order[Payload], rows: Sequence[deliveries.Open] | None) -> _Reserved[Payload] | None:
    if rows is None:
        return None
    connections, slot, now = connect.current(), order.slot, clock.now()
    payloads = order.prepare(rows)
    ready = [row for row in rows if row.id in payloads]
    lacking = len(rows) - len(ready)
    ledger, journal = connections.ledger, connections.journal
    while ready:
        try:
            line = sendings.reserve(ledger, journal, slot.tenant, order.purpose, order.target, ready, slot.flow, slot.run, now)
            return _Reserved(line, [(row, payloads[row.id]) for row in ready], lacking)
        except deliveries.MoveError:
            planned = {row.id for row in deliveries.find_open(ledger, slot.tenant, order.purpose, ["planned"])}
            if order.purpose != documents.AFTER_LINK or planned.issuperset(row.id for row in ready):
                raise
            ready = [row for row in ready if row.id in planned]  # a debtor opened the link meanwhile: that letter is cancelled
    return _Reserved("", [], lacking)


def answer(slot: runs.Slot, row: deliveries.Open, outcome: str, sent: Sent) -> deliveries.Answer:
    """What became of one delivery, ready to be recorded."""
    key = connect.current().ledger.seals.key(slot.tenant, "answer", slot.month)
    return deliveries.Answer(
        delivery_id=row.id,
        target=row.target or "",
        natural_key=row.natural_key or "",
        outcome=outcome,
        detail=sent.detail,
        sent_raw_id=sent.sent_raw_id,
        answer=key.seal(sent.answer) if sent.answer else None,
    )
