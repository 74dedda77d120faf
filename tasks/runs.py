"""How a run begins and ends: its slot, its business date, what it says, and the pages it leaves in the Prefect UI.

Prefect's artifacts stand behind the functions of this module, so that the same code runs without a server.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, Mapping
from typing import Annotated, Any

import prefect.context
import pydantic
from prefect import artifacts, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from fakturabro.domain import calendar
from fakturabro.domain import documents as values
from fakturabro.formats.ehf import editions
from fakturabro.ledger import certificates, changes, deliveries, opened, outcomes, slots, stops
from fakturabro.ledger.clients import told_causes
from fakturabro.ledger.journal import recovery
from tasks import clock, connect, held, installation, messages, run_context
from tasks import page_messages as pages
from tasks.severa_fortnox import words as transfer_words

Tenant = Annotated[str, pydantic.Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""A tenant's key: lower-case letters, digits and dashes, as Prefect allows them in the keys of artifacts."""
LEASE = dt.timedelta(minutes=5)
EVERYTHING = "everything"
_BEAT = dt.timedelta(seconds=30)


@dataclasses.dataclass(frozen=True)
class Slot:
    """One run of one flow for one tenant.

    `time` is the scheduled start (UTC), `business_date` its date in Oslo, `moves` the purposes that this flow delivers.
    `declined` says why there is nothing to run (a state's name and a sentence), None when the slot is ours.
    """

    tenant: str
    flow: str
    time: dt.datetime
    run: str
    business_date: dt.date
    moves: tuple[str, ...]
    dry_run: bool
    declined: tuple[str, str] | None = None

    @property
    def month(self) -> str:
        """The month whose data keys seal what this run records."""
        return f"{self.business_date:%Y-%m}"


@dataclasses.dataclass(frozen=True)
class Batch:
    """What tasks hand over: the slot, and how many documents the steps so far have seen. The documents stand in the ledger."""

    slot: Slot
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    missed: tuple[str, ...] = ()
    """Numbers that the source lists and could not give now."""
    failures: tuple[str, ...] = ()
    """What went wrong at a station, in sentences; the run goes on with what the ledger holds, and ends as failed."""
    daily: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The same by cause, for one run of a working day: what others said is left out, and only what this one says counts as said."""
    certified: tuple[certificates.Certificate, ...] | None = None
    """The run's certificates, where a station needed them before its end."""
    judged: frozenset[int] = frozenset()
    """Distributions of changed documents on which the run has the last word."""
    closed: frozenset[str] = frozenset()
    """Parts of the flow that this run leaves alone, as a station found; EVERYTHING: all but how the run ends."""

    def closing(self, part: str, why: str = "") -> Batch:
        """The same batch with a part closed to the stations behind; `why` is a failure, "" is none."""
        closed = dataclasses.replace(self, closed=self.closed | {part})
        return closed.failing(why) if why else closed

    def is_closed(self, part: str) -> bool:
        """Whether a part of the flow is to be left alone."""
        return bool(self.closed & {part, EVERYTHING})

    def failing(self, sentence: str) -> Batch:
        """The same batch with a failure noted."""
        return dataclasses.replace(self, failures=(*self.failures, sentence))

    def counted(self, **counts: int) -> Batch:
        """The same batch with these counts added."""
        return dataclasses.replace(self, counts={**self.counts, **{key: self.counts.get(key, 0) + n for key, n in counts.items()}})


def name() -> str:
    """The run's name: tenant, slot and what it is, e.g. "nordlys 2026-11-23 08:00"."""
    asked = flow_run.parameters or {}
    return f"{asked.get('tenant', '?')} {run_context.scheduled():%Y-%m-%d %H:%M}{' (prøve)' if asked.get('dry_run') else ''}"


