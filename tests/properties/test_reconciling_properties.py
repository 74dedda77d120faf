"""What holds for any movements of which any subset stands in the client's books: the differences are just those, to the øre."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from fakturabro.domain import reconciliation as rec

ORE = st.integers(1, 10**9)


class Payment(NamedTuple):
    """`on`: an invoice by its place, or none (-1). By `hand`: only the books have it."""

    on: int
    amount: int
    posted: bool
    hand: bool = False


PAYMENTS = st.lists(
    st.builds(Payment, st.integers(-1, 2), st.one_of(ORE, ORE.map(lambda n: -n)), st.booleans(), st.just(False)), max_size=8
)
BY_HAND = st.lists(st.builds(Payment, st.integers(0, 2), ORE, st.just(True), st.just(True)), max_size=1)


class Books:
    """A customer's ledger as the vendor's keeps it, written without a look at ours: an invoice is settled down to nothing and never
    above its amount, the rest stands on the customer, a credit note stands beside its invoice."""

    def __init__(self, amounts: list[int], notes: list[int]) -> None:
        self._amounts, self._notes, self._entries = amounts, notes, defaultdict[int, list[Payment]](list)

    def post(self, payment: Payment) -> None:
        self._entries[payment.on].append(payment)

    def left(self, at: int) -> int:
        return min(max(self._sum(at), 0), self._amounts[at])

    def open_of(self, at: int) -> int:
        return self.left(at) - self._notes[at]

    def loose(self) -> int:
        return -sum(one.amount for one in self._entries[-1]) + sum(
            self._sum(at) - self.left(at) for at in range(len(self._amounts))
        )

    def loose_by_hand(self) -> int:
        """What somebody else's payment has over is on its own last line."""
        found = 0
        for at in range(len(self._amounts)):
            hand = [one for one in self._entries[at] if one.hand]
            found += max(self._sum(at), -sum(one.amount for one in hand)) if hand and self._sum(at) < 0 else 0
        return found

    def _sum(self, at: int) -> int:
        return self._amounts[at] - sum(one.amount for one in self._entries[at])


@given(st.lists(ORE, min_size=3, max_size=3), st.lists(st.tuples(ORE, st.booleans()), min_size=3, max_size=3), PAYMENTS, BY_HAND)
def test_open_items_differ_by_exactly_what_the_books_lack_or_have_beside(
    amounts: list[int], notes: list[tuple[int, bool]], payments: list[Payment], hand: list[Payment]
) -> None:
    books = Books(amounts, [amount for amount, _ in notes])
    for one in (*payments, *hand):
        if one.posted:
            books.post(one)
    missing = [
        (one.on, rec.Difference(code="held", amount=one.amount, document_id=i)) for i, one in enumerate(payments) if not one.posted
    ]
    missing += [
        (at, rec.Difference(code="credit_note_waiting", amount=-amount, document_id=100 + at))
        for at, (amount, ours) in enumerate(notes)
        if not ours
    ]
    invoices = [
        rec.Invoice(
            document_id=1000 + at,
            number=str(at),
            ours=amounts[at] - sum(one.amount for one in payments if one.on == at) - (notes[at][0] if notes[at][1] else 0),
            theirs=books.open_of(at),
            missing=[one for on, one in missing if on == at],
        )
        for at in range(3)
    ]
    others = [rec.Difference(code="another_voucher", amount=books.loose_by_hand(), voucher="hand")]
    loose = rec.Loose(
        ours=-sum(one.amount for one in payments if one.on == -1),
        theirs=books.loose(),
        missing=[one for on, one in missing if on == -1],
        others=others,
    )
    vouchers = [rec.Voucher(number="hand", amount=-one.amount) for one in hand]
    found = rec.explain_customer("10", invoices, loose, vouchers)
    theirs, ours = sum(books.open_of(at) for at in range(3)) + books.loose(), sum(one.ours for one in invoices) + loose.ours
    assert rec.worth(found) == theirs - ours
    certain = {one.document_id: one.amount for _, one in missing if one.amount}
    told = {one.document_id: one.amount for one in found if one.code in ("held", "credit_note_waiting")}
    assert told == certain
    by_code = Counter[str]()
    for one in found:
        by_code[one.code] += one.amount
    if not hand:
        assert (
            rec.is_explained(found) and by_code["paid_by_hand"] == by_code["matched_otherwise"] == 0
        )  # the latter make up for each other
    else:
        rest = by_code["paid_by_hand"] + by_code["another_voucher"] + by_code["matched_otherwise"] + by_code["unexplained"]
        assert rest == -hand[0].amount


@given(st.integers(), st.integers(), st.lists(ORE.map(lambda n: n - 5 * 10**8)), st.lists(ORE))
def test_an_account_differs_by_what_is_listed(ours: int, theirs: int, certain: list[int], possible: list[int]) -> None:
    known = [rec.Difference(code="held", amount=amount) for amount in certain]
    perhaps = [rec.Difference(code="later", amount=amount) for amount in possible]
    found = rec.explain(ours, theirs, known, perhaps)
    assert rec.worth(found) == theirs - ours
    assert [one for one in found if one.code == "held"] == [one for one in known if one.amount]
