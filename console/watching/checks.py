"""The watchman's checks of the ledger and of the machine. Each looks at one thing and knows nothing of the others."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from console.watching import messages
from console.watching.alarms import Alarm, Watch
from fakturabro.domain import calendar
from fakturabro.formats.ehf import editions
from fakturabro.ledger import applied, choices, decisions, stops, watching
from fakturabro.ledger import consents as fortnox_consents
from fakturabro.ledger import series as number_series
from fakturabro.ledger.distribution import bounces, print_receipts
from fakturabro.ledger.distribution import receivers as ledger_receivers
from fakturabro.ledger.journal import claims as ledger_claims
from fakturabro.ledger.journal import messages as journal_messages
from fakturabro.ledger.portal import closing as portal_closing
from tasks import options, schedules

_LOOK_BACK = dt.timedelta(days=35)
_DAY, _TWO_DAYS = dt.timedelta(days=1), dt.timedelta(days=2)
_CONSENT_REMEMBERED = dt.timedelta(days=7)
_MEGABYTE = 1_000_000


def slots(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Slots that nobody took, and slots whose run died.

    A slot that was missed is an alarm until its flow has run again, and at least until the next working day is over.
    """
    since = _previous_working_day(watch.now)
    by_flow: dict[str, dt.datetime | None] = {}
    versions = applied.find_versions(watch.ledger, tenant, watch.now - _LOOK_BACK)
    for deployment in versions[-1].deployments if versions else ():
        last = by_flow.setdefault(deployment.flow, watching.find_last_concluded(watch.ledger, tenant, deployment.flow))
        start = max(min(since, last or since - _LOOK_BACK), watch.now - _LOOK_BACK)
        due = _due(versions, deployment.name, start, watch.now - watch.limits.grace)
        taken = watching.find_slots(watch.ledger, tenant, deployment.flow, start)
        if missed := [time for time in due if time not in taken]:
            caught_up = last is not None and last >= missed[-1]
            sentence = messages.missed_slots(deployment.name, missed, caught_up)
            severity = "warning" if caught_up else "critical"
            yield Alarm(code="slots.missed", severity=severity, tenant=tenant, subject=deployment.name, sentence=sentence)
        if any(schedule.cron is None for schedule in deployment.active_schedules):
            sentence = messages.unwatched_schedule(deployment.name)
            yield Alarm(code="slots.unwatched", severity="warning", tenant=tenant, subject=deployment.name, sentence=sentence)
    for slot in watching.find_dead_slots(watch.ledger, tenant, watch.now - watch.limits.grace):
        sentence = messages.dead_slot(slot.flow, slot.slot_time, slot.run, slot.until)
        subject = f"{slot.flow} {slot.slot_time.isoformat()}"
        yield Alarm(code="slots.dead", severity="critical", tenant=tenant, subject=subject, sentence=sentence)


