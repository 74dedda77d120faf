"""Leaving and coming back: a block of deliveries is reserved before its first byte leaves, and its answers are recorded.

In this order: the journal's line (synced to disk), `sending` in the ledger with that line's name, the journal's word that the
block leaves; then the bytes; then the answers. Stops and locks are read in the transaction that writes `sending`.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence

from fakturabro.ledger import deliveries, opened, slots, stops
from fakturabro.ledger.journal import messages, recovery
from fakturabro.ledger.journal import sendings as journal

_FRESH, _LEASE_FRESH = dt.timedelta(milliseconds=5), dt.timedelta(seconds=1)
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_LOGGER = logging.getLogger("fakturabro")


class StoppedError(Exception):
    """Somebody has stopped this: nothing leaves, and what waits stays planned. The message is the stop's sentence."""


def refuse_stopped(ledger: opened.Ledger, tenant: str, purpose: str, target: str) -> None:
    """Raise StoppedError when a stop stands; asked before every single send."""
    with ledger.reading() as connection:
        if stop := stops.find_standing(connection, tenant, purpose, target):
            raise StoppedError(stop.sentence)


class Watch:
    """Asked before each send of one target: looks for stops every 5 ms (who begins beside another counts as one), for the lease
    every second.

    A run that stood still is asked for its lease at once: the clock has gone on.
    """

    def __init__(self, ledger: opened.Ledger, tenant: str, purpose: str, target: str, flow: str, run: str) -> None:
        self._ledger, self._tenant = ledger, tenant
        self._sending, self._lease = (purpose, target), (flow, run)
        self._asked_for_stops = self._asked_for_lease = _NEVER

    def refuse_stopped(self, now: dt.datetime) -> None:
        """Raise StoppedError when a stop stands, slots.LostError when another run has taken over."""
        if now - self._asked_for_lease >= _LEASE_FRESH:
            with self._ledger.reading() as connection:
                slots.refuse_lost(connection, self._tenant, *self._lease, now)
            self._asked_for_lease = now
        if now - self._asked_for_stops >= _FRESH:
            refuse_stopped(self._ledger, self._tenant, *self._sending)
            self._asked_for_stops = now


def reserve(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    purpose: str,
    target: str,
    rows: Sequence[deliveries.Open],
    flow: str,
    run: str,
    now: dt.datetime,
) -> str:
    """planned -> sending for these rows, all or none; the name of the journal's line. They may leave when `leave` has said so.

    Raises StoppedError, slots.LostError, recovery.LockedError, journal.JournalError, and MoveError when another run was faster:
    nothing may leave.
    """
    pages = [[row.id for row in rows]]
    return next(iter(reserve_pages(ledger, send_journal, tenant, purpose, target, pages, flow, run, now)))


def reserve_pages(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    purpose: str,
    target: str,
    pages: Iterable[Sequence[int]],
    flow: str,
    run: str,
    now: dt.datetime,
) -> dict[str, Sequence[int]]:
    """The same for many deliveries that leave together, all or none: of each page, its line in the journal. Memory is their ids."""
    lines: dict[str, Sequence[int]] = {}
    for ids in pages:
        sending = recovery.find_sendings(ledger, tenant, ids)
        lines[send_journal.reserve(tenant, run, purpose, target, sending, now)] = ids
    with ledger.writing() as connection:
        slots.refuse_lost(connection, tenant, flow, run, now)
        if stop := stops.find_standing(connection, tenant, purpose, target):
            raise StoppedError(stop.sentence)
        for line, ids in lines.items():
            recovery.record_line(connection, tenant, line)
            deliveries.reserve(connection, tenant, ids, run)
    return lines


def leave(
    ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, line: str, ids: Sequence[int], run: str, now: dt.datetime
) -> None:
    """Say in the journal that a reserved block leaves now. Raises journal.JournalError: it must not, and it is planned again."""
    leave_pages(ledger, send_journal, tenant, {line: ids}, run, now)


def leave_pages(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    lines: Mapping[str, Sequence[int]],
    run: str,
    now: dt.datetime,
) -> None:
    """The same for all that leaves together."""
    try:
        for line in lines:
            send_journal.left(tenant, line, now)
    except journal.JournalError:
        for ids in lines.values():
            deliveries.move(ledger, tenant, ids, "sending", "planned", run)
        raise


def record_answers(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    line: str,
    answers: Sequence[deliveries.Answer],
    run: str,
    now: dt.datetime,
    business_date: dt.date,
) -> None:
    """Record what became of a block that left, in the ledger and then in the journal, whose word is only a help to a recover."""
    deliveries.record_answers(ledger, tenant, answers, run, now, business_date)
    try:
        send_journal.answered(tenant, line, {answer.natural_key: answer.outcome for answer in answers}, now)
    except journal.JournalError as error:
        _LOGGER.warning("%s", messages.answers_not_in_journal(tenant, error))
