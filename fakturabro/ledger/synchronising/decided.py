"""What follows from a person's answer on registers, in the decision's own transaction."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec
import sqlalchemy as sa

from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import pairs, plans, verdicts


class Decided(Protocol):
    """What counts of a decision (decisions.Decision)."""

    @property
    def tenant(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def answer(self) -> str | None: ...
    @property
    def decided_by(self) -> str | None: ...
    @property
    def decided_at(self) -> dt.datetime | None: ...


def to_subject(register: pairs.Register, severa_key: str, fortnox_key: str) -> str:
    """What a question on two records is about; Severa's keys have no bar in them.

    >>> to_subject("customer", "6f1e", "10|1")
    'customer|6f1e|10|1'
    """
    return f"{register}|{severa_key}|{fortnox_key}"


def remember(connection: sa.Connection, decision: Decided) -> bool:
    """Note whether two records are the same."""
    register, severa_key, fortnox_key = decision.subject.split("|", 2)
    of = msgspec.convert(register, pairs.Register)
    is_same, by, at = decision.answer == answers.SAME, decision.decided_by, decision.decided_at
    assert by and at  # noqa: S101 a decided one has both
    verdicts.stand(connection, decision.tenant, of, severa_key, fortnox_key, same=is_same, by=by, at=at)
    return True


def settle_plan(connection: sa.Connection, decision: Decided) -> bool:
    """Approve or decline a plan; False where it is not the one that stands to be decided on any more."""
    end: plans.State = "approved" if decision.answer == answers.APPROVED else "declined"
    by, at = decision.decided_by or "", decision.decided_at
    return plans.change(connection, decision.tenant, int(decision.subject), ("proposed",), end, by, at)
