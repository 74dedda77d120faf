"""The client's report: made at the end of a slot or for any period, kept for the client's pages, and told of by mail."""

from __future__ import annotations

import asyncio
import datetime as dt

import msgspec

from data_quality import blocking
from data_quality.report import content, html, pdf, wording, xlsx
from fakturabro.domain import calendar
from fakturabro.ledger import client_reports, opened, rule_uses
from fakturabro.remote import errors
from tasks import clock, connect, messages, options, report_contents, report_mails, retrying, run_context, runs
from tasks import page_messages as pages

_CONTENT = msgspec.json.Decoder(content.Report)
_LOOK_BACK = 50
_MONTH = dt.timedelta(days=30)
_CERTIFIED = "certified"
PERIOD = "client_report"
"""What the reports of periods are kept under, instead of a flow with slots."""


@retrying.station("Lag klientrapport")
async def report(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
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
    await runs.markdown("report", slot, pages.report_page(made, wording.first_line(made), wording.deadline(made)))
    order = report_mails.Order(tenant=slot.tenant, report=made, report_id=report_id, chosen=chosen.report, day=slot.business_date)
    failed = await asyncio.to_thread(report_mails.tell, connect.current(), order)
    for sentence in failed:
        batch = batch.failing(sentence)
    return batch


async def report_period(tenant: str, first: dt.date | None, last: dt.date | None, chosen: options.ReportOptions, send: bool) -> str:
    """Make and keep the report of a period; what became of it, in a sentence. Raises ValueError when it ends before it begins."""
    last = last or clock.now().astimezone(calendar.OSLO).date()
    first = first or last - _MONTH
    if last < first:
        raise ValueError(messages.period_backwards(first, last))
    async with connect.opened_for(tenant) as connections:
        scope = report_contents.Scope(
            tenant=tenant, now=clock.now(), language=chosen.language, rules=blocking.Rules(), period=(first, last)
        )
        made, report_id = await asyncio.to_thread(_make, connections.ledger, scope, PERIOD)
        failed: list[str] = []
        if send:
            always = chosen.model_copy(update={"mail": "always"})
            order = report_mails.Order(tenant=tenant, report=made, report_id=report_id, chosen=always, day=last)
            failed = await asyncio.to_thread(report_mails.tell, connections, order)
        if failed:
            raise errors.Unavailable(" ".join(failed))
        return messages.report_made(wording.first_line(made), report_id)


def _make_of_slot(ledger: opened.Ledger, slot: runs.Slot, chosen: options.FactoringOptions) -> tuple[content.Report, int]:
    previous, certified = _find_previous(ledger, slot)
    day = slot.business_date
    scope = report_contents.Scope(
        tenant=slot.tenant,
        now=clock.now(),
        language=chosen.report.language,
        rules=chosen.rules,
        period=(day, day),
        slot=slot.time,
        previous=previous,
        certified=certified,
    )
    use = chosen.rules.model_dump(mode="json")
    rule_uses.record_use(ledger, slot.tenant, chosen.rules.fingerprint(), use, slot.run, scope.now)
    return _make(ledger, scope, slot.flow)


def _find_previous(ledger: opened.Ledger, slot: runs.Slot) -> tuple[content.Report | None, int]:
    """The last report of a slot of this flow, None when there is none or it was purged, and what it had counted."""
    kept = client_reports.find_newest(ledger, slot.tenant, _LOOK_BACK)
    last = next((one for one in kept if one.flow == slot.flow and one.slot is not None), None)
    if last is None:
        return None, 0
    data = client_reports.read(ledger, slot.tenant, last.id, "content")
    return (_CONTENT.decode(data) if data else None), last.counts.get(_CERTIFIED, 0)


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
