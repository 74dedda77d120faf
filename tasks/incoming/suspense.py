"""Suspense: what no invoice got is shown to people with candidates; what they choose is allocated and told to the target, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set

import msgspec

from fakturabro.domain import matching as values
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import answers
from tasks import clock, connect, retrying, runs
from tasks.accounting import api as accounting_api
from tasks.accounting import by_hand
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.incoming import matching, messages, question_texts

_ASKED = 200
"""Questions at a time: more than that is no work for a page with a question each, but for whoever sent the payments."""
_SHOWN = 1_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in suspense or waits for a person, and what is proposed, by document. `waiting` are those that nobody has posted
    and only a person can post."""

    rows: Mapping[int, incoming.Incoming]
    proposals: Mapping[int, matching.Proposal]
    waiting: Set[int]

    def subject(self, document_id: int) -> str:
        """The subject of a question; one that waits for another reason is asked anew."""
        found = self.proposals.get(document_id)
        return f"{document_id}|{found.why if found else ''}" if document_id in self.waiting else f"{document_id}"


def _find(slot: runs.Slot, chosen: bank_options.BankOptions) -> Asked:
    ledger, is_posted_by_people = connect.current().ledger, chosen.accounting.incoming in accounting_api.TARGETS
    proposed = {row.document_id: row for row in incoming.find_proposed(ledger, slot.tenant)} if is_posted_by_people else {}
    rows = {row.document_id: row for row in incoming.find_suspense(ledger, slot.tenant) if row.state != "cancelled"}
    proposals = matching.read_proposals(slot, sorted(rows.keys() | proposed.keys()))
    waiting = {i for i in proposed if i in proposals and proposals[i].by_hand}
    return Asked(rows=rows | {i: proposed[i] for i in waiting}, proposals=proposals, waiting=waiting)


@retrying.station("Plasser innbetalinger som er avgjort")
async def settle_suspense(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Allocate what people chose for payments in suspense, and conclude what they posted themselves."""
    if batch.slot.dry_run or chosen.accounting.incoming not in matching.MATCHED_BY_US:
        return batch
    return await asyncio.to_thread(_settle, batch, chosen)


@retrying.station("Be om svar om innbetalinger")
async def ask_people(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """List what stands in suspense, and ask about what has candidates, or waits for a person to post it."""
    slot = batch.slot
    if slot.dry_run or chosen.accounting.incoming not in matching.MATCHED_BY_US:
        return batch
    found = await asyncio.to_thread(_find, slot, chosen)
    if found.rows:
        rows = list(found.rows.values())
        listed = [question_texts.suspense_row(row, found.proposals.get(row.document_id)) for row in rows[:_SHOWN]]
        await runs.table("suspense", slot.tenant, listed, question_texts.suspended(rows))
    said = await asyncio.to_thread(bank_questions.find_answers, slot, answers.SUSPENSE, map(found.subject, found.rows))
    unsaid = [row for i, row in found.rows.items() if found.subject(i) not in said]
    doubtful = [
        row for row in unsaid if row.document_id in found.waiting or (row.standing == "suspense" and _candidates(found, row))
    ]
    questions = await asyncio.to_thread(_to_questions, slot, doubtful[:_ASKED], found)
    return await bank_questions.ask(batch, [answers.SUSPENSE], questions)


def _candidates(found: Asked, row: incoming.Incoming) -> tuple[values.Candidate, ...]:
    proposal = found.proposals.get(row.document_id)
    return proposal.candidates if proposal and row.standing == "suspense" else ()


def _to_questions(slot: runs.Slot, rows: Sequence[incoming.Incoming], found: Asked) -> list[bank_questions.Question]:
    ledger, asked = connect.current().ledger, list[bank_questions.Question]()
    numbers = {given.number for row in rows for one in _candidates(found, row) for given in one.allocations}
    customers = {item.document_id: item.customer_number for item in allocations.find_items(ledger, slot.tenant, numbers=numbers)}
    for row, payment in incoming.read(ledger, slot.tenant, [row.document_id for row in rows]):
        shown = {
            "payment": question_texts.payment_shown(row, payment.payer_name),
            "text": payment.text,
            "reason": question_texts.why(found.proposals.get(row.document_id)),
            **({"cause": "waits", "answers": answers.BY_HAND} if row.document_id in found.waiting else {"answers": "stands"}),
        }
        for number, one in enumerate(_candidates(found, row), 1):
            of = customers.get(one.allocations[0].invoice, "")
            shown[f"candidate_{number}"] = question_texts.candidate(one, row.currency, "\n", of, row.rest)
        subject = found.subject(row.document_id)
        asked.append(bank_questions.Question(kind=answers.SUSPENSE, subject=subject, shown=shown, caused_by=f"run:{slot.run}"))
    return asked


def _settle(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    if chosen.accounting.incoming in accounting_api.TARGETS:
        batch = by_hand.settle(batch, accounting_api.TARGETS[chosen.accounting.incoming])
    slot, found = batch.slot, _find(batch.slot, chosen)
    subjects = {found.subject(i): row for i, row in found.rows.items()}
    for subject, answer in bank_questions.find_answers(slot, answers.SUSPENSE, subjects).items():
        row = subjects[subject]
        if answer in answers.CANDIDATES and row.standing == "suspense":
            batch = _place(batch, row, _candidates(found, row)[int(answer[-1]) - 1 :][:1])
    return batch


def _place(batch: runs.Batch, row: incoming.Incoming, picked: Sequence[values.Candidate]) -> runs.Batch:
    """Give a payment to what a person chose; nothing where that was told before, or refused."""
    slot = batch.slot
    for one in picked:
        if not _is_open(slot, one):
            too_late = {row.document_id: matching.TOO_LATE}
            now = clock.now()
            allocations.record(connect.current().ledger, slot.tenant, slot.run, now, [], {row.document_id: "suspense"}, too_late)
            return batch.failing(messages.choice_is_gone(row.reference))
        is_all = sum(given.amount for given in one.allocations) == row.rest
        matching.allocate(slot, row, "matched" if is_all else "over", one.allocations)
        return batch.counted(placed=1)
    return batch


def _is_open(slot: runs.Slot, one: values.Candidate) -> bool:
    """Whether as much is still open as the person saw."""
    items = allocations.find_items(connect.current().ledger, slot.tenant, numbers=[given.number for given in one.allocations])
    is_open = {item.document_id: item.open for item in items}
    return all(is_open.get(given.invoice, 0) >= given.amount for given in one.allocations)
