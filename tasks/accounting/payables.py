"""Supplier invoices that fall due, fetched from the accounting system's own API: each becomes a payment, once.

What is fetched counts as a file of the accounting system, so that the guards see it as any other; no person need confirm it, for it
came over the system's own connection. What has not left is looked at again in every run: what the system no longer wants paid goes
nowhere. A payment that was refused, or came back, is made anew only when its invoice is another: due date, account or amount.
"""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from data_quality import blocking
from data_quality.suites import payments as suite
from fakturabro.domain import calendar, findings, money, payments
from fakturabro.ledger import deliveries, engine
from fakturabro.ledger import findings as found_findings
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files, guard_keys
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import progress as payment_stages
from fakturabro.ledger.payments import recording as payment_recording
from fakturabro.mapping import payable
from tasks import clock, connect, retrying, run_context, runs
from tasks.accounting import payable_lists, payable_messages
from tasks.bank import messages as bank_messages
from tasks.bank import options as bank_options
from tasks.payments import doubles as payment_doubles
from tasks.payments import intake as remittance_intake

KIND = "payables"
"""What the ledger calls a file of them; its place is the system."""
_STATION = "payables"
_NOT_LEFT = ("waiting", "held", "planned")
STATES = ("read", "confirmed", "refused")
"""In which such a file may stand."""
_ATTEMPTS = 9
_ORDERS = msgspec.json.Decoder(list[payments.Instruction])
_AGAIN = ("rejected", "returned", "cancelled")
_PASSES = frozenset({"AM04", bank_messages.PERSON})
"""Reasons of a refusal that say nothing against the same payment on another day."""


class _Open(NamedTuple):
    """A payment that has not left."""

    document_id: int
    content: str


class _Chosen(NamedTuple):
    """Rows to be paid now, and how many were refused before and have not changed since."""

    new: list[payable_lists.Row]
    refused: int