@contextlib.asynccontextmanager
async def slot(tenant: str, flow: str, moves: tuple[str, ...], dry_run: bool) -> AsyncGenerator[Slot]:
    """Take the slot, open the run's connections, and give both back.

    A scheduled run does nothing on days that are no working days; a run that a person starts, does. Dry runs take no slot.
    A run that fails leaves its certificate too, and frees the slot for the next attempt.
    """
    scheduled = run_context.scheduled()
    one = Slot(tenant, flow, scheduled.astimezone(dt.UTC), run_context.run_id(), scheduled.date(), moves, dry_run)
    if run_context.is_auto_scheduled() and (why := calendar.why_not_working(scheduled.date())):
        yield dataclasses.replace(one, declined=("NotAWorkingDay", messages.not_a_working_day(scheduled.date(), why)))
        return
    async with connect.opened_for(tenant) as connections:
        ledger = connections.ledger
        if dry_run:
            connections.ledger = dataclasses.replace(
                ledger, guard=lambda connection: slots.refuse_beside(connection, tenant, flow, clock.now())
            )
            yield one
            return
        if not _take(ledger, one):
            outcome = slots.find_outcome(ledger, tenant, flow, one.time)
            yield dataclasses.replace(one, declined=("AlreadyRun", messages.slot_taken(scheduled, outcome)))
            return
        heart = asyncio.create_task(_beat(ledger, one))
        try:
            recovery.refuse_locked(ledger, connections.journal, tenant, clock.now())
            deliveries.release_abandoned(ledger, tenant, moves, one.run, clock.now())
            yield one
        except BaseException:
            _renew(ledger, one, dt.timedelta(0))
            with contextlib.suppress(Exception):  # the run's own error is what counts
                await _certify(one)
            raise
        finally:
            heart.cancel()
            _renew(ledger, one, dt.timedelta(0))


def _take(ledger: opened.Ledger, one: Slot) -> bool:
    """Whether this run has the slot, and is the only run of its flow for the tenant."""
    now = clock.now()
    if not slots.take(ledger, one.tenant, one.flow, one.time, one.run, now, LEASE):
        return False
    if slots.take(ledger, one.tenant, one.flow, slots.WHOLE_FLOW, one.run, now, LEASE):
        return True
    slots.renew(ledger, one.tenant, one.flow, one.time, one.run, now)
    return False


def _renew(ledger: opened.Ledger, one: Slot, lease: dt.timedelta) -> None:
    for time in (one.time, slots.WHOLE_FLOW):
        slots.renew(ledger, one.tenant, one.flow, time, one.run, clock.now() + lease)


async def _beat(ledger: opened.Ledger, one: Slot) -> None:
    """Keep the leases for as long as the run lives. A ledger that is away for a moment is asked again at the next beat."""
    while True:
        await asyncio.sleep(_BEAT.total_seconds())
        try:
            _renew(ledger, one, LEASE)
        except Exception as error:  # the heart must go on; without a lease nothing is sent
            run_context.logger().warning("%s: %s", one.tenant, messages.no_heartbeat(type(error).__name__))


def decline(one: Slot) -> State:
    """End a run that has nothing to do, visibly."""
    name, message = one.declined or ("Completed", "")
    return Completed(name=name, message=message)


async def conclude(batch: Batch) -> State:
    """End the run with a sentence that reads like a report; failed when a station failed or the figures do not add up."""
    said, wrong, failures = await _conclude(batch)
    if wrong:
        return Failed(message=wrong, name="CertificateDoesNotAddUp")
    return Failed(message=" ".join([*dict.fromkeys(failures), said])) if failures else Completed(message=said)


