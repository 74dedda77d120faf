"""The guards: every payment that waits is checked in every run, people's answers are acted on, files are let go or stopped.

What a person let go stands as a warning with the payment: it is not asked again as long as it says the same. Nothing of a file is
planned before the file is `confirmed`, and nothing that a finding holds.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from data_quality import blocking, checking, payment_rows
from data_quality.suites import payments as suite
from fakturabro.domain import bank_accounts, payments
from fakturabro.domain import findings as values
from fakturabro.ledger import engine, findings
from fakturabro.ledger.payments import answers, bank_files, creditors, guard_keys, moving, stages
from fakturabro.ledger.payments import history as payment_history
from fakturabro.ledger.payments import orders as payment_orders
from tasks import connect, retrying, runs
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.payments import doubles as payment_doubles
from tasks.payments import file_guards, stale_files
from tasks.payments import following as payment_following
from tasks.payments import questions as payment_questions

_CHUNK = 10_000
_BLOCK = 1_000
_OPEN = ("waiting", "held")
_LONG_AHEAD = dt.timedelta(days=400)
"""A payment may have been entered that long before it was due."""


@retrying.station("Kontroller betalinger")
async def check(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Check what waits to be paid; hold, release, cancel. A dry run takes nothing in, and leaves what waits as it stands."""
    return batch if batch.slot.dry_run else await asyncio.to_thread(_check, batch, chosen)


def find_plannable(slot: runs.Slot) -> list[int]:
    """The confirmed files of the accounting system of which payments wait that nothing holds."""
    ledger, found = connect.current().ledger, set[int | None]()
    for ids in engine.chunks(payment_orders.find_waiting(ledger, slot.tenant), _CHUNK):
        found |= set(payment_orders.find_files(ledger, slot.tenant, ids).values())
    files = (bank_files.find(ledger, slot.tenant, i) for i in sorted(one for one in found if one is not None))
    return [file.id for file in files if file and file.state == "confirmed"]


def refuse_broken(slot: runs.Slot, chosen: bank_options.BankOptions, document_ids: Sequence[int]) -> int:
    """Cancel those of these payments that only their source can mend: they come again in another file, or never; how many."""
    checked = _Check(slot, chosen, document_ids)
    checked.find()
    checked.record()
    broken = checked.find_broken()
    file_guards.cancel(slot, broken)
    return len(broken)


