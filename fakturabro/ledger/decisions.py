"""What a named person must decide, and what follows from it: question, answer and effect stand in one transaction or not at all.

A decision of kind "in_doubt" moves its delivery: "accepted" (it stands there) or "planned" (it certainly does not). One of kind
"approver" lets somebody else be enrolled: "granted" or "refused", or "without_consent" when an operator did without. On registers
see synchronising/decided. Questions on payments (answers.KINDS) only stand: the next run acts on the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar, identity
from fakturabro.ledger import approvers, deliveries, details, links, opened, operations, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import decided

_decision, _delivery, _log = operations.decision, tables.delivery, tables.transfer_log
_SEALED_AS = "decision"
IN_DOUBT, APPROVER = "in_doubt", "approver"
SETTLED_ELSEWHERE = answers.SETTLED_ELSEWHERE
WITHOUT_CONSENT = "without_consent"
"""The answer of a decision that an operator made in place of all approvers."""
RESENT = "resend:"
"""How the run begins on the line of a doubt that a person caused who wanted it sent again; the person follows."""

Outcome = Literal[
    "decided", "already_decided", "settled_elsewhere", "wrong", "locked", "not_enrolled", "not_approver", "caused_it", "dead_link"
]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A question with what it shows (`question`, by name) and, when somebody decided, the answer."""

    id: int
    tenant: str
    kind: str
    subject: str
    question: dict[str, str]
    caused_by: str
    asked_at: dt.datetime
    decided_at: dt.datetime | None = None
    decided_by: str | None = None
    answer: str | None = None
    why: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says: one of the kind's answers, why, and the code that proves who it is."""

    answer: str
    why: str
    code: str

    def __repr__(self) -> str:
        return f"Verdict({self.answer})"


def ask(
    ledger: opened.Ledger, tenant: str, kind: str, subject: str, question: Mapping[str, str], caused_by: str, now: dt.datetime
) -> int:
    """The id of the open decision on a subject; it is made when there is none. Asking twice is a no-op."""
    values = {"tenant": tenant, "kind": kind, "subject": subject, "caused_by": caused_by, "asked_at": now}
    sealed = _sealed(ledger, tenant, question, now)
    with ledger.writing() as connection:
        connection.execute(bulk.dialect_insert(ledger.engine, _decision).values(**values, question=sealed).on_conflict_do_nothing())
        mine = (_decision.c.tenant == tenant, _decision.c.kind == kind, _decision.c.subject == subject, operations.OPEN)
        return connection.execute(sa.select(_decision.c.id).where(*mine)).scalar_one()


def find(ledger: opened.Ledger, tenant: str, decision_id: int) -> Decision | None:
    """A decision of this tenant, with what it shows opened."""
    with ledger.reading() as connection:
        row = connection.execute(sa.select(_decision).where(*_is(tenant, decision_id))).mappings().one_or_none()
        return None if row is None else _opened(ledger, connection, row)


def find_about(ledger: opened.Ledger, tenant: str, kind: str, subject: str) -> list[Decision]:
    """All decisions that were ever asked for on a subject, oldest first."""
    mine = (_decision.c.tenant == tenant, _decision.c.kind == kind, _decision.c.subject == subject)
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_decision).where(*mine).order_by(_decision.c.id)).mappings().all()
        return [_opened(ledger, connection, row) for row in rows]


def find_cause(ledger: opened.Ledger, tenant: str, delivery_id: int) -> str:
    """The person who put a delivery in doubt, by wanting it sent again; "" when no person did."""
    mine = (_log.c.tenant == tenant, _log.c.delivery_id == delivery_id, _log.c.outcome == "in_doubt")
    with ledger.reading() as connection:
        newest = sa.select(_log.c.run).where(*mine).order_by(_log.c.id.desc()).limit(1)
        run = connection.execute(newest).scalar_one_or_none() or ""
    return run.removeprefix(RESENT) if run.startswith(RESENT) else ""


def find_without_consent(ledger: opened.Ledger, tenant: str, since: dt.datetime) -> list[Decision]:
    """The approvers whom operators let in without anybody's consent since a time, oldest first."""
    mine = (_decision.c.tenant == tenant, _decision.c.answer == WITHOUT_CONSENT, _decision.c.decided_at >= since)
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_decision).where(*mine).order_by(_decision.c.id)).mappings().all()
        return [_opened(ledger, connection, row) for row in rows]


