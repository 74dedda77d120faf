"""Rows of Fortnox' supplier invoices -> costs on Severa's projects; which row is which, since a row has no key.

The project is what the voucher says, else the row, else the invoice. A voucher that was corrected counts instead of the rows.

Source: source document 003 (Prosjektkostnader: description, eventDate, unitCost, unitPrice); fortnox-v3.openapi.json.
Assumed: rows without code, freight (FRT) and fees (AFE) are costs, the other codes are VAT, totals and accounting only; `Debit` and
`Credit` are kronor whatever the invoice's currency; a cost below zero is taken by Severa; 24xx and 26xx are never costs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from fakturabro.systems.fortnox import purchase_wire
from fakturabro.systems.severa import invoice_wire, wire

KRONOR = "SEK"
"""What Fortnox keeps its books in."""
_COSTS = frozenset({None, "", "FRT", "AFE"})
_NEVER = ("24", "26")
_INVOICE = frozenset({None, "SUPPLIERINVOICE"})


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cost as Fortnox has it. `amount`: debit less credit in kronor; `article` is empty where the row has none."""

    given_number: str
    invoice_number: str = ""
    supplier_number: str = ""
    supplier_name: str = ""
    invoice_date: dt.date | None = None
    currency: str = KRONOR
    currency_rate: Decimal | None = None
    account: int = 0
    amount: Decimal
    project: str
    article: str = ""
    text: str = ""
    is_booked: bool = False
    is_removed: bool = False
    """The row, its project or the whole invoice is gone: nothing of it counts any more."""

    @property
    def counts(self) -> Decimal:
        """What it shall cost its project now."""
        return Decimal(0) if self.is_removed else self.amount


class _Entry(msgspec.Struct):
    """A row or a line of a voucher on its way to become a cost."""

    account: int
    amount: Decimal
    project: str
    article: str
    text: str


def content(source: Source) -> bytes:
    """What a revision is told by: what Severa gets, and whether it may have it."""
    told = (source.invoice_date, source.invoice_number, source.supplier_name, source.counts, source.project, source.article)
    return msgspec.json.encode((*told, source.is_booked, source.is_removed))


def to_sources(purchase: purchase_wire.Purchase, vouchers: Sequence[purchase_wire.Voucher]) -> list[Source]:
    """The costs of a supplier invoice that have a project, in the order of its rows. A cancelled one has none."""
    if purchase.cancelled:
        return []
    known = Source(
        given_number=purchase.given_number,
        invoice_number=(purchase.invoice_number or "").strip(),
        supplier_number=purchase.supplier_number,
        supplier_name=" ".join((purchase.supplier_name or "").split()),
        invoice_date=purchase.invoice_date,
        currency=purchase.currency or KRONOR,
        currency_rate=purchase.currency_rate,
        amount=Decimal(0),
        project="",
        is_booked=bool(purchase.booked),
    )
    entries = [one for one in _entries(purchase, vouchers) if one.amount and one.project]
    return [msgspec.structs.replace(known, **msgspec.structs.asdict(one)) for one in entries]


def vouchers_of(purchase: purchase_wire.Purchase) -> list[purchase_wire.VoucherKey]:
    """The vouchers that an invoice became, not those of its payments."""
    return [one for one in purchase.vouchers if one.reference_type in _INVOICE]


def _entries(purchase: purchase_wire.Purchase, vouchers: Sequence[purchase_wire.Voucher]) -> list[_Entry]:
    rows = [_of_row(row) for row in purchase.supplier_invoice_rows if row.code in _COSTS]
    lines = [line for one in vouchers for line in one.voucher_rows]
    standing = [line for line in lines if not line.removed]
    left, matched = list(standing), list[purchase_wire.VoucherRow | None]()
    for row in rows:
        same = [line for line in left if (line.account, _net(line)) == (row.account, row.amount)]
        chosen = next((line for line in same if _text(line.project) == row.project), same[0] if same else None)
        matched.append(chosen)
        if chosen is not None:
            left.remove(chosen)
    names_projects = any(_text(line.project) for line in lines)
    if names_projects and (len(standing) < len(lines) or None in matched):
        others = {row.account for row in purchase.supplier_invoice_rows if row.code not in _COSTS and row.account}
        struck = {(line.account, _net(line)) for line in lines if line.removed}
        untouched = {
            id(line): row.project or _text(purchase.project)
            for row, line in zip(rows, matched, strict=True)
            if line is not None and (line.account, _net(line)) not in struck
        }
        return list(_of_lines(standing, rows, others, untouched))
    for row, line in zip(rows, matched, strict=True):
        row.project = _text(line.project if line else None) or row.project or _text(purchase.project)
    return rows


