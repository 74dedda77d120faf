"""What runs ask people about payments, and what they answered: each question once, by a mail with a one-time link."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from fakturabro.gateway import asking as gateway
from fakturabro.gateway import questions
from fakturabro.ledger.payments import answers
from tasks import asking, clock, connect, messages, runs
from tasks.bank import messages as bank_messages

Question = questions.Question
REMITTANCE_KINDS = (answers.REMITTANCE_FILE, answers.CREDITOR_ACCOUNTS, answers.UNUSUAL_BATCH, answers.REPEATED_PAYMENTS)
KINDS = (*REMITTANCE_KINDS, answers.FILE_IN_DOUBT)
"""What the flow `remittance` asks."""


async def ask(batch: runs.Batch, kinds: Sequence[str], wanted: Sequence[Question]) -> runs.Batch:
    """Let the tenant's approvers decide what of `wanted` nobody has answered; other open questions of `kinds` are closed.

    Whoever has not answered is reminded once a working day.
    """
    slot = batch.slot
    if slot.dry_run:
        return batch
    unanswered = await asyncio.to_thread(_find_unanswered, slot, wanted)
    await asyncio.to_thread(_withdraw_others, slot, kinds, wanted)
    if not unanswered:
        return batch
    asker = asking.asker(connect.current())
    asked = await asyncio.to_thread(gateway.ask_about_payments, asker, slot.tenant, unanswered, clock.now())
    if asked.nobody:
        batch = batch.failing(bank_messages.nobody_to_ask(slot.tenant, asked.nobody))
    for address, why in asked.failed:
        batch = batch.failing(messages.not_asked(address, why))
    return batch.counted(questions=len(unanswered))


def find_answers(slot: runs.Slot, kind: str, subjects: Iterable[str]) -> dict[str, str]:
    """What people answered, by subject; nothing of what nobody has answered."""
    return answers.find(connect.current().ledger, slot.tenant, kind, subjects)


def withdraw(slot: runs.Slot, kind: str, subjects: Iterable[str]) -> None:
    """Close open questions that nobody need answer any more."""
    answers.withdraw(connect.current().ledger, slot.tenant, kind, subjects, f"run:{slot.run}", clock.now())


def _find_unanswered(slot: runs.Slot, wanted: Sequence[Question]) -> list[Question]:
    said = {
        kind: find_answers(slot, kind, [one.subject for one in wanted if one.kind == kind]) for kind in {w.kind for w in wanted}
    }
    return [one for one in wanted if one.subject not in said[one.kind]]


def _withdraw_others(slot: runs.Slot, kinds: Sequence[str], wanted: Sequence[Question]) -> None:
    asked = {(one.kind, one.subject) for one in wanted}
    open_ = answers.find_open(connect.current().ledger, slot.tenant, kinds)
    for kind in kinds:
        if stale := [subject for of, subject in open_ if of == kind and (of, subject) not in asked]:
            withdraw(slot, kind, stale)
