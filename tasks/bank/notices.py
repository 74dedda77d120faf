"""What a bank's files tell that somebody must look at: said every working day until a person has dealt with it.

A notice is a question with one answer. It is asked before its file counts as read, so that no death of a run loses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fakturabro.gateway import questions
from fakturabro.ledger import decisions
from fakturabro.ledger.payments import answers, bank_files
from tasks import clock, connect, retrying, runs
from tasks.bank import notice_messages
from tasks.bank import questions as bank_questions
from tasks.payments import following as payment_following

_KINDS = (answers.BANK_NOTICE,)
_SHOWN = 20
"""How many lines of a notice the page names; `_SAID` of them a run does."""
_SAID = 10


def note(slot: runs.Slot, subject: str, file: str, sentence: str, lines: Sequence[str]) -> None:
    """Let people be told of these lines, once for ever, where there are some. `subject` begins with the file's id. Blocks."""
    ledger, kind = connect.current().ledger, answers.BANK_NOTICE
    if not lines or bank_questions.find_answers(slot, kind, [subject]):
        return
    shown = {
        "file": file,
        "notice": sentence,
        "noticed": "\n".join(_first(lines, _SHOWN)),
        "in_run": " ".join(_first(lines, _SAID)),
    }
    decisions.ask(ledger, slot.tenant, kind, subject, questions.masked(shown), f"run:{slot.run}", clock.now())


def _first(lines: Sequence[str], count: int) -> list[str]:
    more = [notice_messages.more_lines(len(lines) - count)] if len(lines) > count else []
    return [*lines[:count], *more]


def note_held(slot: runs.Slot, file: bank_files.File, odd: Sequence[str]) -> None:
    """The same of what of a file is left out because it is odd, a sentence for each."""
    note(slot, f"{file.id}/held", file.name, notice_messages.held(file.name, len(odd)), odd)


async def remind(batch: runs.Batch) -> runs.Batch:
    """Fail once a working day with what is not dealt with, and ask the approvers. It is said also where nobody can be asked."""
    return batch if batch.slot.dry_run else await _ask(await _say(batch))


@retrying.station("Si fra om det banken viser")
async def _say(batch: runs.Batch) -> runs.Batch:
    _, said = await asyncio.to_thread(_find, batch.slot)
    return payment_following.fail_daily(batch, said)


@retrying.station("Be om svar om det banken viser")
async def _ask(batch: runs.Batch) -> runs.Batch:
    wanted, _ = await asyncio.to_thread(_find, batch.slot)
    return await bank_questions.ask(batch, _KINDS, wanted)


def _find(slot: runs.Slot) -> tuple[list[bank_questions.Question], dict[str, str]]:
    """What stands open, as a question and as a sentence by its cause."""
    ledger, wanted, said = connect.current().ledger, list[bank_questions.Question](), dict[str, str]()
    for (kind, subject), since in answers.find_open(ledger, slot.tenant, _KINDS).items():
        shown = decisions.find_about(ledger, slot.tenant, kind, subject)[-1].question
        wanted.append(bank_questions.Question(kind=kind, subject=subject, shown=shown, caused_by=f"run:{slot.run}"))
        said[f"{kind}/{subject}"] = notice_messages.still_open(f"{shown['notice']} {shown['in_run']}", since)
    return wanted, said
