"""What became of payments, told to the accounting system exactly once: by the bank's own files, by a list, or through its API.

The bank's files are put into its folder as they come (`bank.returns`); a payment is told when all of them lie there. What they
cannot tell (it never left, left under another name than the accounting system's, or a person concluded it) goes in a list of ours.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from fakturabro.domain import calendar, payments
from fakturabro.domain import documents as values
from fakturabro.formats.payment_list import writing
from fakturabro.ledger import deliveries, sendings
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.remote import errors
from tasks import clock, connect, file_sending, retrying, runs, sending, verdicts
from tasks.accounting import api as accounting_api
from tasks.bank import folders as connect_bank
from tasks.bank import messages as bank_messages
from tasks.bank import options as bank_options
from tasks.bank import returns as bank_returns
from tasks.payments import pages as payment_pages

BY_FILES, BY_LIST = "accounting_files", "accounting_list"
_PURPOSES = ("book_back", values.AFTER_BOOK_BACK)
_TARGETS = {"bank_files": (BY_FILES, BY_LIST), "list": (BY_LIST,)}
"""By how the tenant is told; through its API, that of its system."""
_KIND = "answers"


class _Told(msgspec.Struct, frozen=True):
    """What goes out of a payment whose bank files lie in the accounting system's folder: nothing more."""

    raw_id: int | None = None