def withdraw_settled(ledger: opened.Ledger, tenant: str, by: str, now: dt.datetime) -> int:
    """Close open decisions on deliveries that are no longer in doubt, because e.g. reading back settled them; how many."""
    doubtful = sa.select(sa.cast(_delivery.c.id, sa.Text)).where(_delivery.c.tenant == tenant, _delivery.c.state == "in_doubt")
    with ledger.writing() as connection:
        return _withdraw(connection, tenant, IN_DOUBT, _decision.c.subject.not_in(doubtful), by, now)


def withdraw_unlisted(ledger: opened.Ledger, tenant: str, by: str, now: dt.datetime) -> int:
    """Close open decisions on people whom the tenant's file does not name any more; how many. Raises ApproverError."""
    asked = sa.select(_decision.c.id).where(_decision.c.tenant == tenant, _decision.c.kind == APPROVER, operations.OPEN).limit(1)
    with ledger.reading() as connection:
        if connection.execute(asked).first() is None:
            return 0
    listed = [one.email for one in approvers.find(ledger, tenant)]
    with ledger.writing() as connection:
        return _withdraw(connection, tenant, APPROVER, _decision.c.subject.not_in(listed), by, now)


def _withdraw(connection: sa.Connection, tenant: str, kind: str, which: sa.ColumnElement[bool], by: str, now: dt.datetime) -> int:
    mine = (_decision.c.tenant == tenant, _decision.c.kind == kind, which, operations.OPEN)
    closed = {"decided_at": now, "decided_by": by, "answer": SETTLED_ELSEWHERE}
    return connection.execute(sa.update(_decision).where(*mine).values(**closed)).rowcount


def record_without_consent(
    ledger: opened.Ledger, tenant: str, candidate: str, question: Mapping[str, str], why: str, by: str, now: dt.datetime
) -> None:
    """Note that an operator lets somebody be enrolled whom no approver agreed to; an open question on the same person is closed."""
    values = {"tenant": tenant, "kind": APPROVER, "subject": candidate, "caused_by": by, "asked_at": now, "decided_at": now}
    values |= {"decided_by": by, "answer": WITHOUT_CONSENT, "why": identity.mask_identity_numbers(why)}
    sealed = _sealed(ledger, tenant, question, now)
    with ledger.writing() as connection:
        _withdraw(connection, tenant, APPROVER, _decision.c.subject == candidate, by, now)
        connection.execute(sa.insert(_decision).values(**values, question=sealed))


def find_named(ledger: opened.Ledger, tenant: str, kind: str, subject: str) -> list[approvers.Approver]:
    """Who may be asked: the approvers of the file, each from the moment it names them and no longer.

    On a new approver those who left the file decide too, as long as the file names nobody else who is enrolled: whoever replaces
    all approvers at once still needs one of them. Raises ApproverError.
    """
    named = approvers.find(ledger, tenant)
    if kind != APPROVER:
        return named
    listed, enrolled = {one.email for one in named}, approvers.find_enrolled(ledger, tenant)
    if any(email in listed and email != subject for email in enrolled):
        return named
    return named + [approvers.Approver(name=email, email=email) for email in enrolled if email not in listed]


def may_decide(named: Sequence[approvers.Approver], decision: Decision, person: str) -> Literal["yes", "not_approver", "caused_it"]:
    """Whether a person is one of `find_named` who neither caused what is to be decided nor is who it is about."""
    listed = next((one for one in named if one.email == person), None)
    if listed is None:
        return "not_approver"
    caused = decision.caused_by.strip().casefold()
    is_about = decision.kind == APPROVER and decision.subject == person
    return "caused_it" if is_about or caused in (listed.email.casefold(), listed.name.strip().casefold()) else "yes"


def find_answers(decision: Decision) -> list[str]:
    """What a person may answer to it."""
    return answers.among(EFFECTS[decision.kind], decision.question)


