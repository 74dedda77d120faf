"""What moved in the bank, posted through the API of PowerOffice or Fortnox: each movement once, under the delivery protocol.

What cannot be posted now (a closed period, an account that nobody has set, money that nobody knows whose it is) waits, and is said
once a day. What the systems have no place for (a refusal) is concluded as it is: the invoice simply stands open there.
"""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
from collections.abc import Iterable, Sequence

from fakturabro.domain import calendar
from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, documents, recording
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files, stages
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.mapping import movements_to_poweroffice as mapping
from tasks import connect, runs, verdicts
from tasks.accounting import (
    by_hand,
    fortnox_posting,
    messages,
    movement_sending,
    payable_messages,
    payables,
    posting_values,
    poweroffice_posting,
)
from tasks.bank import folders as connect_bank
from tasks.bank import options as bank_options
from tasks.payments import following as payment_following

TARGETS = {"poweroffice": "poweroffice_bank", "fortnox": "fortnox"}
"""By system; "poweroffice" itself is where KID and PDF are given back."""
_TOLD = ("book_back", values.AFTER_BOOK_BACK)
_PLANNED = "planned"
_BEFORE = {"returned": "executed", "executed": "rejected"}
"""What a payment was before it moved on after it had been told of."""


async def book_back(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Post what became of the payments of the accounting system's own invoices; a refusal is concluded without a posting."""
    ledger, slot, system = connect.current().ledger, batch.slot, chosen.accounting.system
    own = await asyncio.to_thread(_find_own, slot, system)
    await asyncio.to_thread(_begin_returns, slot, own)
    ended = await asyncio.to_thread(payment_ages.find_ended, ledger, slot.tenant)
    if foreign := sum(one.in_file not in own for one in ended):
        batch = payment_following.fail_daily(batch, {"from_files": messages.from_files(foreign)})
    for purpose in _TOLD:
        wanted = {one.document_id for one in ended if one.purpose == purpose and one.in_file in own}
        rows = [row for row in _find_rows(slot, purpose, TARGETS[system]) if row.state == _PLANNED or row.document_id in wanted]
        rows = await asyncio.to_thread(_find_told, slot, rows) if purpose == values.AFTER_BOOK_BACK else rows
        told = await asyncio.to_thread(_to_told, slot, purpose, [row.document_id for row in rows])
        poster = await _open(slot, chosen, system)
        batch = await _post(batch, poster, purpose, TARGETS[system], await poster.to_pay(told), rows)
    return batch


async def post(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Post what came in on the customers' accounts; what nobody knows whose it is waits."""
    slot, system = batch.slot, chosen.accounting.incoming
    rows = await asyncio.to_thread(_find_rows, slot, "post", TARGETS[system])
    received = await asyncio.to_thread(_to_received, slot, [row.document_id for row in rows])
    poster = await _open(slot, chosen, system)
    made = await poster.to_receive(received)
    batch = await asyncio.to_thread(by_hand.hold, batch, received, made)
    await asyncio.to_thread(_say_matched, slot, received, made)
    batch = await _post(batch, poster, "post", TARGETS[system], made, rows)
    return await asyncio.to_thread(by_hand.leave, batch, TARGETS[system], made)


async def tell(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Say what people decided of money that is posted already: to move it is the accounting system's own business."""
    ledger, slot = connect.current().ledger, batch.slot
    untold = await asyncio.to_thread(allocations.find_untold, ledger, slot.tenant)
    states = deliveries.find_states(ledger, slot.tenant, "post", sorted({one.document_id for one in untold}))
    late = {one.document_id for one in untold if states.get(one.document_id) == "accepted"}
    system = payable_messages.TITLES[chosen.accounting.incoming]
    return payment_following.fail_daily(batch, {"untold": messages.moved_by_hand(len(late), system)} if late else {})


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """What stands of postings in doubt, by delivery; nothing where no run of the bank's says how the tenant posts."""
    chosen = connect_bank.options_of_run()
    if chosen is None:
        return {}
    system = next(name for name, target in TARGETS.items() if target == rows[0].target)
    poster, wanted = await _open(slot, chosen, system), await asyncio.to_thread(_to_wanted, slot, rows)
    return {row.id: await poster.find(row, wanted[row.document_id]) for row in rows if row.document_id in wanted}


async def _open(slot: runs.Slot, chosen: bank_options.BankOptions, system: str) -> posting_values.Poster:
    if system == "poweroffice":
        return poweroffice_posting.Poster(slot, chosen, await connect.current().poweroffice_bank())
    return fortnox_posting.Poster(chosen, await connect.current().fortnox(chosen.accounting.api.fortnox_tenant))


async def _post(
    batch: runs.Batch,
    poster: posting_values.Poster,
    purpose: str,
    target: str,
    made: posting_values.Made,
    rows: Sequence[deliveries.Open],
) -> runs.Batch:
    """Send what can be posted of these, and say what cannot."""
    left = [row for row in rows if row.state == _PLANNED]
    deliveries.move(connect.current().ledger, batch.slot.tenant, [row.id for row in left], _PLANNED, "waiting", batch.slot.run)
    postings = movement_sending.Postings(batch.slot, purpose, target, made.postings)
    turns = await asyncio.to_thread(postings.plan, rows)
    counted = collections.Counter(made.faults + [messages.LIKE_REFUSED for _ in turns.refused])
    batch = payment_following.fail_daily(batch, {said: said if n == 1 else f"{said} ({n})" for said, n in counted.items()})
    while turns.keys:
        await postings.send(poster.send)
        rows = [row for row in rows if row.document_id not in turns.keys]
        turns = await asyncio.to_thread(postings.plan, rows)
    return batch


def _find_own(slot: runs.Slot, system: str) -> set[int]:
    """The files of payments that came over the system's own API."""
    found = bank_files.find_standing(connect.current().ledger, slot.tenant, "accounting", "in", payables.STATES, [payables.KIND])
    return {file.id for file in found if file.place == system}


def _begin_returns(slot: runs.Slot, own: set[int]) -> None:
    """What came back before it was told that it was made is told of twice: it went out of the account, and came in again."""
    ledger = connect.current().ledger
    ended = payment_ages.find_ended(ledger, slot.tenant)
    returned = [one.document_id for one in ended if one.stage == "returned" and one.in_file in own]
    with ledger.writing() as connection:
        recording.begin(connection, slot.tenant, values.AFTER_BOOK_BACK, slot.run, returned)


def _find_told(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> list[deliveries.Open]:
    """Those of which what was before is told: nothing comes back in the books that did not go out."""
    ids = [row.document_id for row in rows]
    told = deliveries.find_states(connect.current().ledger, slot.tenant, "book_back", ids)
    return [row for row in rows if told.get(row.document_id) in ("accepted", "rejected")]


def _find_rows(slot: runs.Slot, purpose: str, target: str) -> list[deliveries.Open]:
    """What waits, and what was planned for this target and has not left."""
    open_ = deliveries.find_open_in_pages(connect.current().ledger, slot.tenant, purpose, ["waiting", _PLANNED])
    return [row for page in open_ for row in page if row.state != _PLANNED or row.target == target]


def _to_told(slot: runs.Slot, purpose: str, ids: Sequence[int]) -> list[posting_values.Told]:
    """What a purpose says of these payments: where a correction follows, book_back says what there was before it."""
    ledger, found = connect.current().ledger, list[posting_values.Told]()
    corrected = deliveries.find_states(ledger, slot.tenant, values.AFTER_BOOK_BACK, ids) if purpose == "book_back" else {}
    for order, one in payment_orders.read(ledger, slot.tenant, ids):
        stage = _BEFORE.get(order.stage, order.stage) if order.document_id in corrected else order.stage
        found.append(
            posting_values.Told(
                document_id=order.document_id,
                stage=stage,
                day=_find_day(slot, order, stage),
                key=one.source_batch_id,
                end_to_end_id=order.end_to_end_id,
                one=one,
            )
        )
    return found


def _find_day(slot: runs.Slot, order: payment_orders.Order, stage: str) -> dt.date:
    """The bank's own day for a stage; where it named none, the day on which it was told; of what it never told, the next one's."""
    booked_on, at = order.booked_on, order.stage_at
    if order.stage != stage:
        events = payment_ages.read_events(connect.current().ledger, slot.tenant, order.document_id)
        booked_on, at = next(((one.booked_on, one.at) for one in reversed(events) if one.stage == stage), (booked_on, at))
    return booked_on or at.astimezone(calendar.OSLO).date()


def _to_received(slot: runs.Slot, ids: Sequence[int]) -> list[posting_values.Received]:
    """What is matched of these payments, with what it settles."""
    ledger, tenant = connect.current().ledger, slot.tenant
    decided = [(row, one) for row, one in incoming.read(ledger, tenant, ids) if row.standing in stages.DECIDED]
    given = allocations.find_of_payments(ledger, tenant, [row.document_id for row, _ in decided])
    invoices = sorted({one.invoice_id for some in given.values() for one in some})
    heads = {head.id: head for head in documents.find_heads(ledger, tenant, invoices)}
    return [
        posting_values.Received(
            row=row,
            one=one,
            given=tuple(
                (heads[part.invoice_id].customer_number, heads[part.invoice_id].number, part.amount)
                for part in given.get(row.document_id, ())
            ),
        )
        for row, one in decided
    ]


def _say_matched(slot: runs.Slot, received: Iterable[posting_values.Received], made: posting_values.Made) -> None:
    """What the accounting system knew whose it was is in suspense no more."""
    known = made.postings.keys() - made.in_suspense
    found = [one.row.document_id for one in received if one.row.standing == "suspense" and one.row.document_id in known]
    incoming.set_standing(connect.current().ledger, slot.tenant, dict.fromkeys(found, "matched"))


def _to_wanted(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, posting_values.Stands]:
    """How these movements stand on the bank's account, whether they are payments of ours or came in."""
    ledger, found = connect.current().ledger, dict[int, posting_values.Stands]()
    keys = {row.document_id: row.natural_key for row in rows}
    for order, one in payment_orders.read(ledger, slot.tenant, list(keys)):
        is_out = keys[order.document_id] == mapping.to_reference(slot.tenant, "executed", order.end_to_end_id)
        found[order.document_id] = posting_values.Stands(
            account=one.account.number,
            day=_find_day(slot, order, "executed" if is_out else order.stage),
            amount=-one.order.amount if is_out else one.order.amount,
            currency=one.order.currency,
        )
    for row, one in incoming.read(ledger, slot.tenant, [i for i in keys if i not in found]):
        if row.booked_on is not None:
            found[row.document_id] = posting_values.Stands(
                account=row.account, day=row.booked_on, amount=one.amount, currency=row.currency
            )
    return found
