"""The object level of payment lists: payment orders, row by row, and what is wrong with the rows that are none.

A row with a fault gives no payment and a finding that blocks, with its row and column: nothing of such a list may be paid.
The last row may state the sum of the amounts; it is compared, and nothing may come after it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from fakturabro.domain import kid, payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.payment_list import cells, layout, sheets, values

MOST_ROWS = 200_000


def recognise(head: bytes) -> bool:
    """Whether a file that begins like this is a workbook, or a table with the headings of a payment list.

    A workbook tells its headings only when it is opened whole: `orders` then says that they are not there.
    """
    if head.startswith(b"PK"):
        return b"[Content_Types].xml" in head and b"xl/" in head
    try:
        return next(sheets.rows(head, Findings()), None) is not None
    except payments.ReadError:
        return False


def orders(source: sheets.Source, found: Findings) -> Iterator[payments.PaymentOrder]:
    """The payments in their order; what is wrong is added to `found`, with row (`line`) and column (`field`, as "C Beløp").

    The sum is known at the end only: nothing may be paid before the last row is read and `found` holds no block.
    Raises ReadError for what is no payment list. A payment without a reference of its own gets one that its content decides, so
    that the same list under another name or in another form gives the same references.
    """
    table = sheets.rows(source, found)
    reader = _Reader(cells.Headings(*next(table), found), found)
    for number, row in table:
        order = reader.read(number, row)
        if order:
            yield order
    reader.end()


class _Reader:
    """Where the reading stands: the sum so far, and which references were given."""

    def __init__(self, headings: cells.Headings, found: Findings) -> None:
        self._headings, self._found = headings, found
        self._rows, self._faults, self._total, self._is_closed = 0, 0, Decimal(0), False
        self._references: set[str] = set()
        self._alike: Counter[bytes] = Counter()

    def read(self, number: int, row: list[object]) -> payments.PaymentOrder | None:
        """The payment of one row; None for an empty row, the row of the sum, and a row with a fault."""
        one = cells.Cells(self._headings, row)
        if one.first is None:
            return None
        if self._is_closed:
            self._found.add("block", "rows_after_total", line=number)
        try:
            if layout.plain(one.first) in layout.TOTALS and not one.text("account"):
                return self._check_total(number, one)
            self._rows += 1
            if self._rows > MOST_ROWS:
                raise payments.ReadError("too_many_rows", number, value=str(MOST_ROWS))
            order = self._named(_order(one), number)
        except cells.CellError as error:
            self._faults += 1
            self._found.add("block", error.code, line=number, field=error.place, value=error.value)
            return None
        self._total += order.amount
        return order

    def end(self) -> None:
        """What only the whole list shows."""
        if not self._rows:
            self._found.add("warn", "no_transactions")
        elif not self._is_closed:
            self._found.add("info", "no_total_row")

    def _check_total(self, number: int, one: cells.Cells) -> None:
        self._is_closed = True
        stated = one.amount()
        if stated != self._total and not self._faults:
            self._found.add("block", "total_differs", line=number, value=f"{stated} / {self._total}")

    def _named(self, order: payments.PaymentOrder, number: int) -> payments.PaymentOrder:
        """The order with its reference, which no other one has."""
        content = msgspec.json.encode(msgspec.structs.replace(order, end_to_end_id=""))
        digest = hashlib.sha256(content).digest()[:12]
        self._alike[digest] += 1
        if self._alike[digest] > 1:
            self._found.add("warn", "repeated_row", line=number, value=order.creditor.name)
        own = order.end_to_end_id
        if own in self._references:
            raise cells.CellError("repeated_reference", self._headings.place("reference"), own)
        if own:
            self._references.add(own)
            return order
        return msgspec.structs.replace(order, end_to_end_id=f"L{digest.hex()}-{self._alike[digest]}")


def _order(one: cells.Cells) -> payments.PaymentOrder:
    """The payment that a row says, without a reference where it states none. Raises CellError."""
    one.check_width()
    account, currency = _account(one), one.text("currency").upper() or "NOK"
    kind, text = _kind(one, account, currency), one.text("text")
    return payments.PaymentOrder(
        end_to_end_id=one.text("reference"),
        amount=_amount(one, currency),
        currency=currency,
        creditor=_creditor(one, account),
        kind=kind,
        kid=_kid(one),
        text=(text,) if text else (),
        invoice_number=one.text("invoice_number"),
        requested=one.date("requested"),
        purpose=payments.SALARY if kind == "salary" else "",
    )


def _account(one: cells.Cells) -> payments.Account:
    written = one.text("account")
    account = values.account(written, one.text("bic").upper())
    if account is None:
        raise one.error("bad_account" if written else "empty_cell", "account", written)
    return account


def _amount(one: cells.Cells, currency: str) -> Decimal:
    amount, decimals = one.amount(), payments.decimals(currency)
    if decimals is None:
        raise one.error("bad_currency", "currency", currency)
    if not payments.is_payable(amount, currency):
        raise one.error("not_payable", "amount", amount)
    return amount.quantize(Decimal(1).scaleb(-decimals))


def _creditor(one: cells.Cells, account: payments.Account) -> payments.Creditor:
    street, post_code, city, country = (one.text(name) for name in ("street", "post_code", "city", "country"))
    name = one.text("name")
    if not name:
        raise one.error("empty_cell", "name")
    address = payments.Address(street=street, post_code=post_code, city=city, country=country.upper())
    return payments.Creditor(name=name, account=account, address=None if address == payments.Address() else address)


def _kind(one: cells.Cells, account: payments.Account, currency: str) -> payments.PaymentKind:
    """What account and currency say; a type that says otherwise means that one of them is wrong."""
    written = one.text("type")
    said = layout.TYPES.get(written.casefold(), "")
    kind = payments.kind_of(account, currency, payments.SALARY if said == "salary" else "")
    if written and said != kind:
        raise one.error("type_contradicts" if said else "bad_type", "type", written)
    return kind


def _kid(one: cells.Cells) -> str:
    written = one.text("kid").replace(" ", "")
    if written and not kid.has_check_digit(written):
        raise one.error("bad_kid", "kid", written)
    if written and one.text("text"):
        raise one.error("kid_and_text", "text")
    return written
