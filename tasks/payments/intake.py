"""Taking in files of payments from the accounting system's folder: the file is recorded, then its payments, then it is put away.

A file that died on the way is taken in again from where it stood. A file that cannot be read, or whose totals do not agree, is set
aside whole; one that was taken in before is known by its content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec

from fakturabro.domain import calendar, findings, payments
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import recording as payment_recording
from fakturabro.systems.bank import inbox as inboxes
from fakturabro.systems.bank import signatures
from tasks import clock, connect, retrying, run_context, runs
from tasks.bank import folders as connect_bank
from tasks.bank import options as bank_options
from tasks.payments import doubles as payment_doubles
from tasks.payments import file_guards, messages
from tasks.payments import following as payment_following
from tasks.payments import guards as payment_guards
from tasks.payments import reading as remittance_reading

SIDE, DIRECTION = file_guards.SIDE, file_guards.DIRECTION
SOURCE = "bank_file"
_DEAD = ("cancelled", "rejected")


@retrying.station("Hent betalinger")
async def take_files(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Take in what lies in the accounting system's folder; a dry run leaves it there."""
    box = connect_bank.accounting_inbox(chosen, ("remittance", "payment_list"))
    return batch if box is None or batch.slot.dry_run else await asyncio.to_thread(_take_all, batch, chosen, box)


def _take_all(batch: runs.Batch, chosen: bank_options.BankOptions, box: inboxes.Inbox) -> runs.Batch:
    ledger, tenant = connect.current().ledger, batch.slot.tenant
    box.sweep(clock.now())
    box.bring_back(bank_files.find_known(ledger, tenant, SIDE, DIRECTION))
    unchecked: list[int] = []
    for taken in box.take(clock.now()):
        if unchecked:  # what will never go is gone before its correction comes, which is no double of it then
            batch = batch.counted(broken=payment_guards.refuse_broken(batch.slot, chosen, unchecked))
        one = _Intake(batch, chosen, box, taken)
        batch, unchecked = one.take(), one.recorded
    said = inboxes.sentences(box.look(clock.now()), clock.now())
    return payment_following.fail_daily(batch, {f"accounting_inbox/{sentence}": sentence for sentence in said})


class _Intake:
    """One file on its way in."""

    def __init__(self, batch: runs.Batch, chosen: bank_options.BankOptions, box: inboxes.Inbox, taken: inboxes.Taken) -> None:
        self._batch, self._chosen, self._box, self._taken = batch, chosen, box, taken
        self._slot, self._ledger = batch.slot, connect.current().ledger
        self._payer = to_payer(chosen, batch.slot)
        self.recorded: list[int] = []

    def take(self) -> runs.Batch:
        """Record it, or say why not, and put it away."""
        sha256 = bytes.fromhex(self._taken.sha256)
        known = None if self._taken.fault else bank_files.find_by_sha256(self._ledger, self._slot.tenant, SIDE, DIRECTION, sha256)
        if known is not None and known.state != "read":
            return self._know_again(known)
        content = self._read()
        if content.faults:
            return self._set_aside(content)
        return self._record(content)

    def _read(self) -> remittance_reading.Content:
        fault = self._taken.fault
        if self._taken.signature and self._chosen.accounting.signing_keys and not fault and not self._is_signed():
            fault = messages.WRONG_SIGNATURE
        if fault:
            return remittance_reading.Content(faults=(fault,), may_come_again=True)
        return remittance_reading.sum_up(self._taken.content, self._payer)

    def _is_signed(self) -> bool:
        """Whether the system that made the file signed just this content. Nobody signs what is too large to be kept."""
        signed = self._taken.signature and self._chosen.accounting.signing_keys
        if not signed or self._taken.size > bank_files.LARGEST:
            return False
        self._taken.content.seek(0)
        return signatures.is_right(self._taken.content.read(), self._taken.signature, self._chosen.accounting.signing_keys)

    def _know_again(self, known: bank_files.File) -> runs.Batch:
        """The same content was here: nothing is taken in."""
        if known.state == "set_aside":
            self._box.set_aside(self._taken, known.why)
            return self._batch.counted(files_set_aside=1).failing(messages.set_aside(self._taken.name, (known.why,)))
        day = known.received_at.astimezone(calendar.OSLO).date()
        said = messages.known_before(self._taken.name, known.name, f"{day:%d.%m.%Y}")
        run_context.logger().info(said)
        ids = payment_orders.find_of_file(self._ledger, self._slot.tenant, known.id)
        lives = any(one.stage not in _DEAD for one in file_guards.find_orders(self._slot, ids))
        self._box.conclude(self._taken)
        batch = self._batch.counted(files_known=1)
        return batch if lives else batch.failing(f"{said} {messages.NOTHING_LIVES}")

    def _set_aside(self, content: remittance_reading.Content) -> runs.Batch:
        """Keep it where people see it; what may be all right another time, the ledger does not know by its content."""
        if not content.may_come_again:
            bank_files.record(self._ledger, self._slot.tenant, self._new(content, "set_aside"), self._slot.run, clock.now())
        self._box.set_aside(self._taken, "\n".join(content.faults))
        return self._batch.counted(files_set_aside=1).failing(messages.set_aside(self._taken.name, content.faults))

    def _record(self, content: remittance_reading.Content) -> runs.Batch:
        new, doubles = 0, 0
        file_id, is_new = bank_files.record(
            self._ledger, self._slot.tenant, self._new(content, "read"), self._slot.run, clock.now()
        )
        for recorded in payment_recording.record(
            self._ledger,
            self._slot.tenant,
            SOURCE,
            self._slot.run,
            clock.now(),
            self._slot.business_date,
            self._rows(),
            file_id,
        ):
            doubles += payment_doubles.record(self._slot, recorded)
            new += sum(one.is_new for one in recorded)
            self.recorded += [one.document_id for one in recorded if one.is_new and one.double_of is None]
        self._box.conclude(self._taken)
        counts = {"files_taken": 1, "payments": new, "doubles": doubles} if is_new or new else {"files_known": 1}
        return self._batch.counted(**counts)

    def _rows(self) -> Iterator[payment_recording.Row]:
        found = remittance_reading.instructions(self._taken.content, self._payer, findings.Findings())
        for position, one in enumerate(found, 1):
            yield payment_recording.Row(position=position, instruction=one, due=one.due)

    def _new(self, content: remittance_reading.Content, state: str) -> bank_files.New:
        self._taken.content.seek(0)
        is_kept = self._taken.size <= bank_files.LARGEST
        return bank_files.New(
            side=SIDE,
            direction=DIRECTION,
            kind=content.kind or self._taken.kind,
            name=self._taken.name,
            sha256=bytes.fromhex(self._taken.sha256),
            content=self._taken.content.read() if is_kept else None,
            state=state,
            place=self._chosen.accounting.folders.take_from,
            message_id=content.message_id,
            count=content.count,
            sums=content.sums,
            why="\n".join(content.faults),
            confirmed_by="signature" if state == "read" and self._is_signed() else "",
        )


def to_payer(chosen: bank_options.BankOptions, slot: runs.Slot) -> remittance_reading.Payer:
    """Who pays the payment lists: the account of the options, or the only one that may pay."""
    paying = [one for one in chosen.accounts if one.pays]
    own = chosen.find_account(payments.account(chosen.accounting.lists_from).number) or (paying[0] if len(paying) == 1 else None)
    party = chosen.bank.initiator.party
    if own and own.holder:
        party = msgspec.structs.replace(party, name=own.holder)
    return remittance_reading.Payer(party=party, account=own and own.account, day=slot.business_date)
