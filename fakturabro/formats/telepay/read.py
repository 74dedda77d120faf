"""The object level of Telepay return files: batches of orders.

A batch holds at most 99,999 records (its count has five digits): memory is bounded by one batch, not by the file.

Assumed: the total of a batch is its invoices less its credit notes; with payments abroad in it banks may count otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.telepay import layout, orders, records

_MOST = 99_999


class Batch(payments.Value, frozen=True, kw_only=True):
    """BETFOR00 to BETFOR99. `code` is the worst of those two; `is_return` tells an answer of the bank from a file to it."""

    reference: str
    enterprise: str
    own_reference: str
    is_return: bool
    code: str
    orders: tuple[orders.Order, ...]
    stated_orders: int | None = None
    stated_total: Decimal | None = None

    @property
    def invoices(self) -> Iterator[orders.Invoice]:
        return (one for order in self.orders for one in order.invoices)


def batches(source: records.Source, found: Findings) -> Iterator[Batch]:
    """The batches in their order; what is odd is added to `found`. Raises ReadError for what cannot be read on.

    A batch without end is given too, with a finding that blocks.
    """
    held: list[records.Record] = []
    last, count = None, 0
    for record in records.records(source, found):
        _check_sequence(last, record, found)
        last = record
        if record.kind == "00" and held:
            yield _ended(held, found)
            held, count = [], count + 1
        held.append(record)
        if record.kind == "99":
            yield _ended(held, found)
            held, count = [], count + 1
        if len(held) > _MOST:
            raise payments.ReadError("batch_too_large", record.line)
    if held:
        yield _ended(held, found)
    elif not count:
        found.add("warn", "no_transactions")


def _check_sequence(last: records.Record | None, record: records.Record, found: Findings) -> None:
    if last is None or (record.kind == "00" and record.get("day") != last.get("day")):
        return
    expected = last.number("sequence") % 999_999 + 1
    if record.number("sequence") != expected and not (record.kind == "00" and record.number("sequence") == 1):
        found.add("block", "sequence_gap", line=record.line, value=f"{expected:06d}")


def _ended(held: list[records.Record], found: Findings) -> Batch:
    first, last = held[0], held[-1]
    if first.kind != "00":
        found.add("block", "no_start_record", line=first.line, value=f"BETFOR{first.kind}")
    if last.kind != "99":
        found.add("block", "no_end_record", line=last.line)
    is_return = first.get("routine").startswith("TBR")
    if not is_return:
        found.add("warn", "not_a_return", line=first.line, value=first.get("routine"))
    made = tuple(orders.to_order(group, found) for group in _grouped(held, found))
    closed = last if last.kind == "99" else None
    batch = Batch(
        reference=f"{first.get('routine')}-{first.get('day')}-{first.get('sequence')}",
        enterprise=first.get("enterprise"),
        own_reference=first.get("own_reference") if first.kind == "00" else "",
        is_return=is_return,
        code=max((one.get("return_code") for one in held if one.kind in ("00", "99")), default=""),
        orders=made,
        stated_orders=closed.number("orders") if closed else None,
        stated_total=orders.kroner(closed.number("total")) if closed else None,
    )
    _check_totals(batch, held, found)
    return batch


def _grouped(held: list[records.Record], found: Findings) -> Iterator[list[records.Record]]:
    """The records of each order; what belongs to none, and what nobody knows, is reported."""
    group: list[records.Record] = []
    for record in held:
        if record.kind in layout.ORDERS:
            if group:
                yield group
            group = [record]
        elif group and record.kind in layout.ORDERS[group[0].kind]:
            group.append(record)
        elif record.kind not in layout.RECORDS:
            found.add("warn", "unknown_record", line=record.line, value=f"BETFOR{record.kind}")
        elif record.kind not in ("00", "99"):
            found.add("block", "orphan_record", line=record.line, value=f"BETFOR{record.kind}")
    if group:
        yield group


def _check_totals(batch: Batch, held: list[records.Record], found: Findings) -> None:
    """What BETFOR99 states against what stands there; the counts wrap at their four and five digits."""
    if batch.stated_total is None:
        return
    last, total = held[-1], sum((one.amount for one in batch.invoices), Decimal(0))
    if not batch.orders:
        found.add("warn", "no_transactions", line=last.line)
    for name, is_there in (("orders", len(batch.orders)), ("records", len(held))):
        if last.number(name) != is_there:
            found.add("block", f"{name}_differ", line=last.line, value=f"{last.number(name)} / {is_there}")
    if batch.stated_total != total and batch.stated_total:
        has_foreign = any(one.kind == "foreign" for one in batch.orders)
        found.add("warn" if has_foreign else "block", "total_differs", line=last.line, value=f"{batch.stated_total} / {total}")
    elif batch.stated_total != total:
        found.add("info", "no_total", line=last.line)
