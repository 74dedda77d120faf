"""Which invoices a payment settles. Only what the payment itself says allocates: its KID, or several invoices that it names and
that add up to the amount exactly. Everything else is proposed to a person, the likeliest first, never allocated.

Amounts are øre; open is what is booked, less credit notes, less what was allocated before (minus: over-paid).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from fakturabro.domain import kid as kids
from fakturabro.domain import payments

Standing = Literal["matched", "part", "over", "suspense", "reversal", "netted"]
_Settled = Literal["kid", "several", "part_payment", "over_payment", "paid_already", "credited", "reversal"]
_Unknown = Literal["unknown_kid", "no_kid", "several_open", "names_others", "other_currency", "nothing_to_reverse", "nothing_paid"]
Why = _Settled | _Unknown | Literal["refused", "chosen_too_late", "by_hand"]
Clue = Literal[
    "same_kid", "named", "kid_characters", "kid_leading_zeros", "kid_transposition", "kid_check_digit", "payer", "amount"
]
"""Why a candidate is proposed, the likeliest first."""
_LIKELIEST: tuple[Clue, ...] = get_args(Clue)
MOST = 5
"""Candidates that a person is shown."""
_NAMED = 100
_WORD = re.compile(r"[A-Za-zÆØÅæøå0-9-]{3,25}")


class Invoice(payments.Value, frozen=True, kw_only=True):
    """A booked invoice. `key` is its document's id; `paid` is what was allocated, `credited` what credit notes took away."""

    key: int
    number: str
    kid: str
    customer: str
    currency: str
    amount: int
    credited: int = 0
    paid: int = 0

    @property
    def open(self) -> int:
        return self.amount - self.credited - self.paid


class Payment(payments.Value, frozen=True, kw_only=True):
    """What counts of an incoming payment. `named` are the words of its text and references that may be numbers or KIDs."""

    key: int
    amount: int
    currency: str
    kid: str = ""
    named: tuple[str, ...] = ()


class Allocation(payments.Value, frozen=True, kw_only=True):
    """So much of a payment goes to this invoice; minus takes back."""

    invoice: int
    number: str
    amount: int


class Candidate(payments.Value, frozen=True, kw_only=True):
    """What a person may choose: the allocations that would follow, and why. `fits`: the amount is exactly what is open."""

    allocations: tuple[Allocation, ...]
    clue: Clue
    fits: bool


class Match(payments.Value, frozen=True, kw_only=True):
    """What becomes of a payment. `rest` is what no invoice got or gave back: it stands in suspense, signed as the payment is."""

    standing: Standing
    why: Why
    allocations: tuple[Allocation, ...] = ()
    rest: int = 0
    candidates: tuple[Candidate, ...] = ()


def named(text: str, references: Iterable[str] = ()) -> tuple[str, ...]:
    """Words with digits, each once: what may be an invoice's number or a KID.

    >>> named("Faktura 5001, 5002 og 5001", ["INV-7"])
    ('5001', '5002', 'INV-7')
    """
    words = (word.strip("-") for said in (text, *references) for word in _WORD.findall(said))
    found = dict.fromkeys(word for word in words if any(sign.isdigit() for sign in word))
    return tuple(found)[:_NAMED]


def repaired(kid: str, agreements: Iterable[kids.KidAgreement]) -> dict[str, Clue]:
    """KIDs that a wrong one may have been meant as, the likeliest first; none where it is right, or is none at all."""
    if not kid:
        return {}
    clues: dict[kids.Repair, Clue] = {
        "characters": "kid_characters",
        "leading_zeros": "kid_leading_zeros",
        "transposition": "kid_transposition",
        "check_digit": "kid_check_digit",
    }
    return {one.kid: clues[one.repair] for one in kids.candidates(kid, agreements)}


