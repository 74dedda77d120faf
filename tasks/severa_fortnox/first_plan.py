"""The first synchronisation: one plan is made, shown, approved by a person, and carried out as it was approved.

proposed (an approver is asked) -> approved -> running (pairs are recorded; what is to be made moves through the usual stations) ->
done. A run that is interrupted is taken up by the next. What changed in the registers meanwhile is said, and not done by this plan.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib

import msgspec

from data_quality.comparison import texts_nb
from fakturabro.domain import first_plans
from fakturabro.domain.similarity import entries
from fakturabro.ledger import opened
from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import pairs, plans, progress, watermarks
from tasks import clock, connect, retrying, runs
from tasks.bank import questions as bank_questions
from tasks.severa_fortnox import both_registers, plan_messages, similarity
from tasks.severa_fortnox.options import SyncOptions

_LISTS = (("severa", "customers"), ("severa", "projects"), ("fortnox", "customers"))
"""Where what the plan makes is read from."""
_PLAN = msgspec.json.Decoder(first_plans.Plan)


@retrying.station("Lag plan for forste synkronisering", gates=True)
async def propose(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Make the plan and ask for it, or begin with the one that was approved. Until then all stations behind are closed.

    As long as customers are doubtful, people are asked about these instead.
    """
    slot, ledger = batch.slot, connect.current().ledger
    newest = await asyncio.to_thread(plans.find_newest, ledger, slot.tenant)
    state = newest.state if newest else "declined"
    if state == "running":
        return batch
    if is_started(slot.tenant):
        return batch.closing(runs.EVERYTHING, plan_messages.STARTED_BEFORE)
    looked = await both_registers.look(slot, options)
    if newest and state == "approved":
        return await _begin(batch, newest, looked.plan)
    report_id = await similarity.keep(slot, looked, "plan")
    asked = await similarity.ask_about_pairs(batch, looked.plan)
    if looked.plan.is_decided and not slot.dry_run:
        asked = await _ask(asked, looked.plan, report_id)
    else:
        asked = await bank_questions.ask(asked, [answers.SYNC_PLAN], [])
    return asked.closing(runs.EVERYTHING)


@retrying.station("Krev forste synkronisering", gates=True)
async def require(batch: runs.Batch) -> runs.Batch:
    """Close everything behind until the first synchronisation is done."""
    if await asyncio.to_thread(is_started, batch.slot.tenant):
        return batch
    return batch.closing(runs.EVERYTHING, plan_messages.NOT_STARTED)


