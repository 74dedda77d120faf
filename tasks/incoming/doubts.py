"""Single payments that may be money that was told of before: they wait, the rest of their file is posted, and a person says which.

In doubt are a known reference with other content, and what another file told of under another reference. What stands on the account
decides: twice is two payments, once is the same one told again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from fakturabro.ledger import deliveries, engine
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.incoming import repeats, told_again
from fakturabro.ledger.payments import answers, bank_files
from tasks import connect, runs
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.incoming import messages, question_texts

_PAGE = 5_000
_ONE_BY_ONE = 5
"""So many payments of a file are asked about each by itself; more of them together."""


REFERENCES = "references"
"""Why people are asked about single payments; their file is not stopped."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Payments of a file that one question is about. A question that names other payments is another question."""

    file: bank_files.File
    rows: Sequence[incoming.Incoming]
    subject: str


def stop(slot: runs.Slot, file: bank_files.File) -> bool:
    """Stop what another file told of under another reference; whether there was any. As many as stand there already wait."""
    return bool([pairs for pairs in _stop(slot, file) if pairs])


def cancel_told_again(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> None:
    """Never post what repeats an earlier payment, one for one. What is left over is other money; much of it waits for a person."""
    ledger, told = connect.current().ledger, {one: other for pairs in _stop(slot, file) for one, other in pairs}
    pairs, more = repeats.find_once(ledger, slot.tenant, file.id, chosen.incidents.days, told)
    if len(more) >= chosen.incidents.fewest:  # so much is no chance: the file may tell of it a third time
        undecided = (row for row in incoming.find(ledger, slot.tenant, more) if row.standing == "recorded")
        incoming.set_standing(ledger, slot.tenant, {row.document_id: "stopped" for row in undecided})
    cancel(slot, sorted(told.keys() | pairs.keys()))


def _stop(slot: runs.Slot, file: bank_files.File) -> Iterator[told_again.Pairs]:
    ledger = connect.current().ledger
    for pairs in told_again.find(ledger, slot.tenant, file.id):
        incoming.set_standing(ledger, slot.tenant, dict.fromkeys((one for one, _ in pairs), "stopped"))
        yield pairs


def cancel(slot: runs.Slot, document_ids: Sequence[int]) -> None:
    """Never post these; they stay known as stopped."""
    ledger = connect.current().ledger
    for ids in engine.chunks(document_ids, _PAGE):
        deliveries.cancel(ledger, slot.tenant, ids, ["post"], slot.run, slot.business_date)
        incoming.set_standing(ledger, slot.tenant, dict.fromkeys(ids, "stopped"))


def settle(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Do what people said of what stands in doubt, and say what nobody has answered."""
    slot, ledger, unsaid = batch.slot, connect.current().ledger, defaultdict[str, list[incoming.Incoming]](list)
    found = find(slot, chosen)
    said = bank_questions.find_answers(slot, answers.INCIDENT, [one.subject for one in found])
    for one in found:
        answer, ids = said.get(one.subject), [row.document_id for row in one.rows]
        if answer == answers.BOTH_RIGHT:
            incoming.set_standing(ledger, slot.tenant, dict.fromkeys(ids, "recorded"))
        elif answer is not None:
            cancel(slot, ids)
        else:
            unsaid[one.file.name] += one.rows
    for name, rows in unsaid.items():
        batch = batch.failing(messages.doubtful(name, rows))
    return batch


def find(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[Doubt]:
    """What stands in doubt; where the files themselves are what posts, the whole file waits instead."""
    if chosen.accounting.incoming == "file":
        return []
    ledger, by_file = connect.current().ledger, defaultdict[int, list[incoming.Incoming]](list)
    for row in incoming.find_doubtful(ledger, slot.tenant):
        by_file[row.file_id].append(row)
    files = [(bank_files.find(ledger, slot.tenant, i), rows) for i, rows in by_file.items()]
    return [one for file, rows in files if file and file.state != "stopped" for one in _split(file, rows)]


def _split(file: bank_files.File, rows: Sequence[incoming.Incoming]) -> Iterator[Doubt]:
    if len(rows) > _ONE_BY_ONE:
        yield Doubt(file=file, rows=rows, subject=f"{file.id}|{rows[0].document_id}-{rows[-1].document_id}|{len(rows)}")
    else:
        yield from (Doubt(file=file, rows=[row], subject=f"{file.id}|{row.document_id}") for row in rows)


def find_questions(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[bank_questions.Question]:
    """What people are asked about it."""
    return [_to_question(slot, one) for one in find(slot, chosen)]


def _to_question(slot: runs.Slot, one: Doubt) -> bank_questions.Question:
    sums: dict[str, int] = {}
    for row in one.rows:
        sums[row.currency] = sums.get(row.currency, 0) + row.amount
    shown = question_texts.incident_shown(one.file, REFERENCES, question_texts.doubted(one.rows), len(one.rows), sums)
    shown["answers"] = f"{answers.BOTH_RIGHT} {answers.TOLD_AGAIN}"
    return bank_questions.Question(kind=answers.INCIDENT, subject=one.subject, shown=shown, caused_by=f"run:{slot.run}")
