"""Suspense: what no invoice got is shown to people with candidates; what they choose is allocated and told to the target, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fakturabro.domain import matching as values
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import answers
from tasks import clock, connect, retrying, runs
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.incoming import matching, messages

_ASKED = 200
"""Questions at a time: more than that is no work for a page with a question each, but for whoever sent the payments."""
_SHOWN = 1_000


@retrying.station("Plasser innbetalinger som er avgjort")
async def settle_suspense(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Allocate what people chose for payments in suspense."""
    if batch.slot.dry_run or chosen.accounting.incoming not in matching.MATCHED_BY_US:
        return batch
    return await asyncio.to_thread(_settle, batch)


@retrying.station("Spør om innbetalinger")
async def ask_people(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """List what stands in suspense, and ask about what has candidates."""
    slot = batch.slot
    if slot.dry_run or chosen.accounting.incoming not in matching.MATCHED_BY_US:
        return batch
    rows = await asyncio.to_thread(incoming.find_suspense, connect.current().ledger, slot.tenant)
    proposals = await asyncio.to_thread(matching.read_proposals, slot, [row.document_id for row in rows])
    if rows:
        listed = [messages.suspense_row(row, proposals.get(row.document_id)) for row in rows[:_SHOWN]]
        await runs.table("suspense", slot.tenant, listed, messages.suspended(rows))
    said = await asyncio.to_thread(bank_questions.find_answers, slot, answers.SUSPENSE, [str(row.document_id) for row in rows])
    unsaid = [row for row in rows if row.standing == "suspense" and str(row.document_id) not in said]
    doubtful = [row for row in unsaid if _candidates(proposals, row)][:_ASKED]
    questions = await asyncio.to_thread(_to_questions, slot, doubtful, proposals)
    return await bank_questions.ask(batch, [answers.SUSPENSE], questions)


def _candidates(proposals: Mapping[int, matching.Proposal], row: incoming.Incoming) -> tuple[values.Candidate, ...]:
    found = proposals.get(row.document_id)
    return found.candidates if found else ()


def _to_questions(
    slot: runs.Slot, rows: Sequence[incoming.Incoming], proposals: Mapping[int, matching.Proposal]
) -> list[bank_questions.Question]:
    asked: list[bank_questions.Question] = []
    for row, payment in incoming.read(connect.current().ledger, slot.tenant, [row.document_id for row in rows]):
        candidates = enumerate(_candidates(proposals, row), 1)
        shown = {
            "payment": messages.payment_line(row, payment.payer_name),
            "text": payment.text,
            **{f"candidate_{number}": messages.candidate(one, row.currency) for number, one in candidates},
        }
        subject = str(row.document_id)
        asked.append(bank_questions.Question(kind=answers.SUSPENSE, subject=subject, shown=shown, caused_by=f"run:{slot.run}"))
    return asked


def _settle(batch: runs.Batch) -> runs.Batch:
    slot, ledger = batch.slot, connect.current().ledger
    rows = {row.document_id: row for row in incoming.find_suspense(ledger, slot.tenant) if row.standing == "suspense"}
    said = bank_questions.find_answers(slot, answers.SUSPENSE, [str(i) for i in rows])
    picked = {int(subject): int(answer[-1]) for subject, answer in said.items() if answer in answers.CANDIDATES}
    proposals = matching.read_proposals(slot, sorted(picked))
    for i, number in picked.items():
        one = _candidates(proposals, rows[i])[number - 1 : number]
        if not one:  # told before, or refused
            continue
        if _is_open(slot, one[0]):
            is_all = sum(given.amount for given in one[0].allocations) == rows[i].rest
            matching.allocate(slot, rows[i], "matched" if is_all else "over", one[0].allocations)
            batch = batch.counted(placed=1)
        else:
            too_late, now = {i: matching.TOO_LATE}, clock.now()
            allocations.record(ledger, slot.tenant, slot.run, now, [], {i: "suspense"}, too_late)
            batch = batch.failing(messages.choice_is_gone(rows[i].reference))
    return batch


def _is_open(slot: runs.Slot, one: values.Candidate) -> bool:
    """Whether as much is still open as the person saw."""
    items = allocations.find_items(connect.current().ledger, slot.tenant, numbers=[given.number for given in one.allocations])
    is_open = {item.document_id: item.open for item in items}
    return all(is_open.get(given.invoice, 0) >= given.amount for given in one.allocations)
