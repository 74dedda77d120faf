"""The client's report: made at the end of a slot or for any period, kept for the client's pages, and told of by mail."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import msgspec

from data_quality.report import content, html, pdf, wording, xlsx
from fakturabro.domain import calendar
from fakturabro.ledger import opened
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.remote import errors
from tasks import clock, connect, messages, options, retrying, run_context, runs
from tasks import page_messages as pages
from tasks.checks import register
from tasks.reports import contents as report_contents
from tasks.reports import mails as report_mails
from tasks.returns.options import ReturnDataOptions

_MONTH = dt.timedelta(days=30)
_CERTIFIED = "certified"
PERIOD = "client_report"
"""What the reports of periods are kept under, instead of a flow with slots."""


@retrying.station("Lag klientrapport")
async def report(batch: runs.Batch, chosen: options.FactoringOptions | ReturnDataOptions) -> runs.Batch:
    """Certify, make the slot's report, keep it, and mail the client when something new waits for it.

    Nothing that goes wrong here stops the run: documents come first. It ends as failed and says why.
    """
    slot = batch.slot
    if slot.dry_run:
        return batch
    batch, ledger = await runs.certify(batch), connect.current().ledger
    try:
        made, report_id = await asyncio.to_thread(_make_of_slot, ledger, slot, chosen)
    except Exception as error:  # whatever it was, the documents are on their way and the run is to be concluded
        run_context.logger().exception("%s", slot.tenant)
        return batch.failing(messages.no_report(type(error).__name__))
    try:
        await runs.markdown(
            "report", slot.tenant, pages.report_page(made, report_id, wording.first_line(made), wording.deadline(made))
        )
        order = report_mails.Order(
            tenant=slot.tenant, report=made, report_id=report_id, chosen=chosen.report, day=slot.business_date
        )
        failed = await asyncio.to_thread(report_mails.tell, connect.current(), order)
    except Exception as error:  # the report is made and kept
        run_context.logger().exception("%s", slot.tenant)
        failed = [messages.not_told(type(error).__name__)]
    return dataclasses.replace(batch, failures=(*batch.failures, *failed))


async def report_period(
    tenant: str, first: dt.date | None, last: dt.date | None, chosen: options.FactoringOptions, send: bool
) -> str:
    """Make and keep the report of a period; what became of it, in a sentence.

    Raises ValueError when it ends before it begins or in the future, Unavailable when a mail did not leave.
    """
    now = clock.now()
    today = now.astimezone(calendar.OSLO).date()
    last = last or today
    first = first or last - _MONTH
    if last < first or last > today:
        raise ValueError(messages.period_impossible(first, last))
    async with connect.opened_for(tenant) as connections:
        scope = report_contents.Scope(
            tenant=tenant, now=now, language=chosen.report.language, rules=chosen.rules, period=(first, last)
        )
        made, report_id = await asyncio.to_thread(_make, connections.ledger, scope, PERIOD)
        await runs.markdown("report", tenant, pages.report_page(made, report_id, wording.first_line(made), ""))
        order = report_mails.Order(tenant=tenant, report=made, report_id=report_id, chosen=chosen.report, day=today, always=send)
        failed = await asyncio.to_thread(report_mails.tell, connections, order) if send else []
        if failed:
            raise errors.Unavailable(" ".join(failed))
        return messages.report_made(wording.first_line(made), report_id)


def _make_of_slot(
    ledger: opened.Ledger, slot: runs.Slot, chosen: options.FactoringOptions | ReturnDataOptions
) -> tuple[content.Report, int]:
    rules = chosen.rules if isinstance(chosen, options.FactoringOptions) else None
    if rules is not None:
        register.judge_again(slot, rules)
    previous, certified = _find_previous(ledger, slot)
    day = slot.business_date
    scope = report_contents.Scope(
        tenant=slot.tenant,
        now=clock.now(),
        language=chosen.report.language,
        rules=rules,
        period=(day, day),
        slot=slot.time,
        previous=previous,
        certified=certified,
    )
    return _make(ledger, scope, slot.flow)


def _find_previous(ledger: opened.Ledger, slot: runs.Slot) -> tuple[content.Report | None, int]:
    """The last report of another slot of this flow, None when none can be read (any more), and what it had counted.

    A slot that runs a second time reports once more all that its first run did.
    """
    last = client_reports.find_before(ledger, slot.tenant, slot.flow, slot.time)
    if last is None:
        return None, 0
    return report_contents.read(ledger, slot.tenant, last.id), last.counts.get(_CERTIFIED, 0)


def _make(ledger: opened.Ledger, scope: report_contents.Scope, flow: str) -> tuple[content.Report, int]:
    """Build, render in all forms and keep; the report and its id."""
    made, certified = report_contents.build(ledger, scope)
    kept = client_reports.Made(
        flow=flow,
        slot=scope.slot,
        period=scope.period,
        made_at=scope.now,
        language=scope.language,
        headline=wording.first_line(made),
        counts={"fetched": made.fetched, "sent": made.sent, "held": len(made.held), _CERTIFIED: certified},
        html=html.render(made),
        pdf=pdf.render(made),
        xlsx=xlsx.render(made),
        content=msgspec.json.encode(made),
    )
    return made, client_reports.record(ledger, scope.tenant, kept)