def decide(ledger: opened.Ledger, link: links.Link, verdict: Verdict, now: dt.datetime) -> Outcome:
    """Decide what a link is about. The code is used up whatever comes of it; of two people at once, one wins.

    Raises ValueError when the answer is none of the kind's.
    """
    decision = find(ledger, link.tenant, int(link.subject))
    if decision is None:
        return "dead_link"
    if verdict.answer not in find_answers(decision):
        raise ValueError(f"{verdict.answer!r} is no answer to {decision.kind}")
    allowed = may_decide(find_named(ledger, link.tenant, decision.kind, decision.subject), decision, link.person)
    if allowed != "yes":
        return allowed
    with ledger.writing() as connection:
        if not links.claim(connection, link, now):
            return "dead_link"
        proof = approvers.use_code(ledger, connection, link.tenant, link.person, verdict.code, now)
        if proof == "wrong":
            links.count_attempt(connection, link)
        if proof != "right":
            return proof
        links.spend(connection, link, now)
        return _conclude(connection, decision, verdict, link.person, now)


def _conclude(connection: sa.Connection, decision: Decision, verdict: Verdict, person: str, now: dt.datetime) -> Outcome:
    why = identity.mask_identity_numbers(verdict.why)
    said = {"decided_at": now, "decided_by": person, "answer": verdict.answer, "why": why}
    mine = _is(decision.tenant, decision.id)
    if connection.execute(sa.update(_decision).where(*mine, operations.OPEN).values(**said)).rowcount == 0:
        return "already_decided"
    settled = msgspec.structs.replace(decision, **said)
    if EFFECTS[decision.kind][verdict.answer](connection, settled):
        return "decided"
    connection.execute(sa.update(_decision).where(*mine).values(answer=SETTLED_ELSEWHERE))
    return "settled_elsewhere"


def _move(connection: sa.Connection, decision: Decision) -> bool:
    """in_doubt -> what was decided, with a line in the transfer log; False when the delivery is no longer in doubt."""
    assert decision.answer and decision.decided_at  # noqa: S101 a decided one has both
    run = f"decision:{decision.id}"
    settled_on = decision.decided_at.astimezone(calendar.OSLO).date() if decision.answer == "accepted" else None
    mine = (_delivery.c.tenant == decision.tenant, _delivery.c.id == int(decision.subject), _delivery.c.state == "in_doubt")
    change = sa.update(_delivery).where(*mine).values(state=decision.answer, run=run, settled_on=settled_on)
    of_open = [_delivery.c[name] for name in deliveries.Open.__struct_fields__]
    row = connection.execute(change.returning(*of_open)).mappings().one_or_none()
    if row is None:
        return False
    moved = deliveries.Open(**row)
    sent = details.find_sent_raws(connection, decision.tenant, [moved]) if decision.answer == "accepted" else {}
    line = {"tenant": decision.tenant, "delivery_id": moved.id, "at": decision.decided_at, "run": run, "target": moved.target}
    line |= {"natural_key": moved.natural_key, "outcome": decision.answer, "detail": f"{decision.decided_by}: {decision.why}"}
    line["sent_raw_id"] = sent.get(moved.id)
    connection.execute(sa.insert(_log).values(**line))
    return True


def _stand(connection: sa.Connection, decision: Decision) -> bool:
    """Nothing follows at once: the answer itself is what others look for."""
    return True


EFFECTS: Mapping[str, Mapping[str, Callable[[sa.Connection, Decision], bool]]] = {
    IN_DOUBT: {"accepted": _move, "planned": _move},
    APPROVER: {"granted": _stand, "refused": _stand},
    **{kind: dict.fromkeys(said, _stand) for kind, said in answers.KINDS.items()},
    answers.PAIR: dict.fromkeys(answers.KINDS[answers.PAIR], decided.remember),
    answers.SYNC_PLAN: dict.fromkeys(answers.KINDS[answers.SYNC_PLAN], decided.settle_plan),
}
"""By kind, the answers and what each does in the decision's own transaction; False: nothing is left to decide."""


def _sealed(ledger: opened.Ledger, tenant: str, question: Mapping[str, str], now: dt.datetime) -> bytes:
    return ledger.seals.key(tenant, _SEALED_AS, f"{now.astimezone(dt.UTC):%Y-%m}").seal(msgspec.json.encode(question))


def _opened(ledger: opened.Ledger, connection: sa.Connection, row: sa.RowMapping) -> Decision:
    question = ledger.seals.open(connection, row["tenant"], _SEALED_AS, row["question"])
    values: dict[str, Any] = {**row, "question": msgspec.json.decode(question, type=dict[str, str])}
    return Decision(**values)


def _is(tenant: str, decision_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (_decision.c.tenant == tenant, _decision.c.id == decision_id)