@retrying.station("Tilbakemelding til regnskapet")
async def tell(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Tell of every payment that has ended and of which the accounting system does not know."""
    slot = batch.slot
    if slot.dry_run:
        return batch
    form = chosen.accounting.return_form
    await asyncio.to_thread(_plan_anew, slot, _TARGETS.get(form, (accounting_api.TARGETS.get(chosen.accounting.system, ""),)))
    if form == "api":
        return await accounting_api.book_back(batch, chosen)
    box = connect_bank.accounting_outbox(chosen)
    ended = await asyncio.to_thread(payment_ages.find_ended, connect.current().ledger, slot.tenant)
    if box is None:
        return batch.failing(bank_messages.NO_ACCOUNTING_FOLDER) if ended else batch
    for purpose in _PURPOSES:
        of_purpose = [one for one in ended if one.purpose == purpose]
        await asyncio.to_thread(_plan, slot, purpose, of_purpose, by_files=form == "bank_files")
        await _tell_by_files(slot, purpose)
        batch = await _tell_by_lists(batch, purpose, box)
    return batch.counted(told=len(ended))


async def read_back_files(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Telling by the bank's files leaves nothing behind that could be doubled: it is done again."""
    return {row.id: verdicts.ABSENT for row in rows}


async def read_back_lists(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Whether the list that tells of each was put into the accounting system's folder."""
    chosen, found = connect_bank.options_of_run(), dict[int, verdicts.Verdict]()
    box, files = connect_bank.accounting_outbox(chosen) if chosen else None, _find_lists(slot)
    for name, of_file in _by_list(rows).items():
        if box is None or chosen is None:
            continue
        remembers, verdict = chosen.accounting.folders.remembers, None
        if name in files:
            verdict = await asyncio.to_thread(file_sending.read_back, box, name, files[name].sha256.hex(), remembers=remembers)
        elif remembers:
            verdict = await asyncio.to_thread(file_sending.read_back_name, box, name)
        if verdict:
            found |= {row.id: verdict for row in of_file}
    return found


def _plan_anew(slot: runs.Slot, targets: Sequence[str]) -> None:
    """What was planned for a way that the tenant is not told by any more, and did not leave, waits to be told otherwise."""
    ledger = connect.current().ledger
    for purpose in _PURPOSES:
        planned = deliveries.find_open(ledger, slot.tenant, purpose, ["planned"])
        deliveries.move(
            ledger, slot.tenant, [row.id for row in planned if row.target not in targets], "planned", "waiting", slot.run
        )


def _plan(slot: runs.Slot, purpose: str, ended: Sequence[payment_ages.Ended], *, by_files: bool) -> None:
    """Settle which way each is told of; the list of the others is made and kept."""
    ledger, known = connect.current().ledger, {one.document_id: one for one in ended}
    plans: list[deliveries.Planned] = []
    listed: list[tuple[payment_ages.Ended, payment_orders.Order, payments.Instruction]] = []
    for order, told in payment_orders.read(ledger, slot.tenant, list(known)):
        one = known[order.document_id]
        if (
            by_files
            and one.stage != "cancelled"
            and one.code != bank_messages.PERSON
            and order.end_to_end_id == told.source_end_to_end_id
        ):
            plans.append(deliveries.Planned(id=one.delivery_id, target=BY_FILES, natural_key=_key(order, one, "")))
        else:
            listed.append((one, order, told))
    if listed:
        name = _make_list(slot, purpose, listed)
        plans += [
            deliveries.Planned(id=one.delivery_id, target=BY_LIST, natural_key=_key(order, one, name)) for one, order, _ in listed
        ]
    deliveries.plan(ledger, slot.tenant, plans, slot.run)


def _key(order: payment_orders.Order, one: payment_ages.Ended, name: str) -> str:
    return "|".join([*([name] if name else []), order.end_to_end_id, one.stage])


def _make_list(
    slot: runs.Slot, purpose: str, listed: Iterable[tuple[payment_ages.Ended, payment_orders.Order, payments.Instruction]]
) -> str:
    """The name of the list, which its content decides: made anew after a crash it is the same file."""
    rows = _to_rows(slot, list(listed))
    content = writing.write(rows)
    digest = hashlib.sha256(content).digest()
    prefix = "betalinger" if purpose == "book_back" else "betalinger-rettelse"
    new = bank_files.New(
        side="accounting",
        direction="out",
        kind=_KIND,
        name=f"{prefix}-{slot.business_date:%Y%m%d}-{digest.hex()[:12]}.csv",
        sha256=digest,
        content=content,
        count=len(rows),
        state="made",
    )
    ledger = connect.current().ledger
    file_id, _ = bank_files.record(ledger, slot.tenant, new, slot.run, clock.now())
    file = bank_files.find(ledger, slot.tenant, file_id)
    return file.name if file else new.name


def _to_rows(
    slot: runs.Slot, listed: Sequence[tuple[payment_ages.Ended, payment_orders.Order, payments.Instruction]]
) -> list[writing.Answer]:
    """What is said of each. One that repeats another is never called unpaid, nor is the name of another that may be paid."""
    ledger, found = connect.current().ledger, list[writing.Answer]()
    doubles = [order.double_of for _, order, _ in listed if order.double_of is not None]
    firsts = {one.document_id: one for one in payment_orders.find_orders(ledger, slot.tenant, doubles)}
    names = [told.source_end_to_end_id for one, _, told in listed if one.stage == "cancelled" and told.source_end_to_end_id]
    owners = {one.end_to_end_id: one for one in payment_ages.find_payments(ledger, slot.tenant, end_to_end_ids=names)}
    for one, order, told in listed:
        first, reference = firsts.get(order.double_of or 0), told.source_end_to_end_id or order.end_to_end_id
        status, why = payment_pages.STAGES[one.stage], bank_messages.why_ended(one.stage, one.reason)
        if first is not None and one.stage == "cancelled":
            status, why = bank_messages.REPEATS, bank_messages.repeats(first.end_to_end_id, first.entered_on)
        elif (owner := owners.get(reference)) is not None and owner.document_id != order.document_id:
            reference, why = order.end_to_end_id, f"{why} {bank_messages.other_payment(reference)}"
        found.append(writing.Answer(told.order, reference, status, one.stage_at.astimezone(calendar.OSLO).date(), why))
    return found


async def _tell_by_files(slot: runs.Slot, purpose: str) -> None:
    """What ended by files of the bank that are all forwarded is told; while one waits to be forwarded, so does this."""
    ledger = connect.current().ledger
    if not deliveries.is_planned(ledger, slot.tenant, purpose, BY_FILES):
        return
    if bank_files.find_standing(ledger, slot.tenant, "bank", "in", ["read"], bank_returns.KINDS):
        return

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, _Told]:
        return {row.id: _Told() for row in rows}

    async def send(_row: deliveries.Open, _told: _Told) -> sending.Sent:
        return sending.Sent(detail=bank_messages.LIES_IN_FOLDER)

    await sending.send_planned(sending.Order(slot=slot, purpose=purpose, target=BY_FILES, prepare=prepare, send=send))


async def _tell_by_lists(batch: runs.Batch, purpose: str, box: file_sending.Box) -> runs.Batch:
    slot, ledger = batch.slot, connect.current().ledger
    rows = [row for row in deliveries.find_open(ledger, slot.tenant, purpose, ["planned"]) if row.target == BY_LIST]
    files = _find_lists(slot) if rows else {}
    for name, of_file in _by_list(rows).items():
        if name not in files:  # a restored ledger has forgotten the list, and it did not leave: another one is made
            deliveries.move(ledger, slot.tenant, [row.id for row in of_file], "planned", "waiting", slot.run)
            continue
        try:
            await file_sending.hand_over(slot, purpose, BY_LIST, box, files[name], [row.id for row in of_file])
        except sendings.StoppedError:
            return batch
        except errors.Rejected as error:
            batch = batch.failing(str(error))
            continue
        bank_files.move(ledger, slot.tenant, files[name].id, ["made"], "handed_over")
    return batch


def _find_lists(slot: runs.Slot) -> dict[str, bank_files.File]:
    ledger = connect.current().ledger
    found = bank_files.find_standing(ledger, slot.tenant, "accounting", "out", ["made", "handed_over"], [_KIND])
    return {one.name: one for one in found}


def _by_list(rows: Iterable[deliveries.Open]) -> dict[str, list[deliveries.Open]]:
    found: dict[str, list[deliveries.Open]] = {}
    for row in rows:
        found.setdefault((row.natural_key or "").partition("|")[0], []).append(row)
    return found
