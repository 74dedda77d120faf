"""Open items: what PowerOffice says is open of our booked invoices and on their customers, against our customer ledger.

Assumed: of an invoice in foreign currency PowerOffice tells what is open in kroner; at the invoice's own rate that is what is open
in its currency, and what is left within a twentieth of its amount is a difference in rates.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import money, reconciliation, return_data
from fakturabro.domain.reconciliation import Difference, Invoice, Loose
from fakturabro.ledger import documents, opened
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.returns import debtors, missing, movements
from fakturabro.systems.poweroffice import bank_wire, books_v2
from tasks.returns import accounts_seen

PAGE = 500
"""Customers at a time."""
_RATES = 20
_CREDIT_NOTE = "OutgoingCreditNote"
_SETTLE = ("payment", "credit_note")
_RECEIVED = msgspec.json.Decoder(values.Received)
Key = tuple[str, str]
"""Customer number and currency."""
On = tuple[int | str, str]
"""An invoice by its document, or what stands on a customer beside its invoices; and the currency."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: up to which day, which kinds stand on customers with which sign, and what of ours the books lack."""

    tenant: str
    first: dt.date
    until: dt.date
    signs: Mapping[return_data.MovementKind, int]
    missing: Sequence[missing.Missing]


class Customer(msgspec.Struct):
    """One customer in one currency."""

    invoices: list[Invoice] = []
    loose: Loose = Loose()


class Compared(msgspec.Struct):
    """What all customers owe by currency, and why it differs. `open` are those that something else may still explain; `overpaid`
    has by invoice what was paid and credited too much, here and there: no difference, but the buyer's money."""

    ours: Counter[str] = msgspec.field(default_factory=Counter)
    theirs: Counter[str] = msgspec.field(default_factory=Counter)
    found: dict[str, list[Difference]] = msgspec.field(default_factory=dict)
    open: dict[Key, Customer] = msgspec.field(default_factory=dict)
    overpaid: defaultdict[str, dict[int, int]] = msgspec.field(default_factory=lambda: defaultdict(dict))


async def compare(ledger: opened.Ledger, books: books_v2.BooksV2, asked: Asked, own: accounts_seen.Own) -> Compared:
    """Compare all customers, a page at a time; what differs without a reason is looked for among others' vouchers."""
    compared = Compared()
    untold = missing.find_untold(ledger, asked.tenant)
    asked = msgspec.structs.replace(asked, missing=[*(one for one in asked.missing if not one.is_told_twice), *untold])
    for customers in debtors.find_customers(ledger, asked.tenant, PAGE):
        numbers = {int(one): one for one in customers if one.isdecimal()}
        items = await books.fetch_open_items(asked.until, numbers)
        _compare_page(_Page(ledger, asked, customers, numbers), items, own, compared)
    wanted = {int(customer): customer for customer, _ in compared.open if customer.isdecimal()}
    by_hand = await accounts_seen.look_at_customers(books, wanted, asked.first, asked.until, own) if wanted else {}
    for (customer, currency), one in compared.open.items():
        told = reconciliation.explain_customer(customer, one.invoices, one.loose, by_hand.get(customer, ()))
        compared.found.setdefault(currency, []).extend(_Judge(ledger, asked, currency, one).judge(told))
    return compared


def _compare_page(page: _Page, items: Sequence[bank_wire.OpenItem], own: accounts_seen.Own, compared: Compared) -> None:
    for currency, document_id, amount in page.find_overpaid():
        compared.overpaid[currency][document_id] = amount
    for (customer, currency), one in page.gather(items, own).items():
        compared.ours[currency] += sum(each.ours for each in one.invoices) + one.loose.ours
        compared.theirs[currency] += sum(each.theirs for each in one.invoices) + one.loose.theirs
        told = reconciliation.explain_customer(customer, one.invoices, one.loose)
        if reconciliation.is_explained(told):
            compared.found.setdefault(currency, []).extend(told)
        else:
            compared.open[customer, currency] = one


