"""Files of payments as wholes: which are unusual beside those that the tenant sent before, which may go, which may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from data_quality import blocking, checking, payment_rows
from fakturabro.domain import findings
from fakturabro.ledger import decisions, deliveries, engine
from fakturabro.ledger.payments import answers, bank_files
from fakturabro.ledger.payments import history as payment_history
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from tasks import clock, connect, runs
from tasks.bank import options as bank_options
from tasks.payments import messages

SIDE, DIRECTION = "accounting", "in"
PURPOSES = ("pay",)
_CHUNK = 10_000
_Kinds = dict[tuple[str, bool], payment_rows.Past]
"""By currency, and whether it is salary."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A file of which nobody has decided yet, and what is unusual about it. `going` payments are not cancelled."""

    file: bank_files.File
    found: tuple[findings.Finding, ...]
    going: int


class Settled(msgspec.Struct, kw_only=True):
    """What was decided in this run: files by id, and how many payments of refused ones were cancelled."""

    confirmed: list[int] = []
    refused: int = 0
    short: dict[str, str] = {}
    """What somebody must look at, by cause: files of which payments lack."""


def find_orders(slot: runs.Slot, document_ids: Sequence[int]) -> Iterator[payment_orders.Order]:
    """These payments without opening them, in chunks: memory stays flat."""
    for some in engine.chunks(document_ids, _CHUNK):
        yield from payment_orders.find_orders(connect.current().ledger, slot.tenant, some)


def judge(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[Judged]:
    """The files that stand `read` and whose payments are all recorded, oldest first."""
    ledger = connect.current().ledger
    standing = bank_files.find_standing(ledger, slot.tenant, SIDE, DIRECTION, ("read",))
    whole = [file for file in standing if payment_orders.count_of_file(ledger, slot.tenant, file.id) == file.count]
    now = {file.id: _tally(slot, file.id) for file in whole}
    owners, subjects = _to_subjects(slot, chosen, now)
    checked = checking.check(subjects, blocking.Rules(), "remittances") if subjects else {}
    found: dict[int, tuple[findings.Finding, ...]] = {}
    for number, said in checked.items():
        found[owners[number]] = found.get(owners[number], ()) + said
    return [
        Judged(file=file, found=found.get(file.id, ()), going=sum(one.count for one in now[file.id].values())) for file in whole
    ]


def settle(slot: runs.Slot, chosen: bank_options.BankOptions) -> Settled:
    """Let files go that are usual and signed or approved, and unusual ones that are approved; stop what is refused."""
    ledger = connect.current().ledger
    standing = bank_files.find_standing(ledger, slot.tenant, SIDE, DIRECTION, ("read",))
    there = {file.id: payment_orders.count_of_file(ledger, slot.tenant, file.id) for file in standing}
    short = {
        f"short/{one.id}": messages.short(one.name, there[one.id], one.count) for one in standing if there[one.id] != one.count
    }
    settled = Settled(short=short)
    for judged in judge(slot, chosen):
        file, decision = judged.file, _find_decision(slot, judged)
        if not judged.going:
            bank_files.move(ledger, slot.tenant, file.id, ("read",), "refused", messages.ALL_REFUSED)
        elif decision is not None and decision.answer == answers.REFUSED:
            why = messages.refused(file.name, decision.decided_by or "")
            ids = payment_orders.find_of_file(ledger, slot.tenant, file.id)
            waiting = [one.document_id for one in find_orders(slot, ids) if one.state in ("waiting", "held")]
            cancel(slot, waiting)  # first: a run that dies here decides the same once more
            bank_files.move(ledger, slot.tenant, file.id, ("read",), "refused", why, str(decision.id))
            settled.refused += len(waiting)
        elif decision is not None or (file.confirmed_by and not judged.found):
            by = str(decision.id) if decision else file.confirmed_by
            if bank_files.move(ledger, slot.tenant, file.id, ("read",), "confirmed", confirmed_by=by):
                settled.confirmed.append(file.id)
    return settled


def cancel(slot: runs.Slot, document_ids: Sequence[int]) -> None:
    """These are not paid; the accounting system is told so like of any other end."""
    ledger = connect.current().ledger
    for ids in engine.chunks(document_ids, _CHUNK):
        deliveries.cancel(ledger, slot.tenant, ids, PURPOSES, slot.run, slot.business_date)
    payment_stages.follow(ledger, slot.tenant, clock.now(), slot.run)


def _find_decision(slot: runs.Slot, judged: Judged) -> decisions.Decision | None:
    """What a person said of the file: of an unusual one only as an unusual one, unless it was refused."""
    ledger, said = connect.current().ledger, list[decisions.Decision]()
    for kind in (answers.UNUSUAL_BATCH, answers.REMITTANCE_FILE):
        counts = {answers.REFUSED} if judged.found and kind == answers.REMITTANCE_FILE else {answers.REFUSED, answers.APPROVED}
        about = decisions.find_about(ledger, slot.tenant, kind, str(judged.file.id))
        said += [one for one in about if one.answer in counts]
    return min(said, key=lambda one: one.answer != answers.REFUSED, default=None)


def _tally(slot: runs.Slot, file_id: int) -> _Kinds:
    """What goes of a file, by currency, salaries apart."""
    found = payment_history.find_going(connect.current().ledger, slot.tenant, file_id)
    return {kind: _to_past(one) for kind, one in found.items()}


def _to_subjects(
    slot: runs.Slot, chosen: bank_options.BankOptions, files: Mapping[int, _Kinds]
) -> tuple[dict[int, int], list[payment_rows.File]]:
    """The file of each subject by its id, and the subjects: one for each file and kind."""
    ledger, limits = connect.current().ledger, msgspec.convert(chosen.guards, payment_rows.Limits, from_attributes=True)
    kinds = {kind for of_file in files.values() for kind in of_file}
    before = {kind: payment_history.find_history(ledger, slot.tenant, *kind, payment_rows.LATEST) for kind in kinds}
    rows = [(file_id, kind, now) for file_id, of_file in files.items() for kind, now in sorted(of_file.items())]
    subjects = [
        payment_rows.File(id=number, now=now, before=[_to_past(one) for one in before[kind]], limits=limits)
        for number, (_, kind, now) in enumerate(rows)
    ]
    return {number: file_id for number, (file_id, *_) in enumerate(rows)}, subjects


def _to_past(one: payment_history.Past) -> payment_rows.Past:
    return payment_rows.Past(count=one.count, total=one.total, largest=one.largest, new_receivers=one.new_receivers)
