"""The similarity report before go-live, and the questions whether two records are the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from data_quality.comparison import content, html, texts_nb, xlsx
from fakturabro.domain import calendar, first_plans
from fakturabro.domain.similarity import entries
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import decided
from tasks import clock, connect, retrying, runs
from tasks.bank import questions as bank_questions
from tasks.severa_fortnox import both_registers, plan_messages
from tasks.severa_fortnox.options import SyncOptions

MOST_ASKED = 20
"""Pairs that people are asked about at a time, customers first and the likest first."""


@retrying.station("Sammenlign registre")
async def report(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Compare both systems' registers, keep the report, and ask about what is doubtful. Writes in neither system."""
    looked = await both_registers.look(batch.slot, options)
    await keep(batch.slot, looked, "similarity")
    return await ask_about_pairs(batch.counted(comparisons=1), looked.plan)


async def keep(slot: runs.Slot, looked: both_registers.Looked, title: Literal["similarity", "plan"]) -> int:
    """Keep the report as page and spreadsheet, and leave its figures on the run; its number."""
    now, plan = clock.now(), looked.plan
    shown = content.Report(title=title, client=looked.client, made_at=now.astimezone(calendar.OSLO), plan=plan)
    made = client_reports.Made(
        flow=slot.flow,
        slot=None,
        period=(slot.business_date, slot.business_date),
        made_at=now,
        language="nb",
        headline=f"{texts_nb.TITLES[title]}: {texts_nb.headline(plan)}",
        counts={action: sum(row.action == action for row in plan.rows) for action in texts_nb.ACTIONS},
        html=await asyncio.to_thread(html.render, shown),
        pdf=b"",
        xlsx=await asyncio.to_thread(xlsx.render, shown),
        content=msgspec.json.encode(plan),
    )
    report_id = await asyncio.to_thread(client_reports.record, connect.current().ledger, slot.tenant, made)
    page = plan_messages.report_page(slot.tenant, plan, report_id, texts_nb.TITLES[title])
    await runs.markdown("registers", slot.tenant, page)
    return report_id


async def ask_about_pairs(batch: runs.Batch, plan: first_plans.Plan) -> runs.Batch:
    """Let approvers say of doubtful pairs if they are the same; what is no longer doubtful is not asked any more."""
    doubtful = sorted((row for row in plan.rows if row.action == "decide"), key=lambda row: not row.is_open)
    wanted = list(_to_questions(batch.slot, doubtful[:MOST_ASKED]))
    asked = await bank_questions.ask(batch, [answers.PAIR], wanted)
    return asked.counted(pairs_to_decide=len(doubtful))


def _to_questions(slot: runs.Slot, rows: Sequence[first_plans.Row]) -> Iterator[bank_questions.Question]:
    for row in rows:
        if row.severa is None or row.fortnox is None:
            continue
        shown = {
            "about": plan_messages.about(row.register, row.severa, row.fortnox),
            "register": texts_nb.ONE[row.register],
            "reason": texts_nb.REASONS[row.why],
            "in_severa": _described(row.severa),
            "in_fortnox": _described(row.fortnox),
            "points": "\n".join(f"{field.name}: {field.likeness}" for field in content.to_fields(row) if field.likeness),
        }
        subject = decided.to_subject(row.register, row.severa.key, row.fortnox.key)
        yield bank_questions.Question(kind=answers.PAIR, subject=subject, shown=shown, caused_by=f"run:{slot.run}")


def _described(one: entries.Entry) -> str:
    """A record, a line for each field that it has."""
    said = ((label, content.shown(one, name)) for name, label in texts_nb.FIELDS.items())
    return "\n".join(f"{label}: {value}" for label, value in said if value)
