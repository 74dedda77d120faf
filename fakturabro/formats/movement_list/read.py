"""The object level of movement lists: movements, row by row, and what is wrong with the rows that are none.

A row with a fault gives no movement and a finding that blocks, with its row and column: nothing of such a list may be used. A
movement that can be read and not posted (a VAT that is wrong, say) is no fault of the list: `return_data.check` holds it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from fakturabro.domain import payments, return_data
from fakturabro.domain.findings import Findings
from fakturabro.formats.movement_list import layout, records, values

_COLUMNS = {one.field: one for one in layout.COLUMNS}
_Value = TypeVar("_Value")


class _CellError(ValueError):
    """What is wrong in one cell. `code` is a key of messages, `place` the column as people see it."""

    def __init__(self, code: str, place: str, value: str = "") -> None:
        super().__init__(f"{place}: {code}")
        self.code, self.place, self.value = code, place, value


def movements(source: records.Source, found: Findings, client: str = "") -> Iterator[return_data.Movement]:
    """The movements in their order; what is wrong is added to `found`, with row (`line`) and column (`field`, as "E Beløp").

    `client` is whose list it must be, "" anybody's, but one client's only. Count and sum are known at the end: nothing may be used
    before the last row is read and `found` holds no block. Raises ReadError for what is no movement list.
    """
    reader = _Reader(client, found)
    for record in records.records(source, found):
        movement = reader.read(record)
        if movement:
            yield movement
    reader.end()


class _Reader:
    """Where the reading stands: whose list it is, count and sum so far, and which ids were met."""

    def __init__(self, client: str, found: Findings) -> None:
        self._client, self._found = client, found
        self._rows, self._faults, self._total, self._is_closed = 0, 0, Decimal(0), False
        self._ids: set[str] = set()

    def read(self, record: records.Record) -> return_data.Movement | None:
        """The movement of one row; None for an empty row, the row of totals, and a row with a fault."""
        if record.is_empty:
            return None
        if self._is_closed:
            self._found.add("block", "rows_after_total", line=record.number)
        try:
            if layout.plain(record["id"]) in layout.TOTALS:
                return self._check_totals(record)
            self._rows += 1
            self._check_client(record)
            movement = _movement(record)
            self._check_id(record, movement.id)
        except _CellError as error:
            self._faults += 1
            self._found.add("block", error.code, line=record.number, field=error.place, value=error.value)
            return None
        self._total += movement.amount
        return movement

    def end(self) -> None:
        """What only the whole list shows."""
        if not self._is_closed:
            self._found.add("block", "no_total_row")
        if not self._rows:
            self._found.add("info", "no_movements")

    def _check_totals(self, record: records.Record) -> None:
        """Stated against counted; where rows have faults these are told instead."""
        self._is_closed = True
        stated = _required(record, "amount", values.amount, "bad_amount")
        count = _required(record, "kind", lambda cell: int(cell) if cell.isascii() and cell.isdigit() else None, "bad_count")
        if self._faults:
            return
        if count != self._rows:
            self._found.add("block", "count_differs", line=record.number, value=f"{count} / {self._rows}")
        if stated != self._total:
            self._found.add("block", "total_differs", line=record.number, value=f"{stated} / {self._total}")

    def _check_client(self, record: records.Record) -> None:
        written = _required(record, "client", values.text, "bad_text")
        self._client = self._client or written
        if written != self._client:
            raise _error(record, "client", "other_client")

    def _check_id(self, record: records.Record, name: str) -> None:
        if name in self._ids:
            raise _error(record, "id", "repeated_id")
        self._ids.add(name)


def _movement(record: records.Record) -> return_data.Movement:
    """The movement that a row says. Raises _CellError."""
    if record.beside:
        raise _CellError("too_many_cells", record.beside)
    currency = (record["currency"] or "NOK").upper()
    return return_data.Movement(
        id=_required(record, "id", values.text, "bad_text"),
        kind=_required(record, "kind", layout.kind_of, "bad_kind"),
        date=_required(record, "date", values.date, "bad_date"),
        amount=_within(record, "amount", _required(record, "amount", values.amount, "bad_amount"), currency),
        currency=currency,
        vat=_stated(record, "vat", values.amount, "bad_amount"),
        vat_rate=_stated(record, "vat_rate", values.rate, "bad_rate"),
        **{field: _text(record, field) for field in ("text", "invoice_number", "kid", "buyer_number", "settlement")},
    )


def _within(record: records.Record, field: str, amount: Decimal, currency: str) -> Decimal:
    """An amount with no more decimals than its currency has."""
    decimals = payments.decimals(currency)
    if decimals is None:
        raise _error(record, "currency", "bad_currency")
    if amount != round(amount, decimals):
        raise _error(record, field, "too_many_decimals")
    return amount


def _text(record: records.Record, field: str) -> str:
    return _stated(record, field, values.text, "bad_text") or ""


def _required(record: records.Record, field: str, read: Callable[[str], _Value | None], code: str) -> _Value:
    found = _stated(record, field, read, code)
    if found is None:
        raise _error(record, field, "empty_cell")
    return found


def _stated(record: records.Record, field: str, read: Callable[[str], _Value | None], code: str) -> _Value | None:
    """What a cell says, None when it is empty. Raises _CellError for what `read` does not take, and for what is too long."""
    written = record[field]
    if not written:
        return None
    found: Any = read(written)
    if found is None:
        raise _error(record, field, code)
    if len(written) > _COLUMNS[field].longest:
        raise _error(record, field, "text_too_long")
    return found


def _error(record: records.Record, field: str, code: str) -> _CellError:
    return _CellError(code, record.place(_COLUMNS[field]), record[field])
