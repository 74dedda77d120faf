"""The bank's formats for `fakturabro read`. Each is known by its content and counted by reading it whole."""

from __future__ import annotations

import operator
import pathlib
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import BinaryIO

import msgspec

from console import summaries
from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022, nets
from fakturabro.formats.iso20022 import messages as iso20022_messages
from fakturabro.formats.iso20022 import reasons
from fakturabro.formats.nets import messages as nets_messages
from fakturabro.formats.nets import values as nets_values
from fakturabro.formats.payment_list import messages as payment_list_messages
from fakturabro.formats.payment_list import read as payment_list
from fakturabro.formats.telepay import messages as telepay_messages
from fakturabro.formats.telepay import read as telepay
from fakturabro.formats.telepay import records as telepay_records
from fakturabro.formats.telepay import statuses as telepay_statuses


def _sum_up_iso20022(source: BinaryIO, _: pathlib.Path | None) -> summaries.Summary:
    message = iso20022.recognise(source.read(summaries.SNIFFED)) or ""
    source.seek(0)
    said: list[summaries.FileFinding] = []

    def count(found: findings.Findings) -> summaries.Counted:
        if message.startswith(iso20022.pain002.KINDS):
            report = iso20022.pain002.read(source, found)
            said.extend(_what_the_bank_says(report, reasons.norwegian))
            return sum(one.level == "payment" for one in report.statuses) or report.original_count or 0, {}
        if message.startswith(iso20022.pain001.KINDS):
            orders = (row.order for row in iso20022.pain001.rows(source, found))
            return _count((one.currency, one.amount) for one in orders)
        return _count(_movements(source, found))

    summary = summaries.of_bank_file(message, iso20022_messages.norwegian, count)
    summary.findings.extend(said)
    return summary


def _what_the_bank_says(
    report: payments.StatusReport, norwegian: Callable[[payments.Reason], str]
) -> Iterator[summaries.FileFinding]:
    """Of the whole file, and of each batch and payment that it gives a reason for, which `norwegian` says to people."""
    for one in report.statuses:
        if one.level == "group" or one.reasons:
            of = one.end_to_end_id or one.batch_id or report.original_message_id
            told = " ".join([f"{of}: {reasons.status(one.code)}", *map(norwegian, one.reasons)])
            yield summaries.FileFinding(code="bank_says", severity="information", line=None, message=told)


def _movements(source: BinaryIO, found: findings.Findings) -> Iterator[tuple[str, Decimal]]:
    """Every payment, an entry without details as one; what is not booked counts with nothing."""
    for row in iso20022.camt.rows(source, found):
        if row.entry is not None:
            moved = row.part or row.entry
            yield moved.currency, moved.amount if row.entry.status == "BOOK" else Decimal(0)


def _count(amounts: Iterable[tuple[str, Decimal]]) -> summaries.Counted:
    number, totals = 0, dict[str, Decimal]()
    for currency, amount in amounts:
        number += 1
        totals[currency] = totals.get(currency, Decimal(0)) + amount
    return number, totals


_SERVICES = {"09": "ocr giro", "21": "avtalegiro"}


def _sum_up_nets(source: BinaryIO, _: pathlib.Path | None) -> summaries.Summary:
    """Payments, claims and mandates; the total of what is paid (reversals with a minus) or claimed."""
    services: dict[str, str] = {}

    def count(found: findings.Findings) -> summaries.Counted:
        number, total = 0, None
        for one in nets.records(source, found):
            if isinstance(one, nets_values.Assignment):
                services[one.service] = _SERVICES.get(one.service, f"nets {one.service}")
            elif isinstance(one, nets_values.Entry):
                number += 1
                total = total if isinstance(one, nets_values.Mandate) else (total or 0) + one.moved
        return number, {} if total is None else {"NOK": Decimal(total).scaleb(-2)}

    summary = summaries.of_bank_file("nets", nets_messages.norwegian, count)
    return msgspec.structs.replace(summary, format=" + ".join(services.values()) or "nets")


def _sum_up_telepay(source: BinaryIO, _: pathlib.Path | None) -> summaries.Summary:
    """The payments that the bank answers, credit notes with a minus, and each that it did not simply take."""
    said: list[summaries.FileFinding] = []

    def answered(found: findings.Findings) -> Iterator[tuple[str, Decimal]]:
        for batch in telepay.batches(source, found):
            if batch.is_return:
                said.extend(_what_the_bank_says(telepay_statuses.to_report(batch), operator.attrgetter("text")))
            yield from ((one.currency, one.amount) for one in batch.invoices)

    summary = summaries.of_bank_file("telepay", telepay_messages.norwegian, lambda found: _count(answered(found)))
    summary.findings.extend(said)
    return summary


def _sum_up_payment_list(source: BinaryIO, _: pathlib.Path | None) -> summaries.Summary:
    """The rows that are payments; those with a fault are findings."""

    def count(found: findings.Findings) -> summaries.Counted:
        return _count((one.currency, one.amount) for one in payment_list.orders(source, found))

    return summaries.of_bank_file("payment list", payment_list_messages.norwegian, count)


FORMATS = (
    summaries.Format(recognise=iso20022.recognise, sum_up=_sum_up_iso20022),
    summaries.Format(recognise=nets.recognise, sum_up=_sum_up_nets),
    summaries.Format(recognise=telepay_records.recognise, sum_up=_sum_up_telepay),
    summaries.Format(recognise=payment_list.recognise, sum_up=_sum_up_payment_list),
)