class Book:
    """The invoices that some payments may settle. What one of them is given is no longer open for the next."""

    def __init__(self, invoices: Iterable[Invoice]) -> None:
        self._by_kid: defaultdict[str, list[Invoice]] = defaultdict(list)
        self._by_number: defaultdict[str, list[Invoice]] = defaultdict(list)
        self._by_customer: defaultdict[str, list[Invoice]] = defaultdict(list)
        self._open: dict[int, int] = {}
        self.add(invoices)

    def add(self, invoices: Iterable[Invoice]) -> None:
        """More of them; what is known already stays as it is."""
        for one in sorted(invoices, key=lambda one: one.key):
            if one.key not in self._open:
                self._open[one.key] = one.open
                self._by_kid[one.kid].append(one)
                self._by_number[one.number].append(one)
                self._by_customer[one.customer].append(one)

    def settle(self, payment: Payment) -> Match:
        """Where a payment goes that takes nothing back; what it is given is taken from what is open."""
        found = self._settle(payment)
        for one in found.allocations:
            self._open[one.invoice] -= one.amount
        return found

    def _settle(self, payment: Payment) -> Match:
        if not payment.amount:
            return Match(standing="suspense", why="nothing_paid")
        owed = self._by_kid.get(payment.kid, []) if payment.kid else []
        if any(one.currency != payment.currency for one in owed):
            return Match(standing="suspense", why="other_currency", rest=payment.amount)
        if payment.kid and not owed:
            return Match(standing="suspense", why="unknown_kid", rest=payment.amount)
        listed = self._listed(payment, owed)
        if self._sum(owed) != payment.amount and len(listed) > 1 and self._sum(listed) == payment.amount:
            return Match(standing="matched", why="several", allocations=self._all_of(listed))
        if len(owed) == 1:
            found = self._settle_one(payment, owed[0])
            names_others = found.standing == "over" and any(one is not owed[0] for one in self._find_open(payment, owed))
            return Match(standing="suspense", why="names_others", rest=payment.amount) if names_others else found
        return self._settle_some(payment, owed)

    def _listed(self, payment: Payment, owed: Sequence[Invoice]) -> list[Invoice]:
        """The open invoices of its KID and those that it names; none where they are not all of one customer and its currency."""
        found = self._find_open(payment, owed)
        is_one = len({one.customer for one in found}) == 1 and {one.currency for one in found} == {payment.currency}
        return found if is_one else []

    def _find_open(self, payment: Payment, owed: Sequence[Invoice]) -> list[Invoice]:
        """The open invoices of its KID and those that it names."""
        return list({one.key: one for one in (*owed, *self._find_named(payment)) if self._open[one.key] > 0}.values())

    def _find_named(self, payment: Payment) -> list[Invoice]:
        return [one for word in payment.named for one in self._by_kid.get(word, self._by_number.get(word, []))]

    def _settle_one(self, payment: Payment, invoice: Invoice) -> Match:
        is_open = self._open[invoice.key]
        if is_open <= 0:
            why: Why = "credited" if invoice.credited >= invoice.amount else "paid_already"
            return Match(standing="over", why=why, rest=payment.amount)
        given = (_allocation(invoice, min(is_open, payment.amount)),)
        if is_open == payment.amount:
            return Match(standing="matched", why="kid", allocations=given)
        if is_open > payment.amount:
            return Match(standing="part", why="part_payment", allocations=given)
        return Match(standing="over", why="over_payment", allocations=given, rest=payment.amount - is_open)

    def _settle_some(self, payment: Payment, owed: Sequence[Invoice]) -> Match:
        """No KID, or one that several invoices share: then only the one whose amount fits, or all together."""
        opened = [one for one in owed if self._open[one.key] > 0]
        exact = [one for one in opened if self._open[one.key] == payment.amount]
        if len(exact) == 1:
            return Match(standing="matched", why="kid", allocations=self._all_of(exact))
        if opened and self._sum(opened) == payment.amount:
            return Match(standing="matched", why="several", allocations=self._all_of(opened))
        if owed and not opened:
            return Match(standing="over", why="paid_already", rest=payment.amount)
        if len(opened) == 1:
            return self._settle_one(payment, opened[0])
        return Match(standing="suspense", why="several_open" if opened else "no_kid", rest=payment.amount)

    def _sum(self, some: Iterable[Invoice]) -> int:
        return sum(max(0, self._open[one.key]) for one in some)

    def _all_of(self, some: Iterable[Invoice]) -> tuple[Allocation, ...]:
        return tuple(_allocation(one, self._open[one.key]) for one in some)

    def propose(
        self, payment: Payment, repairs: Mapping[str, Clue], customers: Iterable[str] = (), amounts: Iterable[Invoice] = ()
    ) -> tuple[Candidate, ...]:
        """What a person may choose for a payment in suspense, at most five.

        `repairs` are from `repaired`; `customers` those that the payer's account paid for before; `amounts` the invoices in the
        whole ledger with just this amount open, of which only a lonely one is a clue.
        """
        lonely, named = list(amounts), self._find_named(payment)
        listed = self._find_open(payment, self._by_kid.get(payment.kid, []) if payment.kid else []) if named else []
        clues: list[tuple[Clue, list[list[Invoice]]]] = [
            ("same_kid", [[one] for one in self._by_kid.get(payment.kid, [])] if payment.kid else []),
            ("named", [listed, *([one] for one in named)]),
            *((clue, [[one] for one in self._by_kid.get(kid, [])]) for kid, clue in repairs.items()),
            ("payer", [[one] for customer in customers for one in self._by_customer.get(customer, [])]),
            ("amount", [lonely] if len(lonely) == 1 else []),
        ]
        found = [one for clue, sets in clues for some in sets if (one := self._candidate(payment, some, clue))]
        ranked: dict[frozenset[int], Candidate] = {}
        for one in sorted(found, key=lambda one: (not one.fits, _LIKELIEST.index(one.clue))):
            ranked.setdefault(frozenset(given.invoice for given in one.allocations), one)
        return tuple(ranked.values())[:MOST]

    def _candidate(self, payment: Payment, some: Sequence[Invoice], clue: Clue) -> Candidate | None:
        """These invoices, each as far as the money goes; none where nothing is open in the payment's currency."""
        left, given = payment.amount, list[Allocation]()
        for one in some:
            part = min(left, self._open.get(one.key, one.open))
            if part > 0 and one.currency == payment.currency:
                given.append(_allocation(one, part))
                left -= part
        is_all = sum(self._open.get(one.key, one.open) for one in some) == payment.amount
        return Candidate(allocations=tuple(given), clue=clue, fits=is_all) if given else None


def take_back(payment: Payment, of: int, given: Sequence[Allocation]) -> Match:
    """A reversal of a payment that was worth `of`: what it gave is taken back; what it had left over meets the rest.

    >>> take_back(Payment(key=2, amount=-500, currency="NOK"), 500, [Allocation(invoice=1, number="5001", amount=300)]).rest
    -200
    """
    if payment.amount != -of:
        return Match(standing="suspense", why="nothing_to_reverse", rest=payment.amount)
    back = tuple(Allocation(invoice=one.invoice, number=one.number, amount=-one.amount) for one in given)
    return Match(standing="reversal", why="reversal", allocations=back, rest=payment.amount - sum(one.amount for one in back))


def _allocation(invoice: Invoice, amount: int) -> Allocation:
    return Allocation(invoice=invoice.key, number=invoice.number, amount=amount)
