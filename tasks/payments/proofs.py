"""Payments that nothing proves long after they were due: a person looks in the bank, and says whether they were made.

One question for each file; where some were made and others not, one for each payment. A word of the bank that comes later counts.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence

from fakturabro.domain import money
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import answers
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from tasks import clock, connect, retrying, runs
from tasks.bank import messages
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.payments import following as payment_following
from tasks.payments import messages as remittance_messages
from tasks.payments import pages as payment_pages

_KINDS = (answers.UNPROVEN,)
_STAGES = {answers.PAID: "executed", answers.NOT_PAID: "rejected"}
_SHOWN = 200
_ONE_BY_ONE = 10
"""So many payments of a file are asked of singly at a time."""
_Orders = list[payment_orders.Order]


@retrying.station("Avklar betalinger uten bevis")
async def settle(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Conclude payments as people answered, and ask of the others that lack proof."""
    if batch.slot.dry_run:
        return batch
    concluded, wanted = await asyncio.to_thread(_settle, batch.slot, chosen.follow.ask_days)
    return await bank_questions.ask(batch.counted(concluded=concluded), _KINDS, wanted)


def _settle(slot: runs.Slot, days: int) -> tuple[int, list[bank_questions.Question]]:
    ledger, wanted, concluded = connect.current().ledger, list[bank_questions.Question](), 0
    unproven = payment_ages.find_unproven(ledger, slot.tenant, payment_following.proven_by(slot.business_date, days))
    asked = {subject for _, subject in answers.find_open(ledger, slot.tenant, _KINDS)}
    for file_id, orders in _by_file(unproven).items():
        said = bank_questions.find_answers(slot, answers.UNPROVEN, [_subject(file_id, [one]) for one in orders])
        for some in _to_groups(slot, file_id, orders, asked | said.keys()):
            subject = _subject(file_id, some)
            answer = bank_questions.find_answers(slot, answers.UNPROVEN, [subject]).get(subject, "")
            if answer in _STAGES:
                concluded += _conclude(slot, file_id, some, _STAGES[answer])
            else:
                wanted.append(_question(slot, subject, some))
    return concluded, wanted


def _by_file(orders: Sequence[payment_orders.Order]) -> Mapping[int, _Orders]:
    """By the file that carries them; what left before the ledger was restored, by the one that asked for them."""
    found: dict[int, _Orders] = {}
    for one in orders:
        if (file_id := one.out_file or one.in_file) is not None:
            found.setdefault(file_id, []).append(one)
    return found


def _to_groups(slot: runs.Slot, file_id: int, orders: _Orders, known: set[str]) -> Iterator[_Orders]:
    """What is asked together: singly what was asked singly before (`known` subjects), or what a person wants so; all others."""
    together = [one for one in orders if len(orders) > 1 and _subject(file_id, [one]) not in known]
    subject = _subject(file_id, together)
    if bank_questions.find_answers(slot, answers.UNPROVEN, [subject]).get(subject) == answers.EACH:
        together = together[_ONE_BY_ONE:]
    asked_together = {one.document_id for one in together}
    yield from ([one] for one in orders if one.document_id not in asked_together)
    yield from [together] if together else []


def _subject(file_id: int, orders: _Orders) -> str:
    """What is shown: an answer counts for these payments, and for no other."""
    told = " ".join(str(one.document_id) for one in orders)
    return f"{file_id}/{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _conclude(slot: runs.Slot, file_id: int, orders: _Orders, stage: str) -> int:
    """Under our own file's id, so that the word collides with none of the bank's."""
    said = [
        payment_stages.Said(
            position=one.document_id,
            level="payment",
            stage=stage,
            document_id=one.document_id,
            code=messages.PERSON,
            reason=messages.PERSON if stage == "rejected" else "",
            booked_on=one.due if stage == "executed" else None,
        )
        for one in orders
    ]
    return len(payment_stages.record(connect.current().ledger, slot.tenant, file_id, said, slot.run, clock.now()).moved)


def _question(slot: runs.Slot, subject: str, orders: _Orders) -> bank_questions.Question:
    rows = payment_orders.read(connect.current().ledger, slot.tenant, [one.document_id for one in orders[:_SHOWN]])
    lines = [
        f"{remittance_messages.payment(one.order.creditor.name, money.norwegian(order.amount, order.currency), order.due)}\t"
        f"{payment_pages.STAGES[order.stage]}"
        for order, one in rows
    ]
    more = [remittance_messages.more(len(orders) - _SHOWN)] if len(orders) > _SHOWN else []
    shown = {
        "message_id": orders[0].message_id or "",
        "count": str(len(orders)),
        "sum": payment_pages.sums(orders),
        "unproven": "\n".join([*lines, *more]),
        **({} if len(orders) > 1 else {"single": orders[0].end_to_end_id, "cause": "single"}),
    }
    return bank_questions.Question(kind=answers.UNPROVEN, subject=subject, shown=shown, caused_by=f"run:{slot.run}")
