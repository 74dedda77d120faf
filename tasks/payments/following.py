"""Payments on their way: where they stand, for how long, and what somebody must do. Each cause is told once a working day."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Mapping

from fakturabro.domain import calendar
from fakturabro.ledger import deliveries
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files
from tasks import clock, connect, retrying, runs
from tasks.bank import messages
from tasks.bank import options as bank_options
from tasks.payments import pages as payment_pages


@retrying.station("Vis hvor betalingene er")
async def follow(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Tell of what is overdue, and leave the page on which all payments stand."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        return batch
    tallies = await asyncio.to_thread(payment_ages.count_by_stage, ledger, slot.tenant)
    said = await asyncio.to_thread(_find_causes, slot, chosen.follow) if tallies else {}
    files = bank_files.find_standing(ledger, slot.tenant, "bank", "out", ["made", "handed_over"], ["remittance"])
    await runs.markdown("payments", slot.tenant, payment_pages.page(slot.tenant, tallies, files, list(said.values()), clock.now()))
    return fail_daily(batch, said)


def fail_daily(batch: runs.Batch, said: Mapping[str, str]) -> runs.Batch:
    """Let the run fail with these sentences, by cause, that no run of the day has failed with."""
    daily = {} if batch.slot.dry_run else {f"payments/{cause}": sentence for cause, sentence in said.items()}
    return dataclasses.replace(batch, daily={**batch.daily, **daily})


def _find_causes(slot: runs.Slot, limits: bank_options.FollowOptions) -> dict[str, str]:
    """What somebody must look at now, by cause."""
    ledger, tenant, now = connect.current().ledger, slot.tenant, clock.now()
    unanswered = payment_ages.find_open(ledger, tenant, ["handed_over"], now - dt.timedelta(hours=limits.answer_hours))
    unapproved = payment_ages.find_open(ledger, tenant, ["waiting_for_approval"], now - dt.timedelta(hours=limits.approval_hours))
    uncovered = payment_ages.find_open(ledger, tenant, ["insufficient_funds"])
    unproven = payment_ages.find_unproven(ledger, tenant, proven_by(slot.business_date, limits.proof_days))
    doubts = deliveries.find_open(ledger, tenant, "pay", ["in_doubt"])
    found = {
        "no_answer": messages.no_answer(unanswered) if unanswered else "",
        "not_approved": messages.not_approved(unapproved) if unapproved else "",
        "no_funds": messages.no_funds(uncovered) if uncovered else "",
        "not_proven": messages.not_proven(unproven) if unproven else "",
        "in_doubt": messages.in_doubt(len(doubts)) if doubts else "",
    }
    return {cause: sentence for cause, sentence in found.items() if sentence}


def proven_by(today: dt.date, days: int) -> dt.date:
    """What was due before this day must be proven: so many banking days have passed since."""
    noon = dt.datetime.combine(calendar.working_day(today), dt.time(12), calendar.OSLO)
    for _ in range(days):
        noon = calendar.before(noon)
    return noon.date()
