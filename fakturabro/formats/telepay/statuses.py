"""What the bank says, in ISO 20022's words: RJCT, CANC, ACTC (received), ACSC (settled); PDNG for a code that nobody knows.

Source: see layout; the meaning of return codes as Business Central's remittance reads them.
Assumed: a record with code 00 in a file from the bank (TBRx) was refused together with others that say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.telepay import messages, orders, read, records

_NOT_ALONE = "00"
_YES = {"01": "ACTC", "02": "ACSC"}


def reports(source: records.Source, found: Findings) -> Iterator[payments.StatusReport]:
    """A report for each batch that the bank returned; a file to the bank has none. As `read.batches` in all else.

    Of an order that is held nothing is said, nor of its batch as a whole.
    """
    for batch in read.batches(source, found):
        sound = tuple(one for one in batch.orders if orders.place(one.line) not in found.held)
        report = to_report(msgspec.structs.replace(batch, orders=sound))
        if batch.is_return:
            narrow = tuple(one for one in report.statuses if one.level == "payment")
            yield report if len(sound) == len(batch.orders) else msgspec.structs.replace(report, statuses=narrow)


def to_report(batch: read.Batch) -> payments.StatusReport:
    """What the bank says of the batch and of each payment. Telepay's own codes stand in the reasons, with what to do."""
    statuses = [_of_payment(order, invoice) for order in batch.orders for invoice in order.invoices]
    said = {one.code for one in statuses}
    group = to_code([batch.code]) if batch.code not in (*_YES, _NOT_ALONE) or not said else said.pop() if len(said) == 1 else "PART"
    return payments.StatusReport(
        message_id=batch.reference,
        created_at=None,
        original_message_id=batch.own_reference,
        original_message_name="telepay",
        original_count=batch.stated_orders,
        original_sum=batch.stated_total,
        statuses=(payments.Status(level="group", code=group, reasons=_reasons([batch.code])), *statuses),
    )


def to_code(codes: Sequence[str]) -> str:
    """ISO's code for the return codes of an order and its invoice. Nothing is called refused for a code that nobody knows.

    >>> to_code(["01", "01"]), to_code(["02"]), to_code(["00", "17"]), to_code(["02", "77"])
    ('ACTC', 'ACSC', 'RJCT', 'PDNG')
    """
    others = [one for one in codes if one not in _YES]
    if any(messages.is_known(one) for one in others):
        return "RJCT"
    return "PDNG" if others else _YES[min(codes)]


def _of_payment(order: orders.Order, invoice: orders.Invoice) -> payments.Status:
    code = to_code(invoice.codes)
    return payments.Status(
        level="payment",
        code="CANC" if invoice.is_cancelled and code in _YES.values() else code,
        reasons=_reasons(invoice.codes),
        batch_id=order.own_reference,
        end_to_end_id=invoice.own_reference,
        bank_reference=order.bank_reference,
    )


def _reasons(codes: Iterable[str]) -> tuple[payments.Reason, ...]:
    """What says why; 00 says nothing where another code does."""
    told = [one for one in dict.fromkeys(codes) if one not in _YES]
    why = [one for one in told if one != _NOT_ALONE] or told
    return tuple(payments.Reason(code=one, text=messages.return_code(one)) for one in why)
