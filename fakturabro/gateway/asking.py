"""Asking people: a decision or an invitation in the ledger, a one-time link, and the mail that carries it.

A link counts only when its mail was handed over: what fails is asked again at the next call, and nobody waits for a mail that never
left. Whoever caused something is not asked about it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from fakturabro.gateway import approvals, connecting, enrolment, fortnox_connecting, messages, parts, questions
from fakturabro.ledger import approvers, decisions, links, opened, stops, stored_secrets
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import persons as clients
from fakturabro.remote import errors

_LIFETIMES = {enrolment.PAGE: dt.timedelta(days=1)} | dict.fromkeys(
    (connecting.PAGE, fortnox_connecting.PAGE), dt.timedelta(days=14)
)
_REMIND_AFTER, _DECIDE_WITHIN = 1, 2
"""Working days until whoever has not decided gets another mail, and until the link of the first one dies."""
_GRANTED_FOR = dt.timedelta(days=7)


Mail = parts.Mail


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asker:
    """`base` is the gateway's public address without a slash at the end; `send` raises the ladder of remote/errors.py.

    `language` is the installation's; the invitation to a client's pages speaks the tenant's.
    """

    ledger: opened.Ledger
    base: str
    send: Callable[[Mail], object]
    language: parts.Language = "nb"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The decisions that stand open now, who was mailed at this call, and whose mail did not leave (address, why)."""

    decisions: tuple[int, ...]
    mailed: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    nobody: int
    """How many of them nobody may decide who has a code generator: enrol an approver first. They stand, and are mailed at a later
    call."""


def ask_about_deliveries(asker: Asker, tenant: str, delivery_ids: Sequence[int], caused_by: str, now: dt.datetime) -> Asked:
    """Let the tenant's approvers settle deliveries in doubt. Call it in every run: it reminds once a working day.

    `caused_by` is who caused what no person wanted sent again.
    """
    found: list[int] = []
    for delivery_id in delivery_ids:
        question = questions.about_delivery(asker.ledger, tenant, delivery_id)
        if question is not None:
            cause = decisions.find_cause(asker.ledger, tenant, delivery_id) or caused_by
            found.append(decisions.ask(asker.ledger, tenant, decisions.IN_DOUBT, str(delivery_id), question, cause, now))
    return _mail_decisions(asker, tenant, found, approvers.find(asker.ledger, tenant), now)


def ask_about_payments(
    asker: Asker, tenant: str, asked: Sequence[questions.Question], now: dt.datetime, *, again: Sequence[int] = ()
) -> Asked:
    """Let the tenant's approvers answer questions on payments, each its own decision. Call it in every run: it reminds.

    `again` are decisions that stand open from before.
    """
    found = [
        decisions.ask(asker.ledger, tenant, one.kind, one.subject, questions.masked(one.shown), one.caused_by, now) for one in asked
    ]
    return _mail_decisions(asker, tenant, [*found, *again], approvers.find(asker.ledger, tenant), now)


def invite_approver(
    asker: Asker, tenant: str, email: str, caused_by: str, now: dt.datetime
) -> Literal["invited", "asked", "not_listed", "nobody"]:
    """Mail a person of the tenant's file the link to enrol, once another enrolled approver has agreed; the first needs nobody.

    "asked": the others were mailed; call again when one has agreed. "nobody": none of them can be asked.
    Raises the ladder when the mail does not leave.
    """
    person = email.strip().lower()
    decisions.withdraw_unlisted(asker.ledger, tenant, caused_by, now)
    if not _is_listed(asker.ledger, tenant, person):
        return "not_listed"
    if approvers.find_enrolled(asker.ledger, tenant) and not _is_granted(asker.ledger, tenant, person, now):
        question = questions.about_approver(tenant, person)
        decision_id = decisions.ask(asker.ledger, tenant, decisions.APPROVER, person, question, caused_by, now)
        named = decisions.find_named(asker.ledger, tenant, decisions.APPROVER, person)
        return "nobody" if _mail_decisions(asker, tenant, [decision_id], named, now).nobody else "asked"
    _invite(asker, enrolment.PAGE, tenant, person, person, now)
    return "invited"


def invite_without_consent(
    asker: Asker, tenant: str, email: str, why: str, by: str, now: dt.datetime
) -> Literal["invited", "not_listed"]:
    """Mail a person of the tenant's file the link to enrol although nobody agreed: for when nobody is left who could.

    It stands in the ledger before the mail leaves, and the watchman says so. Raises the ladder.
    """
    person = email.strip().lower()
    if not _is_listed(asker.ledger, tenant, person):
        return "not_listed"
    question = questions.about_approver(tenant, person)
    decisions.record_without_consent(asker.ledger, tenant, person, question, why, by, now)
    _invite(asker, enrolment.PAGE, tenant, person, person, now)
    return "invited"


def invite_client(asker: Asker, tenant: str, email: str, now: dt.datetime) -> None:
    """Mail a client the link on which it gives us its PowerOffice key. A link from before dies. Raises the ladder."""
    _invite(asker, connecting.PAGE, tenant, tenant, email.strip(), now)
    with asker.ledger.writing() as connection:
        stored_secrets.forget(connection, tenant, [connecting.TESTED])


