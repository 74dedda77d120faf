"""Files of payments to be made, whatever their format: read once to the last row before anything of them is used.

What is wrong with the file is a fault, and nothing of it is taken in. What breaks a rule in one payment of a pain.001 is left to
the guards: that payment is held, the others go.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from fakturabro.domain import bank_accounts, findings, money, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import messages as iso20022_messages
from fakturabro.formats.payment_list import messages as list_messages
from fakturabro.formats.payment_list import read as payment_list
from tasks.bank import content as bank_content
from tasks.bank import messages as bank_messages
from tasks.payments import messages

_PERSONAL = frozenset({"bad_account", "bad_text", "formula", "rounded_number", "long_text", "text_too_long"})
"""Faults whose value may be somebody's account or name; the place tells the reader which it is."""
_GUARDED = frozenset(
    {"bad_identifier", "repeated_payment", "bad_amount", "bad_account", "other_kind", "kid_and_text", "bad_kid"}
) | {*("long_text", "bad_code", "missing_name", "bad_bic", "no_bank", "several_references")}
"""What may be wrong with one payment, and the guards see by themselves; a name that it cannot go by is replaced by one of ours."""
_OF_PAYMENT = re.compile(r"PmtInf\[\d+\]/CdtTrfTxInf\[\d+\]")


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment list does not say: who pays from which account, and on which day where a row has none.

    `account` None: nobody has said which of several accounts.
    """

    party: payments.Party
    account: payments.Account | None
    day: dt.date


class Content(msgspec.Struct, kw_only=True):
    """What stands in a file. `faults` are sentences; with one of them nothing of it is taken in. `sums` in minor units.

    `may_come_again`: the fault is not the content's own, so the same file may be all right another time.
    """

    kind: str = ""
    message_id: str = ""
    count: int = 0
    sums: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    faults: tuple[str, ...] = ()
    may_come_again: bool = False


class _OfFile(findings.Findings):
    """What is wrong with the file as a whole."""

    def add(
        self,
        severity: findings.Severity,
        code: str,
        *,
        line: int | None = None,
        field: str = "",
        value: str = "",
        holds: tuple[str, ...] = (),
    ) -> None:
        if code not in _GUARDED or not _OF_PAYMENT.match(field):
            super().add(severity, code, line=line, field=field, value=value, holds=holds)


def sum_up(source: BinaryIO, payer: Payer) -> Content:
    """Read a file from beginning to end. Nothing is raised for what stands in it."""
    content, found = Content(kind=_recognise(source)), _OfFile()
    if not content.kind or (content.kind == "payment_list" and payer.account is None):
        unknown = bank_content.why_unknown(source, messages.OTHER_CONTENT)
        said = messages.NO_ACCOUNT_FOR_LISTS if content.kind else unknown
        return Content(kind=content.kind, faults=(said,), may_come_again=bool(content.kind))
    try:
        for one in instructions(source, payer, found):
            content.message_id = one.source_message_id
            _add(content, one.order, found)
    except payments.ReadError as error:
        content.faults = (_say(content.kind, error.code, error.value, error.line),)
        return content
    left = found.counts["block"] - sum(one.severity == "block" for one in found)
    content.faults = (
        *(_say(content.kind, one.code, one.value, one.line, one.field) for one in found if one.severity == "block"),
        *([bank_messages.more_faults(left)] if left else []),
        *([] if content.count else [messages.NO_PAYMENTS]),
    )
    return content


def _add(content: Content, order: payments.PaymentOrder, found: findings.Findings) -> None:
    content.count += 1
    if not money.is_storable(order.amount):
        found.add("block", "bad_amount", value=f"{order.amount} {order.currency}")
        return
    content.sums[order.currency] = content.sums.get(order.currency, 0) + money.to_minor(order.amount)


def instructions(source: BinaryIO, payer: Payer, found: findings.Findings) -> Iterator[payments.Instruction]:
    """The payments of a file that `sum_up` found no fault with, from its beginning. Raises ReadError."""
    if _recognise(source) == "remittance":
        yield from map(_of_row, iso20022.pain001.rows(source, found))
        return
    for order in payment_list.orders(source, found):
        yield _of_list(order, payer)


def _recognise(source: BinaryIO) -> str:
    """What it is by its content; "" for what is no file of payments. The source stands at its beginning then."""
    if message := bank_content.recognise(source):
        return "remittance" if message.startswith(iso20022.pain001.KINDS) else ""
    return "payment_list" if payment_list.recognise(bank_content.head(source)) else ""


def _of_row(row: iso20022.pain001.Row) -> payments.Instruction:
    batch, order = row.batch, row.order
    is_other = batch.category == payments.SALARY and order.kind == "domestic"
    return payments.Instruction(
        order=order,
        debtor=batch.debtor,
        account=batch.account,
        execution_date=batch.execution_date,
        category=payments.SALARY if order.kind == "salary" else "" if is_other else batch.category,
        service=batch.service,
        source_message_id=row.remittance.message_id,
        source_batch_id=batch.batch_id,
        source_end_to_end_id=order.end_to_end_id,
    )


def _of_list(order: payments.PaymentOrder, payer: Payer) -> payments.Instruction:
    if payer.account is None:
        raise payments.ReadError("missing", value="debtor account")
    return payments.Instruction(
        order=order,
        debtor=payer.party,
        account=payer.account,
        execution_date=order.requested or payer.day,
        category=payments.SALARY if order.kind == "salary" else "",
        source_end_to_end_id=order.end_to_end_id,
    )


def _say(kind: str, code: str, value: str, line: int | None, field: str = "") -> str:
    """A sentence that names line and element of XML, row and column of a list, and no person's account."""
    value = bank_accounts.masked(value) if code in _PERSONAL else value
    if kind == "payment_list":
        return list_messages.norwegian(code, value, line, field)
    place = ", ".join([*([f"Linje {line}"] if line else []), *([field] if field else [])])
    sentence = iso20022_messages.norwegian(code, value)
    return f"{place}: {sentence}" if place else sentence