def _check(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    slot = batch.slot
    stale_files.discard(slot, chosen)
    checked = _Check(slot, chosen, payment_orders.find_waiting(connect.current().ledger, slot.tenant, _OPEN))
    checked.find()
    refused = checked.decide()
    checked.record()
    broken = checked.find_broken()
    moving.mark_doubles(connect.current().ledger, slot.tenant, checked.doubles)
    file_guards.cancel(slot, [*refused, *broken, *checked.doubles])
    settled = file_guards.settle(slot, chosen)
    return payment_following.fail_daily(batch, settled.short).counted(
        files_confirmed=len(settled.confirmed),
        payments_refused=len(refused) + settled.refused,
        broken=len(broken),
        doubles=len(checked.doubles),
    )


class _Check:
    """Payments on their way through the suite."""

    def __init__(self, slot: runs.Slot, chosen: bank_options.BankOptions, document_ids: Sequence[int]) -> None:
        self._slot, self._chosen, self._ledger = slot, chosen, connect.current().ledger
        self._keys = guard_keys.Keys(self._ledger, slot.tenant)
        self._limits = msgspec.convert(chosen.guards, payment_rows.Limits, from_attributes=True)
        self._ids = document_ids
        self._found: dict[int, list[values.Finding]] = {}
        self._files: dict[int, int | None] = {}
        """Of the payments of which something was found."""
        self._split: dict[str, dict[str, str]] = {}
        """Accounts of creditors that have more than one here, masked: creditor, then receiver."""
        self.doubles: dict[int, int] = {}
        """What repeats a payment that the bank has, which recording could not see: it stood as refused then."""

    def find(self) -> None:
        """Ask the suite, 10,000 payments at a time."""
        self._split = self._find_split()
        for ids in engine.chunks(self._ids, _CHUNK):
            checked = checking.check(self._to_subjects(ids), blocking.Rules(), "payments")
            found = {i: list(said) for i, said in checked.items() if said}
            self._found |= found
            self._files |= payment_orders.find_files(self._ledger, self._slot.tenant, list(found))

    def decide(self) -> list[int]:
        """Let go what people let go, now or before; the payments that they refused."""
        refused: set[int] = set()
        before = findings.read(self._ledger, self._slot.tenant, list(self._found))
        let_go = {(i, one.code, one.value) for i, stood in before.items() for one in stood if not one.holds}
        asked = payment_questions.group(self._open(let_go), self._files)
        for kind in payment_questions.KINDS:
            subjects = {payment_questions.subject(file_id, said): said for (file_id, of), said in asked.items() if of == kind}
            for subject, answer in bank_questions.find_answers(self._slot, kind, subjects).items():
                if answer == answers.APPROVED:
                    let_go |= {(i, one.code, one.value) for i, one in subjects[subject]}
                else:
                    refused |= {i for i, _ in subjects[subject]}
        for i, found in self._found.items():
            self._found[i] = [_released(one) if (i, one.code, one.value) in let_go else one for one in found]
        return sorted(refused)

    def record(self) -> None:
        """Replace what the guards said before; purposes are held and released by it."""
        for ids in engine.chunks(self._ids, _CHUNK):
            found = {i: self._found.get(i, []) for i in ids}
            findings.record(
                self._ledger, self._slot.tenant, payment_doubles.STATION, found, payment_doubles.PURPOSES, self._slot.run
            )

    def find_broken(self) -> list[int]:
        """Those that only their source can mend."""
        return [i for i, found in self._found.items() if any(one.code in suite.BROKEN for one in found)]

    def _open(self, let_go: set[tuple[int, str, str]]) -> dict[int, list[values.Finding]]:
        return {i: [one for one in found if (i, one.code, one.value) not in let_go] for i, found in self._found.items()}

    def _to_subjects(self, ids: Sequence[int]) -> Iterator[payment_rows.Payment]:
        since = self._slot.business_date - dt.timedelta(days=self._limits.other_due_date_days) - _LONG_AHEAD
        same = payment_history.find_same(self._ledger, self._slot.tenant, ids, since)
        for block in engine.chunks(payment_orders.read(self._ledger, self._slot.tenant, ids), _BLOCK):
            others = self._find_other_accounts(block)
            for order, instruction in block:
                before = same.get(order.document_id, ())
                alike = {one.kind: _earlier(order, one) for one in before}
                for first in before:
                    if first.kind == "exact" and first.stage in stages.LEFT:
                        self.doubles[order.document_id] = first.document_id
                yield payment_rows.Payment(
                    id=order.document_id,
                    instruction=instruction,
                    due=order.due,
                    today=self._slot.business_date,
                    is_ours=self._pays(instruction.account),
                    pays_ourselves=self._chosen.find_account(instruction.order.creditor.account.number) is not None,
                    same=alike.get("exact"),
                    alike=alike.get("loose") or alike.get("plain"),
                    unreferenced=alike.get("blank"),
                    other_account=others.get(order.document_id, ""),
                    limits=self._limits,
                )

    def _find_other_accounts(self, block: Sequence[tuple[payment_orders.Order, payments.Instruction]]) -> dict[int, str]:
        """The account that a creditor was paid on last, or has beside this one, where this one was never paid on: by its number
        or by its name.
        """
        keys = {order.document_id: self._keys.creditors(one.order.creditor) for order, one in block}
        seen = creditors.find(self._ledger, self._slot.tenant, {key for both in keys.values() for key in both})
        found: dict[int, str] = {}
        for order, _ in block:
            known = [one for key in keys[order.document_id] for one in seen.get(key, ())]
            split = self._split.get(order.creditor, {})
            if known and all(one.receiver != order.receiver for one in known):
                found[order.document_id] = max(known, key=lambda one: one.last_seen).masked
            elif not known and split:
                found[order.document_id] = next(masked for receiver, masked in split.items() if receiver != order.receiver)
        return found

    def _find_split(self) -> dict[str, dict[str, str]]:
        """Two accounts at once of a creditor that was never paid: one of them may be false."""
        split = creditors.find_split(self._ledger, self._slot.tenant, self._ids)
        found: dict[str, dict[str, str]] = {}
        for order, one in payment_orders.read(self._ledger, self._slot.tenant, split):
            found.setdefault(order.creditor, {})[order.receiver] = bank_accounts.masked(one.order.creditor.account.value)
        return found

    def _pays(self, account: payments.Account) -> bool:
        own = self._chosen.find_account(account.number)
        return own is not None and own.pays


def _earlier(order: payment_orders.Order, same: payment_history.Same) -> payment_rows.Earlier:
    """Days between the due dates; where there is a reference, between the days that they came on if these are nearer."""
    days = abs((order.due - same.due).days)
    if same.kind in ("loose", "plain"):
        days = min(days, abs((order.entered_on - same.entered_on).days))
    return payment_rows.Earlier(number=same.number, came=same.entered_on, days=days)


def _released(finding: values.Finding) -> values.Finding:
    return msgspec.structs.replace(finding, severity="warn", holds=())
