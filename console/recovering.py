"""`fakturabro recover` and `fakturabro journal verify`. Exit codes: 0 done, 1 something is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from collections.abc import Sequence

from fakturabro.domain import calendar, documents
from fakturabro.ledger import deliveries, opened
from fakturabro.ledger.journal import claims, messages, recovery
from fakturabro.ledger.journal import sendings as journal
from fakturabro.remote import errors
from tasks import clock, connect, kept_secrets, poweroffice, runs, settling
from tasks.bank import settling as bank_settling
from tasks.returns import doubts as return_doubts
from tasks.severa_fortnox import words as transfer_words

_STATES = {"accepted": "kommet frem", "rejected": "avvist", "planned": "ikke kommet frem (går ut i neste luke)"}
_READABLE = {*settling.READERS, *bank_settling.READERS, *return_doubts.READERS, *transfer_words.ALL_TARGETS}
_EXPECTED = (journal.JournalError, recovery.RecoveryError, errors.RemoteError, kept_secrets.SecretError, connect.SettingError)


class ReadBackError(Exception):
    """A target could not be read, so the lock stands; the message says which and why."""


def recover(tenants: Sequence[str], *, journal_lost: bool = False) -> int:
    """Recover these tenants; without any, all that are locked or must be."""
    code = 0
    for tenant, wanted in [(one, True) for one in tenants] or [(one, False) for one in _known()]:
        try:
            said = asyncio.run(_recover(tenant, wanted, journal_lost))
        except (ReadBackError, *_EXPECTED) as error:
            said, code = [str(error)], 1
        for sentence in said:
            sys.stdout.write(f"{tenant}: {sentence}\n")
    return code


def give_up(tenants: Sequence[str], why: str, by: str) -> int:
    """End what stands in the journal of documents that never come again."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        for tenant in tenants:
            gone = claims.give_up(ledger, tenant, why, by, clock.now())
            sys.stdout.write("".join(f"{tenant}: oppgitt: {one}\n" for one in gone) or f"{tenant}: ingenting å oppgi.\n")
            if left := claims.find_standing(ledger).get(tenant):
                sys.stdout.write(f"{tenant}: {messages.never_given_up(left)}\n")
    return 0


def _known() -> list[str]:
    ledger = connect.open_ledger()
    try:
        return recovery.find_tenants(ledger)
    finally:
        ledger.close()


async def _recover(tenant: str, wanted: bool, journal_lost: bool) -> list[str]:
    async with connect.opened_for(tenant) as connections:
        ledger, send_journal, run = connections.ledger, connections.journal, f"recover-{uuid.uuid4()}"
        if not wanted and not journal_lost and recovery.check(ledger, send_journal, tenant, clock.now()):
            return ["Hovedboken er ikke eldre enn sendejournalen. Ingenting å gjøre."]
        recovered = await recovery.recover(
            ledger,
            send_journal,
            tenant,
            run,
            clock.now(),
            lambda: _read_back(ledger, tenant, run),
            journal_lost=journal_lost,
            can_be_read=lambda target: target.partition(":")[0] in _READABLE,
        )
    return to_sentences(tenant, recovered)


async def _read_back(ledger: opened.Ledger, tenant: str, run: str) -> None:
    """Ask every target that can be read, also of what a dead run left behind, and of what the source has to give once more.

    A source that gives nothing keeps no lock: what is claimed begins in doubt whenever it comes in.
    """
    now = clock.now()
    deliveries.release_abandoned(ledger, tenant, documents.ALL_PURPOSES, run, now)
    day = now.astimezone(calendar.OSLO).date()
    slot = runs.Slot(tenant, "recover", now, run, day, documents.ALL_PURPOSES, dry_run=False)
    try:
        await poweroffice.fetch_claimed(slot)
    except _EXPECTED as error:
        sys.stdout.write(f"{tenant}: {error}\n")
    batch = await settling.settle.fn(runs.Batch(slot))
    try:
        await return_doubts.read_back(batch)
    except errors.RemoteError as error:
        batch = batch.failing(str(error))
    if batch.failures:
        raise ReadBackError(" ".join([*batch.failures, "Låsen står. Kjør kommandoen på nytt når motparten svarer."]))


def to_sentences(tenant: str, recovered: recovery.Recovered) -> list[str]:
    """What was found, what was settled, what waits."""
    said = [
        f"{recovered.lines} sending(er) sto bare i sendejournalen; {recovered.put_in_doubt} levering(er) ble satt som uavklart."
    ]
    if recovered.claimed:
        said.append(messages.claims_stand(tenant, recovered.claimed))
    if recovered.cancelled:
        said.append(messages.cancelled_but_left(recovered.cancelled))
    if recovered.settled:
        each = ", ".join(f"{count} {_STATES.get(state, state)}" for state, count in sorted(recovered.settled.items()))
        said.append(f"Lest tilbake hos motpartene, eller besvart i sendejournalen: {each}.")
    if recovered.waiting:
        said.append(f"{recovered.waiting} kan ikke leses tilbake og venter på en person (godkjenningssiden).")
    return [*said, "Låsen er opphevet."]


def verify() -> int:
    """Follow the journal's chain to its end, and look there for what the ledger knows of it."""
    ledger = connect.open_ledger()
    try:
        send_journal = connect.open_journal()
        said = [f"{fault.file}:{fault.line}: {fault.what}." for fault in send_journal.verify()]
        missing = recovery.find_missing(ledger, send_journal)
        said += [f"Linjen {name} står i hovedboken, men ikke i {send_journal.folder}." for name in missing]
    except journal.JournalError as error:
        said = [str(error)]
    finally:
        ledger.close()
    sys.stdout.write("\n".join(said or ["Sendejournalen er hel."]) + "\n")
    return 1 if said else 0