@task(name="Konkluder", cache_policy=NO_CACHE)
async def _conclude(batch: Batch) -> tuple[str, str, list[str]]:
    """Certify what moved, leave the run's pages and close the slot; (what the run says, what does not add up, what failed)."""
    one = batch.slot
    ledger = connect.current().ledger
    if one.dry_run:
        await table("dry-run", one.tenant, held.find_foreseen(ledger, one.tenant, one.moves), pages.FORESEEN_DESCRIPTION)
        held_now = outcomes.count_documents(ledger, one.tenant, one.moves, one.run).get("held", 0)
        return messages.report({**batch.counts, "held": held_now}, dry_run=True), "", list(batch.failures)
    changed = _find_changed(ledger, one)
    made = await _certify(one) if batch.certified is None else batch.certified
    stopped = [stop.sentence for stop in stops.find_all_standing(ledger, one.tenant)]
    said = ". ".join([messages.report({**batch.counts, **_figures(ledger, one)}), *stopped])
    wrong = [certificate for certificate in made if not certificate.adds_up]
    failures = [*batch.failures, *(() if wrong else told_causes.record_said(ledger, one.tenant, one.business_date, batch.daily))]
    if not failures and not wrong:
        slots.conclude(ledger, one.tenant, one.flow, one.time, one.run, clock.now(), said)
    changes.record_reported(ledger, one.tenant, changed, batch.judged)
    return said, messages.does_not_add_up(wrong) if wrong else "", failures


def _figures(ledger: opened.Ledger, one: Slot) -> dict[str, int]:
    """What this run sent and what is open now, from the ledger: right also when a step was tried more than once."""
    sent = outcomes.count_sent(ledger, one.tenant, one.run)
    figures = outcomes.count_documents(ledger, one.tenant, one.moves, one.run)
    names = {"book": "booked", "write_back": "written_back", "letter": "letters_sent", "post": "posted"}
    names |= dict.fromkeys(("book_back", "correction"), "told") | transfer_words.PURPOSES
    for (purpose, target), count in sent.items():
        name = names.get(purpose, target)
        figures[name] = figures.get(name, 0) + count
    if "pay" in one.moves:
        figures["payments_held"] = figures.pop("held", 0)
    if "distribute" not in one.moves:
        return figures
    changed = [row for row in _find_changed(ledger, one) if not row.is_reported]
    figures |= {"changed": sum(not row.goes_again for row in changed), "sent_anew": sum(row.goes_again for row in changed)}
    by = held.count_by_actor(ledger, one.tenant)
    waiting = {"held": figures.get("held", 0) - by["nobody"] - by["operators"], "waiting_credit_notes": by["nobody"]}
    return {**figures, **waiting, "held_by_us": by["operators"]}


def _find_changed(ledger: opened.Ledger, one: Slot) -> list[changes.Changed]:
    """What changed after it was sent, where this flow looks at the source."""
    return changes.find_changed(ledger, one.tenant) if "distribute" in one.moves else []


async def certify(batch: Batch) -> Batch:
    """Certify now what moved, for a station that tells of it; the run concludes with these certificates."""
    return dataclasses.replace(batch, certified=tuple(await _certify(batch.slot)))


async def _certify(one: Slot) -> list[certificates.Certificate]:
    """Certify, and leave the run's pages: the certificate, and what is held (to read, and as a table to search in)."""
    ledger = connect.current().ledger
    rules = editions.version(installation.current().ehf_rules)
    made = certificates.record(ledger, one.tenant, values.ALL_PURPOSES, one.run, clock.now(), rules)
    stopped = [stop.sentence for stop in stops.find_all_standing(ledger, one.tenant)]
    await markdown("certificate", one.tenant, pages.certificate_page(one.tenant, made, stopped))
    rows, more = held.find_rows(ledger, one.tenant)
    changed = {row.number: row.goes_again for row in _find_changed(ledger, one) if not row.is_reported}
    page = pages.held_page(one.tenant, rows, more, stopped) + (pages.changed_page(changed) if changed else "")
    await markdown("held", one.tenant, page)
    await table("held-table", one.tenant, rows, pages.held_description(more))
    return made


async def markdown(key: str, tenant: str, text: str) -> None:
    """Leave a page on the run; nothing without a server."""
    await _leave(artifacts.acreate_markdown_artifact, key, tenant, markdown=text)


async def table(key: str, tenant: str, rows: list[dict[str, Any]], description: str) -> None:
    """Leave a table on the run; nothing without a server."""
    await _leave(artifacts.acreate_table_artifact, key, tenant, table=rows, description=description)


async def _leave(create: Any, key: str, tenant: str, **content: Any) -> None:
    if prefect.context.FlowRunContext.get() is not None:
        await create(key=f"{tenant}-{key}", **content)