def _of_row(row: purchase_wire.CostRow) -> _Entry:
    said = _text(row.item_description) or _text(row.transaction_information)
    return _Entry(row.account or 0, _net(row), _text(row.project), _text(row.article_number), said)


def _of_lines(
    lines: Iterable[purchase_wire.VoucherRow], rows: Sequence[_Entry], others: set[int], untouched: Mapping[int, str]
) -> Iterator[_Entry]:
    """What a corrected voucher says; the article is that of the row on the same account, where there is only one kind of it.

    `untouched`: the project that row or invoice gives a line which nobody corrected, by the line's identity.
    """
    articles: dict[int, set[str]] = {}
    for row in rows:
        articles.setdefault(row.account, set()).add(row.article)
    for line in lines:
        if line.account in others or str(line.account).startswith(_NEVER):
            continue
        named = articles.get(line.account, set())
        article = next(iter(named)) if len(named) == 1 else ""
        project = _text(line.project) or untouched.get(id(line), "")
        yield _Entry(line.account, _net(line), project, article, _text(line.transaction_information))


def _net(one: purchase_wire.CostRow | purchase_wire.VoucherRow) -> Decimal:
    return (one.debit or Decimal(0)) - (one.credit or Decimal(0))


def _text(text: str | None) -> str:
    return (text or "").strip()


_LIKENESSES: tuple[Callable[[Source], object], ...] = (
    lambda one: (one.project, one.account, one.article, one.amount, one.text),
    lambda one: (one.project, one.account, one.amount),
    lambda one: (one.project, one.account),
    lambda one: one.project,
)
"""From what is surely the same row to what may be it. A row that got another project is another row: a cost never moves."""


def match(known: Mapping[int, Source], read: Sequence[Source], first_new: int) -> dict[int, Source]:
    """Every row of an invoice by its number: those that were `known`, and what is new, numbered from `first_new`.

    What is no longer there is marked as removed. The same input gives the same numbers.
    """
    found, left = dict[int, Source](), list(read)
    open_ = sorted(known, key=lambda number: (known[number].is_removed, number))
    for likeness in _LIKENESSES:
        for number in [one for one in open_ if one not in found]:
            same = next((one for one in left if likeness(one) == likeness(known[number])), None)
            if same is not None:
                found[number] = same
                left.remove(same)
    gone = {number: msgspec.structs.replace(known[number], is_removed=True) for number in open_ if number not in found}
    return {**found, **gone, **dict(enumerate(left, first_new))}


def to_description(source: Source, addition: str = "") -> str:
    """What the cost is called in Severa: the invoice's date and number, and the supplier.

    >>> to_description(Source(given_number="71", invoice_number="F71", supplier_name="Skruer AB", amount=Decimal(1), project="501"))
    'F71 Skruer AB'
    """
    day = source.invoice_date.isoformat() if source.invoice_date else ""
    return " ".join(filter(None, (day, source.invoice_number, source.supplier_name, addition)))


def to_fee(
    source: Source, project: str, product: wire.Product | None, amount: Decimal | None = None, addition: str = ""
) -> invoice_wire.NewProjectFee:
    """A cost to be put on a project (its GUID): cost and price are the debit, VAT is the product's.

    `amount` and `addition` are those of a correction; without a product it is to be looked for, not sent. Raises ValueError for a
    cost without a date.
    """
    if source.invoice_date is None:
        raise ValueError("a cost without invoice date is held, not sent")
    price = wire.Money(amount=source.counts if amount is None else amount, currency_code=KRONOR)
    return invoice_wire.NewProjectFee(
        project=wire.Ref(guid=project),
        product=wire.Ref(guid=product.guid) if product else None,
        description=to_description(source, addition),
        event_date=source.invoice_date,
        quantity=Decimal(1),
        unit_cost=price,
        unit_price=price,
        vat_rate=product.vat_rate if product else None,
    )


def not_carried(source: Source) -> list[tuple[str, str, str]]:
    """What has no place in Severa: name, value and why."""
    return [("ItemDescription", source.text, "Severa har ikke noe felt for radens tekst")] if source.text else []
