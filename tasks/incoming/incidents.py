"""Incident mode: a file of incoming payments that repeats an earlier day is stopped until both sides are seen, or a person decides.

What the bank takes back is the other side: when all that was repeated is taken back, the pairs are netted and the rest is posted.
Nothing of a stopped file is posted, and nothing of it may be paid back.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from fakturabro.ledger import deliveries, engine
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.incoming import repeats
from fakturabro.ledger.payments import answers, bank_files
from tasks import clock, connect, retrying, runs
from tasks.accounting import forwarding
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.incoming import doubts, messages, question_texts

_PAGE = 5_000
_REMEMBERED = dt.timedelta(days=60)
"""So long after it came, what takes back a file that was wrong is looked for."""
REPEATS, TAKES_BACK, OVERLAPS, WRONG, LEFT = "repeats", "takes_back", "overlaps", "wrong", "left"
"""Why a file is stopped (it repeats, takes back one that does, holds what is posted), or was (it is wrong, or told once more)."""
_WHOLE = f"{answers.BOTH_RIGHT} {answers.SET_ASIDE}"
_ANSWERS = {REPEATS: f"{_WHOLE} {answers.TOLD_AGAIN}", TAKES_BACK: _WHOLE, OVERLAPS: _WHOLE}
"""What a person may say to each."""
BEFORE = ("read", "booked")
"""States of what may be stopped: a file that is read again may bring more."""
Key = tuple[str, str, int, str]
Pairs = dict[int, int]
"""What takes back, by the document of what it takes back."""


def check(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, *, is_partly_known: bool) -> bool:
    """Whether a file whose payments are recorded is stopped. Where it is not, what of it was perhaps told of before is."""
    why = _find_why(slot, chosen, file, is_partly_known)
    return bool(why) and bank_files.move(connect.current().ledger, slot.tenant, file.id, BEFORE, "stopped", why=why)


def _find_why(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, is_partly_known: bool) -> str:
    """Why a file is stopped, "" where it is not. One that is handed over whole would post once more what is known or in doubt."""
    is_whole, ledger = chosen.accounting.incoming == "file", connect.current().ledger
    if is_whole and (is_partly_known or any(incoming.find_of_file(ledger, slot.tenant, file.id, ["stopped"]))):
        return OVERLAPS
    if _is_incident(slot, chosen, file):
        return REPEATS
    if doubts.stop(slot, file) and is_whole:
        return OVERLAPS
    return TAKES_BACK if any(_find_pairs(slot, chosen, one, [file]) for one in _find_incidents(slot, _REMEMBERED)) else ""


def _is_incident(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> bool:
    """Whether much of one kind repeats: what a bank registers twice is all of a kind, beside others of the same day."""
    ledger, limits, rows = connect.current().ledger, chosen.incidents, [row.document_id for row in _rows(slot, file)]
    found = _find_repeated(slot, chosen, file)
    if len(found) < limits.fewest:
        return False
    kinds = [(one.kind, row.document_id in found) for row, one in incoming.read(ledger, slot.tenant, rows) if row.amount > 0]
    of = Counter(kind for kind, _ in kinds)
    repeated = Counter(kind for kind, is_repeated in kinds if is_repeated)
    return any(count >= limits.fewest and count * 100 >= limits.percent * of[kind] for kind, count in repeated.items())


@retrying.station("Avklar hendelser")
async def settle_incidents(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Net what the bank took back, do what people decided, and ask about what is left, loudly in every run."""
    if batch.slot.dry_run:
        return batch
    for one in await asyncio.to_thread(_find_incidents, batch.slot):
        batch = await asyncio.to_thread(_settle, batch, chosen, one)
    batch = await asyncio.to_thread(_let_go, batch, chosen)
    return await bank_questions.ask(batch, [answers.INCIDENT], await asyncio.to_thread(_find_questions, batch.slot, chosen))