class _Page:
    """The customers of one page on both sides."""

    def __init__(self, ledger: opened.Ledger, asked: Asked, customers: Sequence[str], numbers: Mapping[int, str]) -> None:
        self._ledger, self._asked, self._numbers = ledger, asked, numbers
        wanted, people = debtors.find_invoice_numbers(ledger, asked.tenant, customers), set(customers)
        self._owed = [one for one in allocations.find_items(ledger, asked.tenant, numbers=wanted) if one.customer_number in people]
        self._notes = debtors.find_notes(ledger, asked.tenant, wanted)
        ids = [one.document_id for one in self._owed]
        self._moved = debtors.sum_moved(ledger, asked.tenant, customers, ids, list(asked.signs))
        self._lacking = self._find_lacking()
        self._missing = {
            one.document_id: [*self._lacking[one.document_id, one.currency], *self._waiting_notes(one)] for one in self._owed
        }

    def find_overpaid(self) -> Iterator[tuple[str, int, int]]:
        """Currency, invoice, and what was paid and credited too much as the books have it, where return data posted some of it."""
        over = list[tuple[str, int, int]]()
        for one in self._owed:
            missing = reconciliation.worth([each for each in self._missing[one.document_id] if each.kind in _SETTLE])
            if one.open + missing < 0:
                over.append((one.currency, one.document_id, -one.open - missing))
        paid = debtors.find_paid(self._ledger, self._asked.tenant, [i for _, i, _ in over]) if over else ()
        return (one for one in over if one[1] in paid)

    def gather(self, items: Sequence[bank_wire.OpenItem], own: accounts_seen.Own) -> dict[Key, Customer]:
        """By customer and currency, with what PowerOffice has open."""
        theirs, loose = self._theirs(items, own)
        beside = Counter[On]()
        for one in self._moved:
            on = (one.invoice_id or one.customer_number, one.currency)
            beside[on] += one.amount * self._asked.signs.get(one.kind, 0)
        found: defaultdict[Key, Customer] = defaultdict(Customer)
        for item in self._owed:
            invoice = Invoice(
                document_id=item.document_id,
                number=item.number,
                amount=item.amount,
                ours=item.open + beside[item.document_id, item.currency],
                theirs=theirs[item.customer_number, item.number],
                missing=self._missing[item.document_id],
            )
            found[item.customer_number, item.currency].invoices.append(invoice)
        on_customers = {(on, currency) for on, currency in beside if isinstance(on, str)}
        for key in {*loose, *on_customers}:
            others = loose.get(key, [])
            found[key].loose = Loose(
                ours=beside[key],
                theirs=reconciliation.worth(others),
                missing=self._lacking[key],
                others=[one for one in others if one.code != "waiting"],
            )
        return found

    def _theirs(
        self, items: Sequence[bank_wire.OpenItem], own: accounts_seen.Own
    ) -> tuple[Counter[Key], dict[Key, list[Difference]]]:
        """What is open of our invoices, credit notes taken off, and what stands on customers beside them.

        Invoices and credit notes of the client's own that were never factored are none of ours, and are left out. "waiting" marks
        what is ours: it is no difference by itself.
        """
        known = {(one.customer_number, one.number) for one in self._owed}
        noted = {(one.customer_number, one.number): one.original_number for one in self._notes}
        open_, loose = Counter[Key](), defaultdict[Key, list[Difference]](list)
        for item in items:
            customer, number = self._numbers.get(item.customer_account_no or 0, ""), item.invoice_no or ""
            amount, currency = in_currency(item)
            if (customer, number) in known:
                open_[customer, number] += amount
            elif (customer, number) in noted:
                open_[customer, noted[customer, number]] += amount
            elif not number:
                code = "waiting" if own.has_reference(item.external_import_reference) else "another_voucher"
                loose[customer, currency].append(Difference(code=code, amount=amount, voucher=str(item.voucher_no or "")))
        return open_, loose

    def _find_lacking(self) -> defaultdict[On, list[Difference]]:
        """What the books lack, by invoice or by customer and currency."""
        found: defaultdict[On, list[Difference]] = defaultdict(list)
        for one in self._asked.missing:
            sign = self._asked.signs.get(one.kind, 0)
            on = (one.invoice_id or one.customer_number, one.currency)
            found[on].append(to_difference(one, -sign))
        return found

    def _waiting_notes(self, item: allocations.Item) -> Iterator[Difference]:
        for one in self._notes:
            if one.original_number == item.number and one.customer_number == item.customer_number and not one.is_booked:
                said = {"document_id": one.document_id, "number": one.number, "kind": "credit_note"}
                yield Difference(code="credit_note_waiting", amount=-one.amount, **said)


