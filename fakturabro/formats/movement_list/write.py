"""A movement list as a factoring system would export it: UTF-8 with a byte order mark, semicolons, CRLF, and the row of totals.

The same movements always give the same bytes; read again they are the same movements.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from fakturabro.domain import return_data
from fakturabro.formats.movement_list import layout, records, values


class WriteError(ValueError):
    """A movement that the layout has no words for: mend it, it is never changed here."""


def write(movements: Sequence[return_data.Movement], client: str) -> bytes:
    """The list of one client, named by its number at the factoring company. Raises WriteError."""
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=records.DELIMITER, lineterminator="\r\n")
    table.writerow(column.heading for column in layout.COLUMNS)
    for one in movements:
        table.writerow(_row(_cells(one, client), one.id))
    total = sum((one.amount for one in movements), Decimal("0.00"))
    sums = {"id": layout.TOTALS[0].capitalize(), "kind": str(len(movements)), "amount": _amount(total)}
    table.writerow(sums.get(column.field, "") for column in layout.COLUMNS)
    return text.getvalue().encode("utf-8-sig")


def _cells(one: return_data.Movement, client: str) -> dict[str, str]:
    if one.kind == "settled":
        raise WriteError(f"movement {one.id}: a settlement's own sum is told by nobody")
    rate = one.vat_rate
    return {
        "id": one.id,
        "client": client,
        "kind": layout.KINDS[one.kind],
        "date": one.date.isoformat(),
        "amount": _amount(one.amount),
        "vat": "" if one.vat is None else _amount(one.vat),
        "vat_rate": "" if rate is None else f"{(rate * 100).normalize():f}".replace(".", ","),
        "currency": one.currency,
        "text": one.text,
        "invoice_number": one.invoice_number,
        "kid": one.kid,
        "buyer_number": one.buyer_number,
        "settlement": one.settlement,
    }


def _row(cells: dict[str, str], name: str) -> list[str]:
    """The cells in their order. Raises WriteError for what would not be read as it was meant."""
    if not name or layout.plain(name) in layout.TOTALS:
        raise WriteError(f"{name!r} is no number of a movement")
    row: list[str] = []
    for column in layout.COLUMNS:
        cell = cells[column.field]
        shown = values.shielded(cell) if column.field in layout.TEXTS else cell
        if cell != " ".join(cell.split()) or len(shown) > column.longest or (cell and values.text(shown) is None):
            raise WriteError(f"movement {name}: {column.heading} cannot be written as it is")
        row.append(shown)
    return row


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
