"""What stands on the two accounts that are compared, read from PowerOffice: sums, and what of it no voucher of ours brought.

Assumed: PowerOffice answers transactions over any range of days; those in kroner say so or say no currency.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from fakturabro.domain import money
from fakturabro.domain.reconciliation import Code, Difference, Voucher
from fakturabro.ledger.returns import missing, vouchers
from fakturabro.systems.poweroffice import bank_wire, books_v2

HOME = "NOK"
_BEGINNING = dt.date(2000, 1, 1)
_WINDOW = dt.timedelta(days=31)
RECEIVABLES = 1500
_INVOICE, _CREDIT_NOTE = "OutgoingInvoice", "OutgoingCreditNote"

Place = tuple[int, str]
"""An account of the chart and a currency."""


class Other(msgspec.Struct):
    """What a voucher that is not ours, with what reverses it, moved on each place."""

    number: str
    code: Code
    amounts: Counter[Place] = msgspec.field(default_factory=Counter)


class Seen(msgspec.Struct):
    """The accounts as they stand: minor units, plus is debit. `reversed` and `standing` are vouchers of ours (see missing.Seen)."""

    opening: Counter[Place] = msgspec.field(default_factory=Counter)
    total: Counter[Place] = msgspec.field(default_factory=Counter)
    others: dict[str, Other] = {}
    reversed: set[int] = set()
    standing: set[int] = set()

    def differences(self, place: Place) -> list[Difference]:
        """What others have put on a place, by voucher; what was reversed again is left out."""
        found = [(one, one.amounts[place]) for one in self.others.values()]
        return [Difference(code=one.code, amount=amount, voucher=one.number) for one, amount in found if amount]

    def of_ours(self) -> missing.Seen:
        """What was seen of our own vouchers."""
        return missing.Seen(reversed=self.reversed, standing=self.standing)


class Own:
    """The vouchers that we made, as PowerOffice names them."""

    def __init__(self, made: Iterable[vouchers.Voucher]) -> None:
        posts = [one for one in made if one.kind == "post"]
        self._by_uuid = {one.voucher_uuid: one for one in posts if one.voucher_uuid}
        self._by_reference = {one.reference: one for one in posts}

    def find(self, one: bank_wire.Transaction) -> vouchers.Voucher | None:
        """The voucher of ours that a transaction is of."""
        return self._by_uuid.get(str(one.voucher_id)) or self._by_reference.get(one.external_import_reference or "")

    def has(self, one: bank_wire.Transaction) -> bool:
        """Whether it is of a voucher of ours, or of what reversed one."""
        return self.find(one) is not None or str(one.reversed_voucher_id) in self._by_uuid

    def has_reference(self, reference: str | None) -> bool:
        """Whether a voucher of ours goes by it."""
        return reference in self._by_reference


async def look(
    books: books_v2.BooksV2, accounts: Iterable[int], first: dt.date, until: dt.date, own: Own, *, only_home: bool
) -> Seen:
    """What stood on these accounts before `first`, and what came until the end of `until`. Memory stays flat.

    `only_home`: nothing is settled in another currency, and what stood there in one counts in kroner.
    """
    chosen, seen, before = sorted(accounts), Seen(), first - dt.timedelta(days=1)
    if only_home:
        for account, amount in (await books.fetch_trial_balance(before, chosen)).items():
            seen.opening[account, HOME] = money.to_minor(amount)
    else:
        for one in await books.fetch_transactions(_BEGINNING, before, chosen):
            seen.opening[_place(one)] += to_minor(one)
    for start, end in windows(first, until):
        for one in await books.fetch_transactions(start, end, chosen):
            take(seen, one, own)
    return seen


def take(seen: Seen, one: bank_wire.Transaction, own: Own) -> None:
    """Count one transaction."""
    amount, place = to_minor(one), _place(one)
    seen.total[place] += amount
    ours = own.find(one)
    if ours is None:
        if not own.has(one):
            root = str(one.reversed_voucher_id or one.voucher_id)
            seen.others.setdefault(root, Other(str(one.voucher_no or ""), "another_voucher")).amounts[place] += amount
    elif ours.state == "discarded" and not one.is_reversed:
        seen.others.setdefault(ours.reference, Other(str(one.voucher_no or ""), "own_voucher")).amounts[place] += amount
    elif ours.state == "posted" and one.is_reversed:
        seen.reversed.add(ours.id)
    elif ours.state == "made" and not one.is_reversed:
        seen.standing.add(ours.id)


async def look_at_customers(
    books: books_v2.BooksV2, customers: Mapping[int, str], first: dt.date, until: dt.date, own: Own
) -> dict[str, list[Voucher]]:
    """What somebody else has posted on these customers beside invoices, by our number of each.

    Assumed: customers stand on account 1500 of the chart; where they do not, such a voucher is not named.
    """
    found: dict[str, list[Voucher]] = {}
    for start, end in windows(first, until):
        for one in await books.fetch_transactions(start, end, [RECEIVABLES]):
            customer = customers.get(one.customer_account_no or 0)
            is_theirs = one.voucher_type != _INVOICE and not one.is_reversed and one.reversed_voucher_id is None
            if customer and is_theirs and not own.has(one):
                code = "credit_note_unseen" if one.voucher_type == _CREDIT_NOTE else "paid_by_hand"
                said = Voucher(number=str(one.voucher_no or ""), amount=to_minor(one), code=code)
                found.setdefault(customer, []).append(said)
    return found


def windows(first: dt.date, until: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """The days in parts of a month."""
    while first <= until:
        end = min(first + _WINDOW, until)
        yield first, end
        first = end + dt.timedelta(days=1)


def to_minor(one: bank_wire.Transaction) -> int:
    """A transaction's amount in the currency that it was posted in."""
    amount = one.amount if _place(one)[1] == HOME or one.currency_amount is None else one.currency_amount
    return money.to_minor(amount) if amount is not None else 0


def _place(one: bank_wire.Transaction) -> Place:
    return one.account_no or 0, one.currency_code or HOME