@retrying.station("Avslutt forste synkronisering")
async def finish(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """The plan is done when nothing of it is on its way: each record was made, was refused, or is held by a finding."""
    slot, ledger = batch.slot, connect.current().ledger
    newest = await asyncio.to_thread(plans.find_newest, ledger, slot.tenant)
    if newest is None or newest.state != "running" or slot.dry_run:
        return batch
    left = await asyncio.to_thread(_count_left, slot, newest)
    if left:
        return batch.failing(plan_messages.still_open(left))
    await asyncio.to_thread(plans.move, ledger, slot.tenant, newest.id, ("running",), "done")
    return batch.counted(plan_done=1)


def _count_left(slot: runs.Slot, running: plans.Plan) -> int:
    """What of a running plan is on its way, or was not even read again. What has gone from a register is left to nobody."""
    ledger, making = connect.current().ledger, _read(running).find_making()
    under_way = making & progress.find_under_way(ledger, slot.tenant, both_registers.REGISTERS)
    unread = making - progress.find_recorded(ledger, slot.tenant, both_registers.REGISTERS)
    paired = {key for register in both_registers.REGISTERS for key in _find_paired(ledger, slot.tenant, register)}
    were_read = all(_was_read(slot, running, *name) for name in _LISTS)
    return len(under_way | (frozenset() if were_read else unread - paired))


def _find_paired(ledger: opened.Ledger, tenant: str, register: entries.Register) -> list[first_plans.Key]:
    found = pairs.find_all(ledger, tenant, register)
    ours: list[first_plans.Key] = [(register, "severa", one.severa_key) for one in found]
    return ours + [(register, "fortnox", f"{register}/{one.fortnox_key}") for one in found]


def _was_read(slot: runs.Slot, running: plans.Plan, system: str, name: str) -> bool:
    """Whether a list was read to its end since the plan was approved."""
    mark = watermarks.find(connect.current().ledger, slot.tenant, system, name)
    return mark is not None and running.decided_at is not None and mark.read_at >= running.decided_at


def is_started(tenant: str) -> bool:
    """Whether the first synchronisation is done."""
    return plans.find_done(connect.current().ledger, tenant) is not None


def find_approved(ledger: opened.Ledger, tenant: str) -> frozenset[first_plans.Key] | None:
    """What may move, by (register, source, source key): while a plan runs what it says, before that nothing once one was proposed.

    None: everything may.
    """
    newest = plans.find_newest(ledger, tenant)
    if newest is not None and newest.state == "running":
        return _read(newest).find_moving()
    return None if newest is None or plans.find_done(ledger, tenant) else frozenset()


async def _ask(batch: runs.Batch, plan: first_plans.Plan, report_id: int) -> runs.Batch:
    """Propose the plan, and let an approver decide."""
    slot, ledger = batch.slot, connect.current().ledger
    digest = hashlib.sha256(msgspec.json.encode(sorted(row.deed for row in plan.rows))).hexdigest()
    kept = await asyncio.to_thread(plans.record, ledger, slot.tenant, slot.run, clock.now(), msgspec.json.encode(plan), digest)
    shown = {
        "plan_link": plan_messages.counted(plan, "link"),
        "plan_to_fortnox": plan_messages.listed(plan, "to_fortnox"),
        "plan_to_severa": plan_messages.listed(plan, "to_severa"),
        "plan_leave": plan_messages.counted(plan, "leave"),
        "plan_undecided": plan_messages.counted(plan, "decide"),
        "plan_report": plan_messages.where_shown(report_id),
        "about": texts_nb.TITLES["plan"],
    }
    question = bank_questions.Question(kind=answers.SYNC_PLAN, subject=str(kept.id), shown=shown, caused_by=f"run:{slot.run}")
    return (await bank_questions.ask(batch, [answers.SYNC_PLAN], [question])).counted(plan_proposed=1)


async def _begin(batch: runs.Batch, approved: plans.Plan, now: first_plans.Plan) -> runs.Batch:
    """Record the pairs of an approved plan that still hold, and let what it makes move."""
    slot, ledger, plan = batch.slot, connect.current().ledger, _read(approved)
    gone, come = _differing(plan, now), _differing(now, plan)
    if gone or come:
        await runs.markdown("plan-changes", slot.tenant, plan_messages.changed_page(slot.tenant, gone, come))
        batch = batch.failing(plan_messages.changed_since(len(gone), len(come)))
    if slot.dry_run:
        return batch.closing(runs.EVERYTHING)
    dropped = {row.deed for row in gone}
    rows = [one for row in plan.rows if row.deed not in dropped and (one := _to_pair(row)) is not None]
    clashes = await asyncio.to_thread(pairs.record, ledger, slot.tenant, slot.run, clock.now(), rows)
    await asyncio.to_thread(plans.move, ledger, slot.tenant, approved.id, ("approved",), "running")
    return (batch.failing(plan_messages.clashed(len(clashes))) if clashes else batch).counted(linked=len(rows) - len(clashes))


def _differing(plan: first_plans.Plan, other: first_plans.Plan) -> list[first_plans.Row]:
    """What one plan would do and the other would not."""
    deeds = {row.deed for row in other.rows}
    return [row for row in plan.rows if row.action != "leave" and row.deed not in deeds]


def _to_pair(row: first_plans.Row) -> pairs.New | None:
    if row.action != "link" or row.severa is None or row.fortnox is None or row.why not in ("number", "two_properties", "decision"):
        return None
    return pairs.New(register=row.register, severa_key=row.severa.key, fortnox_key=row.fortnox.key, linked_by=row.why)


def _read(plan: plans.Plan) -> first_plans.Plan:
    if plan.content is None:
        raise connect.SettingError(plan_messages.LOST)
    return _decoded(plan.content)


@functools.lru_cache(maxsize=4)
def _decoded(content: bytes) -> first_plans.Plan:
    return _PLAN.decode(content)