@retrying.station("Hent fakturaer til betaling")
async def fetch(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Fetch what is due in PowerOffice or Fortnox, and look again at what waits; nothing where payments come in files."""
    if chosen.accounting.system == "file":
        return batch
    slot, api = batch.slot, chosen.accounting.api
    if not slot.dry_run:
        await asyncio.to_thread(_resume, slot, chosen.accounting.system)
    open_ = await asyncio.to_thread(_find_open, slot, chosen.accounting.system)
    last_due = slot.business_date + dt.timedelta(days=api.days_ahead)
    try:
        rows = await payable_lists.fetch(chosen, last_due, open_)
        settled = {key for key in open_.keys() - {row.key for row in rows} if await payable_lists.is_settled(chosen, key)}
    except Exception:  # whatever it is: nothing leaves today that nobody could look at again
        await asyncio.to_thread(_hold, slot, open_)
        raise
    if not slot.dry_run:
        await asyncio.to_thread(_look_again, slot, open_, rows, settled)
    due = [row for row in rows if row.due is not None and row.due <= last_due]
    found = await asyncio.to_thread(_choose, slot, due, chosen.accounting.system)
    if slot.dry_run:
        return batch.counted(would_pay=len(found.new))
    if found.new:
        await asyncio.to_thread(_record, slot, chosen.accounting.system, found.new)
    return (await _say(batch, due)).counted(payables=len(found.new), refused_before=found.refused)


def _find_open(slot: runs.Slot, system: str) -> dict[str, _Open]:
    """By the system's own key, the payments of its invoices that have not left."""
    ledger, tenant = connect.current().ledger, slot.tenant
    files = bank_files.find_standing(ledger, tenant, remittance_intake.SIDE, remittance_intake.DIRECTION, STATES, [KIND])
    mine, found = {file.id for file in files if file.place == system}, dict[str, _Open]()
    for ids in engine.chunks(payment_orders.find_waiting(ledger, tenant, _NOT_LEFT), deliveries.PAGE):
        own = [one.document_id for one in payment_orders.find_orders(ledger, tenant, ids) if one.in_file in mine]
        for order, one in payment_orders.read(ledger, tenant, own):
            found[one.source_batch_id] = _Open(order.document_id, order.content)
    return found


def _look_again(slot: runs.Slot, open_: Mapping[str, _Open], rows: Sequence[payable_lists.Row], settled: set[str]) -> None:
    """Cancel what is paid already or is to be paid otherwise; hold what the list says cannot be paid, or does not have."""
    ledger, by_key = connect.current().ledger, {row.key: row for row in rows}
    keys, gone, said = guard_keys.Keys(ledger, slot.tenant), list[int](), dict[int, list[findings.Finding]]()
    for key, one in open_.items():
        row = by_key.get(key)
        if key in settled or (row and row.due and _content(keys, row) not in ("", one.content)):
            gone.append(one.document_id)
        elif row is None or isinstance(row.result, str):
            why = payable_messages.NOT_LISTED if row is None else payable.REASONS[str(row.result)]
            finding = blocking.Rules().finding(suite.BY_SOURCE, field="Invoice", value=why)
            said[one.document_id] = [finding] if finding else []
        else:
            said[one.document_id] = []
    found_findings.record(ledger, slot.tenant, _STATION, said, ("pay",), slot.run)
    deliveries.cancel(ledger, slot.tenant, gone, ("pay",), slot.run, slot.business_date)
    payment_stages.follow(ledger, slot.tenant, clock.now(), slot.run)


def _hold(slot: runs.Slot, open_: Mapping[str, _Open]) -> None:
    """Hold what has not left until the system can be asked again."""
    finding = blocking.Rules().finding(suite.BY_SOURCE, field="Invoice", value=payable_messages.NOT_ASKED)
    said = {one.document_id: [finding] if finding else [] for one in open_.values()}
    if said and not slot.dry_run:
        found_findings.record(connect.current().ledger, slot.tenant, _STATION, said, ("pay",), slot.run)


def _content(keys: guard_keys.Keys, row: payable_lists.Row) -> str:
    return keys.content(row.result, row.due) if isinstance(row.result, payments.Instruction) and row.due else ""


def _choose(slot: runs.Slot, rows: Sequence[payable_lists.Row], system: str) -> _Chosen:
    """The rows that nothing was made of yet, and those whose payment was refused where they are others now, or what was in the
    way has passed; each named by its attempt.
    """
    ledger, new, refused = connect.current().ledger, list[payable_lists.Row](), 0
    keys = guard_keys.Keys(ledger, slot.tenant)
    for some in engine.chunks([row for row in rows if not isinstance(row.result, str)], 500):
        names = [payable.to_name(system, row.key, n) for row in some for n in range(1, _ATTEMPTS + 1)]
        known = {one.end_to_end_id: one for one in payment_ages.find_payments(ledger, slot.tenant, end_to_end_ids=names)}
        for row in some:
            tried = [n for n in range(1, _ATTEMPTS + 1) if payable.to_name(system, row.key, n) in known]
            last = known[payable.to_name(system, row.key, tried[-1])] if tried else None
            if last is None:
                new.append(row)
            elif last.stage in _AGAIN and tried[-1] < _ATTEMPTS and (last.content != _content(keys, row) or _is_over(slot, last)):
                new.append(_named(row, payable.to_name(system, row.key, tried[-1] + 1)))
            else:
                refused += last.stage in _AGAIN
    return _Chosen(new, refused)


def _is_over(slot: runs.Slot, last: payment_orders.Order) -> bool:
    """Nothing was wrong with the payment, and it is another day: money lacked, or a person saw that it was not made."""
    day = last.stage_at.astimezone(calendar.OSLO).date()
    return last.stage == "rejected" and not _PASSES.isdisjoint(last.reason.split()) and day < slot.business_date


def _named(row: payable_lists.Row, name: str) -> payable_lists.Row:
    assert isinstance(row.result, payments.Instruction)  # noqa: S101 - the caller's
    return row._replace(result=msgspec.structs.replace(row.result, source_end_to_end_id=name))


def _record(slot: runs.Slot, system: str, rows: Sequence[payable_lists.Row]) -> None:
    """A file of these rows, then its payments: what breaks off between them is taken up by the next run."""
    ledger, orders = connect.current().ledger, [row.result for row in rows if isinstance(row.result, payments.Instruction)]
    content = msgspec.json.encode(orders)
    sums: collections.Counter[str] = collections.Counter()
    for one in orders:
        sums[one.order.currency] += money.to_minor(one.order.amount)
    at = slot.time.astimezone(calendar.OSLO)
    file = bank_files.New(
        side=remittance_intake.SIDE,
        direction=remittance_intake.DIRECTION,
        kind=KIND,
        name=f"{payable_messages.TITLES[system]} {at:%Y-%m-%d %H.%M}",
        sha256=hashlib.sha256(content).digest(),
        content=content,
        state="read",
        place=system,
        message_id=f"{system.upper()[:2]}{at:%Y%m%d%H%M}",
        count=len(orders),
        sums=dict(sums),
        confirmed_by="api",
    )
    file_id, _ = bank_files.record(ledger, slot.tenant, file, slot.run, clock.now())
    _record_payments(slot, file_id, orders)


def _record_payments(slot: runs.Slot, file_id: int, orders: Sequence[payments.Instruction]) -> None:
    recorded = payment_recording.record(
        connect.current().ledger,
        slot.tenant,
        remittance_intake.SOURCE,
        slot.run,
        clock.now(),
        slot.business_date,
        (payment_recording.Row(position=n, instruction=one, due=one.execution_date) for n, one in enumerate(orders, 1)),
        file_id,
    )
    for some in recorded:
        payment_doubles.record(slot, some)


def _resume(slot: runs.Slot, system: str) -> None:
    """Record the payments that a run which died has left out of its file."""
    ledger, tenant = connect.current().ledger, slot.tenant
    files = bank_files.find_standing(ledger, tenant, remittance_intake.SIDE, remittance_intake.DIRECTION, ["read"], [KIND])
    for file in files:
        if file.place == system and len(payment_orders.find_of_file(ledger, tenant, file.id)) < file.count:
            content = bank_files.read_content(ledger, tenant, file.id)
            _record_payments(slot, file.id, _ORDERS.decode(content) if content else [])


async def _say(batch: runs.Batch, rows: Sequence[payable_lists.Row]) -> runs.Batch:
    """Leave a page of what is due and cannot be paid, with the reason; what passes by itself is only counted."""
    slot, unpaid = batch.slot, [row for row in rows if isinstance(row.result, str) and row.result not in payable.USUAL]
    lines = [
        {"Faktura": row.number, "Leverandør": row.supplier, "Forfall": str(row.due), "Hvorfor": payable.REASONS[str(row.result)]}
        for row in unpaid
    ]
    if lines:
        await runs.table("payables", slot.tenant, lines, payable_messages.NOT_PAID)
        run_context.logger().warning("%s: %s", slot.tenant, payable_messages.not_paid(len(lines)))
    return batch.counted(not_payable=len(lines))
