"""Every cost that is not carried is checked: what Severa would refuse is held, and goes by itself when it is mended.

Severa is asked for the projects of all of them at once, and for each product; not at all where all are held and nothing changed
that they wait for. A row that was taken away before its cost was ever carried goes nowhere.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from data_quality import blocking, checking, purchase_rows
from data_quality.suites import purchase_costs as suite
from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, documents, engine, findings
from fakturabro.ledger.synchronising import costs as noted
from fakturabro.ledger.synchronising import watermarks
from fakturabro.mapping import fortnox_to_severa_costs as mapping
from tasks import clock, connect, retrying, runs
from tasks.severa_fortnox import cost_intake, cost_known, lookups, marks
from tasks.severa_fortnox.options import SyncOptions

STATION = "purchase_costs"
_OPEN = ("waiting", "held", "planned")
_RULES = blocking.Rules()
"""No tenant has rules of its own for these."""


@retrying.station("Kontroller prosjektkostnader")
async def check(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Hold what Severa would refuse, release what it would take. Where Severa cannot be asked nothing is carried in this run."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        return batch
    open_ = await asyncio.to_thread(noted.find_open, ledger, slot.tenant, noted.KIND, _OPEN)
    if not await asyncio.to_thread(_is_as_it_was, slot, options, open_):
        for rows in engine.chunks(open_, deliveries.PAGE):
            sources = await asyncio.to_thread(_read, slot, [row.document_id for row in rows])
            await cost_known.look_up(sources.values(), options)
            some_can_go = any(cost_known.is_open(one) for one in sources.values())
            currencies = (await lookups.current(options).currencies()).keys() if some_can_go else ()
            await asyncio.to_thread(_check, slot, options, sources, frozenset(currencies))
        marks.read_to_end(slot, "severa", _list(options), _newest(slot))
    cost_known.current().is_checked = True
    return batch


def _is_as_it_was(slot: runs.Slot, options: SyncOptions, open_: Sequence[noted.Row]) -> bool:
    """Whether all are held, and neither their invoices nor Severa's projects and products changed since that was found, today."""
    ledger = connect.current().ledger
    found = watermarks.find(ledger, slot.tenant, "severa", _list(options))
    if found is None or any(row.state != "held" for row in open_):
        return False
    seen = watermarks.find(ledger, slot.tenant, "fortnox", cost_intake.SEEN)
    is_newer = seen is None or seen.read_at <= found.read_at
    return is_newer and found.read_at.date() == clock.now().date() and found.seen_until == _newest(slot)


def _list(options: SyncOptions) -> str:
    return f"cost_checks/{options.purchases.default_product}"


def _newest(slot: runs.Slot) -> dt.datetime | None:
    """The newest change of what costs depend on."""
    known = watermarks.find_all(connect.current().ledger, slot.tenant, "severa")
    return max((seen for name in ("projects", "products") if name in known and (seen := known[name].seen_until)), default=None)


def _read(slot: runs.Slot, ids: Sequence[int]) -> dict[int, mapping.Source]:
    """Those of these costs that count; what was taken away and never stood anywhere is cancelled."""
    ledger, tenant = connect.current().ledger, slot.tenant
    sources = {one.id: cost_intake.decode(one.canonical) for one in documents.read(ledger, tenant, ids)}
    gone = [i for i, source in sources.items() if source.is_removed]
    carried = noted.find(ledger, tenant, gone)
    deliveries.cancel(ledger, tenant, [i for i in gone if i not in carried], [values.TRANSFER], slot.run, slot.business_date)
    findings.record(ledger, tenant, STATION, dict.fromkeys(gone, ()), [values.TRANSFER], slot.run)
    return {i: source for i, source in sources.items() if not source.is_removed}


def _check(slot: runs.Slot, options: SyncOptions, sources: Mapping[int, mapping.Source], currencies: frozenset[str]) -> None:
    if sources:
        subjects = [_to_subject(i, source, options, currencies) for i, source in sources.items()]
        found = checking.check(subjects, _RULES, "purchase_costs")
        refused = {i: why for i, source in sources.items() if (why := cost_known.why_refused(source, options))}
        also = {i: _RULES.finding(suite.REFUSED, field="CostProject", value=why[:300].rstrip(".")) for i, why in refused.items()}
        every = {i: (*said, *filter(None, (also.get(i),))) for i, said in found.items()}
        findings.record(connect.current().ledger, slot.tenant, STATION, every, [values.TRANSFER], slot.run)


def _to_subject(i: int, source: mapping.Source, options: SyncOptions, currencies: frozenset[str]) -> purchase_rows.Cost:
    code, known = cost_known.product_code(source, options), cost_known.current()
    project, product = known.projects.get(source.project), known.products.get(code)
    is_foreign, is_open = source.currency != mapping.KRONOR, cost_known.is_open(source)
    return purchase_rows.Cost(
        id=i,
        invoice_number=source.invoice_number,
        invoice_date=source.invoice_date,
        supplier=source.supplier_name,
        state="booked" if source.is_booked else "not booked",
        project=source.project,
        known_project=source.project if project or source.project in known.refused else None,
        project_state="closed" if project and project.is_closed else "open",
        product=code,
        known_product=code if product or not is_open or f"/{code}" in known.refused else None,
        product_state="inactive" if product and product.is_active is False else "active",
        product_vat=product.vat_rate if product else Decimal(0),
        foreign_rate=(source.currency_rate or Decimal(1)) if is_foreign else None,
        currency=mapping.KRONOR,
        known_currency=mapping.KRONOR if mapping.KRONOR in currencies or not is_open else None,
    )