def _due(versions: Sequence[applied.Version], name: str, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """The slots on working days between two times, each by the version of the tenant's file that was in force then."""
    found: set[dt.datetime] = set()
    for version, following in itertools.zip_longest(versions, versions[1:]):
        until = min(end, following.applied_at) if following else end
        for deployment in version.deployments:
            for schedule in deployment.active_schedules if deployment.name == name else ():
                found.update(schedules.times(schedule, max(start, version.applied_at), until))
    return sorted(filter(schedules.is_working, found))


def _previous_working_day(now: dt.datetime) -> dt.datetime:
    """Midnight in Oslo, at the beginning of the last working day before today."""
    today = now.astimezone(calendar.OSLO).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    days = (today - dt.timedelta(days=n) for n in itertools.count(1))
    return next(day for day in days if not calendar.why_not_working(day.date())).astimezone(dt.UTC)


def silence(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """A tenant that used to have documents and has none any more, although something is to fetch them."""
    last = watching.find_last_fetched(watch.ledger, tenant)
    if last is None or not any(one.active_schedules for one in applied.find_deployments(watch.ledger, tenant)):
        return
    first, today = (time.astimezone(calendar.OSLO).date() for time in (last, watch.now))
    between = (first + dt.timedelta(days=n) for n in range(1, (today - first).days))
    days = sum(1 for day in between if not calendar.why_not_working(day))
    if days >= watch.limits.silent_after:
        yield Alarm(code="silence.tenant", severity="warning", tenant=tenant, sentence=messages.silent(last, days))


def doubts(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Documents that stay in doubt for more than a working day, and many new ones."""
    found = watching.find_doubts(watch.ledger, tenant)
    since = [doubt.since for doubt in found if doubt.since is not None]
    oldest = min(since, default=None) if len(since) == len(found) else None
    if found and (oldest is None or stops.review_time(oldest, 1) < watch.now):
        yield Alarm(code="doubts.old", severity="critical", tenant=tenant, sentence=messages.old_doubts(len(found), oldest))
    new = sum(1 for time in since if time > watch.now - _DAY)
    if new >= watch.limits.new_doubts:
        yield Alarm(code="doubts.growing", severity="critical", tenant=tenant, sentence=messages.growing_doubts(new, len(found)))


def mails(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """E-mails to debtors that the mail server puts off for days."""
    since = watch.now - _TWO_DAYS
    if late := {i for target in ("link", "email") for i in bounces.find_put_off(watch.ledger, tenant, target, since)}:
        yield Alarm(code="mails.waiting", severity="warning", tenant=tenant, sentence=messages.waiting_mails(len(late)))


def series(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Numbers that the source cannot account for."""
    missing = sorted(gap.number for gap in number_series.find_missing(watch.ledger, tenant))
    if missing:
        yield Alarm(code="series.missing", severity="warning", tenant=tenant, sentence=messages.missing_numbers(missing))


def review(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Stops that stand although somebody was to look at them again."""
    for stop in watching.find_past_review(watch.ledger, tenant, watch.now):
        sentence = messages.past_review(stop.sentence, tenant, stop.scope)
        yield Alarm(code="review.passed", severity="warning", tenant=tenant, subject=stop.scope, sentence=sentence)


def consents(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Approvers who were invited without anybody's consent, for a week."""
    for one in decisions.find_without_consent(watch.ledger, tenant, watch.now - _CONSENT_REMEMBERED):
        assert one.decided_at and one.decided_by  # noqa: S101 a decided one has both
        sentence = messages.without_consent(one.subject, one.decided_by, one.why or "", one.decided_at)
        subject = f"{one.subject} {one.id}"
        yield Alarm(code="consents.lacking", severity="critical", tenant=tenant, subject=subject, sentence=sentence)


def fortnox(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """A consent that runs out because no run renews it."""
    if until := fortnox_consents.warning(watch.ledger, tenant, watch.now):
        yield Alarm(code="fortnox.expiring", severity="warning", tenant=tenant, sentence=messages.consent_expires(until))


def letters(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Letters that the print partner rejected or that came back, and letters of which it says nothing."""
    for one in print_receipts.find_rejected(watch.ledger, tenant):
        sentence = messages.letter_rejected(one.number, one.job_id, one.state or "", one.detail)
        yield Alarm(code="letters.rejected", severity="warning", tenant=tenant, subject=one.job_id, sentence=sentence)
    today = watch.now.astimezone(calendar.OSLO).replace(hour=12)
    if watch.receipts:
        earlier = (today - dt.timedelta(days=n) for n in itertools.count(1))
        last = next(day for day in earlier if calendar.after(day, watch.limits.receipt_after, working=True) <= today)
        silent = print_receipts.find_unreceipted(watch.ledger, tenant, (today - _LOOK_BACK).date(), last.date())
        if silent:
            sentence = messages.letters_unreceipted(len(silent), silent[0].job_id, last.date())
            yield Alarm(code="letters.unreceipted", severity="warning", tenant=tenant, sentence=sentence)


def guesses(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """Links to the debtor portal that wrong codes have closed."""
    for one in portal_closing.find_guessed(watch.ledger, tenant):
        sentence = messages.link_guessed(one.number, one.at)
        yield Alarm(code="portal.guessed", severity="warning", tenant=tenant, subject=one.natural_key, sentence=sentence)


def locks(watch: Watch) -> Iterator[Alarm]:
    """Tenants of which nothing may be sent."""
    for lock in watching.find_locks(watch.ledger):
        sentence = messages.locked(lock.why, lock.at)
        yield Alarm(code="locks.ledger", severity="critical", tenant=lock.tenant, sentence=sentence)


def claims(watch: Watch) -> Iterator[Alarm]:
    """What left before the ledger was restored, of documents that it does not have again."""
    for tenant, count in ledger_claims.find_standing(watch.ledger).items():
        sentence = journal_messages.claims_stand(tenant, count)
        yield Alarm(code="claims.standing", severity="critical", tenant=tenant, sentence=sentence)


def journal(watch: Watch) -> Iterator[Alarm]:
    """The send journal's folder, which may lie on a volume of its own; it is made when something is first sent."""
    if watch.journal is not None and not watch.journal.is_dir() and watching.has_sent(watch.ledger):
        yield Alarm(code="journal.missing", severity="critical", sentence=messages.journal_missing(watch.journal))


def disks(watch: Watch) -> Iterator[Alarm]:
    """The volumes of journal and ledger: a full or read-only one stops all sending."""
    database = watch.ledger.engine.url.database
    ledger = pathlib.Path(database).parent if watch.ledger.engine.dialect.name == "sqlite" and database else None
    for folder in {one for one in (watch.journal, ledger) if one is not None and one.is_dir()}:
        found, name = os.statvfs(folder), str(folder)
        left = found.f_bavail * found.f_frsize
        if found.f_flag & os.ST_RDONLY or not os.access(folder, os.W_OK | os.X_OK):
            yield Alarm(code="disks.read_only", severity="critical", subject=name, sentence=messages.disk_read_only(folder))
        elif left < watch.limits.disk_left:
            sentence = messages.disk_full(folder, left // _MEGABYTE)
            yield Alarm(code="disks.full", severity="critical", subject=name, sentence=sentence)


def agreed(watch: Watch, tenant: str) -> Iterator[Alarm]:
    """What the client chose on the connect page, and the tenant's file says otherwise."""
    chosen = choices.read(watch.ledger, tenant, choices.EMAIL_ALTERNATIVE)
    deployed = applied.find_deployments(watch.ledger, tenant)
    stated = {alternative for one in deployed if (alternative := _alternative(one.parameters)) is not None}
    if chosen and stated - {chosen}:
        sentence = messages.choice_differs(chosen, sorted(stated))
        yield Alarm(code="agreed.differs", severity="warning", tenant=tenant, subject="email_alternative", sentence=sentence)


def _alternative(parameters: Mapping[str, Any]) -> str | None:
    """How a deployment sends e-mail; None where it sends none."""
    if "options" not in parameters or "agreement" not in parameters["options"]:
        return None
    return options.DistributionOptions.model_validate(parameters["options"].get("distribution") or {}).email_alternative


def receivers(watch: Watch) -> Iterator[Alarm]:
    """Receivers of whom Peppol's registers say nothing for more than a day: what is for them waits."""
    if count := ledger_receivers.count_unknown(watch.ledger, watch.now - _DAY, watch.now):
        yield Alarm(code="receivers.unknown", severity="warning", sentence=messages.unknown_receivers(count))


def official_rules(watch: Watch) -> Iterator[Alarm]:
    """The age of the EHF rules in use."""
    today = watch.now.astimezone(calendar.OSLO).date()
    for layer, day in editions.released(watch.rules).items():
        if day is None:
            yield Alarm(code="rules.undated", severity="warning", subject=layer, sentence=messages.undated_rules(layer))
        elif _whole_months(day, today) >= watch.limits.rules_months:
            yield Alarm(code="rules.old", severity="warning", subject=layer, sentence=messages.old_rules(layer, day))


def _whole_months(first: dt.date, last: dt.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
