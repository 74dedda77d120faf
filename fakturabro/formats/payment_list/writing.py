"""What became of payments, as a table for the accounting or payroll system: the payment list's columns behind three of its own.

The first heading keeps it from ever being read as a list of payments to be made. UTF-8 with a byte order mark, semicolons and CRLF,
as Norwegian Excel opens it. The same answers always give the same bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import NamedTuple

from fakturabro.domain import payments
from fakturabro.formats.payment_list import layout

_TYPES = {"salary": "lønn", "domestic": "leverandør", "foreign": "utland"}
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Answer(NamedTuple):
    """A payment, how it ended (in words), on which day, and why. `reference` is the accounting system's own name of it."""

    order: payments.PaymentOrder
    reference: str
    status: str
    on: dt.date
    reason: str


def write(answers: Iterable[Answer]) -> bytes:
    """The table, a row for each."""
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow([layout.ANSWER, "Statusdato", "Årsak", *(column.heading for column in layout.COLUMNS)])
    for one in answers:
        cells = _cells(one)
        table.writerow(_plain(cell) for cell in (one.status, _day(one.on), one.reason, *(cells[c.field] for c in layout.COLUMNS)))
    return text.getvalue().encode("utf-8-sig")


def _cells(one: Answer) -> dict[str, str]:
    order, address = one.order, one.order.creditor.address or payments.Address()
    return {
        "name": order.creditor.name,
        "account": order.creditor.account.value,
        "amount": f"{order.amount:f}".replace(".", ","),
        "currency": order.currency,
        "requested": _day(order.requested),
        "kid": order.kid,
        "text": " ".join(order.text),
        "invoice_number": order.invoice_number,
        "type": _TYPES[order.kind],
        "reference": one.reference,
        "bic": order.creditor.account.bic,
        "street": " ".join(filter(None, (address.street, address.building))),
        "post_code": address.post_code,
        "city": address.city,
        "country": address.country,
    }


def _day(day: dt.date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _plain(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_BEGINS_FORMULA) else cell
