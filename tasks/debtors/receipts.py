"""What the print partner says of letters after it has them: read, recorded, moved away, in this order."""

from __future__ import annotations

import datetime as dt

import msgspec

from fakturabro.ledger.distribution import print_receipts
from fakturabro.systems.print_partner import receipts as trays
from tasks import clock, connect, messages, runs

_ABANDONED = dt.timedelta(days=1)


class Read(msgspec.Struct, kw_only=True):
    """How many states were new; the letters that were now rejected or came back; sentences on receipts that were set aside."""

    recorded: int = 0
    rejected: list[print_receipts.Receipt] = []
    unknown: list[str] = []
    unreadable: list[str] = []


def read_receipts(slot: runs.Slot) -> Read:
    """Read what lies there for this tenant; other tenants' receipts stay for their own runs. Blocks. Raises the ladder.

    Killed anywhere it is read once more, which changes nothing.
    """
    ledger, tray, now, read = connect.current().ledger, connect.current().print_tray(), clock.now(), Read()
    tray.sweep(now - _ABANDONED)
    lying = tray.find()
    jobs = print_receipts.find_jobs(ledger, filter(str.isprintable, lying))
    mine = [job_id for job_id in lying if _is_to_read(jobs.get(job_id), slot.tenant)]
    found = tray.fetch([lying[job_id] for job_id in sorted(mine, key=lambda job_id: job_id not in jobs)], now)
    known = [(one, i) for one in found if (i := _find_delivery(one, jobs.get(one.job_id)))]
    new = print_receipts.record(ledger, slot.tenant, [state for one, i in known for state in _to_ledger(one, i)], now)
    read.recorded, read.rejected = len(new), [one for one in new if one.state in print_receipts.FAULTS]
    for one, _ in known:
        tray.conclude(one)
    for one in found:
        if one.fault:
            read.unreadable.append(one.fault)
        elif one.job_id not in jobs:
            read.unknown.append(messages.unknown_receipt(one.job_id))
        elif not _find_delivery(one, jobs[one.job_id]):
            read.unreadable.append(messages.receipt_of_another_letter(one.job_id))
        else:
            continue
        tray.set_aside(one)
    return read


def _is_to_read(job: print_receipts.Job | None, tenant: str) -> bool:
    """Nobody's is read by whoever comes first. Other tenants' stay for their own runs, and so do those of a document that has not
    come in again."""
    return job is None or (job.tenant == tenant and job.delivery_id is not None)


def _find_delivery(receipt: trays.Receipt, job: print_receipts.Job | None) -> int | None:
    """The letter that a receipt speaks of; None when it speaks of none, or of another document than the job's."""
    named = {said.document_id for said in receipt.letters} - {""}
    return job.delivery_id if job and named <= {str(job.document_id)} else None


def _to_ledger(receipt: trays.Receipt, delivery_id: int) -> list[print_receipts.Receipt]:
    return [
        print_receipts.Receipt(delivery_id=delivery_id, job_id=receipt.job_id, state=said.state, at=said.at, detail=said.reason)
        for said in receipt.letters
    ]
