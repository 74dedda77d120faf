"""Questions on payments, vouchers and registers that people answer and the next run acts on: their kinds, and what was answered.

A subject begins with the id of a bank file, of a document or of a plan, with the name that a file went by, with a voucher's
reference, or with a register and the keys of two records. What follows from an answer is done neither here nor in its transaction;
that two records are the same, and that a plan may run, is noted there (decisions.EFFECTS).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, operations, tables

_decision, _log = operations.decision, tables.transfer_log
REMITTANCE_FILE, CREDITOR_ACCOUNTS, UNUSUAL_BATCH = "remittance_file", "creditor_accounts", "unusual_batch"
REPEATED_PAYMENTS = "repeated_payments"
FILE_IN_DOUBT = "file_in_doubt"
ARRIVED, ABSENT = "arrived", "absent"
UNPROVEN = "unproven"
PAID, NOT_PAID, EACH = "paid", "not_paid", "each"
INCIDENT, SUSPENSE = "incident", "suspense"
BOTH_RIGHT, SET_ASIDE, TOLD_AGAIN = "both_right", "set_aside", "told_again"
BY_HAND = "by_hand"
BANK_NOTICE, DEALT_WITH = "bank_notice", "dealt_with"
UNDO_VOUCHER = "undo_voucher"
PAIR, SAME, DIFFERENT = "pair", "same", "different"
SYNC_PLAN = "sync_plan"
APPROVED, REFUSED = "approved", "refused"
SETTLED_ELSEWHERE = "settled_elsewhere"
"""The answer of a decision that nobody had to make any more."""
CANDIDATES = tuple(f"candidate_{number}" for number in range(1, 6))
KINDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((REMITTANCE_FILE, CREDITOR_ACCOUNTS, UNUSUAL_BATCH, REPEATED_PAYMENTS, UNDO_VOUCHER), (APPROVED, REFUSED)),
    SYNC_PLAN: (APPROVED, REFUSED),
    PAIR: (SAME, DIFFERENT),
    FILE_IN_DOUBT: (ARRIVED, ABSENT),
    UNPROVEN: (PAID, NOT_PAID, EACH),
    BANK_NOTICE: (DEALT_WITH,),
    INCIDENT: (BOTH_RIGHT, SET_ASIDE, TOLD_AGAIN),
    SUSPENSE: (*CANDIDATES, BY_HAND, "stands"),
}
"""The answers by kind."""


def among(answers: Iterable[str], question: Mapping[str, str]) -> list[str]:
    """The answers that a question leaves: a candidate that it does not name cannot be chosen, and one payment not be divided.

    Where it names `answers`, none but these.
    """
    left = [one for one in answers if (one not in CANDIDATES or question.get(one)) and (one != EACH or "single" not in question)]
    named = question.get("answers")
    return left if named is None else [one for one in left if one in CANDIDATES or one in named.split()]


def find(ledger: opened.Ledger, tenant: str, kind: str, subjects: Iterable[str]) -> dict[str, str]:
    """What people answered on these subjects, the last answer of each; those that nobody has answered are absent."""
    mine = (_decision.c.tenant == tenant, _decision.c.kind == kind, _decision.c.answer.in_(KINDS[kind]))
    columns = (_decision.c.subject, _decision.c.answer)
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _decision.c.subject, subjects)
        rows = connection.execute(sa.select(*columns).where(*mine, chosen).order_by(_decision.c.id))
        return {subject: answer for subject, answer in rows}


def find_said(ledger: opened.Ledger, tenant: str, kind: str, answer: str) -> dict[str, str]:
    """Who gave this answer, by subject."""
    mine = (_decision.c.tenant == tenant, _decision.c.kind == kind, _decision.c.answer == answer)
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_decision.c.subject, _decision.c.decided_by).where(*mine).order_by(_decision.c.id))
        return {subject: person or "" for subject, person in rows}


def find_doubt(ledger: opened.Ledger, tenant: str, delivery_ids: Iterable[int]) -> int:
    """What tells one doubt about these deliveries from the next: the newest line that put one of them in doubt; 0 for none."""
    mine = (_log.c.tenant == tenant, _log.c.outcome == "in_doubt")
    with ledger.reading() as connection:
        newest = sa.select(sa.func.max(_log.c.id)).where(*mine, bulk.among(connection, _log.c.delivery_id, delivery_ids))
        return connection.execute(newest).scalar_one() or 0


def find_open(ledger: opened.Ledger, tenant: str, kinds: Iterable[str]) -> dict[tuple[str, str], dt.datetime]:
    """Since when a person is asked, by kind and subject, in the order that they were asked in."""
    mine = (_decision.c.tenant == tenant, _decision.c.kind.in_(kinds), operations.OPEN)
    with ledger.reading() as connection:
        columns = (_decision.c.kind, _decision.c.subject, _decision.c.asked_at)
        rows = connection.execute(sa.select(*columns).where(*mine).order_by(_decision.c.id))
        return {(kind, subject): asked_at for kind, subject, asked_at in rows}


def withdraw(ledger: opened.Ledger, tenant: str, kind: str, subjects: Iterable[str], by: str, now: dt.datetime) -> None:
    """Close open questions that nobody need answer any more."""
    with ledger.writing() as connection:
        mine = (_decision.c.tenant == tenant, _decision.c.kind == kind, operations.OPEN)
        change = sa.update(_decision).where(*mine, bulk.among(connection, _decision.c.subject, subjects))
        connection.execute(change.values(decided_at=now, decided_by=by, answer=SETTLED_ELSEWHERE))
