"""From a payment, or a file of payments, to the rows that its suite looks at: what it says, and what the tenant paid before.

Account numbers and messages leave here for the expectations only; what a finding shows of them is masked (payment_rules).
"""

from __future__ import annotations

import calendar as months
import datetime as dt
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from fakturabro.domain import blanks, calendar, payments
from fakturabro.formats.iso20022 import permitted, rules

LATEST = 20
"""Files that tell what is usual."""
_TOLD = frozenset({"bad_amount", "kid_and_text", "missing_name", "other_date"})
"""What a bank refuses and another rule says better; the payment's own day replaces its batch's."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's limits: days, months, how many times the median, percent, files."""

    other_due_date_days: int = 180
    without_reference_days: int = 30
    moves_to_banking_day: bool = True
    past_due_days: int = 30
    ahead_months: int = 12
    unusual_factor: float = 3.0
    unusual_percent: int = 50
    new_receivers_percent: int = 50
    fewest_files: int = 5


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier payment that is much like this one: its number, when it came, and how many days lie between the two."""

    number: str
    came: dt.date
    days: int

    @property
    def said(self) -> str:
        """How a finding keeps which payment it means."""
        return f"{self.came.isoformat()} {self.number}"


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment to check. `id` is the ledger's, unique in the batch."""

    id: int
    instruction: payments.Instruction
    due: dt.date
    today: dt.date
    is_ours: bool
    """The tenant may pay from the debtor's account."""
    pays_ourselves: bool = False
    same: Earlier | None = None
    alike: Earlier | None = None
    """The same with another due date, or from another account."""
    unreferenced: Earlier | None = None
    """To the same account, as much, and one of the two has neither KID nor invoice number; not two salaries
    that are more than ten days apart."""
    other_account: str = ""
    """An account, masked, that this creditor was paid on before; empty where this account is known, or the creditor is not."""
    limits: Limits = Limits()


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier file in one currency, in minor units."""

    count: int
    total: int
    largest: int
    new_receivers: int


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The payments of one file in one currency, salaries apart from others. `id` is unique in the batch."""

    id: int
    now: Past
    before: Sequence[Past]
    limits: Limits = Limits()


COLUMNS = ("id", "debtor_account", "creditor_account", "creditor_name", "own_creditor_account", "currency", "amount", "kid") + (
    *("payment_kid", "message_lines", "refused_by_banks", "same_payment", "alike_payment", "alike_days", "alike_limit"),
    *("unreferenced_payment", "unreferenced_days", "unreferenced_limit", "other_account", "due", "payable_on", "business_date"),
    *("earliest_due", "latest_due"),
)
FILE_COLUMNS = (
    "id",
    "files_before",
    "fewest_files",
    "count",
    "usual_count",
    "total",
    "usual_total",
    "largest",
    "usual_largest",
) + (*("new_receivers", "usual_new_receivers"),)


def payment_rows(subject: Payment) -> Iterable[tuple[Any, ...]]:
    """The one row of a payment, in the order of COLUMNS. What banks would refuse is left to other rules where these say it."""
    order, limits, account = subject.instruction.order, subject.limits, subject.instruction.order.creditor.account
    return (
        (
            subject.id,
            None if subject.is_ours else subject.instruction.account.number,
            None if account.scheme == "other" else account.value,
            blanks.filled(order.creditor.name),
            account.number if subject.pays_ourselves else None,
            order.currency,
            order.amount,
            blanks.filled(order.kid),
            None if order.kind == "foreign" else blanks.filled(order.kid),
            len(order.text) if any(order.text) else None,
            _refused_by_banks(subject.instruction),
            subject.same and subject.same.said,
            subject.alike and subject.alike.said,
            subject.alike and subject.alike.days,
            limits.other_due_date_days,
            subject.unreferenced and subject.unreferenced.said,
            subject.unreferenced and subject.unreferenced.days,
            limits.without_reference_days,
            subject.other_account or None,
            subject.due,
            calendar.payable_day(subject.due, subject.today, moves=limits.moves_to_banking_day),
            subject.today,
            subject.today - dt.timedelta(days=limits.past_due_days),
            _months_after(subject.today, limits.ahead_months),
        ),
    )


def file_rows(subject: File) -> Iterable[tuple[Any, ...]]:
    """The one row of a file, in the order of FILE_COLUMNS. The first files have nothing to be compared with."""
    before, limits, now = subject.before[:LATEST], subject.limits, subject.now
    usual = [_usual([getattr(one, name) for one in before], limits) for name in ("count", "total", "largest")]
    shares = [100 * one.new_receivers // one.count for one in before if one.count]
    share = 100 * now.new_receivers // now.count if now.count else 0
    most_new = max(limits.new_receivers_percent, int(statistics.median(shares)) if shares else 0)
    pairs = zip((now.count, now.total, now.largest), usual, strict=True)
    return ((subject.id, len(before), limits.fewest_files, *(part for pair in pairs for part in pair), share, most_new),)


def _refused_by_banks(instruction: payments.Instruction) -> str | None:
    """The first of the parts, by its ISO 20022 name, that a bank would refuse, as we would write it: Æ abroad is two letters."""
    order = instruction.order
    batch = payments.Batch(
        batch_id="1",
        debtor=instruction.debtor,
        account=instruction.account,
        execution_date=instruction.execution_date,
        payments=(),
        category=instruction.category,
    )
    breaches = rules.Payments().check(permitted.Notes().order(order), batch)
    is_bank_account, is_at_home = order.creditor.account.scheme != "other", order.kind != "foreign"
    told = {*_TOLD, *(["bad_account"] if is_bank_account else []), *(["bad_kid"] if is_at_home else [])}
    return next((one.field.partition("/")[0] for one in breaches if one.code not in told), None)


def _usual(before: Sequence[int], limits: Limits) -> int | None:
    """Up to where it is usual: so many times the median, or the highest with so many percent on top."""
    if not before:
        return None
    return max(int(limits.unusual_factor * statistics.median(before)), max(before) * (100 + limits.unusual_percent) // 100)


def _months_after(day: dt.date, count: int) -> dt.date:
    """The same day so many months later, or that month's last."""
    year, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + year, month + 1
    return dt.date(year, month, min(day.day, months.monthrange(year, month)[1]))
