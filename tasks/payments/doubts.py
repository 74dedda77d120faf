"""Files of which nobody knows whether the bank got them, where its folder cannot tell: the bank's answers settle them, or a person.

What a person says counts for the whole file, which is known by the name that it went by; the folder is asked by `settling`.
"""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.ledger import deliveries
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import answers, bank_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from tasks import clock, connect, runs, sending
from tasks.bank import folders as connect_bank
from tasks.bank import messages
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.payments import pages as payment_pages

_SILENT = ("entered", "handed_over")


def settle(slot: runs.Slot) -> None:
    """Act on what the bank has said of a file since, and on what people answered. Blocks."""
    ledger = connect.current().ledger
    payment_stages.follow(ledger, slot.tenant, clock.now(), slot.run)
    found = _find(slot)
    said = bank_questions.find_answers(slot, answers.FILE_IN_DOUBT, [_subject(slot, *one) for one in found.items()])
    for message_id, rows in found.items():
        is_named = any(one.stage not in _SILENT for one in payment_ages.find_payments(ledger, slot.tenant, message_id))
        answer = said.get(_subject(slot, message_id, rows))
        if is_named or answer == answers.ARRIVED:
            _answer(slot, rows, "accepted", messages.THE_BANK_KNOWS_IT if is_named else messages.A_PERSON_KNOWS_IT)
        elif answer == answers.ABSENT:
            _answer(slot, rows, "planned", messages.A_PERSON_MISSES_IT)
    payment_stages.follow(ledger, slot.tenant, clock.now(), slot.run)


def doubt_answered(slot: runs.Slot) -> list[str]:
    """The files, by their message ids, on which the bank has answered although they did not leave by our account: they are in
    doubt, and its word settles them. Blocks.
    """
    ledger, answered = connect.current().ledger, list[str]()
    for message_id, rows in _find(slot, "planned").items():
        if any(one.stage != "entered" for one in payment_ages.find_payments(ledger, slot.tenant, message_id)):
            _answer(slot, rows, "in_doubt", messages.answered_before(message_id), start="planned")
            answered.append(message_id)
    return answered


def find_questions(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[bank_questions.Question]:
    """What only a person can settle: one question for each file. Blocks."""
    ledger, asked = connect.current().ledger, list[bank_questions.Question]()
    for message_id, rows in _find(slot).items():
        orders = payment_ages.find_payments(ledger, slot.tenant, message_id)
        if not _folder_can_tell(slot, chosen, orders):
            shown = {"message_id": message_id, "count": str(len(orders)), "sum": payment_pages.sums(orders)}
            question = {"kind": answers.FILE_IN_DOUBT, "subject": _subject(slot, message_id, rows), "shown": shown}
            asked.append(bank_questions.Question(**question, caused_by=f"run:{slot.run}"))
    return asked


def _subject(slot: runs.Slot, message_id: str, rows: Sequence[deliveries.Open]) -> str:
    """Each doubt is a question of its own: what was absent once may be there now."""
    doubt = answers.find_doubt(connect.current().ledger, slot.tenant, [row.id for row in rows])
    return f"{message_id}/{doubt}"


def _find(slot: runs.Slot, state: str = "in_doubt") -> dict[str, list[deliveries.Open]]:
    """What is in doubt, by the name that its file went by."""
    ledger = connect.current().ledger
    rows = {row.document_id: row for row in deliveries.find_open(ledger, slot.tenant, "pay", [state])}
    found: dict[str, list[deliveries.Open]] = {}
    for one in payment_orders.find_orders(ledger, slot.tenant, list(rows)):
        if one.message_id:
            found.setdefault(one.message_id, []).append(rows[one.document_id])
    return found


def _folder_can_tell(slot: runs.Slot, chosen: bank_options.BankOptions, orders: Sequence[payment_orders.Order]) -> bool:
    ledger = connect.current().ledger
    files = [bank_files.find(ledger, slot.tenant, i) for i in {one.out_file for one in orders if one.out_file is not None}]
    is_there = bool(files) and all(file is not None and file.place == connect_bank.place(chosen) for file in files)
    return is_there and chosen.bank.folders.remembers


def _answer(slot: runs.Slot, rows: Sequence[deliveries.Open], outcome: str, detail: str, start: str = "in_doubt") -> None:
    said = [sending.answer(slot, row, outcome, sending.Sent(detail=detail)) for row in rows]
    ledger = connect.current().ledger
    deliveries.record_answers(ledger, slot.tenant, said, slot.run, clock.now(), slot.business_date, start=start)
