"""`fakturabro watch`: one pass over all checks, or a pass every few minutes. It runs outside Prefect.

Exit codes: 0 no alarm, 1 alarms, 2 could not watch. A check that fails is an alarm; it ends neither the pass nor the loop.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable

import msgspec

from console.watching import alarms, messages
from console.watching import checks as watching_checks
from console.watching import mail as watching_mail
from console.watching import prefect as watching_prefect
from fakturabro.ledger import applied, engine
from fakturabro.remote import errors
from tasks import clock, connect, installation, kept_secrets

NOTHING, ALARMS, BLIND = 0, 1, 2
_EVERYWHERE = (("", ""),)
"""Nothing could be looked at."""
_OF_TENANTS = {
    "slots": watching_checks.slots,
    "silence": watching_checks.silence,
    "doubts": watching_checks.doubts,
    "mails": watching_checks.mails,
    "series": watching_checks.series,
    "review": watching_checks.review,
    "agreed": watching_checks.agreed,
    "consents": watching_checks.consents,
    "fortnox": watching_checks.fortnox,
    "letters": watching_checks.letters,
    "guesses": watching_checks.guesses,
}
_OF_INSTALLATION = {
    "locks": watching_checks.locks,
    "claims": watching_checks.claims,
    "journal": watching_checks.journal,
    "disks": watching_checks.disks,
    "rules": watching_checks.official_rules,
    "receivers": watching_checks.receivers,
    "scheduler": watching_prefect.scheduler,
}


class Seen(msgspec.Struct, kw_only=True):
    """What a pass found, and which (check, tenant) could not look."""

    alarms: list[alarms.Alarm] = []
    blind: list[tuple[str, str]] = []


def watch(every: float | None, mail: str, limits: alarms.Limits) -> int:
    """Look once, or every so many minutes until Ctrl-C; the last pass's exit code."""
    code = NOTHING
    try:
        while True:
            code = _pass(mail, limits)
            if every is None:
                return code
            time.sleep(every * 60)
    except KeyboardInterrupt:
        return code


def _pass(mail: str, limits: alarms.Limits) -> int:
    now = clock.now()
    code, seen = _look(now, limits)
    if mail:
        seen.alarms += _tell(mail, seen, now)
    for one in seen.alarms:
        _say(messages.line(one.severity, one.code, one.tenant, one.sentence))
    if not seen.alarms:
        _say(messages.ALL_WELL)
    return code or (ALARMS if seen.alarms else NOTHING)


def _look(now: dt.datetime, limits: alarms.Limits) -> tuple[int, Seen]:
    """All checks on the installation of this process; BLIND when there is no ledger to look at."""
    try:
        ledger = connect.open_ledger()
    except Exception as error:  # whatever it is, the operator must hear of it
        _log()
        known = isinstance(error, kept_secrets.SecretError | engine.LedgerError)
        sentence = messages.ledger_unreachable(str(error) if known else type(error).__name__)
        alarm = alarms.Alarm(code="ledger.unreachable", severity="critical", sentence=sentence)
        return BLIND, Seen(alarms=[alarm], blind=[*_EVERYWHERE])
    try:
        return NOTHING, look(
            alarms.Watch(
                ledger=ledger,
                now=now,
                limits=limits,
                rules=installation.current().ehf_rules,
                journal=installation.current().send_journal,
                receipts=installation.current().print_receipts,
                prefect_url=os.environ.get("PREFECT_API_URL", ""),
                prefect_auth=os.environ.get("PREFECT_API_AUTH_STRING", ""),
            )
        )
    finally:
        ledger.close()


def look(watch: alarms.Watch) -> Seen:
    """Every check once. What a check could not do is an alarm, and keeps no other from looking."""
    seen = Seen()
    for name, check in _OF_INSTALLATION.items():
        _try(seen, name, "", lambda check=check: check(watch))
    tenants: list[str] = []
    _try(seen, "tenants", "", lambda: tenants.extend(applied.find_tenants(watch.ledger)))
    for tenant in tenants:
        for name, of_tenant in _OF_TENANTS.items():
            _try(seen, name, tenant, lambda check=of_tenant, tenant=tenant: check(watch, tenant))
    if ("tenants", "") in seen.blind:
        seen.blind += [(name, "") for name in _OF_TENANTS]
    return seen


def _try(seen: Seen, name: str, tenant: str, check: Callable[[], Iterable[alarms.Alarm] | None]) -> None:
    try:
        seen.alarms += check() or ()
    except alarms.BlindError as error:
        seen.alarms.append(error.alarm)
        seen.blind.append((name, tenant))
    except Exception as error:  # the watchman outlives every check
        _log()
        sentence = messages.check_failed(name, type(error).__name__)
        seen.alarms.append(alarms.Alarm(code="check.failed", severity="critical", tenant=tenant, subject=name, sentence=sentence))
        seen.blind.append((name, tenant))


def _tell(address: str, seen: Seen, now: dt.datetime) -> list[alarms.Alarm]:
    """Mail what is new; the alarms that this itself gave rise to."""
    path = installation.current().home / "watchman.json"
    memory = watching_mail.read_memory(path)
    try:
        memory = watching_mail.tell(address, seen.alarms, seen.blind, memory, now)
    except Exception as error:  # the alarms themselves must still be printed
        _log()
        known = isinstance(error, errors.RemoteError | kept_secrets.SecretError | connect.SettingError)
        sentence = messages.mail_failed(str(error) if known else type(error).__name__)
        return [alarms.Alarm(code="mail.failed", severity="critical", sentence=sentence)]
    return watching_mail.write_memory(path, memory)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _log() -> None:
    traceback.print_exc(file=sys.stderr)