def _find_incidents(slot: runs.Slot, remembered: dt.timedelta = dt.timedelta.max) -> list[bank_files.File]:
    """The files that repeat an earlier day, stopped or found wrong by a person: what takes them back is no ordinary reversal.

    Those found wrong are remembered so long for new files; what is stopped because of one is held however old that is.
    """
    found = bank_files.find_standing(connect.current().ledger, slot.tenant, "bank", "in", ["stopped", "released", "set_aside"])
    wrong = [one for one in found if one.why == WRONG and clock.now() - one.received_at < remembered]
    return [one for one in found if one.state == "stopped" and one.why == REPEATS] + wrong


def _find_stopped(slot: runs.Slot, why: str) -> list[bank_files.File]:
    found = bank_files.find_standing(connect.current().ledger, slot.tenant, "bank", "in", ["stopped"])
    return [one for one in found if one.why == why]


def _find_repeated(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> set[int]:
    """Those of a file that nothing is decided about yet: a run that died had perhaps begun to net."""
    pairs = repeats.find_pairs(connect.current().ledger, slot.tenant, file.id, chosen.incidents.days)
    return {one for one, _ in pairs} & {row.document_id for row in _rows(slot, file)}


def _find_pairs(
    slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, mirrors: Sequence[bank_files.File]
) -> Pairs:
    """What of a stopped file's repeated payments is taken back by these files, by account, KID and amount; each once.

    The payer is not compared: a reversal may not say who paid. Of a file that is wrong, all is looked for.
    """
    reversals: defaultdict[Key, list[int]] = defaultdict(list)
    for mirror in mirrors:
        for row in _rows(slot, mirror):
            if row.amount < 0 and row.kid and row.standing == "recorded":
                reversals[row.account, row.kid, -row.amount, row.currency].append(row.document_id)
    if not reversals:
        return {}
    chosen_ones = None if file.why == WRONG else _find_repeated(slot, chosen, file)
    pairs: Pairs = {}
    for row in _rows(slot, file):
        found = reversals.get((row.account, row.kid, row.amount, row.currency))
        if found and (chosen_ones is None or row.document_id in chosen_ones):
            pairs[row.document_id] = found.pop()
    return pairs


def _rows(slot: runs.Slot, file: bank_files.File) -> Iterator[incoming.Incoming]:
    """What of a file is not decided yet."""
    standings, ledger = ["recorded", "stopped"], connect.current().ledger
    return (row for page in incoming.find_of_file(ledger, slot.tenant, file.id, standings) for row in page)


def _settle(batch: runs.Batch, chosen: bank_options.BankOptions, file: bank_files.File) -> runs.Batch:
    slot, ledger = batch.slot, connect.current().ledger
    answer = bank_questions.find_answers(slot, answers.INCIDENT, [str(file.id)]).get(str(file.id))
    if file.state == "stopped" and answer in (answers.BOTH_RIGHT, answers.TOLD_AGAIN):
        (_release if answer == answers.BOTH_RIGHT else _leave_out)(slot, chosen, file)
        return batch
    if file.state == "stopped" and answer == answers.SET_ASIDE:
        _set_aside(slot, chosen, file)
    file = bank_files.find(ledger, slot.tenant, file.id) or file
    pairs = _find_pairs(slot, chosen, file, [file, *_find_stopped(slot, TAKES_BACK)])
    if file.why == WRONG:
        return _net(batch, chosen, pairs)
    if _find_repeated(slot, chosen, file) <= pairs.keys():
        batch = _net(batch, chosen, pairs)
        doubts.stop(slot, file)
        _release(slot, chosen, file)
        return batch
    found = repeats.find(ledger, slot.tenant, file.id, chosen.incidents.days)
    return batch.failing(messages.incident(file.name, found, taken_back=len(pairs)))


def _release(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> None:
    """It may be posted now; where the accounting system's folder is away, that waits for the next run."""
    forwarding.forward_incoming(slot, chosen, file)
    bank_files.move(connect.current().ledger, slot.tenant, file.id, ["stopped"], "released")


def _set_aside(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> None:
    """What repeats is never posted, and stays known as stopped, so that what takes it back later is known too. The rest is posted.

    Where the bank's files are what posts, nothing of it is.
    """
    if chosen.accounting.incoming == "file":
        _put_aside(slot, file, WRONG)
    else:
        doubts.cancel(slot, sorted(_find_repeated(slot, chosen, file)))
        doubts.stop(slot, file)
        bank_files.move(connect.current().ledger, slot.tenant, file.id, ["stopped"], "released", why=WRONG)


def _leave_out(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> None:
    """The money stands on the account once, and was told of twice: nothing of it will be taken back. The rest is posted."""
    if chosen.accounting.incoming == "file":
        _put_aside(slot, file, LEFT)
    else:
        doubts.cancel_told_again(slot, chosen, file)
        bank_files.move(connect.current().ledger, slot.tenant, file.id, ["stopped"], "released", why=LEFT)


def _put_aside(slot: runs.Slot, file: bank_files.File, why: str) -> None:
    doubts.cancel(slot, [row.document_id for row in _rows(slot, file)])
    bank_files.move(connect.current().ledger, slot.tenant, file.id, ["stopped"], "set_aside", why=why)


def _net(batch: runs.Batch, chosen: bank_options.BankOptions, pairs: Pairs) -> runs.Batch:
    """Both sides of each pair are never posted; where the bank's files are what posts, the accounting system nets them itself."""
    slot, ledger = batch.slot, connect.current().ledger
    if chosen.accounting.incoming == "file" or not pairs:
        return batch
    for chunk in engine.chunks(pairs.items(), _PAGE):
        some = [i for pair in chunk for i in pair]
        deliveries.cancel(ledger, slot.tenant, some, ["post"], slot.run, slot.business_date)
        incoming.set_standing(ledger, slot.tenant, dict.fromkeys(some, "netted"))
    return batch.counted(netted=2 * len(pairs))


def _let_go(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Release what takes back, where nothing of what it takes back is stopped any more; do what people said of the others."""
    slot = batch.slot
    for mirror in _find_stopped(slot, TAKES_BACK):
        about = _find_about(slot, chosen, mirror)
        if not about:
            _release(slot, chosen, mirror)
        elif all(one.why == WRONG for one in about) and not _is_answered(slot, chosen, mirror):
            batch = batch.failing(messages.takes_back_what_is_wrong(mirror.name))
    batch = doubts.settle(batch, chosen)
    for one in _find_stopped(slot, OVERLAPS):
        if not _is_answered(slot, chosen, one):
            batch = batch.failing(messages.overlaps(one.name, *_known_and_new(slot, one)))
    return batch


def _is_answered(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File) -> bool:
    """Whether a person said what becomes of a file that is handed over whole or not at all; it is done."""
    answer = bank_questions.find_answers(slot, answers.INCIDENT, [str(file.id)]).get(str(file.id))
    if answer == answers.BOTH_RIGHT:
        _release(slot, chosen, file)
    elif answer is not None:
        _put_aside(slot, file, LEFT)
    return answer is not None


def _find_about(slot: runs.Slot, chosen: bank_options.BankOptions, mirror: bank_files.File) -> list[bank_files.File]:
    """The stopped and wrong files of which it takes something back."""
    return [one for one in _find_incidents(slot) if _find_pairs(slot, chosen, one, [mirror])]


def _known_and_new(slot: runs.Slot, file: bank_files.File) -> tuple[int, int]:
    new = sum(row.standing == "recorded" for row in _rows(slot, file))
    return file.count - new, new


def _find_questions(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[bank_questions.Question]:
    ledger, stopped = connect.current().ledger, [one for one in _find_incidents(slot) if one.state == "stopped"]
    told = [(one, question_texts.repeated(repeats.find(ledger, slot.tenant, one.id, chosen.incidents.days))) for one in stopped]
    for one in _find_stopped(slot, TAKES_BACK):
        if all(each.why == WRONG for each in _find_about(slot, chosen, one)):
            told.append((one, ""))
    told += [(one, question_texts.also_new(*_known_and_new(slot, one))) for one in _find_stopped(slot, OVERLAPS)]
    return [
        bank_questions.Question(
            kind=answers.INCIDENT,
            subject=str(one.id),
            shown=question_texts.incident_shown(one, one.why, what) | {"answers": _ANSWERS[one.why]},
            caused_by=f"run:{slot.run}",
        )
        for one, what in told
    ] + doubts.find_questions(slot, chosen)