class _Judge:
    """The last questions about what no voucher explains: is the invoice dated later, or from before return data was switched on; is
    a payment meant for an invoice that is none of ours; is it about rates?"""

    def __init__(self, ledger: opened.Ledger, asked: Asked, currency: str, one: Customer) -> None:
        self._ledger, self._asked, self._currency, self._one = ledger, asked, currency, one

    def judge(self, told: Sequence[Difference]) -> Iterator[Difference]:
        ids = [one.document_id for one in told if one.code == reconciliation.UNEXPLAINED and one.document_id is not None]
        days, theirs = self._read_days(ids), {one.document_id: one.theirs for one in self._one.invoices}
        for one in told:
            day = days.get(one.document_id or 0)
            if one.code != reconciliation.UNEXPLAINED:
                yield one
            elif day and day > self._asked.until and not theirs[one.document_id or 0]:
                yield msgspec.structs.replace(one, code="later")
            elif self._currency != accounts_seen.HOME and self._is_small(one):
                yield msgspec.structs.replace(one, code="rate_difference")
            elif day and day < self._asked.first:
                yield msgspec.structs.replace(one, code="before_start")
            else:
                yield from self._explain(one)

    def _read_days(self, ids: Sequence[int]) -> dict[int, dt.date]:
        rows = documents.read(self._ledger, self._asked.tenant, ids)
        read = ((row.id, _RECEIVED.decode(row.canonical).invoice) for row in rows if row.canonical)
        return {i: invoice.issue_date for i, invoice in read if invoice}

    def _explain(self, one: Difference) -> Sequence[Difference]:
        """By payments from before the start on the invoice, or by those of the customer that name another's invoice."""
        if one.document_id is not None:
            found = missing.find_skipped(self._ledger, self._asked.tenant, [one.document_id])
            possible = [to_difference(each, 1) for each in found]
        else:
            ids = debtors.find_loose(self._ledger, self._asked.tenant, one.customer, list(self._asked.signs))
            named = (row for row, said in movements.read(self._ledger, self._asked.tenant, ids) if said.invoice_number)
            possible = [self._elsewhere(row) for row in named if row.currency == self._currency]
        told = reconciliation.explain(0, one.amount, (), possible)
        return [one] if not reconciliation.is_explained(told) else told

    def _elsewhere(self, row: movements.Row) -> Difference:
        amount = -self._asked.signs[row.kind] * row.amount
        return Difference(code="other_invoice", amount=amount, document_id=row.document_id, number=row.number, kind=row.kind)

    def _is_small(self, one: Difference) -> bool:
        about = [each.amount for each in self._one.invoices if one.document_id in (None, each.document_id)]
        return abs(one.amount) * _RATES <= max(about, default=0)


def to_difference(one: missing.Missing, sign: int) -> Difference:
    """What a missing movement makes of a difference."""
    said = {"document_id": one.document_id, "number": one.number, "kind": one.kind, "customer": one.customer_number}
    voucher = str(one.voucher_no or "") if one.code == "reversed_by_hand" else ""
    return Difference(code=one.code, amount=sign * one.amount, voucher=voucher, **said)


def in_currency(item: bank_wire.OpenItem) -> tuple[int, str]:
    """What is open in the currency of the entry, in minor units."""
    currency = item.currency_code or accounts_seen.HOME
    if currency == accounts_seen.HOME or not item.amount or item.currency_amount is None:
        return money.to_minor(item.balance), currency
    if item.balance == item.amount:
        return money.to_minor(item.currency_amount), currency
    return money.to_minor(Decimal(item.balance * item.currency_amount / item.amount)), currency