def invite_to_fortnox(asker: Asker, tenant: str, email: str, now: dt.datetime) -> None:
    """Mail a client the link on which it consents to Fortnox, or takes it back. A link from before dies. Raises the ladder."""
    _invite(asker, fortnox_connecting.PAGE, tenant, tenant, email.strip(), now)


def client_link(asker: Asker, tenant: str, person: str, now: dt.datetime) -> str:
    """A new address of the client's pages for one person of the tenant's file. It lives thirty days; older ones live on.

    Only a hash is kept, so a link cannot be sent a second time. Raises LookupError for who is not listed under `clients`.
    """
    email = person.strip().lower()
    if not clients.is_listed(asker.ledger, tenant, email):
        raise LookupError(f"{person} is not listed under clients in the file of {tenant}")
    token = links.make_token()
    client_access.record_link(asker.ledger, token, tenant, email, now)
    return _address(asker, client_access.PAGE, token)


def invite_reader(asker: Asker, tenant: str, email: str, by: str, now: dt.datetime) -> Literal["invited", "not_listed"]:
    """Mail a person of the tenant's file a link to the client's pages, in the tenant's language, and note who asked for it.

    Raises the ladder.
    """
    person = email.strip().lower()
    if not clients.is_listed(asker.ledger, tenant, person):
        return "not_listed"
    language = clients.language(asker.ledger, tenant)
    title, text = messages.invitation(language, client_access.PAGE, tenant, client_link(asker, tenant, person, now))
    client_access.record_invitation(asker.ledger, tenant, person, by, now)
    asker.send(Mail(recipient=person, subject=title, text=text))
    return "invited"


def _is_listed(ledger: opened.Ledger, tenant: str, person: str) -> bool:
    return person in {one.email for one in approvers.find(ledger, tenant)}


def _is_granted(ledger: opened.Ledger, tenant: str, person: str, now: dt.datetime) -> bool:
    """Whether somebody agreed in the last week, and the person was not enrolled since."""
    enrolled_at = approvers.find_enrolment(ledger, tenant, person)
    return any(
        one.answer == "granted"
        and one.decided_at is not None
        and one.decided_at > now - _GRANTED_FOR
        and (enrolled_at is None or enrolled_at < one.decided_at)
        for one in decisions.find_about(ledger, tenant, decisions.APPROVER, person)
    )


def _mail_decisions(
    asker: Asker, tenant: str, decision_ids: Sequence[int], named: Sequence[approvers.Approver], now: dt.datetime
) -> Asked:
    mailed: list[str] = []
    failed: list[tuple[str, str]] = []
    orphans = open_ones = [one for i in decision_ids if (one := decisions.find(asker.ledger, tenant, i)) is not None]
    enrolled = approvers.find_enrolled(asker.ledger, tenant)
    for person in [one.email for one in named if one.email in enrolled]:
        may = [one for one in open_ones if decisions.may_decide(named, one, person) == "yes"]
        orphans = [one for one in orphans if one not in may]
        try:
            if _mail_links(asker, tenant, person, may, now):
                mailed.append(person)
        except errors.RemoteError as error:
            failed.append((person, str(error)))
    return Asked(decisions=tuple(decision_ids), mailed=tuple(mailed), failed=tuple(failed), nobody=len(orphans))


def _mail_links(asker: Asker, tenant: str, person: str, may: Sequence[decisions.Decision], now: dt.datetime) -> bool:
    """One mail with a link for each decision that the person was not mailed for a working day; False when there is none such."""
    then = stops.review_time(now, _DECIDE_WITHIN - _REMIND_AFTER)
    lacking = [
        (one, links.make_token())
        for one in may
        if person not in links.find_people(asker.ledger, tenant, approvals.PAGE, str(one.id), then)
    ]
    if not lacking:
        return False
    shown = [(one, _address(asker, approvals.PAGE, token)) for one, token in lacking]
    subject, text = messages.decision_mail(asker.language, tenant, shown)
    asker.send(Mail(recipient=person, subject=subject, text=text))
    for one, token in lacking:
        _record(asker, token, tenant, approvals.PAGE, str(one.id), person, stops.review_time(now, _DECIDE_WITHIN))
    return True


def _invite(asker: Asker, page: str, tenant: str, subject: str, person: str, now: dt.datetime) -> None:
    token = links.make_token()
    title, text = messages.invitation(asker.language, page, tenant, _address(asker, page, token))
    asker.send(Mail(recipient=person, subject=title, text=text))
    links.revoke(asker.ledger, tenant, page, subject, now)
    _record(asker, token, tenant, page, subject, person, now + _LIFETIMES[page])


def _record(asker: Asker, token: str, tenant: str, page: str, subject: str, person: str, expires_at: dt.datetime) -> None:
    links.record(asker.ledger, token, tenant=tenant, page=page, subject=subject, person=person, expires_at=expires_at)


def _address(asker: Asker, page: str, token: str) -> str:
    return f"{asker.base}/{page}/{token}"
