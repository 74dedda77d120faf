"""What people are asked before payments go to the bank: a file that nobody signed or that is unusual, new accounts, repetitions.

A subject is the file's id, and for what concerns some of its payments a hash over what is shown: an answer counts for that only.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping, Sequence

from data_quality import messages as sentences
from data_quality.suites import payments as suite
from fakturabro.domain import bank_accounts, calendar, findings, money, payments
from fakturabro.ledger import findings as recorded
from fakturabro.ledger.payments import answers, bank_files
from fakturabro.ledger.payments import orders as payment_orders
from tasks import connect, runs
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.payments import file_guards
from tasks.payments import messages as remittance_messages
from tasks.payments import pages as payment_pages

KINDS = (answers.CREDITOR_ACCOUNTS, answers.REPEATED_PAYMENTS)
_SHOWN = 200
"""Whoever answers checks each of them."""
_LARGEST = 5
Said = list[tuple[int, findings.Finding]]


def find_questions(slot: runs.Slot, chosen: bank_options.BankOptions) -> list[bank_questions.Question]:
    """What somebody must decide now, after `payment_guards.check`. Blocks."""
    return [*_of_files(slot, chosen), *_of_payments(slot)]


def group(found: Mapping[int, Sequence[findings.Finding]], files: Mapping[int, int | None]) -> dict[tuple[int, str], Said]:
    """What people decide, by the payments' file and by kind, in the order of the payments; nothing of those that never go."""
    asked: dict[tuple[int, str], Said] = {}
    for document_id in sorted(i for i, said in found.items() if not any(one.code in suite.BROKEN for one in said)):
        file_id = files.get(document_id)
        for one in found[document_id]:
            if one.code in suite.DECIDE and file_id is not None:
                kind = answers.CREDITOR_ACCOUNTS if one.code == suite.CHANGED_ACCOUNT else answers.REPEATED_PAYMENTS
                asked.setdefault((file_id, kind), []).append((document_id, one))
    return asked


def subject(file_id: int, said: Said) -> str:
    """What a decision is about: it is another one as soon as there is something else to decide."""
    told = "\n".join(f"{document_id} {one.code} {one.value}" for document_id, one in said)
    return f"{file_id}/{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _of_files(slot: runs.Slot, chosen: bank_options.BankOptions) -> Iterable[bank_questions.Question]:
    for judged in file_guards.judge(slot, chosen):
        if judged.found or not judged.file.confirmed_by:
            kind = answers.UNUSUAL_BATCH if judged.found else answers.REMITTANCE_FILE
            shown = _shown(slot, judged.file)
            if judged.found:
                shown["unusual"] = "\n".join(sentences.sentence(one, "nb", "remittance") for one in judged.found)
            yield bank_questions.Question(kind=kind, subject=str(judged.file.id), shown=shown, caused_by=f"run:{judged.file.run}")


def _of_payments(slot: runs.Slot) -> Iterable[bank_questions.Question]:
    ledger = connect.current().ledger
    held = list(payment_orders.find_waiting(ledger, slot.tenant, ("held",)))
    stands = {i: [one for one in found if one.holds] for i, found in recorded.read(ledger, slot.tenant, held).items()}
    orders = {one.document_id: one for one in payment_orders.find_orders(ledger, slot.tenant, list(stands))}
    for (file_id, kind), said in group(stands, {i: one.in_file for i, one in orders.items()}).items():
        file = bank_files.find(ledger, slot.tenant, file_id)
        if file is not None and file.state in ("read", "confirmed"):
            field = "changes" if kind == answers.CREDITOR_ACCOUNTS else "repeats"
            asked = payment_pages.count_and_sum([orders[i] for i in {i for i, _ in said}])
            shown = {"asked": asked, field: _lines(slot, said), **_shown(slot, file)}
            yield bank_questions.Question(kind=kind, subject=subject(file_id, said), shown=shown, caused_by=f"run:{file.run}")


def _shown(slot: runs.Slot, file: bank_files.File) -> dict[str, str]:
    """What is shown of the file whatever is asked."""
    ids = payment_orders.find_of_file(connect.current().ledger, slot.tenant, file.id)
    accounts, cancelled = set[str](), list[payment_orders.Order]()
    for one in file_guards.find_orders(slot, ids):
        accounts.add(bank_accounts.masked(one.account))
        cancelled += [one] if one.state == "cancelled" else []
    going = (one for one in file_guards.find_orders(slot, ids) if one.state != "cancelled")
    largest = heapq.nsmallest(_LARGEST, going, key=lambda one: (-one.amount, one.document_id))
    opened = {order.document_id: one for order, one in _read(slot, [one.document_id for one in largest])}
    return {
        "file": file.name,
        "received": f"{file.received_at.astimezone(calendar.OSLO):%d.%m.%Y kl. %H.%M}",
        "sha256": file.sha256.hex(),
        "count": remittance_messages.count(file.count, len(cancelled), payment_pages.sums(cancelled)),
        "sum": "\n".join(money.norwegian(amount, currency) for currency, amount in sorted(file.sums.items())),
        "from_accounts": "\n".join(sorted(accounts)),
        "largest": "\n".join(_line(opened[one.document_id], one) for one in largest),
    }


def _lines(slot: runs.Slot, said: Said) -> str:
    """A line for each payment: who is paid what, and why it is asked."""
    first = said[:_SHOWN]
    opened = {order.document_id: (one, order) for order, one in _read(slot, [i for i, _ in first])}
    lines = [f"{_line(*opened[i])}\t{_why(one, opened[i][0])}" for i, one in first]
    return "\n".join([*lines, *([remittance_messages.more(len(said) - _SHOWN)] if len(said) > _SHOWN else [])])


def _why(finding: findings.Finding, one: payments.Instruction) -> str:
    if finding.code == suite.CHANGED_ACCOUNT:
        return f"{finding.value} → {bank_accounts.grouped(one.order.creditor.account.value)}"  # the page only; no mail shows it
    return sentences.sentence(finding, "nb", "payment")


def _line(one: payments.Instruction, order: payment_orders.Order) -> str:
    return remittance_messages.payment(one.order.creditor.name, money.norwegian(order.amount, order.currency), order.due)


def _read(slot: runs.Slot, document_ids: Sequence[int]) -> list[tuple[payment_orders.Order, payments.Instruction]]:
    return list(payment_orders.read(connect.current().ledger, slot.tenant, document_ids))
